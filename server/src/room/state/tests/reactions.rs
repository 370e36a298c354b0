//! What emoji messages have is told as it is now: bounded, to everybody, and to who was away.

use klieg_api::room::Reaction;

use super::*;

fn react(message: &str, emoji: &str, on: bool) -> Command {
    Command::React { room: channel(), message: message.to_owned(), emoji: emoji.to_owned(), on }
}

fn ids(world: &mut World, client: ClientId) -> Vec<String> {
    world.client(client).lines().iter().map(|message| message.id.clone()).collect()
}

fn reactions(world: &mut World, client: ClientId, message: &str) -> Vec<Reaction> {
    world.client(client).lines().find(message).unwrap().reactions.clone()
}

fn of(emoji: &str, count: u32) -> Reaction {
    Reaction { emoji: emoji.to_owned(), count }
}

#[test]
fn what_a_crowd_reacts_to_is_told_a_part_at_a_time_and_all_of_it() {
    let mut world = World::new();
    let (ada, guest) = (world.come(Some(CREATOR)), world.come(None));
    for number in 0..500 {
        world.say(ada, &format!("number {number}"));
        world.keep_all();
        world.pass(260);
    }
    let messages = ids(&mut world, guest);
    let before = world.room.history.offset();
    let fans: Vec<ClientId> = (10..35).map(|who| world.come(Some(who))).collect();
    for (fan, some) in fans.iter().zip(messages.chunks(20)) {
        for message in some {
            assert_eq!(world.ask(*fan, react(message, "🔥", true)), None);
        }
    }
    let told = |world: &mut World| {
        let messages = world.client(guest).lines().iter();
        messages.filter(|message| !message.reactions.is_empty()).count()
    };
    assert_eq!(told(&mut world), 0);
    for expected in [200, 400, 500] {
        world.pass(400);
        assert_eq!(told(&mut world), expected);
    }
    assert_eq!(world.room.history.offset(), before, "none of it is an event");
}

#[test]
fn who_was_away_is_told_the_emoji_that_have_changed() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.say(ada, "one");
    world.say(ada, "two");
    world.keep_all();
    let [one, two] = <[String; 2]>::try_from(ids(&mut world, ada)).unwrap();
    let guest = world.come(None);
    world.ask(bob, react(&one, "🔥", true));
    world.pass(400);
    assert_eq!(reactions(&mut world, guest, &one), [of("🔥", 1)]);
    // The guest's line is cut; meanwhile one emoji goes, others come, also to what is said only now.
    world.inside.retain(|inside| *inside != guest);
    world.ask(bob, react(&one, "🔥", false));
    world.ask(bob, react(&one, "👍", true));
    world.ask(bob, react(&two, "🎉", true));
    world.say(ada, "three");
    world.keep_all();
    let three = ids(&mut world, ada).pop().unwrap();
    world.ask(bob, react(&three, "👏", true));
    world.pass(400);
    let guest = world.reconnect(guest);
    assert_eq!(reactions(&mut world, guest, &one), [of("👍", 1)]);
    assert_eq!(reactions(&mut world, guest, &two), [of("🎉", 1)]);
    assert_eq!(reactions(&mut world, guest, &three), [of("👏", 1)]);
}

#[test]
fn who_was_away_knows_their_own_emoji_however_old_the_message_is() {
    let mut world = World::new();
    let (ada, bob, window) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(2)));
    world.say(ada, "one");
    world.say(ada, "two");
    world.keep_all();
    let [one, two] = <[String; 2]>::try_from(ids(&mut world, ada)).unwrap();
    for message in [&one, &two] {
        assert_eq!(world.ask(bob, react(message, "🔥", true)), None);
    }
    // More than is told anew to who comes.
    for number in 0..200 {
        world.say(ada, &format!("number {number}"));
        world.keep_all();
        world.pass(260);
    }
    let seat = world.cut(bob);
    // Everybody is told of the one meanwhile, and of the other in a moment.
    assert_eq!(world.ask(window, react(&one, "🔥", false)), None);
    world.pass(400);
    assert_eq!(world.ask(window, react(&two, "👍", true)), None);
    let bob = world.connect(seat);
    for client in [bob, window] {
        assert!(world.client(client).reacted(&one).is_empty());
        assert_eq!(world.client(client).reacted(&two), ["🔥", "👍"]);
    }
    assert_eq!(reactions(&mut world, bob, &two), [of("🔥", 1), of("👍", 1)]);
}
