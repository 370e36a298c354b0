//! The recent sound of one source, each frame in its place.
//!
//! Sources stamp their buffers with jitter, fall silent, come back and at times lie. A buffer that begins about where the
//! last one ended continues it to the sample, so that jitter is not heard; any other goes to the place that its stamp says,
//! and a gap is silence. The clock of a source that drifts away is followed gently ([`drift`](super::drift)); once the stamps are
//! [`SLACK`] away from where the sound has got to all the same, it jumps.
//!
//! It never grows: what does not fit pushes out the oldest.

use std::ops::Range;

use klieg_studio_model::Strip;

use super::drift::{Drift, stretch};
use super::{CHANNELS, RATE};

/// Stamps that are no further from the end of the last buffer than this, in frames, continue it: 40 ms.
pub(super) const SLACK: i64 = RATE as i64 / 25;
/// Frames that are held: the longest delay, and one second that a source may be ahead.
pub(super) const CAPACITY: usize = RATE * (Strip::MAX_DELAY as usize / 1_000 + 1);

/// Frames that were never heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lost {
    /// They came when their block had been mixed.
    pub late: u64,
    /// They were pushed out, or replaced by what came later with an earlier stamp.
    pub dropped: u64,
}

#[derive(Debug)]
pub(super) struct Timeline {
    /// Frame `n` is at `n` modulo [`CAPACITY`].
    ring: Vec<f32>,
    /// Held are the frames from here ...
    start: i64,
    /// ... to before here.
    end: i64,
    /// The first frame that has not been read.
    reader: i64,
    lost: Lost,
    drift: Drift,
    /// A buffer that is longer or shorter than it came.
    stretched: Vec<f32>,
}

impl Timeline {
    /// Empty, to be read from `reader` on.
    pub(super) fn new(reader: i64) -> Self {
        let ring = vec![0.0; CAPACITY * CHANNELS];
        Self { ring, start: 0, end: 0, reader, lost: Lost::default(), drift: Drift::default(), stretched: Vec::new() }
    }

    pub(super) fn lost(&self) -> Lost {
        self.lost
    }

    /// Takes sound that is stamped with frame `at`.
    pub(super) fn write(&mut self, at: i64, samples: &[f32]) {
        if !self.continues(at) {
            self.drift.reset();
            return self.place(at, samples);
        }
        let by = self.drift.correction(at - self.end, samples.len() / CHANNELS);
        if by == 0 {
            return self.place(self.end, samples);
        }
        let last = index(self.end - 1);
        let mut stretched = std::mem::take(&mut self.stretched);
        stretch([self.ring[last], self.ring[last + 1]], samples, by, &mut stretched);
        self.place(self.end, &stretched);
        self.stretched = stretched;
    }

    /// Puts sound at frame `at`, whatever was held from there on.
    fn place(&mut self, at: i64, samples: &[f32]) {
        // What is longer than everything that is held can only be a mistake; its end is kept.
        let late = usize::try_from(self.reader.saturating_sub(at)).unwrap_or(0).min(samples.len() / CHANNELS);
        let excess = (samples.len() / CHANNELS - late).saturating_sub(CAPACITY);
        self.lost.late += late as u64;
        self.lost.dropped += excess as u64;
        let at = at + (late + excess) as i64;
        let (_, samples) = samples.split_at((late + excess) * CHANNELS);
        if samples.len() < CHANNELS {
            return;
        }
        self.go_to(at);
        self.put(samples);
        let oldest = self.end - CAPACITY as i64;
        if self.start < oldest {
            self.lost.dropped += unread(self.start.max(self.reader), oldest);
            self.start = oldest;
        }
    }

    /// Copies the frames from `at` on into `block`; what is not there is silence.
    pub(super) fn read(&self, at: i64, block: &mut [f32]) {
        block.fill(0.0);
        let (from, to) = (at.max(self.start), (at + (block.len() / CHANNELS) as i64).min(self.end));
        if from >= to {
            return;
        }
        let place = (from - at) as usize * CHANNELS;
        let wanted = (to - from) as usize * CHANNELS;
        let index = index(from);
        let straight = wanted.min(self.ring.len() - index);
        block[place..place + straight].copy_from_slice(&self.ring[index..index + straight]);
        block[place + straight..place + wanted].copy_from_slice(&self.ring[..wanted - straight]);
    }

