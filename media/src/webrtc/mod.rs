//! WHIP ingest and WHEP delivery on str0m: worker threads that each own a UDP socket and its sessions.
//!
//! [`http`] negotiates: it checks an offer ([`offer`]), asks the authority, builds the str0m session ([`negotiate`]) and
//! hands it to the [`worker`] with the fewest sessions. From then on only that worker touches it, and [`dtls`] agrees on
//! its keys with the peer. A worker subscribes to each rendition once ([`show`]), cuts each frame into packets once
//! ([`packetise`]) and writes them to every viewer ([`viewer`]). What publishers send comes through [`ingest`]. Whether a
//! peer is still there says [`liveness`].

mod addresses;
pub mod dtls;
mod events;
pub mod formats;
pub mod http;
mod ice;
mod ingest;
mod liveness;
#[cfg(test)]
mod loss;
mod negotiate;
pub mod offer;
mod packetise;
mod permissions;
mod registry;
mod session;
mod show;
mod timers;
mod udp;
mod viewer;
mod worker;

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use socket2::{Domain, Socket, Type};
use str0m::config::DtlsCert;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use self::addresses::Addresses;
pub use self::ice::{BadIceServer, IceServer, TurnLogin};
use self::registry::Registry;
use self::worker::{Command, Worker};
use crate::hub::Hub;
use crate::{LiveConfig, StartError};

/// Commands that may wait for a worker; when full, the HTTP side answers 503.
const COMMANDS: usize = 256;

/// Where the workers listen, and what they take.
#[derive(Clone, Debug)]
pub struct Config {
    pub address: SocketAddr,
    pub hosts: Vec<IpAddr>,
    pub workers: usize,
    /// Sessions that all workers together take before new ones are told to come back later, or to go elsewhere.
    pub sessions: usize,
    /// STUN and TURN servers that clients are told of.
    pub ice_servers: Vec<IceServer>,
    /// Scheme and authority of the node that clients are sent to when there is no room here.
    pub overflow: Option<String>,
}

impl From<&LiveConfig> for Config {
    fn from(config: &LiveConfig) -> Self {
        Self {
            address: config.rtc,
            hosts: config.rtc_hosts.clone(),
            workers: config.rtc_workers.max(1),
            sessions: config.rtc_sessions,
            ice_servers: config.ice_servers.clone(),
            overflow: config.overflow.clone(),
        }
    }
}

/// The running workers.
pub struct Rtc {
    workers: Vec<Handle>,
    bound: Vec<SocketAddr>,
    registry: Arc<Registry>,
    certificate: DtlsCert,
    next_key: AtomicU64,
    sessions: usize,
    ice_servers: Vec<IceServer>,
    overflow: Option<String>,
}

/// The HTTP side's end of a worker.
struct Handle {
    addresses: Addresses,
    commands: mpsc::Sender<Command>,
}

impl Rtc {
    /// Binds one socket for each worker and starts their threads. Must be called inside a tokio runtime, on which the
    /// hub's work is done.
    pub fn start(config: Config, hub: Arc<Hub>, shutdown: CancellationToken) -> Result<Arc<Self>, StartError> {
        let certificate = dtls::crypto()
            .dtls_provider
            .generate_certificate()
            .ok_or_else(|| StartError::Rtc("no DTLS certificate could be made".into()))?;
        let mut workers = Vec::new();
        for index in 0..config.workers.max(1) {
            let socket = bind(port(config.address, index))?;
            let bound = socket.local_addr().map_err(|error| StartError::Rtc(error.to_string()))?;
            let addresses = Addresses::new(bound, &config.hosts);
            let commands = spawn(index, socket, addresses.clone(), hub.clone(), shutdown.clone())
                .map_err(|error| StartError::Rtc(error.to_string()))?;
            workers.push(Handle { addresses, commands });
        }
        let bound = workers.iter().map(|worker| worker.addresses.bound()).collect();
        let registry = Registry::new(workers.len());
        let rtc = Arc::new(Self {
            workers,
            bound,
            registry,
            certificate,
            next_key: AtomicU64::new(1),
            sessions: config.sessions,
            ice_servers: config.ice_servers,
            overflow: config.overflow,
        });
        let changes = hub.watch_permissions();
        tokio::spawn(permissions::watch(rtc.clone(), hub, changes, shutdown));
        Ok(rtc)
    }

    /// The addresses of the workers' sockets.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.bound
    }

    /// Tells every session to reconnect and closes it.
    pub async fn drain(&self) {
        for worker in &self.workers {
            let (reply, done) = oneshot::channel();
            if worker.commands.send(Command::Drain { reply }).await.is_ok() {
                let _ = done.await;
            }
        }
    }

    fn next_key(&self) -> u64 {
        self.next_key.fetch_add(1, Ordering::Relaxed)
    }
}

/// The address of the worker `index`: one port after another, unless any will do.
fn port(base: SocketAddr, index: usize) -> SocketAddr {
    let offset = if base.port() == 0 { 0 } else { u16::try_from(index).unwrap_or(u16::MAX) };
    SocketAddr::new(base.ip(), base.port().saturating_add(offset))
}

fn bind(address: SocketAddr) -> Result<UdpSocket, StartError> {
    let socket = || {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
        if address.is_ipv6() {
            // One socket for both families, where the address allows it.
            let _ = socket.set_only_v6(false);
        }
        socket.bind(&address.into())?;
        Ok(UdpSocket::from(socket))
    };
    socket().map_err(|source| StartError::Listen { what: "WebRTC", address, source })
}

fn spawn(
    index: usize,
    socket: UdpSocket,
    addresses: Addresses,
    hub: Arc<Hub>,
    shutdown: CancellationToken,
) -> std::io::Result<mpsc::Sender<Command>> {
    let (commands, receiver) = mpsc::channel(COMMANDS);
    let main = tokio::runtime::Handle::current();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let worker = {
        let _inside = runtime.enter();
        Worker::new(socket, addresses, receiver, hub, main)?
    };
    std::thread::Builder::new()
        .name(format!("klieg-rtc-{index}"))
        .spawn(move || runtime.block_on(worker.run(shutdown)))?;
    Ok(commands)
}
