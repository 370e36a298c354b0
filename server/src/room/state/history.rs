//! What was said in a room and what happened: the latest of it, to show and to send again.

use std::collections::{HashMap, VecDeque};

use bytes::{Bytes, BytesMut};
use klieg_api::Handle;
use klieg_api::room::Message;
use time::OffsetDateTime;
use uuid::Uuid;

use super::said::{Gone, Said, State};
use crate::database::millis;

/// Messages and events remembered.
const MOST: usize = 1_000;
/// Messages that a snapshot has.
const SHOWN: usize = 150;
/// Bytes that these, or what waits for a moderator, may have together: what a client that joins can take at once.
pub(in crate::room) const MOST_SHOWN: usize = 192 << 10;
/// Bytes of events that are sent again at once, all that are remembered of a talk as it usually is: they and what is said meanwhile
/// are to fit into what may wait for a client.
pub(super) const MOST_MISSED: usize = 640 << 10;
/// Bytes of what waits that a moderator who comes is told of: as much as may wait, since the last of it may be over the bound, ...
const MOST_TOLD: usize = MOST_SHOWN + (16 << 10);
/// ... and of what is shown by itself soon, besides.
const MOST_TOLD_LATER: usize = 48 << 10;
/// Messages that may wait for a moderator.
pub(in crate::room) const MOST_HELD: usize = 200;
/// Of these, one person's.
pub(super) const MOST_OWN_HELD: usize = 10;
/// Messages that are older than all others and remembered all the same: the one that is pinned, some that were before it, in case
/// it could not be kept, and what was looked up lately. Of more the first that is not pinned is forgotten.
const MOST_ASIDE: usize = 64;
/// Nonces of messages that are not remembered themselves. Of more the oldest is forgotten: the tables know them all.
const MOST_GONE: usize = 200;

#[derive(Debug)]
pub(super) struct History {
    said: VecDeque<Said>,
    held: Vec<Said>,
    /// The place of each message in `said`, counted from the first there ever was.
    places: HashMap<String, usize>,
    /// The message of each account and nonce in `said`.
    nonces: HashMap<(Uuid, String), String>,
    dropped: usize,
    /// There may be older messages than those it was made of.
    goes_on: bool,
    /// The message above the talk.
    pinned: Option<String>,
    /// What is older than `said`: what is or was pinned, and what was looked up.
    aside: VecDeque<Said>,
    /// What waited and was discarded, and what was said long ago and once more.
    gone: VecDeque<Gone>,
    /// Frames of the latest events; the last has the offset `offset`.
    events: VecDeque<Bytes>,
    offset: u64,
    /// All of these after an offset, as they were sent again last: many come back at once, and share them.
    again: Option<(u64, Bytes)>,
    seq: i64,
}

impl History {
    /// `seq` is the number of the last message there ever was: deleted ones keep theirs.
    pub(super) fn new(messages: Vec<Said>, seq: i64, pinned: Option<Said>) -> Self {
        let mut history = Self {
            said: VecDeque::new(),
            held: Vec::new(),
            places: HashMap::new(),
            nonces: HashMap::new(),
            dropped: 0,
            goes_on: messages.iter().filter(|said| said.kept().0 == State::Shown).count() >= MOST,
            pinned: pinned.as_ref().map(|said| said.message.id.clone()),
            aside: VecDeque::new(),
            gone: VecDeque::new(),
            events: VecDeque::new(),
            offset: 0,
            again: None,
            seq,
        };
        for said in messages {
            match said.kept() {
                (State::Held, _) => history.held.push(said),
                _ => drop(history.add(said)),
            }
        }
        if let Some(said) = pinned.filter(|said| history.find(&said.message.id).is_none()) {
            history.put_aside(said);
        }
        history
    }

