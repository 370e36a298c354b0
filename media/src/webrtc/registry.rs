//! Every session of this node by the name in its URL, and the event streams that belong to it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::events::Events;
use super::offer::Flow;

/// Event streams a session may have; one more ends the oldest.
const MOST_EVENT_STREAMS: usize = 4;

/// Where a session lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) flow: Flow,
    /// The channel, for viewers: part of the session's URL.
    pub(crate) handle: Option<String>,
    pub(crate) worker: usize,
    pub(crate) key: u64,
    /// The current ICE generation's entity tag, quotes included.
    pub(crate) etag: String,
    /// Which media section of the session is the picture, if it has one.
    pub(crate) video_line: Option<usize>,
}

#[derive(Debug)]
struct Entry {
    route: Route,
    /// What a viewer was let in with, to ask for it again.
    token: Option<String>,
    streams: Vec<EventStream>,
}

/// Which events a viewer wants to be told.
#[derive(Debug)]
struct EventStream {
    id: String,
    wanted: Events,
    /// Ends whoever reads it now, when it is dropped or replaced.
    reader: Option<DropGuard>,
}

#[derive(Debug)]
pub(crate) struct Registry {
    entries: Mutex<HashMap<String, Entry>>,
    /// Sessions of each worker.
    loads: Vec<AtomicUsize>,
}

/// A session's entry, removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Registered {
    registry: Arc<Registry>,
    pub(crate) id: String,
    worker: usize,
}

/// The channel that a viewer watches, and the token they were let in with, if any.
pub(crate) type LetIn = (String, Option<String>);

impl Registry {
    pub(crate) fn new(workers: usize) -> Arc<Self> {
        Arc::new(Self { entries: Mutex::default(), loads: (0..workers).map(|_| AtomicUsize::new(0)).collect() })
    }

    /// The worker with the fewest sessions; `None` if there are `limit` already.
    pub(crate) fn least_loaded(&self, limit: usize) -> Option<usize> {
        let loads = || self.loads.iter().map(|load| load.load(Ordering::Relaxed));
        let room = loads().sum::<usize>() < limit;
        loads().enumerate().filter(|_| room).min_by_key(|&(_, load)| load).map(|(worker, _)| worker)
    }

    /// Names a new session with 128 random bits. `token` is what a viewer was let in with.
    pub(crate) fn register(self: &Arc<Self>, route: Route, token: Option<String>) -> Registered {
        let (id, worker) = (random_name(), route.worker);
        if let Some(load) = self.loads.get(worker) {
            load.fetch_add(1, Ordering::Relaxed);
        }
        self.entries.lock().insert(id.clone(), Entry { route, token, streams: Vec::new() });
        Registered { registry: self.clone(), id, worker }
    }

    pub(crate) fn route(&self, id: &str) -> Option<Route> {
        self.entries.lock().get(id).map(|entry| entry.route.clone())
    }

    /// The viewers of a channel, or of all: worker and key of each, by channel and by what they were let in with.
    pub(crate) fn viewers(&self, channel: Option<&str>) -> BTreeMap<LetIn, Vec<(usize, u64)>> {
        let mut viewers: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for Entry { route, token, .. } in self.entries.lock().values() {
            if let Some(handle) = &route.handle
                && channel.is_none_or(|channel| channel == handle)
            {
                viewers.entry((handle.clone(), token.clone())).or_default().push((route.worker, route.key));
            }
        }
        viewers
    }

    /// Replaces a session's entity tag after an ICE restart. Returns the new one.
    pub(crate) fn renew_etag(&self, id: &str) -> Option<String> {
        let etag = random_etag();
        self.entries.lock().get_mut(id)?.route.etag.clone_from(&etag);
        Some(etag)
    }

    /// Adds an event stream to a session. Returns its name; `None` if the session is gone.
    pub(crate) fn open_events(&self, session: &str, wanted: Events) -> Option<String> {
        let mut entries = self.entries.lock();
        let streams = &mut entries.get_mut(session)?.streams;
        if streams.len() >= MOST_EVENT_STREAMS {
            streams.remove(0);
        }
        let id = random_name();
        streams.push(EventStream { id: id.clone(), wanted, reader: None });
        Some(id)
    }

    /// Begins to read an event stream: what is wanted, and a token that is cancelled when the stream ends. Who read it
    /// before reads no more. `None` if there is no such stream.
    pub(crate) fn read_events(&self, session: &str, stream: &str) -> Option<(Events, CancellationToken)> {
        let mut entries = self.entries.lock();
        let stream = entries.get_mut(session)?.streams.iter_mut().find(|found| found.id == stream)?;
        let token = CancellationToken::new();
        stream.reader = Some(token.clone().drop_guard());
        Some((stream.wanted, token))
    }

    /// Ends an event stream. False if there is none of that name.
    pub(crate) fn close_events(&self, session: &str, stream: &str) -> bool {
        let mut entries = self.entries.lock();
        let Some(entry) = entries.get_mut(session) else { return false };
        let before = entry.streams.len();
        entry.streams.retain(|found| found.id != stream);
        entry.streams.len() < before
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.registry.entries.lock().remove(&self.id);
        if let Some(load) = self.registry.loads.get(self.worker) {
            load.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

pub(crate) fn random_etag() -> String {
    format!("\"{}\"", hex::encode(rand::random::<[u8; 8]>()))
}

fn random_name() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(worker: usize) -> Route {
        Route { flow: Flow::Plays, handle: None, worker, key: 0, etag: random_etag(), video_line: None }
    }

    #[test]
    fn sessions_go_to_the_emptiest_worker_until_all_are_full() {
        let registry = Registry::new(2);
        let first = registry.register(route(0), None);
        assert_eq!(registry.least_loaded(2), Some(1));
        let _second = registry.register(route(1), None);
        assert_eq!(registry.least_loaded(2), None);
        drop(first);
        assert_eq!(registry.least_loaded(2), Some(0));
    }

    #[test]
    fn a_dropped_session_is_gone_and_a_restart_changes_its_tag() {
        let registry = Registry::new(1);
        let session = registry.register(route(0), None);
        let id = session.id.clone();
        let before = registry.route(&id).unwrap().etag;
        assert_ne!(registry.renew_etag(&id).unwrap(), before);
        drop(session);
        assert_eq!(registry.route(&id), None);
    }

    #[test]
    fn event_streams_are_few_have_one_reader_each_and_end_with_their_session() {
        let registry = Registry::new(1);
        let session = registry.register(route(0), None);
        let id = session.id.clone();
        let streams: Vec<_> =
            (0..=MOST_EVENT_STREAMS).map(|_| registry.open_events(&id, Events::all()).unwrap()).collect();
        assert!(registry.read_events(&id, &streams[0]).is_none(), "the oldest made room");
        let (_, first) = registry.read_events(&id, &streams[1]).unwrap();
        let (_, second) = registry.read_events(&id, &streams[1]).unwrap();
        assert!(first.is_cancelled() && !second.is_cancelled());
        let (_, other) = registry.read_events(&id, &streams[2]).unwrap();
        assert!(registry.close_events(&id, &streams[2]) && other.is_cancelled());
        assert!(!registry.close_events(&id, &streams[2]));
        drop(session);
        assert!(second.is_cancelled());
        assert_eq!(registry.open_events(&id, Events::all()), None);
    }
}
