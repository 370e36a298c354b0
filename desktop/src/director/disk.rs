//! How much room recordings have, and for how long. One that runs is ended while its end can still be written.

use std::path::Path;
use std::sync::Arc;

use klieg_engine::DiskPace;
use klieg_studio_model::{Destination, figures};

use super::Refusal;
use super::desk::Desk;

/// Tells how many bytes can still be written on the disk of a folder, which need not exist yet.
pub type DiskLeft = Arc<dyn Fn(&Path) -> Option<u64> + Send + Sync>;

impl Desk {
    /// Once a second.
    pub(super) fn watch_disk(&mut self) {
        // Another folder may have been chosen since: it is for the next one.
        let running = self.studio.recording.as_ref().map(|recording| recording.folder.clone());
        let left = (self.outside.disk)(&running.unwrap_or_else(|| self.recordings()));
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
    fn pace(&mut self) -> DiskPace {
        let Some(recording) = &self.studio.recording else {
            self.pace = None;
            return self.usual_pace();
        };
        let pace = self.pace.unwrap_or_else(|| self.usual_pace());
        let output = self.studio.outputs.iter().find(|output| output.id == Destination::RECORDING);
        let second = output.map(|output| output.bitrate * 125.0).filter(|second| *second > 0.0 && !recording.paused);
        let pace = second.map_or(pace, |second| pace.after(second));
        self.pace = Some(pace);
        pace
    }

    fn usual_pace(&self) -> DiskPace {
        let profile = &self.studio.profile;
        DiskPace::of(profile.video.bitrate.saturating_add(profile.audio.bitrate))
    }
}
