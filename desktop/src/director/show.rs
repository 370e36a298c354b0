//! The show: its destinations, how it ends, and what its outputs tell.

use klieg_studio_model::{
    Destination, Event, Output, OutputState, OutputStatus, Secret, Severity, ShowState, SourceState,
};

use super::desk::{Desk, Happened};
use super::losses::Counts;
use super::{Refusal, now, output};
use crate::keys::KeyError;

impl Desk {
    pub(super) fn start_destination(
        &mut self,
        destination: &Destination,
        key: &Result<Option<Secret>, KeyError>,
    ) -> Result<(), Refusal> {
        let output = output_to(destination, key);
        let started = output.and_then(|output| self.start_output(output, &destination.name));
        if started.is_err() {
            self.studio.outputs.retain(|known| known.id != destination.id);
        }
        started
    }

    pub(super) fn start_output(&mut self, output: Output, name: &str) -> Result<(), Refusal> {
        let profile = &self.studio.profile;
        let video = output.video().unwrap_or(&profile.video).clone();
        let audio = output.audio().copied().unwrap_or(profile.audio);
        self.studio.outputs.retain(|known| known.id != output.name());
        let begins = self.begins(output.name(), name);
        self.studio.outputs.push(begins);
        let started = self.stage().and_then(|stage| Ok(stage.start_output(&output, &video, &audio)?));
        match started {
            Ok(()) => self.running.push(output),
            Err(_) => self.studio.outputs.retain(|known| known.id != output.name()),
        }
        started
    }

    pub(super) fn stop_output(&mut self, id: &str) {
        if let Some(theatre) = &mut self.theatre {
            theatre.stop_output(id);
        }
        self.losses.ended(id);
        self.running.retain(|output| output.name() != id);
        self.studio.outputs.retain(|known| known.id != id);
        if self.running.is_empty() {
            self.studio.encoders.clear();
        }
    }

    /// The creator ends the show, and with it what goes with the show.
    pub(super) fn end_show(&mut self) -> Result<(), Refusal> {
        if self.studio.show.is_off() {
            return Err(Refusal::NoShow);
        }
        self.stop_sending();
        if self.studio.recording.as_ref().is_some_and(|recording| recording.with_show) {
            self.stop_recording()?;
        }
        if std::mem::take(&mut self.replay_with_show) && self.studio.replay.is_some() {
            self.stop_replay()?;
        }
        Ok(())
    }

    fn stop_sending(&mut self) {
        self.shows += 1;
        self.call_off();
        self.call_off_recording_with_show();
        self.studio.show = ShowState::Ending;
        self.publish();
        let ids: Vec<_> =
            self.running.iter().filter(|output| is_destination(output)).map(|o| o.name().to_owned()).collect();
        for id in ids {
            self.stop_output(&id);
        }
        self.studio.outputs.retain(|known| known.id == Destination::RECORDING);
        self.studio.show = ShowState::Off;
        self.library.set_live(None);
        self.changed = true;
    }

    /// Begins outputs anew whose settings have changed. What `why` says is told behind it.
    pub(super) fn restart_outputs(&mut self, affected: impl Fn(&Output) -> bool, why: &str) {
        let again: Vec<_> = self.running.iter().filter(|output| affected(output)).cloned().collect();
        let mut names = Vec::new();
        for output in again {
            let id = output.name().to_owned();
            let name = self.studio.outputs.iter().find(|known| known.id == id).map(|known| known.name.clone());
            let name = name.unwrap_or_else(|| "the replay buffer".to_owned());
            self.stop_output(&id);
            let begun = match output {
                Output::File(_) => self.begin_recording_anew(),
                Output::Replay(_) => self.begin_replay_anew(),
                output => self.start_output(output, &name),
            };
            match begun {
                Ok(()) => names.push(name),
                Err(refusal) => self.notice(Severity::Bad, format!("{name} did not start again: {refusal}.")),
            }
        }
        if !names.is_empty() {
            let text = format!("The new encoding is used from now on; for that, {} began anew{why}.", names.join(", "));
            self.notice(Severity::Good, text);
        }
        self.settle();
    }

    /// Only what gave up is tried again: what is connecting does so by itself.
    pub(super) fn retry_destination(&mut self, id: &str) -> Result<(), Refusal> {
        let known = self.studio.outputs.iter().find(|known| known.id == id && id != Destination::RECORDING);
        let Some(OutputStatus { state: OutputState::Failed { .. }, .. }) = known else {
            return Err(Refusal::NotGivenUp(id.to_owned()));
        };
        self.destination_changed(id);
        Ok(())
    }

