//! From a publisher's clock to the broadcast's timeline.

use crate::time::MediaTime;

/// A source timestamp this far behind its arrival is a jump of the publisher's clock. One this far ahead of all before it
/// is one as well, or follows a silence of as long: either way it does not go on from there. A clock that runs fast,
/// sending a file at full speed, does not jump.
const TOLERANCE: MediaTime = MediaTime::from_millis(10_000);

/// Maps one publisher session's timestamps. Sans-IO: fed with timestamps and arrival times, both exact.
///
/// The session's first timestamp is placed at its arrival; from then on the publisher's own clock counts, so that
/// network jitter does not reach the viewers. A clock that jumps is placed anew and begins a new epoch, and so is one
/// that is heard again after a long silence: nothing that is measured from frame to frame may reach across it.
#[derive(Debug)]
pub struct Timeline {
    epoch: u32,
    offset: Option<MediaTime>,
    /// The furthest decode time given out in earlier sessions: time never runs backwards across a reconnect.
    floor: MediaTime,
}

/// A frame's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    pub pts: MediaTime,
    pub dts: MediaTime,
    pub epoch: u32,
}

impl Timeline {
    /// A session that continues a broadcast whose last frames were at `floor` in the epoch before `epoch`.
    pub const fn new(epoch: u32, floor: MediaTime) -> Self {
        Self { epoch, offset: None, floor }
    }

    /// Places a frame with the source's `pts` and `dts` that arrived at `arrival` on the broadcast's timeline.
    pub fn place(&mut self, pts: MediaTime, dts: MediaTime, arrival: MediaTime) -> Placed {
        if let Some(offset) = self.offset {
            let place = dts + offset;
            if place - self.floor > TOLERANCE || arrival - place > TOLERANCE {
                self.restart();
            }
        }
        let floor = self.floor;
        let offset = *self.offset.get_or_insert_with(|| arrival.max(floor) - dts);
        let placed = Placed { pts: pts + offset, dts: dts + offset, epoch: self.epoch };
        self.floor = self.floor.max(placed.dts);
        placed
    }

    /// The publisher's clock does not go on: the next frame is placed at its arrival, in a new epoch.
    pub fn restart(&mut self) {
        if self.offset.take().is_some() {
            self.epoch = self.epoch.wrapping_add(1);
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
