//! Questions to the creator: asked by viewers, voted for by others, answered in the show.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::room::Author;

/// Characters (grapheme clusters) that a question may have.
pub const MAX_QUESTION: usize = 200;
/// Questions that may be open in a room, and of one person.
pub const MAX_OPEN: usize = 100;
pub const MAX_OWN: usize = 3;

/// Something that a viewer wants to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Question {
    pub id: String,
    pub author: Author,
    pub text: String,
    /// Who wants to know it as well; the author is not counted.
    pub votes: u32,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// How many want to know it as well, now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuestionVotes {
    pub question: String,
    pub votes: u32,
}

/// Why a question is open no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    Answered,
    /// Put away by a moderator, or taken back by its author.
    Dismissed,
}
