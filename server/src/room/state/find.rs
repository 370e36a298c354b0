//! What is not remembered, looked up when somebody wants to do something with it.
//!
//! The history has so many messages, which in a busy room were said within seconds; what is on people's screens, and what they
//! looked up themselves, is older. The table has it: it is read aside, and then it is as if it had been remembered.

use uuid::Uuid;

use super::moderation::LATELY;
use super::said::{Said, State};
use super::talk::Saying;
use super::{Asked, Now, Out, Record, Room};
use crate::database::millis;
use crate::http::problem::Problem;

/// Messages that may be looked up at once. Who wants one more is told to try again, but for moderators, who have to get at what a
/// crowd says.
const MOST: usize = 32;
/// Bytes of a name that a message may have.
const MOST_NAME: usize = 36;

/// A message that is looked up, for whom, and what they want with it.
#[derive(Clone, Debug)]
pub struct Find {
    pub asked: Asked,
    pub message: String,
    pub wish: Wish,
}

#[derive(Clone, Debug)]
pub enum Wish {
    Delete,
    TakeBack,
    Pin,
    React {
        emoji: String,
        on: bool,
    },
    /// To answer it with this, which has this name then.
    Answer(Uuid, Saying),
}

impl Room {
    /// Looks up a message that somebody wants to do something with, if it is not remembered. Whether that is so: they are
    /// answered then.
    pub(super) fn finds(&mut self, asked: Asked, now: &Now, message: &str, wish: Wish) -> bool {
        let Ok(account) = self.writer(asked) else { return false };
        if message.len() > MOST_NAME || self.history.remembers(message) {
            return false;
        }
        // What is on its way to the table is not found in it.
        let is_on_its_way = self.unkept.values().any(|unkept| unkept.is_of(message));
        let is_too_much = self.finding >= MOST && !self.people.role_of(account).moderates();
        if self.unwritten_deletions().any(|id| id == message) {
            self.refuse(asked, Problem::not_found("message"), None);
        } else if is_on_its_way || is_too_much {
            self.refuse(asked, Problem::busy(), Some(2_000));
        } else if let Err(problem) = self.pace(account, now) {
            self.refuse(asked, problem, None);
        } else {
            self.finding += 1;
            self.out.push(Out::Find(Find { asked, message: message.to_owned(), wish }));
        }
        true
    }

    /// A message was looked up, and is shown; or why there is none.
    pub fn found(&mut self, Find { asked, message, wish }: Find, found: Result<Said, Problem>, now: &Now) {
        self.finding = self.finding.saturating_sub(1);
        match found {
            Ok(said) if self.is_deleted(&said) => return self.refuse(asked, Problem::not_found("message"), None),
            Ok(said) => self.history.take_in(said),
            Err(problem) => return self.refuse(asked, problem, None),
        }
        match wish {
            Wish::Delete => self.delete(asked, now, &message),
            Wish::TakeBack => self.take_back(asked, now, &message),
            Wish::Pin => self.pin(asked, now, Some(message)),
            // That it is looked up counted as what they may do.
            Wish::React { emoji, on } => self.react_to_known(asked, now, &message, &emoji, on),
            Wish::Answer(id, saying) => self.say(now, asked, id, &saying),
        }
    }

    /// Whether it was deleted, perhaps since it was read.
    fn is_deleted(&self, Said { message, account, .. }: &Said) -> bool {
        self.is_removed(*account, millis(message.at)) || self.unwritten_deletions().any(|id| id == message.id)
    }

    /// Messages that are deleted or discarded, each by its name, and that the tables may have still.
    pub(super) fn unwritten_deletions(&self) -> impl Iterator<Item = &str> {
        let messages = self.unwritten_finals().flat_map(|record| match record {
            Record::State { messages, state: State::Deleted | State::Discarded, .. }
            | Record::Removed { messages, .. } => messages.as_slice(),
            _ => &[],
        });
        messages.map(String::as_str)
    }

    /// Whether what somebody said then was removed with all that they had said, which the tables may not have yet.
    pub(super) fn is_removed(&self, account: Uuid, at: i64) -> bool {
        let silence = self.people.any_silence(account);
        let is_unwritten = |record: &Record| match record {
            Record::Removed { account: of, since, act, .. } => *of == account && (*since..=act.at).contains(&at),
            _ => false,
        };
        silence.is_some_and(|silence| (silence.since - LATELY..=silence.since).contains(&at))
            || self.unwritten_finals().any(is_unwritten)
    }
}
