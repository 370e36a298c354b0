//! The room of a channel: what is said around a show, and who keeps it in order.
//!
//! A room is opened when somebody joins it and closed when nobody has been in it for a while. Each is a state machine without
//! I/O ([`state`]) that one task drives ([`driver`]); what it keeps, the journal writes in the background ([`journal`]).

mod driver;
mod journal;
mod record;
pub mod state;
mod storage;
mod text;

use std::collections::HashMap;
use std::sync::Arc;

use klieg_api::Handle;
use klieg_api::channels::Visibility;
use klieg_media::authority;
use klieg_media::hub::Hub;
use parking_lot::Mutex;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

pub use driver::{Handle as RoomHandle, Input};
pub use state::{Asked, Facts, Question, Rate, Saying, Subject};

use crate::accounts::Session;
use crate::channels::{self, Visibilities};
use crate::database::{self, Database, now};
use crate::http::problem::{Kind, Problem};
use driver::Driver;
use journal::Journal;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such channel")]
    NoChannel,
    #[error("there is no such account")]
    NoAccount,
    #[error(transparent)]
    Channels(#[from] channels::Error),
    #[error(transparent)]
    Database(#[from] database::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoChannel => Self::not_found("channel"),
            Error::NoAccount => Self::new(Kind::NOT_FOUND, "Nobody here has this handle."),
            Error::Channels(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

/// Every room of this server.
pub struct Rooms {
    database: Database,
    hub: Arc<Hub>,
    visibilities: Arc<Visibilities>,
    journal: Journal,
    rate: Rate,
    open: Mutex<HashMap<Uuid, Arc<RoomHandle>>>,
    /// One room is opened at a time by many who come at once.
    opening: tokio::sync::Mutex<()>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// A room and what somebody is to it.
pub struct Entrance {
    pub room: Arc<RoomHandle>,
    pub facts: Option<Facts>,
}

impl Rooms {
    pub fn new(database: Database, hub: Arc<Hub>, visibilities: Arc<Visibilities>, rate: Rate) -> Arc<Self> {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (journal, write) = Journal::new(database.clone(), stop.clone());
        tasks.spawn(write);
        let (open, opening) = (Mutex::default(), tokio::sync::Mutex::new(()));
        Arc::new(Self { database, hub, visibilities, journal, rate, open, opening, tasks, stop })
    }

    /// The room of a channel, opened if it is not, and what `session` is to it. A channel that the caller may not see has
    /// none.
    pub async fn enter(self: &Arc<Self>, handle: &Handle, session: Option<Session>) -> Result<Entrance, Error> {
        let (visibility, owner) = self.visibilities.of(handle.as_str()).await?.ok_or(Error::NoChannel)?;
        if visibility == Visibility::Private && session.is_none_or(|session| session.account != owner) {
            return Err(Error::NoChannel);
        }
        let (channel, creator) = channels::find(&self.database, handle).await?.ok_or(Error::NoChannel)?;
        let channel: Uuid = channel.parse().map_err(|_| Error::NoChannel)?;
        let facts = match session {
            Some(session) => storage::facts(&self.database, channel, session.account).await?,
            None => None,
        };
        let room = match self.find(channel) {
            Some(room) => room,
            None => self.open(channel, handle, creator).await?,
        };
        Ok(Entrance { room, facts })
    }

    fn find(&self, channel: Uuid) -> Option<Arc<RoomHandle>> {
        self.open.lock().get(&channel).cloned()
    }

    async fn open(self: &Arc<Self>, channel: Uuid, handle: &Handle, creator: Uuid) -> Result<Arc<RoomHandle>, Error> {
        let _one = self.opening.lock().await;
        if let Some(room) = self.find(channel) {
            return Ok(room);
        }
        let kept = storage::load(&self.database, channel, handle.clone(), creator, now()).await?;
        let epoch = hex::encode(rand::random::<[u8; 8]>());
        let (room, inbox) = RoomHandle::new();
        let driver = Driver {
            room: state::Room::new(kept, epoch, self.rate),
            channel,
            stream: authority::Handle::new(handle.as_str()),
            hub: self.hub.clone(),
            journal: self.journal.clone(),
            handle: room.clone(),
            stop: self.stop.clone(),
        };
        self.open.lock().insert(channel, room.clone());
        let rooms = Arc::downgrade(self);
        self.tasks.spawn(driver.run(inbox, move || rooms.upgrade().is_none_or(|rooms| rooms.close(channel))));
        Ok(room)
    }

    /// Forgets a room that nobody else has a way into. Whether it is forgotten.
    fn close(&self, channel: Uuid) -> bool {
        let mut open = self.open.lock();
        // This map's and the driver's own; whoever has another one is about to ask.
        let is_left = open.get(&channel).is_none_or(|room| Arc::strong_count(room) <= 2);
        if is_left {
            open.remove(&channel);
        }
        is_left
    }

    /// The account that a moderator means.
    pub async fn subject(&self, handle: &Handle) -> Result<Subject, Error> {
        let account = storage::account(&self.database, handle).await?.ok_or(Error::NoAccount)?;
        Ok(Subject { account, handle: handle.clone() })
    }

    /// Somebody follows a channel since then, or does not any more.
    pub async fn followed(&self, channel: &str, account: Uuid, since: Option<OffsetDateTime>) {
        let room = channel.parse().ok().and_then(|channel| self.find(channel));
        if let Some(room) = room {
            // A room that has just closed reads it from the database when it opens.
            room.ask(Input::Followed(account, since)).await;
        }
    }

    /// A channel is its creator's alone from now on.
    pub async fn made_private(&self, handle: &Handle) -> Result<(), Error> {
        if let Some((channel, _)) = channels::find(&self.database, handle).await?
            && let Some(room) = channel.parse().ok().and_then(|channel| self.find(channel))
        {
            room.ask(Input::Private).await;
        }
        Ok(())
    }

    /// Ends the rooms once all that was said is written down.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
