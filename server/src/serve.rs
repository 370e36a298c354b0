//! Starts the server's parts in order, keeps house while they run, and stops them in order.

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use klieg_media::{Live, LiveConfig};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use crate::accounts::{self, Accounts};
use crate::alerts::{self, Alerts};
use crate::app::{App, Limits, Parts};
use crate::broadcasts::{self, Broadcasts, DatabaseAuthority};
use crate::bus::{self, Bus};
use crate::channels::{self, Channels, Visibilities};
use crate::clock;
use crate::cluster::{Cluster, ServerId};
use crate::config::{Config, Transcoder};
use crate::database::{self, Database, OpenError, now};
use crate::emotes::{self, Emotes};
use crate::outbound::Outbound;
use crate::room::{self, Previews, Rooms};
use crate::socket::Registry;
use crate::web::WebApp;
use crate::{http, observe};

/// How long the live plane may take to end its broadcasts.
const LIVE_GRACE: Duration = Duration::from_secs(3);
/// How long running requests may take to finish.
const HTTP_GRACE: Duration = Duration::from_secs(2);
/// How long live connections may take to hear that the server goes, and rooms to be written down.
const SOCKETS_GRACE: Duration = Duration::from_millis(1_500);
const ROOMS_GRACE: Duration = Duration::from_millis(1_500);
/// How long the last words to other servers may take.
const BUS_GRACE: Duration = Duration::from_millis(300);
/// How long tasks may take to end, the one with running requests among them, and the database to be closed.
const TASKS_GRACE: Duration = HTTP_GRACE.saturating_add(Duration::from_millis(500));
const DATABASE_GRACE: Duration = Duration::from_millis(700);
/// All of it, one after the other, with half a second to spare: after ten seconds whoever stops the server kills it.
const _: () = assert!(
    LIVE_GRACE.as_millis()
        + SOCKETS_GRACE.as_millis()
        + ROOMS_GRACE.as_millis()
        + BUS_GRACE.as_millis()
        + TASKS_GRACE.as_millis()
        + DATABASE_GRACE.as_millis()
        <= 9_500
);
/// A broadcast of another server that was not seen for so long was cut short.
const UNSEEN: Duration = Duration::from_mins(2);
/// Where servers say which sessions and API tokens have ended.
const ENDED_SESSIONS: &str = "klieg.sessions.ended";
const HOUSEKEEPING: Duration = Duration::from_secs(30);
/// Expired tokens and old notifications are deleted every so many rounds of housekeeping.
const PURGE_EVERY: u32 = 120;

