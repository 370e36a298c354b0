//! In a busy room what is on people's screens is not remembered any more; moderators and authors get at it all the same.

use klieg_api::room::Message;

use super::*;

/// A room in which somebody said something and so much was said since that the room does not remember it: the creator, its author,
/// and what they said.
fn busy() -> (World, ClientId, ClientId, Message) {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.say(bob, "old words");
    world.keep_all();
    let old = Message::clone(world.client(ada).lines().iter().next().unwrap());
    for number in 0..1_000 {
        world.say(ada, &format!("and then {number}"));
        world.keep_all();
        world.pass(260);
    }
    assert!(world.client(ada).lines().find(&old.id).is_none());
    (world, ada, bob, old)
}

fn delete(message: &Message) -> Command {
    Command::Delete { room: channel(), message: message.id.clone() }
}

/// Whether it is written down that this is deleted.
fn is_deleted(world: &World, message: &Message) -> bool {
    world.records.iter().any(|record| match record {
        Record::State { messages, state: State::Deleted, .. } => messages.contains(&message.id),
        _ => false,
    })
}

#[test]
fn what_is_not_remembered_is_answered_pinned_and_wears_emoji() {
    let (mut world, ada, bob, old) = busy();
    let requests = world.client(bob).say("as I said".into(), Some(&old), false);
    world.carry(bob, requests);
    let answer = world.client(ada).lines().iter().next_back().unwrap().reply.clone().unwrap();
    assert_eq!((&answer.id, answer.text.as_str()), (&old.id, "old words"));
    let pin = Command::Pin { room: channel(), message: Some(old.id.clone()) };
    assert_eq!(world.ask(bob, pin.clone()).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(ada, pin), None);
    assert_eq!(world.client(bob).pinned().unwrap().text, "old words");
    let react = Command::React { room: channel(), message: old.id.clone(), emoji: "👍".into(), on: true };
    assert_eq!(world.ask(bob, react), None);
    let is_kept = |record: &Record| matches!(record, Record::Reaction { message, .. } if *message == old.id);
    assert!(world.records.iter().any(is_kept));
}

#[test]
fn what_is_not_remembered_is_deleted_by_its_author_and_by_moderators_once() {
    let (mut world, ada, bob, old) = busy();
    let (cleo, guest) = (world.come(Some(3)), world.come(None));
    assert_eq!(world.ask(cleo, delete(&old)).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(guest, delete(&old)).as_deref(), Some("/problems/unauthenticated"));
    let never = Message { id: Uuid::from_u128(7).to_string(), ..old.clone() };
    assert_eq!(world.ask(ada, delete(&never)).as_deref(), Some("/problems/not-found"));
    assert!(!is_deleted(&world, &old));
    let by_bob = world.client(bob).request(delete(&old)).unwrap();
    world.carry(bob, vec![by_bob.1]);
    assert!(is_deleted(&world, &old) && world.client(bob).outcome(by_bob.0).is_none(), "answered when it is written");
    world.keep_all();
    assert_eq!(world.client(bob).outcome(by_bob.0), Some(true));
    assert_eq!(world.ask(ada, delete(&old)).as_deref(), Some("/problems/not-found"), "it is gone");
}

#[test]
fn what_is_said_again_long_after_under_its_nonce_can_be_deleted_all_the_same() {
    let (mut world, ada, bob, old) = busy();
    let mut said = world.records.iter().filter_map(Record::said);
    let nonce = said.find(|said| said.message.id == old.id).unwrap().nonce.clone();
    let again = Saying { text: "old words".into(), nonce, reply_to: None, announcement: false };
    let now = world.now();
    world.room.say(&now, Asked { client: bob, id: 1 << 20 }, Uuid::from_u128(9_999), &again);
    world.deliver();
    let known = Known { message: old.id.parse().unwrap(), state: State::Shown };
    let ticket = world.unkept.pop().unwrap();
    world.room.known(ticket, known, &now);
    world.deliver();
    assert_eq!(world.ask(ada, delete(&old)), None);
    assert!(is_deleted(&world, &old));
}

