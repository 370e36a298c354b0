//! Records on their way to the journal: who waits for each, and what follows when it is kept or lost.

use klieg_api::points::Reward;
use klieg_api::room::{Event, Rights, Settings};
use time::OffsetDateTime;
use uuid::Uuid;

use super::people::Silence;
use super::said::{Gone, State};
use super::{Asked, Now, Out, Record, Room, Ticket};
use crate::http::problem::{Kind, Problem};
use crate::room::filter::Placed;

/// Requests that may wait for one record: the one it is made for, and those that ask for the same. Of more each is refused.
const MOST_ASKED: usize = 16;

/// Who waits for a record, and what to take back if it is lost.
#[derive(Debug)]
pub(super) struct Unkept {
    asked: Vec<Asked>,
    /// The first record of what was asked for, of which this is the last.
    first: Ticket,
    message: Option<String>,
    /// The log will say something of it.
    is_logged: bool,
    /// It is about whom the desk lists.
    is_of_people: bool,
    pub(super) then: Then,
}

impl Unkept {
    /// Whether it keeps this message, or changes what it is.
    pub(super) fn is_of(&self, message: &str) -> bool {
        self.message.as_deref() == Some(message)
    }
}

/// What else follows when a record is kept or lost.
#[derive(Debug)]
pub(super) enum Then {
    Nothing,
    Earn(Vec<Uuid>),
    BeginPoll(String),
    /// A poll ended before its time, which was this.
    EndPoll {
        poll: String,
        ends_at: OffsetDateTime,
    },
    Begin(String),
    /// A prediction was locked before its time, which was this.
    Lock {
        prediction: String,
        locks_at: OffsetDateTime,
    },
    Stake {
        account: Uuid,
        outcome: u32,
        points: u64,
    },
    Decide(Vec<(Uuid, u64)>),
    Redeem {
        account: Uuid,
        points: u64,
        redemption: String,
    },
    Fulfil {
        redemption: String,
        back: Option<(Uuid, u64)>,
    },
    Ask(String),
    Raid(String),
    /// This message names people; who of them is not here is told.
    TellAbsent(String),
    /// It says what something is from now on.
    Put(Before),
    /// Likewise, of what protects people: it stands although it is lost, if without it there would be less of that.
    Guard(Before, Box<Record>),
    /// It settles something for good, which stands although it is lost.
    Final(Box<Record>),
}

/// What something was before a record said what it is from now on. It is so again if that is lost.
#[derive(Clone, Debug)]
pub(super) enum Before {
    /// Somebody's vote in a poll, if they had one.
    Vote { poll: String, account: Uuid, option: Option<u32> },
    /// Whether somebody wanted to know a question's answer as well.
    Want { question: String, account: Uuid, on: bool },
    /// Whether somebody had put this emoji to a message.
    Reaction { message: String, emoji: String, account: Uuid, on: bool },
    /// A reward and its place among the others, if it was there.
    Reward { id: String, reward: Option<(usize, Reward)> },
    /// The message above the talk, if there was one.
    Pin(Option<String>),
    /// How the room was kept.
    Settings(Box<Settings>),
    /// A filter and its place among the others, if it was there.
    Filter { pattern: String, filter: Option<Placed> },
    /// What kept somebody from writing, if anything did.
    Silence { account: Uuid, silence: Option<Silence> },
    /// What somebody might do as a moderator, if they were one.
    Moderator { account: Uuid, rights: Option<Rights> },
}

impl Before {
    /// Whether both are about the same thing.
    pub(super) fn is_of_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Vote { poll, account, .. }, Self::Vote { poll: of, account: by, .. }) => poll == of && account == by,
            (Self::Want { question, account, .. }, Self::Want { question: of, account: by, .. }) => {
                question == of && account == by
            }
            (
                Self::Reaction { message, emoji, account, .. },
                Self::Reaction { message: of, emoji: kind, account: by, .. },
            ) => message == of && emoji == kind && account == by,
            (Self::Reward { id, .. }, Self::Reward { id: of, .. }) => id == of,
            (Self::Filter { pattern, .. }, Self::Filter { pattern: of, .. }) => pattern == of,
            (Self::Silence { account, .. }, Self::Silence { account: of, .. })
            | (Self::Moderator { account, .. }, Self::Moderator { account: of, .. }) => account == of,
            (Self::Pin(_), Self::Pin(_)) | (Self::Settings(_), Self::Settings(_)) => true,
            _ => false,
        }
    }
}

