//! Whom a connection is told of by name: everybody who is here in person, but who does not want to be listed only if that is
//! themselves or they keep the room in order.

use std::collections::BTreeMap;
use std::ops::Bound;

use klieg_api::Handle;
use klieg_api::room::Author;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Facts, People, Person};
use crate::socket::ClientId;

/// Whether somebody is named to others in the list of who is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub on: bool,
    /// When they said so, in milliseconds since 1970, later each time; 0 if they never did.
    pub since: i64,
}

impl Default for Listed {
    fn default() -> Self {
        Self { on: true, since: 0 }
    }
}

impl People {
    /// How many are here whom a connection is not told of by name, besides the guests.
    pub(in crate::room::state) fn unlisted(&self, to: ClientId) -> usize {
        if self.role(to).moderates() {
            return 0;
        }
        let is_self = self.account(to).is_some_and(|account| self.unlisted.contains(&account));
        self.unlisted.len() - usize::from(is_self)
    }

    /// Whether a connection is told of somebody by name.
    fn is_named(&self, person: &Person, to: ClientId) -> bool {
        let Facts { account, listed, .. } = person.facts;
        listed.on || self.account(to) == Some(account) || self.role(to).moderates()
    }

    /// Somebody is named to others from now on or not, unless they have said something else since.
    pub(in crate::room::state) fn set_listed(&mut self, account: Uuid, listed: Listed) {
        if let Some(person) = self.known.get_mut(&account)
            && listed.since > person.facts.listed.since
        {
            person.facts.listed = listed;
            self.note_listed(account);
        }
    }

    /// Notes whether somebody is here who is not named to others.
    pub(super) fn note_listed(&mut self, account: Uuid) {
        let wants = self.known.get(&account).is_some_and(|person| !person.facts.listed.on);
        if wants && self.is_in_person(account) {
            self.unlisted.insert(account);
        } else {
            self.unlisted.remove(&account);
        }
    }

    /// The creator if they are here in person, then the moderators who are, by their handles, as far as a connection is told.
    pub(in crate::room::state) fn keepers_here(&self, to: ClientId) -> impl Iterator<Item = Author> {
        let here = |account: Uuid| {
            let person = self.known.get(&account).filter(|_| self.is_in_person(account));
            person.filter(|person| self.is_named(person, to))
        };
        let moderators = self.moderators.keys().filter_map(|account| here(*account));
        let by_handle: BTreeMap<&Handle, &Person> = moderators.map(|person| (&person.facts.handle, person)).collect();
        here(self.creator).into_iter().chain(by_handle.into_values()).map(move |person| self.author(&person.facts))
    }

    /// Everybody else who is here in person, by their handles, likewise: those after this one, or from the first on.
    pub(in crate::room::state) fn viewers_here(
        &self,
        to: ClientId,
        after: Option<&Handle>,
    ) -> impl Iterator<Item = Author> {
        let first = after.map_or(Bound::Unbounded, Bound::Excluded);
        let accounts = self.here.range::<Handle, _>((first, Bound::Unbounded)).map(|(_, account)| *account);
        let viewers = accounts.filter(move |account| !self.role_of(*account).moderates());
        let viewers = viewers.filter_map(move |account| self.known.get(&account));
        viewers.filter(move |person| self.is_named(person, to)).map(move |person| self.author(&person.facts))
    }
}
