//! Every session of this node by the name in its URL.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::offer::Flow;

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
}

#[derive(Debug)]
pub(crate) struct Registry {
    routes: Mutex<HashMap<String, Route>>,
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

impl Registry {
    pub(crate) fn new(workers: usize) -> Arc<Self> {
        Arc::new(Self { routes: Mutex::default(), loads: (0..workers).map(|_| AtomicUsize::new(0)).collect() })
    }

    /// The worker with the fewest sessions; `None` if there are `limit` already.
    pub(crate) fn least_loaded(&self, limit: usize) -> Option<usize> {
        let loads = || self.loads.iter().map(|load| load.load(Ordering::Relaxed));
        let room = loads().sum::<usize>() < limit;
        loads().enumerate().filter(|_| room).min_by_key(|&(_, load)| load).map(|(worker, _)| worker)
    }

    /// Names a new session with 128 random bits.
    pub(crate) fn register(self: &Arc<Self>, route: Route) -> Registered {
        let (id, worker) = (random_name(), route.worker);
        if let Some(load) = self.loads.get(worker) {
            load.fetch_add(1, Ordering::Relaxed);
        }
        self.routes.lock().insert(id.clone(), route);
        Registered { registry: self.clone(), id, worker }
    }

    pub(crate) fn route(&self, id: &str) -> Option<Route> {
        self.routes.lock().get(id).cloned()
    }

    /// Replaces a session's entity tag after an ICE restart. Returns the new one.
    pub(crate) fn renew_etag(&self, id: &str) -> Option<String> {
        let etag = random_etag();
        self.routes.lock().get_mut(id)?.etag.clone_from(&etag);
        Some(etag)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.registry.routes.lock().remove(&self.id);
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
        Route { flow: Flow::Plays, handle: None, worker, key: 0, etag: random_etag() }
    }

    #[test]
    fn sessions_go_to_the_emptiest_worker_until_all_are_full() {
        let registry = Registry::new(2);
        let first = registry.register(route(0));
        assert_eq!(registry.least_loaded(2), Some(1));
        let _second = registry.register(route(1));
        assert_eq!(registry.least_loaded(2), None);
        drop(first);
        assert_eq!(registry.least_loaded(2), Some(0));
    }

    #[test]
    fn a_dropped_session_is_gone_and_a_restart_changes_its_tag() {
        let registry = Registry::new(1);
        let session = registry.register(route(0));
        let id = session.id.clone();
        let before = registry.route(&id).unwrap().etag;
        assert_ne!(registry.renew_etag(&id).unwrap(), before);
        drop(session);
        assert_eq!(registry.route(&id), None);
    }
}