    /// The offset of the last event.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn next_seq(&mut self) -> i64 {
        self.seq += 1;
        self.seq
    }

    pub(super) fn push(&mut self, frame: Bytes) {
        if self.events.len() == MOST {
            self.events.pop_front();
        }
        self.events.push_back(frame);
        self.offset += 1;
        self.again = None;
    }

    /// The frames of all events after `offset`, if all of them are still here and a client can take them at once.
    pub(super) fn since(&mut self, offset: u64) -> Option<Bytes> {
        let missed = usize::try_from(self.offset.checked_sub(offset)?).ok()?;
        let first = self.events.len().checked_sub(missed)?;
        let bytes: usize = self.events.range(first..).map(Bytes::len).sum();
        if bytes > MOST_MISSED {
            return None;
        }
        if let Some((from, frames)) = &self.again
            && *from <= offset
        {
            return Some(frames.slice(frames.len() - bytes..));
        }
        let mut frames = BytesMut::with_capacity(bytes);
        for frame in self.events.range(first..) {
            frames.extend_from_slice(frame);
        }
        let (_, frames) = self.again.insert((offset, frames.freeze()));
        Some(frames.clone())
    }

    /// Takes in what is shown. If that takes the place of something that was shown until now, whose that was, and when it was
    /// said.
    pub(super) fn add(&mut self, said: Said) -> Option<(Uuid, i64)> {
        let mut dropped = None;
        if self.said.len() == MOST
            && let Some(old) = self.said.pop_front()
        {
            dropped = (old.state == State::Shown).then(|| (old.account, millis(old.message.at)));
            self.places.remove(&old.message.id);
            self.nonces.remove(&(old.account, old.nonce.clone()));
            self.dropped += 1;
            if self.pinned.as_ref() == Some(&old.message.id) {
                self.put_aside(old);
            }
        }
        self.places.insert(said.message.id.clone(), self.dropped + self.said.len());
        self.nonces.insert((said.account, said.nonce.clone()), said.message.id.clone());
        self.said.push_back(said);
        dropped
    }

    /// Whether something said then is older than all that is remembered.
    pub(super) fn is_before_all(&self, at: i64) -> bool {
        self.said.front().is_some_and(|first| at < millis(first.message.at))
    }

    fn put_aside(&mut self, said: Said) {
        if self.aside.len() == MOST_ASIDE
            && let Some(place) = self.aside.iter().position(|said| !self.is_pinned(&said.message.id))
        {
            self.aside.remove(place);
        }
        self.aside.push_back(said);
    }

    /// Takes in what is shown and was not remembered, unless it is by now.
    pub(super) fn take_in(&mut self, said: Said) {
        if !self.remembers(&said.message.id) {
            self.put_aside(said);
        }
    }

    /// Whether something that is shown may be older than all that is remembered.
    pub(super) fn is_full(&self) -> bool {
        self.said.len() == MOST
    }

    /// Empties what somebody is quoted with in answers to what they said since then, or nobody knows when.
    pub(super) fn clear_answers_to(&mut self, who: &Handle, since: OffsetDateTime) {
        for said in self.said.iter_mut().chain(&mut self.aside).chain(&mut self.held) {
            if let Some(reply) = said.message.reply.as_mut().filter(|reply| reply.is_by(who, since)) {
                reply.text.clear();
            }
        }
    }

    /// Pins another message, or none. Returns the one before.
    pub(super) fn pin(&mut self, message: Option<String>) -> Option<String> {
        std::mem::replace(&mut self.pinned, message)
    }

    /// What is pinned, if it is still shown.
    pub(super) fn pinned(&self) -> Option<&Said> {
        self.find(self.pinned.as_deref()?).filter(|said| said.state == State::Shown)
    }

    pub(super) fn is_pinned(&self, id: &str) -> bool {
        self.pinned.as_deref() == Some(id)
    }

    pub(super) fn find(&self, id: &str) -> Option<&Said> {
        match self.places.get(id) {
            Some(place) => self.said.get(place - self.dropped),
            None => self.aside.iter().find(|said| said.message.id == id),
        }
    }

    pub(super) fn find_mut(&mut self, id: &str) -> Option<&mut Said> {
        match self.places.get(id) {
            Some(place) => self.said.get_mut(place - self.dropped),
            None => self.aside.iter_mut().find(|said| said.message.id == id),
        }
    }

    /// The message that this account said under this nonce.
    pub(super) fn of_nonce(&self, account: Uuid, nonce: &str) -> Option<String> {
        if let Some(id) = self.nonces.get(&(account, nonce.to_owned())) {
            return Some(id.clone());
        }
        let held = self.held.iter().find(|said| said.account == account && said.nonce == nonce);
        let gone = || self.gone.iter().find(|gone| gone.account == account && gone.nonce == nonce);
        held.map(|said| said.message.id.clone()).or_else(|| gone().map(|gone| gone.message.clone()))
    }

    /// A message that is shown, was deleted or waits.
    pub(super) fn said(&self, id: &str) -> Option<&Said> {
        self.find(id).or_else(|| self.held.iter().find(|said| said.message.id == id))
    }

    /// What became of a message, as far as that is remembered.
    pub(super) fn state_of(&self, id: &str) -> Option<State> {
        let gone = || self.gone.iter().find(|gone| gone.message == id).map(|gone| gone.state);
        self.said(id).map(|said| said.state).or_else(gone)
    }

    /// Whether what can be done with a message is known without looking it up. Of one that is shown, its nonce is not enough.
    pub(super) fn remembers(&self, id: &str) -> bool {
        self.said(id).is_some() || self.state_of(id).is_some_and(|state| state != State::Shown)
    }

    /// Remembers the nonce of a message.
    pub(super) fn remember(&mut self, gone: Gone) {
        if self.gone.len() == MOST_GONE {
            self.gone.pop_front();
        }
        self.gone.push_back(gone);
    }

    /// Takes back what everybody may have seen. Whether it was there.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        if let Some(place) = self.held.iter().position(|said| said.message.id == id) {
            self.held.remove(place);
            return false;
        }
        // Said again it is another attempt.
        if let Some(said) = self.find(id) {
            let key = (said.account, said.nonce.clone());
            self.nonces.remove(&key);
        }
        self.delete(id)
    }

    /// Deletes a message with what it links to, and its text from what answers it. Whether it was shown.
    pub(super) fn delete(&mut self, id: &str) -> bool {
        let Some(said) = self.find_mut(id).filter(|said| said.state == State::Shown) else { return false };
        said.state = State::Deleted;
        said.message.preview = None;
        for said in self.said.iter_mut().chain(&mut self.aside).chain(&mut self.held) {
            if let Some(reply) = said.message.reply.as_mut().filter(|reply| reply.id == id) {
                reply.text.clear();
            }
        }
        true
    }

    /// The messages of an account that are shown.
    pub(super) fn of_account(&self, account: Uuid) -> Vec<String> {
        let all = self.aside.iter().chain(&self.said);
        let shown = all.filter(|said| said.account == account && said.state == State::Shown);
        shown.map(|said| said.message.id.clone()).collect()
    }

    /// Whether this was said lately by anybody and is shown, or waits for that.
    pub(super) fn has_said(&self, folded: &str) -> bool {
        let shown = self.said.iter().filter(|said| said.state == State::Shown);
        shown.chain(&self.held).any(|said| said.folded == folded)
    }

    /// Whether this account said something before then that still is shown.
    pub(super) fn has_spoken(&self, account: Uuid, before: i64) -> bool {
        // What was shown later than it was said stands behind what was said after it.
        let by = |said: &Said| said.account == account && said.state == State::Shown;
        self.said.iter().any(|said| by(said) && millis(said.message.at) < before)
    }

    /// The latest messages that are shown, oldest first, and whether there may be older ones.
    pub(super) fn latest(&self) -> (Vec<Message>, bool) {
        let mut room = MOST_SHOWN;
        let fits = |said: &&Said| {
            let size = said.size();
            room = room.saturating_sub(size);
            room > 0
        };
        let mut messages: Vec<Message> = self.newest().take_while(fits).map(Said::as_shown).collect();
        messages.reverse();
        let more = self.goes_on
            || self.dropped > 0
            || self.said.iter().filter(|said| said.state == State::Shown).count() > messages.len();
        (messages, more)
    }

    /// What a snapshot may have, the newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Said> {
        self.said.iter().rev().filter(|said| said.state == State::Shown).take(SHOWN)
    }

    pub(super) fn held(&self) -> &[Said] {
        &self.held
    }

    /// Whether a message waits for a moderator, or for its time.
    pub(super) fn waits(&self, id: &str) -> bool {
        self.held.iter().any(|said| said.message.id == id)
    }

    /// Whether one more may wait for a moderator.
    pub(super) fn can_hold(&self) -> bool {
        let waiting = || self.held.iter().filter(|said| said.release_at.is_none());
        waiting().count() < MOST_HELD && waiting().map(Said::size).sum::<usize>() < MOST_SHOWN
    }

    /// Whether one more of this account may.
    pub(super) fn can_hold_of(&self, account: Uuid) -> bool {
        let own = self.held.iter().filter(|said| said.account == account && said.release_at.is_none());
        own.count() < MOST_OWN_HELD
    }

    /// How many wait to be shown by themselves.
    pub(super) fn delayed(&self) -> usize {
        self.held.iter().filter(|said| said.release_at.is_some()).count()
    }

    /// What a moderator who comes is told that waits, oldest first: what they have to look at, and what is shown by itself; of more
    /// than they can take at once the latest of each. What is left of it they are told when they come again.
    pub(super) fn held_to_tell(&self) -> Vec<Said> {
        let (mut room, mut room_later) = (MOST_TOLD, MOST_TOLD_LATER);
        let fits = |said: &&Said| {
            let room = if said.release_at.is_some() { &mut room_later } else { &mut room };
            *room = room.saturating_sub(said.size());
            *room > 0
        };
        let mut told: Vec<Said> = self.held.iter().rev().filter(fits).cloned().collect();
        told.reverse();
        told
    }

    pub(super) fn hold(&mut self, said: Said) {
        self.held.push(said);
    }

    pub(super) fn unhold(&mut self, id: &str) -> Option<Said> {
        let place = self.held.iter().position(|said| said.message.id == id)?;
        Some(self.held.remove(place))
    }

    /// What waits will never be shown.
    pub(super) fn discard(&mut self, id: &str) -> Option<Said> {
        let said = self.unhold(id)?;
        let (account, nonce, message) = (said.account, said.nonce.clone(), said.message.id.clone());
        self.remember(Gone { account, nonce, message, state: State::Discarded });
        Some(said)
    }

    /// What an account has waiting.
    pub(super) fn held_of(&self, account: Uuid) -> Vec<String> {
        self.held.iter().filter(|said| said.account == account).map(|said| said.message.id.clone()).collect()
    }

    /// What is to be shown by itself by then, in order.
    pub(super) fn due(&self, at: i64) -> Vec<String> {
        let due = self.held.iter().filter(|said| said.release_at.is_some_and(|release| release <= at));
        due.map(|said| said.message.id.clone()).collect()
    }

    pub(super) fn next_release(&self) -> Option<i64> {
        self.held.iter().filter_map(|said| said.release_at).min()
    }
}
