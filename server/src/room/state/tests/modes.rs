//! Each way of keeping a room, and all of them together: a small model says what becomes of what is written, and so does the room.
//!
//! The model knows of each text what it is, and says all that speaks against it. It does not say what is found first.

use klieg_api::room::FilterAction;
use proptest::prelude::*;

use super::*;
use crate::database::moment;

/// Something to write, and what it is.
struct Text {
    says: &'static str,
    is_emoji: bool,
    has_link: bool,
    is_noise: bool,
    has_spam: bool,
    has_ham: bool,
}

const fn text(says: &'static str) -> Text {
    Text { says, is_emoji: false, has_link: false, is_noise: false, has_spam: false, has_ham: false }
}

const TEXTS: [Text; 8] = [
    text("hello there"),
    text("good evening"),
    Text { is_emoji: true, ..text("👍 🎉") },
    Text { has_link: true, ..text("see example.org/x") },
    Text { is_noise: true, ..text("LOUD AND CLEAR TO EVERYBODY") },
    Text { has_spam: true, ..text("spam") },
    Text { has_ham: true, ..text("ham and eggs") },
    Text { has_spam: true, has_link: true, ..text("spam at example.org") },
];

/// Who is a moderator; the others have followed for so many minutes.
const MODERATOR: u128 = 6;
const FOLLOWED: [(u128, Option<i64>); 4] = [(2, None), (3, Some(0)), (4, Some(9)), (5, Some(600))];

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Shown,
    /// Why.
    Held(String),
    Later,
    Refused(String),
}

/// Something that was written and is shown, now or later.
struct Written {
    who: u128,
    text: usize,
    at: i64,
    shown_at: i64,
}

#[derive(Default)]
struct Model {
    slow: i64,
    followers: Option<i64>,
    subscribers_only: bool,
    emotes_only: bool,
    unique: bool,
    hold_links: bool,
    hold_noise: bool,
    delay: i64,
    raised: Option<i64>,
    holds_spam: bool,
    refuses_ham: bool,
    follows_since: HashMap<u128, i64>,
    silenced_until: HashMap<u128, i64>,
    /// When each wrote last, and what.
    last: HashMap<u128, (i64, usize)>,
    written: Vec<Written>,
}

impl Model {
    fn set(&mut self, change: &SettingsChange, now: i64) {
        let minutes = |minutes: i32| (minutes >= 0).then(|| i64::from(minutes));
        self.slow = change.slow_s.map_or(self.slow, |slow| i64::from(slow) * 1_000);
        self.followers = change.followers_min.map_or(self.followers, minutes);
        self.subscribers_only = change.subscribers_only.unwrap_or(self.subscribers_only);
        self.emotes_only = change.emotes_only.unwrap_or(self.emotes_only);
        self.unique = change.unique.unwrap_or(self.unique);
        self.hold_links = change.hold_links.unwrap_or(self.hold_links);
        self.hold_noise = change.hold_noise.unwrap_or(self.hold_noise);
        self.delay = change.delay_s.map_or(self.delay, |delay| i64::from(delay) * 1_000);
        self.raised = change.shield.map_or(self.raised, |up| up.then_some(now));
    }

    fn minutes(&self, who: u128, at: i64) -> Option<i64> {
        self.follows_since.get(&who).map(|since| (at - since) / 60_000)
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
        if who == MODERATOR {
            return against;
        }
        let last = self.last.get(&who);
        says(last.is_some_and(|(at, _)| at + self.slow > now), "/problems/too-many-requests");
        says(last.is_some_and(|(at, said)| at + 30_000 > now && *said == which), "/problems/said-already");
        let is_shown = |of: &&Written| of.shown_at <= now;
        let is_closed = self.raised.filter(|raised| raised + 15 * 60_000 > now).is_some_and(|raised| {
            let spoke = |of: &Written| of.who == who && of.at < raised - 30_000;
            let is_known = self.minutes(who, raised).is_some_and(|minutes| minutes >= 10);
            !is_known && !self.written.iter().filter(is_shown).any(spoke)
        });
        says(is_closed, "/problems/shielded");
        let follows = |least: i64| self.minutes(who, now).is_some_and(|minutes| minutes >= least);
        says(self.followers.is_some_and(|least| !follows(least)), "/problems/followers-only");
        says(self.subscribers_only, "/problems/subscribers-only");
        says(self.emotes_only && !text.is_emoji, "/problems/emotes-only");
        let was_said = self.written.iter().filter(is_shown).any(|of| of.text == which);
        says(self.unique && was_said, "/problems/said-already");
        says(self.refuses_ham && text.has_ham, "/problems/filtered");
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
        reasons.into_iter().filter(|(is_so, _)| *is_so && who != MODERATOR).map(|(_, reason)| reason).collect()
    }

    /// Whether this is what becomes of it, and that it has.
    fn write(&mut self, who: u128, which: usize, fate: &Fate, now: i64) -> bool {
        let (against, reasons) = (self.against(who, which, now), self.waits_for(who, which));
        if !against.is_empty() {
            return matches!(fate, Fate::Refused(why) if against.contains(&why.as_str()));
        }
        self.last.insert(who, (now, which));
        if !reasons.is_empty() {
            return matches!(fate, Fate::Held(why) if reasons.contains(&why.as_str()));
        }
        let delay = if who == MODERATOR { 0 } else { self.delay };
        self.written.push(Written { who, text: which, at: now, shown_at: now + delay });
        *fate == if delay > 0 { Fate::Later } else { Fate::Shown }
    }

