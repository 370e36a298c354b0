//! Emoji: put to messages, and sent over the picture. Gathered for a moment, so that a crowd costs no more than a few.
//!
//! What emoji a message has is told as it is now and no event: it would else push out of the history what was said.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem::take;

use bytes::Bytes;
use klieg_api::live::Frame;
use klieg_api::room::{Cheer, OwnReaction, Reacted};
use uuid::Uuid;

use super::history::MOST_MISSED;
use super::keeping::{Before, Then};
use super::said::State;
use super::{Asked, Now, Out, REACTIONS_EVERY, Record, Room, Wish};
use crate::http::problem::{Kind, Problem};
use crate::room::text;
use crate::socket::{ClientId, frame};

/// Different emoji on one message.
const MOST_KINDS: usize = 20;
/// One's own that one is told of on joining: of more those to older messages are not known.
const MOST_OWN: usize = 200;
/// Emoji on messages that are told at once. Of more the rest is told next time, as it is then.
const MOST_TOLD: usize = 200;
/// Messages of which it is known when they were told of. Of more those that are not remembered are forgotten.
const MOST_KNOWN: usize = 1_200;
/// Different emoji over the picture at once.
const MOST_CHEERS: usize = 30;

#[derive(Debug, Default)]
pub(super) struct Reactions {
    /// Messages whose emoji have changed since they were told.
    changed: BTreeSet<String>,
    /// The last message that was told of: those from it on are next.
    last: String,
    /// What the offset was when a message was told of last.
    told: HashMap<String, u64>,
    cheers: BTreeMap<String, u32>,
    told_at: i64,
}

impl Reactions {
    fn are_waiting(&self) -> bool {
        !self.changed.is_empty() || !self.cheers.is_empty()
    }
}

