//! Goals: so many followers, and how far it is to there.

use klieg_api::goals::{Goal, MAX_TITLE};
use klieg_api::room::Event;

use super::{Now, Room};
use crate::http::problem::{Fields, Wrong};
use crate::room::text;

/// Followers are told at most this often, in milliseconds.
const TOLD_EVERY: i64 = 2_000;
const MOST: u64 = 1_000_000_000;

/// How many follow the channel.
#[derive(Debug)]
pub(super) struct Followers {
    pub count: u64,
    told: u64,
    told_at: i64,
}

impl Followers {
    pub(super) fn new(count: u64) -> Self {
        Self { count, told: count, told_at: 0 }
    }
}

/// The goal after a change: the known one if it says nothing, none if the new one has no target.
pub(super) fn change(fields: &mut Fields, known: Option<&Goal>, new: Option<&Goal>) -> Option<Goal> {
    let Some(new) = new else { return known.cloned() };
    if new.target == 0 {
        return None;
    }
    if new.target > MOST {
        fields.wrong("goal", Wrong::range(1, MOST, "followers"));
    }
    let title = fields.check_named("goal", text::line(&new.title, MAX_TITLE));
    Some(Goal { title: title?, target: new.target })
}

impl Room {
    /// Tells how many follow, where there is a goal. Returns when to look again.
    pub(super) fn tell_followers(&mut self, now: &Now) -> Option<i64> {
        if self.settings.goal.is_none() || self.followers.count == self.followers.told {
            return None;
        }
        let due = self.followers.told_at + TOLD_EVERY;
        if now.at < due {
            return Some(due);
        }
        self.followers.told = self.followers.count;
        self.followers.told_at = now.at;
        self.event(Event::Followers { followers: self.followers.count });
        None
    }
}
