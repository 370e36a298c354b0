//! Broadcasting: stream keys, who may publish and play, what was on when, how an ingest is doing.
//!
//! Owns the tables `stream_keys`, `broadcasts` and `markers`, and answers the live plane's questions as its `Authority`.

mod advice;
mod authority;
mod ingest;
mod markers;
mod routes;
mod storage;
mod upload;

use klieg_api::accounts::{NewStreamKey, StreamKey};
use klieg_media::hub::Hub;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use uuid::Uuid;

pub use authority::DatabaseAuthority;
pub use ingest::health;
pub use routes::routes;

use crate::database::{self, Database, moment};
use crate::http::problem::{Kind, Problem};
use crate::secret::Secret;

/// Keys a channel may have at once.
const MOST_KEYS: i64 = 20;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the channel has as many keys as it may have")]
    TooManyKeys,
    #[error("there is no such key")]
    NoSuchKey,
    #[error("the channel is not live")]
    NotLive,
    #[error("the broadcast has as many markers as it may have")]
    TooManyMarkers,
    #[error(transparent)]
    Database(#[from] database::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::TooManyKeys => Self::new(
                Kind::TOO_MANY_KEYS,
                format!("A channel has at most {MOST_KEYS} keys. Delete one that you do not use."),
            ),
            Error::NoSuchKey => Self::not_found("stream key"),
            Error::NotLive => Self::new(Kind::NOT_LIVE, "Start your encoder; this answers while you are live."),
            Error::TooManyMarkers => {
                Self::new(Kind::TOO_MANY_MARKERS, format!("A broadcast has at most {} markers.", markers::MOST))
            }
            Error::Database(error) => error.into(),
        }
    }
}

pub struct Broadcasts {
    database: Database,
    uploads: Semaphore,
}

impl Broadcasts {
    pub fn new(database: Database) -> Self {
        Self { database, uploads: Semaphore::new(upload::AT_ONCE) }
    }

    /// Makes a stream key for a channel: the only time it is shown. `label` says what made it, if not the creator.
    pub async fn create_key(&self, channel: &str, label: &str, now: OffsetDateTime) -> Result<NewStreamKey, Error> {
        let key = Secret::new("klieg_");
        let id = Uuid::now_v7();
        let hint = key.hint();
        let row = storage::NewKey { id, channel, hash: key.hash(), hint: &hint, label };
        if !storage::insert_key(&self.database, row, MOST_KEYS, now).await? {
            return Err(Error::TooManyKeys);
        }
        Ok(NewStreamKey { id: id.to_string(), key: key.reveal() })
    }

    /// The channel's keys, oldest first.
    pub async fn keys(&self, channel: &str) -> Result<Vec<StreamKey>, Error> {
        let rows = storage::keys(&self.database, channel).await?;
        let key = |row: storage::KeyRow| StreamKey {
            id: row.id,
            hint: row.hint,
            created_at: moment(row.created_at),
            last_used_at: row.last_used_at.map(moment),
        };
        Ok(rows.into_iter().map(key).collect())
    }

    /// Deletes a key, and cuts off whoever publishes with it.
    pub async fn revoke_key(&self, hub: &std::sync::Arc<Hub>, channel: &str, key: Uuid) -> Result<(), Error> {
        if !storage::delete_key(&self.database, channel, key).await? {
            return Err(Error::NoSuchKey);
        }
        hub.revoke_key(key);
        Ok(())
    }

    /// Deletes the keys of a channel that something with this label made.
    pub async fn delete_labelled_keys(&self, channel: &str, label: &str) -> Result<(), Error> {
        storage::delete_labelled_keys(&self.database, channel, label).await
    }

    /// Closes what a crash left open; what was not seen since `before`, where other servers may have broadcasts.
    pub async fn close_open(&self, before: Option<OffsetDateTime>) -> Result<u64, Error> {
        storage::close_open(&self.database, before).await
    }

    /// Writes down which broadcasts are still on.
    pub async fn seen(&self, hub: &Hub, now: OffsetDateTime) -> Result<(), Error> {
        let broadcasts: Vec<Uuid> = hub.streams().iter().map(|stream| stream.id).collect();
        if broadcasts.is_empty() { Ok(()) } else { storage::seen(&self.database, &broadcasts, now).await }
    }
}