impl Room {
    /// Somebody puts an emoji to a message, or takes it away.
    pub fn react(&mut self, asked: Asked, now: &Now, message: &str, emoji: &str, on: bool) {
        let wish = || Wish::React { emoji: emoji.to_owned(), on };
        if let Err(problem) = self.may_use(asked, now, emoji) {
            return self.refuse(asked, problem, None);
        }
        if self.finds(asked, now, message, wish()) {
            return;
        }
        match self.writer(asked).and_then(|account| self.pace(account, now)) {
            Ok(()) => self.react_to_known(asked, now, message, emoji, on),
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    /// Likewise, to a message that is remembered, by somebody who may do one thing more.
    pub(super) fn react_to_known(&mut self, asked: Asked, now: &Now, message: &str, emoji: &str, on: bool) {
        match self.try_react(asked, now, message, emoji, on) {
            Ok((account, is_changed)) => {
                let (message, emoji) = (message.to_owned(), emoji.to_owned());
                let record = Record::Reaction { message: message.clone(), emoji: emoji.clone(), account, on };
                let own = OwnReaction { message: message.clone(), emoji: emoji.clone(), on };
                let before = Before::Reaction { message, emoji, account, on: !on };
                // Also where nothing changes: whoever asks for it believed otherwise.
                self.tell_own(account, own);
                if is_changed {
                    self.keep_then(Some(asked), None, record, Then::Put(before));
                } else {
                    self.unchanged(asked, &before);
                }
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    /// Whose reaction it is, and whether anything changes.
    fn try_react(&mut self, asked: Asked, now: &Now, id: &str, emoji: &str, on: bool) -> Result<(Uuid, bool), Problem> {
        let account = self.writer(asked)?;
        self.may_use(asked, now, emoji)?;
        let not_found = || Problem::not_found("message");
        self.history.find(id).filter(|said| said.state == State::Shown).ok_or_else(not_found)?;
        let said = self.history.find_mut(id).ok_or_else(not_found)?;
        // What nobody has any more makes room for another.
        said.reactions.retain(|(known, who)| known == emoji || !who.is_empty());
        let kinds = said.reactions.len();
        let place = match said.reactions.iter().position(|(known, _)| known == emoji) {
            Some(place) => place,
            None if !on => return Ok((account, false)),
            None if kinds >= MOST_KINDS => {
                return Err(Problem::new(Kind::TOO_MANY_REACTIONS, "Choose one of the emoji that are there."));
            }
            None => {
                said.reactions.push((emoji.to_owned(), Vec::new()));
                kinds
            }
        };
        let Some((_, who)) = said.reactions.get_mut(place) else { return Ok((account, false)) };
        match (who.iter().position(|known| *known == account), on) {
            (None, true) => who.push(account),
            (Some(at), false) => {
                who.swap_remove(at);
            }
            _ => return Ok((account, false)),
        }
        self.reactions.changed.insert(id.to_owned());
        self.snapshot = None;
        Ok((account, true))
    }

    /// A reaction could not be kept: it is as it was before.
    pub(super) fn put_back_reaction(&mut self, id: &str, emoji: &str, account: Uuid, on: bool) {
        let said = self.history.find_mut(id).filter(|said| said.state == State::Shown);
        let Some(said) = said else { return };
        for (_, who) in said.reactions.iter_mut().filter(|(known, _)| known == emoji) {
            who.retain(|known| *known != account);
        }
        if on {
            match said.reactions.iter_mut().find(|(known, _)| known == emoji) {
                Some((_, who)) => who.push(account),
                None => said.reactions.push((emoji.to_owned(), vec![account])),
            }
        }
        self.reactions.changed.insert(id.to_owned());
        self.snapshot = None;
        self.tell_own(account, OwnReaction { message: id.to_owned(), emoji: emoji.to_owned(), on });
    }

    fn tell_own(&mut self, account: Uuid, own: OwnReaction) {
        let frame = frame::text(&Frame::OwnReactions { room: self.handle.clone(), reactions: vec![own] });
        for client in self.people.connections_of(account) {
            self.out.push(Out::One(client, frame.clone()));
        }
    }

    /// Tells who joins what they have put to the messages that they are shown.
    pub(super) fn tell_all_own(&mut self, client: ClientId) {
        let Some(account) = self.people.account(client) else { return };
        let own = self.history.newest().flat_map(|said| {
            let mine = said.reactions.iter().filter(move |(_, who)| who.contains(&account));
            mine.map(move |(emoji, _)| OwnReaction { message: said.message.id.clone(), emoji: emoji.clone(), on: true })
        });
        let reactions: Vec<OwnReaction> = own.take(MOST_OWN).collect();
        if !reactions.is_empty() {
            self.one(client, &Frame::OwnReactions { room: self.handle.clone(), reactions });
        }
    }

    /// Somebody sends an emoji over the picture.
    pub fn cheer(&mut self, asked: Asked, now: &Now, emoji: &str) {
        let may = self.writer(asked).and_then(|account| self.may_use(asked, now, emoji).map(|()| account));
        let cheered = may.and_then(|account| self.pace(account, now));
        if let Err(problem) = cheered {
            self.refuse(asked, problem, None);
            return;
        }
        let cheers = &mut self.reactions.cheers;
        if cheers.contains_key(emoji) || cheers.len() < MOST_CHEERS {
            *cheers.entry(emoji.to_owned()).or_default() += 1;
        }
        self.done(asked, None);
    }

    fn may_use(&self, asked: Asked, now: &Now, emoji: &str) -> Result<(), Problem> {
        let account = self.writer(asked)?;
        if self.people.silence(account, now.at).is_some() {
            return Err(Problem::new(Kind::SILENCED, "A moderator silenced you."));
        }
        if text::is_emoji(emoji) {
            return Ok(());
        }
        Err(Problem::new(Kind::INVALID, "Send one emoji.").because("one-emoji"))
    }

    /// Tells what was gathered. Returns when to tell the rest.
    pub(super) fn tell_reactions(&mut self, now: &Now) -> Option<i64> {
        if !self.reactions.are_waiting() {
            return None;
        }
        let due = self.reactions.told_at + REACTIONS_EVERY;
        if now.at < due {
            return Some(due);
        }
        self.reactions.told_at = now.at;
        let messages = self.take_reacted();
        if !messages.is_empty() {
            self.all(&Frame::Reacted { room: self.handle.clone(), messages });
        }
        let cheers: Vec<Cheer> =
            take(&mut self.reactions.cheers).into_iter().map(|(emoji, count)| Cheer { emoji, count }).collect();
        if !cheers.is_empty() {
            self.all(&Frame::Cheers { room: self.handle.clone(), on: self.on.clone(), cheers });
        }
        self.reactions.are_waiting().then_some(now.at + REACTIONS_EVERY)
    }

    /// The messages whose emoji have changed, as many as are told at once. The others have their turn next.
    fn take_reacted(&mut self) -> Vec<Reacted> {
        let mut changed = take(&mut self.reactions.changed);
        let next = changed.split_off(&self.reactions.last);
        let (mut reacted, mut emoji) = (Vec::new(), 0);
        for message in next.into_iter().chain(changed) {
            if emoji >= MOST_TOLD || reacted.len() >= MOST_TOLD {
                self.reactions.changed.insert(message);
                continue;
            }
            self.reactions.last.clone_from(&message);
            if let Some(told) = self.reacted(&message, None) {
                emoji += told.reactions.len();
                self.reactions.told.insert(message, self.history.offset());
                reacted.push(told);
            }
        }
        if self.reactions.told.len() > MOST_KNOWN {
            let history = &self.history;
            self.reactions.told.retain(|message, _| history.find(message).is_some());
        }
        reacted
    }

    /// The emoji that a message has now, if it is shown, and which of them this account has put there.
    fn reacted(&self, message: &str, account: Option<Uuid>) -> Option<Reacted> {
        let said = self.history.find(message).filter(|said| said.state == State::Shown)?;
        let own = account.map(|account| {
            let mine = said.reactions.iter().filter(|(_, who)| who.contains(&account));
            mine.map(|(emoji, _)| emoji.clone()).collect()
        });
        Some(Reacted { message: message.to_owned(), reactions: said.counted(), own })
    }

    /// What somebody missed since then: the events, the messages whose emoji were told since or are about to be, with their own, and
    /// how many votes, stakes and followers there are. None if that is too much to send at once, or not there any more.
    pub(super) fn missed(&mut self, offset: u64, account: Option<Uuid>) -> Option<Vec<Bytes>> {
        let events = self.history.since(offset)?;
        let told = self.reactions.told.iter().filter(|(_, told)| **told >= offset).map(|(message, _)| message);
        let changed: BTreeSet<&String> = told.chain(&self.reactions.changed).collect();
        let messages: Vec<Reacted> = changed.into_iter().filter_map(|message| self.reacted(message, account)).collect();
        let mut frames = vec![events];
        if !messages.is_empty() {
            frames.push(frame::text(&Frame::Reacted { room: self.handle.clone(), messages }));
        }
        frames.extend(self.counts());
        (frames.iter().map(Bytes::len).sum::<usize>() <= MOST_MISSED).then_some(frames)
    }
}
