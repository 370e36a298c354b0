//! Who is told that they were named while they were not there.

use super::*;

/// Who was told since this was last asked, and whether they were answered.
fn told(world: &mut World) -> Vec<(String, bool)> {
    let mentions = std::mem::take(&mut world.absent);
    let named = mentions.into_iter().flat_map(|mention| mention.whom);
    named.map(|named| (named.handle.to_string(), named.is_answered)).collect()
}

#[test]
fn who_is_named_is_told_once_if_they_are_not_here() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.say(ada, "@user2 and @user3, @user3 and @user1");
    assert!(world.absent.is_empty(), "not before it is kept");
    world.keep_all();
    assert_eq!(told(&mut world), [("user3".to_owned(), false)], "not who is here, not oneself, nobody twice");

    let other = world.come(Some(2));
    world.room.leave(bob, &world.now());
    world.say(ada, "@user2 again");
    world.keep_all();
    assert!(told(&mut world).is_empty(), "one of two connections is enough");
    world.room.leave(other, &world.now());
    world.say(ada, "@user2 now");
    world.keep_all();
    assert_eq!(told(&mut world), [("user2".to_owned(), false)]);
}

#[test]
fn who_has_only_a_program_here_is_not_here() {
    let mut world = World::new();
    let ada = world.come(Some(CREATOR));
    let (bot, now) = (ClientId(1_000), world.now());
    world.room.join(&now, Asked { client: bot, id: 1 }, Some(Facts { is_program: true, ..facts(3) }), None);
    world.deliver();
    world.say(ada, "@user3 it is read to nobody");
    world.keep_all();
    assert_eq!(told(&mut world), [("user3".to_owned(), false)]);
    let person = world.come(Some(3));
    world.say(ada, "@user3 here you are");
    world.keep_all();
    assert!(told(&mut world).is_empty());
    world.room.leave(person, &now);
    world.say(ada, "@user3 and away");
    world.keep_all();
    assert_eq!(told(&mut world), [("user3".to_owned(), false)]);
}

#[test]
fn who_is_answered_is_told_so() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.say(bob, "a question");
    world.keep_all();
    let question = world.client(ada).lines().iter().next().unwrap().clone();
    world.room.leave(bob, &world.now());
    let requests = world.client(ada).say("an answer, @user2 @user3".into(), Some(&question), false);
    world.carry(ada, requests);
    world.keep_all();
    assert_eq!(told(&mut world), [("user2".to_owned(), true), ("user3".to_owned(), false)]);
}

#[test]
fn what_waits_tells_nobody_until_it_is_shown() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.set(ada, SettingsChange { hold_links: Some(true), ..SettingsChange::default() });
    for text in ["@user3 see https://example.org", "@user4 see https://example.org/2"] {
        world.say(bob, text);
        world.keep_all();
    }
    assert!(told(&mut world).is_empty());
    let held: Vec<String> = world.client(ada).held().iter().map(|held| held.message.id.clone()).collect();
    for (message, approve) in held.into_iter().zip([true, false]) {
        world.ask(ada, Command::Review { room: channel(), message, approve });
        world.keep_all();
    }
    assert_eq!(told(&mut world), [("user3".to_owned(), false)], "not by what was discarded");

    world.set(ada, SettingsChange { hold_links: Some(false), delay_s: Some(5), ..SettingsChange::default() });
    world.say(bob, "@user5 in a moment");
    world.keep_all();
    assert!(told(&mut world).is_empty());
    world.pass(5_000);
    world.keep_all();
    assert_eq!(told(&mut world), [("user5".to_owned(), false)]);
}

#[test]
fn what_was_to_be_shown_later_when_a_server_ended_is_shown_and_told_by_the_next() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.set(ada, SettingsChange { delay_s: Some(5), ..SettingsChange::default() });
    world.say(bob, "@user3 in a moment");
    let Some(Record::Said(said)) = world.records.pop() else { panic!("{:?}", world.records) };
    assert_eq!(said.kept(), (State::Held, "delay"));

    let mut world = World::with(Kept { messages: vec![*said], ..unused() });
    world.pass(4_999);
    assert!(!world.room.is_empty(), "it stays for what is to be shown");
    let guest = world.come(None);
    assert!(world.shown(guest).is_empty());
    world.pass(1);
    assert_eq!(world.shown(guest), ["@user3 in a moment"]);
    assert!(matches!(world.records[..], [Record::State { state: State::Shown, .. }]));
    assert!(told(&mut world).is_empty(), "not before that is kept");
    world.keep_all();
    assert_eq!(told(&mut world), [("user3".to_owned(), false)]);
    world.room.leave(guest, &world.now());
    assert!(world.room.is_empty());
}

#[test]
fn what_is_deleted_or_lost_before_it_is_kept_tells_nobody_and_nor_does_a_private_room() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.say(bob, "@user3 no");
    let message = world.client(bob).lines().iter().next().unwrap().id.clone();
    world.ask(bob, Command::Delete { room: channel(), message });
    world.keep_all();
    world.say(bob, "@user3 lost");
    let ticket = world.unkept.remove(0);
    world.room.lost(ticket, &world.now());
    world.deliver();
    world.room.set_private(true, &world.now());
    world.deliver();
    world.say(ada, "@user3 to myself");
    world.keep_all();
    assert!(told(&mut world).is_empty());
}

#[test]
fn who_was_told_is_told_when_it_is_deleted_once_that_is_kept() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    for text in ["@user3 one", "to nobody", "@user3 two", "@user4 three"] {
        world.say(bob, text);
    }
    world.keep_all();
    let said: Vec<String> = world.client(bob).lines().iter().map(|message| message.id.clone()).collect();
    world.ask(bob, Command::Delete { room: channel(), message: said[0].clone() });
    assert!(world.withdrawn.is_empty(), "not before it is kept");
    world.keep_all();
    assert_eq!(std::mem::take(&mut world.withdrawn), said[..1]);
    world.ask(ada, Command::Delete { room: channel(), message: said[1].clone() });
    world.keep_all();
    assert!(world.withdrawn.is_empty(), "it named nobody");
    world.ask(ada, Command::Ban { room: channel(), who: name(2), reason: String::new() });
    world.keep_all();
    assert_eq!(world.withdrawn, said[2..]);
}
