//! One clock for all tracks of a publisher.
//!
//! Each RTP stream counts from a number of its own. Until sender reports tell how the streams relate (RFC 3550, 6.4.1)
//! a stream is placed by the arrival of its first frame; then each slides, a little with every frame, to where the
//! reports put it. Sans-IO: fed with timestamps, reports and arrival times.

use std::collections::HashMap;
use std::hash::Hash;

use crate::time::{MediaTime, WallTime};

/// How far a stream may slide with one frame: too little to hear or see.
const SLIDE: MediaTime = MediaTime::from_millis(1);
/// A report that would move a stream further than this is not believed.
const BELIEVABLE: MediaTime = MediaTime::from_millis(5_000);
/// Capture times further than this from now are not believed: the publisher's clock is wrong.
const PLAUSIBLE: MediaTime = MediaTime::from_millis(10_000);

#[derive(Debug)]
pub(crate) struct SourceClock<K> {
    streams: HashMap<K, Streamed>,
    /// The time of day, on the publisher's clock, at zero of the common clock.
    epoch: Option<WallTime>,
}

#[derive(Debug)]
struct Streamed {
    rate: u32,
    last: i64,
    offset: MediaTime,
    target: Option<MediaTime>,
}

/// Where a frame belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clocked {
    pub(crate) time: MediaTime,
    /// When it was captured, if the publisher's reports say so credibly.
    pub(crate) captured: Option<WallTime>,
}

impl<K> Default for SourceClock<K> {
    fn default() -> Self {
        Self { streams: HashMap::new(), epoch: None }
    }
}

impl<K: Eq + Hash> SourceClock<K> {
    /// A frame of `stream` at `ticks` of its clock of `rate` ticks a second, which arrived at `arrival` since any fixed
    /// moment, the time of day being `now`.
    pub(crate) fn place(&mut self, stream: K, ticks: i64, rate: u32, arrival: MediaTime, now: WallTime) -> Clocked {
        let time = MediaTime::from_ticks(ticks, rate);
        let streamed = self.streams.entry(stream).or_insert_with(|| Streamed {
            rate,
            last: ticks,
            offset: arrival - time,
            target: None,
        });
        streamed.last = ticks;
        if let Some(target) = streamed.target {
            let distance = (target - streamed.offset).nanos();
            let slide = distance.clamp(-SLIDE.nanos(), SLIDE.nanos());
            streamed.offset = streamed.offset + MediaTime::from_nanos(slide);
        }
        let time = time + streamed.offset;
        let captured = self.epoch.map(|epoch| epoch.plus(time));
        Clocked { time, captured: captured.filter(|captured| within(captured.minus(now), PLAUSIBLE)) }
    }

    /// A sender report: at `moment` on the publisher's clock, `stream` stood at `ticks` (the low 32 bits).
    pub(crate) fn report(&mut self, stream: &K, moment: WallTime, ticks: u32) {
        let Some(streamed) = self.streams.get_mut(stream) else { return };
        let since = i64::from(ticks.wrapping_sub(streamed.last as u32) as i32);
        let time = MediaTime::from_ticks(streamed.last.saturating_add(since), streamed.rate);
        match self.epoch {
            None => self.epoch = Some(moment.plus(MediaTime::ZERO - (time + streamed.offset))),
            Some(epoch) => {
                let target = moment.minus(epoch) - time;
                if within(target - streamed.offset, BELIEVABLE) {
                    streamed.target = Some(target);
                }
            }
        }
    }
}

fn within(distance: MediaTime, limit: MediaTime) -> bool {
    distance.nanos().unsigned_abs() <= limit.nanos().unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: WallTime = WallTime::from_micros(1_700_000_000_000_000);

    fn ms(millis: i64) -> MediaTime {
        MediaTime::from_millis(millis)
    }

    #[test]
    fn before_any_report_arrival_places_a_stream() {
        let mut clock = SourceClock::default();
        assert_eq!(clock.place("video", 90_000, 90_000, ms(5), NOW).time, ms(5));
        assert_eq!(clock.place("video", 93_000, 90_000, ms(99), NOW).time.millis(), 38);
    }

    #[test]
    fn reports_bring_sound_and_picture_together() {
        let mut clock = SourceClock::default();
        // Captured together, but the sound arrives 40 ms after the picture.
        clock.place("video", 0, 90_000, ms(0), NOW);
        clock.place("audio", 0, 48_000, ms(40), NOW);
        clock.report(&"video", NOW, 0);
        clock.report(&"audio", NOW, 0);
        let mut sound = clock.place("audio", 0, 48_000, ms(40), NOW);
        for frame in 1..=60 {
            let next = clock.place("audio", frame * 960, 48_000, ms(40 + frame * 20), NOW);
            assert!(next.time > sound.time);
            sound = next;
        }
        assert_eq!(sound.time, ms(60 * 20));
        assert_eq!(sound.captured, Some(NOW.plus(ms(1_200))));
    }

    #[test]
    fn a_publishers_wrong_time_of_day_is_not_taken_for_the_time_of_capture() {
        let mut clock = SourceClock::default();
        clock.place("video", 0, 90_000, ms(0), NOW);
        clock.report(&"video", NOW.plus(ms(3_600_000)), 0);
        assert_eq!(clock.place("video", 3_000, 90_000, ms(33), NOW).captured, None);
    }

    #[test]
    fn an_absurd_report_moves_nothing() {
        let mut clock = SourceClock::default();
        clock.place("video", 0, 90_000, ms(0), NOW);
        clock.report(&"video", NOW, 0);
        clock.report(&"video", NOW, 900_000_000);
        assert_eq!(clock.place("video", 90_000, 90_000, ms(1_000), NOW).time, ms(1_000));
    }

    #[test]
    fn a_report_near_the_wrap_of_its_timestamp_is_understood() {
        let mut clock = SourceClock::default();
        let start = i64::from(u32::MAX) - 100;
        clock.place("video", start, 90_000, ms(0), NOW);
        clock.report(&"video", NOW, (start + 90_000) as u32);
        let frame = clock.place("video", start + 90_000, 90_000, ms(1_000), NOW);
        assert_eq!(frame.captured, Some(NOW));
    }
}
