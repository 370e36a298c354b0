//! A room as a state machine: what somebody asks goes in with the time, what is to be sent, kept and said comes out.
//!
//! No I/O and no clock, so that every order of events is a plain test. One task drives each room ([`super::driver`]), so
//! the order in which things go in is the room's order.
//!
//! What is said is sent to everybody at once and kept by the journal in the background; who said it is answered only when
//! it is kept. After a restart a room has another epoch: clients then take the room as it is kept, and repeat what was not
//! answered.

mod checks;
mod emotes;
mod find;
mod goals;
mod history;
mod keeping;
mod mentions;
mod moderation;
mod news;
mod pace;
mod people;
mod points;
mod polls;
mod predictions;
mod present;
mod previews;
mod questions;
mod raids;
mod reactions;
mod recall;
mod rewards;
mod rules;
mod said;
mod shares;
mod shield;
mod standing;
mod talk;
mod telling;
#[cfg(test)]
mod tests;
mod unwritten;

use std::collections::BTreeMap;

use bytes::Bytes;
use klieg_api::Handle;
use klieg_api::emotes::Emote;
use klieg_api::live::{Closing, Frame};
use klieg_api::points::Reward;
use klieg_api::raids::Raided;
use klieg_api::room::{Filter, Moment, Poll, Position, Rights, Role, Settings};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::filter::Filters;
use super::record::{Act, Actor, Record};
use crate::alerts::Mention;
use crate::database::millis;
use crate::http::problem::{Kind, Problem};
use crate::socket::ClientId;
pub use checks::Checked;
pub use find::{Find, Wish};
use goals::Followers;
use history::History;
pub use keeping::Known;
use keeping::Unkept;
pub use moderation::Subject;
pub use pace::{Rate, Rates};
use people::People;
pub use people::{Facts, Listed, Silence};
use points::Purses;
use polls::Polls;
pub use polls::Question;
pub use predictions::OpenPrediction;
use predictions::Predictions;
pub use questions::Open as OpenQuestion;
use questions::Questions;
use raids::Raids;
pub use raids::Target;
use reactions::Reactions;
pub use recall::{Past, Recalled};
use rewards::Rewards;
pub use rewards::{Redeeming, Waiting};
use shield::{Flow, Strangers};
use standing::Owed;
pub use talk::Saying;
use telling::{DeskNews, Snapshot};

/// Presence is told at most this often, in milliseconds.
const PRESENCE_EVERY: i64 = 2_000;
/// Emoji are gathered for so long, in milliseconds.
const REACTIONS_EVERY: i64 = 400;
/// People who have left are remembered for so long, in milliseconds, so that leaving does not lift a limit.
const REMEMBERED: i64 = 5 * 60_000;

/// When something happens: by the clock, which never goes back while a room is open, and on the timeline of what is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since 1970.
    pub at: i64,
    pub on: Option<Moment>,
}

/// Who asks, from which connection, under which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub client: ClientId,
    pub id: u64,
}

/// What is to be done.
#[derive(Debug)]
pub enum Out {
    /// Send to everybody who is in the room.
    All(Bytes),
    /// Send to one.
    One(ClientId, Bytes),
    /// What everybody was to be sent until now goes to this connection, which is in, before what follows.
    Flush(ClientId),
    /// Send the room as it is to one: for a while everybody who joins is sent the same bytes.
    Snapshot(ClientId, Bytes),
    /// From here on this connection gets what everybody gets, and nothing of what they were to be sent until now.
    Enter(ClientId),
    /// From here on it gets nothing any more.
    Exit(ClientId),
    /// Close the connection, unless it is in other rooms as well.
    Close(ClientId, Closing),
    /// Look up a message that is not remembered, and say it to the room.
    Find(Find),
    /// Look whether the channel that people are sent to takes them still, and say it to the room.
    SetOff {
        raid: String,
        to: Handle,
        /// Whose channel sends them.
        raider: Uuid,
    },
    /// Tell another channel's room that these people come.
    Raid { to: Uuid, raided: Raided },
    /// Look up what the page at this address says of itself, and say it to the room as what this message links to, which
    /// this account wrote.
    LookUp { account: Uuid, message: String, link: String },
    /// Tell people that they were named: they are not here.
    Absent(Mention),
    /// Tell who was told of these messages that they are deleted.
    Withdrawn(Vec<String>),
    /// Look up in the tables what was said before this message, and say it to the room.
    Recall(Asked, String),
    /// Write this down.
    Keep(Ticket, Record),
}

/// The number of a record that is being kept.
pub type Ticket = u64;

