//! What protects a room from a crowd: the shield, which lets only those write whom the room knew before, and a rate for all
//! together.

use std::collections::VecDeque;

use klieg_api::room::Settings;
use uuid::Uuid;

use super::people::Person;
use super::rules::Refusal;
use super::{Act, Now, Rate, Room};
use crate::database::{millis, moment};
use crate::http::problem::{Kind, Problem};

/// How long the shield stays up, in milliseconds.
pub(super) const SHIELDED: i64 = 15 * 60_000;
/// Who followed for so long before it went up is known, in minutes.
const FOLLOWED: i64 = 10;
/// So many strangers ...
const CROWD: usize = 5;
/// ... who say the same within so many milliseconds raise it.
const TOGETHER: i64 = 30_000;
/// What is so short, folded, many say without having agreed to.
const TOO_SHORT: usize = 6;
/// Strangers' messages remembered.
const MOST: usize = 256;

/// What strangers said lately.
#[derive(Debug, Default)]
pub(super) struct Strangers(VecDeque<Stranger>);

#[derive(Debug)]
struct Stranger {
    at: i64,
    account: Uuid,
    folded: String,
    message: String,
}

impl Room {
    /// Whether the shield lets this person write.
    pub(super) fn passes_shield(&self, person: &Person, at: i64) -> Result<(), Refusal> {
        let Some(until) = self.settings.shielded_until.map(millis).filter(|until| *until > at) else { return Ok(()) };
        if self.knows(person, until - SHIELDED) {
            return Ok(());
        }
        let detail = "The room is closed to newcomers for a while. You can go on reading.";
        Err((Problem::new(Kind::SHIELDED, detail), Some((until - at).unsigned_abs())))
    }

    /// Whether the room knows an account, or it is one of those who keep it.
    pub(super) fn is_known(&self, account: Uuid, at: i64) -> bool {
        self.people.role_of(account).moderates()
            || self.people.get(account).is_some_and(|person| self.knows(person, at))
    }

    /// What they wrote is in the history, or was there until they came or since then: however much a crowd says, it makes nobody a
    /// stranger.
    fn knows(&self, person: &Person, before: i64) -> bool {
        person.follows_for(before).is_some_and(|minutes| minutes >= FOLLOWED)
            || person.wrote_long_before(before - TOGETHER)
            || self.history.has_spoken(person.facts.account, before - TOGETHER)
    }

    /// Notes what a stranger said. If it is one of a crowd that says the same, the shield goes up, and what they said is
    /// deleted.
    pub(super) fn watch(&mut self, account: Uuid, folded: &str, message: &str, now: &Now) {
        let is_up = self.settings.shielded_until.is_some();
        let is_stranger = self.people.get(account).is_some_and(|person| !self.knows(person, now.at));
        let may_be_one = self.settings.auto_shield && !is_up && folded.chars().count() >= TOO_SHORT;
        if !may_be_one || !is_stranger || self.people.role_of(account).moderates() {
            return;
        }
        let Strangers(strangers) = &mut self.strangers;
        while strangers.len() >= MOST || strangers.front().is_some_and(|stranger| stranger.at < now.at - TOGETHER) {
            strangers.pop_front();
        }
        let stranger = Stranger { at: now.at, account, folded: folded.to_owned(), message: message.to_owned() };
        strangers.push_back(stranger);
        let alike: Vec<&Stranger> = strangers.iter().filter(|stranger| stranger.folded == folded).collect();
        let mut accounts: Vec<Uuid> = alike.iter().map(|stranger| stranger.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        if accounts.len() < CROWD {
            return;
        }
        let messages: Vec<String> = alike.iter().map(|stranger| stranger.message.clone()).collect();
        strangers.clear();
        let settings = Settings { shielded_until: Some(moment(now.at + SHIELDED)), ..self.settings.clone() };
        self.settings_by_itself(settings, "shield", now);
        self.remove_all(messages, Uuid::nil().into(), None, now);
    }

    /// Lowers the shield when its time is over. Returns when that will be.
    pub(super) fn lower_shield(&mut self, now: &Now) -> Option<i64> {
        let until = millis(self.settings.shielded_until?);
        if until > now.at {
            return Some(until);
        }
        let settings = Settings { shielded_until: None, ..self.settings.clone() };
        self.settings_by_itself(settings, "shield_over", now);
        None
    }

    /// Changes the settings without anybody having asked.
    fn settings_by_itself(&mut self, settings: Settings, action: &'static str, now: &Now) {
        self.change_settings(None, settings, Act::new(Uuid::nil(), action, None, "", now.at));
    }

    /// Whether the shield was put up, or down when its time was over, since the room was kept like this.
    pub(super) fn shields_more(&self, before: &Settings, at: i64) -> bool {
        let up = |settings: &Settings| settings.shielded_until.map(millis).filter(|until| *until > at);
        self.settings.shielded_until != before.shielded_until && up(&self.settings) >= up(before)
    }
}

/// How much all together may write: a bucket that fills up again evenly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow {
    rate: Rate,
    /// When the bucket will be full, in milliseconds.
    full_at: i64,
}

impl Flow {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, full_at: 0 }
    }

    /// How many get through in so many milliseconds at most.
    pub(super) fn most_within(&self, millis: i64) -> usize {
        let per = (self.rate.per.as_millis() as u64).max(1);
        let times = millis.unsigned_abs().div_ceil(per) as usize + 1;
        self.rate.count.saturating_mul(times)
    }

    /// Takes one message through, or says for how many milliseconds to wait.
    pub(super) fn take(&mut self, at: i64) -> Result<(), u64> {
        let per = self.rate.per.as_millis() as i64;
        let one = (per / (self.rate.count as i64).max(1)).max(1);
        let full_at = self.full_at.max(at) + one;
        let over = full_at - at - per;
        if over > 0 {
            return Err(over.unsigned_abs());
        }
        self.full_at = full_at;
        Ok(())
    }
}
