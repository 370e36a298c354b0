//! What is plugged in: the state follows it by itself.

use std::sync::Arc;

use klieg_studio_model::Devices;
use tokio::sync::watch;

use super::Answer;
use super::desk::{Desk, reply};

/// Where the director learns what is plugged in.
#[derive(Clone)]
pub struct Eyes {
    /// What is there, as it changes.
    pub seen: watch::Receiver<Devices>,
    /// Looks for everything anew, so that `seen` has it when this returns. May take some seconds.
    pub look: Arc<dyn Fn() + Send + Sync>,
}

impl Default for Eyes {
    /// Nothing is plugged in, ever.
    fn default() -> Self {
        Self { seen: watch::channel(Devices::default()).1, look: Arc::new(|| {}) }
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
            if let Err(error) = looked {
                tracing::error!(%error, "looking for devices broke");
            }
            desk.devices_changed();
            reply(answer, Ok(()));
        });
    }
}
