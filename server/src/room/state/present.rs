//! Who is here, by name: read a page at a time by whoever is here as well. Guests are counted, and have no names.

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
        let keepers = if after.is_none() { self.people.keepers_here().take(KEEPERS).collect() } else { Vec::new() };
        let mut people: Vec<_> = self.people.viewers_here(after.as_ref()).take(PAGE + 1).collect();
        let more = people.len() > PAGE;
        people.truncate(PAGE);
        let (room, guests) = (self.handle.clone(), self.people.guests() as u64);
        self.one(asked.client, &Frame::Present { id: asked.id, room, after, keepers, people, guests, more });
    }
}
