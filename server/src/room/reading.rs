//! What a room reads from tables while it runs: old messages that somebody wants to do something with, or to read; and the
//! channel's emotes, again whenever they have changed.
//!
//! Whoever changes emotes says only that they did, never what they are now: so it does not matter if that is said twice, late or
//! in another order. One read at a time, and one more if they changed meanwhile; so the last read begins after the last change.

use std::future::pending;
use std::time::Duration;

use klieg_api::emotes::Emote;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::state::{Asked, Find, Recalled, Said};
use super::storage;
use crate::database::Database;
use crate::emotes;
use crate::http::problem::Problem;

/// How long until a read that failed is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// What was looked up for somebody.
pub(super) enum Found {
    /// A message, or why there is none.
    Message(Box<(Find, Result<Said, Problem>)>),
    /// What was said before one.
    Before(Asked, Recalled),
}

pub(super) struct Reading {
    database: Database,
    channel: Uuid,
    read: Option<AbortOnDropHandle<Vec<Emote>>>,
    /// Whether they have changed since that began.
    is_stale: bool,
}

impl Reading {
    pub(super) fn new(database: Database, channel: Uuid) -> Self {
        Self { database, channel, read: None, is_stale: false }
    }

    /// Looks a message up for somebody.
    pub(super) fn find(&self, find: Find, finds: mpsc::UnboundedSender<Found>) {
        let (database, channel) = (self.database.clone(), self.channel);
        tokio::spawn(async move {
            let found = storage::find(&database, channel, &find.message).await.map_err(Problem::from);
            let found = found.and_then(|said| said.ok_or_else(|| Problem::not_found("message")));
            // A room that is gone has nobody who waits.
            let _ = finds.send(Found::Message(Box::new((find, found))));
        });
    }

    /// Looks up for somebody what was said before a message.
    pub(super) fn recall(&self, asked: Asked, before: String, finds: mpsc::UnboundedSender<Found>) {
        let (database, channel) = (self.database.clone(), self.channel);
        tokio::spawn(async move {
            let recalled = storage::recall(&database, channel, before).await.unwrap_or_else(|error| {
                tracing::warn!(%error, %channel, "what was said earlier in a room cannot be read");
                Recalled::Unknown
            });
            // Likewise.
            let _ = finds.send(Found::Before(asked, recalled));
        });
    }

    /// The emotes have changed.
    pub(super) fn begin(&mut self) {
        self.is_stale = self.read.is_some();
        if self.read.is_none() {
            self.read = Some(AbortOnDropHandle::new(tokio::spawn(read(self.database.clone(), self.channel))));
        }
    }

    /// The emotes, once they are read; never, while nobody reads them.
    pub(super) async fn next(&mut self) -> Vec<Emote> {
        loop {
            let Some(reading) = &mut self.read else { return pending().await };
            let read = reading.await;
            self.read = None;
            if self.is_stale {
                self.begin();
            }
            if let Ok(emotes) = read {
                return emotes;
            }
        }
    }
}

async fn read(database: Database, channel: Uuid) -> Vec<Emote> {
    loop {
        match emotes::list(&database, &channel.to_string()).await {
            Ok(emotes) => return emotes,
            Err(error) => tracing::warn!(%error, %channel, "a room's emotes cannot be read; it is tried again"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels;
    use crate::database::now;

    /// A database with one channel, which has no emotes.
    async fn channel() -> (tempfile::TempDir, Database, Uuid) {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("klieg.db")).await.unwrap();
        let accounts = crate::accounts::Accounts::new(database.clone(), &crate::config::Limits::default()).unwrap();
        let handle: klieg_api::Handle = "ada".parse().unwrap();
        let (email, password) = ("ada@example.org", "correct horse");
        accounts.sign_up(handle.clone(), email.parse().unwrap(), password.parse().unwrap(), now()).await.unwrap();
        let (channel, _) = channels::find(&database, &handle).await.unwrap().unwrap();
        (folder, database, channel.parse().unwrap())
    }

    async fn insert(database: &Database, channel: Uuid, name: &str) {
        sqlx::query(
            "INSERT INTO emotes (channel_id, name, name_key, hash, width, height, created_at, picture) \
             VALUES ($1, $2, $2, '00', 1, 1, 0, x'00')",
        )
        .bind(channel.to_string())
        .bind(name)
        .execute(database.write())
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn what_is_read_last_is_what_there_is_however_often_it_changes() {
        let (_folder, database, channel) = channel().await;
        let mut reading = Reading::new(database.clone(), channel);
        reading.begin();
        for name in ["one", "two", "three"] {
            insert(&database, channel, name).await;
            reading.begin();
        }
        let mut read = reading.next().await;
        while reading.read.is_some() {
            read = reading.next().await;
        }
        assert_eq!(read.len(), 3);
    }
}
