//! The room of a channel: what is said around a show, and who keeps it in order.
//!
//! A room is opened when somebody joins it and closed when nobody has been in it for a while. Each is a state machine without
//! I/O ([`state`]) that one task drives ([`driver`]); what it keeps, the journal writes in the background ([`journal`]).
//!
//! Where several servers share the database, one of them is the room's home ([`homes`]) and drives it; the others' viewers
//! take part through a relay ([`relay`]), and when the home dies, another server becomes it.

mod ahead;
mod audience;
mod check;
mod desk;
mod disguise;
mod driver;
mod filter;
pub mod furnishing;
mod homes;
mod input;
mod journal;
mod links;
mod pieces;
mod previews;
mod reading;
mod record;
mod relay;
pub mod reported;
pub mod state;
mod storage;
mod targets;
mod text;
mod together;
mod wire;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use klieg_api::Handle;
use klieg_api::channels::Visibility;
use klieg_media::authority;
use klieg_media::hub::Hub;
use parking_lot::Mutex;
use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

pub use check::watch;
pub use input::{Handle as RoomHandle, Input};
pub use previews::Previews;
pub use state::{Asked, Facts, Rate, Rates, Saying, Subject};
pub(crate) use text::clip;
pub use together::Together;

use crate::accounts::Session;
use crate::alerts::Teller;
use crate::channels::{self, Visibilities};
use crate::cluster::{Cluster, LEASE};
use crate::database::{self, Database, millis, now};
use crate::http::problem::{Kind, Problem};
use driver::{Driver, Home};
use homes::Claim;
use input::Inbox;
use journal::Journal;
use links::Links;
use previews::Asker;
use reading::Reading;
use relay::Relay;
use wire::{Letter, Says};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such channel")]
    NoChannel,
    #[error("there is no such account")]
    NoAccount,
    #[error("the server that keeps this room does not answer")]
    OutOfReach,
    #[error(transparent)]
    Channels(#[from] channels::Error),
    #[error(transparent)]
    Database(#[from] database::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoChannel => Self::not_found("channel"),
            Error::NoAccount => Self::new(Kind::NOT_FOUND, "Nobody here has this handle.").because("no-account"),
            Error::OutOfReach => Self::busy(),
            Error::Channels(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

/// How long a room may be without a home until somebody who wants to enter is told to come again. Longer than a dead server
/// counts as alive.
const WITHOUT_HOME: Duration = Duration::from_secs(LEASE.as_secs() + 3);

/// Every room of this server.
pub struct Rooms {
    database: Database,
    hub: Arc<Hub>,
    visibilities: Arc<Visibilities>,
    journal: Journal,
    rates: Rates,
    /// Looks up what messages link to, unless the operator does not want it.
    previews: Option<Arc<Previews>>,
    /// Tells those who were named and are not there.
    teller: Teller,
    /// The other servers, if there are any.
    cluster: Option<Arc<Cluster>>,
    open: Mutex<HashMap<Uuid, Arc<RoomHandle>>>,
    /// A room is opened once by many who come at once.
    opening: Mutex<HashMap<Uuid, Arc<tokio::sync::Mutex<()>>>>,
    /// The tables are to be looked at before it is time.
    hurry: Notify,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// A room and what somebody is to it.
pub struct Entrance {
    pub room: Arc<RoomHandle>,
    pub facts: Option<Facts>,
}

impl Rooms {
    pub fn new(
        database: Database,
        hub: Arc<Hub>,
        visibilities: Arc<Visibilities>,
        rates: Rates,
        previews: Option<Arc<Previews>>,
        teller: Teller,
        cluster: Option<Arc<Cluster>>,
    ) -> Arc<Self> {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (journal, write) = Journal::new(database.clone(), stop.clone());
        tasks.spawn(write);
        let (open, opening) = (Mutex::default(), Mutex::default());
        Arc::new(Self {
            database,
            hub,
            visibilities,
            journal,
            rates,
            previews,
            teller,
            cluster,
            open,
            opening,
            hurry: Notify::new(),
            tasks,
            stop,
        })
    }

    /// The room of a channel, opened if it is not, and what `session` is to it, which stands for a program if an API token
    /// does for it. A channel that the caller may not see has none.
    pub async fn enter(
        self: &Arc<Self>,
        handle: &Handle,
        session: Option<Session>,
        is_program: bool,
    ) -> Result<Entrance, Error> {
        let (channel, creator) = self.visible(handle, session).await?;
        let room = match self.find(channel) {
            Some(room) => room,
            None => self.open(channel, handle, creator).await?,
        };
        // Once the room is there: before that another server may still be writing what they have.
        let facts = match session {
            Some(session) => {
                let token = is_program.then_some(session.id);
                storage::facts(&self.database, channel, session.account, token).await?
            }
            None => None,
        };
        Ok(Entrance { room, facts })
    }

    /// A channel and its creator's account, for somebody who may see it.
    async fn visible(&self, handle: &Handle, session: Option<Session>) -> Result<(Uuid, Uuid), Error> {
        let (visibility, owner) = self.visibilities.of(handle.as_str()).await?.ok_or(Error::NoChannel)?;
        if visibility == Visibility::Private && session.is_none_or(|session| session.account != owner) {
            return Err(Error::NoChannel);
        }
        let (channel, creator) = channels::find(&self.database, handle).await?.ok_or(Error::NoChannel)?;
        Ok((channel.parse().map_err(|_| Error::NoChannel)?, creator))
    }

    fn find(&self, channel: Uuid) -> Option<Arc<RoomHandle>> {
        self.open.lock().get(&channel).cloned()
    }

    async fn open(self: &Arc<Self>, channel: Uuid, handle: &Handle, creator: Uuid) -> Result<Arc<RoomHandle>, Error> {
        // Whoever waits for somebody else's attempt does not wait longer for that.
        let deadline = Instant::now() + WITHOUT_HOME;
        let opening = self.opening.lock().entry(channel).or_default().clone();
        let opened = match tokio::time::timeout_at(deadline.into(), opening.lock()).await {
            Ok(_one) => match self.find(channel) {
                Some(room) => Ok(room),
                None => self.open_alone(channel, handle, creator, deadline).await,
            },
            Err(_) => Err(Error::OutOfReach),
        };
        let mut all = self.opening.lock();
        // The map's own and this one: nobody else waits for it.
        if Arc::strong_count(&opening) <= 2 {
            all.remove(&channel);
        }
        opened
    }

    async fn open_alone(
        self: &Arc<Self>,
        channel: Uuid,
        handle: &Handle,
        creator: Uuid,
        deadline: Instant,
    ) -> Result<Arc<RoomHandle>, Error> {
        let Some(cluster) = &self.cluster else { return self.keep(channel, handle, creator, None).await };
        let stream = authority::Handle::new(handle.as_str());
        while Instant::now() < deadline {
            // Listening first: who is told that this is the home may ask at once.
            let links = Links::open(cluster.bus.clone(), channel);
            if !cluster.is_alive() {
                break;
            }
            if let Claim::Ours(generation) = homes::claim(&self.database, channel, cluster.id).await? {
                let home = Home { cluster: cluster.clone(), generation, links };
                let kept = self.keep(channel, handle, creator, Some(home)).await;
                if kept.is_err() {
                    homes::release(&self.database, channel, generation).await?;
                }
                return kept;
            }
            drop(links);
            if let Some(relay) = Relay::attach(cluster, &self.hub, channel, &stream).await {
                let (room, inbox) = self.add(channel, false);
                self.tasks.spawn(relay.run(inbox, Arc::downgrade(self), self.stop.clone()));
                return Ok(room);
            }
        }
        Err(Error::OutOfReach)
    }

    /// Opens a room that this server keeps.
    async fn keep(
        self: &Arc<Self>,
        channel: Uuid,
        handle: &Handle,
        creator: Uuid,
        home: Option<Home>,
    ) -> Result<Arc<RoomHandle>, Error> {
        let kept = storage::load(&self.database, channel, handle.clone(), creator, now()).await?;
        let ahead = ahead::of(kept.latest(), millis(now()));
        let epoch = hex::encode(rand::random::<[u8; 8]>());
        let generation = home.as_ref().map(|home| home.generation);
        let driver = Driver {
            room: state::Room::new(kept, epoch, self.rates),
            channel,
            stream: authority::Handle::new(handle.as_str()),
            hub: self.hub.clone(),
            journal: self.journal.clone(),
            teller: self.teller.clone(),
            stop: self.stop.clone(),
            reading: Reading::new(self.database.clone(), channel),
            home,
            ahead,
        };
        let (room, inbox) = self.add(channel, true);
        let (rooms, database) = (Arc::downgrade(self), self.database.clone());
        self.tasks.spawn(async move {
            driver.run(inbox, rooms.clone()).await;
            // A server that stops is gone for all its rooms at once, when all is written.
            let stops = rooms.upgrade().is_none_or(|rooms| rooms.stop.is_cancelled());
            if let Some(generation) = generation.filter(|_| !stops)
                && let Err(error) = homes::release(&database, channel, generation).await
            {
                tracing::warn!(%error, %channel, "a room's home cannot be given up; it is when this server stops");
            }
        });
        Ok(room)
    }

    fn add(&self, channel: Uuid, is_home: bool) -> (Arc<RoomHandle>, Inbox) {
        let (room, inbox) = RoomHandle::new(is_home);
        self.open.lock().insert(channel, room.clone());
        (room, inbox)
    }

    /// Forgets a room that nobody else has a way into. Whether it is forgotten.
    fn close(&self, channel: Uuid) -> bool {
        let mut open = self.open.lock();
        // This map's own; whoever has another one is about to ask.
        let is_left = open.get(&channel).is_none_or(|room| Arc::strong_count(room) <= 1);
        if is_left {
            open.remove(&channel);
        }
        is_left
    }

    /// Forgets a room in any case.
    fn forget(&self, channel: Uuid) {
        self.open.lock().remove(&channel);
    }

    /// Tells a room something that happened elsewhere. One that is closed reads it from the database when it opens; what another
    /// server does not hear it reads there as well ([`check`]), if it matters.
    async fn tell(&self, channel: Uuid, input: Input) {
        if let Some(room) = self.find(channel)
            && room.ask(input.clone()).await
        {
            return;
        }
        if let Some(cluster) = &self.cluster {
            let letter = Letter { from: cluster.id, link: 0, number: 0, on: None, says: Says::Note(input) };
            cluster.bus.publish(wire::home(channel), letter.pack());
        }
    }

    /// Looks up what somebody's message in a room links to, and tells the room what is found. If too much is looked up
    /// already, or nothing is found, the message stays as it is.
    fn look_up(self: &Arc<Self>, asker: Asker, message: String, link: String) {
        let Some(previews) = &self.previews else { return };
        let Some(place) = previews.place(asker) else { return };
        let (rooms, previews, stop) = (Arc::downgrade(self), previews.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            let found = stop.run_until_cancelled(previews.of(asker, &link)).await.flatten();
            drop(place);
            if let (Some(preview), Some(rooms)) = (found, rooms.upgrade()) {
                rooms.tell(asker.room, Input::Previewed { message, preview }).await;
            }
        });
    }

    /// The account that a moderator means.
    pub async fn subject(&self, handle: &Handle) -> Result<Subject, Error> {
        let account = storage::account(&self.database, handle).await?.ok_or(Error::NoAccount)?;
        Ok(Subject { account, handle: handle.clone() })
    }

    /// Somebody follows a channel since then, or does not any more.
    pub async fn followed(&self, channel: &str, account: Uuid, since: Option<OffsetDateTime>) {
        if let Ok(channel) = channel.parse() {
            let followers = storage::followers(&self.database, channel).await.unwrap_or_default();
            self.tell(channel, Input::Followed(account, since, followers)).await;
        }
    }

    /// Whether a channel is its creator's alone from now on.
    pub async fn set_private(&self, handle: &Handle, private: bool) -> Result<(), Error> {
        let channel = channels::find(&self.database, handle).await?;
        if let Some(channel) = channel.and_then(|(channel, _)| channel.parse().ok()) {
            self.tell(channel, Input::Private(private)).await;
        }
        Ok(())
    }

    /// A channel has other emotes now.
    pub async fn emotes_changed(&self, channel: &str) {
        if let Ok(channel) = channel.parse() {
            self.tell(channel, Input::EmotesChanged).await;
        }
    }

    /// Likewise, for its room if that is open here: other servers notice by themselves.
    pub async fn emotes_changed_here(&self, channel: &str) {
        if let Some(room) = channel.parse().ok().and_then(|channel| self.find(channel)) {
            room.ask(Input::EmotesChanged).await;
        }
    }

    /// Forgets whose share of look-ups is whole again.
    pub fn forget_recovered(&self) {
        if let Some(previews) = &self.previews {
            previews.forget_recovered();
        }
    }

    /// Ends the rooms once all that was said is written down, and lets other servers have them.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        if let Some(cluster) = &self.cluster {
            cluster.leave().await;
        }
    }
}
