//! Who of this server's connections gets what a room says, and when.
//!
//! What is for everybody is gathered for a moment, so that when much is said one write carries several messages. A crowd is
//! served in shares, one after another and as many at once as there are cores: what is said while one is served goes to those
//! after it, so that nobody waits for the whole crowd twice.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use klieg_api::live::Closing;
use tokio::time::Instant;

use super::input::Inbox;
use crate::socket::{ClientId, Outbox};

/// Once frames have gone to a share, the next are gathered for so long, ...
const GATHER: Duration = Duration::from_millis(30);
/// ... or for as long as it took to write to everybody, so that a crowd takes half of the cores at most: who is told two things at
/// once costs as much as who is told one. No longer than this.
const MOST_GATHER: Duration = Duration::from_millis(150);
/// Connections served before others get their turn.
const PIECE: usize = 128;
/// Connections of a share: worth a core's turn, and few enough that those after it are not kept waiting.
const SHARE: usize = 1_000;

static CORES: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, NonZero::get));

type Place = (ClientId, Arc<Outbox>);

#[derive(Default)]
pub(super) struct Audience {
    shares: Vec<Share>,
    /// In which share, and where in it.
    places: HashMap<ClientId, (usize, usize)>,
    /// Connections that are joining, or were refused or put out: what they ask is still answered.
    coming: HashMap<ClientId, Arc<Outbox>>,
}

/// Connections that are served together.
struct Share {
    outboxes: Vec<Place>,
    /// What they have not been sent.
    gathered: BytesMut,
    due_at: Instant,
    /// How long it took to write to all of them.
    took: Duration,
}

impl Audience {
    /// A connection wants to join.
    pub(super) fn comes(&mut self, client: ClientId, outbox: Arc<Outbox>) {
        self.coming.insert(client, outbox);
    }

    /// From here on it gets what everybody gets; what was gathered it has in its snapshot.
    pub(super) async fn enter(&mut self, client: ClientId) {
        let Some(outbox) = self.coming.remove(&client) else { return };
        outbox.enter();
        let smallest = self.shares.iter().enumerate().min_by_key(|(_, share)| share.outboxes.len());
        let index = match smallest {
            Some((index, share)) if share.outboxes.len() < SHARE => index,
            _ => {
                let now = Instant::now();
                self.shares.push(Share {
                    outboxes: Vec::new(),
                    gathered: BytesMut::new(),
                    due_at: now,
                    took: Duration::ZERO,
                });
                self.shares.len() - 1
            }
        };
        self.serve(&[index]).await;
        if let Some(share) = self.shares.get_mut(index) {
            self.places.insert(client, (index, share.outboxes.len()));
            share.outboxes.push((client, outbox));
        }
    }

    /// Sends what was gathered for a connection that is in.
    pub(super) async fn flush(&mut self, client: ClientId) {
        if let Some((index, _)) = self.places.get(&client) {
            self.serve(&[*index]).await;
        }
    }

    /// From here on it gets nothing but what is for it alone, until it is [gone](Self::gone).
    pub(super) fn exit(&mut self, client: ClientId) {
        let Some((index, place)) = self.places.remove(&client) else { return };
        let Some(share) = self.shares.get_mut(index).filter(|share| place < share.outboxes.len()) else { return };
        let (_, outbox) = share.outboxes.swap_remove(place);
        outbox.exit();
        if let Some((moved, _)) = share.outboxes.get(place) {
            self.places.insert(*moved, (index, place));
        }
        self.coming.insert(client, outbox);
    }

    /// It is gone.
    pub(super) fn gone(&mut self, client: ClientId) {
        self.exit(client);
        self.coming.remove(&client);
    }

    pub(super) fn find(&self, client: ClientId) -> Option<&Arc<Outbox>> {
        let place = self.places.get(&client);
        let here =
            place.and_then(|(index, place)| self.shares.get(*index)?.outboxes.get(*place)).map(|(_, outbox)| outbox);
        here.or_else(|| self.coming.get(&client))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty() && self.coming.is_empty()
    }

    /// Frames for everybody, to be sent soon.
    pub(super) fn gather(&mut self, frames: &[u8]) {
        for share in self.shares.iter_mut().filter(|share| !share.outboxes.is_empty()) {
            share.gathered.extend_from_slice(frames);
        }
    }

    /// When something is to be sent next.
    pub(super) fn due(&self) -> Option<Instant> {
        self.shares.iter().filter(|share| !share.gathered.is_empty()).map(|share| share.due_at).min()
    }

    /// Sends what is due to those whose turn it is: to a share on each core.
    pub(super) async fn send_due(&mut self) {
        let now = Instant::now();
        let is_due = |share: &Share| !share.gathered.is_empty() && share.due_at <= now;
        let mut due: Vec<_> = self.shares.iter().enumerate().filter(|(_, share)| is_due(share)).collect();
        due.sort_by_key(|(_, share)| share.due_at);
        let due: Vec<_> = due.into_iter().take(*CORES).map(|(index, _)| index).collect();
        self.serve(&due).await;
    }

    async fn serve(&mut self, indices: &[usize]) {
        let mut served = Vec::with_capacity(indices.len());
        let mut first = None;
        for index in indices {
            let Some(share) = self.shares.get_mut(*index).filter(|share| !share.gathered.is_empty()) else { continue };
            let frames = share.gathered.split().freeze();
            let outboxes = std::mem::take(&mut share.outboxes);
            metrics::counter!("klieg_room_writes_total").increment(outboxes.len() as u64);
            if first.is_none() {
                first = Some((*index, outboxes, frames));
            } else {
                served.push((*index, tokio::spawn(put(outboxes, frames))));
            }
        }
        let Some((index, outboxes, frames)) = first else { return };
        let mut done = vec![(index, put(outboxes, frames).await)];
        for (index, serving) in served {
            // It ends early only where the server does.
            if let Ok(put) = serving.await {
                done.push((index, put));
            }
        }
        for (index, (outboxes, took)) in done {
            if let Some(share) = self.shares.get_mut(index) {
                (share.outboxes, share.took) = (outboxes, took);
            }
        }
        let at_once = self.shares.len().clamp(1, *CORES) as u32;
        let all: Duration = self.shares.iter().map(|share| share.took).sum();
        let due_at = Instant::now() + (all / at_once).clamp(GATHER, MOST_GATHER);
        for index in indices {
            if let Some(share) = self.shares.get_mut(*index) {
                share.due_at = due_at;
            }
        }
    }

    /// Closes every connection, also of those who have asked since: they are to come again.
    pub(super) async fn send_away(&self, mut inbox: Inbox) {
        let here = self.shares.iter().flat_map(|share| &share.outboxes).map(|(_, outbox)| outbox);
        for outbox in here.chain(self.coming.values()) {
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

/// In pieces, so that others get their turn. Returns how long it took.
async fn put(outboxes: Vec<Place>, frames: Bytes) -> (Vec<Place>, Duration) {
    let begun = Instant::now();
    for piece in outboxes.chunks(PIECE) {
        for (_, outbox) in piece {
            outbox.put(&frames);
        }
        if piece.len() == PIECE {
            tokio::task::yield_now().await;
        }
    }
    (outboxes, begun.elapsed())
}
