//! Who of this server's connections gets what a room says.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use klieg_api::live::Closing;

use super::input::Inbox;
use crate::socket::{ClientId, Outbox};

/// Connections served before others get their turn.
const PIECE: usize = 128;
/// Connections that are worth a core of their own.
const CROWD: usize = 1_000;

static CORES: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, NonZero::get));

type Place = (ClientId, Arc<Outbox>);

#[derive(Default)]
pub(super) struct Audience {
    outboxes: Vec<Place>,
    places: HashMap<ClientId, usize>,
    /// Connections that are joining, or were refused or put out: what they ask is still answered.
    coming: HashMap<ClientId, Arc<Outbox>>,
}

impl Audience {
    /// A connection wants to join.
    pub(super) fn comes(&mut self, client: ClientId, outbox: Arc<Outbox>) {
        self.coming.insert(client, outbox);
    }

    /// From here on it gets what everybody gets.
    pub(super) fn enter(&mut self, client: ClientId) {
        if let Some(outbox) = self.coming.remove(&client) {
            outbox.enter();
            self.places.insert(client, self.outboxes.len());
            self.outboxes.push((client, outbox));
        }
    }

    /// From here on it gets nothing but what is for it alone, until it is [gone](Self::gone).
    pub(super) fn exit(&mut self, client: ClientId) {
        let Some(place) = self.places.remove(&client) else { return };
        let (_, outbox) = self.outboxes.swap_remove(place);
        outbox.exit();
        if let Some((moved, _)) = self.outboxes.get(place) {
            self.places.insert(*moved, place);
        }
        self.coming.insert(client, outbox);
    }

    /// It is gone.
    pub(super) fn gone(&mut self, client: ClientId) {
        self.exit(client);
        self.coming.remove(&client);
    }

    pub(super) fn find(&self, client: ClientId) -> Option<&Arc<Outbox>> {
        let here = self.places.get(&client).and_then(|place| self.outboxes.get(*place)).map(|(_, outbox)| outbox);
        here.or_else(|| self.coming.get(&client))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.outboxes.is_empty() && self.coming.is_empty()
    }

    /// Sends frames to everybody. A crowd is served by all cores: who comes last would else wait for all before.
    pub(super) async fn send(&self, frames: &Bytes) {
        let shares = (self.outboxes.len() / CROWD).clamp(1, *CORES);
        let mut all = self.outboxes.chunks(self.outboxes.len().div_ceil(shares).max(1));
        let first = all.next().unwrap_or_default();
        let others: Vec<_> = all
            .map(|share| {
                let (share, frames) = (share.to_vec(), frames.clone());
                tokio::spawn(async move { put(&share, &frames).await })
            })
            .collect();
        put(first, frames).await;
        for share in others {
            // It ends early only where the server does.
            let _ = share.await;
        }
        metrics::counter!("klieg_room_writes_total").increment(self.outboxes.len() as u64);
    }

    /// Closes every connection, also of those who have asked since: they are to come again.
    pub(super) async fn send_away(&self, mut inbox: Inbox) {
        for outbox in self.outboxes.iter().map(|(_, outbox)| outbox).chain(self.coming.values()) {
            outbox.close(Closing::GoingAway);
        }
        inbox.close();
        while let Some((_, outbox)) = inbox.recv().await {
            if let Some(outbox) = outbox {
                outbox.close(Closing::GoingAway);
            }
        }
    }
}

/// In pieces, so that others get their turn.
async fn put(places: &[Place], frames: &Bytes) {
    for piece in places.chunks(PIECE) {
        for (_, outbox) in piece {
            outbox.put(frames);
        }
        if piece.len() == PIECE {
            tokio::task::yield_now().await;
        }
    }
}