/// What the tables have already under somebody's nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The message, or the question.
    pub message: Uuid,
    pub state: State,
}

impl Room {
    /// A record is kept.
    pub fn kept(&mut self, ticket: Ticket, now: &Now) {
        let Some(Unkept { asked, message, is_logged, is_of_people, then, .. }) = self.unkept.remove(&ticket) else {
            return;
        };
        for asked in asked {
            self.done(asked, message.clone());
        }
        if is_of_people {
            self.people_changed();
        } else if is_logged {
            self.desk_changed();
        }
        match then {
            Then::Earn(accounts) => self.earned(&accounts, now),
            Then::Stake { account, outcome, points } => self.staked(account, outcome, points, true, now),
            Then::Decide(returned) => self.decided(returned, true, now),
            Then::Fulfil { redemption, back } => self.fulfilled(&redemption, back, true, now),
            Then::TellAbsent(message) | Then::Redeem { redemption: message, .. } => self.tell_absent(&message),
            Then::Final(record) => match *record {
                Record::State { messages, state: State::Shown, .. } => {
                    for message in &messages {
                        self.tell_absent(message);
                    }
                }
                // Who was told of them is told so.
                Record::State { messages, state: State::Deleted, .. } => {
                    let messages = self.calling(&messages);
                    if !messages.is_empty() {
                        self.out.push(Out::Withdrawn(messages));
                    }
                }
                _ => {}
            },
            // Everybody has seen it already.
            Then::Nothing
            | Then::BeginPoll(_)
            | Then::EndPoll { .. }
            | Then::Begin(_)
            | Then::Lock { .. }
            | Then::Ask(_)
            | Then::Raid(_)
            | Then::Put(_)
            | Then::Guard(..) => {}
        }
    }

    /// A record is kept, and removed these messages: who was told of one of them is told so.
    pub fn removed(&mut self, ticket: Ticket, messages: Vec<String>, now: &Now) {
        self.kept(ticket, now);
        self.out.push(Out::Withdrawn(messages));
    }

    /// A record could not be kept: whoever waits for it is told, and what everybody has seen of it is taken back, unless it
    /// has to stand.
    pub fn lost(&mut self, ticket: Ticket, now: &Now) {
        self.fail(ticket, true, now);
    }

    /// The tables never take this record: whom it is about is gone.
    pub fn refused(&mut self, ticket: Ticket, now: &Now) {
        self.fail(ticket, false, now);
    }

    fn fail(&mut self, ticket: Ticket, may_stand: bool, now: &Now) {
        let Some(Unkept { mut asked, message, is_of_people, then, .. }) = self.unkept.remove(&ticket) else { return };
        let stands = may_stand && self.stands(ticket, &then, now);
        if matches!(then, Then::Final(_)) {
            asked.append(&mut self.asked_for_more(ticket));
        }
        if let Some(message) = message {
            self.unsay(message);
        }
        for asked in asked {
            if stands {
                self.refuse(asked, unwritten(), None);
            } else {
                self.refuse(asked, Problem::busy(), Some(2_000));
            }
        }
        if stands {
            if is_of_people {
                self.unwritten_changed();
            }
            return self.owed.add(then, now.at);
        }
        if is_of_people {
            self.people_changed();
        }
        match then {
            Then::Nothing | Then::Earn(_) | Then::TellAbsent(_) | Then::Final(_) => {}
            Then::BeginPoll(poll) => self.poll_lost(&poll),
            Then::EndPoll { poll, ends_at } => self.poll_goes_on(&poll, ends_at),
            Then::Begin(prediction) => self.prediction_lost(&prediction, now),
            Then::Lock { prediction, locks_at } => self.lock_lost(&prediction, locks_at),
            Then::Stake { account, outcome, points } => self.staked(account, outcome, points, false, now),
            Then::Decide(returned) => self.decided(returned, false, now),
            Then::Redeem { account, points, redemption } => self.redemption_lost(account, points, &redemption, now),
            Then::Fulfil { redemption, back } => self.fulfilled(&redemption, back, false, now),
            Then::Ask(question) => self.question_lost(&question),
            Then::Raid(raid) => self.raid_lost(&raid),
            Then::Put(before) | Then::Guard(before, _) => self.put_back(ticket, before, now),
        }
    }

