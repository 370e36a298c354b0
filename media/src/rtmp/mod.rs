//! RTMP ingest: handshake, chunks, AMF0, FLV payloads and Enhanced RTMP's FourCC codecs.
//!
//! From the wire up: [`handshake`], [`chunk`] (messages), [`amf0`] (commands), [`session`] (what the encoder wants),
//! [`flv`] (what a media message holds), `tracks` (frames). All of that is sans-IO; only `connection` touches a socket.
//! RTMP is taken in and never played.

pub mod amf0;
pub mod chunk;
mod connection;
mod door;
pub mod flv;
pub mod handshake;
pub mod message;
pub mod session;
mod sets;
pub mod tracks;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::StartError;
use crate::hub::Hub;
use door::Door;

/// After a failed accept (usually: no file descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The listening ingest.
#[derive(Debug)]
pub struct Rtmp {
    address: SocketAddr,
    connections: TaskTracker,
}

impl Rtmp {
    /// The address really bound.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until every encoder has been told why it must leave, which [`Hub::drain`] began, or until `limit`.
    pub async fn drained(&self, limit: Duration) {
        self.connections.close();
        if tokio::time::timeout(limit, self.connections.wait()).await.is_err() {
            warn!(connections = self.connections.len(), "RTMP connections did not close in time");
        }
    }
}

/// Listens for encoders until `shutdown`, which also ends those that do not publish yet.
pub async fn listen(address: SocketAddr, hub: Arc<Hub>, shutdown: CancellationToken) -> Result<Rtmp, StartError> {
    let failed = |source| StartError::Listen { what: "RTMP", address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let connections = TaskTracker::new();
    info!(%address, "RTMP listens");
    tokio::spawn(accept(listener, hub, connections.clone(), shutdown));
    Ok(Rtmp { address, connections })
}

async fn accept(listener: TcpListener, hub: Arc<Hub>, connections: TaskTracker, shutdown: CancellationToken) {
    let door = Arc::new(Door::default());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => return,
        };
        match accepted {
            Ok((socket, peer)) => {
                let place = door.enter(peer.ip());
                connections.spawn(connection::serve(socket, peer, hub.clone(), place, shutdown.clone()));
            }
            Err(error) => {
                warn!(%error, "RTMP cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