/// Why the server cannot start, in words for whoever started it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot use the data folder {}: {source}", path.display())]
    Data { path: PathBuf, source: io::Error },
    #[error("another Klieg server uses the data folder {}; end it, or choose another folder with --data", .0.display())]
    DataInUse(PathBuf),
    #[error(transparent)]
    Database(#[from] OpenError),
    #[error("port {} is taken ({what} on {address}); end the program that has it, or choose another with {flag}", address.port())]
    PortTaken { what: &'static str, address: SocketAddr, flag: &'static str },
    #[error("cannot listen for {what} on {address}: {source}; choose another address with {flag}")]
    Listen { what: &'static str, address: SocketAddr, flag: &'static str, source: io::Error },
    #[error("there is no transcoder at {}; correct --transcoder or leave it out", .0.display())]
    NoTranscoder(PathBuf),
    #[error("cannot use --nats: {0}")]
    Nats(String),
    #[error("{0}")]
    Live(String),
    #[error(transparent)]
    Statement(#[from] database::Error),
    #[error(transparent)]
    Accounts(#[from] accounts::Error),
    #[error(transparent)]
    Broadcasts(#[from] broadcasts::Error),
}

impl StartError {
    fn listen(what: &'static str, address: SocketAddr, source: io::Error) -> Self {
        let flag = match what.to_ascii_lowercase() {
            what if what.contains("http") => "--http",
            what if what.contains("rtmp") => "--rtmp",
            _ => "--rtc",
        };
        if source.kind() == io::ErrorKind::AddrInUse {
            Self::PortTaken { what, address, flag }
        } else {
            Self::Listen { what, address, flag, source }
        }
    }
}

impl From<klieg_media::StartError> for StartError {
    fn from(error: klieg_media::StartError) -> Self {
        match error {
            klieg_media::StartError::Listen { what, address, source } => Self::listen(what, address, source),
            klieg_media::StartError::Rtc(reason) => Self::Live(format!("WebRTC cannot start: {reason}")),
        }
    }
}

/// A running server.
pub struct Server {
    app: App,
    live: Live,
    http: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Held as long as the server runs; the system lets go of it however the server ends.
    data_lock: File,
}

impl Server {
    /// Starts everything. When this returns, the server accepts on all its ports.
    pub async fn start(config: Config, web_app: WebApp) -> Result<Self, StartError> {
        let bus = match &config.nats {
            Some(address) => {
                let nats = bus::Nats::connect(address).await.map_err(|error| StartError::Nats(error.to_string()))?;
                Some(Bus::Nats(Arc::new(nats)))
            }
            None => None,
        };
        Self::start_among(config, web_app, bus).await
    }

    /// As [`start`](Self::start), sharing the database with the servers that this bus reaches.
    pub async fn start_among(config: Config, web_app: WebApp, bus: Option<Bus>) -> Result<Self, StartError> {
        observe::install_metrics();
        let data_lock = lock_data(&config)?;
        let transcoder = find_transcoder(&config.transcoder)?;
        let listener =
            http::listen::bind(config.http).map_err(|source| StartError::listen("HTTP", config.http, source))?;
        let http = listener.local_addr().map_err(|source| StartError::listen("HTTP", config.http, source))?;
        let database = Database::open(&config.database).await?;
        let broadcasts = Broadcasts::new(database.clone());
        let cluster = match bus {
            Some(bus) => Some(Cluster::join(database.clone(), bus).await?),
            None => None,
        };
        let closed = broadcasts.close_open(cluster.as_ref().map(|_| clock::wall() - UNSEEN)).await?;
        if closed > 0 {
            warn!(broadcasts = closed, "closed broadcasts that were on when the server last stopped without a word");
        }
        let accounts = Arc::new(Accounts::new(database.clone(), &config.limits)?);
        let visibilities = Arc::new(Visibilities::new(database.clone()));
        let (teller, told) = alerts::Teller::new();
        let authority = Arc::new(DatabaseAuthority::new(
            database.clone(),
            accounts.clone(),
            visibilities.clone(),
            &config.limits,
            teller.clone(),
        ));
        let live = Live::start(live_config(&config, transcoder), authority.clone()).await?;
        let (_, openapi) = http::api();
        let per = Duration::from_secs(config.limits.room_messages_per_s);
        let rate = |count| room::Rate { count, per };
        let rates =
            room::Rates { one: rate(config.limits.room_messages), all: rate(config.limits.room_messages_of_all) };
        let server = cluster.as_ref().map_or(ServerId::ALONE, |cluster| cluster.id);
        let sockets = Registry::new(server, config.max_connections, config.limits.live_connections);
        let app = App::new(Parts {
            public_url: config.public_url(http),
            rooms: Rooms::new(
                database.clone(),
                live.hub().clone(),
                visibilities.clone(),
                rates,
                previews(&config),
                teller,
                cluster.clone(),
            ),
            alerts: Alerts::new(
                database.clone(),
                sockets.clone(),
                cluster.clone(),
                config.announce_cooldown,
                config.limits.mentions,
            ),
            sockets,
            channels: Channels::new(database.clone(), live.hub().clone(), visibilities),
            emotes: Emotes::new(database.clone()),
            hub: live.hub().clone(),
            rtmp: live.rtmp_address(),
            limits: Limits::new(&config.limits),
            openapi: Arc::new(openapi),
            web_app,
            accounts,
            broadcasts,
            cluster,
            database,
            config,
        });
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let router = http::router(&app, live.sessions(), live.playlists());
        let most = app.config.max_connections;
        tasks.spawn(http::listen::serve(listener, router, most, stop.clone(), HTTP_GRACE));
        tasks.spawn(keep_house(app.clone(), authority, stop.clone()));
        tasks.spawn(end_with_sessions(app.clone(), stop.clone()));
        tasks.spawn(emotes::watch(app.clone(), stop.clone()));
        tasks.spawn(room::watch(app.rooms.clone(), stop.clone()));
        tasks.spawn(channels::watch(app.clone(), stop.clone()));
        tasks.spawn(app.alerts.clone().run(told, stop.clone()));
        if let Some(cluster) = &app.cluster {
            tasks.spawn(cluster.clone().keep_alive());
        }
        info!(url = %app.public_url, data = %app.config.data.display(), web_app = web_app.built, "the server runs");
        Ok(Self { app, live, http, stop, tasks, data_lock })
    }

    pub fn app(&self) -> &App {
        &self.app
    }

    pub fn http_address(&self) -> SocketAddr {
        self.http
    }

    /// The line that says where the server accepts.
    pub fn ready_line(&self) -> String {
        let rtc = self.live.rtc_addresses().first().copied().unwrap_or(self.app.config.rtc);
        format!("ready http={} rtmp={} rtc={rtc}", self.http, self.live.rtmp_address())
    }

    /// Lets nobody new in, tells everybody live to reconnect, finishes what runs, closes the database. Under 10 s.
    pub async fn stop(self) {
        info!("shutting down");
        if tokio::time::timeout(LIVE_GRACE, self.live.drain()).await.is_err() {
            warn!("the live plane did not end in time");
        }
        if tokio::time::timeout(SOCKETS_GRACE, self.app.sockets.stop()).await.is_err() {
            warn!("some live connections did not end in time");
        }
        if tokio::time::timeout(ROOMS_GRACE, self.app.rooms.stop()).await.is_err() {
            warn!("not all that was said could be written down in time");
        }
        if let Some(cluster) = &self.app.cluster {
            cluster.bus.flush(BUS_GRACE).await;
        }
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(TASKS_GRACE, self.tasks.wait()).await.is_err() {
            warn!("some tasks did not end in time");
        }
        if tokio::time::timeout(DATABASE_GRACE, self.app.database.close()).await.is_err() {
            warn!("the database did not close in time");
        }
        // Not by closing the file alone: a program that is being started right now has a copy of it until it runs.
        let _ = self.data_lock.unlock();
        info!("stopped");
    }
}

fn lock_data(config: &Config) -> Result<File, StartError> {
    let data = &config.data;
    let fault = |source| StartError::Data { path: data.clone(), source };
    std::fs::create_dir_all(data).map_err(fault)?;
    let lock = File::create(data.join("klieg.lock")).map_err(fault)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::DataInUse(data.clone())),
        Err(std::fs::TryLockError::Error(source)) => Err(fault(source)),
    }
}

/// The transcoder to run. Without one the server runs, and says what it cannot do.
fn find_transcoder(transcoder: &Transcoder) -> Result<Option<PathBuf>, StartError> {
    match transcoder {
        Transcoder::At(path) if path.is_file() => Ok(Some(path.clone())),
        Transcoder::At(path) => Err(StartError::NoTranscoder(path.clone())),
        Transcoder::Beside => {
            let found = beside_this_program();
            if found.is_none() {
                warn!(
                    "there is no klieg-transcoder beside this program: a show sent over RTMP has no sound on WebRTC, \
                     one sent over WHIP none on HLS, and there are no lower qualities"
                );
            }
            Ok(found)
        }
    }
}

/// `klieg-transcoder` in the folder this program is in.
pub fn beside_this_program() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let path = program.parent()?.join(format!("klieg-transcoder{}", std::env::consts::EXE_SUFFIX));
    path.is_file().then_some(path)
}

