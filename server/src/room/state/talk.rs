//! Saying something, taking it back, and showing what waited.

use klieg_api::live::Frame;
use klieg_api::room::{Author, Event, Message, Reply};
use klieg_api::tokens::Scope;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::history::MOST_OWN_HELD;
use super::keeping::Then;
use super::rules::{LONGEST_DELAY, Refusal, Verdict, may_silence};
use super::said::{DELAY, Said, State};
use super::{Act, Asked, MOST_HELD, Now, Record, Room, Wish};
use crate::database::{millis, moment};
use crate::http::problem::{Fields, Kind, Problem};
use crate::room::text;

/// Characters of a nonce.
const MOST_NONCE: usize = 40;

/// What somebody wants to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saying {
    pub text: String,
    pub nonce: String,
    pub reply_to: Option<String>,
    pub announcement: bool,
}

impl Room {
    /// Somebody says something.
    pub fn say(&mut self, now: &Now, asked: Asked, id: Uuid, saying: &Saying) {
        let tried = self.try_say(now, asked, id, saying);
        self.refuse_if(asked, now, tried);
    }

    fn try_say(&mut self, now: &Now, asked: Asked, id: Uuid, saying: &Saying) -> Result<(), Refusal> {
        let account = self.writer(asked).map_err(no_wait)?;
        let (text, nonce) = check(saying).map_err(no_wait)?;
        if let Some(id) = self.history.of_nonce(account, &nonce) {
            self.said_again(asked, &id);
            return Ok(());
        }
        if saying.announcement {
            self.moderating(asked.client).map_err(no_wait)?;
        }
        let folded = text::folded(&text);
        let person = self.people.get(account).ok_or_else(|| no_wait(not_here()))?;
        let author = self.people.author_at(asked.client, &person.facts);
        let verdict = self.may_write(person, &text, &folded, now.at)?;
        let reply = match &saying.reply_to {
            Some(to) if self.finds(asked, now, to, Wish::Answer(id, saying.clone())) => return Ok(()),
            Some(to) => Some(self.reply(to).map_err(no_wait)?),
            None => None,
        };
        self.has_place_for(account, &verdict)?;
        self.share_of_all(account, now)?;
        let mut said = self.compose(now, id, (account, author), text, folded, nonce);
        said.message.reply = reply;
        said.message.announcement = saying.announcement;
        let (id, folded) = (said.message.id.clone(), said.folded.clone());
        self.settle(asked, said, verdict);
        self.watch(account, &folded, &id, now);
        Ok(())
    }

    /// What somebody says now, as it is shown; it counts for how often they may write. `folded` is the text's.
    pub(super) fn compose(
        &mut self,
        now: &Now,
        id: Uuid,
        (account, author): (Uuid, Author),
        text: String,
        folded: String,
        nonce: String,
    ) -> Said {
        let rate = self.rate;
        if let Some(person) = self.people.person(account) {
            person.wrote(now.at, rate, folded.clone());
        }
        let message = Message {
            id: id.to_string(),
            author,
            mentions: text::mentions(&text),
            text,
            at: moment(now.at),
            on: now.on.clone(),
            reply: None,
            reactions: Vec::new(),
            announcement: false,
            reward: None,
            preview: None,
        };
        Said {
            message,
            folded,
            account,
            nonce,
            seq: self.history.next_seq(),
            state: State::Shown,
            reason: String::new(),
            release_at: None,
            reactions: Vec::new(),
        }
    }

    /// Shows what was said, or holds it back.
    fn settle(&mut self, asked: Asked, mut said: Said, verdict: Verdict) {
        let id = said.message.id.clone();
        match verdict {
            Verdict::Show => {
                self.keep_said(asked, id, &said);
                self.show(said);
            }
            Verdict::Hold(reason) => {
                said.state = State::Held;
                said.reason = reason;
                self.announce_held(&said);
                self.keep(Some(asked), Some(id), Record::Said(Box::new(said.clone())));
                self.history.hold(said);
            }
            Verdict::Later(at) => {
                said.release_at = Some(at);
                self.keep_said(asked, id, &said);
                self.show_or_delay(said);
            }
        }
    }

    fn keep_said(&mut self, asked: Asked, id: String, said: &Said) {
        let (message, said) = (&said.message, Box::new(said.clone()));
        let record = if message.announcement {
            let act = Act::new(said.account, "announce", None, "", millis(message.at)).on(&id);
            Record::Announced { said, act }
        } else {
            Record::Said(said)
        };
        self.keep_then(Some(asked), Some(id.clone()), record, Then::TellAbsent(id));
    }

    pub(super) fn show(&mut self, said: Said) {
        self.look_up(&said, false);
        self.bring(said);
    }

    fn bring(&mut self, said: Said) {
        self.event(Event::Message { message: said.message.clone() });
        if let Some((account, at)) = self.history.add(said) {
            self.people.wrote_before(account, at);
        }
    }

