//! Recordings: one at a time, into a new file each.

use std::fs;
use std::path::PathBuf;

use klieg_studio_model::{Destination, Output, OutputState, RecordingState, Severity};

use super::desk::{Desk, now};
use super::{Refusal, output};

impl Desk {
    pub(super) fn start_recording(&mut self) -> Result<(), Refusal> {
        if self.studio.recording.is_some() {
            return Err(Refusal::RecordingAlready);
        }
        let folder = self.recordings();
        let unusable = |error| Refusal::Folder { folder: folder.display().to_string(), error };
        fs::create_dir_all(&folder).map_err(unusable)?;
        let output = self.next_recording();
        self.start_output(output, "Recording")?;
        self.studio.recording = Some(RecordingState { folder, since: now() });
        self.recorded_with_show = false;
        Ok(())
    }

    pub(super) fn stop_recording(&mut self) -> Result<(), Refusal> {
        if self.studio.recording.take().is_none() {
            return Err(Refusal::NoRecording);
        }
        self.recorded_with_show = false;
        self.stop_output(Destination::RECORDING);
        Ok(())
    }

    /// The folder that recordings go to.
    pub(super) fn recordings(&self) -> PathBuf {
        let chosen = self.studio.profile.recording.folder.clone();
        chosen.unwrap_or_else(|| self.library.places().recordings.clone())
    }

    pub(super) fn next_recording(&self) -> Output {
        output::recording(&self.recordings(), self.studio.profile.recording.container)
    }

    /// A recording that broke is over.
    pub(super) fn settle_recording(&mut self) {
        if self.studio.recording.is_none() {
            return;
        }
        let broken = self.studio.outputs.iter().find_map(|known| match &known.state {
            OutputState::Failed { reason } if known.id == Destination::RECORDING => Some(reason.clone()),
            _ => None,
        });
        if let Some(reason) = broken {
            self.studio.recording = None;
            self.recorded_with_show = false;
            self.stop_output(Destination::RECORDING);
            self.notice(Severity::Bad, format!("The recording has ended: {reason}."));
        }
    }
}