    /// A destination has other settings or another key: a show that is on follows.
    pub(super) fn destination_changed(&mut self, id: &str) {
        if !matches!(self.studio.show, ShowState::Starting | ShowState::Live { .. }) {
            return;
        }
        let destination = self.studio.profile.destination(id).filter(|known| known.enabled).cloned();
        let Some(destination) = destination else {
            self.stop_output(id);
            return self.settle();
        };
        // What is sent goes on until the new encoder is known to work.
        let has_failed = |known: &OutputStatus| matches!(known.state, OutputState::Failed { .. });
        if !self.runs(id) || self.studio.outputs.iter().any(|known| known.id == id && has_failed(known)) {
            self.stop_output(id);
            let begins = self.begins(&destination.id, &destination.name);
            self.studio.outputs.push(begins);
        }
        self.join_show(destination);
    }

    pub(super) fn start_changed(
        &mut self,
        show: u64,
        destination: &Destination,
        key: &Result<Option<Secret>, KeyError>,
    ) {
        // What was changed once more has a step of its own, but for a bitrate, which what runs has followed.
        let Some(now) = self.studio.profile.destination(&destination.id).cloned() else { return };
        let is_same = now == *destination
            || (Destination { video: now.video.clone(), ..destination.clone() } == now
                && destination
                    .video
                    .as_ref()
                    .zip(now.video.as_ref())
                    .is_some_and(|(a, b)| a.differs_in_bitrate_only(b)));
        if !is_same || show != self.shows || self.studio.show.is_off() {
            return;
        }
        if self.runs(&now.id) {
            if let Err(refusal) = output_to(&now, key) {
                let why = sentence(&refusal.to_string());
                return self.notice(Severity::Bad, format!("{} goes on as it was. {why}", now.name));
            }
            self.stop_output(&now.id);
        }
        if let Err(refusal) = self.start_destination(&now, key) {
            self.notice(Severity::Bad, sentence(&refusal.to_string()));
        }
        self.settle();
    }

    /// The line of an output that begins. One that begins anew has lost before what it has lost.
    fn begins(&self, id: &str, name: &str) -> OutputStatus {
        OutputStatus { dropped: self.losses.dropped_before(id), ..connecting(id, name) }
    }

    /// Whether the show goes somewhere: to what runs, or to what still waits for its key. Both have a line.
    pub(super) fn has_destination(&self) -> bool {
        self.studio.outputs.iter().any(|known| known.id != Destination::RECORDING)
    }

    pub(super) fn runs(&self, id: &str) -> bool {
        self.running.iter().any(|output| output.name() == id)
    }

    pub(super) fn on_event(&mut self, (stage, event): Happened) {
        if stage != self.stage {
            return;
        }
        self.changed = true;
        match event {
            Event::Encodes { running } => self.studio.encoders = running,
            Event::Source { name, state } => {
                // What was told of it before it began anew is told again if it is so.
                if state == SourceState::Starting {
                    self.studio.frozen.remove(&name);
                    self.studio.shapes.remove(&name);
                }
                if self.studio.collection.source(&name).is_some() {
                    self.studio.sources.insert(name, state);
                }
            }
            Event::Sound { name, is_there } => {
                self.studio.soundless.remove(&name);
                if !is_there && self.studio.collection.source(&name).is_some() {
                    self.studio.soundless.insert(name);
                }
            }
            Event::Shape { name, shape } => {
                if self.studio.collection.source(&name).is_some() {
                    self.take_shape(&name, shape);
                }
            }
            Event::Frozen { name, is_frozen: true } => {
                if self.studio.collection.source(&name).is_some() {
                    self.studio.frozen.insert(name);
                }
            }
            Event::Frozen { name, is_frozen: false } => {
                self.studio.frozen.remove(&name);
            }
            Event::Playing { name, at } => {
                if self.studio.collection.source(&name).is_some() {
                    self.studio.playing.insert(name, at);
                }
            }
            // An encoder is among the encodes within a second; an output was asked to stop, and another of its name may run by now.
            Event::Encoder(_) | Event::Output { state: OutputState::Stopped, .. } | Event::Stopped => {}
            Event::Output { name, state } => {
                if let Some(status) = self.status(&name) {
                    let is_live = state == OutputState::Live;
                    status.since = is_live.then(|| status.since.unwrap_or_else(now));
                    status.was_live |= is_live;
                    status.state = state;
                    self.settle();
                }
            }
            Event::Health { name, bitrate, fps, dropped, bytes, lost, round_trip } => {
                let dropped = self.losses.dropped(&name, dropped);
                if let Some(status) = self.status(&name) {
                    (status.bitrate, status.fps, status.dropped, status.bytes) = (bitrate, fps, dropped, bytes);
                    (status.lost, status.round_trip) = (lost, round_trip);
                }
            }
            Event::Program { fps, skipped, skipped_sound, missed, black, still } => {
                self.studio.program.black = black;
                // More than a minute is no news.
                self.studio.program.still = still.min(60.0) as u32;
                self.studio.program.fps = fps;
                self.count(Counts { missed, skipped, skipped_sound });
            }
            Event::Recording { progress, .. } => self.recorded(progress),
            Event::Replay { seconds, bytes, .. } => self.replay_holds(seconds, bytes),
            Event::ReplaySaved { saved, .. } => self.replay_saved(saved),
            Event::Look { name, problems } => {
                // What was said of them before is so no more.
                let said = format!("A filter of “{name}” does nothing: ");
                self.studio.notices.retain(|known| !known.text.starts_with(&said));
                for problem in &problems {
                    self.notice(Severity::Warn, format!("{said}{problem}."));
                }
                self.studio.looks.remove(&name);
                if !problems.is_empty() && self.studio.collection.source(&name).is_some() {
                    self.studio.looks.insert(name, problems);
                }
            }
            Event::Warning { text } => self.notice(Severity::Warn, text),
        }
    }

