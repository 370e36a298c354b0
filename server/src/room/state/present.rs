//! Who is here, by name: read a page at a time by whoever is here as well. Guests are counted, and have no names; who does not
//! want to be listed is counted, and named to themselves and who keeps the room in order.

use klieg_api::Handle;
use klieg_api::live::Frame;

use super::talk::not_here;
use super::{Asked, Room};

/// People named at once, besides those who keep the room; and how many of these.
const PAGE: usize = 50;
const KEEPERS: usize = 200;

impl Room {
    /// Somebody who is here wants to know who else is: those after this handle, or the first.
    pub fn read_present(&mut self, asked: Asked, after: Option<Handle>) {
        if !self.people.is_here(asked.client) {
            return self.refuse(asked, not_here(), None);
        }
        let to = asked.client;
        let keepers = if after.is_none() { self.people.keepers_here(to).take(KEEPERS).collect() } else { Vec::new() };
        let mut people: Vec<_> = self.people.viewers_here(to, after.as_ref()).take(PAGE + 1).collect();
        let more = people.len() > PAGE;
        people.truncate(PAGE);
        let (guests, unlisted) = (self.people.guests() as u64, self.people.unlisted(to) as u64);
        let (id, room) = (asked.id, self.handle.clone());
        self.one(to, &Frame::Present { id, room, after, keepers, people, guests, unlisted, more });
    }
}
