//! Who is here, by name: read while somebody looks at it, a page at a time, and again when more or fewer are here.

use klieg_api::Handle;
use klieg_api::live::Command;
use klieg_api::room::Author;

use super::{Asked, Link, Room};

/// It is read again no sooner than after so many milliseconds: a list that one reads stands still.
const AGAIN: u64 = 10_000;

/// How far it is known who is here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// It was asked for, or is once there is a connection.
    #[default]
    Asked,
    Read,
    /// It was asked for and not told.
    Refused,
}

/// Who is here, as far as it was read.
#[derive(Debug, Default)]
pub struct Present {
    /// The creator, then the moderators by their handles.
    pub keepers: Vec<Author>,
    /// Everybody else who is logged in, by their handles.
    pub people: Vec<Author>,
    /// There are more after the last of these.
    pub more: bool,
    /// How many are not logged in.
    pub guests: u64,
    /// How many are logged in and do not want to be named.
    pub unlisted: u64,
    pub reading: Reading,
    /// More than the first page was read.
    goes_on: bool,
    /// How many are here by the first page, or were when it was asked for if it is not all of them; and when that was.
    asked: (u64, u64),
}

impl Present {
    /// Whether anybody is known to be here.
    pub fn is_known(&self) -> bool {
        self.guests > 0 || self.unlisted > 0 || !self.keepers.is_empty() || !self.people.is_empty()
    }

    /// Whether the list is not what it would be if it was read now. Who has read on is not taken back to where it begins.
    fn is_old(&self, present: u64, now: u64) -> bool {
        let (of, at) = self.asked;
        self.reading == Reading::Read && !self.goes_on && of != present && now >= at.saturating_add(AGAIN)
    }
}

impl Room {
    /// Who is here, while that is looked at.
    pub fn who_is_here(&self) -> Option<&Present> {
        self.here.as_ref()
    }

    /// Whether it is looked at who is here: while it is, that is read, and read again now and then. What to send.
    pub fn look_at_present(&mut self, on: bool) -> Vec<String> {
        self.revision += 1;
        self.here = on.then(Present::default);
        self.ask_present(None, Asked::Present)
    }

    /// Reads on after those who are known, or again what was refused. What to send.
    pub fn read_on_present(&mut self) -> Vec<String> {
        let last = self.here.as_ref().and_then(|known| known.people.last());
        let after = last.map(|last| last.handle.clone());
        self.ask_present(after, Asked::Present)
    }

    /// Reads it again, if it has changed.
    pub(super) fn read_present_again(&mut self, now: u64) -> Vec<String> {
        let is_old = self.here.as_ref().is_some_and(|known| known.is_old(self.present, now));
        if is_old { self.ask_present(None, Asked::Again) } else { Vec::new() }
    }

    pub(super) fn ask_present(&mut self, after: Option<Handle>, asked: Asked) -> Vec<String> {
        if self.link != Link::Joined {
            return Vec::new();
        }
        let Some(known) = &mut self.here else { return Vec::new() };
        if asked == Asked::Present {
            known.reading = Reading::Asked;
        }
        if after.is_none() {
            known.asked = (self.present, self.clock);
        }
        self.revision += 1;
        let room = self.handle.clone();
        vec![self.ask(Command::ReadPresent { room, after }, asked)]
    }

    /// Takes in a page: the first, or the one after what is known; with how many have no names, and how many are not named.
    pub(super) fn take_present(
        &mut self,
        after: Option<&Handle>,
        keepers: Vec<Author>,
        people: Vec<Author>,
        (guests, unlisted): (u64, u64),
        more: bool,
    ) {
        let Some(known) = &mut self.here else { return };
        if after.is_none() {
            if !more {
                // Who came or went just before may not be in the number that was told yet.
                known.asked.0 = (keepers.len() + people.len()) as u64 + guests + unlisted;
            }
            (known.keepers, known.people, known.goes_on) = (keepers, people, false);
        } else if known.people.last().map(|last| &last.handle) == after {
            known.people.extend(people);
            known.goes_on = true;
        } else {
            // It was read from the first on meanwhile.
            return;
        }
        (known.guests, known.unlisted, known.more, known.reading) = (guests, unlisted, more, Reading::Read);
    }

    pub(super) fn present_refused(&mut self) {
        if let Some(known) = &mut self.here {
            known.reading = Reading::Refused;
        }
    }
}