    pub(super) fn status(&mut self, id: &str) -> Option<&mut OutputStatus> {
        self.studio.outputs.iter_mut().find(|known| known.id == id)
    }

    /// Finds out what the outputs' states mean for show and recording.
    pub(super) fn settle(&mut self) {
        self.changed = true;
        self.settle_recording();
        if !self.has_destination() {
            if matches!(self.studio.show, ShowState::Starting | ShowState::Live { .. }) {
                self.show_is_over("no destination is left");
            }
            return;
        }
        let takes = |known: &OutputStatus| known.id != Destination::RECORDING && known.state == OutputState::Live;
        if self.studio.show == ShowState::Starting && self.studio.outputs.iter().any(takes) {
            self.studio.show = ShowState::Live { since: now() };
            // What was lost before reached nobody.
            self.count_from_here();
        }
        let states: Vec<_> = self.studio.outputs.iter().filter(|known| known.id != Destination::RECORDING).collect();
        let given_up: Option<Vec<_>> = states
            .iter()
            .map(|known| match &known.state {
                OutputState::Failed { reason } => Some(format!("{}: {reason}", known.name)),
                _ => None,
            })
            .collect();
        if let Some(reasons) = given_up
            && !self.studio.show.is_off()
            && self.studio.show != ShowState::Ending
        {
            self.show_is_over(&reasons.join(", "));
        }
    }

    /// Nobody takes the show any more. What is kept on this computer goes on, also what would end with a show that the creator ends:
    /// that a server gave up is no reason to lose the rest.
    pub(super) fn show_is_over(&mut self, reason: &str) {
        let goes_on = match (self.studio.recording.is_some(), self.studio.replay.is_some()) {
            (true, true) => " The recording and the replay buffer go on.",
            (true, false) => " The recording goes on.",
            (false, true) => " The replay buffer goes on.",
            (false, false) => "",
        };
        self.notice(Severity::Bad, format!("The show is over: {reason}.{goes_on}"));
        self.stop_sending();
    }
}

/// What is sent to a destination, if its key is there or it needs none.
pub(super) fn output_to(destination: &Destination, key: &Result<Option<Secret>, KeyError>) -> Result<Output, Refusal> {
    match key {
        Ok(None) if destination.needs_key() => Err(Refusal::NoKey(destination.name.clone())),
        Ok(key) => Ok(output::server(destination, key.as_ref())),
        Err(error) => Err(error.clone().into()),
    }
}

pub(super) fn connecting(id: &str, name: &str) -> OutputStatus {
    OutputStatus::new(id, name, OutputState::Connecting)
}

pub(super) fn is_destination(output: &Output) -> bool {
    matches!(output, Output::Whip(_) | Output::Rtmp(_))
}

/// A reason as a sentence of its own.
pub(super) fn sentence(reason: &str) -> String {
    let mut letters = reason.chars();
    let first = letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>());
    format!("{}.", first.unwrap_or_default().trim_end_matches('.'))
}
