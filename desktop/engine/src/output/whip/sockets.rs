//! The UDP sockets of one session, one for each local address that may reach the server, and what the ICE servers that it named give:
//! relays, and the addresses from which the sockets are seen.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use str0m::Candidate;
use tokio::net::{UdpSocket, lookup_host};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use super::super::Failure;
use super::links::{IceServers, StunServer};
use super::reflexive::{Answer, Reflection};
use super::relay::{Connected, Relay, connect};

/// An address that is nobody's (RFC 5737): the route to it is the route to the Internet.
const ELSEWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9);
/// STUN servers that are asked; more say nothing else.
const ASKED: usize = 4;
/// Datagrams that may wait to be handled; more are lost, as on any network.
const WAITING: usize = 512;
/// No datagram of RTP, DTLS or STUN is longer.
pub(super) const LONGEST: usize = 2_000;

pub(super) struct Datagram {
    pub source: SocketAddr,
    pub destination: SocketAddr,
    pub bytes: Vec<u8>,
}

pub(super) enum Heard {
    Datagram(Datagram),
    /// The session can be reached by this as well.
    Candidate(Candidate),
}

pub(super) struct Sockets {
    bound: Vec<(SocketAddr, Arc<UdpSocket>)>,
    readers: Vec<JoinHandle<()>>,
    sender: mpsc::Sender<Datagram>,
    datagrams: mpsc::Receiver<Datagram>,
    connecting: JoinSet<std::io::Result<Connected>>,
    relays: Vec<Relay>,
    /// What came through relays and waits to be handled.
    relayed: VecDeque<Datagram>,
    /// The addresses of STUN servers, as soon as they are known.
    resolving: JoinSet<std::io::Result<Vec<SocketAddr>>>,
    /// Of each socket.
    reflections: Vec<Reflection>,
    /// What nobody has been told of.
    found: Vec<Candidate>,
}