    /// The tables know what was said by its nonce, which nobody here remembered: it was said long ago. What was seen of it anew is
    /// taken back, and who said it is told which message it was.
    pub fn known(&mut self, ticket: Ticket, known: Known, now: &Now) {
        let Some(Unkept { asked, message, then, .. }) = self.unkept.remove(&ticket) else { return };
        let id = known.message.to_string();
        if let Some(message) = message {
            let said = self.history.said(&message).map(|said| (said.account, said.nonce.clone()));
            self.unsay(message);
            if let Some((account, nonce)) = said {
                self.history.remember(Gone { account, nonce, message: id.clone(), state: known.state });
            }
        }
        match then {
            Then::Redeem { account, points, redemption } => self.redemption_lost(account, points, &redemption, now),
            Then::Ask(question) => self.question_known(&question, id.clone()),
            _ => {}
        }
        for asked in asked {
            self.done(asked, Some(id.clone()));
        }
    }

    /// What settles something for good and is not written down yet: it is on its way, or owed.
    pub(super) fn unwritten_finals(&self) -> impl Iterator<Item = &Record> {
        let on_their_way = self.unkept.values().map(|unkept| &unkept.then);
        on_their_way.chain(self.owed.each()).filter_map(|then| match then {
            Then::Final(record) => Some(&**record),
            _ => None,
        })
    }

    /// Takes back what was said and is not kept.
    fn unsay(&mut self, message: String) {
        let was_held = self.history.held().iter().any(|said| said.message.id == message);
        if self.history.remove(&message) {
            self.unpin_if(&message);
            self.event(Event::Deleted { messages: vec![message], by_moderator: false });
        } else if was_held {
            self.settled(message);
        }
    }

    /// Something is said again under its nonce: that is answered when it is kept, or now if it is.
    pub(super) fn said_again(&mut self, asked: Asked, message: &str) {
        if !self.waits_for(asked, |unkept| unkept.message.as_deref() == Some(message)) {
            self.done(asked, Some(message.to_owned()));
            // Whom it names may not have been told, if it was kept just when another server took the room over.
            self.tell_absent(message);
        }
    }

    /// What is asked for is so already: that is answered when the record that says so is kept.
    pub(super) fn unchanged(&mut self, asked: Asked, before: &Before) {
        let says_so = |then: &Then| match then {
            Then::Put(known) | Then::Guard(known, _) => known.is_of_same(before),
            _ => false,
        };
        if self.owed.has(before) {
            self.refuse(asked, unwritten(), None);
        } else {
            self.done_after(asked, says_so);
        }
    }

    /// A request is done once the last record of which this is true is kept, or now if none is on its way.
    pub(super) fn done_after(&mut self, asked: Asked, says_so: impl Fn(&Then) -> bool) {
        if !self.waits_for(asked, |unkept| says_so(&unkept.then)) {
            self.done(asked, None);
        }
    }

    /// Lets a request wait for the last of such records. Whether one is on its way.
    fn waits_for(&mut self, asked: Asked, is_it: impl Fn(&Unkept) -> bool) -> bool {
        let Some(unkept) = self.unkept.values_mut().rev().find(|unkept| is_it(unkept)) else { return false };
        if unkept.asked.len() < MOST_ASKED {
            unkept.asked.push(asked);
        } else {
            self.refuse(asked, Problem::busy(), Some(2_000));
        }
        true
    }