/// What looks up what chat messages link to, if the operator wants it. A system without certificates does without.
fn previews(config: &Config) -> Option<Arc<Previews>> {
    if !config.link_previews {
        return None;
    }
    match Outbound::new(config.outbound.clone(), "link preview") {
        Ok(outbound) => Some(Arc::new(Previews::new(outbound, &config.limits))),
        Err(error) => {
            warn!(?error, "links in chat have no previews: no client can be made");
            None
        }
    }
}

fn live_config(config: &Config, transcoder: Option<PathBuf>) -> LiveConfig {
    LiveConfig {
        rtmp: config.rtmp,
        rtc: config.rtc,
        rtc_hosts: config.rtc_hosts.clone(),
        rtc_workers: config.rtc_workers,
        rtc_sessions: config.rtc_sessions,
        ice_servers: config.ice_servers.clone(),
        overflow: config.overflow.as_ref().map(ToString::to_string),
        grace: config.grace,
        transcoder,
        part_target: config.part_target,
        segment_target: config.segment_target,
    }
}

/// What must be done now and then, whoever asks.
async fn keep_house(app: App, authority: Arc<DatabaseAuthority>, stop: CancellationToken) {
    let mut round: u32 = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(HOUSEKEEPING) => round = round.wrapping_add(1),
        }
        app.limits.forget_recovered();
        app.accounts.forget_recovered();
        authority.forget_recovered();
        app.rooms.forget_recovered();
        if let Some(metrics) = observe::install_metrics() {
            metrics.run_upkeep();
        }
        if let Err(error) = app.broadcasts.seen(&app.hub, clock::wall()).await {
            error!(%error, "cannot write down which broadcasts are on");
        }
        if app.cluster.is_some()
            && let Err(error) = app.broadcasts.close_open(Some(clock::wall() - UNSEEN)).await
        {
            error!(%error, "cannot close broadcasts that were cut short");
        }
        if round % PURGE_EVERY == 1 {
            if let Err(error) = app.accounts.purge(now()).await {
                error!(%error, "cannot delete expired tokens");
            }
            if let Err(error) = app.alerts.purge(now()).await {
                error!(%error, "cannot delete old notifications");
            }
        }
    }
}

/// Closes the live connections of sessions and API tokens that end: at once where a server ended them, else within half a minute.
async fn end_with_sessions(app: App, stop: CancellationToken) {
    let mut ended = app.accounts.ended();
    let mut look = tokio::time::interval(HOUSEKEEPING);
    let others = app.cluster.as_ref().map(|cluster| &cluster.bus);
    let mut elsewhere = others.map(|bus| bus.subscribe(ENDED_SESSIONS.to_owned()));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            session = ended.recv() => if let Ok(session) = session {
                app.sockets.end_session(session);
                if let Some(bus) = others {
                    bus.publish(ENDED_SESSIONS.to_owned(), session.to_string().into());
                }
                continue;
            },
            message = bus::next_of(elsewhere.as_mut()) => {
                if let Some(session) = std::str::from_utf8(&message).ok().and_then(|session| session.parse().ok()) {
                    app.sockets.end_session(session);
                }
                continue;
            }
            _ = look.tick() => {}
        }
        match app.accounts.over(&app.sockets.sessions(), now()).await {
            Ok(over) => over.into_iter().for_each(|session| app.sockets.end_session(session)),
            Err(error) => error!(%error, "cannot look up which sessions and API tokens are over"),
        }
    }
}
