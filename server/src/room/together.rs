//! What people do together in a room besides talking, as it is asked: polls, predictions, rewards, questions, raids.

use klieg_api::Handle;
use klieg_api::live::Command;
use klieg_api::points::RewardTerms;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::state::{Asked, Now, Question, Redeeming, Room, Target};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Together {
    StartPoll(Question),
    Vote {
        poll: String,
        option: u32,
    },
    EndPoll(String),
    StartPrediction(Question),
    Predict {
        prediction: String,
        outcome: u32,
        points: u64,
    },
    LockPrediction(String),
    ResolvePrediction {
        prediction: String,
        winner: Option<u32>,
    },
    SaveReward {
        id: Option<String>,
        terms: RewardTerms,
    },
    RemoveReward(String),
    Redeem(Redeeming),
    Fulfil {
        redemption: String,
        done: bool,
    },
    AskQuestion {
        text: String,
        nonce: String,
    },
    VoteQuestion {
        question: String,
        on: bool,
    },
    CloseQuestion {
        question: String,
        answered: bool,
    },
    /// Whom it is about is looked up first.
    Raid(Target),
    CancelRaid,
    ShoutOut(Target),
}

impl Together {
    /// What a command asks of which room, or the command if it is about something else.
    pub fn of(command: Command) -> Result<(Handle, Self), Command> {
        Ok(match command {
            Command::StartPoll { room, question, options, seconds } => {
                (room, Self::StartPoll(Question { question, options, seconds }))
            }
            Command::Vote { room, poll, option } => (room, Self::Vote { poll, option }),
            Command::EndPoll { room, poll } => (room, Self::EndPoll(poll)),
            Command::StartPrediction { room, question, outcomes, seconds } => {
                (room, Self::StartPrediction(Question { question, options: outcomes, seconds }))
            }
            Command::Predict { room, prediction, outcome, points } => {
                (room, Self::Predict { prediction, outcome, points })
            }
            Command::LockPrediction { room, prediction } => (room, Self::LockPrediction(prediction)),
            Command::ResolvePrediction { room, prediction, winner } => {
                (room, Self::ResolvePrediction { prediction, winner })
            }
            Command::SaveReward { room, replaces, reward } => (room, Self::SaveReward { id: replaces, terms: reward }),
            Command::RemoveReward { room, reward } => (room, Self::RemoveReward(reward)),
            Command::Redeem { room, reward, cost, text, nonce } => {
                (room, Self::Redeem(Redeeming { reward, text, nonce, cost }))
            }
            Command::Fulfil { room, redemption, done } => (room, Self::Fulfil { redemption, done }),
            Command::AskQuestion { room, text, nonce } => (room, Self::AskQuestion { text, nonce }),
            Command::VoteQuestion { room, question, on } => (room, Self::VoteQuestion { question, on }),
            Command::CloseQuestion { room, question, answered } => (room, Self::CloseQuestion { question, answered }),
            Command::CancelRaid { room } => (room, Self::CancelRaid),
            other => return Err(other),
        })
    }

    pub(super) fn happen(self, room: &mut Room, asked: Asked, now: &Now) {
        let new = Uuid::now_v7();
        match self {
            Self::StartPoll(question) => room.start_poll(asked, now, new, &question),
            Self::Vote { poll, option } => room.vote(asked, now, &poll, option),
            Self::EndPoll(poll) => room.end_poll(asked, now, &poll),
            Self::StartPrediction(question) => room.start_prediction(asked, now, new, &question),
            Self::Predict { prediction, outcome, points } => room.predict(asked, now, &prediction, outcome, points),
            Self::LockPrediction(prediction) => room.lock_prediction(asked, now, &prediction),
            Self::ResolvePrediction { prediction, winner } => room.resolve_prediction(asked, now, &prediction, winner),
            Self::SaveReward { id, terms } => room.save_reward(asked, now, new, id, &terms),
            Self::RemoveReward(reward) => room.remove_reward(asked, now, &reward),
            Self::Redeem(redeeming) => room.redeem(asked, now, new, &redeeming),
            Self::Fulfil { redemption, done } => room.fulfil(asked, now, &redemption, done),
            Self::AskQuestion { text, nonce } => room.ask_question(asked, now, new, &text, &nonce),
            Self::VoteQuestion { question, on } => room.vote_question(asked, now, &question, on),
            Self::CloseQuestion { question, answered } => room.close_question(asked, now, &question, answered),
            Self::Raid(target) => room.raid(asked, now, new, &target),
            Self::CancelRaid => room.cancel_raid(asked, now),
            Self::ShoutOut(target) => room.shout_out(asked, now, &target),
        }
    }
}
