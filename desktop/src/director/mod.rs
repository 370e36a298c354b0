//! The director: carries out what the creator asks, one thing after the other, and says what is so.
//!
//! It owns the collection with its history, the profile, the stage, the outputs and the notices, in a thread of its own, because
//! the engine may block for a moment. Commands, the engine's events and the clock go in; the [`Studio`] comes out whenever it has
//! changed, and the [`Meters`] come out all the time. Whatever waits for a network, a keyring, a disk or a device is done elsewhere and
//! comes back as a step of the same thread. It knows no window: the interface, remote control and tests use it alike.

mod air;
mod arrange;
mod begin;
mod bitrate;
mod channel;
mod collections;
mod desk;
mod destinations;
mod devices;
mod disk;
mod ears;
mod health;
mod hotkeys;
mod losses;
mod machine;
mod mark;
mod off;
mod offer;
mod output;
mod power;
mod probing;
mod profiles;
mod recording;
mod refusal;
mod replay;
mod run;
mod show;
mod stage;
mod theatre;
mod upload;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use klieg_engine::{Grants, Jpeg, Prober, View};
use klieg_studio_model::{Command, Meters, Outside, Secret, Studio};
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};

use crate::account::SignedIn;
use crate::keys::{Keys, OpenKeyring, Removals};
use crate::library::{Library, LibraryError, Places};

pub use devices::Eyes;
pub use disk::DiskLeft;
pub use refusal::Refusal;
pub use theatre::{Opener, Theatre, real as real_theatre};

/// Commands that may wait. Who sends more has to wait too.
const WAITING: usize = 64;

/// How long closing may take. A stage leaves what hangs before that; only what does not bear that takes longer, such as a driver.
const GOODBYE: Duration = Duration::from_secs(20);

/// Where the loopback server is.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// As [`Studio::pictures`] has it.
    pub pictures: String,
    /// As [`Studio::remote`] has it.
    pub remote: String,
    /// Its port.
    pub port: u16,
    /// The port that it had before, if something else has that now and nobody was told yet.
    pub taken: Option<u16>,
    pub remote_token: Secret,
    /// Whether remote control is on whatever the profile says.
    pub remote_on: bool,
}

/// All that a director needs from outside.
pub struct Setup {
    pub places: Places,
    /// Opens the keyring; called in its own thread.
    pub keyring: OpenKeyring,
    pub theatre: Opener,
    pub prober: Prober,
    pub devices: Eyes,
    /// The program that shows web pages, if there is one.
    pub pages: Option<PathBuf>,
    /// What the creator allowed to be shown.
    pub grants: Grants,
    pub disk: DiskLeft,
    /// The folder in which the system has plugs and batteries.
    pub supplies: PathBuf,
    pub addresses: Addresses,
    /// Where network, keyring and devices are waited for.
    pub runtime: Handle,
}

