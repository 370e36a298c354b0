//! Raids and shout-outs: a room that sends its people to another one, or tells them of it.

use klieg_api::raids::{Raid, Raided, ShoutOut};
use klieg_api::room::{Author, Event};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keeping::Then;
use super::{Act, Asked, Now, Out, Record, Room};
use crate::database::{millis, moment};
use crate::http::problem::{Kind, Problem};

/// From the word to the leaving, in milliseconds: time to say goodbye, and to call it off.
const COUNTDOWN: i64 = 30_000;
/// For so long after that it is looked whether the other channel takes them still, in milliseconds; then nobody goes.
const LOOKED_FOR: i64 = 5_000;
/// Between two shout-outs, in milliseconds.
const SHOUTED_EVERY: i64 = 30_000;

/// A channel that people are sent to or told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub channel: Uuid,
    pub account: Uuid,
    pub shown: ShoutOut,
}

/// Between two raids that are announced, in milliseconds: what comes sooner comes without being announced.
const RAIDED_EVERY: i64 = 60_000;

#[derive(Debug, Default)]
pub(super) struct Raids {
    on: Option<(Raid, Uuid)>,
    /// Since when it is looked whether the other channel takes them still.
    looked_at: Option<i64>,
    shouted_at: i64,
    raided_at: i64,
}

impl Raids {
    pub(super) fn on(&self) -> Option<&Raid> {
        self.on.as_ref().map(|(raid, _)| raid)
    }
}

impl Room {
    /// A moderator sends everybody to another channel.
    pub fn raid(&mut self, asked: Asked, now: &Now, id: Uuid, target: &Target) {
        match self.may_raid(asked, target) {
            Ok(actor) => {
                let to = target.shown.channel.clone();
                let act = Act::new(actor, "raid", Some(target.account), to.handle.as_str(), now.at);
                let raid = Raid { id: id.to_string(), to, goes_at: moment(now.at + COUNTDOWN) };
                self.raids.on = Some((raid.clone(), target.channel));
                self.raids.looked_at = None;
                self.keep_then(Some(asked), None, Record::Act(act), Then::Raid(raid.id.clone()));
                self.event(Event::Raid { raid: Some(raid) });
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    /// A raid could not be kept: nobody goes.
    pub(super) fn raid_lost(&mut self, id: &str) {
        if self.raids.on.take_if(|(raid, _)| raid.id == id).is_some() {
            self.event(Event::Raid { raid: None });
        }
    }

    fn may_raid(&self, asked: Asked, target: &Target) -> Result<Uuid, Problem> {
        let actor = self.moderating_with(asked.client, |may| may.events)?;
        if self.raids.on.is_some() {
            return Err(Problem::new(Kind::RAID_IS_ON, "Call off the raid that is on first."));
        }
        if target.shown.channel.handle == self.handle {
            return Err(Problem::new(Kind::OWN_CHANNEL, "A channel cannot raid itself.").because("raid-self"));
        }
        Ok(actor)
    }

    /// A moderator calls a raid off.
    pub fn cancel_raid(&mut self, asked: Asked, now: &Now) {
        match self.moderating_with(asked.client, |may| may.events) {
            Ok(_) if self.raids.on.is_none() => self.done(asked, None),
            Ok(actor) => {
                self.raids.on = None;
                self.keep(Some(asked), None, Record::Act(Act::new(actor, "cancel_raid", None, "", now.at)));
                self.event(Event::Raid { raid: None });
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    /// Sends them off when it is time. Returns when that is.
    pub(super) fn tell_raid(&mut self, now: &Now) -> Option<i64> {
        let goes_at = millis(self.raids.on()?.goes_at);
        if now.at < goes_at {
            return Some(goes_at);
        }
        let (raid, _) = self.raids.on.as_ref()?;
        let (raid, to) = (raid.id.clone(), raid.to.handle.clone());
        match self.raids.looked_at {
            None => {
                self.raids.looked_at = Some(now.at);
                self.out.push(Out::SetOff { raid, to, raider: self.people.creator() });
                Some(now.at + LOOKED_FOR)
            }
            Some(at) if now.at < at + LOOKED_FOR => Some(at + LOOKED_FOR),
            Some(_) => {
                self.sets_off(&raid, false, now);
                None
            }
        }
    }

    /// The channel that people are sent to takes them still, or it does not: half a minute is long.
    pub fn sets_off(&mut self, id: &str, may_go: bool, now: &Now) {
        if self.raids.looked_at.is_none() {
            return;
        }
        let Some((raid, to)) = self.raids.on.take_if(|(raid, _)| raid.id == id) else { return };
        if !may_go {
            let act = Act::new(Uuid::nil(), "cancel_raid", None, raid.to.handle.as_str(), now.at);
            self.keep(None, None, Record::Act(act));
            self.event(Event::Raid { raid: None });
            return;
        }
        self.event(Event::RaidGoes { raid });
        let by = Author { handle: self.handle.clone(), name: self.people.creator_name(), badges: Vec::new() };
        let raided = Raided { by, viewers: self.people.viewers() as u64 };
        self.out.push(Out::Raid { to, raided });
    }

    /// Another channel's viewers come.
    pub fn raided(&mut self, raided: Raided, now: &Now) {
        if now.at < self.raids.raided_at + RAIDED_EVERY {
            return;
        }
        self.raids.raided_at = now.at;
        self.event(Event::Raided { raided });
    }

    /// A moderator tells people of another channel.
    pub fn shout_out(&mut self, asked: Asked, now: &Now, target: &Target) {
        let actor = match self.moderating_with(asked.client, |may| may.events) {
            Ok(actor) => actor,
            Err(problem) => return self.refuse(asked, problem, None),
        };
        let wait = self.raids.shouted_at + SHOUTED_EVERY - now.at;
        if wait > 0 {
            let wait = std::time::Duration::from_millis(wait.unsigned_abs());
            return self.refuse(asked, Problem::too_many(wait), None);
        }
        self.raids.shouted_at = now.at;
        let act = Act::new(actor, "shout_out", Some(target.account), target.shown.channel.handle.as_str(), now.at);
        self.keep(Some(asked), None, Record::Act(act));
        self.event(Event::ShoutOut { shout_out: target.shown.clone() });
    }
}
