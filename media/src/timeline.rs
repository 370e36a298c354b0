//! From a publisher's clock to the broadcast's timeline.

use crate::time::MediaTime;

/// A source timestamp this far behind its arrival is a jump of the publisher's clock. One this far ahead of all before it
/// is one as well, or follows a silence of as long: either way it does not go on from there. A clock that runs fast,
/// sending a file at full speed, does not jump.
const TOLERANCE: MediaTime = MediaTime::from_millis(10_000);
/// After so long without a frame, what comes late may have been held back by the publisher's line. Shorter pauses are
/// left to the players.
const STALL: MediaTime = MediaTime::from_millis(5_000);
/// A frame this much behind the furthest is out of order; one that is further behind shows a jump of the clock.
const DISORDER: MediaTime = MediaTime::from_millis(1_000);
/// A line has caught up when frames are no more than this later than before.
const CAUGHT_UP: MediaTime = MediaTime::from_millis(500);
/// How often it is looked whether a line catches up. What makes good as much within that time comes fast.
const LOOK: MediaTime = MediaTime::from_millis(1_000);

/// Maps one publisher session's timestamps. Sans-IO: fed with timestamps and arrival times, both exact.
///
/// The session's first timestamp is placed at its arrival; from then on the publisher's own clock counts, so that
/// network jitter does not reach the viewers. A clock that jumps is placed anew and begins a new epoch, and so is one
/// that is heard again after a long silence: nothing that is measured from frame to frame may reach across it.
///
/// A line that stood still and then brings what it held back looks like a clock that did at first. The frames tell: they
/// keep their places as long as they come faster than time, and else are placed anew. Placed anew at once, they would be
/// ahead of their arrival by the length of the stall, for good.
#[derive(Debug)]
pub struct Timeline {
    epoch: u32,
    offset: Option<MediaTime>,
    /// When the last frame arrived, and how much later than its place that was.
    last: Option<(MediaTime, MediaTime)>,
    stall: Option<Stall>,
    /// The furthest decode time given out in earlier sessions: time never runs backwards across a reconnect.
    floor: MediaTime,
}

/// A frame's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    pub pts: MediaTime,
    pub dts: MediaTime,
    pub epoch: u32,
    /// The publisher's line held it back, and newer ones come faster than time.
    pub held_back: bool,
}

/// What comes since a time without a frame is late.
#[derive(Clone, Copy, Debug)]
struct Stall {
    /// How late frames were before.
    usual: MediaTime,
    /// When it was last looked whether they catch up, and how late they were then.
    looked: MediaTime,
    late: MediaTime,
    fast: bool,
}

impl Timeline {
    /// A session that continues a broadcast whose last frames were at `floor` in the epoch before `epoch`.
    pub const fn new(epoch: u32, floor: MediaTime) -> Self {
        Self { epoch, offset: None, last: None, stall: None, floor }
    }

    /// Places a frame with the source's `pts` and `dts` that arrived at `arrival` on the broadcast's timeline.
    pub fn place(&mut self, pts: MediaTime, dts: MediaTime, arrival: MediaTime) -> Placed {
        if let Some(offset) = self.offset {
            let place = dts + offset;
            self.watch_line(place, arrival);
            if place - self.floor > TOLERANCE || arrival - place > TOLERANCE && self.stall.is_none() {
                self.restart();
            }
        }
        let floor = self.floor;
        let offset = *self.offset.get_or_insert_with(|| arrival.max(floor) - dts);
        let held_back = self.stall.is_some_and(|stall| stall.fast);
        let placed = Placed { pts: pts + offset, dts: dts + offset, epoch: self.epoch, held_back };
        self.last = Some((arrival, arrival - placed.dts));
        self.floor = self.floor.max(placed.dts);
        placed
    }

    /// The publisher's clock does not go on: the next frame is placed at its arrival, in a new epoch.
    pub fn restart(&mut self) {
        if self.offset.take().is_some() {
            self.epoch = self.epoch.wrapping_add(1);
        }
        self.stall = None;
    }

    /// A frame arrived whose place would be `place`: begins a stall, follows it, ends it.
    fn watch_line(&mut self, place: MediaTime, arrival: MediaTime) {
        let late = arrival - place;
        // Who runs fast is early, and late only once that is used up.
        let usual = self.stall.map(|stall| stall.usual).or(self.last.map(|(_, late)| late.max(MediaTime::ZERO)));
        let silent = self.last.is_some_and(|(last, _)| arrival - last > STALL);
        let Some(usual) = usual else { return };
        if late - usual <= CAUGHT_UP || self.floor - place > DISORDER {
            self.stall = None;
            return;
        }
        if silent {
            self.stall = Some(Stall { usual, looked: arrival, late, fast: false });
            return;
        }
        let Some(stall) = &mut self.stall else { return };
        let (passed, made_good) = (arrival - stall.looked, stall.late - late);
        stall.fast |= made_good > LOOK;
        if passed < LOOK {
            return;
        }
        // A tenth of the time is more than jitter, half of it worth waiting for.
        let share = |parts: i64| made_good.nanos() >= passed.nanos() / parts;
        if share(10) {
            *stall = Stall { looked: arrival, late, fast: share(2), ..*stall };
        } else {
            self.stall = None;
        }
    }

    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The furthest decode time given out.
    pub const fn floor(&self) -> MediaTime {
        self.floor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: i64) -> MediaTime {
        MediaTime::from_millis(millis)
    }

