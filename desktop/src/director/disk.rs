//! How much room recordings have, and for how long. One that runs is ended while its end can still be written.

use std::path::Path;
use std::sync::Arc;

use klieg_studio_model::{Destination, figures};

use super::Refusal;
use super::desk::Desk;

/// Tells how many bytes can still be written on the disk of a folder, which need not exist yet.
pub type DiskLeft = Arc<dyn Fn(&Path) -> Option<u64> + Send + Sync>;

/// What is left free: the system and other programs need some, in bytes.
const LEFT_FREE: u64 = 200 << 20;
/// And at least what so many seconds of a recording take: that it is time is noticed once a second.
const LEFT_SECONDS: f64 = 20.0;
/// The share of the newest second in the pace.
const NEWEST: f64 = 0.1;

/// How fast a recording fills the disk, in bytes a second: smoothed, for a second says little.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pace(f64);

impl Pace {
    fn add(self, second: f64) -> Self {
        Self(self.0 + NEWEST * (second - self.0))
    }

    /// Bytes that a recording may still write when so many are left.
    fn spare(self, left: u64) -> u64 {
        left.saturating_sub(LEFT_FREE.max((self.0 * LEFT_SECONDS) as u64))
    }

    /// For how many seconds these bytes are enough.
    fn lasts(self, spare: u64) -> u64 {
        (spare as f64 / self.0.max(1.0)) as u64
    }
}

impl Desk {
    /// Once a second.
    pub(super) fn watch_disk(&mut self) {
        let left = (self.outside.disk)(&self.recordings());
        let pace = self.pace();
        let spare = left.map(|left| pace.spare(left));
        // In steps of a mebibyte: less is no news.
        self.studio.program.disk_left = left.map(|left| left & !0xf_ffff);
        self.studio.program.disk_time = spare.map(|spare| pace.lasts(spare));
        if self.studio.recording.is_some()
            && let (Some(left), Some(0)) = (left, spare)
        {
            let left = figures::bytes(left);
            self.recording_is_over(&format!("the disk is nearly full, with {left} left. What was recorded is kept"));
        }
    }

    /// Refuses to write what would soon have to be ended.
    pub(super) fn room_on_disk(&self) -> Result<(), Refusal> {
        let left = (self.outside.disk)(&self.recordings());
        match left.filter(|left| self.usual_pace().spare(*left) == 0) {
            Some(left) => Err(Refusal::DiskFull(figures::bytes(left))),
            None => Ok(()),
        }
    }

    /// That of the recording that runs, or of one with the profile's settings. While it is paused it stays what it was.
    fn pace(&mut self) -> Pace {
        let Some(recording) = &self.studio.recording else {
            self.pace = None;
            return self.usual_pace();
        };
        let pace = self.pace.unwrap_or_else(|| self.usual_pace());
        let output = self.studio.outputs.iter().find(|output| output.id == Destination::RECORDING);
        let second = output.map(|output| output.bitrate * 125.0).filter(|second| *second > 0.0 && !recording.paused);
        let pace = second.map_or(pace, |second| pace.add(second));
        self.pace = Some(pace);
        pace
    }

    fn usual_pace(&self) -> Pace {
        let profile = &self.studio.profile;
        Pace(f64::from(profile.video.bitrate.saturating_add(profile.audio.bitrate)) * 125.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_lasts_for_as_long_as_it_is_filled_at_this_pace() {
        // 6 Mbit/s fill 750 kB a second.
        let pace = Pace(750_000.0);
        assert_eq!(pace.lasts(pace.spare(LEFT_FREE + 75_000_000)), 100);
        assert_eq!(pace.spare(LEFT_FREE), 0);
        // Fast ones need more room for their end.
        assert_eq!(Pace(20e6).spare(400_000_000), 0);
        assert_eq!(Pace(0.0).lasts(7), 7);
    }

    #[test]
    fn the_pace_follows_the_recording_slowly() {
        let pace = (0..60).fold(Pace(1_000_000.0), |pace, _| pace.add(100_000.0));
        assert!((100_000.0..103_000.0).contains(&pace.0), "{pace:?}");
        assert!(Pace(1_000_000.0).add(0.0).0 > 800_000.0);
    }
}
