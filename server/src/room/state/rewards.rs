//! Rewards: what people get for points by the creator's own choice, and the moderators' list of what waits to be fulfilled.

use klieg_api::live::Frame;
use klieg_api::points::{MAX_REWARDS, Redemption, Reward, RewardTerms};
use klieg_api::room::{Event, Role};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keeping::{Before, Then};
use super::points::not_enough;
use super::rules::{Refusal, Verdict, would_wait};
use super::talk::{check_nonce, no_wait, not_here};
use super::{Act, Asked, Now, Record, Room};
use crate::http::problem::{Fields, Kind, Problem, Wrong};
use crate::room::record::PointsRecord;
use crate::room::text;

const MOST_TITLE: usize = 45;
const MOST_COST: u32 = 1_000_000;
/// Redemptions that may wait, of all and of one person; and the bytes of their texts, since who comes to fulfil them gets them
/// at once.
const MOST_WAITING: usize = 200;
const MOST_OWN: usize = 5;
const MOST_BYTES: usize = 64 << 10;

#[derive(Debug, Default)]
pub(super) struct Rewards {
    list: Vec<Reward>,
    waiting: Vec<Waiting>,
}

/// A redemption that waits, and whose points it took.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub redemption: Redemption,
    pub account: Uuid,
    /// Somebody has dealt with it, and that is being written down.
    pub is_settled: bool,
}

/// What somebody wants to redeem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redeeming {
    pub reward: String,
    pub text: String,
    pub nonce: String,
    /// What it costs, as far as they know.
    pub cost: u32,
}

impl Rewards {
    pub(super) fn new(list: Vec<Reward>, waiting: Vec<Waiting>) -> Self {
        Self { list, waiting }
    }

    pub(super) fn list(&self) -> &[Reward] {
        &self.list
    }

    pub(super) fn waiting(&self) -> impl Iterator<Item = &Redemption> {
        self.waiting.iter().map(|waiting| &waiting.redemption)
    }

    /// A reward of this name, and its place among the others.
    fn placed(&self, id: &str) -> Option<(usize, Reward)> {
        let (place, reward) = self.list.iter().enumerate().find(|(_, reward)| reward.id == id)?;
        Some((place, reward.clone()))
    }

    fn find(&self, id: &str) -> Result<&Reward, Problem> {
        self.list.iter().find(|reward| reward.id == id).ok_or_else(|| Problem::not_found("reward"))
    }
}

