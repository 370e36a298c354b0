//! A show file on air: a [`Stage`] with one scene and the outputs that the file names.

use std::path::{Path, PathBuf};

use klieg_studio_model::{Collection, Event, FileOutput, Output, OutputState, Show, figures};

use crate::EngineError;
use crate::disk::DiskPace;
use crate::report::Reporter;
use crate::stage::{Options, Stage};

/// A show on air. Dropping it stops it.
pub struct Engine {
    stage: Stage,
    report: Reporter,
    /// Those that run.
    recordings: Vec<Recording>,
    /// Why recordings were ended before the show.
    ended: Vec<String>,
}

struct Recording {
    name: String,
    folder: PathBuf,
    pace: DiskPace,
    /// When the disk was last looked at.
    written: u64,
}

impl Engine {
    /// Starts a show that has been checked. Returns as soon as it runs; outputs connect on their own.
    pub fn start(show: &Show, options: Options) -> Result<Self, EngineError> {
        let collection = Collection::from(show);
        let report = Reporter::new(options.events.clone());
        let options = Options { monitor_output: show.monitor_output.clone(), ..options };
        let mut stage = Stage::open(&collection, collection.first_scene(), options)?;
        let mut recordings = Vec::new();
        for output in &show.outputs {
            let (video, audio) = (show.video_of(output), show.audio_of(output));
            stage.start_output(output, video, audio)?;
            if let Output::File(file) = output {
                recordings.push(Recording::of(file, video.bitrate.saturating_add(audio.bitrate)));
            }
        }
        Ok(Self { stage, report, recordings, ended: Vec::new() })
    }

    /// The state of each output that runs, in the show's order.
    pub fn outputs(&self) -> Vec<(String, OutputState)> {
        self.stage.outputs()
    }

    /// To be called once a second: a recording whose disk is nearly full is ended while its end can still be written, and says
    /// so; the other outputs go on. `left` tells how many bytes can still be written on the disk of a folder, and does not wait
    /// for one that hangs (see [`Disks`](crate::Disks)).
    pub fn watch_disk(&mut self, left: impl Fn(&Path) -> Option<u64>) {
        let (stage, report, ended) = (&mut self.stage, &self.report, &mut self.ended);
        self.recordings.retain_mut(|recording| {
            let written = stage.written(&recording.name);
            let Some(rest) = recording.too_little(written, &left) else { return true };
            let (name, reason) =
                (&recording.name, format!("the disk is nearly full, with {} left", figures::bytes(rest)));
            let text = format!("The recording {name} ends: {reason}. What was recorded is kept.");
            report.say(Event::Warning { text });
            stage.stop_output(name);
            ended.push(format!("{name}: {reason}"));
            false
        });
    }

    /// Why the show cannot go on: the programme or an encoder of the sound broke, or every output has given up.
    pub fn failure(&self) -> Option<String> {
        if let Some(reason) = self.stage.failure() {
            return Some(reason);
        }
        let outputs = self.outputs();
        let failed = outputs.iter().filter_map(|(name, state)| match state {
            OutputState::Failed { reason } => Some(format!("{name}: {reason}")),
            _ => None,
        });
        let reasons: Vec<_> = self.ended.iter().cloned().chain(failed).collect();
        let all = outputs.len() + self.ended.len();
        (!reasons.is_empty() && reasons.len() == all).then(|| reasons.join(", "))
    }

    /// Ends the show properly: sessions closed, files finished. Takes about two seconds at most, and twelve where a
    /// disk, a name server or a driver hangs.
    pub fn stop(self) {
        drop(self);
    }
}

impl Recording {
    /// One that was just started, at this bitrate in kbit/s.
    fn of(file: &FileOutput, bitrate: u32) -> Self {
        let path = std::path::absolute(&file.path).unwrap_or_else(|_| file.path.clone());
        let folder = path.parent().unwrap_or(&path).to_owned();
        Self { name: file.name.clone(), folder, pace: DiskPace::of(bitrate), written: 0 }
    }

    /// How many bytes are left on its disk, if these are too few to go on. `written` is how many it has, once a second.
    fn too_little(&mut self, written: Option<u64>, left: impl Fn(&Path) -> Option<u64>) -> Option<u64> {
        let written = written.unwrap_or(self.written);
        let second = written.saturating_sub(std::mem::replace(&mut self.written, written));
        if second > 0 {
            self.pace = self.pace.after(second as f64);
        }
        left(&self.folder).filter(|left| self.pace.spare(*left) == 0)
    }
}