    /// Refuses what would have to wait where no more may, of all or of one person. What is shown by itself has places of its own, as
    /// many as are written in the longest time that it waits: what moderators have not looked at takes none of them.
    pub(super) fn has_place_for(&self, account: Uuid, verdict: &Verdict) -> Result<(), Refusal> {
        match verdict {
            // How long that takes nobody knows.
            Verdict::Hold(_) if !self.history.can_hold_of(account) => {
                let detail = format!(
                    "{MOST_OWN_HELD} messages of yours wait for a moderator. Wait until one is looked at, or take one back."
                );
                let problem = Problem::new(Kind::TOO_MANY, detail).because("held-own");
                Err(no_wait(problem.with_numbers(&[MOST_OWN_HELD as u64])))
            }
            Verdict::Hold(_) if !self.history.can_hold() => {
                let detail = "Too many messages wait for a moderator. Try again later.";
                Err((Problem::new(Kind::UNAVAILABLE, detail).because("held-full"), Some(10_000)))
            }
            Verdict::Later(_) if self.history.delayed() >= self.flow.most_within(LONGEST_DELAY) => {
                Err(room_full(1_000))
            }
            _ => Ok(()),
        }
    }

    /// Takes one's share of what all may write together; those who keep the room have no part in it. The last thing that may be
    /// refused: what is not written takes nothing from others.
    pub(super) fn share_of_all(&mut self, account: Uuid, now: &Now) -> Result<(), Refusal> {
        if self.people.role_of(account).moderates() {
            return Ok(());
        }
        self.flow.take(now.at).map_err(room_full)
    }

    /// Shows what was said, or if it has a time for that, then.
    pub(super) fn show_or_delay(&mut self, mut said: Said) {
        if said.release_at.is_none() {
            return self.show(said);
        }
        DELAY.clone_into(&mut said.reason);
        self.announce_held(&said);
        self.history.hold(said);
    }

    fn announce_held(&mut self, said: &Said) {
        let (message, reason) = (said.message.clone(), said.reason.clone());
        self.moderators(&Frame::Held { room: self.handle.clone(), message, reason });
    }

    /// Shows what has waited long enough. Whom it names is told once that is kept.
    pub(super) fn release(&mut self, now: &Now) {
        for id in self.history.due(now.at) {
            if let Some(said) = self.history.unhold(&id) {
                let record = Record::State { messages: vec![id.clone()], state: State::Shown, act: None };
                self.keep_final(None, record);
                self.show(Said { release_at: None, ..said });
                self.settled(id);
            }
        }
    }