impl Sockets {
    /// Binds a socket on the address from which `server` is reached, and one on that which faces the Internet.
    pub(super) async fn bind(server: SocketAddr) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::retry(format!("no UDP socket: {error}"));
        let mut addresses = vec![facing(server).await.map_err(failed)?];
        if let Ok(outer) = facing(ELSEWHERE).await
            && !addresses.contains(&outer)
        {
            addresses.push(outer);
        }
        let (sender, datagrams) = mpsc::channel(WAITING);
        let mut sockets = Self {
            bound: Vec::new(),
            readers: Vec::new(),
            sender: sender.clone(),
            datagrams,
            connecting: JoinSet::new(),
            relays: Vec::new(),
            relayed: VecDeque::new(),
            resolving: JoinSet::new(),
            reflections: Vec::new(),
            found: Vec::new(),
        };
        for address in addresses {
            let socket = Arc::new(UdpSocket::bind((address, 0)).await.map_err(failed)?);
            let local = socket.local_addr().map_err(failed)?;
            sockets.readers.push(tokio::spawn(read(socket.clone(), local, sender.clone())));
            sockets.bound.push((local, socket));
            sockets.reflections.push(Reflection::of(local));
        }
        Ok(sockets)
    }

    pub(super) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.bound.iter().map(|(address, _)| *address)
    }

    /// Asks these servers for addresses, which [`Sockets::receive`] tells of.
    pub(super) fn ask(&mut self, servers: &IceServers) {
        for server in &servers.turn {
            self.connecting.spawn(connect(server.clone(), self.sender.clone()));
        }
        for StunServer { host, port } in servers.stun.iter().take(ASKED).cloned() {
            self.resolving.spawn(async move { Ok(lookup_host((host.as_str(), port)).await?.collect()) });
        }
    }

    /// Does what is due for relays and STUN servers: several times a second.
    pub(super) fn advance(&mut self) {
        for relay in &mut self.relays {
            self.found.extend(relay.advance().and_then(on_relay));
        }
        for ((_, socket), reflection) in self.bound.iter().zip(&mut self.reflections) {
            for (server, question) in reflection.due() {
                // One that is lost is sent again.
                let _ = socket.try_send_to(&question, server);
            }
        }
    }

    /// Asks a STUN server that has these addresses from every socket that can.
    fn reflect_by(&mut self, addresses: &[SocketAddr]) {
        for ((local, socket), reflection) in self.bound.iter().zip(&mut self.reflections) {
            if let Some(server) = addresses.iter().find(|server| server.is_ipv4() == local.is_ipv4()) {
                let _ = socket.try_send_to(&reflection.ask(*server), *server);
            }
        }
    }

    /// What a socket was told by a STUN server; gives the datagram back if it is something else.
    fn reflected(&mut self, datagram: Datagram) -> Option<Datagram> {
        let local = datagram.destination;
        let reflection = self.reflections.iter_mut().find(|reflection| reflection.local() == local);
        match reflection.map_or(Answer::Other, |reflection| reflection.hear(&datagram)) {
            Answer::From(address) => {
                self.found.extend(Candidate::server_reflexive(address, local, "udp").ok());
                None
            }
            Answer::Nothing => None,
            Answer::Other => Some(datagram),
        }
    }

    /// Whether it left. A full send buffer loses the datagram: the retransmission is better than the wait.
    pub(super) fn send(&mut self, source: SocketAddr, destination: SocketAddr, bytes: &[u8]) -> bool {
        let socket = self.bound.iter().find(|(address, _)| *address == source);
        match socket {
            Some((_, socket)) => socket.try_send_to(bytes, destination).is_ok(),
            None => self
                .relays
                .iter_mut()
                .find(|relay| relay.address() == Some(source))
                .is_some_and(|relay| relay.send(destination, bytes)),
        }
    }

    /// The next that is heard. Nothing is lost when this is dropped half way.
    pub(super) async fn receive(&mut self) -> Heard {
        loop {
            if let Some(candidate) = self.found.pop() {
                return Heard::Candidate(candidate);
            }
            if let Some(datagram) = self.relayed.pop_front() {
                return Heard::Datagram(datagram);
            }
            tokio::select! {
                datagram = self.datagrams.recv() => match datagram {
                    Some(datagram) => match self.relays.iter_mut().find(|relay| relay.local() == datagram.destination) {
                        Some(relay) => {
                            self.relayed.extend(relay.hear(datagram));
                            self.found.extend(relay.advance().and_then(on_relay));
                        }
                        None => {
                            if let Some(datagram) = self.reflected(datagram) {
                                return Heard::Datagram(datagram);
                            }
                        }
                    },
                    // All sockets failed; the watchdog ends the session.
                    None => std::future::pending().await,
                },
                Some(connected) = self.connecting.join_next() => match connected {
                    Ok(Ok(connected)) => self.relays.push(Relay::allocate(connected)),
                    Ok(Err(error)) => tracing::warn!(%error, "a relay of the server cannot be reached"),
                    Err(error) => tracing::error!(%error, "a relay is left out"),
                },
                Some(resolved) = self.resolving.join_next() => match resolved {
                    Ok(Ok(addresses)) => self.reflect_by(&addresses),
                    Ok(Err(error)) => tracing::warn!(%error, "a STUN server of the server is not found"),
                    Err(error) => tracing::error!(%error, "a STUN server is left out"),
                },
            }
        }
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        for reader in &self.readers {
            reader.abort();
        }
    }
}

fn on_relay(address: SocketAddr) -> Option<Candidate> {
    Candidate::relayed(address, address, "udp").ok()
}

/// The local address from which `remote` would be reached. Nothing is sent.
pub(super) async fn facing(remote: SocketAddr) -> std::io::Result<IpAddr> {
    let any: IpAddr =
        if remote.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { std::net::Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(remote).await?;
    Ok(socket.local_addr()?.ip())
}

pub(super) async fn read(socket: Arc<UdpSocket>, destination: SocketAddr, datagrams: mpsc::Sender<Datagram>) {
    let mut buffer = vec![0; LONGEST];
    loop {
        // An error here is the echo of a datagram that a host refused; the watchdog sees what matters.
        let Ok((length, source)) = socket.recv_from(&mut buffer).await else { continue };
        let Some(bytes) = buffer.get(..length) else { continue };
        let datagram = Datagram { source, destination, bytes: bytes.to_vec() };
        if let Err(mpsc::error::TrySendError::Closed(_)) = datagrams.try_send(datagram) {
            return;
        }
    }
}
