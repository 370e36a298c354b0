//! How much may be written, and how much may wait, by whom and of what.

use super::together::{save, terms};
use super::*;

fn change() -> SettingsChange {
    SettingsChange::default()
}

#[test]
fn attempts_that_are_refused_take_nothing_from_others_and_count_for_who_makes_them() {
    let mut world = World::new();
    let (ada, bob, cleo, dora) =
        (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(3)), world.come(Some(4)));
    world.ask(ada, save(terms("Dear", 1_001)));
    world.say(bob, "first");
    world.keep_all();
    let first = world.client(bob).lines().iter().next().unwrap().id.clone();
    world.ask(bob, Command::Delete { room: channel(), message: first.clone() });
    world.keep_all();
    let reward = world.client(cleo).together().rewards()[0].id.clone();
    let now = world.now();
    for id in 0..600 {
        let (text, nonce) = (format!("number {id}"), format!("n{id}"));
        let saying = Saying { text, nonce: nonce.clone(), reply_to: Some(first.clone()), announcement: false };
        world.room.say(&now, Asked { client: bob, id: 1_000 + id }, Uuid::now_v7(), &saying);
        let redeeming = Redeeming { reward: reward.clone(), text: String::new(), nonce, cost: 1_001 };
        world.room.redeem(Asked { client: cleo, id: 1_000 + id }, &now, Uuid::now_v7(), &redeeming);
        world.deliver();
    }
    assert_eq!(world.client(cleo).you().points, Some(1_000));
    world.say(dora, "hello");
    assert_eq!(world.last(dora), Some(&Progress::Sent));
    world.say(bob, "hello");
    assert_eq!(world.refusal(bob), Some("/problems/too-many-requests"));
    world.pass(5_000);
    world.say(bob, "sorry");
    assert_eq!(world.last(bob), Some(&Progress::Sent));
}

#[test]
fn who_was_refused_waits_no_longer_for_slow_mode() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.set(ada, SettingsChange { slow_s: Some(60), emotes_only: Some(true), ..change() });
    world.say(bob, "words");
    assert_eq!(world.refusal(bob), Some("/problems/emotes-only"));
    world.say(bob, "👍");
    assert_eq!(world.last(bob), Some(&Progress::Sent));
    world.say(bob, "🎉");
    assert_eq!(world.refusal(bob), Some("/problems/too-many-requests"));
}

#[test]
fn what_is_shown_later_has_places_of_its_own_for_all_that_may_be_written() {
    let mut world = World::new();
    let ada = world.come(Some(CREATOR));
    world.set(ada, SettingsChange { hold_links: Some(true), delay_s: Some(10), ..change() });
    for who in 100..120 {
        let person = world.come(Some(who));
        for number in 0..10 {
            world.say(person, &format!("see example.org/{who}-{number}"));
        }
    }
    assert_eq!(world.client(ada).held().len(), 200);
    world.pass(5_000);
    for first in [20, 50] {
        for who in first..first + 25 {
            let person = world.come(Some(who));
            for number in 0..20 {
                world.say(person, &format!("number {number} of {who}"));
            }
            world.keep_all();
            assert_eq!(world.refusal(person), None, "{who}");
        }
        world.pass(5_000);
    }
    // The first of it is shown by now.
    assert_eq!((world.told.len(), world.client(ada).held().len()), (500, 700));
    // Who comes to look after it is told all that waits for them, and of the rest what they can take.
    let window = world.come(Some(CREATOR));
    let links = world.client(window).held().iter().filter(|held| held.reason == "link").count();
    assert_eq!(links, 200);
    assert!((201..400).contains(&world.client(window).held().len()));
    world.pass(5_000);
    assert_eq!((world.told.len(), world.client(ada).held().len()), (1_000, 200));
}

#[test]
fn where_all_is_to_be_new_what_waits_counts_as_said() {
    let mut world = World::new();
    let (ada, bob, cleo) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(3)));
    world.set(ada, SettingsChange { unique: Some(true), hold_links: Some(true), ..change() });
    world.say(bob, "see example.org");
    world.say(cleo, "SEE: example.org!");
    assert_eq!(world.refusal(cleo), Some("/problems/said-already"));
    let held = world.client(ada).held()[0].message.id.clone();
    assert_eq!(world.ask(ada, Command::Review { room: channel(), message: held, approve: false }), None);
    world.say(cleo, "see example.org");
    assert_eq!(world.refusal(cleo), None, "nobody will see that one");
    // So it is of what is shown later.
    world.set(ada, SettingsChange { delay_s: Some(5), ..change() });
    world.say(bob, "hello");
    world.say(cleo, "Hello");
    assert_eq!(world.refusal(cleo), Some("/problems/said-already"));
}

#[test]
fn what_was_deleted_does_not_come_back_with_an_answer_that_waited() {
    let mut world = World::new();
    let (ada, bob, cleo) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(3)));
    world.set(ada, SettingsChange { hold_links: Some(true), ..change() });
    world.say(bob, "a secret");
    let secret = world.client(cleo).lines().iter().next().unwrap().clone();
    let requests = world.client(cleo).say("see example.org".into(), Some(&secret), false);
    world.carry(cleo, requests);
    world.keep_all();
    world.ask(bob, Command::Delete { room: channel(), message: secret.id.clone() });
    let held = world.client(ada).held()[0].message.id.clone();
    assert_eq!(world.ask(ada, Command::Review { room: channel(), message: held, approve: true }), None);
    assert_eq!(world.client(bob).lines().iter().next().unwrap().reply.as_ref().unwrap().text, "");
}