/// What a room is made from.
#[derive(Debug)]
pub struct Kept {
    pub handle: Handle,
    pub creator: Uuid,
    pub settings: Settings,
    pub filters: Vec<Filter>,
    /// What is pinned, if it is shown: it may be older than the latest messages.
    pub pinned: Option<Said>,
    /// Only the creator may be in it.
    pub private: bool,
    /// The latest messages, oldest first.
    pub messages: Vec<Said>,
    /// The number of the last message there ever was.
    pub seq: i64,
    pub moderators: Vec<(Uuid, Rights)>,
    pub silences: Vec<(Uuid, Silence)>,
    /// A poll that has not ended, and who has voted for what.
    pub poll: Option<(Poll, Vec<(Uuid, u32)>)>,
    pub prediction: Option<OpenPrediction>,
    /// The points of those who have a stake in it.
    pub purses: Vec<(Uuid, u64)>,
    pub rewards: Vec<Reward>,
    /// What was redeemed and waits.
    pub waiting: Vec<Waiting>,
    pub questions: Vec<OpenQuestion>,
    /// How many follow the channel.
    pub followers: u64,
    pub emotes: Vec<Emote>,
}

impl Kept {
    /// When what was written down last happened, as far as that is here, in milliseconds since 1970.
    pub fn latest(&self) -> Option<i64> {
        let said = self.messages.iter().map(|said| millis(said.message.at));
        said.chain(self.silences.iter().map(|(_, silence)| silence.since)).max()
    }
}

pub(super) use history::{MOST_HELD, MOST_SHOWN};
pub(super) use rules::{may_silence, not_given};
pub(super) use said::DELAY;
pub use said::{Said, State};

#[derive(Debug)]
pub struct Room {
    handle: Handle,
    epoch: String,
    /// Where the broadcast is that is on.
    on: Option<Moment>,
    settings: Settings,
    filters: Filters,
    people: People,
    history: History,
    reactions: Reactions,
    polls: Polls,
    purses: Purses,
    predictions: Predictions,
    rewards: Rewards,
    questions: Questions,
    raids: Raids,
    followers: Followers,
    emotes: Vec<Emote>,
    desk: DeskNews,
    /// Answers that wait for their record to be kept.
    unkept: BTreeMap<Ticket, Unkept>,
    owed: Owed,
    /// Messages that are being looked up.
    finding: usize,
    tickets: Ticket,
    /// What is being looked up.
    recalling: usize,
    rate: Rate,
    flow: Flow,
    private: bool,
    /// When it was told so last, in milliseconds since 1970.
    private_told: i64,
    strangers: Strangers,
    /// When everybody was told last how many are here, and what; nothing if somebody has been told otherwise since.
    told_present: (i64, Option<usize>),
    snapshot: Option<Snapshot>,
    out: Vec<Out>,
}

impl Room {
    pub fn new(kept: Kept, epoch: String, Rates { one, all }: Rates) -> Self {
        Self {
            people: People::new(kept.creator, kept.moderators, kept.silences),
            history: History::new(kept.messages, kept.seq, kept.pinned),
            private: kept.private,
            private_told: 0,
            handle: kept.handle,
            epoch,
            on: None,
            settings: kept.settings,
            filters: Filters::new(kept.filters),
            reactions: Reactions::default(),
            polls: Polls::new(kept.poll),
            purses: Purses::new(kept.purses),
            predictions: Predictions::new(kept.prediction),
            rewards: Rewards::new(kept.rewards, kept.waiting),
            questions: Questions::new(kept.questions),
            raids: Raids::default(),
            followers: Followers::new(kept.followers),
            emotes: kept.emotes,
            desk: DeskNews::default(),
            unkept: BTreeMap::new(),
            owed: Owed::default(),
            finding: 0,
            tickets: 0,
            recalling: 0,
            rate: one,
            flow: Flow::new(all),
            strangers: Strangers::default(),
            told_present: (0, Some(0)),
            snapshot: None,
            out: Vec::new(),
        }
    }

    /// What has to be done since this was last asked.
    pub fn take(&mut self) -> Vec<Out> {
        std::mem::take(&mut self.out)
    }

    /// Records that are on their way to be kept.
    pub fn on_their_way(&self) -> usize {
        self.unkept.len()
    }

    /// Whether nobody is here, and nothing is on its way to be kept, written down or shown.
    pub fn is_empty(&self) -> bool {
        self.people.connections() == 0
            && self.unkept.is_empty()
            && self.owed.is_empty()
            && self.history.next_release().is_none()
    }

