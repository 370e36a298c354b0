//! The door: connections that do not publish yet.
//!
//! Anybody can connect, so those who only sit there are limited in number. When it is full, the one that has waited
//! longest is sent away, so that idle connections never keep an encoder out.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// Connections that may wait at once, in all and from one address.
const MAX_WAITING: usize = 1_000;
const MAX_WAITING_PER_ADDRESS: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Door {
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    /// In order of arrival.
    list: BTreeMap<u64, (IpAddr, CancellationToken)>,
}

impl Door {
    /// A connection from `address` waits. Sends the oldest away if it is full.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Place {
        let mut waiting = self.waiting.lock();
        let same = waiting.list.values().filter(|(other, _)| *other == address).count();
        let leaves = if same >= MAX_WAITING_PER_ADDRESS {
            waiting.list.iter().find(|(_, (other, _))| *other == address).map(|(number, _)| *number)
        } else if waiting.list.len() >= MAX_WAITING {
            waiting.list.keys().next().copied()
        } else {
            None
        };
        if let Some((_, sent_away)) = leaves.and_then(|number| waiting.list.remove(&number)) {
            sent_away.cancel();
        }
        let (number, token) = (waiting.next, CancellationToken::new());
        waiting.next += 1;
        waiting.list.insert(number, (address, token.clone()));
        drop(waiting);
        Place { door: self.clone(), number, token }
    }
}

/// A place at the door, free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    door: Arc<Door>,
    number: u64,
    token: CancellationToken,
}

impl Place {
    /// Waits until this connection is sent away in favour of a newer one.
    pub(super) async fn sent_away(&self) {
        self.token.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.door.waiting.lock().list.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: usize) -> IpAddr {
        IpAddr::from([10, 0, (last / 256) as u8, (last % 256) as u8])
    }

    fn sent_away(places: &[Place]) -> Vec<usize> {
        (0..places.len()).filter(|index| places[*index].token.is_cancelled()).collect()
    }

    #[test]
    fn the_oldest_of_a_crowded_address_leaves_and_others_stay() {
        let door = Arc::new(Door::default());
        let mut places = vec![door.enter(address(1))];
        places.extend((0..MAX_WAITING_PER_ADDRESS).map(|_| door.enter(address(2))));
        places.push(door.enter(address(2)));
        assert_eq!(sent_away(&places), [1]);
    }

    #[test]
    fn the_oldest_of_all_leaves_when_it_is_full() {
        let door = Arc::new(Door::default());
        let mut places: Vec<_> = (0..MAX_WAITING).map(|index| door.enter(address(index))).collect();
        drop(places.remove(0));
        places.push(door.enter(address(5_000)));
        assert_eq!(sent_away(&places), [] as [usize; 0]);
        places.push(door.enter(address(5_001)));
        assert_eq!(sent_away(&places), [0]);
    }
}
