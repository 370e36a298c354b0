//! The UDP sockets of one session: one for each local address that may reach the server.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::super::Failure;

/// An address that is nobody's (RFC 5737): the route to it is the route to the Internet.
const ELSEWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9);
/// Datagrams that may wait to be handled; more are lost, as on any network.
const WAITING: usize = 512;
/// No datagram of RTP, DTLS or STUN is longer.
const LONGEST: usize = 2_000;

pub(super) struct Datagram {
    pub source: SocketAddr,
    pub destination: SocketAddr,
    pub bytes: Vec<u8>,
}

pub(super) struct Sockets {
    bound: Vec<(SocketAddr, Arc<UdpSocket>)>,
    readers: Vec<JoinHandle<()>>,
    datagrams: mpsc::Receiver<Datagram>,
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
        let mut sockets = Self { bound: Vec::new(), readers: Vec::new(), datagrams };
        for address in addresses {
            let socket = Arc::new(UdpSocket::bind((address, 0)).await.map_err(failed)?);
            let local = socket.local_addr().map_err(failed)?;
            sockets.readers.push(tokio::spawn(read(socket.clone(), local, sender.clone())));
            sockets.bound.push((local, socket));
        }
        Ok(sockets)
    }

    pub(super) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.bound.iter().map(|(address, _)| *address)
    }

    /// Whether it left. A full send buffer loses the datagram: the retransmission is better than the wait.
    pub(super) fn send(&self, source: SocketAddr, destination: SocketAddr, bytes: &[u8]) -> bool {
        let socket = self.bound.iter().find(|(address, _)| *address == source);
        socket.is_some_and(|(_, socket)| socket.try_send_to(bytes, destination).is_ok())
    }

    pub(super) async fn receive(&mut self) -> Datagram {
        match self.datagrams.recv().await {
            Some(datagram) => datagram,
            // All sockets failed; the watchdog ends the session.
            None => std::future::pending().await,
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

/// The local address from which `remote` would be reached. Nothing is sent.
async fn facing(remote: SocketAddr) -> std::io::Result<IpAddr> {
    let any: IpAddr =
        if remote.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { std::net::Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(remote).await?;
    Ok(socket.local_addr()?.ip())
}

async fn read(socket: Arc<UdpSocket>, destination: SocketAddr, datagrams: mpsc::Sender<Datagram>) {
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
