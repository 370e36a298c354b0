//! Datagrams that arrive, and whose they are.

use std::mem;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use str0m::ice::StunMessage;
use str0m::net::{Protocol, Receive};

use super::Worker;
use crate::webrtc::udp::ReceiveBuffers;

/// Full receive batches handled before the rest has its turn.
const RECEIVES_AT_ONCE: usize = 8;

impl Worker {
    pub(super) fn receive(&mut self) {
        for _ in 0..RECEIVES_AT_ONCE {
            let mut buffers = mem::replace(&mut self.buffers, ReceiveBuffers::empty());
            let received = self.udp.receive(&mut buffers);
            let now = Instant::now();
            if received {
                for (remote, local, datagram) in buffers.datagrams() {
                    self.datagram(remote, local, datagram, now);
                }
            }
            self.buffers = buffers;
            if !received {
                return;
            }
        }
    }

    fn datagram(&mut self, remote: SocketAddr, local: Option<IpAddr>, datagram: &[u8], now: Instant) {
        let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
        let named = self.named(datagram);
        let Some(key) = named.or_else(|| self.by_remote.get(&remote).copied()) else { return };
        let local = self.addresses.reached_at(local);
        let Ok(datagram) = Receive::new(Protocol::Udp, remote, local, datagram) else { return };
        let mut accepted = false;
        self.serve(key, now, |session| {
            accepted = session.receive(datagram, now)?;
            Ok(accepted)
        });
        // Only STUN that proved to know the session's password makes an address the session's.
        if accepted && named.is_some() && self.by_remote.get(&remote) != Some(&key) && self.sessions.contains_key(&key)
        {
            self.by_remote.insert(remote, key);
            let forgotten = self.sessions.get_mut(&key).and_then(|session| session.remember(remote));
            if let Some(forgotten) = forgotten {
                self.by_remote.remove(&forgotten);
            }
        }
    }

    /// The session that a STUN request names.
    fn named(&self, datagram: &[u8]) -> Option<u64> {
        if datagram.first().is_none_or(|&first| first > 1) {
            return None;
        }
        let message = StunMessage::parse(datagram).ok()?;
        let (local, _) = message.split_username()?;
        self.by_ufrag.get(local).copied()
    }
}
