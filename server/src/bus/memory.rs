//! The bus within one process, for several servers of a test. A server that is alone has no bus.

use std::collections::HashMap;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// Who subscribes to what.
#[derive(Debug, Default)]
pub struct Memory {
    subjects: Mutex<HashMap<String, Vec<mpsc::Sender<Bytes>>>>,
}

impl Memory {
    /// Whether nobody missed it.
    pub(super) fn publish(&self, subject: &str, payload: &Bytes) -> bool {
        let mut subjects = self.subjects.lock();
        let Some(senders) = subjects.get_mut(subject) else { return true };
        let mut all = true;
        senders.retain(|sender| match sender.try_send(payload.clone()) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                all = false;
                true
            }
            Err(TrySendError::Closed(_)) => false,
        });
        if senders.is_empty() {
            subjects.remove(subject);
        }
        all
    }

    pub(super) fn subscribe(&self, subject: String, sender: mpsc::Sender<Bytes>) {
        let mut subjects = self.subjects.lock();
        let senders = subjects.entry(subject).or_default();
        senders.retain(|known| !known.is_closed());
        senders.push(sender);
    }
}
