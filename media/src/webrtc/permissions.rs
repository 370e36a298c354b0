//! Viewers who may not watch any more. When other people may watch a channel than before, those who are watching it are
//! asked for again, all who were let in with the same token at once, and sent away if they may not.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::Rtc;
use super::worker::Command;
use crate::authority::{Handle, PlayRequest};
use crate::hub::Hub;

pub(super) async fn watch(
    rtc: Arc<Rtc>,
    hub: Arc<Hub>,
    mut changes: broadcast::Receiver<Handle>,
    shutdown: CancellationToken,
) {
    loop {
        let changed = tokio::select! {
            () = shutdown.cancelled() => return,
            changed = changes.recv() => changed,
        };
        match changed {
            Ok(handle) => rtc.review(&hub, Some(&handle)).await,
            Err(RecvError::Lagged(_)) => rtc.review(&hub, None).await,
            Err(RecvError::Closed) => return,
        }
    }
}

impl Rtc {
    /// Ends the sessions of a channel, or of all, whose viewers the authority would not let in now. One that cannot be
    /// decided on ends too: whoever may watch comes again at once.
    async fn review(&self, hub: &Hub, channel: Option<&Handle>) {
        let mut dismissed: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for ((handle, token), sessions) in self.registry.viewers(channel.map(Handle::as_str)) {
            let request = PlayRequest { handle: Handle::new(&handle), token };
            if let Err(denied) = hub.may_play(&request).await {
                info!(%handle, sessions = sessions.len(), reason = %denied, "viewers may not watch any more");
                for (worker, key) in sessions {
                    dismissed.entry(worker).or_default().push(key);
                }
            }
        }
        for (worker, keys) in dismissed {
            if let Some(worker) = self.workers.get(worker) {
                let _ = worker.commands.send(Command::Dismiss { keys }).await;
            }
        }
    }
}