    /// The before of a record that came after this one, is still on its way and says something of the same.
    pub(super) fn later(&mut self, ticket: Ticket, before: &Before) -> Option<&mut Before> {
        self.unkept.range_mut(ticket + 1..).find_map(|(_, unkept)| match &mut unkept.then {
            Then::Put(known) | Then::Guard(known, _) if known.is_of_same(before) => Some(known),
            _ => None,
        })
    }

    /// What a lost record has changed is as it was before. If a later one that is still on its way says something of the same,
    /// that stands, and it is this one's before that it would fall back to. One that is owed would have stood against what this one
    /// was to change, and no longer does.
    fn put_back(&mut self, ticket: Ticket, before: Before, now: &Now) {
        if let Some(known) = self.later(ticket, &before) {
            *known = before;
            return;
        }
        self.owed.take(&before);
        match before {
            Before::Vote { poll, account, option } => self.put_back_vote(&poll, account, option, now),
            Before::Want { question, account, on } => self.put_back_want(&question, account, on),
            Before::Reaction { message, emoji, account, on } => self.put_back_reaction(&message, &emoji, account, on),
            Before::Reward { id, reward } => self.put_back_reward(&id, reward),
            Before::Pin(message) => self.put_back_pin(message),
            Before::Settings(settings) => self.put_back_settings(*settings),
            Before::Filter { pattern, filter } => self.put_back_filter(&pattern, filter),
            Before::Silence { account, silence } => self.put_back_silence(account, silence, now),
            Before::Moderator { account, rights } => self.put_back_moderator(account, rights, now),
        }
    }

    /// What silenced somebody since then is not what a lost record falls back to.
    pub(super) fn nothing_falls_back_to(&mut self, account: Uuid, since: i64) {
        let on_their_way = self.unkept.values_mut().map(|unkept| &mut unkept.then);
        for then in on_their_way.chain(self.owed.each_mut()) {
            if let Then::Guard(Before::Silence { account: of, silence }, _) = then
                && *of == account
                && silence.is_some_and(|silence| silence.since == since)
            {
                *silence = None;
            }
        }
    }

    /// Hands a record to the journal; the answer follows when it is kept.
    pub(super) fn keep(&mut self, asked: Option<Asked>, message: Option<String>, record: Record) {
        self.keep_then(asked, message, record, Then::Nothing);
    }

    /// A record of what somebody does says with what they do it.
    pub(super) fn signed(&self, asked: Option<Asked>, mut record: Record) -> Record {
        if let Some(actor) = asked.and_then(|asked| self.people.actor(asked.client)) {
            record.done_by(actor);
        }
        record
    }

    pub(super) fn keep_then(&mut self, asked: Option<Asked>, message: Option<String>, record: Record, then: Then) {
        let record = self.signed(asked, record);
        self.tickets += 1;
        let is_logged = record.act().is_some();
        let is_of_people = matches!(record, Record::Silence { .. } | Record::Moderator { .. });
        let (asked, first) = (asked.into_iter().collect(), self.tickets);
        self.unkept.insert(self.tickets, Unkept { asked, first, message, is_logged, is_of_people, then });
        self.out.push(Out::Keep(self.tickets, record));
    }

    /// The latest record is the last of those that one request made, from this one on. The journal keeps them in their order, so that
    /// the answer, which follows when the last is kept, is that of all.
    pub(super) fn answer_for_all_since(&mut self, first: Ticket) {
        if let Some(last) = self.unkept.get_mut(&self.tickets) {
            last.first = first;
        }
    }

    /// Takes those whose request made this record and waits for a later one.
    fn asked_for_more(&mut self, ticket: Ticket) -> Vec<Asked> {
        let later = self.unkept.range_mut(ticket + 1..).map(|(_, unkept)| unkept);
        let with_it = later.filter(|unkept| unkept.first <= ticket);
        with_it.flat_map(|unkept| std::mem::take(&mut unkept.asked)).collect()
    }
}

fn unwritten() -> Problem {
    let detail = "This holds, but could not be written down yet. The server goes on trying.";
    Problem::new(Kind::UNAVAILABLE, detail).because("unwritten")
}
