//! What is looked up for which message, and what becomes of what was found.

use klieg_api::room::Preview;

use super::*;
use crate::database::moment;

const LINK: &str = "https://example.org/a";

fn page(title: &str) -> Preview {
    Preview { url: LINK.into(), title: title.into(), description: Some("What it is".into()), site: None }
}

/// What the room has looked up since this was last asked: addresses.
fn links(world: &mut World) -> Vec<String> {
    std::mem::take(&mut world.looked_up).into_iter().map(|(_, link)| link).collect()
}

/// What was looked up last is found.
fn found(world: &mut World, title: &str) -> String {
    let (message, _) = world.looked_up.pop().unwrap();
    world.room.previewed(&message, page(title));
    world.deliver();
    message
}

fn titles(world: &World, id: ClientId) -> Vec<Option<&str>> {
    let previews = world.seats[&id].client.lines().iter().map(|message| message.preview.as_ref());
    previews.map(|preview| preview.map(|preview| preview.title.as_str())).collect()
}

#[test]
fn what_a_message_links_to_is_told_to_all_kept_and_in_the_snapshot() {
    let mut world = World::new();
    let (ada, guest) = (world.come(Some(CREATOR)), world.come(None));
    world.say(ada, "nothing to see at example.org");
    world.say(ada, &format!("see {LINK}, and https://example.com"));
    assert_eq!(world.looked_up.len(), 1, "{:?}", world.looked_up);
    assert_eq!(world.looked_up[0].1, LINK, "the first one");
    let message = found(&mut world, "A page");
    assert_eq!(titles(&world, guest), [None, Some("A page")]);
    assert!(world.records.iter().any(|record| matches!(record, Record::Preview { message: id, .. } if *id == message)));
    let late = world.come(None);
    assert_eq!(titles(&world, late), [None, Some("A page")]);

    let told = world.room.history.offset();
    world.room.previewed(&message, page("Another"));
    world.room.previewed("nothing", page("Another"));
    assert_eq!(world.room.history.offset(), told, "once, and only for what is there");
}

#[test]
fn strangers_have_nothing_looked_up_until_the_room_knows_them() {
    let mut world = World::new();
    let (bob, cleo) = (world.come(Some(2)), world.come(Some(3)));
    world.say(bob, LINK);
    assert!(links(&mut world).is_empty());
    world.pass(31_000);
    world.say(bob, &format!("again {LINK}"));
    assert_eq!(links(&mut world), [LINK], "who has written here before");
    let now = world.now();
    world.room.followed(Uuid::from_u128(3), Some(moment(now.at - 11 * 60_000)), 1, &now);
    world.say(cleo, LINK);
    assert_eq!(links(&mut world), [LINK], "who has followed for ten minutes");
}

#[test]
fn what_is_held_is_looked_up_when_it_is_shown_and_not_before() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.set(ada, SettingsChange { hold_links: Some(true), ..SettingsChange::default() });
    for text in ["https://example.org/one", "https://example.org/two"] {
        world.say(bob, text);
    }
    assert!(links(&mut world).is_empty());
    let held: Vec<String> = world.client(ada).held().iter().map(|held| held.message.id.clone()).collect();
    let review = |message: &String, approve| Command::Review { room: channel(), message: message.clone(), approve };
    assert_eq!(world.ask(ada, review(&held[0], true)), None);
    assert_eq!(world.ask(ada, review(&held[1], false)), None);
    assert_eq!(links(&mut world), ["https://example.org/one"], "a moderator has seen it, whoever wrote it");
    assert_eq!(world.looked_up_for, [Uuid::from_u128(2)], "it counts as the author's");

    let change = SettingsChange { hold_links: Some(false), delay_s: Some(5), ..SettingsChange::default() };
    assert_eq!(world.set(ada, change), None);
    world.pass(31_000);
    world.say(bob, LINK);
    assert!(links(&mut world).is_empty());
    world.pass(5_000);
    assert_eq!(links(&mut world), [LINK]);
}

#[test]
fn what_is_deleted_has_no_preview_whenever_it_is_found() {
    let mut world = World::new();
    let ada = world.come(Some(CREATOR));
    for text in ["https://example.org/one", "https://example.org/two"] {
        world.say(ada, text);
    }
    let (late, _) = world.looked_up.remove(0);
    let early = found(&mut world, "A page");
    for message in [&early, &late] {
        assert_eq!(world.ask(ada, Command::Delete { room: channel(), message: message.clone() }), None);
    }
    let told = world.room.history.offset();
    world.room.previewed(&late, page("Too late"));
    world.deliver();
    assert_eq!(world.room.history.offset(), told);
    assert!(world.room.history.find(&early).unwrap().message.preview.is_none());
    let kept = |record: &&Record| matches!(record, Record::Preview { message, .. } if *message == late);
    assert_eq!(world.records.iter().filter(kept).count(), 0);
}

#[test]
fn a_room_that_wants_no_previews_has_none() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.say(ada, LINK);
    let (message, _) = world.looked_up.pop().unwrap();
    let off = SettingsChange { no_previews: Some(true), ..SettingsChange::default() };
    assert_eq!(world.set(bob, off.clone()).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.set(ada, off), None);
    world.say(ada, "https://example.org/b");
    assert!(links(&mut world).is_empty());
    world.room.previewed(&message, page("On its way then"));
    world.deliver();
    assert_eq!(titles(&world, bob), [None, None]);
}

#[test]
fn the_first_messages_with_long_previews_fit_into_a_snapshot() {
    let mut world = World::new();
    let ada = world.come(Some(CREATOR));
    for number in 0..150 {
        world.say(ada, &format!("https://example.org/{number}"));
        let (message, _) = world.looked_up.pop().unwrap();
        let preview = Preview { url: format!("https://example.org/{}", "x".repeat(1_900)), ..page(&"é".repeat(120)) };
        world.room.previewed(&message, preview);
        world.keep_all();
        world.pass(300);
    }
    let (latest, _) = world.room.history.latest();
    let bytes = serde_json::to_string(&latest).unwrap().len();
    assert!((20..150).contains(&latest.len()) && bytes < 256 << 10, "{} messages, {bytes} bytes", latest.len());
}

#[test]
fn what_is_not_wanted_in_words_is_not_wanted_on_a_card() {
    let mut world = World::new();
    let (ada, guest) = (world.come(Some(CREATOR)), world.come(None));
    let filter = Filter { pattern: "rubbish".into(), action: klieg_api::room::FilterAction::Hold };
    assert_eq!(world.ask(ada, Command::AddFilter { room: channel(), filter }), None);
    world.say(ada, LINK);
    found(&mut world, "Rubb1sh for all");
    assert_eq!(titles(&world, guest), [None]);
}

#[test]
fn nobody_is_told_what_is_written_in_a_private_room() {
    let mut world = World::new();
    let ada = world.come(Some(CREATOR));
    let now = world.now();
    world.room.set_private(true, &now);
    world.say(ada, LINK);
    assert!(links(&mut world).is_empty());
}
