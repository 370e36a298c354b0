//! Goals: so many followers, and how far it is to there.

use klieg_api::goals::{Goal, MAX_TITLE};
use klieg_api::room::Counts;

use super::news::News;
use super::{Now, Room};
use crate::http::problem::{Fields, Wrong};
use crate::room::text;

const MOST: u64 = 1_000_000_000;

/// How many follow the channel.
#[derive(Debug)]
pub(super) struct Followers {
    pub count: u64,
    news: News,
}

impl Followers {
    pub(super) fn new(count: u64) -> Self {
        Self { count, news: News::default() }
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
    /// So many follow the channel now.
    pub(super) fn set_followers(&mut self, count: u64) {
        if self.followers.count != count {
            self.followers.count = count;
            self.followers.news.come();
            self.snapshot = None;
        }
    }

    /// How many follow, where there is a goal.
    pub(super) fn follower_counts(&self) -> Option<Counts> {
        self.settings.goal.is_some().then_some(Counts::Followers { followers: self.followers.count })
    }

    /// Tells how many follow, where there is a goal. Returns when to do so, if that has changed.
    pub(super) fn tell_followers(&mut self, now: &Now) -> Option<i64> {
        let Some(counts) = self.follower_counts() else {
            // Nobody is told of changes until there is a goal, and everybody then.
            self.followers.news.come();
            return None;
        };
        if let Err(due) = self.followers.news.take(now.at) {
            return due;
        }
        self.tell_counts(counts);
        None
    }
}
