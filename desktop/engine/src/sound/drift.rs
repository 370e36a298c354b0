//! Brings sound back to its stamps without a jump.
//!
//! The clock of a microphone is not ours, and a file that is repeated may have less sound than picture: what continues the last
//! buffer to the sample then moves away from where its stamps say, up to what counts as jitter. Jitter has no mean. What stays
//! of the deviation after it is therefore the clock's, and is made up for by making buffers longer or shorter than they are, by
//! less than is heard as a change of pitch.

use super::{CHANNELS, RATE};

/// Time constant of the mean, in frames: one second.
const MEMORY: f32 = RATE as f32;
/// Mean deviation at which it is followed, in frames: 5 ms, a twelfth of what is seen as lips out of step.
const BEGINS: f32 = RATE as f32 / 200.0;
/// And down to which: half a millisecond.
const ENDS: f32 = RATE as f32 / 2_000.0;
/// One frame in so many is added or taken away at most: 0.4 %, seven cents.
const GENTLE: f32 = 250.0;

/// The deviation of one source's sound from its stamps.
#[derive(Debug, Default)]
pub(super) struct Drift {
    /// Of late, in frames; above zero if the stamps are ahead of the sound.
    mean: f32,
    follows: bool,
    /// Frames that may be added or taken away by now.
    credit: f32,
}

impl Drift {
    /// The sound begins anew where its stamp says.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// A buffer of `frames` whose stamp is `deviation` frames ahead of the sound: by how much it is to be longer.
    pub(super) fn correction(&mut self, deviation: i64, frames: usize) -> i64 {
        let frames = frames as f32;
        self.mean += (deviation as f32 - self.mean) * (frames / MEMORY).min(1.0);
        let least = if self.follows { ENDS } else { BEGINS };
        self.follows = self.mean.abs() >= least;
        if !self.follows {
            self.credit = 0.0;
            return 0;
        }
        self.credit += frames / GENTLE;
        let by = self.credit.min(self.mean.abs()).floor();
        self.credit -= by;
        let by = by.copysign(self.mean);
        self.mean -= by;
        by as i64
    }
}

/// Puts `samples` into `into`, `by` frames longer: along straight lines from one frame to the next, beginning at `before`, the frame
/// that was last.
pub(super) fn stretch(before: [f32; CHANNELS], samples: &[f32], by: i64, into: &mut Vec<f32>) {
    into.clear();
    let frames = samples.len() / CHANNELS;
    let count = usize::try_from(frames as i64 + by).unwrap_or(0);
    let frame =
        |at: usize, channel: usize| if at == 0 { before[channel] } else { samples[(at - 1) * CHANNELS + channel] };
    for number in 1..=count {
        // The last of them is the last of the buffer, so the next one goes on from there.
        let (at, part) = (number * frames / count, (number * frames % count) as f32 / count as f32);
        for channel in 0..CHANNELS {
            let (from, to) = (frame(at, channel), frame((at + 1).min(frames), channel));
            into.push(from + (to - from) * part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::signal::{largest_step, tone};

    /// Deviations of buffers of 10 ms from where the sound has got to by `moves` frames a buffer, for so long as `steps`, and
    /// with `jitter`.
    fn followed(moves: f32, jitter: i64, steps: usize) -> Vec<i64> {
        let (mut drift, mut got) = (Drift::default(), 0);
        (0..steps)
            .map(|step| {
                let deviation = (moves * step as f32) as i64 - got;
                let jitter = if step % 2 == 0 { jitter } else { -jitter };
                got += drift.correction(deviation + jitter, 480);
                deviation
            })
            .collect()
    }

    #[test]
    fn a_clock_of_its_own_is_followed_within_milliseconds() {
        // 100 ppm either way for ten minutes, and stamps that are 20 ms wrong every time.
        for moves in [0.048, -0.048] {
            let worst = followed(moves, 960, 60_000).into_iter().map(i64::abs).max().unwrap();
            assert!(worst < 280, "{worst} frames");
        }
    }

    #[test]
    fn jitter_alone_changes_nothing() {
        let mut drift = Drift::default();
        for step in 0..10_000 {
            assert_eq!(drift.correction(if step % 2 == 0 { 1_900 } else { -1_900 }, 480), 0, "{step}");
        }
    }

    #[test]
    fn what_is_missing_at_once_is_made_up_for_in_seconds() {
        let (mut drift, mut left, mut frames) = (Drift::default(), 1_900, 0);
        while left > 30 {
            let by = drift.correction(left, 480);
            assert!((0..=2).contains(&by));
            left -= by;
            frames += 480;
            assert!(frames < RATE * 20, "{left} are left");
        }
        assert!((0..1_000).all(|_| drift.correction(left, 480) >= 0), "it does not go too far");
    }

    #[test]
    fn small_and_odd_buffers_are_changed_no_faster() {
        let mut drift = Drift { mean: 1_000.0, ..Drift::default() };
        let by: i64 = (0..1_000).map(|_| drift.correction(1_000, 7)).sum();
        assert_eq!(by, 7_000 / 250);
        assert_eq!(drift.correction(1_000, 0), 0);
    }

    #[test]
    fn a_buffer_that_is_made_longer_or_shorter_clicks_nowhere() {
        let sine = tone(1_000.0, 0.5, 4_800);
        let whole = largest_step(&sine);
        for by in [1, -1, 2, -2] {
            let (mut heard, mut stretched) = (vec![0.0; CHANNELS], Vec::new());
            for buffer in sine.chunks(480 * CHANNELS) {
                let before = [heard[heard.len() - 2], heard[heard.len() - 1]];
                stretch(before, buffer, by, &mut stretched);
                assert_eq!(stretched.len() as i64, (480 + by) * CHANNELS as i64);
                assert_eq!(stretched[stretched.len() - CHANNELS..], buffer[buffer.len() - CHANNELS..]);
                heard.extend_from_slice(&stretched);
            }
            assert!(largest_step(&heard) < whole * 1.05, "{by}");
        }
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        let mut into = vec![1.0];
        stretch([0.0; CHANNELS], &[], 0, &mut into);
        assert!(into.is_empty());
        stretch([0.0; CHANNELS], &[0.5; CHANNELS], -1, &mut into);
        assert!(into.is_empty());
    }
}
