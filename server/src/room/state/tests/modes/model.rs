//! What the rules say of what is written and of what moderators do.
//!
//! The model knows of each text what it is, and says all that speaks against it. It does not say what is found first.

use std::collections::{HashMap, HashSet};
use std::mem::take;
use std::ops::RangeInclusive;

use klieg_api::room::{Rights, SettingsChange};

use crate::room::state::tests::CREATOR;

/// Something to write, and what it is.
pub(super) struct Text {
    pub says: &'static str,
    is_emoji: bool,
    has_link: bool,
    is_noise: bool,
    has_spam: bool,
    has_ham: bool,
    /// Many say it without having agreed to.
    is_short: bool,
}

const fn text(says: &'static str) -> Text {
    Text { says, is_emoji: false, has_link: false, is_noise: false, has_spam: false, has_ham: false, is_short: false }
}

pub(super) const TEXTS: [Text; 8] = [
    text("hello there"),
    text("good evening"),
    Text { is_emoji: true, is_short: true, ..text("👍 🎉") },
    Text { has_link: true, ..text("see example.org/x") },
    Text { is_noise: true, ..text("LOUD AND CLEAR TO EVERYBODY") },
    Text { has_spam: true, is_short: true, ..text("spam") },
    Text { has_ham: true, ..text("ham and eggs") },
    Text { has_spam: true, has_link: true, ..text("spam at example.org") },
];

/// Who is a moderator to begin with, the last of those who are here by themselves.
pub(super) const MODERATOR: u128 = 6;
/// Who comes together. The first of them are silenced now and then as well.
pub(super) const CROWD: RangeInclusive<u128> = 7..=11;
/// Who follows, and for how many minutes when it begins.
pub(super) const FOLLOWED: [(u128, i64); 3] = [(3, 0), (4, 9), (5, 600)];

/// How long the shield stays up, and how long strangers' messages are looked at together, in milliseconds.
const SHIELDED: i64 = 15 * 60_000;
const TOGETHER: i64 = 30_000;

const FORBIDDEN: Option<&str> = Some("/problems/forbidden");

/// What became of something that was written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Shown,
    /// Why.
    Held(String),
    Later,
    Refused(String),
    /// It was taken, and nobody will see it.
    Gone,
}

/// Something that was written and is shown, or waits.
#[derive(Clone)]
pub(super) struct Written {
    pub who: u128,
    pub text: usize,
    at: i64,
    /// When it is shown by itself, if it is.
    due: Option<i64>,
}

impl Written {
    /// Nobody writes twice at once.
    fn is(&self, other: &Self) -> bool {
        (self.who, self.at) == (other.who, other.at)
    }
}

#[derive(Default)]
pub(super) struct Model {
    slow: i64,
    followers: Option<i64>,
    subscribers_only: bool,
    emotes_only: bool,
    unique: bool,
    hold_links: bool,
    hold_noise: bool,
    auto_shield: bool,
    delay: i64,
    raised: Option<i64>,
    holds_spam: bool,
    refuses_ham: bool,
    rights: HashMap<u128, Rights>,
    /// Since when who follows does.
    pub follows_since: HashMap<u128, i64>,
    silenced_until: HashMap<u128, i64>,
    pub banned: HashSet<u128>,
    /// When each wrote last, and what.
    last: HashMap<u128, (i64, usize)>,
    /// In the order in which it was shown.
    pub shown: Vec<Written>,
    /// What waits, in the order in which it was written.
    pub held: Vec<Written>,
    /// What strangers wrote lately.
    strangers: Vec<Written>,
}

impl Model {
    pub(super) fn new(follows_since: HashMap<u128, i64>) -> Self {
        Self { follows_since, ..Self::default() }
    }

    pub(super) fn pass(&mut self, now: i64) {
        let is_due = |of: &Written| of.due.is_some_and(|due| due <= now);
        let (due, held): (Vec<_>, Vec<_>) = take(&mut self.held).into_iter().partition(is_due);
        self.held = held;
        self.shown.extend(due);
        self.raised.take_if(|raised| *raised + SHIELDED <= now);
    }

    pub(super) fn moderates(&self, who: u128) -> bool {
        who == CREATOR || self.rights.contains_key(&who)
    }

