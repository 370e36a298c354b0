//! From a publisher's clock to the broadcast's timeline.

use std::time::Duration;

use crate::time::MediaTime;

/// A source timestamp further than this from where arrival says it belongs is a jump of the publisher's clock.
const TOLERANCE: Duration = Duration::from_secs(10);

/// Maps one publisher session's timestamps. Sans-IO: fed with timestamps and arrival times, both exact.
///
/// The session's first timestamp is placed at its arrival; from then on the publisher's own clock counts, so that
/// network jitter does not reach the viewers. A clock that jumps is placed anew and begins a new epoch.
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
            let deviation = (dts + offset - arrival).nanos().unsigned_abs();
            if u128::from(deviation) > TOLERANCE.as_nanos() {
                self.begin_epoch();
            }
        }
        let floor = self.floor;
        let offset = *self.offset.get_or_insert_with(|| arrival.max(floor) - dts);
        let placed = Placed { pts: pts + offset, dts: dts + offset, epoch: self.epoch };
        self.floor = self.floor.max(placed.dts);
        placed
    }

    /// The publisher's clock was seen to jump: the next frame is placed anew.
    pub const fn begin_epoch(&mut self) {
        self.offset = None;
        self.epoch = self.epoch.wrapping_add(1);
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
    fn a_session_never_starts_before_the_last_one_ended() {
        let mut timeline = Timeline::new(1, ms(10_000));
        assert_eq!(timeline.place(ms(0), ms(0), ms(9_000)).dts, ms(10_000));
    }
}