    /// Everything before `reader` has been read, and nothing from there on: it may go back, when a delay grows.
    pub(super) fn pass(&mut self, reader: i64) {
        self.reader = reader;
    }

    /// Whether sound that is stamped so continues the last. If the reader has passed the end, silence was heard behind it,
    /// and there is nothing to continue.
    fn continues(&self, at: i64) -> bool {
        self.start < self.end && self.end >= self.reader && (at - self.end).abs() <= SLACK
    }

    /// Makes `at` the end: with silence in between, or without what was held from there on.
    fn go_to(&mut self, at: i64) {
        if at < self.start || at - self.end >= CAPACITY as i64 || self.start == self.end {
            self.lost.dropped += unread(self.start.max(self.reader), self.end);
            self.start = at;
        } else if at < self.end {
            self.lost.dropped += unread(at.max(self.reader), self.end);
        } else {
            let (gap, wrapped) = self.room((at - self.end) as usize);
            self.ring[gap].fill(0.0);
            self.ring[wrapped].fill(0.0);
        }
        self.end = at;
    }

    /// Appends at most [`CAPACITY`] frames.
    fn put(&mut self, samples: &[f32]) {
        let (place, wrapped) = self.room(samples.len() / CHANNELS);
        let (first, rest) = samples.split_at(place.len());
        self.ring[place].copy_from_slice(first);
        self.ring[wrapped.clone()].copy_from_slice(&rest[..wrapped.len()]);
    }

    /// Moves the end on by at most [`CAPACITY`] frames. Says where in the ring they are; the second part is where it
    /// begins again.
    fn room(&mut self, count: usize) -> (Range<usize>, Range<usize>) {
        let (index, samples) = (index(self.end), count * CHANNELS);
        let straight = samples.min(self.ring.len() - index);
        self.end += count as i64;
        (index..index + straight, 0..samples - straight)
    }
}

fn index(frame: i64) -> usize {
    frame.rem_euclid(CAPACITY as i64) as usize * CHANNELS
}

