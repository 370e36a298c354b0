//! Channels that send their viewers to each other: raids, and shout-outs.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::room::Author;

/// Everybody in the room goes to another channel that is live, in a moment. Who does not want to, stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Raid {
    pub id: String,
    pub to: Author,
    #[serde(with = "time::serde::rfc3339")]
    pub goes_at: OffsetDateTime,
}

/// Another channel's viewers have come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Raided {
    pub by: Author,
    /// How many people there were in its room, without its creator; as `presence` counts them.
    pub viewers: u64,
}

/// A channel that is worth a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShoutOut {
    pub channel: Author,
    /// Of its show.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    pub live: bool,
}
