//! What a room writes down.

use klieg_api::Handle;
use klieg_api::desk::ACTIONS;
use klieg_api::points::{Prediction, RewardTerms};
use klieg_api::questions::Closed;
use klieg_api::room::{FilterAction, Poll, Preview, Rights, Settings};
use uuid::Uuid;

use super::state::{OpenQuestion, Said, Silence, State};
use crate::unseen;

/// Characters that the log keeps of a reason.
const MOST_DETAIL: usize = 500;

/// One thing to keep.
#[derive(Clone, Debug)]
pub enum Record {
    Said(Box<Said>),
    /// The same, apart from the talk, which only who keeps order may do.
    Announced {
        said: Box<Said>,
        act: Act,
    },
    /// These messages are shown, discarded or deleted from now on. If it is an act that names none of them, the log has each.
    State {
        messages: Vec<String>,
        state: State,
        act: Option<Act>,
    },
    /// What somebody has said since then and until the act, in milliseconds since 1970, is deleted from now on, as far as it is shown,
    /// and so are these messages of theirs, however old they are. The log has each, if there is any.
    Removed {
        account: Uuid,
        since: i64,
        messages: Vec<String>,
        act: Act,
    },
    Reaction {
        message: String,
        emoji: String,
        account: Uuid,
        on: bool,
    },
    /// What a message links to says this.
    Preview {
        message: String,
        preview: Preview,
    },
    Pinned {
        message: Option<String>,
        act: Option<Act>,
    },
    Settings {
        settings: Settings,
        act: Act,
    },
    /// A filter does this from now on, or is no more.
    Filter {
        pattern: String,
        action: Option<FilterAction>,
        act: Act,
    },
    /// Somebody is silenced, or may write again.
    Silence {
        account: Uuid,
        who: Handle,
        silence: Option<Silence>,
        act: Act,
    },
    /// A poll begins.
    Poll {
        poll: Poll,
        act: Act,
    },
    Vote {
        poll: String,
        account: Uuid,
        option: u32,
    },
    /// Somebody ended it, or its time was over.
    PollEnded {
        poll: String,
        at: i64,
        act: Option<Act>,
    },
    /// What a moderator did, when nothing else says so.
    Act(Act),
    /// Somebody is a moderator with these rights, or none any more.
    Moderator {
        account: Uuid,
        who: Handle,
        rights: Option<Rights>,
        act: Act,
    },
    Points(PointsRecord),
    Question(QuestionRecord),
}

impl Record {
    /// About how many rows it changes.
    pub fn rows(&self) -> usize {
        match self {
            Self::State { messages, .. } => messages.len(),
            // As many as there are; few people say more in a day.
            Self::Removed { messages, .. } => 500 + messages.len(),
            Self::Points(PointsRecord::Earned { accounts, .. }) => accounts.len(),
            Self::Points(PointsRecord::Decided { returned, .. }) => 2 * returned.len(),
            _ => 1,
        }
    }

    /// What is said, if something is.
    pub fn said(&self) -> Option<&Said> {
        match self {
            Self::Said(said) | Self::Announced { said, .. } | Self::Points(PointsRecord::Redeemed { said, .. }) => {
                Some(said)
            }
            _ => None,
        }
    }

    /// What the log will say of it.
    pub fn act(&self) -> Option<&Act> {
        match self {
            Self::State { act, .. }
            | Self::Pinned { act, .. }
            | Self::PollEnded { act, .. }
            | Self::Points(PointsRecord::Locked { act, .. } | PointsRecord::Decided { act, .. })
            | Self::Question(QuestionRecord::Closed { act, .. }) => act.as_ref(),
            Self::Announced { act, .. }
            | Self::Poll { act, .. }
            | Self::Settings { act, .. }
            | Self::Filter { act, .. }
            | Self::Silence { act, .. }
            | Self::Removed { act, .. }
            | Self::Moderator { act, .. }
            | Self::Act(act)
            | Self::Points(
                PointsRecord::Prediction { act, .. }
                | PointsRecord::Reward { act, .. }
                | PointsRecord::Fulfilled { act, .. },
            ) => Some(act),
            Self::Said(_)
            | Self::Reaction { .. }
            | Self::Preview { .. }
            | Self::Vote { .. }
            | Self::Points(PointsRecord::Earned { .. } | PointsRecord::Stake { .. } | PointsRecord::Redeemed { .. })
            | Self::Question(QuestionRecord::Asked(_) | QuestionRecord::Vote { .. }) => None,
        }
    }