fn unread(from: i64, to: i64) -> u64 {
    u64::try_from(to - from).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sound::signal::{numbered, steady};

    /// `count` frames from `at` on; frame by frame, as both sides are the same.
    fn heard(timeline: &Timeline, at: i64, count: usize) -> Vec<f32> {
        let mut block = vec![9.0; count * 2];
        timeline.read(at, &mut block);
        block.chunks(2).map(|frame| frame[0]).collect()
    }

    fn left(samples: &[f32]) -> Vec<f32> {
        samples.chunks(2).map(|frame| frame[0]).collect()
    }

    #[test]
    fn jitter_of_the_stamps_is_not_heard() {
        let mut timeline = Timeline::new(0);
        for (buffer, jitter) in [0, 700, -900, 1_900, -1_900, 3, 0].into_iter().enumerate() {
            let start = buffer * 480;
            timeline.write(start as i64 + jitter, &numbered(start..start + 480));
        }
        assert_eq!(heard(&timeline, 0, 480 * 7), left(&numbered(0..480 * 7)));
    }

    #[test]
    fn a_gap_is_silence_to_the_sample() {
        let mut timeline = Timeline::new(0);
        timeline.write(1_000, &steady(0.5, 480));
        timeline.write(5_000, &steady(0.25, 480));
        let mut expected = vec![0.0; 1_000];
        expected.extend([0.5; 480]);
        expected.extend([0.0; 5_000 - 1_480]);
        expected.extend([0.25; 480]);
        expected.extend([0.0; 20]);
        assert_eq!(heard(&timeline, 0, 5_500), expected);
    }

    #[test]
    fn a_clock_that_drifts_is_followed_before_it_is_far_away() {
        let mut timeline = Timeline::new(0);
        // Its second has 1,000 frames less than ours.
        for buffer in 0..500 {
            let at = buffer * 490;
            timeline.write(at, &steady(buffer as f32, 480));
            assert!((at + 480 - timeline.end).abs() <= SLACK, "at {at} it has got to {}", timeline.end);
            timeline.pass(at - 480 * 8);
        }
        let mut timeline = Timeline::new(0);
        for buffer in 0..500 {
            let at = buffer * 470;
            timeline.write(at, &steady(buffer as f32, 480));
            assert!((at + 480 - timeline.end).abs() <= SLACK, "at {at} it has got to {}", timeline.end);
            timeline.pass(at - 480 * 8);
        }
    }

    #[test]
    fn what_comes_late_is_dropped_and_counted() {
        let mut timeline = Timeline::new(0);
        timeline.write(0, &steady(0.1, 480));
        timeline.pass(10_000);
        timeline.write(480, &steady(0.2, 480));
        assert_eq!(timeline.lost(), Lost { late: 480, dropped: 0 });
        timeline.write(9_900, &numbered(9_900..10_380));
        assert_eq!(timeline.lost(), Lost { late: 580, dropped: 0 });
        assert_eq!(heard(&timeline, 10_000, 380), left(&numbered(10_000..10_380)));
    }

    #[test]
    fn after_a_silence_that_was_heard_the_sound_is_where_its_stamp_says() {
        let mut timeline = Timeline::new(0);
        timeline.write(0, &steady(0.5, 480));
        timeline.pass(960);
        timeline.write(1_200, &steady(0.25, 480));
        let mut expected = vec![0.5; 480];
        expected.extend([0.0; 720]);
        expected.extend([0.25; 480]);
        assert_eq!(heard(&timeline, 0, 1_680), expected);
    }

    #[test]
    fn sound_that_starts_again_earlier_replaces_what_was_to_come() {
        let mut timeline = Timeline::new(0);
        timeline.write(0, &steady(0.5, 48_000));
        timeline.write(24_000, &steady(0.25, 480));
        assert_eq!(heard(&timeline, 23_999, 482), [vec![0.5], vec![0.25; 480], vec![0.0]].concat());
        assert_eq!(timeline.lost(), Lost { late: 0, dropped: 24_000 });
    }

    #[test]
    fn too_much_pushes_out_the_oldest_and_is_counted() {
        let mut timeline = Timeline::new(0);
        let size = timeline.ring.len();
        for second in 0..20 {
            timeline.write(second * 48_000, &numbered(second as usize * 48_000..(second as usize + 1) * 48_000));
        }
        assert_eq!(timeline.ring.len(), size);
        assert_eq!(timeline.lost(), Lost { late: 0, dropped: 14 * 48_000 });
        let kept = 14 * 48_000;
        assert_eq!(heard(&timeline, kept as i64 - 1, 1_001), [vec![0.0], left(&numbered(kept..kept + 1_000))].concat());
    }

    #[test]
    fn what_has_been_read_may_go_uncounted() {
        let mut timeline = Timeline::new(0);
        for second in 0..20 {
            timeline.write(second * 48_000, &steady(0.5, 48_000));
            timeline.pass((second + 1) * 48_000);
        }
        assert_eq!(timeline.lost(), Lost::default());
    }

    #[test]
    fn a_stamp_from_nowhere_harms_only_what_is_held() {
        let mut timeline = Timeline::new(0);
        timeline.write(0, &steady(0.5, 480));
        timeline.write(800_000_000_000_000, &steady(0.7, 480));
        timeline.write(480, &numbered(480..960));
        assert_eq!(heard(&timeline, 480, 480), left(&numbered(480..960)));
        timeline.write(960, &numbered(960..1_440));
        assert_eq!(heard(&timeline, 480, 960), left(&numbered(480..1_440)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn whatever_comes_it_holds_no_more_than_it_may(
            writes in proptest::collection::vec((-10_000i64..2_000_000, 0usize..400_000, -10_000i64..2_000_000), 1..12)
        ) {
            let mut timeline = Timeline::new(0);
            let mut block = vec![0.0; 960];
            for (at, count, reader) in writes {
                timeline.write(at, &steady(0.5, count));
                prop_assert!(timeline.start <= timeline.end);
                prop_assert!(timeline.end - timeline.start <= CAPACITY as i64);
                timeline.pass(reader);
                timeline.read(reader, &mut block);
                prop_assert!(block.iter().all(|&sample| sample == 0.0 || (sample - 0.5).abs() < 1e-6));
            }
        }
    }
}
