//! What a room is asked, and the way in for connections of this server.

use std::sync::Arc;

use klieg_api::raids::Raided;
use klieg_api::room::{Filter, Position, Preview, Rights, SettingsChange};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::state::{Asked, Checked, Facts, Saying, Subject};
use super::together::Together;
use crate::socket::{ClientId, Outbox};

/// Requests that may wait for a room.
const QUEUE: usize = 4_096;

/// What a room is asked. Another server's connections ask the same, in JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Input {
    Join {
        asked: Asked,
        facts: Option<Facts>,
        after: Option<Position>,
    },
    Leave(ClientId),
    /// Whether the show plays there.
    Watch(Asked, bool),
    Say(Asked, Saying),
    React {
        asked: Asked,
        message: String,
        emoji: String,
        on: bool,
    },
    Cheer(Asked, String),
    Delete(Asked, String),
    /// Deletes a message of one's own, as what may not moderate.
    TakeBack(Asked, String),
    Pin(Asked, Option<String>),
    /// What was said before this message.
    ReadMessages(Asked, String),
    /// Who is here after this one.
    ReadPresent(Asked, Option<klieg_api::Handle>),
    Silence {
        asked: Asked,
        subject: Subject,
        seconds: Option<u32>,
        reason: String,
    },
    Forgive(Asked, Subject),
    Review {
        asked: Asked,
        message: String,
        approve: bool,
    },
    /// Discards what waits of these messages.
    DiscardHeld(Asked, Vec<String>),
    Appoint {
        asked: Asked,
        subject: Subject,
        moderator: bool,
        #[serde(default)]
        rights: Option<Rights>,
    },
    Set(Asked, SettingsChange),
    Together(Asked, Together),
    AddFilter(Asked, Filter),
    RemoveFilter(Asked, String),
    /// Somebody follows since then, or not any more; so many do now.
    Followed(Uuid, Option<OffsetDateTime>, u64),
    /// An appeal was accepted: what silenced somebody since then, in milliseconds since 1970, is over.
    Lifted(Uuid, i64),
    /// What the tables say, in case a word was lost.
    Checked(Checked),
    /// Something else waits at the desk, or its log says something new.
    DeskChanged,
    /// The channel that this raid goes to takes it still, or it does not.
    SetsOff {
        raid: String,
        may_go: bool,
    },
    /// Another channel's viewers come.
    Raided(Raided),
    /// Whether the channel is its creator's alone from now on.
    Private(bool),
    /// What a message links to has been looked up.
    Previewed {
        message: String,
        preview: Preview,
    },
    /// The channel's emotes are others now, as their table has it.
    EmotesChanged,
}

impl Input {
    /// Who waits for an answer, if what they ask is done only where it can be kept.
    pub(super) fn kept_for(&self) -> Option<Asked> {
        match self {
            Self::Join { .. }
            | Self::Leave(_)
            | Self::Watch(..)
            | Self::Cheer(..)
            | Self::Followed(..)
            | Self::Lifted(..)
            | Self::Checked(_)
            | Self::DeskChanged
            | Self::SetsOff { .. }
            | Self::Raided(_)
            | Self::Private(_)
            | Self::Previewed { .. }
            | Self::EmotesChanged
            | Self::ReadMessages(..)
            | Self::ReadPresent(..)
            // These hold in any case.
            | Self::Silence { .. }
            | Self::Delete(..) => None,
            Self::Say(asked, _)
            | Self::React { asked, .. }
            | Self::TakeBack(asked, _)
            | Self::Pin(asked, _)
            | Self::Forgive(asked, _)
            | Self::Review { asked, .. }
            | Self::DiscardHeld(asked, _)
            | Self::Appoint { asked, .. }
            | Self::Together(asked, _)
            | Self::AddFilter(asked, _)
            | Self::RemoveFilter(asked, _)
            | Self::Set(asked, _) => Some(*asked),
        }
    }
}

/// What comes in: a request, and the connection of somebody who joins.
pub(super) type Coming = (Input, Option<Arc<Outbox>>);
pub(super) type Inbox = mpsc::Receiver<Coming>;

/// The way into a room, wherever it is kept.
#[derive(Debug)]
pub struct Handle {
    ask: mpsc::Sender<Coming>,
    /// Whether this server keeps the room.
    pub(super) is_home: bool,
}

impl Handle {
    pub(super) fn new(is_home: bool) -> (Arc<Self>, Inbox) {
        let (ask, inbox) = mpsc::channel(QUEUE);
        (Arc::new(Self { ask, is_home }), inbox)
    }

    /// Brings a connection in; waits while the room has too much to do. Whether the room is there.
    pub async fn join(&self, outbox: Arc<Outbox>, asked: Asked, facts: Option<Facts>, after: Option<Position>) -> bool {
        self.ask.send((Input::Join { asked, facts, after }, Some(outbox))).await.is_ok()
    }

    /// Asks the room; waits while it has too much to do. Whether it is there.
    pub async fn ask(&self, input: Input) -> bool {
        self.ask.send((input, None)).await.is_ok()
    }

    /// Asks the room unless it has too much to do. Whether it was asked.
    pub fn try_ask(&self, input: Input) -> bool {
        self.ask.try_send((input, None)).is_ok()
    }
}