#[derive(Debug, Error)]
pub enum StartError {
    #[error("{0}")]
    Library(#[from] LibraryError),
    #[error("the network cannot be used: {0}")]
    Network(#[from] reqwest::Error),
    #[error("a thread did not start: {0}")]
    Thread(#[from] std::io::Error),
}

type Answer = oneshot::Sender<Result<(), Refusal>>;

/// What is asked of the director's thread.
enum Ask {
    Command(Box<Command>, Answer),
    State(oneshot::Sender<Arc<Studio>>),
    Outside(Outside),
    Link(String),
    Pictures(View, oneshot::Sender<Option<watch::Receiver<Jpeg>>>),
    Account(oneshot::Sender<Option<Arc<SignedIn>>>),
    Close(oneshot::Sender<()>),
}

/// A director at work. Clones direct the same studio.
#[derive(Clone)]
pub struct Director {
    asks: mpsc::Sender<Ask>,
    studio: Arc<watch::Sender<Arc<Studio>>>,
    meters: Arc<watch::Sender<Arc<Meters>>>,
}

impl Director {
    /// Opens the files and starts the thread. The stage opens there, after this has returned.
    pub fn start(setup: Setup) -> Result<(Self, JoinHandle<()>), StartError> {
        let opened = Library::open(setup.places)?;
        let keys = Keys::start(setup.keyring, Removals::at(opened.library.places().removals()))?;
        // System proxies are for the web; a studio's server is reached directly, as the engine does it by WHIP.
        let http = reqwest::Client::builder().no_proxy().build()?;
        let (asks, asked) = mpsc::channel(WAITING);
        let director = Self { asks, studio: Arc::default(), meters: Arc::default() };
        let outside = desk::Outside {
            theatre: setup.theatre,
            prober: setup.prober,
            devices: setup.devices,
            pages: setup.pages,
            grants: setup.grants,
            disk: setup.disk,
            supplies: setup.supplies,
            addresses: setup.addresses,
            runtime: setup.runtime.clone(),
            keys,
            http,
        };
        let (studio, meters) = (director.studio.clone(), director.meters.clone());
        let thread = std::thread::Builder::new().name("director".to_owned()).spawn(move || {
            setup.runtime.block_on(run::run(opened, outside, asked, studio, meters));
        })?;
        Ok((director, thread))
    }

    /// Carries out a command. Changes that it makes at once are in the state when it is answered.
    pub async fn command(&self, command: Command) -> Result<(), Refusal> {
        let (answer, answered) = oneshot::channel();
        self.asks.send(Ask::Command(Box::new(command), answer)).await.map_err(|_| Refusal::Closing)?;
        answered.await.map_err(|_| Refusal::Closing)?
    }

    /// The studio now, with all that was answered before.
    pub async fn state(&self) -> Arc<Studio> {
        let (answer, answered) = oneshot::channel();
        match self.asks.send(Ask::State(answer)).await {
            Ok(()) => answered.await.unwrap_or_else(|_| self.latest()),
            Err(_) => self.latest(),
        }
    }

    /// The studio as it was published last.
    pub fn latest(&self) -> Arc<Studio> {
        self.studio.borrow().clone()
    }

    /// The studio whenever it has changed, at most thirty times a second.
    pub fn watch(&self) -> watch::Receiver<Arc<Studio>> {
        self.studio.subscribe()
    }

    /// The meters, twenty times a second.
    pub fn meters(&self) -> watch::Receiver<Arc<Meters>> {
        self.meters.subscribe()
    }

    /// Pictures of a view, if the stage is open. They end when it is opened anew: then ask again.
    pub async fn pictures(&self, view: View) -> Option<watch::Receiver<Jpeg>> {
        let (answer, answered) = oneshot::channel();
        self.asks.send(Ask::Pictures(view, answer)).await.ok()?;
        answered.await.ok().flatten()
    }

    /// The session with the creator's server, if there is one.
    pub(crate) async fn account(&self) -> Option<Arc<SignedIn>> {
        let (answer, answered) = oneshot::channel();
        self.asks.send(Ask::Account(answer)).await.ok()?;
        answered.await.ok().flatten()
    }

    /// Says which hotkeys work outside the window.
    pub async fn set_outside(&self, outside: Outside) {
        // A director that closes needs to know nothing.
        let _ = self.asks.send(Ask::Outside(outside)).await;
    }

    /// A link to the studio was opened. The creator is asked; nothing else happens until they answer.
    pub async fn open_link(&self, link: String) {
        let _ = self.asks.send(Ask::Link(link)).await;
    }

    /// Ends show and recording, writes what is not yet written, and stops. Nothing is carried out afterwards. What hangs is left
    /// after twenty seconds.
    pub async fn close(&self) {
        self.close_within(GOODBYE).await;
    }

    /// The same with another deadline. Whether all has ended.
    pub async fn close_within(&self, patience: Duration) -> bool {
        let closing = async {
            let (answer, answered) = oneshot::channel();
            if self.asks.send(Ask::Close(answer)).await.is_ok() {
                // An error means that it has stopped already.
                let _ = answered.await;
            }
        };
        let has_ended = tokio::time::timeout(patience, closing).await.is_ok();
        if !has_ended {
            tracing::error!("something hangs and is left; the studio closes without it");
        }
        has_ended
    }
}

/// Unix time in milliseconds.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_millis() as u64)
}
