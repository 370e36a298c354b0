//! The stage of the desk, on which the collection plays: it opens with another collection or canvas, and closes at the end.

use std::sync::Arc;
use std::time::Instant;

use klieg_engine::Options;
use klieg_studio_model::Severity;

use super::desk::Desk;
use super::{Refusal, Theatre};

impl Desk {
    /// Opens the stage for the collection, or says why it cannot be. One that was open is closed first.
    pub(super) fn open_stage(&mut self) {
        self.theatre = None;
        self.running.clear();
        self.losses.another_stage();
        self.stage += 1;
        self.opened_at = Instant::now();
        self.studio.sources.clear();
        self.studio.looks.clear();
        self.studio.soundless.clear();
        self.studio.frozen.clear();
        self.studio.shapes.clear();
        self.studio.playing.clear();
        self.studio.encoders.clear();
        let (stage, events) = (self.stage, self.events.clone());
        let options = Options {
            // The director may have stopped; then nobody listens.
            events: Arc::new(move |event| drop(events.send((stage, event)))),
            prober: self.outside.prober.clone(),
            devices: self.outside.devices.seen.clone(),
            pages: self.outside.pages.clone(),
            grants: self.outside.grants.clone(),
            monitor_output: self.studio.profile.monitor_output.clone(),
        };
        let played = self.played(self.history.collection());
        match (self.outside.theatre)(&played, &self.on_stage(), options) {
            Ok(theatre) => {
                self.theatre = Some(theatre);
                self.keep_off(&self.studio.collection.clone());
                self.show_preview();
                self.replay_when_tried();
            }
            Err(error) => {
                tracing::error!(%error, "the stage does not open");
                self.no_stage = error.to_string();
                self.notice(Severity::Bad, format!("The studio can show and send nothing: {error}."));
            }
        }
        self.changed = true;
    }

    pub(super) fn stage(&mut self) -> Result<&mut dyn Theatre, Refusal> {
        match &mut self.theatre {
            Some(theatre) => Ok(theatre.as_mut()),
            None => Err(Refusal::NoStage(self.no_stage.clone())),
        }
    }

    /// Closes the stage and ends the looking for devices, both at once: a display that hangs is waited for in both.
    pub(super) fn close_stage(&mut self) {
        let (devices, theatre) = (std::mem::take(&mut self.outside.devices), self.theatre.take());
        let ending = std::thread::Builder::new().name("closing".to_owned()).spawn(move || drop(devices));
        drop(theatre);
        if let Ok(ending) = ending {
            // A panic there has been printed already.
            let _ = ending.join();
        }
    }
}