    #[test]
    fn jitter_of_arrival_does_not_move_frames() {
        let mut timeline = Timeline::new(0, MediaTime::ZERO);
        assert_eq!(timeline.place(ms(5_000), ms(5_000), ms(20)).dts, ms(20));
        assert_eq!(timeline.place(ms(5_040), ms(5_040), ms(300)).dts, ms(60));
    }

    #[test]
    fn a_jump_of_the_publishers_clock_begins_a_new_epoch_at_arrival() {
        let mut timeline = Timeline::new(3, MediaTime::ZERO);
        timeline.place(ms(0), ms(0), ms(0));
        let after = timeline.place(ms(90_000), ms(90_000), ms(40));
        assert_eq!((after.dts, after.epoch), (ms(40), 4));
        let back = timeline.place(ms(10), ms(10), ms(80));
        assert_eq!((back.dts, back.epoch), (ms(80), 5));
    }

    #[test]
    fn what_comes_after_a_long_silence_begins_a_new_epoch() {
        let mut timeline = Timeline::new(0, MediaTime::ZERO);
        timeline.place(ms(0), ms(0), ms(20));
        let soon = timeline.place(ms(9_000), ms(9_000), ms(9_030));
        assert_eq!((soon.dts, soon.epoch), (ms(9_020), 0));
        // Picture and sound go on side by side.
        let picture = timeline.place(ms(29_000), ms(29_000), ms(29_100));
        assert_eq!((picture.dts, picture.epoch), (ms(29_100), 1));
        let sound = timeline.place(ms(28_990), ms(28_990), ms(29_110));
        assert_eq!((sound.dts, sound.epoch), (ms(29_090), 1));
    }

    /// A publisher of 25 frames a second whose line or clock stood still for twelve seconds after the first of them. The
    /// frames after that arrive every `step` milliseconds; what became of each.
    fn after_a_stall(count: i64, step: i64) -> Vec<Placed> {
        let mut timeline = Timeline::new(0, MediaTime::ZERO);
        for frame in 0..25 {
            timeline.place(ms(frame * 40), ms(frame * 40), ms(100 + frame * 40));
        }
        (0..count)
            .map(|frame| {
                let time = ms(1_000 + frame * 40);
                timeline.place(time, time, ms(13_100 + frame * step))
            })
            .collect()
    }

    #[test]
    fn what_a_line_held_back_keeps_its_place_and_is_known_until_the_line_has_caught_up() {
        let mut time = 1_100;
        for (number, placed) in after_a_stall(400, 2).into_iter().enumerate() {
            assert_eq!((placed.dts, placed.epoch), (ms(time), 0));
            // From a second made good until half a second is missing, at 38 ms a frame.
            assert_eq!(placed.held_back, (27..303).contains(&number), "{number}");
            time += 40;
        }
    }

    #[test]
    fn a_line_that_catches_up_slowly_is_waited_for_and_nothing_is_said_of_its_frames() {
        let placed = after_a_stall(1_400, 32);
        assert!(placed.iter().all(|placed| placed.epoch == 0 && !placed.held_back));
        assert_eq!(placed[1_399].dts, ms(1_100 + 1_399 * 40));
    }

    #[test]
    fn after_a_clock_that_stood_still_frames_are_placed_at_their_arrival() {
        let placed = after_a_stall(100, 40);
        assert!(placed.iter().all(|placed| !placed.held_back));
        assert_eq!((placed[24].dts, placed[24].epoch), (ms(1_100 + 24 * 40), 0));
        assert_eq!((placed[25].dts, placed[25].epoch), (ms(13_100 + 25 * 40), 1));
        assert_eq!((placed[99].dts, placed[99].epoch), (ms(13_100 + 99 * 40), 1));
    }

    #[test]
    fn a_publisher_that_runs_fast_keeps_its_clock() {
        let mut timeline = Timeline::new(0, MediaTime::ZERO);
        for frame in 0..1_500 {
            let placed = timeline.place(ms(frame * 40), ms(frame * 40), ms(frame));
            assert_eq!((placed.dts, placed.epoch), (ms(frame * 40), 0));
        }
    }

    #[test]
    fn after_a_jump_behind_a_floor_far_ahead_time_goes_on() {
        let mut timeline = Timeline::new(1, ms(60_000));
        assert_eq!(timeline.place(ms(0), ms(0), ms(1_000)).dts, ms(60_000));
        timeline.restart();
        for frame in 0..100 {
            let placed = timeline.place(ms(frame * 40), ms(frame * 40), ms(1_000 + frame * 40));
            assert_eq!((placed.dts, placed.epoch), (ms(60_000 + frame * 40), 2));
        }
    }

    #[test]
    fn a_session_never_starts_before_the_last_one_ended() {
        let mut timeline = Timeline::new(1, ms(10_000));
        assert_eq!(timeline.place(ms(0), ms(0), ms(9_000)).dts, ms(10_000));
    }
}
