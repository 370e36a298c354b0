//! How a prediction is decided. What came true is written down first, when no stake is on its way any more, and told when it is
//! kept: nobody sees points that are not there.

use klieg_api::points::Stage;
use klieg_api::room::Event;
use uuid::Uuid;

use crate::database::moment;
use crate::http::problem::{Kind, Problem};
use crate::room::record::PointsRecord;
use crate::room::state::keeping::Then;
use crate::room::state::news::News;
use crate::room::state::shares::shares;
use crate::room::state::{Act, Actor, Asked, Now, Record, Room};

#[derive(Clone, Copy, Debug)]
pub(super) struct Decision {
    pub(super) asked: Option<Asked>,
    /// Who decided, who may have left when it is written down; none if nobody did for too long.
    actor: Option<Actor>,
    winner: Option<u32>,
    at: i64,
    /// It is being written down.
    pub(super) is_on_its_way: bool,
}

impl Room {
    /// A moderator says what came true, or that the prediction is cancelled.
    pub fn resolve_prediction(&mut self, asked: Asked, now: &Now, id: &str, winner: Option<u32>) {
        match self.may_resolve(asked, id, winner) {
            Ok(()) => {
                if self.predictions.current().is_some_and(|current| current.stage == Stage::Open) {
                    self.lock(None, None, now);
                }
                self.decide(Some(asked), winner, now);
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    fn may_resolve(&self, asked: Asked, id: &str, winner: Option<u32>) -> Result<(), Problem> {
        let actor = self.moderating_with(asked.client, |may| may.events)?;
        let prediction = self.predictions.undecided(id)?;
        if self.predictions.has_stake(actor) {
            let detail = "You have a stake in it: somebody else has to decide it.";
            return Err(Problem::new(Kind::FORBIDDEN, detail).because("has-stake"));
        }
        let is_there = |winner: u32| usize::try_from(winner).is_ok_and(|winner| winner < prediction.outcomes.len());
        if winner.is_none_or(is_there) { Ok(()) } else { Err(Problem::not_found("outcome")) }
    }

    /// If nobody asks for it, nobody has decided for too long.
    pub(super) fn decide(&mut self, asked: Option<Asked>, winner: Option<u32>, now: &Now) {
        let actor = asked.and_then(|asked| self.people.actor(asked.client));
        self.predictions.decision = Some(Decision { asked, actor, winner, at: now.at, is_on_its_way: false });
        self.write_decision();
    }

    /// Writes down how it was decided, once every stake is kept or given back.
    pub(super) fn write_decision(&mut self) {
        if self.predictions.on_their_way > 0 {
            return;
        }
        let Some(decision) = self.predictions.decision.as_mut().filter(|decision| !decision.is_on_its_way) else {
            return;
        };
        decision.is_on_its_way = true;
        let Decision { asked, actor, winner, at, .. } = *decision;
        let Some(id) = self.predictions.current().map(|current| current.id.clone()) else { return };
        let returned = shares(&self.predictions.stakes, winner);
        let action = if winner.is_some() { "resolve_prediction" } else { "cancel_prediction" };
        let act = actor.map(|actor| Act::new(actor, action, None, "", at));
        let record = PointsRecord::Decided { prediction: id, winner, returned: returned.clone(), act };
        self.keep_then(asked, None, Record::Points(record), Then::Decide(returned));
    }

    /// What came true is kept: everybody has their share. Or it is not, and can be decided again.
    pub(in crate::room::state) fn decided(&mut self, returned: Vec<(Uuid, u64)>, is_kept: bool, now: &Now) {
        let Some(Decision { winner, .. }) = self.predictions.decision.take() else { return };
        if !is_kept {
            return self.unlock();
        }
        for (account, points) in &returned {
            self.purses.put(*account, *points);
        }
        self.predictions.returned = returned.into_iter().collect();
        self.predictions.over_at = now.at;
        self.predictions.news = News::default();
        let Some(prediction) = &mut self.predictions.current else { return };
        prediction.stage = if winner.is_some() { Stage::Resolved } else { Stage::Cancelled };
        prediction.winner = winner;
        prediction.over_at = Some(moment(now.at));
        let prediction = prediction.clone();
        self.event(Event::Prediction { prediction });
        let staked: Vec<Uuid> = self.predictions.stakes.keys().copied().collect();
        for account in staked {
            self.tell_account(account, now);
        }
    }
}
