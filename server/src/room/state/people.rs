//! Who is in a room: connections, the people behind them, what these are and how they behave.

mod here;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use klieg_api::Handle;
use klieg_api::room::{Author, Badge, Rights, Role, You};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

pub use here::Listed;

use super::{Actor, Rate};
use crate::database::{millis, moment};
use crate::socket::ClientId;

/// What is known of somebody who joins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub account: Uuid,
    pub handle: Handle,
    /// The name they chose to be shown by.
    pub name: Option<String>,
    pub follows_since: Option<OffsetDateTime>,
    /// Points that they have here.
    pub points: u64,
    /// It is a program of theirs that joins, by an API token.
    pub is_program: bool,
    /// Which token that is.
    #[serde(default)]
    pub token: Option<Uuid>,
    /// When they wrote something here that is still shown, in milliseconds since 1970; none if they did not.
    #[serde(default)]
    pub wrote_at: Option<i64>,
    #[serde(default)]
    pub listed: Listed,
}

/// That somebody may not write: until then, or until further notice, which is a ban.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Milliseconds since 1970.
    pub until: Option<i64>,
    /// When it began, likewise: its name among those of one account.
    pub since: i64,
}

impl Silence {
    pub fn is_ban(self) -> bool {
        self.until.is_none()
    }

    pub(super) fn holds(self, at: i64) -> bool {
        self.until.is_none_or(|until| until > at)
    }
}

#[derive(Debug)]
pub(super) struct Person {
    pub facts: Facts,
    connections: Vec<ClientId>,
    /// When they wrote or tried to lately, oldest first, in milliseconds.
    written: VecDeque<i64>,
    /// When they reacted or voted lately, likewise.
    acted: VecDeque<i64>,
    /// What they wrote last, folded.
    pub last: Option<(i64, String)>,
    /// When they wrote something that is older than what the room remembers, likewise.
    wrote_at: Option<i64>,
    left_at: i64,
}

#[derive(Debug)]
pub(super) struct People {
    creator: Uuid,
    moderators: HashMap<Uuid, Rights>,
    silences: HashMap<Uuid, Silence>,
    clients: HashMap<ClientId, Option<Uuid>>,
    /// Those of these that are programs, and those at which the show plays.
    programs: HashSet<ClientId>,
    playing: HashSet<ClientId>,
    /// The API tokens of these.
    tokens: HashMap<ClientId, Uuid>,
    /// Connections of guests, and accounts that are here in person, by their handles.
    guests: usize,
    here: BTreeMap<Handle, Uuid>,
    /// Those of these who are named to nobody but themselves and who keeps order.
    unlisted: HashSet<Uuid>,
    known: HashMap<Uuid, Person>,
    /// When people who have left were last looked through.
    looked: i64,
}

impl People {
    pub(super) fn new(creator: Uuid, moderators: Vec<(Uuid, Rights)>, silences: Vec<(Uuid, Silence)>) -> Self {
        Self {
            creator,
            moderators: moderators.into_iter().collect(),
            silences: silences.into_iter().collect(),
            clients: HashMap::new(),
            programs: HashSet::new(),
            playing: HashSet::new(),
            tokens: HashMap::new(),
            guests: 0,
            here: BTreeMap::new(),
            unlisted: HashSet::new(),
            known: HashMap::new(),
            looked: 0,
        }
    }

    pub(super) fn creator(&self) -> Uuid {
        self.creator
    }

    /// The name by which the creator is shown, if they are known.
    pub(super) fn creator_name(&self) -> Option<String> {
        self.known.get(&self.creator)?.facts.name.clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.clients.len()
    }

    /// How many people are here: who has an account counts once, however many windows they have, and their programs do not; guests
    /// by connection.
    pub(super) fn present(&self) -> usize {
        self.guests + self.here.len()
    }

    /// Likewise, without the creator.
    pub(super) fn viewers(&self) -> usize {
        self.present() - usize::from(self.is_in_person(self.creator))
    }

    /// Whether somebody is here themselves: their programs stand for nobody who watches.
    pub(super) fn is_in_person(&self, account: Uuid) -> bool {
        let person = self.known.get(&account);
        person.is_some_and(|person| person.connections.iter().any(|client| !self.programs.contains(client)))
    }

    /// Notes whether the show plays at a connection.
    pub(super) fn set_playing(&mut self, client: ClientId, playing: bool) {
        if playing {
            self.playing.insert(client);
        } else {
            self.playing.remove(&client);
        }
    }

    /// Whether the show plays in any of somebody's windows.
    pub(super) fn is_watching(&self, account: Uuid) -> bool {
        let is_watched = |client: &ClientId| self.playing.contains(client) && !self.programs.contains(client);
        self.known.get(&account).is_some_and(|person| person.connections.iter().any(is_watched))
    }

