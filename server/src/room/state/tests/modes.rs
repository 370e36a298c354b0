//! Each way of keeping a room, and all of them together, with those who keep it: a small model says what becomes of what is written, who
//! may change what, and what everybody sees, and so does the room.

mod model;

use klieg_api::room::{FilterAction, Message};
use klieg_core::room::{Ended, Link};
use proptest::prelude::*;

use super::lost::poll;
use super::*;
use crate::database::moment;
use model::{CROWD, FOLLOWED, Fate, MODERATOR, Model, TEXTS, Written};

#[derive(Clone, Debug)]
enum Step {
    Write(u128, usize),
    /// All of the crowd write this.
    Crowd(usize),
    Pass(i64),
    /// Somebody asks for what those who keep the room may ask for.
    Order(u128, Order),
}

#[derive(Clone, Debug)]
enum Order {
    Set(SettingsChange),
    HoldSpam(bool),
    RefuseHam(bool),
    TimeOut(u128),
    Ban(u128),
    Unban(u128),
    /// Of what waits.
    Review(usize, bool),
    Appoint(u128, Option<Rights>),
    /// Starts a poll, which the creator ends.
    Poll,
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
        on().prop_map(move |on| SettingsChange { auto_shield: Some(on), ..none() }),
        on().prop_map(move |on| SettingsChange { delay_s: Some(if on { 2 } else { 0 }), ..none() }),
        on().prop_map(move |on| SettingsChange { shield: Some(on), ..none() }),
    ]
}

fn order() -> impl Strategy<Value = Order> {
    let on = || proptest::bool::ANY;
    // Some of the crowd as well.
    let who = || 2_u128..9;
    let some = any::<[bool; 3]>().prop_map(|[people, rules, events]| Rights { people, rules, events });
    let rights = prop::option::weighted(0.7, some);
    prop_oneof![
        8 => change().prop_map(Order::Set),
        2 => on().prop_map(Order::HoldSpam),
        2 => on().prop_map(Order::RefuseHam),
        2 => who().prop_map(Order::TimeOut),
        2 => who().prop_map(Order::Ban),
        3 => who().prop_map(Order::Unban),
        5 => (any::<usize>(), on()).prop_map(|(which, approve)| Order::Review(which, approve)),
        2 => (2..=MODERATOR, rights).prop_map(|(who, rights)| Order::Appoint(who, rights)),
        1 => Just(Order::Poll),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let by = prop_oneof![4 => Just(CREATOR), 3 => Just(MODERATOR), 2 => 2..MODERATOR];
    prop_oneof![
        12 => (2..=MODERATOR, 0..TEXTS.len()).prop_map(|(who, which)| Step::Write(who, which)),
        2 => (0..TEXTS.len()).prop_map(Step::Crowd),
        3 => (0..40_000_i64).prop_map(Step::Pass),
        12 => (by, order()).prop_map(|(by, order)| Step::Order(by, order)),
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
            Some(Progress::Discarded) => Fate::Gone,
            other => panic!("{other:?}"),
        }
    }
}

/// A room, and the model of it.
struct Both {
    world: World,
    model: Model,
    /// Somebody who only reads.
    reader: ClientId,
    /// Everybody else who is here.
    people: HashMap<u128, ClientId>,
}

impl Both {
    fn new() -> Self {
        let mut world = World::new();
        // Long enough after 1970 for somebody to have followed for long.
        world.now = 100_000_000;
        let follows_since = FOLLOWED.map(|(who, minutes)| (who, world.now - minutes * 60_000)).into();
        let (reader, model) = (world.come(None), Model::new(follows_since));
        let mut both = Self { world, model, reader, people: HashMap::new() };
        for who in (CREATOR..=MODERATOR).chain(CROWD) {
            both.enter(who);
        }
        both.take(Step::Order(CREATOR, Order::Appoint(MODERATOR, Some(Rights::ALL)))).unwrap();
        both
    }

