//! Predictions: people stake points on what will come true, and who was right shares what all have staked ([`decision`]).
//!
//! A stake counts at once and is taken back if it cannot be kept.

mod decision;

use std::collections::HashMap;

use klieg_api::points::{Outcome, Prediction, Stage, Stake};
use klieg_api::room::{Counts, Event};
use time::OffsetDateTime;
use uuid::Uuid;

use super::keeping::Then;
use super::news::News;
use super::points::not_enough;
use super::polls::{Question, check_question};
use super::{Act, Asked, Now, Record, Room};
use crate::database::{millis, moment};
use crate::http::problem::{Fields, Kind, Problem, Wrong};
use crate::room::record::PointsRecord;
use decision::Decision;

/// A prediction that is over is shown for so long to who comes, in milliseconds.
const SHOWN: i64 = 5 * 60_000;
/// What nobody has decided for so long, in milliseconds, is cancelled.
const FORGOTTEN: i64 = 24 * 60 * 60_000;

#[derive(Debug, Default)]
pub(super) struct Predictions {
    current: Option<Prediction>,
    stakes: HashMap<Uuid, (u32, u64)>,
    returned: HashMap<Uuid, u64>,
    /// Stakes that are not kept yet.
    on_their_way: usize,
    /// How it was decided, until that is kept.
    decision: Option<Decision>,
    /// Until when stakes are to be taken again, if an early lock was lost while it was being decided.
    unlocks: Option<OffsetDateTime>,
    /// Stakes that were not told.
    news: News,
    over_at: i64,
}

/// A prediction that is not over, and who has staked how much on what.
pub type OpenPrediction = (Prediction, Vec<(Uuid, u32, u64)>);

impl Predictions {
    pub(super) fn new(kept: Option<OpenPrediction>) -> Self {
        let Some((current, stakes)) = kept else { return Self::default() };
        let mut predictions = Self { current: Some(current), ..Self::default() };
        for (account, outcome, points) in stakes {
            predictions.add(account, outcome, points);
        }
        predictions.news = News::default();
        predictions
    }

    pub(super) fn current(&self) -> Option<&Prediction> {
        self.current.as_ref()
    }

    pub(super) fn has_stake(&self, account: Uuid) -> bool {
        self.stakes.contains_key(&account)
    }

    pub(super) fn stake_of(&self, account: Uuid) -> Option<Stake> {
        let prediction = self.current.as_ref()?;
        let (outcome, points) = *self.stakes.get(&account)?;
        let returned = prediction.is_over().then(|| self.returned.get(&account).copied().unwrap_or_default());
        Some(Stake { prediction: prediction.id.clone(), outcome, points, returned })
    }

    fn outcome(&mut self, outcome: u32) -> Option<&mut Outcome> {
        self.current.as_mut()?.outcomes.get_mut(usize::try_from(outcome).ok()?)
    }

    fn add(&mut self, account: Uuid, outcome: u32, points: u64) {
        let is_new = self.stakes.get(&account).is_none_or(|(_, staked)| *staked == 0);
        let Some(of) = self.outcome(outcome) else { return };
        of.points += points;
        of.people += u32::from(is_new);
        self.stakes.entry(account).or_insert((outcome, 0)).1 += points;
        self.news.come();
    }

    fn take_back(&mut self, account: Uuid, outcome: u32, points: u64) {
        let Some((_, staked)) = self.stakes.get_mut(&account) else { return };
        *staked = staked.saturating_sub(points);
        let is_gone = *staked == 0;
        if is_gone {
            self.stakes.remove(&account);
        }
        if let Some(of) = self.outcome(outcome) {
            of.points = of.points.saturating_sub(points);
            of.people = of.people.saturating_sub(u32::from(is_gone));
        }
        self.news.come();
    }

    /// The prediction of this name, if it is not over or being decided.
    fn undecided(&self, id: &str) -> Result<&Prediction, Problem> {
        let current = self.current.as_ref().filter(|current| current.id == id);
        let current = current.ok_or_else(|| Problem::not_found("prediction"))?;
        if current.is_over() || self.decision.is_some() {
            return Err(Problem::new(Kind::PREDICTION_OVER, "This prediction is decided."));
        }
        Ok(current)
    }
}

