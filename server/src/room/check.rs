//! What happens elsewhere is told to a room's home, but nobody notices if that is lost on its way: so what matters of it is read from
//! the tables now and then. Whether the channel is its creator's alone, whose bans were lifted at the desk, how many follow, who
//! does not want to be named.
//!
//! Not emotes, which have a number of their own that says where to look.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Input, RoomHandle, Rooms, storage};
use crate::database::{self, millis, now};

/// How often the tables are read.
const LOOK: Duration = Duration::from_secs(5);
/// Who has it read before that waits so long for others who have: however often somebody asks, it is read now and then.
const GATHER: Duration = Duration::from_millis(200);
/// How far back it is looked for what was lifted, and for who wants to be named or does not any more: longer than a database is away that
/// rooms outlive.
const LATELY: Duration = Duration::from_hours(1);

/// Has the rooms that are kept here know what the tables say, until `stop`.
pub async fn watch(rooms: Arc<Rooms>, stop: CancellationToken) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => {}
            () = rooms.hurry.notified() => sleep(GATHER).await,
        }
        if let Err(error) = rooms.check().await {
            tracing::error!(%error, "cannot look up whether rooms have missed something");
        }
    }
}

impl Rooms {
    /// Has the rooms that are kept here know soon what the tables say.
    pub fn look_now(&self) {
        self.hurry.notify_one();
    }

    async fn check(&self) -> Result<(), database::Error> {
        let kept: Vec<(Uuid, Arc<RoomHandle>)> = {
            let open = self.open.lock();
            open.iter().filter(|(_, room)| room.is_home).map(|(channel, room)| (*channel, room.clone())).collect()
        };
        if kept.is_empty() {
            return Ok(());
        }
        let channels: Vec<Uuid> = kept.iter().map(|(channel, _)| *channel).collect();
        let begun = millis(now());
        let mut checks = storage::checks(&self.database, &channels, begun, LATELY).await?;
        for (channel, room) in kept {
            if let Some(checked) = checks.remove(&channel) {
                // One that has too much to do is told the next time.
                room.try_ask(Input::Checked(checked));
            }
        }
        Ok(())
    }
}