impl Room {
    /// The creator adds a reward, or changes one. `new` is its name if it is a new one.
    pub fn save_reward(&mut self, asked: Asked, now: &Now, new: Uuid, id: Option<String>, terms: &RewardTerms) {
        match self.saved_reward(asked, new, id, terms) {
            Ok((actor, reward)) => {
                let act = Act::new(actor, "save_reward", None, &reward.terms.title, now.at);
                let before = self.rewards.placed(&reward.id);
                match self.rewards.list.iter_mut().find(|known| known.id == reward.id) {
                    Some(known) => *known = reward.clone(),
                    None => self.rewards.list.push(reward.clone()),
                }
                self.reward_changed(asked, reward.id, Some(reward.terms), before, act);
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    fn saved_reward(
        &self,
        asked: Asked,
        new: Uuid,
        id: Option<String>,
        terms: &RewardTerms,
    ) -> Result<(Uuid, Reward), Problem> {
        let actor = self.creator(asked)?;
        let id = match id {
            Some(id) => self.rewards.find(&id)?.id.clone(),
            None if self.rewards.list.len() >= MAX_REWARDS => {
                let detail = format!("A channel has at most {MAX_REWARDS} rewards.");
                let problem = Problem::new(Kind::TOO_MANY, detail).because("rewards-full");
                return Err(problem.with_numbers(&[MAX_REWARDS as u64]));
            }
            None => new.to_string(),
        };
        let mut fields = Fields::default();
        let title = fields.check_named("title", text::line(&terms.title, MOST_TITLE));
        if !(1..=MOST_COST).contains(&terms.cost) {
            fields.wrong("cost", Wrong::range(1, MOST_COST.into(), "points"));
        }
        fields.finish(title.map(|title| (actor, Reward { id, terms: RewardTerms { title, ..terms.clone() } })))
    }

    /// The creator removes a reward.
    pub fn remove_reward(&mut self, asked: Asked, now: &Now, id: &str) {
        let removed = self.creator(asked).and_then(|actor| Ok((actor, self.rewards.find(id)?.clone())));
        match removed {
            Ok((actor, reward)) => {
                let before = self.rewards.placed(&reward.id);
                self.rewards.list.retain(|known| known.id != reward.id);
                let act = Act::new(actor, "remove_reward", None, &reward.terms.title, now.at);
                self.reward_changed(asked, reward.id, None, before, act);
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    fn reward_changed(
        &mut self,
        asked: Asked,
        id: String,
        terms: Option<RewardTerms>,
        reward: Option<(usize, Reward)>,
        act: Act,
    ) {
        let before = Before::Reward { id: id.clone(), reward };
        let record = PointsRecord::Reward { id, terms, act };
        self.keep_then(Some(asked), None, Record::Points(record), Then::Put(before));
        self.event(Event::Rewards { rewards: self.rewards.list.clone() });
    }

    /// A change of a reward could not be kept: it is as it was before.
    pub(super) fn put_back_reward(&mut self, id: &str, reward: Option<(usize, Reward)>) {
        self.rewards.list.retain(|known| known.id != id);
        if let Some((place, reward)) = reward {
            self.rewards.list.insert(place.min(self.rewards.list.len()), reward);
        }
        self.event(Event::Rewards { rewards: self.rewards.list.clone() });
    }

    fn creator(&self, asked: Asked) -> Result<Uuid, Problem> {
        let account = self.writer(asked)?;
        if self.people.role_of(account) == Role::Creator {
            return Ok(account);
        }
        Err(Problem::new(Kind::FORBIDDEN, "Only the creator may do this.").because("creator-only"))
    }

    /// Somebody redeems a reward; a message tells of it.
    pub fn redeem(&mut self, asked: Asked, now: &Now, id: Uuid, redeeming: &Redeeming) {
        let tried = self.try_redeem(asked, now, id, redeeming);
        self.refuse_if(asked, now, tried);
    }

    fn try_redeem(&mut self, asked: Asked, now: &Now, id: Uuid, redeeming: &Redeeming) -> Result<(), Refusal> {
        let account = self.spender(asked, now).map_err(no_wait)?;
        let nonce = check_nonce(&redeeming.nonce).map_err(no_wait)?;
        if let Some(id) = self.history.of_nonce(account, &nonce) {
            self.said_again(asked, &id);
            return Ok(());
        }
        let reward = self.rewards.find(&redeeming.reward).map_err(no_wait)?.clone();
        if reward.terms.paused {
            return Err(no_wait(Problem::new(Kind::REWARD_PAUSED, "This reward cannot be redeemed now.")));
        }
        if reward.terms.cost != redeeming.cost {
            let detail = format!("It costs {} points now.", reward.terms.cost);
            let problem = Problem::new(Kind::REWARD_CHANGED, detail);
            return Err(no_wait(problem.with_numbers(&[reward.terms.cost.into()])));
        }
        if reward.terms.waits {
            let waiting = &self.rewards.waiting;
            let bytes: usize = waiting.iter().map(|waiting| waiting.redemption.text.len()).sum();
            let own = waiting.iter().filter(|waiting| waiting.account == account).count();
            if waiting.len() >= MOST_WAITING || own >= MOST_OWN || bytes >= MOST_BYTES {
                let detail = "Too many rewards wait to be fulfilled. Try again later.";
                let problem = Problem::new(Kind::UNAVAILABLE, detail).because("rewards-wait");
                return Err((problem, Some(10_000)));
            }
        }
        let (text, release_at) = self.reward_text(account, &reward, &redeeming.text, now)?;
        let person = self.people.get(account).ok_or_else(|| no_wait(not_here()))?;
        let author = self.people.author_at(asked.client, &person.facts);
        let cost = u64::from(reward.terms.cost);
        if let Some(at) = release_at {
            self.has_place_for(account, &Verdict::Later(at))?;
        }
        self.purses.take(account, cost).map_err(|has| no_wait(not_enough(has)))?;
        if let Err(refusal) = self.share_of_all(account, now) {
            self.purses.put(account, cost);
            return Err(refusal);
        }
        let folded = text::folded(&text);
        let mut said = self.compose(now, id, (account, author), text, folded, nonce);
        said.message.reward = Some(reward.terms.title.clone());
        said.release_at = release_at;
        let message = &said.message;
        let redemption = Redemption {
            id: message.id.clone(),
            who: message.author.clone(),
            title: reward.terms.title.clone(),
            cost: reward.terms.cost,
            text: message.text.clone(),
            at: message.at,
        };
        let (id, folded) = (redemption.id.clone(), said.folded.clone());
        let record = PointsRecord::Redeemed {
            said: Box::new(said.clone()),
            reward: reward.id,
            cost: reward.terms.cost,
            waits: reward.terms.waits,
        };
        let then = Then::Redeem { account, points: cost, redemption: redemption.id.clone() };
        self.keep_then(Some(asked), Some(redemption.id.clone()), Record::Points(record), then);
        self.show_or_delay(said);
        if !redemption.text.is_empty() {
            self.watch(account, &folded, &id, now);
        }
        if reward.terms.waits {
            self.moderators(&Frame::Redeemed { room: self.handle.clone(), redemption: redemption.clone() });
            self.rewards.waiting.push(Waiting { redemption, account, is_settled: false });
        }
        self.tell_account(account, now);
        Ok(())
    }

    /// What is said with a reward, by the rules of what is said; and when it is shown, if that is later.
    fn reward_text(
        &self,
        account: Uuid,
        reward: &Reward,
        given: &str,
        now: &Now,
    ) -> Result<(String, Option<i64>), Refusal> {
        let person = self.people.get(account).ok_or_else(|| no_wait(not_here()))?;
        if !reward.terms.asks {
            if let Some(wait) = person.wait(now.at, self.rate, 0) {
                let wait = std::time::Duration::from_millis(wait.unsigned_abs());
                return Err(no_wait(Problem::too_many(wait)));
            }
            return Ok((String::new(), None));
        }
        let mut fields = Fields::default();
        let text = fields.check_named("text", text::tidy(given));
        let text = fields.finish(text).map_err(no_wait)?;
        match self.may_write(person, &text, &text::folded(&text), now.at)? {
            Verdict::Show => Ok((text, None)),
            Verdict::Later(at) => Ok((text, Some(at))),
            // Points are not taken for what may never be shown.
            Verdict::Hold(_) => Err(would_wait()),
        }
    }

    /// A redemption could not be kept: its points are back. The message that told of it is taken back by itself.
    pub(super) fn redemption_lost(&mut self, account: Uuid, points: u64, redemption: &str, now: &Now) {
        self.purses.put(account, points);
        self.tell_account(account, now);
        self.settle_redemption(redemption);
    }

    /// A moderator has fulfilled what was redeemed, or gives the points back.
    pub fn fulfil(&mut self, asked: Asked, now: &Now, id: &str, done: bool) {
        let actor = match self.moderating(asked.client) {
            Ok(actor) => actor,
            Err(problem) => return self.refuse(asked, problem, None),
        };
        let is_it = |waiting: &&mut Waiting| waiting.redemption.id == id && !waiting.is_settled;
        let Some(waiting) = self.rewards.waiting.iter_mut().find(is_it) else {
            return self.refuse(asked, Problem::not_found("redemption that waits"), None);
        };
        waiting.is_settled = true;
        let (account, points) = (waiting.account, u64::from(waiting.redemption.cost));
        let act =
            Act::new(actor, if done { "fulfil" } else { "refund" }, Some(account), &waiting.redemption.title, now.at);
        let back = (!done).then_some((account, points));
        let record = PointsRecord::Fulfilled { redemption: id.to_owned(), back, act };
        self.keep_then(Some(asked), None, Record::Points(record), Then::Fulfil { redemption: id.to_owned(), back });
    }

    /// What a moderator did is kept, or is not.
    pub(super) fn fulfilled(&mut self, id: &str, back: Option<(Uuid, u64)>, is_kept: bool, now: &Now) {
        if !is_kept {
            if let Some(waiting) = self.rewards.waiting.iter_mut().find(|waiting| waiting.redemption.id == id) {
                waiting.is_settled = false;
            }
            return;
        }
        // Gone already if the redemption itself was lost in the meantime, and its points are back.
        let was_waiting = self.settle_redemption(id);
        if let Some((account, points)) = back.filter(|_| was_waiting) {
            self.purses.put(account, points);
            self.tell_account(account, now);
        }
    }

    fn settle_redemption(&mut self, id: &str) -> bool {
        let before = self.rewards.waiting.len();
        self.rewards.waiting.retain(|waiting| waiting.redemption.id != id);
        let was_waiting = self.rewards.waiting.len() < before;
        if was_waiting {
            self.moderators(&Frame::Fulfilled { room: self.handle.clone(), redemption: id.to_owned() });
        }
        was_waiting
    }
}
