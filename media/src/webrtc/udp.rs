//! One worker's UDP socket: datagrams in batches, in and out.
//!
//! Outgoing datagrams to one peer are joined into one buffer for the kernel to cut (UDP GSO) as long as their sizes
//! allow it. When the socket's buffer is full, up to [`WAITING_BYTES`] wait here in order; beyond that datagrams are
//! dropped and counted, which a viewer's NACKs repair.

use std::collections::VecDeque;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};

use quinn_udp::{RecvMeta, Transmit, UdpSocketState};
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// What may wait for the socket to become writable.
const WAITING_BYTES: usize = 4 << 20;
/// The kernel's own buffers, where it grants that much.
const SOCKET_BUFFER: usize = 8 << 20;
/// The most the kernel takes at once for one destination.
const BATCH_BYTES: usize = 60_000;
/// Buffers that one system call fills, each as long as what the kernel may join (GRO).
const RECEIVE_BUFFERS: usize = 16;
const RECEIVE_BYTES: usize = 1 << 16;

/// What was sent since it was last asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) dropped: u64,
}

pub(crate) struct Udp {
    socket: UdpSocket,
    state: UdpSocketState,
    open: Batch,
    waiting: VecDeque<Batch>,
    waiting_bytes: usize,
    traffic: Traffic,
}

/// Datagrams to one destination, all of `segment` bytes but the last.
#[derive(Clone, Debug)]
struct Batch {
    destination: SocketAddr,
    source: Option<IpAddr>,
    segment: usize,
    count: usize,
    contents: Vec<u8>,
}

/// Received datagrams' memory, kept apart from the socket so that both can be used at once.
pub(crate) struct ReceiveBuffers {
    memory: Vec<u8>,
    meta: [RecvMeta; RECEIVE_BUFFERS],
    filled: usize,
}

impl ReceiveBuffers {
    pub(crate) fn new() -> Self {
        Self {
            memory: vec![0; RECEIVE_BUFFERS * RECEIVE_BYTES],
            meta: [RecvMeta::default(); RECEIVE_BUFFERS],
            filled: 0,
        }
    }

    /// Buffers that hold nothing, to stand in while the real ones are read.
    pub(crate) fn empty() -> Self {
        Self { memory: Vec::new(), meta: [RecvMeta::default(); RECEIVE_BUFFERS], filled: 0 }
    }

    /// The datagrams of the last [`Udp::receive`]: where from, which local address they came to, and their bytes.
    pub(crate) fn datagrams(&self) -> impl Iterator<Item = (SocketAddr, Option<IpAddr>, &[u8])> {
        self.memory.chunks(RECEIVE_BYTES).zip(&self.meta).take(self.filled).flat_map(|(memory, meta)| {
            let joined = memory.get(..meta.len).unwrap_or_default();
            joined.chunks(meta.stride.max(1)).map(|datagram| (meta.addr, meta.dst_ip, datagram))
        })
    }
}

/// Where a session's datagrams go.
pub(crate) trait Outlet {
    /// Sends a datagram, from the address `source` where that matters.
    fn send(&mut self, destination: SocketAddr, source: Option<IpAddr>, datagram: &[u8]);
}

impl Outlet for Udp {
    /// Sends it together with its neighbours: nothing is sure to leave before [`flush`](Self::flush).
    fn send(&mut self, destination: SocketAddr, source: Option<IpAddr>, datagram: &[u8]) {
        let open = &self.open;
        let full = open.destination != destination
            || datagram.len() > open.segment
            || open.contents.len() != open.count * open.segment
            || open.contents.len() + datagram.len() > BATCH_BYTES
            || open.count >= self.state.max_gso_segments();
        if full {
            self.flush();
            self.open.destination = destination;
            self.open.source = source;
            self.open.segment = datagram.len();
        }
        self.open.contents.extend_from_slice(datagram);
        self.open.count += 1;
    }
}

impl Udp {
    /// Takes over a bound socket. Must be called inside the runtime that will poll it.
    pub(crate) fn new(socket: std::net::UdpSocket) -> io::Result<Self> {
        let state = UdpSocketState::new((&socket).into())?;
        // The kernel may grant less; that is no reason not to start.
        let _ = state.set_send_buffer_size((&socket).into(), SOCKET_BUFFER);
        let _ = state.set_recv_buffer_size((&socket).into(), SOCKET_BUFFER);
        socket.set_nonblocking(true)?;
        let open = Batch {
            destination: (std::net::Ipv4Addr::UNSPECIFIED, 0).into(),
            source: None,
            segment: 0,
            count: 0,
            contents: Vec::with_capacity(BATCH_BYTES),
        };
        Ok(Self {
            socket: UdpSocket::from_std(socket)?,
            state,
            open,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            traffic: Traffic::default(),
        })
    }

    pub(crate) async fn readable(&self) {
        // An error shows again, and is handled, when receiving.
        let _ = self.socket.readable().await;
    }

    pub(crate) async fn writable(&self) {
        let _ = self.socket.writable().await;
    }

    /// True while datagrams wait for the socket.
    pub(crate) fn is_blocked(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Fills `buffers` with what has arrived. False if nothing has.
    pub(crate) fn receive(&self, buffers: &mut ReceiveBuffers) -> bool {
        let ReceiveBuffers { memory, meta, filled } = buffers;
        let mut chunks = memory.chunks_mut(RECEIVE_BYTES);
        let mut slices: [IoSliceMut<'_>; RECEIVE_BUFFERS] =
            std::array::from_fn(|_| IoSliceMut::new(chunks.next().unwrap_or_default()));
        let received =
            self.socket.try_io(Interest::READABLE, || self.state.recv((&self.socket).into(), &mut slices, meta));
        *filled = received.unwrap_or(0);
        *filled > 0
    }

    /// Sends what [`send`](Self::send) has kept together.
    pub(crate) fn flush(&mut self) {
        if self.open.count == 0 {
            return;
        }
        if self.waiting.is_empty() && self.transmit(&self.open) {
            self.traffic.packets += self.open.count as u64;
            self.traffic.bytes += self.open.contents.len() as u64;
        } else if self.waiting_bytes + self.open.contents.len() <= WAITING_BYTES {
            self.waiting_bytes += self.open.contents.len();
            self.waiting.push_back(self.open.clone());
        } else {
            self.traffic.dropped += self.open.count as u64;
        }
        self.open.contents.clear();
        self.open.count = 0;
    }

    /// Sends what waited for the socket, as far as it goes.
    pub(crate) fn resume(&mut self) {
        while let Some(batch) = self.waiting.front() {
            if !self.transmit(batch) {
                return;
            }
            self.traffic.packets += batch.count as u64;
            self.traffic.bytes += batch.contents.len() as u64;
            self.waiting_bytes -= batch.contents.len();
            self.waiting.pop_front();
        }
    }

    /// What was sent since the last call.
    pub(crate) fn take_traffic(&mut self) -> Traffic {
        std::mem::take(&mut self.traffic)
    }

    /// False if the socket's buffer is full. Any other failure concerns one unreachable peer, whose session will time
    /// out, so the datagrams count as sent.
    fn transmit(&self, batch: &Batch) -> bool {
        let transmit = Transmit {
            destination: batch.destination,
            ecn: None,
            contents: &batch.contents,
            segment_size: (batch.count > 1).then_some(batch.segment),
            src_ip: batch.source,
        };
        let sent = self.socket.try_io(Interest::WRITABLE, || self.state.try_send((&self.socket).into(), &transmit));
        !matches!(sent, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}
