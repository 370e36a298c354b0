//! What was said before what the room remembers: it is looked up in the tables, and what the room knows better is mended.
//!
//! A deletion holds before it is written down, so nothing that the tables still have goes out past the room.

use std::collections::HashSet;

use klieg_api::live::Frame;
use klieg_api::room::Message;
use uuid::Uuid;

use super::said::{Said, State};
use super::talk::not_here;
use super::{Asked, Out, Room};
use crate::database::millis;
use crate::http::problem::Problem;

/// What may be looked up at once for one room. Who asks for more is told to come again.
const MOST: usize = 64;
/// When that is, in milliseconds.
const AGAIN: u64 = 1_000;

/// What was found.
#[derive(Clone, Debug)]
pub enum Recalled {
    /// Those that are shown, oldest first, and whether there are more.
    Before { before: String, messages: Vec<Past>, more: bool },
    /// There is no such message.
    Nothing,
    /// The tables do not answer.
    Unknown,
}

/// A message as the tables have it.
#[derive(Clone, Debug)]
pub struct Past {
    pub message: Message,
    pub account: Uuid,
    /// Whose message it answers, and when that was said, in milliseconds since 1970.
    pub answered: Option<(Uuid, i64)>,
}

impl Room {
    /// Somebody who is here wants to know what was said before a message.
    pub fn read_messages(&mut self, asked: Asked, before: String) {
        if !self.people.is_here(asked.client) {
            self.refuse(asked, not_here(), None);
        } else if self.recalling == MOST {
            self.refuse(asked, Problem::busy(), Some(AGAIN));
        } else {
            self.recalling += 1;
            self.out.push(Out::Recall(asked, before));
        }
    }

    /// What was looked up is found, or is not.
    pub fn recalled(&mut self, asked: Asked, recalled: Recalled) {
        self.recalling = self.recalling.saturating_sub(1);
        match recalled {
            // Who was put out meanwhile reads nothing.
            Recalled::Before { .. } if !self.people.is_here(asked.client) => {}
            Recalled::Before { before, messages, more } => {
                let deleted: HashSet<&str> = self.unwritten_deletions().collect();
                let messages: Vec<Message> =
                    messages.into_iter().filter_map(|past| self.as_known(past, &deleted)).collect();
                // All of it is gone and not written down yet: from an empty page nobody gets further.
                if messages.is_empty() && more {
                    return self.refuse(asked, Problem::busy(), Some(AGAIN));
                }
                let room = self.handle.clone();
                self.one(asked.client, &Frame::Messages { id: asked.id, room, before, messages, more });
            }
            Recalled::Nothing => self.refuse(asked, Problem::not_found("message"), None),
            Recalled::Unknown => self.refuse(asked, Problem::busy(), Some(AGAIN)),
        }
    }

    /// A message that the tables show, as the room knows it; none if it is deleted. These are that the tables may have still.
    fn as_known(&self, Past { message, account, answered }: Past, deleted: &HashSet<&str>) -> Option<Message> {
        let is_gone =
            |id: &str| deleted.contains(id) || self.history.state_of(id).is_some_and(|state| state != State::Shown);
        if is_gone(&message.id) || self.is_removed(account, millis(message.at)) {
            return None;
        }
        let mut message = self.history.find(&message.id).map_or(message, Said::as_shown);
        if let Some(reply) = &mut message.reply
            && (is_gone(&reply.id) || answered.is_some_and(|(account, at)| self.is_removed(account, at)))
        {
            reply.text.clear();
        }
        Some(message)
    }
}
