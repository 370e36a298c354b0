//! What the journal loses is taken back, and what stands is what the tables hold.

use std::collections::{BTreeMap, BTreeSet};

use klieg_api::points::{RewardTerms, Stage};
use proptest::prelude::*;

use super::together::{POINTS, prediction, save, terms};
use super::*;
use crate::room::record::{PointsRecord, QuestionRecord};

#[test]
fn a_stake_that_is_lost_is_given_back_and_not_shared() {
    let mut world = World::new();
    let (creator, bob, cy) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(3)));
    world.ask(creator, prediction(&["red", "blue"]));
    world.predict(bob, 0, 100);
    world.keep_all();
    world.predict(cy, 1, 400);
    // It is decided while the last stake is on its way.
    assert_eq!(world.resolve(creator, Some(0)), None);
    world.lose_all();
    assert_eq!(world.points(cy), POINTS);
    // The lock was lost as well; the decision follows once all is settled.
    world.keep_all();
    assert_eq!((world.points(bob), world.points(cy)), (POINTS, POINTS));
    assert_eq!(world.client(bob).together().prediction().unwrap().stage, Stage::Resolved);
}

/// The creator, and somebody who has just redeemed a reward that waits for the creator; and the reward.
fn redeemed() -> (World, ClientId, ClientId, String) {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.ask(creator, save(RewardTerms { waits: true, ..terms("Hydrate", 50) }));
    world.keep_all();
    let reward = world.client(bob).together().rewards()[0].id.clone();
    world.redeem(bob, &reward, "", "a");
    (world, creator, bob, reward)
}

#[test]
fn a_redemption_that_is_lost_takes_nothing() {
    let (mut world, creator, bob, reward) = redeemed();
    assert_eq!(world.points(bob), 950);
    world.lose_all();
    assert_eq!(world.points(bob), POINTS);
    assert!(world.shown(creator).is_empty() && world.client(creator).together().redemptions().is_empty());
    // Said again it is another attempt and not the answer "done".
    assert_eq!(world.redeem(bob, &reward, "", "a"), None);
    world.keep_all();
    assert_eq!((world.points(bob), world.client(creator).together().redemptions().len()), (950, 1));
}

#[test]
fn points_come_back_once_if_a_redemption_is_lost_while_it_is_given_back() {
    let (mut world, creator, bob, _) = redeemed();
    let redemption = world.client(creator).together().redemptions()[0].id.clone();
    world.ask(creator, Command::Fulfil { room: channel(), redemption, done: false });
    let tickets = std::mem::take(&mut world.unkept);
    let now = world.now();
    world.room.lost(tickets[0], &now);
    world.room.kept(tickets[1], &now);
    world.deliver();
    assert_eq!(world.points(bob), POINTS);
}

#[test]
fn a_prediction_that_is_lost_is_none() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.ask(creator, prediction(&["red", "blue"]));
    world.predict(bob, 0, 100);
    world.lose_all();
    assert_eq!(world.points(bob), POINTS);
    assert_eq!(world.client(bob).together().prediction().unwrap().stage, Stage::Cancelled);
    assert_eq!(world.ask(creator, prediction(&["red", "blue"])), None);
}

#[test]
fn a_lock_that_is_lost_opens_the_prediction_again() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.ask(creator, prediction(&["red", "blue"]));
    world.keep_all();
    let begun = world.client(bob).together().prediction().unwrap().clone();
    let lock = Command::LockPrediction { room: channel(), prediction: begun.id.clone() };
    world.pass(10_000);
    world.ask(creator, lock);
    assert_eq!(world.client(bob).together().prediction().unwrap().stage, Stage::Locked);
    world.lose_all();
    assert_eq!(world.client(creator).trouble().unwrap().kind, "/problems/unavailable");
    assert_eq!(world.client(bob).together().prediction(), Some(&begun));
    assert_eq!(world.predict(bob, 0, 100), None);
    // So it is if the lock and what was decided are lost together.
    world.keep_all();
    world.resolve(creator, Some(0));
    world.lose_all();
    assert_eq!(world.client(bob).together().prediction().unwrap().stage, Stage::Open);
    // When its time is over it is locked, whatever is lost.
    world.pass(50_000);
    world.lose_all();
    assert_eq!(world.client(bob).together().prediction().unwrap().stage, Stage::Locked);
    world.resolve(creator, Some(0));
    world.keep_all();
    assert_eq!(world.points(bob), POINTS);
}

#[test]
fn a_raid_that_is_lost_goes_nowhere() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.raid(creator, "nova");
    assert!(world.client(bob).together().raid().is_some());
    world.lose_all();
    assert!(world.client(bob).together().raid().is_none());
    world.pass(60_000);
    assert!(world.raids.is_empty());
    world.raid(creator, "nova");
    world.keep_all();
    world.pass(30_000);
    assert_eq!(world.raids.len(), 1, "another try is another raid");
}

