//! Places that are shared fairly: so many for all, of which one person and one room may each have a part.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use uuid::Uuid;

/// In which room somebody linked to something, and who.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::room) struct Asker {
    pub room: Uuid,
    pub account: Uuid,
}

/// How many places there are for all, and of these for one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub all: usize,
    pub room: usize,
    pub person: usize,
}

#[derive(Debug)]
pub(super) struct Places {
    sizes: Sizes,
    taken: Mutex<Taken>,
}

/// Who has a place; nothing of whom has none.
#[derive(Debug, Default)]
struct Taken {
    all: usize,
    rooms: HashMap<Uuid, usize>,
    people: HashMap<Uuid, usize>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(in crate::room) struct Place {
    places: Arc<Places>,
    asker: Asker,
}

impl Places {
    pub(super) fn new(sizes: Sizes) -> Arc<Self> {
        Arc::new(Self { sizes, taken: Mutex::default() })
    }

    /// A place, if one is free that `asker` may have.
    pub(super) fn take(self: &Arc<Self>, asker: Asker) -> Option<Place> {
        let Sizes { all, room, person } = self.sizes;
        let mut taken = self.taken.lock();
        let of = |counts: &HashMap<Uuid, usize>, who| counts.get(&who).copied().unwrap_or_default();
        if taken.all >= all || of(&taken.rooms, asker.room) >= room || of(&taken.people, asker.account) >= person {
            return None;
        }
        taken.all += 1;
        *taken.rooms.entry(asker.room).or_default() += 1;
        *taken.people.entry(asker.account).or_default() += 1;
        Some(Place { places: self.clone(), asker })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock();
        taken.all -= 1;
        give_back(&mut taken.rooms, self.asker.room);
        give_back(&mut taken.people, self.asker.account);
    }
}

fn give_back(counts: &mut HashMap<Uuid, usize>, who: Uuid) {
    if let Some(count) = counts.get_mut(&who) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&who);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asker(room: u128, account: u128) -> Asker {
        Asker { room: Uuid::from_u128(room), account: Uuid::from_u128(account) }
    }

    #[test]
    fn nobody_and_no_room_takes_the_places_of_others() {
        let places = Places::new(Sizes { all: 6, room: 3, person: 2 });
        let mut taken = vec![places.take(asker(1, 1)).unwrap(), places.take(asker(2, 1)).unwrap()];
        assert!(places.take(asker(3, 1)).is_none(), "two for one person, in whichever rooms");
        taken.extend([places.take(asker(1, 2)).unwrap(), places.take(asker(1, 3)).unwrap()]);
        assert!(places.take(asker(1, 4)).is_none(), "three for one room");
        taken.extend([places.take(asker(2, 4)).unwrap(), places.take(asker(3, 5)).unwrap()]);
        assert!(places.take(asker(4, 6)).is_none(), "six for all");
        taken.remove(0);
        let free = places.take(asker(1, 2)).unwrap();
        drop(free);
        taken.push(places.take(asker(1, 1)).unwrap());
        assert!(places.take(asker(3, 6)).is_none());
    }

    #[test]
    fn nothing_is_remembered_of_whom_has_no_place() {
        let places = Places::new(Sizes { all: 8, room: 8, person: 8 });
        let taken: Vec<_> = (0..8).map(|number| places.take(asker(number, number / 2)).unwrap()).collect();
        assert_eq!(places.taken.lock().rooms.len(), 8);
        drop(taken);
        let left = places.taken.lock();
        assert!(left.all == 0 && left.rooms.is_empty() && left.people.is_empty(), "{left:?}");
    }
}
