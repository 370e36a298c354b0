//! What people do together in a room besides talking, as one client sees it.

use std::collections::HashSet;

use klieg_api::points::{Prediction, Redemption, Reward};
use klieg_api::questions::{Question, QuestionVotes};
use klieg_api::raids::{Raid, Raided, ShoutOut};
use klieg_api::room::{Counts, Event, Poll};

#[derive(Debug, Default)]
pub struct Together {
    pub(super) poll: Option<Poll>,
    pub(super) prediction: Option<Prediction>,
    pub(super) rewards: Vec<Reward>,
    pub(super) questions: Vec<Question>,
    pub(super) voted: HashSet<String>,
    pub(super) redemptions: Vec<Redemption>,
    pub(super) raid: Option<Raid>,
    pub(super) going: Option<Raid>,
    pub(super) raided: Option<Raided>,
    pub(super) shout_out: Option<ShoutOut>,
    pub(super) followers: u64,
}

impl Together {
    /// The poll that is on, or the last one.
    pub fn poll(&self) -> Option<&Poll> {
        self.poll.as_ref()
    }

    /// The prediction that is on, or the last one.
    pub fn prediction(&self) -> Option<&Prediction> {
        self.prediction.as_ref()
    }

    pub fn rewards(&self) -> &[Reward] {
        &self.rewards
    }

    /// The questions that are open: those that most want to know first, of the same the older.
    pub fn questions(&self) -> Vec<&Question> {
        let mut questions: Vec<&Question> = self.questions.iter().collect();
        questions.sort_by_key(|question| (std::cmp::Reverse(question.votes), question.at));
        questions
    }

    /// Whether one wants to know it as well.
    pub fn has_voted(&self, question: &str) -> bool {
        self.voted.contains(question)
    }

    /// What was redeemed and waits to be fulfilled, oldest first; only moderators are told.
    pub fn redemptions(&self) -> &[Redemption] {
        &self.redemptions
    }

    pub(super) fn redeemed(&mut self, redemption: Redemption) {
        if !self.redemptions.iter().any(|known| known.id == redemption.id) {
            self.redemptions.push(redemption);
        }
    }

    /// Everybody goes there in a moment.
    pub fn raid(&self) -> Option<&Raid> {
        self.raid.as_ref()
    }

    /// How many follow the channel, as it was last told.
    pub fn followers(&self) -> u64 {
        self.followers
    }

    /// Who came last with their viewers, since one is here.
    pub fn raided(&self) -> Option<&Raided> {
        self.raided.as_ref()
    }

    /// The channel that was recommended last, since one is here.
    pub fn shout_out(&self) -> Option<&ShoutOut> {
        self.shout_out.as_ref()
    }

    /// Takes in how many there are now of something.
    pub(super) fn counted(&mut self, counts: Counts) {
        match counts {
            Counts::Poll { poll, votes } => {
                let known = self.poll.iter_mut().filter(|known| known.id == poll && !known.ended);
                for (option, votes) in known.flat_map(|known| &mut known.options).zip(votes) {
                    option.votes = votes;
                }
            }
            Counts::Prediction { prediction, stakes } => {
                let known = self.prediction.iter_mut().filter(|known| known.id == prediction && !known.is_over());
                for (outcome, stakes) in known.flat_map(|known| &mut known.outcomes).zip(stakes) {
                    (outcome.points, outcome.people) = (stakes.points, stakes.people);
                }
            }
            Counts::Questions { questions } => {
                for QuestionVotes { question, votes } in questions {
                    if let Some(known) = self.questions.iter_mut().find(|known| known.id == question) {
                        known.votes = votes;
                    }
                }
            }
            Counts::Followers { followers } => self.followers = followers,
        }
    }

    /// Takes in what happened. The event back if it is about something else.
    pub(super) fn happened(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::Poll { poll } => self.poll = Some(poll),
            Event::Prediction { prediction } => self.prediction = Some(prediction),
            Event::Rewards { rewards } => self.rewards = rewards,
            Event::Question { question } => match self.questions.iter_mut().find(|known| known.id == question.id) {
                Some(known) => *known = question,
                None => self.questions.push(question),
            },
            Event::QuestionClosed { question, .. } => self.questions.retain(|known| known.id != question),
            Event::Raid { raid } => self.raid = raid,
            Event::RaidGoes { .. } => self.raid = None,
            Event::Raided { raided } => self.raided = Some(raided),
            Event::ShoutOut { shout_out } => self.shout_out = Some(shout_out),
            other => return Some(other),
        }
        None
    }
}
