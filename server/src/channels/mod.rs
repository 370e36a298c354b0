//! Channels: what they are called, who follows them, who is live.
//!
//! Owns the tables `channels` and `follows`. What is live it learns from the live plane's hub.

mod directory;
mod elsewhere;
mod follows;
mod listing;
pub mod live;
mod routes;
pub mod rules;
mod storage;
mod visibility;

use std::collections::HashSet;
use std::sync::Arc;

use klieg_api::Handle;
use klieg_api::channels::{Channel, Visibility};
use klieg_media::hub::Hub;
use sqlx_sqlite::SqliteConnection;
use time::OffsetDateTime;
use uuid::Uuid;

pub use elsewhere::watch;
pub use listing::Sort;
pub use routes::routes;
pub use visibility::Visibilities;

use crate::accounts::Session;
use crate::database::{self, Database};
use crate::http::problem::{Kind, Problem};
use directory::Directory;
use rules::Change;
use storage::ChannelRow;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such channel")]
    NotFound,
    #[error("nobody follows their own channel")]
    Own,
    #[error("the list of live channels cannot be made: {0}")]
    Directory(String),
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
            Error::NotFound => Self::not_found("channel"),
            Error::Own => Self::new(Kind::OWN_CHANNEL, "Follow somebody else's channel."),
            Error::Directory(_) => Self::internal(error),
            Error::Database(error) => error.into(),
        }
    }
}

pub struct Channels {
    database: Database,
    hub: Arc<Hub>,
    directory: Directory,
    visibilities: Arc<Visibilities>,
}

/// Makes the channel of a new account, in the account's own transaction.
pub async fn create(
    connection: &mut SqliteConnection,
    account: Uuid,
    now: OffsetDateTime,
) -> Result<(), database::Error> {
    Ok(storage::insert(connection, account, now).await?)
}

/// The identifiers of a channel and its account, whoever may see it.
pub async fn find(database: &Database, handle: &Handle) -> Result<Option<(String, Uuid)>, Error> {
    let row = storage::by_handle(database, handle).await?;
    Ok(row.and_then(|row| Some((row.id, row.account_id.parse().ok()?))))
}

/// The handle of a channel.
pub async fn handle(database: &Database, channel: &str) -> Result<Option<String>, Error> {
    storage::handle(database, channel).await
}

/// Changes the channel of an account of a server that need not run. A server that runs notices within seconds.
pub async fn set(database: &Database, account: Uuid, change: &Change) -> Result<(), Error> {
    storage::update(database, account, change).await
}

/// Lets an account follow a channel, likewise.
pub async fn add_follow(database: &Database, account: Uuid, channel: &str, now: OffsetDateTime) -> Result<(), Error> {
    storage::follow(database, account, channel, now).await
}

impl Channels {
    pub fn new(database: Database, hub: Arc<Hub>, visibilities: Arc<Visibilities>) -> Self {
        let directory = Directory::new(database.clone(), hub.clone());
        Self { database, hub, directory, visibilities }
    }

    /// A channel as `session`, or a stranger, may see it.
    pub async fn channel(&self, handle: &Handle, session: Option<&Session>) -> Result<Channel, Error> {
        let row = self.visible(handle, session).await?;
        let mut channels = [self.with_live(&row)?];
        self.mark_followed(session, &[row.id], &mut channels).await?;
        let [channel] = channels;
        Ok(channel)
    }

    /// The account's own channel.
    pub async fn own(&self, account: Uuid) -> Result<Channel, Error> {
        let row = storage::by_account(&self.database, account).await?.ok_or(Error::NotFound)?;
        self.with_live(&row)
    }

    /// The identifier of the account's channel and its handle.
    pub async fn own_id(&self, account: Uuid) -> Result<(String, Handle), Error> {
        let row = storage::by_account(&self.database, account).await?.ok_or(Error::NotFound)?;
        let handle = row.handle.parse().map_err(|_| Error::NotFound)?;
        Ok((row.id, handle))
    }

    /// The identifier of a channel that `session`, or a stranger, may see.
    pub async fn visible_id(&self, handle: &Handle, session: Option<&Session>) -> Result<String, Error> {
        Ok(self.visible(handle, session).await?.id)
    }

    /// Changes the account's channel.
    pub async fn change(&self, account: Uuid, change: &Change) -> Result<Channel, Error> {
        storage::update(&self.database, account, change).await?;
        let channel = self.own(account).await?;
        if change.visibility.is_some() {
            self.viewers_changed(channel.handle.as_str()).await;
        }
        self.directory.refresh().await;
        Ok(channel)
    }

    /// Other people may watch this channel than before: those who do are asked for again.
    async fn viewers_changed(&self, handle: &str) {
        self.visibilities.forget(handle).await;
        self.hub.permissions_changed(&klieg_media::authority::Handle::new(handle));
    }

    /// The private channels that are live here.
    async fn private_live(&self) -> Result<HashSet<String>, Error> {
        let mut private = HashSet::new();
        for stream in self.hub.streams() {
            let known = self.visibilities.of(stream.handle.as_str()).await?;
            if known.is_some_and(|(visibility, _)| visibility == Visibility::Private) {
                private.insert(stream.handle.as_str().to_owned());
            }
        }
        Ok(private)
    }

    async fn visible(&self, handle: &Handle, session: Option<&Session>) -> Result<ChannelRow, Error> {
        let row = storage::by_handle(&self.database, handle).await?.ok_or(Error::NotFound)?;
        let owner = session.is_some_and(|session| session.account.to_string() == row.account_id);
        if rules::visibility(&row.visibility) == Visibility::Private && !owner {
            return Err(Error::NotFound);
        }
        Ok(row)
    }

    fn with_live(&self, row: &ChannelRow) -> Result<Channel, Error> {
        let channel = row.channel().ok_or(Error::NotFound)?;
        let stream = self.hub.stream(&klieg_media::authority::Handle::new(&row.handle));
        Ok(Channel { live: stream.and_then(|stream| live::live(&stream)), ..channel })
    }
}
