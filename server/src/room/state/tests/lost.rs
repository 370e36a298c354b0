//! What the journal loses is taken back.

use klieg_api::points::{RewardTerms, Stage};

use super::together::{POINTS, prediction, save, terms};
use super::*;

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
fn that_a_poll_begins_and_ends_is_written_with_its_line_of_the_log() {
    let mut world = World::new();
    let creator = world.come(Some(CREATOR));
    world.ask(creator, poll());
    let first = world.room.polls.current().unwrap().id.clone();
    world.ask(creator, Command::EndPoll { room: channel(), poll: first.clone() });
    world.ask(creator, poll());
    world.pass(600_000);
    let logged = |record: &Record| record.act().map(|act| act.action);
    let acts: Vec<_> = world.records.iter().map(logged).collect();
    assert_eq!(acts, [Some("start_poll"), Some("end_poll"), Some("start_poll"), None], "nobody ended the last");
    assert!(matches!(&world.records[1], Record::PollEnded { poll, .. } if *poll == first));
    assert!(matches!(&world.records[3], Record::PollEnded { .. }));
}

#[test]
fn who_decides_and_leaves_before_that_is_written_down_is_named_with_their_token() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.ask(creator, prediction(&["red", "blue"]));
    world.keep_all();
    world.predict(bob, 0, 100);
    let (client, token, now) = (ClientId(900), Uuid::from_u128(70), world.now());
    let program = Facts { is_program: true, token: Some(token), ..facts(CREATOR) };
    world.room.join(&now, Asked { client, id: 1 }, Some(program), None);
    let id = world.room.predictions.current().unwrap().id.clone();
    world.room.resolve_prediction(Asked { client, id: 2 }, &now, &id, Some(1));
    world.room.leave(client, &now);
    world.deliver();
    // The stake is written down, and so it can be decided.
    world.keep_all();
    let acts = world.records.iter().filter_map(Record::act);
    let by: Vec<Actor> = acts.filter(|act| act.action == "resolve_prediction").map(|act| act.actor).collect();
    assert_eq!(by, [Actor { account: Uuid::from_u128(CREATOR), by: Some(token) }]);
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

#[test]
fn a_pin_that_is_lost_is_the_one_before_and_a_message_that_is_lost_is_not_pinned() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    for text in ["first", "second"] {
        world.say(creator, text);
    }
    world.keep_all();
    let ids: Vec<String> = world.client(bob).lines().iter().map(|message| message.id.clone()).collect();
    let pin = |message: &String| Command::Pin { room: channel(), message: Some(message.clone()) };
    world.ask(creator, pin(&ids[0]));
    world.keep_all();
    world.ask(creator, pin(&ids[1]));
    world.lose_all();
    assert_eq!(world.client(bob).pinned().unwrap().text, "first");
    world.say(bob, "lost");
    let lost = world.client(bob).lines().iter().next_back().unwrap().id.clone();
    world.ask(creator, pin(&lost));
    world.lose_all();
    assert_eq!(world.shown(bob), ["first", "second"]);
    world.keep_all();
    assert!(world.client(bob).pinned().is_none());
}

#[test]
fn settings_that_are_lost_are_as_before_for_everybody() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    let slow = |slow_s| SettingsChange { slow_s: Some(slow_s), ..SettingsChange::default() };
    world.set(creator, slow(10));
    world.keep_all();
    world.set(creator, slow(20));
    world.set(creator, slow(30));
    world.lose_all();
    assert_eq!(world.client(creator).trouble().unwrap().kind, "/problems/unavailable");
    for client in [creator, bob] {
        assert_eq!(world.client(client).settings().slow_s, 10);
    }
}

#[test]
fn a_question_that_was_asked_long_ago_is_answered_as_that_one() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.set(creator, SettingsChange { questions: Some(true), ..SettingsChange::default() });
    world.keep_all();
    assert_eq!(world.question(bob, "Which lens?", "q"), None);
    assert_eq!(world.client(creator).together().questions().len(), 1);
    let known = Known { message: Uuid::from_u128(7), state: State::Shown };
    let ticket = world.unkept.remove(0);
    world.room.known(ticket, known, &world.now());
    world.deliver();
    assert!(world.client(creator).together().questions().is_empty(), "it was closed then");
    // Once more it is known here.
    assert_eq!(world.question(bob, "Which lens?", "q"), None);
    assert!(world.unkept.is_empty());
    assert_eq!(world.acknowledged, [known.message.to_string(), known.message.to_string()]);
}

pub(super) fn poll() -> Command {
    let options = ["red", "blue", "green"].map(str::to_owned).to_vec();
    Command::StartPoll { room: channel(), question: "Which?".into(), options, seconds: 600 }
}

impl World {
    pub(super) fn vote(&mut self, id: ClientId, option: u32) {
        let poll = self.client(id).together().poll().unwrap().id.clone();
        self.ask(id, Command::Vote { room: channel(), poll, option });
    }
}
