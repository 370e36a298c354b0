//! What stands although it could not be written down.
//!
//! Who keeps a room in order relies on it: a ban, a deletion, a filter, the shield, the end of somebody's rights are not
//! undone because a disk is full. They hold, whoever asked for them is told that they are not written down yet, and the
//! journal is asked again until it keeps them or something later takes their place. What would give people more than the
//! tables do, a lifted ban or a new moderator, does not stand: it is taken back.

use std::collections::VecDeque;

use super::keeping::{Before, Then};
use super::said::State;
use super::{Asked, Now, Record, Room, Ticket};

/// How long until the journal is asked again, in milliseconds, and for how much at once.
const AGAIN: i64 = 2_000;
const AT_ONCE: usize = 100;
/// Records that may wait for that. What is lost while so many do is taken back; what cannot be, holds until the room is closed.
const MOST: usize = 4_000;

/// Records that are to be said again, in order. What would be so without one is in its `Guard`.
#[derive(Debug, Default)]
pub(super) struct Owed {
    all: VecDeque<Then>,
    due: i64,
}

impl Owed {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn add(&mut self, then: Then, at: i64) {
        // What was said of the same later, and lost sooner, has taken its place.
        if let Then::Guard(before, _) = &then
            && let Some(known) = self.all.iter_mut().find_map(|later| match later {
                Then::Guard(known, _) if known.is_of_same(before) => Some(known),
                _ => None,
            })
        {
            known.clone_from(before);
            return;
        }
        if self.due <= at {
            self.due = at + AGAIN;
        }
        self.all.push_back(then);
    }

    pub(super) fn each(&self) -> impl Iterator<Item = &Then> {
        self.all.iter()
    }

    pub(super) fn each_mut(&mut self) -> impl Iterator<Item = &mut Then> {
        self.all.iter_mut()
    }

    /// Whether a record that says something of the same is owed.
    pub(super) fn has(&self, before: &Before) -> bool {
        self.all.iter().any(|then| matches!(then, Then::Guard(known, _) if known.is_of_same(before)))
    }

    /// Something is no longer so as it was owed: what it was before that.
    pub(super) fn take(&mut self, before: &Before) -> Option<Before> {
        let is_of_same = |then: &Then| matches!(then, Then::Guard(known, _) if known.is_of_same(before));
        let place = self.all.iter().position(is_of_same)?;
        match self.all.remove(place)? {
            Then::Guard(before, _) => Some(before),
            _ => None,
        }
    }
}

impl Room {
    /// Records that wait to be said to the journal again.
    pub fn owes(&self) -> usize {
        self.owed.all.len()
    }

    /// Hands over a record that says what something that protects people is from now on.
    pub(super) fn keep_guard(&mut self, asked: Option<Asked>, record: Record, before: Before) {
        let before = self.owed.take(&before).unwrap_or(before);
        let record = self.signed(asked, record);
        let again = Box::new(record.clone());
        self.keep_then(asked, None, record, Then::Guard(before, again));
    }

    /// Hands over a record that settles something for good.
    pub(super) fn keep_final(&mut self, asked: Option<Asked>, record: Record) {
        let record = self.signed(asked, record);
        let again = Box::new(record.clone());
        self.keep_then(asked, None, record, Then::Final(again));
    }

    /// Whether something stands although this record of it is lost: no later one is on its way, and without it there would be
    /// less that protects people.
    pub(super) fn stands(&mut self, ticket: Ticket, then: &Then, now: &Now) -> bool {
        match then {
            _ if self.owed.all.len() >= MOST => false,
            Then::Final(_) => true,
            Then::Guard(before, _) => self.later(ticket, before).is_none() && self.is_stricter(before, now),
            _ => false,
        }
    }

    /// Whether the room is stricter in this than it was before.
    fn is_stricter(&self, before: &Before, now: &Now) -> bool {
        match before {
            Before::Silence { account, .. } => self.people.silence(*account, now.at).is_some(),
            Before::Moderator { account, rights } => {
                let now = self.people.rights_of(*account);
                now != *rights && rights.is_some_and(|before| now.is_none_or(|now| now.are_within(before)))
            }
            Before::Filter { pattern, filter } => {
                self.filters.placed(pattern).map(|(_, action)| action) > filter.map(|(_, action)| action)
            }
            Before::Settings(settings) => self.shields_more(settings, now.at),
            _ => false,
        }
    }

    /// Says again what the journal has lost, if it is time. Returns when to do so again.
    pub(super) fn say_again(&mut self, now: &Now) -> Option<i64> {
        if !self.owed.is_empty() && now.at >= self.owed.due {
            self.owed.due = now.at + AGAIN;
            for _ in 0..AT_ONCE {
                let Some(then) = self.owed.all.pop_front() else { break };
                if let Then::Guard(_, record) | Then::Final(record) = &then
                    && !self.is_moot(record)
                {
                    self.keep_then(None, None, Record::clone(record), then);
                }
            }
        }
        (!self.owed.is_empty()).then_some(self.owed.due)
    }

    /// Whether it has come to nothing: what was approved is deleted since.
    fn is_moot(&self, record: &Record) -> bool {
        let is_deleted = |id: &String| self.history.find(id).is_some_and(|said| said.state == State::Deleted);
        matches!(record, Record::State { messages, state: State::Shown, .. } if messages.iter().all(is_deleted))
    }
}
