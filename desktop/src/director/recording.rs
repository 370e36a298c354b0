//! Recordings: one at a time, into a new file each, paused and split while it grows.

use std::path::PathBuf;

use klieg_studio_model::{Destination, Output, OutputState, RecordingProgress, RecordingState, Severity};

use super::desk::{Desk, reply};
use super::{Answer, Refusal, now, output};

/// Tells a recording that was asked for from one that was asked for before and called off.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct RecordingAsked {
    number: u64,
    with_show: bool,
}

impl Desk {
    /// Answered when it has begun.
    pub(super) fn start_recording(&mut self, answer: Answer) {
        if self.studio.recording.is_some() {
            return reply(answer, Err(Refusal::RecordingAlready));
        }
        if self.studio.recording_begins {
            return reply(answer, Err(Refusal::RecordingBegins));
        }
        let asked = self.ask_for_recording(false);
        self.when_file_is_tried(self.next_recording(), move |desk| {
            desk.when_there_is_room(move |desk, room| {
                let is_wanted = desk.is_still_asked(asked);
                let done = if is_wanted { room } else { Err(Refusal::RecordingCalledOff) };
                reply(answer, done.and_then(|folder| desk.record_in(folder, false)));
            });
        });
    }

    fn ask_for_recording(&mut self, with_show: bool) -> RecordingAsked {
        self.studio.recording_begins = true;
        self.recording_asked = RecordingAsked { number: self.recording_asked.number + 1, with_show };
        self.recording_asked
    }

    /// Whether nobody called it off. It is asked for no more: now it begins or does not.
    fn is_still_asked(&mut self, asked: RecordingAsked) -> bool {
        asked == self.recording_asked && std::mem::take(&mut self.studio.recording_begins)
    }

    /// The show is over before its recording has begun.
    pub(super) fn call_off_recording_with_show(&mut self) {
        if self.recording_asked.with_show {
            self.studio.recording_begins = false;
        }
    }

    /// Begins the recording that goes with the show, which is not kept waiting for it. One that the creator has asked for is enough.
    pub(super) fn record_with_show(&mut self) {
        if self.studio.recording_begins {
            return;
        }
        let (asked, show) = (self.ask_for_recording(true), self.shows);
        self.when_there_is_room(move |desk, room| {
            if !desk.is_still_asked(asked) || show != desk.shows || desk.studio.recording.is_some() {
                return;
            }
            if let Err(refusal) = room.and_then(|folder| desk.record_in(folder, true)) {
                desk.notice(Severity::Bad, format!("The show is not recorded: {refusal}."));
            }
        });
    }

    fn record_in(&mut self, folder: PathBuf, with_show: bool) -> Result<(), Refusal> {
        if self.studio.recording.is_some() {
            return Err(Refusal::RecordingAlready);
        }
        if self.studio.show.is_off() {
            self.count_from_here();
        }
        self.losses.forget(Destination::RECORDING);
        self.start_output(output::recording(&folder, &self.studio.profile.recording), "Recording")?;
        let begun = RecordingState { folder, with_show, as_of: now(), ..RecordingState::default() };
        self.studio.recording = Some(begun);
        Ok(())
    }

    /// One that has not begun yet is called off.
    pub(super) fn stop_recording(&mut self) -> Result<(), Refusal> {
        if std::mem::take(&mut self.studio.recording_begins) {
            return Ok(());
        }
        if self.studio.recording.take().is_none() {
            return Err(Refusal::NoRecording);
        }
        self.stop_output(Destination::RECORDING);
        Ok(())
    }

    pub(super) fn pause_recording(&mut self, pause: bool) -> Result<(), Refusal> {
        let recording = self.studio.recording.as_ref().ok_or(Refusal::NoRecording)?;
        match (recording.paused, pause) {
            (true, true) => return Err(Refusal::PausedAlready),
            (false, false) => return Err(Refusal::NotPaused),
            _ => {}
        }
        self.stage()?.pause_output(Destination::RECORDING, pause)?;
        if let Some(recording) = &mut self.studio.recording {
            // Where the clock is now it stays until the file says where it is.
            (recording.recorded, recording.as_of) = (recording.elapsed(now()), now());
            recording.paused = pause;
        }
        Ok(())
    }

    pub(super) fn split_recording(&mut self) -> Result<(), Refusal> {
        if self.studio.recording.is_none() {
            return Err(Refusal::NoRecording);
        }
        Ok(self.stage()?.split_output(Destination::RECORDING)?)
    }

    /// The recording that runs says how far it is.
    pub(super) fn recorded(&mut self, progress: RecordingProgress) {
        if let Some(recording) = &mut self.studio.recording {
            recording.file = Some(progress.file);
            recording.part = progress.part;
            recording.recorded = progress.recorded;
            recording.as_of = now();
        }
    }

    /// The folder that recordings go to.
    pub(super) fn recordings(&self) -> PathBuf {
        let chosen = self.studio.profile.recording.folder.clone();
        chosen.unwrap_or_else(|| self.library.places().recordings.clone())
    }

    pub(super) fn next_recording(&self) -> Output {
        output::recording(&self.recordings(), &self.studio.profile.recording)
    }

    /// The recording that runs begins anew in a file of its own, because what it is encoded with has changed. It stays in its
    /// folder, which the engine makes if somebody took it away.
    pub(super) fn begin_recording_anew(&mut self) -> Result<(), Refusal> {
        let Some(before) = self.studio.recording.take() else { return Ok(()) };
        let RecordingState { folder, paused, with_show, .. } = before;
        let output = output::recording(&folder, &self.studio.profile.recording);
        self.start_output(output, "Recording")?;
        let begun = RecordingState { folder, paused, with_show, as_of: now(), ..RecordingState::default() };
        self.studio.recording = Some(begun);
        if paused {
            self.stage()?.pause_output(Destination::RECORDING, true)?;
        }
        Ok(())
    }

    /// A recording that runs is encoded as its settings say now: another bitrate is used without a break, for anything else it begins
    /// anew. The rest of the settings is for the next one.
    pub(super) fn recording_follows(&mut self) {
        let is_it = |output: &Output| output.name() == Destination::RECORDING;
        let now = self.studio.profile.recording.video.clone();
        let Some(Output::File(file)) = self.running.iter_mut().find(|output| is_it(output)) else { return };
        let usual = &self.studio.profile.video;
        let is_same = file.video.as_ref().unwrap_or(usual) == now.as_ref().unwrap_or(usual);
        let bitrate = match (&file.video, &now) {
            (Some(before), Some(now)) if before.differs_in_bitrate_only(now) => Some(now.bitrate),
            _ => None,
        };
        if is_same || bitrate.is_some() {
            file.video = now;
            if let Some(bitrate) = bitrate {
                self.set_bitrate(is_it, bitrate);
            }
            return;
        }
        let (outputs, video) = ([self.next_recording()], usual.clone());
        self.when_tried(&outputs, &video, move |desk| {
            // It may have been changed back meanwhile, or begun anew by another change.
            let now = desk.studio.profile.recording.video.clone();
            desk.restart_outputs(|output| is_it(output) && output.video() != now.as_ref(), "");
        });
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
            self.recording_is_over(&reason);
        }
    }

    pub(super) fn recording_is_over(&mut self, reason: &str) {
        self.studio.recording = None;
        self.stop_output(Destination::RECORDING);
        self.notice(Severity::Bad, format!("The recording has ended: {reason}."));
    }
}
