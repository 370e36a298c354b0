//! How much room recordings have, and for how long. One that runs is ended while its end can still be written. A disk that hangs
//! holds nothing up but what is to be written there.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use klieg_engine::DiskPace;
use klieg_studio_model::{Destination, figures};

use super::Refusal;
use super::desk::Desk;

/// How long the disk of a folder may take to answer somebody who wants to write there: as long as it may take nothing of a recording.
const PATIENCE: Duration = Duration::from_secs(8);

/// Tells how many bytes can still be written on the disk of a folder, which need not exist yet. Called in a thread of its own.
pub type DiskLeft = Arc<dyn Fn(&Path) -> Option<u64> + Send + Sync>;

impl Desk {
    /// Once a second. What a disk has left that does not answer within one is unknown.
    pub(super) fn watch_disk(&mut self) {
        // Another folder may have been chosen since: it is for the next one.
        let running = self.studio.recording.as_ref().map(|recording| recording.folder.clone());
        let look = self.outside.disk.clone();
        let left = self.disks.left(&running.unwrap_or_else(|| self.recordings()), move |folder| look(folder));
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

    /// Makes the folder that recordings go to if it is not there, and goes on with it. Refuses to write what would soon have to be
    /// ended. What is so may be something else then.
    pub(super) fn when_there_is_room(&self, then: impl FnOnce(&mut Self, Result<PathBuf, Refusal>) + Send + 'static) {
        let (folders, look, folder) = (self.folders.clone(), self.outside.disk.clone(), self.recordings());
        let work = async move {
            let make = move |folder: &Path| fs::create_dir_all(folder).map(|()| look(folder));
            let made = folders.ask_within(PATIENCE, &folder, make).await;
            (made, folder)
        };
        self.job(work, move |desk, (made, folder)| {
            let shown = folder.display().to_string();
            let room = match made {
                None => Err(Refusal::SilentDisk(shown)),
                Some(Err(error)) => Err(Refusal::Folder { folder: shown, error }),
                Some(Ok(left)) => match left.filter(|left| desk.usual_pace().spare(*left) == 0) {
                    Some(left) => Err(Refusal::DiskFull(figures::bytes(left))),
                    None => Ok(folder),
                },
            };
            then(desk, room);
        });
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
        let video = profile.recording.video.as_ref().unwrap_or(&profile.video);
        DiskPace::of(video.bitrate.saturating_add(profile.audio.bitrate))
    }
}