    fn time_out(&mut self, who: u128, until: i64) {
        self.silenced_until.insert(who, until);
        self.written.retain(|of| of.who != who);
    }
}

#[derive(Clone, Debug)]
enum Step {
    Write(u128, usize),
    Pass(i64),
    Set(SettingsChange),
    HoldSpam(bool),
    RefuseHam(bool),
    TimeOut(u128),
}

fn change() -> impl Strategy<Value = SettingsChange> {
    let none = SettingsChange::default;
    let on = || proptest::bool::ANY;
    prop_oneof![
        prop::sample::select(vec![0, 5, 30]).prop_map(move |slow| SettingsChange { slow_s: Some(slow), ..none() }),
        prop::sample::select(vec![-1, 0, 10])
            .prop_map(move |minutes| SettingsChange { followers_min: Some(minutes), ..none() }),
        proptest::bool::weighted(0.2).prop_map(move |on| SettingsChange { subscribers_only: Some(on), ..none() }),
        proptest::bool::weighted(0.3).prop_map(move |on| SettingsChange { emotes_only: Some(on), ..none() }),
        on().prop_map(move |on| SettingsChange { unique: Some(on), ..none() }),
        on().prop_map(move |on| SettingsChange { hold_links: Some(on), ..none() }),
        on().prop_map(move |on| SettingsChange { hold_noise: Some(on), ..none() }),
        on().prop_map(move |on| SettingsChange { delay_s: Some(if on { 2 } else { 0 }), ..none() }),
        on().prop_map(move |on| SettingsChange { shield: Some(on), ..none() }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (2..=MODERATOR, 0..TEXTS.len()).prop_map(|(who, which)| Step::Write(who, which)),
        3 => (0..40_000_i64).prop_map(Step::Pass),
        4 => change().prop_map(Step::Set),
        1 => proptest::bool::ANY.prop_map(Step::HoldSpam),
        1 => proptest::bool::ANY.prop_map(Step::RefuseHam),
        1 => (2..=MODERATOR).prop_map(Step::TimeOut),
    ]
}

impl World {
    /// What becomes of what somebody writes.
    fn write(&mut self, id: ClientId, creator: ClientId, text: &str) -> Fate {
        let requests = self.client(id).say(text.to_owned(), None, false);
        let nonce = self.client(id).outgoing().last().map(|outgoing| outgoing.nonce.clone()).unwrap();
        self.carry(id, requests);
        self.keep_all();
        let outgoing = self.seats[&id].client.outgoing().iter().find(|outgoing| outgoing.nonce == nonce);
        match outgoing.map(|outgoing| outgoing.progress.clone()) {
            None => Fate::Shown,
            Some(Progress::Held(_)) => Fate::Held(self.client(creator).held().last().unwrap().reason.clone()),
            Some(Progress::Kept(_)) => Fate::Later,
            Some(Progress::Refused(problem, _)) => Fate::Refused(problem.kind.clone()),
            other => panic!("{other:?}"),
        }
    }

    fn filter(&mut self, creator: ClientId, pattern: &str, action: FilterAction, on: bool) {
        let (room, pattern) = (channel(), pattern.to_owned());
        let command = if on {
            Command::AddFilter { room, filter: Filter { pattern, action } }
        } else {
            Command::RemoveFilter { room, pattern }
        };
        assert_eq!(self.ask(creator, command), None);
    }
}

proptest! {
    #[test]
    fn what_is_written_is_shown_held_or_refused_as_the_rules_say(
        before in prop::collection::vec(change(), 0..6),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let (mut world, mut model) = (World::new(), Model::default());
        // Long enough after 1970 for somebody to have followed for long.
        world.now = 100_000_000;
        let creator = world.come(Some(CREATOR));
        let people: HashMap<u128, ClientId> = (2..=MODERATOR).map(|who| (who, world.come(Some(who)))).collect();
        world.ask(creator, Command::Appoint { room: channel(), who: name(MODERATOR), moderator: true, rights: None });
        for (who, minutes) in FOLLOWED {
            if let Some(minutes) = minutes {
                let (since, now) = (world.now - minutes * 60_000, world.now());
                world.room.followed(Uuid::from_u128(who), Some(moment(since)), 1, &now);
                model.follows_since.insert(who, since);
            }
        }
        world.keep_all();
        for step in before.into_iter().map(Step::Set).chain(steps) {
            // Nobody writes more at once than they may.
            world.pass(300);
            let now = world.now;
            match step {
                Step::Write(who, which) => {
                    let fate = world.write(people[&who], creator, TEXTS[which].says);
                    let (against, reasons) = (model.against(who, which, now), model.waits_for(who, which));
                    let is_so = model.write(who, which, &fate, now);
                    prop_assert!(is_so, "{who} writes {which}: {fate:?}, against it {against:?}, to wait {reasons:?}");
                }
                Step::Pass(millis) => drop(world.pass(millis)),
                Step::Set(change) => {
                    model.set(&change, now);
                    prop_assert_eq!(world.set(creator, change), None);
                }
                Step::HoldSpam(on) => {
                    model.holds_spam = on;
                    world.filter(creator, "spam", FilterAction::Hold, on);
                }
                Step::RefuseHam(on) => {
                    model.refuses_ham = on;
                    world.filter(creator, "ham", FilterAction::Refuse, on);
                }
                Step::TimeOut(who) => {
                    model.time_out(who, now + 60_000);
                    let time_out =
                        Command::TimeOut { room: channel(), who: name(who), seconds: 60, reason: String::new() };
                    prop_assert_eq!(world.ask(creator, time_out), None);
                }
            }
            world.keep_all();
        }
    }
}
