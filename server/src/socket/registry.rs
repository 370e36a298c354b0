//! Whose live connections there are: how many each address has, which belong to a session or an API token, and which to
//! somebody who has logged in and is told what is theirs alone.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use klieg_api::live::Closing;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{ClientId, Outbox};
use crate::accounts::Session;
use crate::cluster::ServerId;
use crate::config::Limits;
use crate::http::problem::Problem;

/// How long a client that was refused should wait.
const WAIT: Duration = Duration::from_secs(10);

/// The connections of one session, or of one person.
type Clients = Vec<(ClientId, Weak<Outbox>)>;

/// Every live connection of this server.
pub struct Registry {
    next: AtomicU64,
    most: usize,
    most_of_one: Option<usize>,
    /// How many each has that count.
    addresses: Mutex<HashMap<IpAddr, usize>>,
    sessions: Mutex<HashMap<Uuid, Clients>>,
    /// By account, of those who have logged in.
    people: Mutex<HashMap<Uuid, Clients>>,
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
}

/// A connection's place among those of its address.
pub struct Place {
    pub client: ClientId,
    address: IpAddr,
    is_local: bool,
    registry: Arc<Registry>,
}

impl Registry {
    /// Of a server, with room for `most` connections, and `most_of_one` of one address. Without that as many as usual, and any number
    /// of this machine's own.
    pub fn new(server: ServerId, most: usize, most_of_one: Option<usize>) -> Arc<Self> {
        Arc::new(Self {
            next: AtomicU64::new(u64::from(server.0) << 32 | 1),
            most,
            most_of_one,
            addresses: Mutex::default(),
            sessions: Mutex::default(),
            people: Mutex::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    /// A place for one more connection of this address. `is_local` if it is a program's of this machine.
    pub fn place(self: &Arc<Self>, address: IpAddr, is_local: bool) -> Result<Place, Problem> {
        let is_counted = self.counts(is_local);
        let mut addresses = self.addresses.lock();
        let own = addresses.get(&address).copied().unwrap_or_default();
        let is_full = is_counted && own >= self.most_of_one.unwrap_or(Limits::LIVE_CONNECTIONS);
        if is_full || self.tasks.len() >= self.most {
            return Err(Problem::too_many(WAIT));
        }
        if is_counted {
            addresses.insert(address, own + 1);
        }
        let client = ClientId(self.next.fetch_add(1, Ordering::Relaxed));
        Ok(Place { client, address, is_local, registry: self.clone() })
    }

    /// Whether a connection counts among those of its address: what has no bound takes no places of others, such as a browser on this
    /// machine.
    fn counts(&self, is_local: bool) -> bool {
        !is_local || self.most_of_one.is_some()
    }

    /// Notes that a connection belongs to a session; an API token stands for one, but not for its owner in person.
    pub(super) fn belongs(&self, client: ClientId, session: Session, in_person: bool, outbox: &Arc<Outbox>) {
        let entry = (client, Arc::downgrade(outbox));
        if in_person {
            self.people.lock().entry(session.account).or_default().push(entry.clone());
        }
        self.sessions.lock().entry(session.id).or_default().push(entry);
    }

    /// Notes that it is gone.
    pub(super) fn is_gone(&self, client: ClientId, session: Session) {
        for (of, whose) in [(&self.sessions, session.id), (&self.people, session.account)] {
            let mut of = of.lock();
            if let Some(clients) = of.get_mut(&whose) {
                clients.retain(|(known, _)| *known != client);
                if clients.is_empty() {
                    of.remove(&whose);
                }
            }
        }
    }

    /// The accounts of those who have logged in and are connected.
    pub fn people(&self) -> Vec<Uuid> {
        self.people.lock().keys().copied().collect()
    }

    /// Whether somebody has logged in and is connected.
    pub fn is_here(&self, account: Uuid) -> bool {
        self.people.lock().contains_key(&account)
    }

    /// Sends bytes that are whole frames to all connections of somebody who has logged in.
    pub fn tell(&self, account: Uuid, frames: &Bytes) {
        let clients = self.people.lock().get(&account).cloned().unwrap_or_default();
        for outbox in clients.iter().filter_map(|(_, outbox)| outbox.upgrade()) {
            outbox.put(frames);
        }
    }

    /// The sessions that have connections.
    pub fn sessions(&self) -> Vec<Uuid> {
        self.sessions.lock().keys().copied().collect()
    }

    /// Closes the connections of a session that is over.
    pub fn end_session(&self, session: Uuid) {
        let clients = self.sessions.lock().remove(&session).unwrap_or_default();
        for outbox in clients.iter().filter_map(|(_, outbox)| outbox.upgrade()) {
            outbox.close(Closing::LoggedOut);
        }
    }

    /// Tells all clients to come back later, and waits until they are gone.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Place {
    /// The address that counts for limits.
    pub(super) fn address(&self) -> IpAddr {
        self.address
    }

    /// Whether a program of this machine has it.
    pub(super) fn is_local(&self) -> bool {
        self.is_local
    }

    pub(super) fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.registry.counts(self.is_local) {
            return;
        }
        let mut addresses = self.registry.addresses.lock();
        if let Some(own) = addresses.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                addresses.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_addresses_together_have_so_many_connections_and_each_so_many_of_its_own() {
        let registry = Registry::new(ServerId(1), 3, Some(2));
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let take = |address| {
            let place = registry.place(address, false).unwrap();
            registry.tasks.spawn(std::future::pending::<()>());
            place
        };
        let first = (take(one), take(one));
        assert!(registry.place(one, false).is_err(), "two of one address");
        let last = take(other);
        assert!(registry.place(other, false).is_err(), "three of all");
        drop((first, last));
        assert!(registry.addresses.lock().is_empty(), "nobody is remembered who is not here");
    }

    #[test]
    fn this_machine_has_as_many_connections_as_it_likes_unless_the_operator_says_how_many() {
        let address = IpAddr::from([127, 0, 0, 1]);
        let taken = |most_of_one, is_local| {
            let registry = Registry::new(ServerId(1), usize::MAX, most_of_one);
            let places: Vec<Place> = (0..2_001).map_while(|_| registry.place(address, is_local).ok()).collect();
            places.len()
        };
        assert_eq!(taken(None, true), 2_001);
        assert_eq!(taken(None, false), 2_000, "a proxy on it may ask for anybody");
        assert_eq!((taken(Some(3), true), taken(Some(3), false)), (3, 3));
    }

    #[test]
    fn what_has_no_bound_takes_no_places_of_others_at_the_same_address() {
        let address = IpAddr::from([127, 0, 0, 1]);
        let registry = Registry::new(ServerId(1), usize::MAX, None);
        let places: Vec<Place> = (0..2_001).map(|_| registry.place(address, true).unwrap()).collect();
        let page = registry.place(address, false).unwrap();
        drop(places);
        assert_eq!(registry.addresses.lock().get(&address), Some(&1));
        drop(page);
        assert!(registry.addresses.lock().is_empty());
    }
}