    /// Lets a connection in. A guest has no facts.
    ///
    /// It is told who it is, then the room as it is, or what came since `after`, and then each event once, as it comes. Who is in
    /// already has been sent what came, and is told the room as it is.
    pub fn join(&mut self, now: &Now, asked: Asked, facts: Option<Facts>, after: Option<&Position>) {
        let client = asked.client;
        if let Some(facts) = &facts
            && self.people.silence(facts.account, now.at).is_some_and(Silence::is_ban)
        {
            self.refuse(asked, Problem::new(Kind::BANNED, "You are banned from this room."), None);
            return;
        }
        if self.private && facts.as_ref().is_none_or(|facts| self.people.role_of(facts.account) != Role::Creator) {
            self.refuse(asked, Problem::not_found("channel"), None);
            return;
        }
        if let Some(facts) = &facts {
            self.open_purse(facts.account, facts.points);
        }
        let wrote = facts.as_ref().and_then(|facts| Some((facts.account, facts.wrote_at?)));
        let is_new = self.people.enter(client, facts, now.at);
        // What is in the history may be deleted, and makes nobody known then.
        if let Some((account, at)) = wrote.filter(|(_, at)| self.history.is_before_all(*at)) {
            self.people.wrote_before(account, at);
        }
        if !is_new {
            self.out.push(Out::Flush(client));
            self.set_playing(client, now, false);
        }
        self.tell_you(client, now);
        let after = after.filter(|after| is_new && after.epoch == self.epoch);
        let missed = after.and_then(|after| self.missed(after.offset, self.people.account(client)));
        if let Some(missed) = missed {
            let missed = missed.into_iter().filter(|frames| !frames.is_empty());
            self.out.extend(missed.map(|frames| Out::One(client, frames)));
        } else {
            let snapshot = self.snapshot(now);
            self.out.push(Out::Snapshot(client, snapshot));
        }
        if self.people.role(client).moderates() {
            self.tell_moderator(client);
        }
        let questions = self.people.account(client).map(|account| self.questions.voted(account)).unwrap_or_default();
        if !questions.is_empty() {
            self.one(client, &Frame::Voted { room: self.handle.clone(), questions });
        }
        self.tell_all_own(client);
        if is_new {
            self.out.push(Out::Enter(client));
        }
        let present = self.people.present();
        if self.told_present.1 != Some(present) {
            // They know it now, and the others do not: even if it is soon as the others were told.
            self.told_present.1 = None;
        }
        self.one(client, &Frame::Presence { room: self.handle.clone(), present: present as u64 });
        self.done(asked, None);
    }

    /// The connection leaves, or is gone.
    pub fn leave(&mut self, client: ClientId, now: &Now) {
        let account = self.people.account(client);
        if self.people.exit(client, now.at) {
            self.out.push(Out::Exit(client));
        }
        if let Some(account) = account {
            self.note_watching(account, now);
        }
    }

    /// Somebody follows the channel since then, or does not any more.
    pub fn followed(&mut self, account: Uuid, since: Option<OffsetDateTime>, followers: u64, now: &Now) {
        self.set_followers(followers);
        for client in self.people.follows(account, since) {
            self.tell_you(client, now);
        }
    }

    /// Whether the channel is its creator's alone. If so everybody else has to leave.
    pub fn set_private(&mut self, private: bool, now: &Now) {
        (self.private, self.private_told) = (private, now.at);
        if !private {
            return;
        }
        let reason = "This channel is private now.";
        for client in self.people.strangers() {
            let (room, reason) = (self.handle.clone(), reason.to_owned());
            self.one(client, &Frame::Left { room, reason, banned: false });
            self.leave(client, now);
        }
    }

    /// Time passes. Returns when it should be told again, if before anything else goes in.
    pub fn tick(&mut self, now: &Now) -> Option<i64> {
        self.release(now);
        let reactions = self.tell_reactions(now);
        let polls = self.tell_polls(now);
        let predictions = self.tell_predictions(now);
        let questions = self.tell_questions(now);
        let points = self.earn(now);
        let raid = self.tell_raid(now);
        let followers = self.tell_followers(now);
        let present = self.people.present();
        let (told_at, told) = self.told_present;
        let mut next = None;
        if told != Some(present) {
            if now.at >= told_at + PRESENCE_EVERY {
                self.told_present = (now.at, Some(present));
                self.all(&Frame::Presence { room: self.handle.clone(), present: present as u64 });
            } else {
                next = Some(told_at + PRESENCE_EVERY);
            }
        }
        self.people.forget(now.at - REMEMBERED);
        let shield = self.lower_shield(now);
        let again = self.say_again(now);
        let desk = self.tell_desk(now);
        let together = [polls, predictions, questions, points, raid, followers].into_iter().flatten().min();
        [next, reactions, together, shield, again, desk, self.history.next_release()].into_iter().flatten().min()
    }
}