#[test]
fn what_is_deleted_stays_so_before_it_is_written_also_where_the_room_has_forgotten_it() {
    let (mut world, ada, bob, old) = busy();
    assert_eq!(world.ask(ada, delete(&old)), None);
    let others = world.records.iter().filter_map(Record::said).skip(1).take(70);
    let others: Vec<String> = others.map(|said| said.message.id.clone()).collect();
    for number in 0..70 {
        world.say(ada, &format!("and more {number}"));
        let (ticket, now) = (world.unkept.pop().unwrap(), world.now());
        world.room.kept(ticket, &now);
        world.pass(260);
    }
    // So much is looked up that it is not remembered any more.
    for message in others {
        let react = Command::React { room: channel(), message, emoji: "👍".into(), on: true };
        assert_eq!(world.ask(bob, react), None);
        world.pass(260);
    }
    assert!(world.room.history.find(&old.id).is_none());
    assert_eq!(world.ask(ada, delete(&old)).as_deref(), Some("/problems/not-found"));
}

#[test]
fn one_person_has_so_much_looked_up() {
    let (mut world, _, bob, old) = busy();
    let now = world.now();
    for id in 0..32 {
        world.room.react(Asked { client: bob, id }, &now, &old.id, "👍", true);
    }
    let outs = world.room.take();
    assert_eq!(outs.iter().filter(|out| matches!(out, Out::Find(_))).count(), 20);
    for out in outs {
        if let Out::Find(find) = out {
            world.room.found(find, Err(Problem::busy()), &now);
        }
    }
    world.deliver();
    world.pass(5_000);
    let react = Command::React { room: channel(), message: old.id, emoji: "👍".into(), on: true };
    assert_eq!(world.ask(bob, react), None);
}

#[test]
fn a_reaction_to_what_is_looked_up_counts_once() {
    let (mut world, _, bob, old) = busy();
    let react = |on| Command::React { room: channel(), message: old.id.clone(), emoji: "👍".into(), on };
    for turn in 0..20 {
        assert_eq!(world.ask(bob, react(turn % 2 == 0)), None);
    }
    assert_eq!(world.ask(bob, react(true)).as_deref(), Some("/problems/too-many-requests"));
}

#[test]
fn a_ban_takes_what_the_room_does_not_remember_and_what_is_being_looked_up() {
    let (mut world, ada, bob, old) = busy();
    let now = world.now();
    world.room.pin(Asked { client: ada, id: 1 << 20 }, &now, Some(old.id.clone()));
    let find = world.room.take().into_iter().find_map(|out| match out {
        Out::Find(find) => Some(find),
        _ => None,
    });
    world.say(bob, "new words");
    world.ask(ada, Command::Ban { room: channel(), who: name(2), reason: String::new() });
    let since = world.now - 24 * 60 * 60_000;
    let is_removed = |record: &Record| match record {
        Record::Removed { account, since: of, act, .. } => {
            (*account, *of, act.action) == (Uuid::from_u128(2), since, "delete_all")
        }
        _ => false,
    };
    // Who was told of it is told so when it is written, which says what it was.
    let place = world.records.iter().position(is_removed).unwrap();
    let acts = world.records.iter().filter(|record| record.act().is_some_and(|act| act.action == "delete_all"));
    assert_eq!(acts.count(), 1, "however much of it the room remembers");
    world.room.removed(place as u64 + 1, vec![old.id.clone()], &now);
    world.deliver();
    assert_eq!(world.withdrawn, [old.id.as_str()]);
    assert_eq!(world.seats[&bob].closed, Some(4403));
    let mut said = world.records.iter().filter_map(Record::said);
    let said = said.find(|said| said.message.id == old.id).cloned().unwrap();
    world.room.found(find.unwrap(), Ok(said), &now);
    world.deliver();
    assert!(world.client(ada).pinned().is_none());
}
