//! Messages between the servers of one installation: through NATS, or in a test's process. A server that is alone has none.
//!
//! Owns the connection to NATS. What is published reaches whoever subscribes to the subject at that moment, at most once and, from
//! one publisher to one subject, in order. Nobody ever waits for the bus: what does not fit is dropped and counted, and
//! whoever needs every message numbers them ([`crate::room`] does), or reads the tables as well.

mod memory;
mod nats;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

pub use memory::Memory;
pub use nats::{Address, Nats};

/// The largest message that is carried, in bytes; NATS by default takes twice that.
pub const MOST: usize = 512 << 10;
/// Messages that may wait for one subscriber, and for the bus itself.
const QUEUE: usize = 8_192;

/// The way to the other servers; cheap to clone.
#[derive(Clone, Debug)]
pub enum Bus {
    Memory(Arc<Memory>),
    Nats(Arc<Nats>),
}

/// What is published to one subject from now on.
#[derive(Debug)]
pub struct Subscription(mpsc::Receiver<Bytes>);

impl Bus {
    /// Sends `payload`, at most [`MOST`] bytes, to all who subscribe to `subject`. Never waits.
    pub fn publish(&self, subject: String, payload: Bytes) {
        debug_assert!(payload.len() <= MOST);
        let sent = match self {
            Self::Memory(memory) => memory.publish(&subject, &payload),
            Self::Nats(nats) => nats.publish(subject, payload),
        };
        if !sent {
            metrics::counter!("klieg_bus_dropped_total").increment(1);
        }
    }

    pub fn subscribe(&self, subject: String) -> Subscription {
        let (sender, receiver) = mpsc::channel(QUEUE);
        match self {
            Self::Memory(memory) => memory.subscribe(subject, sender),
            Self::Nats(nats) => nats.subscribe(subject, sender),
        }
        Subscription(receiver)
    }

    /// Whether messages reach other servers at the moment.
    pub fn is_connected(&self) -> bool {
        match self {
            Self::Memory(_) => true,
            Self::Nats(nats) => nats.is_connected(),
        }
    }

    /// Waits until what was published is on its way, but not for long.
    pub async fn flush(&self, most: Duration) {
        if let Self::Nats(nats) = self {
            let _ = tokio::time::timeout(most, nats.flush()).await;
        }
    }
}

/// The next message of a subscription. Never, if there is none or the bus has ended.
pub async fn next_of(subscription: Option<&mut Subscription>) -> Bytes {
    if let Some(subscription) = subscription
        && let Some(message) = subscription.next().await
    {
        return message;
    }
    std::future::pending().await
}

impl Subscription {
    /// The next message; none once the bus has ended.
    pub async fn next(&mut self) -> Option<Bytes> {
        self.0.recv().await
    }

    /// The next message if it is here.
    pub fn try_next(&mut self) -> Option<Bytes> {
        self.0.try_recv().ok()
    }
}