    /// How many are here of whom nobody knows who they are.
    pub(super) fn guests(&self) -> usize {
        self.guests
    }

    /// Whether the connection was not here before.
    pub(super) fn enter(&mut self, client: ClientId, facts: Option<Facts>, at: i64) -> bool {
        let account = facts.as_ref().map(|facts| facts.account);
        let before = self.clients.insert(client, account);
        self.guests -= usize::from(before == Some(None));
        self.guests += usize::from(account.is_none());
        if let Some(mut facts) = facts {
            if facts.is_program {
                self.programs.insert(client);
            }
            if let Some(token) = facts.token {
                self.tokens.insert(client, token);
            }
            let (account, handle) = (facts.account, facts.handle.clone());
            let person = self.known.entry(facts.account).or_insert_with(|| Person {
                facts: facts.clone(),
                connections: Vec::new(),
                written: VecDeque::new(),
                acted: VecDeque::new(),
                last: None,
                wrote_at: None,
                left_at: at,
            });
            // It may have been read before the room was told.
            if person.facts.listed.since > facts.listed.since {
                facts.listed = person.facts.listed;
            }
            person.facts = facts;
            if !person.connections.contains(&client) {
                person.connections.push(client);
            }
            if self.is_in_person(account) {
                self.here.insert(handle, account);
            }
            self.note_listed(account);
        }
        before.is_none()
    }

    /// Whether the connection was here.
    pub(super) fn exit(&mut self, client: ClientId, at: i64) -> bool {
        let Some(account) = self.clients.remove(&client) else { return false };
        self.programs.remove(&client);
        self.playing.remove(&client);
        self.tokens.remove(&client);
        self.guests -= usize::from(account.is_none());
        if let Some(person) = account.and_then(|account| self.known.get_mut(&account)) {
            person.connections.retain(|known| *known != client);
            person.left_at = at;
            if person.connections.iter().all(|client| self.programs.contains(client)) {
                self.here.remove(&person.facts.handle);
                self.unlisted.remove(&person.facts.account);
            }
        }
        true
    }

    /// Forgets people who left before then.
    pub(super) fn forget(&mut self, before: i64) {
        // Looking through everybody at each tick would cost more than it frees.
        if before - self.looked > 60_000 {
            self.looked = before;
            self.known.retain(|_, person| !person.connections.is_empty() || person.left_at > before);
            self.silences.retain(|_, silence| silence.holds(before));
        }
    }

    pub(super) fn is_here(&self, client: ClientId) -> bool {
        self.clients.contains_key(&client)
    }

    pub(super) fn account(&self, client: ClientId) -> Option<Uuid> {
        *self.clients.get(&client)?
    }

    /// Who does something from there, if that is no guest.
    pub(super) fn actor(&self, client: ClientId) -> Option<Actor> {
        Some(Actor { account: self.account(client)?, by: self.tokens.get(&client).copied() })
    }

    pub(super) fn get(&self, account: Uuid) -> Option<&Person> {
        self.known.get(&account)
    }

    pub(super) fn person(&mut self, account: Uuid) -> Option<&mut Person> {
        self.known.get_mut(&account)
    }

    /// Notes that somebody wrote something then that the room does not remember any more.
    pub(super) fn wrote_before(&mut self, account: Uuid, at: i64) {
        if let Some(person) = self.known.get_mut(&account) {
            person.wrote_at = Some(person.wrote_at.map_or(at, |known| known.min(at)));
        }
    }

    pub(super) fn role_of(&self, account: Uuid) -> Role {
        if account == self.creator {
            Role::Creator
        } else if self.moderators.contains_key(&account) {
            Role::Moderator
        } else {
            Role::Viewer
        }
    }

    /// What somebody may do to keep the room in order; none if that is not theirs.
    pub(super) fn rights_of(&self, account: Uuid) -> Option<Rights> {
        if account == self.creator { Some(Rights::ALL) } else { self.moderators.get(&account).copied() }
    }

    pub(super) fn role(&self, client: ClientId) -> Role {
        self.account(client).map_or(Role::Guest, |account| self.role_of(account))
    }

    pub(super) fn you(&self, client: ClientId, at: i64) -> You {
        let Some(account) = self.account(client) else { return You::default() };
        You {
            role: self.role_of(account),
            rights: self.rights_of(account).unwrap_or_default(),
            silenced_until: self.silence(account, at).and_then(|silence| silence.until).map(moment),
            follows_since: self.known.get(&account).and_then(|person| person.facts.follows_since),
            ..You::default()
        }
    }