#[test]
fn a_poll_that_is_lost_is_none_and_one_whose_end_is_lost_goes_on() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.ask(creator, poll());
    world.vote(bob, 0);
    world.lose_all();
    assert!(world.client(bob).together().poll().unwrap().ended);
    assert!(world.room.polls.current().is_none());
    assert_eq!(world.ask(creator, poll()), None);
    world.vote(bob, 0);
    world.keep_all();
    let begun = world.room.polls.current().unwrap().clone();
    world.ask(creator, Command::EndPoll { room: channel(), poll: begun.id.clone() });
    assert!(world.client(bob).together().poll().unwrap().ended);
    world.lose_all();
    assert_eq!(world.client(bob).together().poll(), Some(&begun));
}

#[test]
fn a_reward_whose_change_is_lost_is_as_it_was_and_where_it_was() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    for title in ["first", "second"] {
        world.ask(creator, save(terms(title, 10)));
    }
    world.keep_all();
    let begun = world.client(bob).together().rewards().to_vec();
    let id = begun[0].id.clone();
    let change =
        |cost| Command::SaveReward { room: channel(), replaces: Some(id.clone()), reward: terms("first", cost) };
    world.ask(creator, change(20));
    world.ask(creator, change(30));
    world.ask(creator, Command::RemoveReward { room: channel(), reward: id.clone() });
    world.ask(creator, save(terms("third", 10)));
    assert_eq!(world.client(bob).together().rewards().len(), 2);
    world.lose_all();
    assert_eq!(world.client(bob).together().rewards(), begun);
}

fn poll() -> Command {
    let options = ["red", "blue", "green"].map(str::to_owned).to_vec();
    Command::StartPoll { room: channel(), question: "Which?".into(), options, seconds: 600 }
}

impl World {
    fn vote(&mut self, id: ClientId, option: u32) {
        let poll = self.client(id).together().poll().unwrap().id.clone();
        self.ask(id, Command::Vote { room: channel(), poll, option });
    }
}

/// What the tables hold of what people may say again and again.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tables {
    votes: BTreeMap<Uuid, u32>,
    wanted: BTreeSet<(String, Uuid)>,
    reactions: BTreeSet<(String, String, Uuid)>,
    rewards: BTreeMap<String, (String, u32)>,
}

fn put<T: Ord>(set: &mut BTreeSet<T>, value: T, on: bool) {
    if on {
        set.insert(value);
    } else {
        set.remove(&value);
    }
}

impl Tables {
    fn keep(&mut self, record: &Record) {
        match record {
            Record::Vote { account, option, .. } => {
                self.votes.insert(*account, *option);
            }
            Record::Reaction { message, emoji, account, on } => {
                put(&mut self.reactions, (message.clone(), emoji.clone(), *account), *on);
            }
            Record::Question(QuestionRecord::Vote { question, account, on }) => {
                put(&mut self.wanted, (question.clone(), *account), *on);
            }
            Record::Points(PointsRecord::Reward { id, terms, .. }) => match terms {
                Some(terms) => drop(self.rewards.insert(id.clone(), (terms.title.clone(), terms.cost))),
                None => drop(self.rewards.remove(id)),
            },
            _ => {}
        }
    }

    /// What the room has of the same.
    fn of(room: &Room, people: impl Iterator<Item = Uuid>, message: &str) -> Self {
        let mut tables = Self::default();
        for account in people {
            if let Some(option) = room.polls.vote_of(account) {
                tables.votes.insert(account, option);
            }
            tables.wanted.extend(room.questions.voted(account).into_iter().map(|question| (question, account)));
        }
        for (emoji, who) in &room.history.find(message).unwrap().reactions {
            tables.reactions.extend(who.iter().map(|account| (message.to_owned(), emoji.clone(), *account)));
        }
        let rewards = room.rewards.list().iter();
        tables.rewards = rewards.map(|of| (of.id.clone(), (of.terms.title.clone(), of.terms.cost))).collect();
        tables
    }
}

