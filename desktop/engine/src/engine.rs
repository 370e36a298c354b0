//! A show file on air: a [`Stage`] with one scene and the outputs that the file names.

use klieg_studio_model::{Collection, OutputState, Show};

use crate::EngineError;
use crate::stage::{Options, Stage};

/// A show on air. Dropping it stops it.
pub struct Engine {
    stage: Stage,
}

impl Engine {
    /// Starts a show that has been checked. Returns as soon as it runs; outputs connect on their own.
    pub fn start(show: &Show, options: Options) -> Result<Self, EngineError> {
        let collection = Collection::from(show);
        let mut stage = Stage::open(&collection, collection.first_scene(), options)?;
        for output in &show.outputs {
            stage.start_output(output, show.video_of(output), show.audio_of(output))?;
        }
        Ok(Self { stage })
    }

    /// The state of each output, in the show's order.
    pub fn outputs(&self) -> Vec<(String, OutputState)> {
        self.stage.outputs()
    }

    /// Why the show cannot go on: the programme or an encoder broke, or every output has given up.
    pub fn failure(&self) -> Option<String> {
        if let Some(reason) = self.stage.failure() {
            return Some(reason);
        }
        let outputs = self.outputs();
        let reasons: Vec<_> = outputs
            .iter()
            .filter_map(|(name, state)| match state {
                OutputState::Failed { reason } => Some(format!("{name}: {reason}")),
                _ => None,
            })
            .collect();
        (!reasons.is_empty() && reasons.len() == outputs.len()).then(|| reasons.join(", "))
    }

    /// Ends the show properly: sessions closed, files finished. Takes about two seconds at most, unless a driver hangs.
    pub fn stop(self) {
        drop(self);
    }
}