    pub(super) fn author(&self, facts: &Facts) -> Author {
        let badges = match self.role_of(facts.account) {
            Role::Creator => vec![Badge::Creator],
            Role::Moderator => vec![Badge::Moderator],
            Role::Viewer | Role::Guest => Vec::new(),
        };
        Author { handle: facts.handle.clone(), name: facts.name.clone(), badges }
    }

    /// Somebody as the author of what they write at this connection, which may be a program's.
    pub(super) fn author_at(&self, client: ClientId, facts: &Facts) -> Author {
        let mut author = self.author(facts);
        author.badges.extend(self.programs.contains(&client).then_some(Badge::Bot));
        author
    }

    /// All connections but the creator's.
    pub(super) fn strangers(&self) -> Vec<ClientId> {
        let strangers = self.clients.iter().filter(|(_, account)| **account != Some(self.creator));
        strangers.map(|(client, _)| *client).collect()
    }

    /// The connections of the creator and the moderators.
    pub(super) fn moderators(&self) -> Vec<ClientId> {
        let accounts = self.moderators.keys().chain([&self.creator]);
        accounts.filter_map(|account| self.known.get(account)).flat_map(|person| person.connections.clone()).collect()
    }

    /// Whether somebody of this handle is here in person: their programs read nothing to them.
    pub(super) fn is_present(&self, handle: &Handle) -> bool {
        self.here.contains_key(handle)
    }

    pub(super) fn connections_of(&self, account: Uuid) -> Vec<ClientId> {
        self.known.get(&account).map(|person| person.connections.clone()).unwrap_or_default()
    }

    /// Makes somebody a moderator with these rights, or none.
    pub(super) fn appoint(&mut self, account: Uuid, rights: Option<Rights>) {
        match rights {
            Some(rights) => drop(self.moderators.insert(account, rights)),
            None => drop(self.moderators.remove(&account)),
        }
    }

    /// What keeps somebody from writing now.
    pub(super) fn silence(&self, account: Uuid, at: i64) -> Option<Silence> {
        self.silences.get(&account).copied().filter(|silence| silence.holds(at))
    }

    /// What silenced somebody last, whether it holds still or not.
    pub(super) fn any_silence(&self, account: Uuid) -> Option<Silence> {
        self.silences.get(&account).copied()
    }

    /// Silences somebody, or lets them write again.
    pub(super) fn set_silence(&mut self, account: Uuid, silence: Option<Silence>) {
        match silence {
            Some(silence) => {
                self.silences.insert(account, silence);
            }
            None => {
                self.silences.remove(&account);
            }
        }
    }

    /// The connections of who follows, or does not any more.
    pub(super) fn follows(&mut self, account: Uuid, since: Option<OffsetDateTime>) -> Vec<ClientId> {
        let Some(person) = self.known.get_mut(&account) else { return Vec::new() };
        person.facts.follows_since = since;
        person.connections.clone()
    }
}

impl Person {
    /// Milliseconds to wait before writing again, by the rate and by slow mode.
    pub(super) fn wait(&self, at: i64, rate: Rate, slow_s: u32) -> Option<i64> {
        let per = rate.per.as_millis() as i64;
        let by_rate = (self.written.len() >= rate.count)
            .then(|| self.written.get(self.written.len() - rate.count).map(|oldest| oldest + per - at))
            .flatten();
        let by_slow = self.last.as_ref().map(|(last, _)| last + i64::from(slow_s) * 1_000 - at);
        by_rate.into_iter().chain(by_slow).filter(|wait| *wait > 0).max()
    }

    /// Counts that they do something, or says for how many milliseconds they have to wait.
    pub(super) fn acts(&mut self, at: i64, rate: Rate) -> Result<(), i64> {
        let per = rate.per.as_millis() as i64;
        while self.acted.front().is_some_and(|first| first + per <= at) {
            self.acted.pop_front();
        }
        match self.acted.front() {
            Some(first) if self.acted.len() >= rate.count => Err(first + per - at),
            _ => {
                self.acted.push_back(at);
                Ok(())
            }
        }
    }

    pub(super) fn wrote(&mut self, at: i64, rate: Rate, folded: String) {
        self.tried(at, rate);
        self.last = Some((at, folded));
    }

    /// Counts that they wanted to write something.
    pub(super) fn tried(&mut self, at: i64, rate: Rate) {
        if self.written.len() >= rate.count {
            self.written.pop_front();
        }
        self.written.push_back(at);
    }

    /// Whether they wrote something before then that the room does not remember any more.
    pub(super) fn wrote_long_before(&self, at: i64) -> bool {
        self.wrote_at.is_some_and(|wrote| wrote < at)
    }

    /// Minutes for which they have followed.
    pub(super) fn follows_for(&self, at: i64) -> Option<i64> {
        self.facts.follows_since.map(|since| (at - millis(since)) / 60_000)
    }
}
