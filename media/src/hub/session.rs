//! One publisher's connection, and how it is told to stop.

use std::sync::Arc;

use tokio::sync::watch;

use super::StopReason;

/// One publisher's connection to its broadcast.
#[derive(Debug)]
pub(crate) struct Session {
    stop: watch::Sender<Option<StopReason>>,
}

impl Session {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { stop: watch::Sender::new(None) })
    }

    pub(super) fn stop(&self, reason: StopReason) {
        self.stop.send_if_modified(|now| {
            let first = now.is_none();
            if first {
                *now = Some(reason);
            }
            first
        });
    }

    pub(crate) fn stopped(&self) -> Option<StopReason> {
        *self.stop.borrow()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Option<StopReason>> {
        self.stop.subscribe()
    }
}
