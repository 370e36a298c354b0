//! Emotes that change without anybody telling this server: an operator takes one down from the command line, or the word of
//! another server is lost on its way.

use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// How often it is looked for them.
const LOOK: Duration = Duration::from_secs(5);

/// Has the rooms that are open here read their emotes again where these have changed, until `stop`.
pub async fn watch(app: App, stop: CancellationToken) {
    let mut seen = 0;
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => {}
        }
        match app.emotes.changed_since(seen).await {
            Ok(changed) => {
                for (number, channel) in changed {
                    app.rooms.emotes_changed_here(&channel).await;
                    seen = number;
                }
            }
            Err(error) => tracing::error!(%error, "cannot look up whose emotes have changed"),
        }
    }
}
