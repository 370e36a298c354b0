//! Channels that become private while people watch them here, changed by another server or from the command line.

use std::collections::HashSet;
use std::time::Duration;

use klieg_api::Handle;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::bus;

/// Where servers say whose viewers are others than before.
const VIEWERS_CHANGED: &str = "klieg.channels.viewers";
/// How often it is looked for what nobody said, or whose word was lost.
const LOOK: Duration = Duration::from_secs(30);

/// Tells the other servers that other people may watch this channel than before.
pub(super) fn tell(app: &App, handle: &Handle) {
    if let Some(cluster) = &app.cluster {
        cluster.bus.publish(VIEWERS_CHANGED.to_owned(), handle.as_str().to_owned().into());
    }
}

/// Has viewers asked for again where others say so, or where a channel that is live here is found to be private, until
/// `stop`.
pub async fn watch(app: App, stop: CancellationToken) {
    let mut told = app.cluster.as_ref().map(|cluster| cluster.bus.subscribe(VIEWERS_CHANGED.to_owned()));
    let mut known = HashSet::new();
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            message = bus::next_of(told.as_mut()) => {
                if let Some(handle) = std::str::from_utf8(&message).ok().and_then(|handle| handle.parse::<Handle>().ok()) {
                    app.channels.viewers_changed(handle.as_str()).await;
                }
                continue;
            }
            _ = look.tick() => {}
        }
        match app.channels.private_live().await {
            Ok(private) => {
                for handle in private.difference(&known) {
                    app.channels.viewers_changed(handle).await;
                }
                known = private;
            }
            Err(error) => tracing::error!(%error, "cannot look up which live channels are private"),
        }
    }
}
