//! How many: votes, stakes and followers, which change too often to be told one by one.

use serde::{Deserialize, Serialize};

use super::Poll;
use crate::points::Prediction;
use crate::questions::QuestionVotes;

/// The votes or stakes that something has now, or how many follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Counts {
    /// The poll that is on.
    Poll {
        poll: String,
        /// For each of its options, in their order.
        votes: Vec<u32>,
    },
    /// The prediction that takes points.
    Prediction {
        prediction: String,
        /// On each of its outcomes, in their order.
        stakes: Vec<Stakes>,
    },
    /// Questions that are open. What is not named has the votes that it had.
    Questions { questions: Vec<QuestionVotes> },
    /// So many follow the channel. Told where there is a goal.
    Followers { followers: u64 },
}

/// What is staked on an outcome, and by how many people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stakes {
    pub points: u64,
    pub people: u32,
}

impl Counts {
    pub fn of_poll(poll: &Poll) -> Self {
        Self::Poll { poll: poll.id.clone(), votes: poll.options.iter().map(|option| option.votes).collect() }
    }

    pub fn of_prediction(prediction: &Prediction) -> Self {
        let stakes = prediction.outcomes.iter().map(|of| Stakes { points: of.points, people: of.people });
        Self::Prediction { prediction: prediction.id.clone(), stakes: stakes.collect() }
    }
}