    fn may(&self, who: u128, right: fn(&Rights) -> bool) -> bool {
        who == CREATOR || self.rights.get(&who).is_some_and(right)
    }

    /// Whether somebody may silence another: only who is above them.
    fn is_over(&self, by: u128, who: u128) -> bool {
        let rank = |who: u128| (who == CREATOR, self.moderates(who));
        self.may(by, |rights| rights.people) && rank(by) > rank(who)
    }

    fn minutes(&self, who: u128, at: i64) -> Option<i64> {
        self.follows_since.get(&who).map(|since| (at - since) / 60_000)
    }

    /// Whether the room knew somebody then.
    fn knows(&self, who: u128, at: i64) -> bool {
        let spoke = |of: &Written| of.who == who && of.at < at - TOGETHER;
        self.minutes(who, at).is_some_and(|minutes| minutes >= 10) || self.shown.iter().any(spoke)
    }

    /// All that keeps somebody from writing this.
    fn against(&self, who: u128, which: usize, now: i64) -> Vec<&'static str> {
        let text = &TEXTS[which];
        let mut against = Vec::new();
        let mut says = |is_so: bool, why| {
            if is_so {
                against.push(why);
            }
        };
        says(self.silenced_until.get(&who).is_some_and(|until| *until > now), "/problems/silenced");
        if self.moderates(who) {
            return against;
        }
        let last = self.last.get(&who);
        says(last.is_some_and(|(at, _)| at + self.slow > now), "/problems/too-many-requests");
        says(last.is_some_and(|(at, said)| at + 30_000 > now && *said == which), "/problems/said-already");
        says(self.raised.is_some_and(|raised| !self.knows(who, raised)), "/problems/shielded");
        let follows = |least: i64| self.minutes(who, now).is_some_and(|minutes| minutes >= least);
        says(self.followers.is_some_and(|least| !follows(least)), "/problems/followers-only");
        says(self.subscribers_only, "/problems/subscribers-only");
        says(self.emotes_only && !text.is_emoji, "/problems/emotes-only");
        let was_said = self.shown.iter().chain(&self.held).any(|of| of.text == which);
        says(self.unique && was_said, "/problems/said-already");
        says(self.refuses_ham && text.has_ham, "/problems/filtered");
        let waiting = self.held.iter().filter(|of| of.who == who && of.due.is_none()).count();
        says(waiting >= 10 && !self.waits_for(who, which).is_empty(), "/problems/too-many-requests");
        against
    }

    /// Why a moderator has to look at it.
    fn waits_for(&self, who: u128, which: usize) -> Vec<&'static str> {
        let text = &TEXTS[which];
        let reasons = [
            (self.holds_spam && text.has_spam, "filter: spam"),
            (self.hold_links && text.has_link, "link"),
            (self.hold_noise && text.is_noise, "noise"),
        ];
        let waits = !self.moderates(who);
        reasons.into_iter().filter(|(is_so, _)| *is_so && waits).map(|(_, reason)| reason).collect()
    }

    /// Somebody writes: one of these becomes of it.
    pub(super) fn write(&mut self, who: u128, which: usize, now: i64) -> Vec<Fate> {
        let against = self.against(who, which, now);
        if !against.is_empty() {
            return against.into_iter().map(|why| Fate::Refused(why.to_owned())).collect();
        }
        self.last.insert(who, (now, which));
        let reasons = self.waits_for(who, which);
        let mut written = Written { who, text: which, at: now, due: None };
        let fates = if !reasons.is_empty() {
            self.held.push(written.clone());
            reasons.into_iter().map(|reason| Fate::Held(reason.to_owned())).collect()
        } else if self.delay > 0 && !self.moderates(who) {
            written.due = Some(now + self.delay);
            self.held.push(written.clone());
            vec![Fate::Later]
        } else {
            self.shown.push(written.clone());
            vec![Fate::Shown]
        };
        // What was shown first has been seen.
        if self.raises_shield(&written, now) && fates != [Fate::Shown] { vec![Fate::Gone] } else { fates }
    }

    /// Whether this is what five strangers say together. What they said is gone then.
    fn raises_shield(&mut self, written: &Written, now: i64) -> bool {
        let is_stranger = !self.moderates(written.who) && !self.knows(written.who, now);
        if !self.auto_shield || self.raised.is_some() || TEXTS[written.text].is_short || !is_stranger {
            return false;
        }
        self.strangers.retain(|of| of.at >= now - TOGETHER);
        self.strangers.push(written.clone());
        let alike: Vec<Written> = self.strangers.iter().filter(|of| of.text == written.text).cloned().collect();
        let people: HashSet<u128> = alike.iter().map(|of| of.who).collect();
        if people.len() < 5 {
            return false;
        }
        self.raised = Some(now);
        self.strangers.clear();
        for all in [&mut self.shown, &mut self.held] {
            all.retain(|of| !alike.iter().any(|one| one.is(of)));
        }
        true
    }

    /// Somebody changes how the room is kept: why not, if they may not. So it is with all that follows.
    pub(super) fn set(&mut self, by: u128, change: &SettingsChange, now: i64) -> Option<&'static str> {
        if !self.may(by, |rights| rights.rules) {
            return FORBIDDEN;
        }
        let minutes = |minutes: i32| (minutes >= 0).then(|| i64::from(minutes));
        self.slow = change.slow_s.map_or(self.slow, |slow| i64::from(slow) * 1_000);
        self.followers = change.followers_min.map_or(self.followers, minutes);
        self.subscribers_only = change.subscribers_only.unwrap_or(self.subscribers_only);
        self.emotes_only = change.emotes_only.unwrap_or(self.emotes_only);
        self.unique = change.unique.unwrap_or(self.unique);
        self.hold_links = change.hold_links.unwrap_or(self.hold_links);
        self.hold_noise = change.hold_noise.unwrap_or(self.hold_noise);
        self.auto_shield = change.auto_shield.unwrap_or(self.auto_shield);
        self.delay = change.delay_s.map_or(self.delay, |delay| i64::from(delay) * 1_000);
        self.raised = change.shield.map_or(self.raised, |up| up.then_some(now));
        None
    }

    pub(super) fn hold_spam(&mut self, by: u128, on: bool) -> Option<&'static str> {
        if !self.may(by, |rights| rights.rules) {
            return FORBIDDEN;
        }
        self.holds_spam = on;
        None
    }

    pub(super) fn refuse_ham(&mut self, by: u128, on: bool) -> Option<&'static str> {
        if !self.may(by, |rights| rights.rules) {
            return FORBIDDEN;
        }
        self.refuses_ham = on;
        None
    }

    pub(super) fn time_out(&mut self, by: u128, who: u128, until: i64) -> Option<&'static str> {
        if !self.is_over(by, who) {
            return FORBIDDEN;
        }
        if self.banned.contains(&who) {
            return Some("/problems/silenced-already");
        }
        self.silenced_until.insert(who, until);
        self.remove_all_of(who);
        None
    }

    pub(super) fn ban(&mut self, by: u128, who: u128) -> Option<&'static str> {
        if !self.is_over(by, who) {
            return FORBIDDEN;
        }
        self.banned.insert(who);
        self.silenced_until.remove(&who);
        self.remove_all_of(who);
        None
    }

    pub(super) fn unban(&mut self, by: u128, who: u128) -> Option<&'static str> {
        if !self.is_over(by, who) {
            return FORBIDDEN;
        }
        self.banned.remove(&who);
        self.silenced_until.remove(&who);
        None
    }

    fn remove_all_of(&mut self, who: u128) {
        for all in [&mut self.shown, &mut self.held] {
            all.retain(|of| of.who != who);
        }
    }

    /// Whoever moderates shows or discards what waits at this place.
    pub(super) fn review(&mut self, by: u128, place: usize, approve: bool) -> Option<&'static str> {
        if !self.moderates(by) {
            return FORBIDDEN;
        }
        let written = self.held.remove(place);
        if approve {
            self.shown.push(written);
        }
        None
    }

    pub(super) fn appoint(&mut self, by: u128, who: u128, rights: Option<Rights>) -> Option<&'static str> {
        if by != CREATOR {
            return FORBIDDEN;
        }
        match rights {
            Some(rights) => drop(self.rights.insert(who, rights)),
            None => drop(self.rights.remove(&who)),
        }
        None
    }

    /// Somebody starts a poll.
    pub(super) fn start_poll(&self, by: u128) -> Option<&'static str> {
        if self.may(by, |rights| rights.events) { None } else { FORBIDDEN }
    }
}
