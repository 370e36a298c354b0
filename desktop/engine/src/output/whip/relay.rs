//! A relay (TURN, RFC 8656), by UDP, TCP or TLS, for networks through which the server cannot be reached directly.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use rustls_platform_verifier::ConfigVerifierExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use turn_client_proto::api::{TurnConfig, TurnEvent, TurnRecvRet};
use turn_client_proto::prelude::*;
use turn_client_proto::stun::Instant as Moment;
use turn_client_proto::stun::agent::Transmit;
use turn_client_proto::tcp::TurnClientTcp;
use turn_client_proto::types::{TransportType, TurnCredentials};
use turn_client_proto::udp::TurnClientUdp;

use super::framing::{Unframed, fill_up};
use super::links::{Transport, TurnServer};
use super::sockets::{Datagram, LONGEST, facing};

/// Messages that may wait for a relay by TCP or TLS; more are lost, as on any network.
const WAITING: usize = 512;

turn_client_proto::impl_client!(Client, (Udp, TurnClientUdp), (Tcp, TurnClientTcp));

/// A socket towards a relay.
pub(super) struct Connected {
    server: TurnServer,
    local: SocketAddr,
    remote: SocketAddr,
    out: Out,
    /// Reads and writes until this is dropped.
    tasks: JoinSet<()>,
}

enum Out {
    Udp(Arc<UdpSocket>),
    Stream(mpsc::Sender<Vec<u8>>),
}

pub(super) struct Relay {
    client: Client,
    local: SocketAddr,
    remote: SocketAddr,
    out: Out,
    _tasks: JoinSet<()>,
    /// Of a stream.
    unframed: Unframed,
    /// The relay's address for us.
    address: Option<SocketAddr>,
    started: Instant,
}

/// Connects; what is heard goes to `heard`.
pub(super) async fn connect(server: TurnServer, heard: mpsc::Sender<Datagram>) -> std::io::Result<Connected> {
    let mut tasks = JoinSet::new();
    let address = (server.host.as_str(), server.port);
    if server.transport == Transport::Udp {
        let nowhere = || std::io::Error::other("it has no address");
        let remote = lookup_host(address).await?.next().ok_or_else(nowhere)?;
        let socket = Arc::new(UdpSocket::bind((facing(remote).await?, 0)).await?);
        let local = socket.local_addr()?;
        tasks.spawn(super::sockets::read(socket.clone(), local, heard));
        return Ok(Connected { server, local, remote, out: Out::Udp(socket), tasks });
    }
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (local, remote) = (stream.local_addr()?, stream.peer_addr()?);
    let out = if server.transport == Transport::Tls {
        let config = ClientConfig::with_platform_verifier().map_err(std::io::Error::other)?;
        let name = ServerName::try_from(server.host.clone()).map_err(std::io::Error::other)?;
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        pump(stream, (remote, local), heard, &mut tasks)
    } else {
        pump(stream, (remote, local), heard, &mut tasks)
    };
    Ok(Connected { server, local, remote, out, tasks })
}

/// Reads and writes a stream in tasks of its own.
fn pump(
    stream: impl AsyncRead + AsyncWrite + Send + 'static,
    (source, destination): (SocketAddr, SocketAddr),
    heard: mpsc::Sender<Datagram>,
    tasks: &mut JoinSet<()>,
) -> Out {
    let (mut reader, mut writer) = split(stream);
    let (out, mut waiting) = mpsc::channel::<Vec<u8>>(WAITING);
    tasks.spawn(async move {
        while let Some(message) = waiting.recv().await {
            if writer.write_all(&message).await.is_err() || writer.flush().await.is_err() {
                return;
            }
        }
    });
    tasks.spawn(async move {
        let mut buffer = vec![0; LONGEST];
        while let Ok(length @ 1..) = reader.read(&mut buffer).await {
            let bytes = buffer.get(..length).unwrap_or_default().to_vec();
            // A stream has no gaps: this one waits.
            if heard.send(Datagram { source, destination, bytes }).await.is_err() {
                return;
            }
        }
    });
    Out::Stream(out)
}

