//! The desk of a room: who keeps it in order and who is silenced, what its keepers know of somebody, what was done, who appeals,
//! what was reported.
//!
//! Asked for on the live connection; one need not be in the room for it, since those who are banned cannot be.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::Handle;
use crate::room::{Rights, Role};

/// Characters that a note, an appeal, its answer or a report may have.
pub const MAX_WORDS: usize = 500;

/// What is done to keep a room in order, as [`Act::action`] has it.
pub const ACTIONS: &[&str] = &[
    "ban",
    "time_out",
    "unban",
    "delete",
    "delete_all",
    "discard_all",
    "discard_held",
    "approve",
    "discard",
    "announce",
    "pin",
    "unpin",
    "settings",
    "add_filter",
    "remove_filter",
    "appoint",
    "dismiss",
    "shield",
    "shield_over",
    "start_poll",
    "end_poll",
    "start_prediction",
    "lock_prediction",
    "resolve_prediction",
    "cancel_prediction",
    "save_reward",
    "remove_reward",
    "fulfil",
    "refund",
    "answer_question",
    "dismiss_question",
    "raid",
    "cancel_raid",
    "shout_out",
    "note",
    "remove_note",
    "accept",
    "reject",
    "resolve",
];

/// Somebody, as a room knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Card {
    pub who: Handle,
    /// The name shown, if they chose one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub role: Role,
    /// Since when they have an account.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub follows_since: Option<OffsetDateTime>,
    /// What only moderators are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<File>,
}

/// What moderators know of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct File {
    /// Messages that they wrote here and that are shown.
    pub messages: u32,
    pub silence: Option<Silence>,
    /// The latest first, 100 at most.
    pub notes: Vec<Note>,
    /// What was done to them, the latest first, 20 at most.
    pub acts: Vec<Act>,
}

/// That somebody may not write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Silence {
    /// Null: a ban, until further notice.
    #[serde(with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    pub reason: String,
}

/// What keeps oneself from writing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnSilence {
    /// Null: a ban, until further notice.
    #[serde(with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    /// What the moderator gave as the reason, if they did.
    pub reason: String,
    /// One may appeal once against what began then.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
}

/// Somebody who keeps a room in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Keeper {
    pub who: Handle,
    /// Absent for all of them.
    #[serde(default, skip_serializing_if = "Rights::are_all")]
    pub rights: Rights,
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
}

/// Somebody who may not write in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Silenced {
    pub who: Handle,
    pub silence: Silence,
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
}

/// What somebody may do in a room from now on, which is not written down yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnwrittenRights {
    pub who: Handle,
    /// Null: they keep nothing in order any more.
    pub rights: Option<Rights>,
}

/// What a moderator wrote down about somebody, for the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Note {
    pub id: String,
    pub by: Option<Handle>,
    pub text: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// What somebody did to keep the room in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Act {
    /// Counts up: where to read on from.
    pub id: i64,
    /// Null: the room itself, or an account that is gone.
    pub by: Option<Handle>,
    /// The API token that they did it with, as it was called then; absent if they did it themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// `ban`, `time_out`, `unban`, `delete`, `approve`, `discard`, `announce`, `pin`, `unpin`, `settings`, `add_filter`,
    /// `remove_filter`, `appoint`, `dismiss`, `shield`, `shield_over`, `start_poll`, `end_poll`, `start_prediction`, `lock_prediction`,
    /// `resolve_prediction`, `cancel_prediction`, `save_reward`, `remove_reward`, `fulfil`, `refund`, `answer_question`,
    /// `dismiss_question`, `raid`, `cancel_raid`, `shout_out`, `note`, `remove_note`, `accept`, `reject`, `resolve`,
    /// `delete_all`, `discard_all` (what a ban, a timeout or the shield removed), `discard_held`; later versions have more.
    pub action: String,
    pub whom: Option<Handle>,
    /// The message that it was about, as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How many messages it removed at one stroke, if it did: `read_removed` has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<u32>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A message that an act removed with others, as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Removed {
    pub message: String,
    pub who: Handle,
    pub text: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A message that somebody wrote, as it was written, whatever became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Written {
    pub message: String,
    pub text: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub fate: Fate,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    Shown,
    /// It waits for a moderator, or for its time.
    Held,
    /// It waited, and nobody was shown it.
    Discarded,
    Deleted,
    /// What this version does not know.
    #[serde(other)]
    Other,
}

/// That somebody who was silenced asks to be heard again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Appeal {
    pub id: String,
    pub who: Handle,
    pub text: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What it is against, if that holds still.
    pub silence: Option<Silence>,
    pub decision: Option<Decision>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decision {
    pub accepted: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub answer: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// That somebody tells the moderators of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    pub id: String,
    pub by: Option<Handle>,
    pub who: Handle,
    /// The message that it is about, as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    pub reason: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}