#[derive(Clone, Debug)]
enum Step {
    Vote {
        who: usize,
        option: u32,
    },
    Want {
        who: usize,
        question: usize,
        on: bool,
    },
    React {
        who: usize,
        emoji: usize,
        on: bool,
    },
    /// Of the reward at this place, or of a new one.
    Save {
        place: usize,
        cost: u32,
    },
    Remove {
        place: usize,
    },
    /// The journal has dealt with the first of what it has.
    Settle {
        keep: bool,
    },
    /// The journal has no room for the last.
    Full,
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..3_usize;
    prop_oneof![
        3 => (who(), 0..3_u32).prop_map(|(who, option)| Step::Vote { who, option }),
        3 => (who(), 0..2_usize, any::<bool>()).prop_map(|(who, question, on)| Step::Want { who, question, on }),
        3 => (who(), 0..2_usize, any::<bool>()).prop_map(|(who, emoji, on)| Step::React { who, emoji, on }),
        2 => (0..3_usize, 1..50_u32).prop_map(|(place, cost)| Step::Save { place, cost }),
        1 => (0..3_usize).prop_map(|place| Step::Remove { place }),
        8 => any::<bool>().prop_map(|keep| Step::Settle { keep }),
        1 => Just(Step::Full),
    ]
}

/// The first record, or with `last` the last, is kept or lost.
fn settle(world: &mut World, tables: &mut Tables, last: bool, keep: bool) {
    let place = if last { world.unkept.len().checked_sub(1) } else { (!world.unkept.is_empty()).then_some(0) };
    let Some(place) = place else { return };
    let (ticket, now) = (world.unkept.remove(place), world.now());
    if keep {
        tables.keep(&world.records[usize::try_from(ticket).unwrap() - 1]);
        world.room.kept(ticket, &now);
    } else {
        world.room.lost(ticket, &now);
    }
    world.deliver();
}

proptest! {
    /// Whatever people say again and again, and whatever of it is lost in whatever order: once all is settled the room has what
    /// the tables hold, and everybody knows it.
    #[test]
    fn what_stands_is_what_the_tables_hold(steps in prop::collection::vec(step(), 1..80)) {
        let mut world = World::new();
        let creator = world.come(Some(CREATOR));
        let people: Vec<ClientId> = (2..5).map(|who| world.come(Some(who))).collect();
        world.set(creator, SettingsChange { questions: Some(true), ..SettingsChange::default() });
        world.ask(creator, poll());
        for text in ["Which lens?", "Why film?"] {
            world.question(creator, text, text.split(' ').next().unwrap());
        }
        world.say(creator, "hello");
        world.keep_all();
        let questions: Vec<String> = world.client(creator).together().questions().iter().map(|of| of.id.clone()).collect();
        let message = world.client(creator).lines().iter().next().unwrap().id.clone();
        let mut tables = Tables::default();
        for step in steps {
            match step {
                Step::Vote { who, option } => world.vote(people[who], option),
                Step::Want { who, question, on } => {
                    let question = questions[question].clone();
                    world.ask(people[who], Command::VoteQuestion { room: channel(), question, on });
                }
                Step::React { who, emoji, on } => {
                    let (message, emoji) = (message.clone(), ["👍", "🎉"][emoji].to_owned());
                    world.ask(people[who], Command::React { room: channel(), message, emoji, on });
                }
                Step::Save { place, cost } => {
                    let id = world.room.rewards.list().get(place).map(|reward| reward.id.clone());
                    world.ask(creator, Command::SaveReward { room: channel(), replaces: id, reward: terms("Hydrate", cost) });
                }
                Step::Remove { place } => {
                    if let Some(reward) = world.room.rewards.list().get(place).map(|reward| reward.id.clone()) {
                        world.ask(creator, Command::RemoveReward { room: channel(), reward });
                    }
                }
                Step::Settle { keep } => settle(&mut world, &mut tables, false, keep),
                Step::Full => settle(&mut world, &mut tables, true, false),
            }
        }
        while !world.unkept.is_empty() {
            settle(&mut world, &mut tables, false, true);
        }
        world.pass(1_000);
        let accounts = || (2..5).map(Uuid::from_u128);
        let has = Tables::of(&world.room, accounts(), &message);
        prop_assert_eq!(&has, &tables);
        let poll = world.client(creator).together().poll().unwrap().clone();
        let counted: Vec<u32> = (0..3).map(|option| tables.votes.values().filter(|of| **of == option).count() as u32).collect();
        prop_assert_eq!(poll.options.iter().map(|option| option.votes).collect::<Vec<_>>(), counted);
        for (who, account) in people.iter().zip(accounts()) {
            prop_assert_eq!(world.client(*who).you().voted, tables.votes.get(&account).copied());
            for question in &questions {
                let wants = tables.wanted.contains(&(question.clone(), account));
                prop_assert_eq!(world.client(*who).together().has_voted(question), wants);
            }
        }
        for question in world.client(creator).together().questions() {
            let voters = tables.wanted.iter().filter(|(of, _)| *of == question.id).count();
            prop_assert_eq!(question.votes as usize, voters);
        }
        prop_assert_eq!(world.client(creator).together().rewards().len(), tables.rewards.len());
    }
}
