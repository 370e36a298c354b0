//! Points: who has how many, and what they earn by watching while the channel is live.
//!
//! That the show plays is what the viewer's client says; each person earns once, in however many windows it does.
//!
//! A purse is read from the database when somebody comes, and from then on this one counts; the database follows by
//! differences, and refuses what would make it negative.

use std::collections::HashMap;

use klieg_api::points::EARNED;
use klieg_api::room::Role;
use uuid::Uuid;

use super::keeping::Then;
use super::talk::not_here;
use super::{Asked, Now, Record, Room};
use crate::http::problem::{Kind, Problem};
use crate::room::record::PointsRecord;
use crate::socket::ClientId;

/// What is watched is counted so often, in milliseconds.
const COUNTED_EVERY: i64 = 60_000;
/// For so many milliseconds of the show one earns.
const SPAN: i64 = 5 * 60_000;
/// Purses that one record fills.
const AT_ONCE: usize = 200;

#[derive(Debug, Default)]
pub(super) struct Purses {
    of: HashMap<Uuid, Purse>,
    counted: i64,
}

#[derive(Debug)]
struct Purse {
    points: u64,
    /// Milliseconds of the show that have not earned anything yet.
    watched: i64,
    /// Since when they watch what is not counted yet; none while they do not.
    since: Option<i64>,
}

impl Purse {
    /// Counts what was watched until now, which is nothing if no show is on.
    fn count(&mut self, now: &Now) {
        let Some(since) = self.since else { return };
        if now.on.is_some() {
            // A room that was asleep counts no more than one that was awake.
            self.watched += (now.at - since).clamp(0, 2 * COUNTED_EVERY);
        }
        self.since = Some(now.at);
    }
}

impl Purses {
    pub(super) fn new(kept: Vec<(Uuid, u64)>) -> Self {
        let mut purses = Self::default();
        for (account, points) in kept {
            purses.open(account, points);
        }
        purses
    }

    /// Takes up a purse, unless it is known.
    pub(super) fn open(&mut self, account: Uuid, points: u64) {
        self.of.entry(account).or_insert(Purse { points, watched: 0, since: None });
    }

    /// Somebody watches from now on, or not any more.
    fn watches(&mut self, account: Uuid, is_watching: bool, now: &Now) {
        if let Some(purse) = self.of.get_mut(&account) {
            purse.count(now);
            purse.since = is_watching.then_some(now.at);
        }
    }

    pub(super) fn points(&self, account: Uuid) -> Option<u64> {
        self.of.get(&account).map(|purse| purse.points)
    }

    /// Takes points out if they are there, or says how many are.
    pub(super) fn take(&mut self, account: Uuid, points: u64) -> Result<(), u64> {
        let Some(purse) = self.of.get_mut(&account) else { return Err(0) };
        purse.points = purse.points.checked_sub(points).ok_or(purse.points)?;
        Ok(())
    }

    /// Puts points into a purse that is known. Others find them when they come.
    pub(super) fn put(&mut self, account: Uuid, points: u64) {
        if let Some(purse) = self.of.get_mut(&account) {
            purse.points = purse.points.saturating_add(points);
        }
    }
}

impl Room {
    /// Takes up the purse of somebody who comes. The creator has none: they would be their own bank.
    pub(super) fn open_purse(&mut self, account: Uuid, points: u64) {
        if self.people.role_of(account) != Role::Creator {
            self.purses.open(account, points);
        }
    }

    /// Somebody's client says whether the show plays there.
    pub fn plays(&mut self, asked: Asked, now: &Now, playing: bool) {
        if !self.people.is_here(asked.client) {
            return self.refuse(asked, not_here(), None);
        }
        self.set_playing(asked.client, now, playing);
        self.done(asked, None);
    }

    /// The show plays at a connection from now on, or not any more.
    pub(super) fn set_playing(&mut self, client: ClientId, now: &Now, playing: bool) {
        self.people.set_playing(client, playing);
        if let Some(account) = self.people.account(client) {
            self.note_watching(account, now);
        }
    }

    /// The show plays in another number of somebody's windows, or may.
    pub(super) fn note_watching(&mut self, account: Uuid, now: &Now) {
        let is_watching = self.people.is_watching(account);
        self.purses.watches(account, is_watching, now);
    }

    /// Somebody who may spend points here.
    pub(super) fn spender(&self, asked: Asked, now: &Now) -> Result<Uuid, Problem> {
        let account = self.participant(asked, now)?;
        if self.people.role_of(account) == Role::Creator {
            return Err(Problem::new(Kind::OWN_CHANNEL, "The creator has no points in their own channel."));
        }
        Ok(account)
    }

    /// Counts what is watched while the channel is live. Returns when to do so again.
    pub(super) fn earn(&mut self, now: &Now) -> Option<i64> {
        if self.purses.of.is_empty() {
            return None;
        }
        let due = self.purses.counted + COUNTED_EVERY;
        if now.at < due {
            return Some(due);
        }
        self.purses.counted = now.at;
        let (people, predictions) = (&self.people, &self.predictions);
        self.purses.of.retain(|account, _| people.get(*account).is_some() || predictions.has_stake(*account));
        let mut earned = Vec::new();
        for (account, purse) in &mut self.purses.of {
            purse.count(now);
            if purse.watched >= SPAN {
                purse.watched -= SPAN;
                earned.push(*account);
            }
        }
        for some in earned.chunks(AT_ONCE) {
            let record = PointsRecord::Earned { accounts: some.to_vec(), points: EARNED.into() };
            self.keep_then(None, None, Record::Points(record), Then::Earn(some.to_vec()));
        }
        Some(now.at + COUNTED_EVERY)
    }

    /// What was earned is kept.
    pub(super) fn earned(&mut self, accounts: &[Uuid], now: &Now) {
        for account in accounts {
            self.purses.put(*account, EARNED.into());
            self.tell_account(*account, now);
        }
    }
}

pub(super) fn not_enough(has: u64) -> Problem {
    Problem::new(Kind::NOT_ENOUGH_POINTS, format!("You have {has} points.")).with_numbers(&[has])
}
