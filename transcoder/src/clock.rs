//! Sound without gaps from timestamps that jitter. Sans-IO.
//!
//! Encoders want one unbroken run of samples; a publisher sends access units whose timestamps are rounded to
//! milliseconds (RTMP), drift against its sound card, and sometimes jump. The samples are what counts: their number tells
//! the time. Only where number and timestamps disagree is anything done, as little as will do.

use std::time::Duration;

use klieg_media::time::MediaTime;

/// Less than this is jitter.
const JUMP: MediaTime = MediaTime::from_millis(60);
/// More than this is a new beginning; less is filled with silence or trimmed.
const MENDED: MediaTime = MediaTime::from_millis(2_000);
/// A lasting deviation beyond the first is drift and worked off, a little with each access unit, down to the second.
const DRIFT: (f64, f64) = (10e6, 1e6);
/// Weight of a new deviation in the lasting one.
const SMOOTHING: f64 = 1.0 / 32.0;
/// Drift is worked off at this share of the passing time: a thousandth is no audible and no visible change.
const SLEW: f64 = 1e-3;

/// Counts the samples of one unbroken run and says when each is heard.
#[derive(Clone, Debug)]
pub(crate) struct SampleClock {
    rate: u32,
    /// When sample 0 is heard.
    anchor: MediaTime,
    /// What drift has added to the anchor, in nanoseconds.
    correction: f64,
    samples: i64,
    /// Samples still to be left out.
    trim: i64,
    deviation: f64,
    slewing: bool,
}

/// What to do with a piece of decoded sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// The run's samples before this piece: its place.
    pub(crate) position: u64,
    /// Samples of silence to put before it.
    pub(crate) silence: usize,
    /// Samples to leave out at its start.
    pub(crate) skip: usize,
}

impl SampleClock {
    /// A run at `rate` samples a second that begins with the sound heard at `first`, or a moment later: at a multiple of
    /// `frame`, so that a run that replaces another cuts its frames at the same places.
    pub(crate) fn new(first: MediaTime, rate: u32, frame: Duration) -> Self {
        let frame = i64::try_from(frame.as_nanos()).unwrap_or(i64::MAX).max(1);
        let wait = MediaTime::from_nanos((-first.nanos()).rem_euclid(frame));
        let trim = wait.ticks(rate);
        Self { rate, anchor: first + wait, correction: 0.0, samples: 0, trim, deviation: 0.0, slewing: false }
    }

    pub(crate) fn rate(&self) -> u32 {
        self.rate
    }

    /// When sample 0 is heard, as far as is known now.
    pub(crate) fn start(&self) -> MediaTime {
        self.anchor + MediaTime::from_nanos(self.correction as i64)
    }

    /// Takes `count` samples that are heard from `pts` on. `None` if they do not continue this run at all.
    pub(crate) fn place(&mut self, pts: MediaTime, count: usize) -> Option<Placed> {
        let expected = self.start() + MediaTime::from_ticks(self.samples - self.trim, self.rate);
        let deviation = pts - expected;
        let distance = MediaTime::from_nanos(deviation.nanos().saturating_abs());
        let count = i64::try_from(count).ok()?;
        let mut silence = 0;
        if distance > MENDED {
            return None;
        } else if distance <= JUMP {
            self.follow(deviation, count);
        } else if deviation > MediaTime::ZERO {
            silence = distance.ticks(self.rate);
        } else {
            self.trim += distance.ticks(self.rate);
        }
        let position = self.samples;
        let skip = self.trim.min(count);
        self.trim -= skip;
        self.samples += silence + count - skip;
        Some(Placed {
            position: u64::try_from(position).ok()?,
            silence: usize::try_from(silence).ok()?,
            skip: usize::try_from(skip).ok()?,
        })
    }

    /// Works off drift while `count` samples pass.
    fn follow(&mut self, deviation: MediaTime, count: i64) {
        self.deviation += (deviation.nanos() as f64 - self.deviation) * SMOOTHING;
        let (begin, end) = DRIFT;
        if self.slewing {
            self.slewing = self.deviation.abs() > end;
        } else {
            self.slewing = self.deviation.abs() > begin;
        }
        if self.slewing {
            let most = MediaTime::from_ticks(count, self.rate).nanos() as f64 * SLEW;
            let step = self.deviation.clamp(-most, most);
            self.correction += step;
            self.deviation -= step;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(20);

    fn ms(millis: i64) -> MediaTime {
        MediaTime::from_millis(millis)
    }

    #[test]
    fn timestamps_rounded_to_milliseconds_lose_no_sample() {
        let mut clock = SampleClock::new(ms(40), 44_100, FRAME);
        for unit in 0..10_000i64 {
            let exact = ms(40) + MediaTime::from_ticks(unit * 1_024, 44_100);
            let placed = clock.place(ms(exact.millis()), 1_024).unwrap();
            assert_eq!(placed, Placed { position: unit.unsigned_abs() * 1_024, silence: 0, skip: 0 });
        }
        assert_eq!(clock.start(), ms(40));
    }

    #[test]
    fn a_run_begins_at_a_multiple_of_the_frame() {
        let mut clock = SampleClock::new(ms(45), 48_000, FRAME);
        assert_eq!(clock.start(), ms(60));
        assert_eq!(clock.place(ms(45), 480).unwrap(), Placed { position: 0, silence: 0, skip: 480 });
        assert_eq!(clock.place(ms(55), 480).unwrap(), Placed { position: 0, silence: 0, skip: 240 });
        assert_eq!(clock.place(ms(65), 480).unwrap(), Placed { position: 240, silence: 0, skip: 0 });
    }

    #[test]
    fn lost_sound_becomes_silence_and_repeated_sound_is_left_out() {
        let mut clock = SampleClock::new(ms(0), 48_000, FRAME);
        clock.place(ms(0), 960).unwrap();
        assert_eq!(clock.place(ms(120), 960).unwrap(), Placed { position: 960, silence: 4_800, skip: 0 });
        assert_eq!(clock.place(ms(40), 960).unwrap(), Placed { position: 6_720, silence: 0, skip: 960 });
    }

    #[test]
    fn a_far_jump_is_a_new_beginning() {
        let mut clock = SampleClock::new(ms(0), 48_000, FRAME);
        clock.place(ms(0), 960).unwrap();
        assert_eq!(clock.place(ms(5_000), 960), None);
        assert_eq!(clock.place(ms(-5_000), 960), None);
    }

    #[test]
    fn drift_of_a_sound_card_is_followed_without_a_jump() {
        let mut clock = SampleClock::new(ms(0), 48_000, FRAME);
        let mut worst = 0.0f64;
        for unit in 0..180_000i64 {
            // Its "48,000" samples last 200 millionths longer than a second.
            let pts = MediaTime::from_nanos(unit * 20_004_000);
            let placed = clock.place(pts, 960).unwrap();
            assert_eq!((placed.silence, placed.skip), (0, 0));
            let heard = clock.start() + MediaTime::from_ticks(placed.position as i64, 48_000);
            worst = worst.max((pts - heard).secs_f64().abs());
        }
        assert!(worst < 0.015, "an hour of drift must stay below 15 ms, was {worst}");
    }
}
