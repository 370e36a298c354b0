//! Something that was said, and what became of it.

use klieg_api::room::{Message, Preview, Reaction};
use uuid::Uuid;

/// Why a message is held that is shown by itself.
pub(in crate::room) const DELAY: &str = "delay";

/// Something that was said.
#[derive(Clone, Debug)]
pub struct Said {
    pub message: Message,
    /// The text without what people vary to say the same again.
    pub folded: String,
    pub account: Uuid,
    pub nonce: String,
    /// Counts up in the room.
    pub seq: i64,
    pub state: State,
    /// Why it is held.
    pub reason: String,
    /// When it is shown by itself, in milliseconds since 1970.
    pub release_at: Option<i64>,
    /// Who put which emoji to it.
    pub reactions: Vec<(String, Vec<Uuid>)>,
}

impl Said {
    /// As what it is kept, and why if it is held. What is shown by itself is held until it is: a server that takes the room over
    /// in the meantime shows it then.
    pub fn kept(&self) -> (State, &str) {
        match self.state {
            _ if self.release_at.is_some() => (State::Held, DELAY),
            State::Held => (State::Held, &self.reason),
            state => (state, ""),
        }
    }

    /// About how many bytes it has as a frame.
    pub(in crate::room) fn size(&self) -> usize {
        let Message { text, reply, preview, .. } = &self.message;
        text.len()
            + reply.as_ref().map_or(0, |reply| reply.text.len())
            + preview.as_ref().map_or(0, size_of_preview)
            + 400
    }

    /// The message with the emoji put to it.
    pub(super) fn as_shown(&self) -> Message {
        Message { reactions: self.counted(), ..self.message.clone() }
    }

    /// The emoji put to it, in the order of the first of each.
    pub(super) fn counted(&self) -> Vec<Reaction> {
        let some = self.reactions.iter().filter(|(_, who)| !who.is_empty());
        some.map(|(emoji, who)| Reaction { emoji: emoji.clone(), count: who.len() as u32 }).collect()
    }
}

fn size_of_preview(Preview { url, title, description, site }: &Preview) -> usize {
    let rest = description.iter().chain(site).map(String::len).sum::<usize>();
    url.len() + title.len() + rest + 60
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Shown,
    Held,
    Discarded,
    Deleted,
}

impl State {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Held => "held",
            Self::Discarded => "discarded",
            Self::Deleted => "deleted",
        }
    }
}

/// A message of which only this is remembered.
#[derive(Debug)]
pub(super) struct Gone {
    pub account: Uuid,
    pub nonce: String,
    pub message: String,
    pub state: State,
}
