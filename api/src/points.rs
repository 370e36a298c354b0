//! Points of a channel: what viewers earn by watching it and spend on predictions and rewards. They cost nothing, are worth
//! nothing elsewhere, and are never paid out.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::room::Author;

/// What one earns for every five minutes in the room of a channel that is live.
pub const EARNED: u32 = 10;
/// Rewards that a channel may have.
pub const MAX_REWARDS: usize = 30;

/// A question of which nobody knows the answer yet, and on which people stake points. One at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Prediction {
    pub id: String,
    pub question: String,
    /// 2 to 6.
    pub outcomes: Vec<Outcome>,
    /// Until then points may be staked.
    #[serde(with = "time::serde::rfc3339")]
    pub locks_at: OffsetDateTime,
    pub stage: Stage,
    /// What came true: its place, from 0. Once it is resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winner: Option<u32>,
    /// When it was resolved or cancelled. Once it is.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub over_at: Option<OffsetDateTime>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Outcome {
    pub text: String,
    /// Staked on it, by so many people.
    pub points: u64,
    pub people: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Points may be staked.
    Open,
    /// Nobody may stake any more; it is waited for what comes true.
    Locked,
    /// Those who were right have shared what all have staked, each by their own stake.
    Resolved,
    /// Everybody has back what they staked.
    Cancelled,
}

impl Prediction {
    /// Everything that is staked.
    pub fn points(&self) -> u64 {
        self.outcomes.iter().map(|outcome| outcome.points).sum()
    }

    /// An outcome's share of what is staked, in whole percent.
    pub fn percent(&self, outcome: &Outcome) -> u32 {
        let all = u128::from(self.points());
        (u128::from(outcome.points) * 100 + all / 2).checked_div(all).unwrap_or_default() as u32
    }

    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Resolved | Stage::Cancelled)
    }
}

/// What one has staked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stake {
    pub prediction: String,
    /// The outcome's place, from 0.
    pub outcome: u32,
    pub points: u64,
    /// What came back, once it is over: nothing if it was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned: Option<u64>,
}

/// Something that viewers get for points, by the creator's own choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reward {
    pub id: String,
    #[serde(flatten)]
    pub terms: RewardTerms,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RewardTerms {
    /// 1 to 45 characters.
    pub title: String,
    /// 1 to 1,000,000 points.
    pub cost: u32,
    /// Who redeems it has to write something, which is said in the room.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks: bool,
    /// Each waits until the creator or a moderator has fulfilled it or given the points back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
    /// Nobody can redeem it now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
}

/// A reward that somebody redeemed and that waits to be fulfilled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Redemption {
    /// That of the message that tells of it.
    pub id: String,
    pub who: Author,
    /// The reward's title and cost, as they were then.
    pub title: String,
    pub cost: u32,
    /// What they wrote, if the reward asked for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}
