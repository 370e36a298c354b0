//! What was said before what the room remembers: it is looked up in the tables, and what the room knows better is mended.
//!
//! A deletion holds before it is written down, so nothing that the tables still have goes out past the room.

use klieg_api::live::Frame;
use klieg_api::room::Message;
use serde::{Deserialize, Serialize};

use super::said::{Said, State};
use super::talk::not_here;
use super::{Asked, Out, Room};
use crate::http::problem::Problem;

/// What may be looked up at once for one room. Who asks for more is told to come again.
const MOST: usize = 64;
/// When that is, in milliseconds.
const AGAIN: u64 = 1_000;

/// What is to be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recall {
    /// The messages before this one.
    Before(String),
}

/// What was found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Recalled {
    /// Those that are shown, oldest first, and whether there are more.
    Before { before: String, messages: Vec<Message>, more: bool },
    /// There is no such message.
    Nothing,
    /// The tables do not answer.
    Unknown,
}

impl Room {
    /// Somebody who is here wants to know what was said before a message.
    pub fn read_messages(&mut self, asked: Asked, before: String) {
        if self.people.is_here(asked.client) {
            self.recall(asked, Recall::Before(before));
        } else {
            self.refuse(asked, not_here(), None);
        }
    }

    fn recall(&mut self, asked: Asked, recall: Recall) {
        if self.recalling == MOST {
            return self.refuse(asked, Problem::busy(), Some(AGAIN));
        }
        self.recalling += 1;
        self.out.push(Out::Recall(asked, recall));
    }

    /// What was looked up is found, or is not.
    pub fn recalled(&mut self, asked: Asked, recalled: Recalled) {
        self.recalling = self.recalling.saturating_sub(1);
        match recalled {
            // Who was put out meanwhile reads nothing.
            Recalled::Before { .. } if !self.people.is_here(asked.client) => {}
            Recalled::Before { before, messages, more } => {
                let messages = messages.into_iter().filter_map(|message| self.as_known(message)).collect();
                let room = self.handle.clone();
                self.one(asked.client, &Frame::Messages { id: asked.id, room, before, messages, more });
            }
            Recalled::Nothing => self.refuse(asked, Problem::not_found("message"), None),
            Recalled::Unknown => self.refuse(asked, Problem::busy(), Some(AGAIN)),
        }
    }

    /// A message that the tables show, as the room knows it; none if it is deleted.
    fn as_known(&self, message: Message) -> Option<Message> {
        if self.history.state_of(&message.id).is_some_and(|state| state != State::Shown) {
            return None;
        }
        let mut message = self.history.find(&message.id).map_or(message, Said::as_shown);
        if let Some(reply) = &mut message.reply
            && self.history.state_of(&reply.id) == Some(State::Deleted)
        {
            reply.text.clear();
        }
        Some(message)
    }
}