    /// Says with what somebody does it, if it is theirs and the log will say something of it.
    pub fn done_by(&mut self, actor: Actor) {
        let act = match self {
            Self::State { act, .. }
            | Self::Pinned { act, .. }
            | Self::PollEnded { act, .. }
            | Self::Points(PointsRecord::Locked { act, .. } | PointsRecord::Decided { act, .. })
            | Self::Question(QuestionRecord::Closed { act, .. }) => act.as_mut(),
            Self::Announced { act, .. }
            | Self::Poll { act, .. }
            | Self::Settings { act, .. }
            | Self::Filter { act, .. }
            | Self::Silence { act, .. }
            | Self::Removed { act, .. }
            | Self::Moderator { act, .. }
            | Self::Act(act)
            | Self::Points(
                PointsRecord::Prediction { act, .. }
                | PointsRecord::Reward { act, .. }
                | PointsRecord::Fulfilled { act, .. },
            ) => Some(act),
            _ => None,
        };
        if let Some(act) = act.filter(|act| act.actor.account == actor.account) {
            act.actor = actor;
        }
    }
}

/// What becomes of points.
#[derive(Clone, Debug)]
pub enum PointsRecord {
    Earned {
        accounts: Vec<Uuid>,
        points: u64,
    },
    /// A prediction begins.
    Prediction {
        prediction: Prediction,
        act: Act,
    },
    /// So many points more are staked.
    Stake {
        prediction: String,
        account: Uuid,
        outcome: u32,
        points: u64,
    },
    Locked {
        prediction: String,
        at: i64,
        act: Option<Act>,
    },
    /// Everybody has what comes back to them.
    Decided {
        prediction: String,
        winner: Option<u32>,
        returned: Vec<(Uuid, u64)>,
        act: Option<Act>,
    },
    /// A reward is like this from now on, or is no more.
    Reward {
        id: String,
        terms: Option<RewardTerms>,
        act: Act,
    },
    Redeemed {
        said: Box<Said>,
        reward: String,
        cost: u32,
        waits: bool,
    },
    /// It is fulfilled, or its points go back.
    Fulfilled {
        redemption: String,
        back: Option<(Uuid, u64)>,
        act: Act,
    },
}

/// What becomes of questions to the creator.
#[derive(Clone, Debug)]
pub enum QuestionRecord {
    Asked(Box<OpenQuestion>),
    Vote { question: String, account: Uuid, on: bool },
    Closed { question: String, how: Closed, at: i64, act: Option<Act> },
}

/// Who does something: an account, and what it does so with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    pub account: Uuid,
    /// An API token, which the log names, or a session, which it does not.
    pub by: Option<Uuid>,
}

impl From<Uuid> for Actor {
    /// By itself.
    fn from(account: Uuid) -> Self {
        Self { account, by: None }
    }
}

/// What a moderator did, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    pub actor: Actor,
    pub action: &'static str,
    pub subject: Option<Uuid>,
    pub message: Option<String>,
    pub detail: String,
    /// Milliseconds since 1970.
    pub at: i64,
}

impl Act {
    /// An act that names no message.
    pub fn new(actor: impl Into<Actor>, action: &'static str, subject: Option<Uuid>, detail: &str, at: i64) -> Self {
        debug_assert!(ACTIONS.contains(&action), "{action} is described nowhere");
        let detail = unseen::line(detail).take(MOST_DETAIL).collect();
        Self { actor: actor.into(), action, subject, message: None, detail, at }
    }

    /// An act on a message.
    pub fn on(self, message: &str) -> Self {
        Self { message: Some(message.to_owned()), ..self }
    }
}