impl Relay {
    /// Asks for an address on the relay.
    pub(super) fn allocate(connected: Connected) -> Self {
        let Connected { server, local, remote, out, tasks } = connected;
        let config = TurnConfig::new(TurnCredentials::new(&server.username, &server.credential));
        let client = match out {
            Out::Udp(_) => TurnClientUdp::allocate(local, remote, config).into(),
            Out::Stream(_) => TurnClientTcp::allocate(local, remote, config).into(),
        };
        let mut relay = Self {
            client,
            local,
            remote,
            out,
            _tasks: tasks,
            unframed: Unframed::default(),
            address: None,
            started: Instant::now(),
        };
        relay.advance();
        relay
    }

    /// Where it is heard.
    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Its address for us, once it has given one.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Does what is due. Returns its address for us when it has just been given.
    pub(super) fn advance(&mut self) -> Option<SocketAddr> {
        let now = self.now();
        self.client.poll(now);
        while let Some(message) = self.client.poll_transmit(now) {
            self.put(message.data.to_vec());
        }
        let mut news = None;
        while let Some(event) = self.client.poll_event() {
            match event {
                TurnEvent::AllocationCreated(_, address) => {
                    tracing::debug!(relay = %self.remote, "a relay can be used");
                    self.address = Some(address);
                    news = Some(address);
                }
                TurnEvent::AllocationCreateFailed(_) => {
                    tracing::warn!(relay = %self.remote, "the relay gives no address");
                }
                event => tracing::trace!(?event, "relay"),
            }
        }
        news
    }

    /// Takes what was heard from the relay, and returns what peers said through it.
    pub(super) fn hear(&mut self, datagram: Datagram) -> Vec<Datagram> {
        let now = self.now();
        let destination = self.address.unwrap_or(self.local);
        let mut said = Vec::new();
        let mut next = Some(datagram.bytes);
        if let Out::Stream(_) = self.out {
            self.unframed.push(&next.unwrap_or_default());
            next = self.unframed.next();
        }
        while let Some(message) = next {
            let transmit = Transmit::new(message, self.client.transport(), self.remote, self.local);
            if let TurnRecvRet::PeerData(data) = self.client.recv(transmit, now) {
                said.push(Datagram { source: data.peer, destination, bytes: data.data().to_vec() });
            }
            next = self.unframed.next();
        }
        while let Some(data) = self.client.poll_recv(now) {
            said.push(Datagram { source: data.peer, destination, bytes: data.data().to_vec() });
        }
        said
    }

    /// Sends to a peer. Whether it left: before the relay lets the peer through, which is asked for here, nothing does.
    pub(super) fn send(&mut self, to: SocketAddr, bytes: &[u8]) -> bool {
        let now = self.now();
        if !self.client.have_permission(TransportType::Udp, to.ip()) {
            // Refused if they are being asked for already.
            let _ = self.client.create_permission(TransportType::Udp, to.ip(), now);
            let _ = self.client.bind_channel(TransportType::Udp, to, now);
            self.advance();
            return false;
        }
        match self.client.send_to(TransportType::Udp, to, bytes, now) {
            Ok(Some(message)) => self.put(message.build().data),
            Ok(None) => true,
            Err(error) => {
                tracing::debug!(%error, "the relay takes nothing for {to}");
                false
            }
        }
    }

    fn put(&self, mut message: Vec<u8>) -> bool {
        match &self.out {
            Out::Udp(socket) => socket.try_send_to(&message, self.remote).is_ok(),
            Out::Stream(out) => {
                fill_up(&mut message);
                out.try_send(message).is_ok()
            }
        }
    }

    fn now(&self) -> Moment {
        Moment::from_std(self.started)
    }
}

impl Drop for Relay {
    /// Gives the address back, as far as that is done without waiting.
    fn drop(&mut self) {
        if self.client.delete(self.now()).is_ok() {
            self.advance();
        }
    }
}