    /// A moderator shows or discards what waits.
    pub fn review(&mut self, asked: Asked, now: &Now, id: &str, approve: bool) {
        let reviewed = self.moderating(asked.client).and_then(|actor| {
            let said = if approve { self.history.unhold(id) } else { self.history.discard(id) };
            Ok((actor, said.ok_or_else(|| Problem::not_found("waiting message"))?))
        });
        match reviewed {
            Ok((actor, mut said)) => {
                let state = if approve { State::Shown } else { State::Discarded };
                let action = if approve { "approve" } else { "discard" };
                let act = Act::new(actor, action, Some(said.account), "", now.at).on(id);
                let record = Record::State { messages: vec![id.to_owned()], state, act: Some(act) };
                self.keep_final(Some(asked), record);
                if approve {
                    self.settled(id.to_owned());
                    said.state = State::Shown;
                    said.release_at = None;
                    self.look_up(&said, true);
                    self.bring(said);
                } else {
                    self.discarded(&said, false);
                }
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    /// A moderator discards, at one stroke, what waits of these messages.
    pub fn discard_held(&mut self, asked: Asked, now: &Now, messages: Vec<String>) {
        let actor = match self.moderating(asked.client) {
            Ok(actor) => actor,
            Err(problem) => return self.refuse(asked, problem, None),
        };
        let mut discarded = Vec::new();
        for id in messages.into_iter().take(MOST_HELD) {
            if let Some(said) = self.history.discard(&id) {
                self.discarded(&said, false);
                discarded.push(id);
            }
        }
        if discarded.is_empty() {
            return self.done(asked, None);
        }
        let act = Act::new(actor, "discard_held", None, "", now.at);
        self.keep_final(Some(asked), Record::State { messages: discarded, state: State::Discarded, act: Some(act) });
    }

    /// Somebody deletes a message: their own, also if it waits, or as a moderator anybody's.
    pub fn delete(&mut self, asked: Asked, now: &Now, id: &str) {
        if self.finds(asked, now, id, Wish::Delete) {
            return;
        }
        match self.may_delete(asked, id) {
            Ok((actor, author)) => {
                if let Some(said) = self.history.discard(id) {
                    let messages = vec![id.to_owned()];
                    self.keep_final(Some(asked), Record::State { messages, state: State::Discarded, act: None });
                    return self.discarded(&said, true);
                }
                self.history.delete(id);
                self.unpin_if(id);
                let act = (actor != author).then(|| Act::new(actor, "delete", Some(author), "", now.at).on(id));
                let by_moderator = act.is_some();
                self.keep_deleted(Some(asked), vec![id.to_owned()], act, by_moderator);
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    /// Messages were deleted from the history: that is kept, and everybody is told.
    pub(super) fn keep_deleted(
        &mut self,
        asked: Option<Asked>,
        messages: Vec<String>,
        act: Option<Act>,
        by_moderator: bool,
    ) {
        self.keep_final(asked, Record::State { messages: messages.clone(), state: State::Deleted, act });
        self.event(Event::Deleted { messages, by_moderator });
    }

    /// A program whose API token may not moderate deletes a message: one of its account's own, whatever else that account may.
    pub fn take_back(&mut self, asked: Asked, now: &Now, id: &str) {
        if self.finds(asked, now, id, Wish::TakeBack) {
            return;
        }
        if self.may_delete(asked, id).is_ok_and(|(actor, author)| actor != author) {
            self.refuse(asked, Problem::insufficient_scope(Scope::RoomModerate), None);
        } else {
            self.delete(asked, now, id);
        }
    }

    fn may_delete(&self, asked: Asked, id: &str) -> Result<(Uuid, Uuid), Problem> {
        let actor = self.writer(asked)?;
        if self.history.held().iter().any(|said| said.message.id == id && said.account == actor) {
            return Ok((actor, actor));
        }
        let said = self.history.find(id).filter(|said| said.state == State::Shown);
        let author = said.ok_or_else(|| Problem::not_found("message"))?.account;
        self.may_remove(actor, author).map(|()| (actor, author))
    }

    /// Whether somebody may delete what an author has said.
    pub(super) fn may_remove(&self, actor: Uuid, author: Uuid) -> Result<(), Problem> {
        let (mine, theirs) = (self.people.role_of(actor), self.people.role_of(author));
        if actor == author || may_silence(mine, theirs) {
            return Ok(());
        }
        let detail = "Only its author and moderators may delete a message.";
        Err(Problem::new(Kind::FORBIDDEN, detail).because("not-yours"))
    }

    fn reply(&self, to: &str) -> Result<Reply, Problem> {
        let said = self.history.find(to).filter(|said| said.state == State::Shown);
        let Message { id, author, text, reply, .. } =
            &said.ok_or_else(|| Problem::not_found("message to answer"))?.message;
        let thread = reply.as_ref().map_or(id, |reply| &reply.thread);
        Ok(Reply { id: id.clone(), thread: thread.clone(), author: author.clone(), text: text::excerpt(text) })
    }

    /// Says why something was not written, if it was not. That it was tried counts as if it had been, unless they have to wait anyway.
    pub(super) fn refuse_if(&mut self, asked: Asked, now: &Now, tried: Result<(), Refusal>) {
        let Err((problem, wait)) = tried else { return };
        let rate = self.rate;
        if let Some(account) = self.people.account(asked.client)
            && let Some(person) = self.people.person(account)
            && person.wait(now.at, rate, 0).is_none()
        {
            person.tried(now.at, rate);
        }
        self.refuse(asked, problem, wait);
    }

    /// The account of who asks, if they may take part now.
    pub(super) fn participant(&self, asked: Asked, now: &Now) -> Result<Uuid, Problem> {
        let account = self.writer(asked)?;
        if self.people.silence(account, now.at).is_some() {
            return Err(Problem::new(Kind::SILENCED, "A moderator silenced you."));
        }
        Ok(account)
    }

    /// The account of who asks, if they may write at all.
    pub(super) fn writer(&self, asked: Asked) -> Result<Uuid, Problem> {
        if !self.people.is_here(asked.client) {
            return Err(not_here());
        }
        let log_in = || Problem::new(Kind::UNAUTHENTICATED, "Log in to take part.");
        self.people.account(asked.client).ok_or_else(log_in)
    }
}

fn room_full(wait: u64) -> Refusal {
    let detail = "So much is said here that not all of it can be taken. Try again in a moment.";
    (Problem::new(Kind::TOO_MANY, detail).because("room-full"), Some(wait))
}

pub(super) fn no_wait(problem: Problem) -> Refusal {
    (problem, None)
}

pub(super) fn not_here() -> Problem {
    Problem::new(Kind::NOT_JOINED, "Join the room first.")
}

fn check(saying: &Saying) -> Result<(String, String), Problem> {
    let mut fields = Fields::default();
    let text = fields.check_named("text", text::tidy(&saying.text));
    let nonce = fields.check("nonce", nonce(&saying.nonce));
    fields.finish(text.zip(nonce))
}

/// A nonce, or what to change in it.
pub(super) fn check_nonce(given: &str) -> Result<String, Problem> {
    let mut fields = Fields::default();
    let nonce = fields.check("nonce", nonce(given));
    fields.finish(nonce)
}

fn nonce(given: &str) -> Result<String, String> {
    if (1..=MOST_NONCE).contains(&given.len()) && given.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(given.to_owned());
    }
    Err(format!("use 1 to {MOST_NONCE} visible ASCII characters"))
}
