//! What is plugged in: the state follows it by itself.

use std::sync::Arc;

use klieg_engine::EngineError;
use klieg_studio_model::Devices;
use tokio::sync::watch;

use super::desk::{Desk, reply};
use super::{Answer, Refusal};

/// Where the director learns what is plugged in.
#[derive(Clone)]
pub struct Eyes {
    /// What is there, as it changes.
    pub seen: watch::Receiver<Devices>,
    /// Looks for everything anew, so that `seen` has it when this returns. May take some seconds, never for ever.
    pub look: Arc<dyn Fn() -> Result<(), EngineError> + Send + Sync>,
}

impl Default for Eyes {
    /// Nothing is plugged in, ever.
    fn default() -> Self {
        Self { seen: watch::channel(Devices::default()).1, look: Arc::new(|| Ok(())) }
    }
}

impl Desk {
    pub(super) fn devices_changed(&mut self) {
        self.studio.devices = self.outside.devices.seen.borrow().clone();
        self.changed = true;
    }

    /// Looks once more, also for what could not be followed.
    pub(super) fn look_for_devices(&mut self, answer: Answer) {
        let look = self.outside.devices.look.clone();
        let work = tokio::task::spawn_blocking(move || look());
        self.job(work, |desk, looked| {
            desk.devices_changed();
            let done = looked.unwrap_or_else(|error| {
                tracing::error!(%error, "looking for devices broke");
                Ok(())
            });
            reply(answer, done.map_err(Refusal::from));
        });
    }
}
