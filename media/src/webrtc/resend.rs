//! How many of the packets that a viewer was sent can be sent again. Sans-IO.
//!
//! Payloads are shared by all viewers, and each entry costs a viewer 430 bytes. Half a second's worth does while frames
//! are sent as they are made. A keyframe leaves at once, though, and so does, nearly, the group of pictures that a viewer
//! begins with: if the first of their packets were forgotten before the last is sent, whoever lost one would have a broken
//! picture until the next keyframe. So there is room for the whole of either.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::packetise::MAX_PAYLOAD;

/// For how long, at most.
pub(crate) const AGE: Duration = Duration::from_secs(3);
/// Of what is sent to a viewer, the share of repetitions from which on nothing is repeated: its line is too slow.
pub(crate) const MOST_REPEATED: f32 = 0.15;
/// Half a second's worth, within bounds.
const USUAL: RangeInclusive<u64> = 80..=640;
const USUAL_BITS: u64 = 2 * 8 * MAX_PAYLOAD as u64;
/// Three quarters of a second at the rate at which a backlog is sent.
const MOST: usize = 2_000;

/// Packets kept for a show of `bitrate` bits a second, 0 if that is not known.
pub(crate) fn usual(bitrate: u64) -> usize {
    (bitrate / USUAL_BITS).clamp(*USUAL.start(), *USUAL.end()) as usize
}

/// The room of one viewer's picture.
#[derive(Debug)]
pub(crate) struct Room {
    usual: usize,
    /// What there is room for now.
    kept: usize,
    /// How many packets the group of pictures has that is sent next, faster than it lasts.
    group: Option<usize>,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self { usual: usual(0), kept: 0, group: None }
    }

    /// What is sent has this bitrate, in bits a second.
    pub(crate) fn adapt(&mut self, bitrate: u64) {
        self.usual = usual(bitrate);
    }

    /// A group of pictures of about so many packets is sent next.
    pub(crate) fn expect(&mut self, packets: usize) {
        self.group = Some(packets);
    }

    /// A frame of so many packets is about to be sent. Returns how many to keep from now on, if that changes.
    ///
    /// It changes with keyframes only: what was kept is forgotten then, and nobody needs what was before a keyframe.
    pub(crate) fn before_frame(&mut self, keyframe: bool, packets: usize) -> Option<usize> {
        if !keyframe {
            return None;
        }
        let burst = self.group.take().unwrap_or(packets);
        let wanted = burst.saturating_add(self.usual / 2).clamp(self.usual, MOST);
        if (wanted..=wanted * 2).contains(&self.kept) {
            return None;
        }
        self.kept = wanted;
        Some(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_second_is_kept_of_any_show() {
        let bits_of = |packets: u64| packets * 8 * MAX_PAYLOAD as u64;
        assert_eq!([0, bits_of(400), bits_of(100_000)].map(usual), [80, 200, 640]);
    }

    #[test]
    fn the_group_that_a_viewer_begins_with_is_kept_until_the_next_keyframe() {
        let mut room = Room::new();
        room.expect(500);
        assert_eq!(room.before_frame(true, 50), Some(540));
        assert_eq!((0..60).filter_map(|_| room.before_frame(false, 5)).count(), 0);
        assert_eq!(room.before_frame(true, 50), Some(90));
        assert_eq!(room.before_frame(true, 50), None);
    }

    #[test]
    fn a_keyframe_that_is_larger_than_half_a_second_has_room() {
        let mut room = Room::new();
        assert_eq!(room.before_frame(true, 10), Some(80));
        assert_eq!(room.before_frame(true, 200), Some(240));
        assert_eq!([190, 210, 130].map(|packets| room.before_frame(true, packets)), [None, Some(250), None]);
    }

    #[test]
    fn no_group_is_too_large_to_bound() {
        let mut room = Room::new();
        room.adapt(u64::MAX);
        room.expect(usize::MAX);
        assert_eq!(room.before_frame(true, 1), Some(MOST));
    }
}