    fn enter(&mut self, who: u128) {
        let client = self.world.come(Some(who));
        self.people.insert(who, client);
        if let Some(since) = self.model.follows_since.get(&who) {
            let now = self.world.now();
            self.world.room.followed(Uuid::from_u128(who), Some(moment(*since)), 1, &now);
            self.world.deliver();
        }
    }

    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        // Nobody writes more at once than they may.
        self.pass(300);
        match step {
            Step::Write(who, which) => self.write(who, which)?,
            Step::Crowd(which) => {
                for who in CROWD {
                    self.write(who, which)?;
                }
            }
            Step::Pass(millis) => self.pass(millis),
            Step::Order(by, order) if self.people.contains_key(&by) => self.order(by, order)?,
            Step::Order(..) => {}
        }
        self.world.keep_all();
        self.check()
    }

    fn pass(&mut self, millis: i64) {
        self.world.pass(millis);
        self.model.pass(self.world.now);
    }

    fn write(&mut self, who: u128, which: usize) -> Result<(), TestCaseError> {
        let Some(client) = self.people.get(&who).copied() else { return Ok(()) };
        let fate = self.world.write(client, self.people[&CREATOR], TEXTS[which].says);
        let expected = self.model.write(who, which, self.world.now);
        let is_one = expected.contains(&fate);
        prop_assert!(is_one, "{who} writes {which}: {fate:?} and none of {expected:?}");
        Ok(())
    }

    /// Somebody asks for something, and is told what the model says.
    fn ask(&mut self, by: u128, command: Command, expected: Option<&str>) -> Result<(), TestCaseError> {
        let asked = format!("{by} asks {command:?}");
        let refused = self.world.ask(self.people[&by], command);
        prop_assert_eq!(refused.as_deref(), expected, "{}", asked);
        Ok(())
    }

    fn order(&mut self, by: u128, order: Order) -> Result<(), TestCaseError> {
        let (room, creator) = (channel(), self.people[&CREATOR]);
        match order {
            Order::Set(settings) => {
                let expected = self.model.set(by, &settings, self.world.now);
                self.ask(by, Command::Set { room, settings }, expected)
            }
            Order::HoldSpam(on) => {
                let expected = self.model.hold_spam(by, on);
                self.ask(by, filter("spam", FilterAction::Hold, on), expected)
            }
            Order::RefuseHam(on) => {
                let expected = self.model.refuse_ham(by, on);
                self.ask(by, filter("ham", FilterAction::Refuse, on), expected)
            }
            Order::TimeOut(who) => {
                let expected = self.model.time_out(by, who, self.world.now + 60_000);
                let reason = String::new();
                self.ask(by, Command::TimeOut { room, who: name(who), seconds: 60, reason }, expected)
            }
            Order::Ban(who) => {
                let expected = self.model.ban(by, who);
                self.ask(by, Command::Ban { room, who: name(who), reason: String::new() }, expected)?;
                self.put_out_if_banned(who)
            }
            Order::Unban(who) => {
                let expected = self.model.unban(by, who);
                self.ask(by, Command::Unban { room, who: name(who) }, expected)?;
                if !self.model.banned.contains(&who) && !self.people.contains_key(&who) {
                    self.enter(who);
                }
                Ok(())
            }
            Order::Review(which, approve) => {
                let held = self.world.client(creator).held();
                let Some(place) = which.checked_rem(held.len()) else { return Ok(()) };
                let message = held[place].message.id.clone();
                let expected = self.model.review(by, place, approve);
                self.ask(by, Command::Review { room, message, approve }, expected)
            }
            Order::Appoint(who, rights) => {
                let expected = self.model.appoint(by, who, rights);
                let moderator = rights.is_some();
                self.ask(by, Command::Appoint { room, who: name(who), moderator, rights }, expected)
            }
            Order::Poll => {
                let expected = self.model.start_poll(by);
                self.ask(by, poll(), expected)?;
                let poll = self.world.client(creator).together().poll().filter(|poll| !poll.ended);
                let Some(poll) = poll.map(|poll| poll.id.clone()) else { return Ok(()) };
                self.ask(CREATOR, Command::EndPoll { room, poll }, None)
            }
        }
    }

    /// Who is banned is put out, and not let in again.
    fn put_out_if_banned(&mut self, who: u128) -> Result<(), TestCaseError> {
        if !self.model.banned.contains(&who) {
            return Ok(());
        }
        if let Some(client) = self.people.remove(&who) {
            let closed = self.world.seats.remove(&client).unwrap().closed;
            prop_assert_eq!(closed, Some(4403));
        }
        let again = self.world.come(Some(who));
        prop_assert_eq!(self.world.client(again).link(), Link::Over(Ended::Banned));
        self.world.seats.remove(&again);
        Ok(())
    }

    /// Everybody sees what is shown, in the order in which it was; who moderates what waits, in the order in which it was written, and
    /// nobody else any of that.
    fn check(&self) -> Result<(), TestCaseError> {
        let lines = self.world.seats[&self.reader].client.lines();
        prop_assert_eq!(seen(lines.iter().map(|message| &**message)), written(&self.model.shown));
        for (who, client) in &self.people {
            let held = self.world.seats[client].client.held().iter().map(|held| &held.message);
            let expected = if self.model.moderates(*who) { written(&self.model.held) } else { Vec::new() };
            prop_assert_eq!(seen(held), expected, "what {} is told that waits", who);
        }
        Ok(())
    }
}

fn filter(pattern: &str, action: FilterAction, on: bool) -> Command {
    let (room, pattern) = (channel(), pattern.to_owned());
    if on {
        Command::AddFilter { room, filter: Filter { pattern, action } }
    } else {
        Command::RemoveFilter { room, pattern }
    }
}

fn seen<'a>(messages: impl Iterator<Item = &'a Message>) -> Vec<(Handle, &'a str)> {
    messages.map(|message| (message.author.handle.clone(), message.text.as_str())).collect()
}

fn written(all: &[Written]) -> Vec<(Handle, &'static str)> {
    all.iter().map(|of| (name(of.who), TEXTS[of.text].says)).collect()
}

proptest! {
    #[test]
    fn what_is_written_is_shown_held_or_refused_as_the_rules_say(
        before in prop::collection::vec(change(), 0..6),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut both = Both::new();
        for step in before.into_iter().map(|change| Step::Order(CREATOR, Order::Set(change))).chain(steps) {
            both.take(step)?;
        }
    }
}