impl Room {
    /// A moderator lets people predict something.
    pub fn start_prediction(&mut self, asked: Asked, now: &Now, id: Uuid, question: &Question) {
        match self.new_prediction(asked, now, id, question) {
            Ok((actor, prediction)) => {
                let act = Act::new(actor, "start_prediction", None, &prediction.question, now.at);
                self.predictions = Predictions { current: Some(prediction.clone()), ..Predictions::default() };
                let record = PointsRecord::Prediction { prediction: prediction.clone(), act };
                let then = Then::Begin(prediction.id.clone());
                self.keep_then(Some(asked), None, Record::Points(record), then);
                self.event(Event::Prediction { prediction });
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    /// A prediction could not be kept: it is none. Each stake on its way to it is lost as well, and given back by itself.
    pub(super) fn prediction_lost(&mut self, id: &str, now: &Now) {
        let Some(prediction) = self.predictions.current.as_mut().filter(|current| current.id == id) else { return };
        prediction.stage = Stage::Cancelled;
        prediction.over_at = Some(moment(now.at));
        let prediction = prediction.clone();
        self.predictions.over_at = now.at;
        self.event(Event::Prediction { prediction });
        // One that is being written down is answered when that is settled.
        let decision = self.predictions.decision.take().filter(|decision| !decision.is_on_its_way);
        if let Some(asked) = decision.and_then(|decision| decision.asked) {
            self.refuse(asked, Problem::busy(), Some(2_000));
        }
    }

    fn new_prediction(
        &self,
        asked: Asked,
        now: &Now,
        id: Uuid,
        question: &Question,
    ) -> Result<(Uuid, Prediction), Problem> {
        let actor = self.moderating_with(asked.client, |may| may.events)?;
        if self.predictions.current().is_some_and(|current| !current.is_over()) || self.predictions.on_their_way > 0 {
            return Err(Problem::new(Kind::PREDICTION_IS_ON, "Decide or cancel the prediction that is on."));
        }
        let mut fields = Fields::default();
        let checked = check_question(&mut fields, question, "outcomes");
        let prediction = checked.map(|(question, outcomes)| Prediction {
            id: id.to_string(),
            question,
            outcomes: outcomes.into_iter().map(|text| Outcome { text, points: 0, people: 0 }).collect(),
            locks_at: moment(now.at),
            stage: Stage::Open,
            winner: None,
            over_at: None,
        });
        let locks_at = moment(now.at + i64::from(question.seconds) * 1_000);
        fields.finish(prediction.map(|prediction| (actor, Prediction { locks_at, ..prediction })))
    }

    /// Somebody stakes points, or more of them.
    pub fn predict(&mut self, asked: Asked, now: &Now, id: &str, outcome: u32, points: u64) {
        let may = self.may_predict(asked, now, id, outcome, points);
        match may.and_then(|(account, more)| self.pace(account, now).map(|()| (account, more))) {
            Ok((account, 0)) => {
                self.done_after(asked, |then| matches!(then, Then::Stake { account: of, .. } if *of == account));
            }
            Ok((account, more)) => {
                if let Err(has) = self.purses.take(account, more) {
                    return self.refuse(asked, not_enough(has), None);
                }
                self.predictions.add(account, outcome, more);
                self.predictions.on_their_way += 1;
                let record = PointsRecord::Stake { prediction: id.to_owned(), account, outcome, points: more };
                let then = Then::Stake { account, outcome, points: more };
                self.keep_then(Some(asked), None, Record::Points(record), then);
                self.tell_account(account, now);
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    /// Whose stake it is, and by how much it grows.
    fn may_predict(
        &self,
        asked: Asked,
        now: &Now,
        id: &str,
        outcome: u32,
        points: u64,
    ) -> Result<(Uuid, u64), Problem> {
        let account = self.spender(asked, now)?;
        let prediction = self.predictions.undecided(id)?;
        if prediction.stage != Stage::Open || now.at >= millis(prediction.locks_at) {
            return Err(Problem::new(Kind::PREDICTION_LOCKED, "It is too late to stake points."));
        }
        if usize::try_from(outcome).map_or(true, |outcome| outcome >= prediction.outcomes.len()) {
            return Err(Problem::not_found("outcome"));
        }
        let (before, staked) = self.predictions.stakes.get(&account).copied().unwrap_or((outcome, 0));
        let mut fields = Fields::default();
        if before != outcome {
            let detail = "you have staked on another outcome; a stake can be raised, not moved";
            fields.wrong("outcome", Wrong::new("stake-moved", &[], detail));
        } else if points == 0 || points < staked {
            let least = staked.max(1);
            let detail = format!("use at least {least}: a stake can be raised, not lowered");
            fields.wrong("points", Wrong::new("stake-lowered", &[least], detail));
        }
        fields.finish(points.checked_sub(staked).map(|more| (account, more)))
    }

    /// A stake is kept, or is not.
    pub(super) fn staked(&mut self, account: Uuid, outcome: u32, points: u64, is_kept: bool, now: &Now) {
        self.predictions.on_their_way = self.predictions.on_their_way.saturating_sub(1);
        if !is_kept {
            self.purses.put(account, points);
            self.predictions.take_back(account, outcome, points);
            self.tell_account(account, now);
            // While stakes are taken they are told now and then; after that nothing else would.
            if let Some(prediction) = self.predictions.current().filter(|current| current.stage == Stage::Locked) {
                let prediction = prediction.clone();
                self.event(Event::Prediction { prediction });
            }
        }
        self.write_decision();
    }

    /// A moderator ends the time for stakes.
    pub fn lock_prediction(&mut self, asked: Asked, now: &Now, id: &str) {
        let may = self.moderating_with(asked.client, |may| may.events).and_then(|actor| {
            let prediction = self.predictions.undecided(id)?;
            Ok((actor, prediction.stage == Stage::Open))
        });
        match may {
            Ok((_, false)) => {
                self.done_after(asked, |then| matches!(then, Then::Lock { prediction, .. } if prediction == id));
            }
            Ok((actor, true)) => {
                let act = Act::new(actor, "lock_prediction", None, "", now.at);
                self.lock(Some(asked), Some(act), now);
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    fn lock(&mut self, asked: Option<Asked>, act: Option<Act>, now: &Now) {
        let Some(prediction) = &mut self.predictions.current else { return };
        let locks_at = prediction.locks_at;
        prediction.stage = Stage::Locked;
        prediction.locks_at = locks_at.min(moment(now.at));
        let prediction = prediction.clone();
        self.predictions.news = News::default();
        let record = PointsRecord::Locked { prediction: prediction.id.clone(), at: millis(prediction.locks_at), act };
        // One whose time is over is locked, whether that is kept or not.
        let is_early = prediction.locks_at < locks_at;
        let then = if is_early { Then::Lock { prediction: prediction.id.clone(), locks_at } } else { Then::Nothing };
        self.keep_then(asked, None, Record::Points(record), then);
        self.event(Event::Prediction { prediction });
    }

    /// A lock before its time could not be kept: stakes are taken again, unless it is being decided.
    pub(super) fn lock_lost(&mut self, id: &str, locks_at: OffsetDateTime) {
        if self.predictions.current().is_some_and(|current| current.id == id) {
            self.predictions.unlocks = Some(locks_at);
            self.unlock();
        }
    }

    fn unlock(&mut self) {
        if self.predictions.decision.is_some() {
            return;
        }
        let Some(locks_at) = self.predictions.unlocks.take() else { return };
        let is_locked = |current: &&mut Prediction| current.stage == Stage::Locked;
        let Some(prediction) = self.predictions.current.as_mut().filter(is_locked) else { return };
        prediction.stage = Stage::Open;
        prediction.locks_at = locks_at;
        let prediction = prediction.clone();
        self.event(Event::Prediction { prediction });
    }

    /// Tells stakes, takes no more when it is time, forgets what was over long ago. Returns when to look again.
    pub(super) fn tell_predictions(&mut self, now: &Now) -> Option<i64> {
        let prediction = self.predictions.current.as_ref()?;
        let locks_at = millis(prediction.locks_at);
        match prediction.stage {
            Stage::Resolved | Stage::Cancelled => {
                let until = self.predictions.over_at + SHOWN;
                if now.at < until {
                    return Some(until);
                }
                self.predictions = Predictions::default();
                self.snapshot = None;
                return None;
            }
            Stage::Locked => {
                if now.at >= locks_at + FORGOTTEN && self.predictions.decision.is_none() {
                    self.decide(None, None, now);
                }
                return None;
            }
            Stage::Open => {}
        }
        if now.at >= locks_at {
            self.lock(None, None, now);
            return None;
        }
        if let Err(due) = self.predictions.news.take(now.at) {
            return Some(due.map_or(locks_at, |due| due.min(locks_at)));
        }
        let counts = Counts::of_prediction(prediction);
        self.tell_counts(counts);
        Some(locks_at)
    }
}
