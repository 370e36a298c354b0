//! The replay buffer: it runs beside show and recording, and is begun anew with whatever it hangs on.

use std::path::Path;

use klieg_studio_model::{Destination, Output, ReplayOutput, ReplaySettings, ReplayState, SavedReplay, Severity};

use super::desk::{Desk, reply};
use super::{Answer, Refusal, output};

impl Desk {
    /// Answered when it has begun.
    pub(super) fn start_replay_when_tried(&mut self, answer: Answer) {
        self.when_file_is_tried(self.next_replay(), move |desk| reply(answer, desk.start_replay()));
    }

    pub(super) fn start_replay(&mut self) -> Result<(), Refusal> {
        if self.studio.replay.is_some() {
            return Err(Refusal::ReplayAlready);
        }
        self.run_replay()?;
        self.studio.replay = Some(ReplayState::default());
        self.replay_with_show = false;
        Ok(())
    }

    pub(super) fn stop_replay(&mut self) -> Result<(), Refusal> {
        if self.studio.replay.take().is_none() {
            return Err(Refusal::NoReplay);
        }
        self.replay_with_show = false;
        self.stop_output(Destination::REPLAY);
        Ok(())
    }

    /// Answered when the writing has begun.
    pub(super) fn save_replay(&self, answer: Answer) {
        self.when_there_is_room(move |desk, room| reply(answer, room.and_then(|folder| desk.save_replay_in(&folder))));
    }

    fn save_replay_in(&mut self, folder: &Path) -> Result<(), Refusal> {
        let replay = self.studio.replay.as_ref().ok_or(Refusal::NoReplay)?;
        if replay.saving {
            return Err(Refusal::ReplayBusy);
        }
        let path = output::replay(folder, self.studio.profile.recording.container);
        self.stage()?.save_replay(Destination::REPLAY, &path)?;
        if let Some(replay) = &mut self.studio.replay {
            replay.saving = true;
        }
        Ok(())
    }

    /// A buffer that runs begins anew if it is to hold another time.
    pub(super) fn set_replay(&mut self, replay: ReplaySettings) -> Result<(), Refusal> {
        if let Some(problem) = replay.problem() {
            return Err(Refusal::Replay(problem));
        }
        let is_other = replay.seconds != self.studio.profile.replay.seconds;
        self.studio.profile.replay = replay;
        let kept = self.keep_profile();
        if is_other && self.studio.replay.is_some() {
            self.begin_replay_anew()?;
        }
        kept
    }

    /// [`begin_replay_anew`](Self::begin_replay_anew) as soon as it is known which encoders work. That it cannot be is said.
    pub(super) fn replay_when_tried(&mut self) {
        if self.studio.replay.is_none() {
            return;
        }
        let stage = self.stage;
        self.when_file_is_tried(self.next_replay(), move |desk| {
            // Another stage has a step of its own.
            if stage == desk.stage
                && let Err(refusal) = desk.begin_replay_anew()
            {
                desk.notice(Severity::Bad, format!("No replay is kept any more: {refusal}."));
            }
        });
    }

    /// What the buffer held is gone: the stage is another one, or the encoding.
    pub(super) fn begin_replay_anew(&mut self) -> Result<(), Refusal> {
        let Some(replay) = &mut self.studio.replay else { return Ok(()) };
        *replay = ReplayState { last: replay.last.take(), ..ReplayState::default() };
        self.stop_output(Destination::REPLAY);
        let runs = self.run_replay();
        if runs.is_err() {
            self.studio.replay = None;
        }
        runs
    }

    /// The buffer, which is encoded as the show.
    pub(super) fn next_replay(&self) -> Output {
        let seconds = self.studio.profile.replay.seconds;
        Output::Replay(ReplayOutput { name: Destination::REPLAY.to_owned(), seconds })
    }

    fn run_replay(&mut self) -> Result<(), Refusal> {
        let output = self.next_replay();
        let (video, audio) = (self.studio.profile.video.clone(), self.studio.profile.audio);
        self.stage()?.start_output(&output, &video, &audio)?;
        self.running.push(output);
        Ok(())
    }

    pub(super) fn replay_holds(&mut self, seconds: f64, bytes: u64) {
        if let Some(replay) = &mut self.studio.replay {
            (replay.held, replay.bytes) = (seconds, bytes);
        }
    }

    pub(super) fn replay_saved(&mut self, saved: Result<SavedReplay, String>) {
        match (&mut self.studio.replay, saved) {
            (Some(replay), Ok(saved)) => {
                replay.saving = false;
                replay.last = Some(saved.file);
            }
            // The buffer was stopped meanwhile.
            (None, Ok(saved)) => self.notice(Severity::Good, format!("The replay is in {}.", saved.file.display())),
            (replay, Err(reason)) => {
                if let Some(replay) = replay {
                    replay.saving = false;
                }
                self.notice(Severity::Bad, format!("The replay was not saved: {reason}."));
            }
        }
    }
}
