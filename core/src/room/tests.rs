mod connection;
mod desk;
mod earlier;
mod mentions;
mod picture;
mod present;
mod sampling;
mod sending;
mod silenced;

use klieg_api::live::{Frame, Request};
use klieg_api::room::{Author, Event, FilterAction, Preview, Role};
use proptest::prelude::*;
use time::OffsetDateTime;

use super::*;

fn room() -> Room {
    Room::new("ada".parse().unwrap(), "seed")
}

fn message(id: &str, on: bool) -> Message {
    Message {
        id: id.into(),
        author: Author { handle: "bob".parse().unwrap(), name: None, badges: Vec::new() },
        text: format!("text of {id}"),
        at: OffsetDateTime::UNIX_EPOCH,
        on: on.then(|| klieg_api::room::Moment { broadcast_id: "b".into(), at_ms: 1 }),
        reply: None,
        mentions: Vec::new(),
        reactions: Vec::new(),
        announcement: false,
        reward: None,
        preview: None,
    }
}

fn text(frame: &Frame) -> String {
    serde_json::to_string(frame).unwrap()
}

fn event(offset: u64, id: &str) -> String {
    let event = Event::Message { message: message(id, true) };
    text(&Frame::Event { room: "ada".parse().unwrap(), offset, on: None, event })
}

fn snapshot(offset: u64, ids: &[&str]) -> String {
    text(&Frame::Snapshot {
        room: "ada".parse().unwrap(),
        position: Position { epoch: "e".into(), offset },
        at: Some(OffsetDateTime::UNIX_EPOCH + time::Duration::minutes(1)),
        settings: Settings::default(),
        pinned: None,
        poll: None,
        prediction: None,
        rewards: Vec::new(),
        questions: Vec::new(),
        raid: None,
        followers: 0,
        emotes: Vec::new(),
        messages: ids.iter().map(|id| message(id, true)).collect(),
        more: false,
    })
}

fn id_of(request: &str) -> u64 {
    serde_json::from_str::<Request>(request).unwrap().id
}

fn done(id: u64, message: Option<&str>) -> String {
    text(&Frame::Done { id, message: message.map(str::to_owned), held: false, shown: false })
}

fn join(room: &mut Room, offset: u64, ids: &[&str]) -> Vec<String> {
    let sent = room.opened(0, Some("token".into()));
    room.received(0, &snapshot(offset, ids));
    room.received(0, &done(id_of(&sent[1]), None))
}

fn shown(room: &Room) -> Vec<&str> {
    room.lines().iter().map(|message| message.id.as_str()).collect()
}

#[test]
fn what_was_not_answered_is_said_again_under_the_same_nonce() {
    let mut room = room();
    assert!(room.say("hello".into(), None, false).is_empty(), "not joined yet");
    let first = join(&mut room, 0, &[]);
    assert_eq!(first.len(), 1);
    room.closed(100, Some(1006));
    assert!(matches!(room.link(), Link::Waiting { until: 100..=600 }));
    let again = join(&mut room, 0, &[]);
    let nonce = |request: &str| match serde_json::from_str::<Request>(request).unwrap().command {
        Command::Say { nonce, .. } => nonce,
        other => panic!("{other:?}"),
    };
    assert_eq!(nonce(&first[0]), nonce(&again[0]));
    room.received(0, &done(id_of(&again[0]), Some("m1")));
    assert_eq!(room.outgoing()[0].progress, Progress::Kept("m1".into()));
    room.received(0, &event(1, "m1"));
    assert!(room.outgoing().is_empty());
    assert_eq!(shown(&room), ["m1"]);
}

#[test]
fn a_room_is_joined_again_after_the_last_offset() {
    let mut room = room();
    join(&mut room, 7, &["a"]);
    room.received(0, &event(8, "b"));
    room.closed(0, None);
    let sent = room.opened(0, None);
    assert!(sent[0].contains(r#""after":{"epoch":"e","offset":8}"#), "{}", sent[0]);
    room.received(0, &event(8, "b"));
    room.received(0, &event(9, "c"));
    assert_eq!(shown(&room), ["a", "b", "c"]);
}

#[test]
fn what_a_message_links_to_stands_with_it_whether_it_is_shown_yet_or_not() {
    let mut room = room();
    join(&mut room, 0, &["a"]);
    room.set_delay(3_000);
    room.received(0, &event(1, "b"));
    let pinned = message("b", true);
    let (on, event) = (pinned.on.clone(), Event::Pinned { message: Some(pinned) });
    room.received(0, &text(&Frame::Event { room: "ada".parse().unwrap(), offset: 2, on, event }));
    assert_eq!(room.pinned(), None, "that waits as well");
    let page = |title: &str| Preview { url: "https://x".into(), title: title.into(), description: None, site: None };
    for (offset, id) in [(3, "a"), (4, "b"), (5, "gone")] {
        let event = Event::Preview { message: id.into(), preview: page(id) };
        room.received(1, &text(&Frame::Event { room: "ada".parse().unwrap(), offset, on: None, event }));
    }
    room.tick(9_000);
    let titles: Vec<_> = room.lines().iter().map(|message| message.preview.clone().unwrap().title).collect();
    assert_eq!(titles, ["a", "b"]);
    assert_eq!(room.pinned().unwrap().preview, Some(page("b")));
}

#[test]
fn the_emotes_are_those_of_the_last_event_and_the_same_until_they_change() {
    let mut room = room();
    join(&mut room, 0, &[]);
    let none = room.emotes().clone();
    let wave =
        Emote { name: "wave".parse().unwrap(), url: "/emotes/0.png".into(), still: None, width: 112, height: 112 };
    let event = |offset, emotes| {
        text(&Frame::Event { room: "ada".parse().unwrap(), offset, on: None, event: Event::Emotes { emotes } })
    };
    room.received(0, &event(1, vec![wave.clone()]));
    let one = room.emotes().clone();
    assert_eq!((one.len(), one.first()), (1, Some(&wave)));
    room.received(0, &event(2, vec![wave]));
    assert!(Arc::ptr_eq(&one, room.emotes()));
    // The room as it is has none.
    room.closed(0, None);
    join(&mut room, 0, &[]);
    assert_eq!(*room.emotes(), none);
}

#[test]
fn a_room_that_says_when_to_come_again_is_left_alone_until_then() {
    let mut room = room();
    let sent = room.opened(0, None);
    let problem = Problem { kind: "/problems/too-many-requests".into(), status: 429, ..Problem::default() };
    room.received(100, &text(&Frame::Refused { id: id_of(&sent[0]), problem, retry_after_ms: Some(7_000) }));
    assert!(matches!(room.link(), Link::Waiting { until: 7_100..=7_600 }));
}

#[test]
fn ones_own_reactions_are_known_in_every_window_and_after_a_reload() {
    let mut room = room();
    join(&mut room, 0, &["a", "b"]);
    let own = |message: &str, emoji: &str, on| OwnReaction { message: message.into(), emoji: emoji.into(), on };
    let tell = |room: &mut Room, reactions| {
        room.received(0, &text(&Frame::OwnReactions { room: "ada".parse().unwrap(), reactions }));
    };
    tell(&mut room, vec![own("a", "🔥", true), own("a", "🎉", true), own("b", "🔥", true)]);
    assert_eq!((room.reacted("a"), room.reacted("b")), (&["🔥".to_owned(), "🎉".into()][..], &["🔥".to_owned()][..]));
    tell(&mut room, vec![own("a", "🔥", false)]);
    let react = Command::React { room: "ada".parse().unwrap(), message: "b".into(), emoji: "👏".into(), on: true };
    let (number, _) = room.request(react).unwrap();
    // What came of it is told, in this window as in all others, and not by the answer.
    let before = room.revision();
    room.received(0, &done(number, None));
    assert_ne!(room.revision(), before);
    assert_eq!(room.reacted("b"), ["🔥".to_owned()]);
    tell(&mut room, vec![own("b", "👏", true)]);
    assert_eq!((room.reacted("a"), room.reacted("b")), (&["🎉".to_owned()][..], &["🔥".to_owned(), "👏".into()][..]));
    room.received(0, &snapshot(9, &["a"]));
    assert!(room.reacted("a").is_empty(), "it is told anew");
    tell(&mut room, vec![own("a", "🔥", true), own("b", "🔥", true)]);
    room.closed(0, None);
    let sent = room.opened(0, None);
    // Who goes on where they were is told of those messages that have other emoji now: one was taken away in another window.
    let changed = |message: &str, own: Option<Vec<String>>| {
        let reactions = vec![klieg_api::room::Reaction { emoji: "🔥".into(), count: 1 }];
        let messages = vec![klieg_api::room::Reacted { message: message.into(), reactions, own }];
        text(&Frame::Reacted { room: "ada".parse().unwrap(), messages })
    };
    room.received(0, &changed("a", Some(Vec::new())));
    room.received(0, &done(id_of(&sent[0]), None));
    assert!(room.reacted("a").is_empty());
    room.received(0, &changed("c", Some(Vec::new())));
    assert_eq!(room.reacted.len(), 1, "of what has none of one's own nothing is remembered");
    assert_eq!(room.reacted("b"), ["🔥".to_owned()], "also to what is older than what is told anew");
    room.received(0, &changed("b", None));
    assert_eq!(room.reacted("b"), ["🔥".to_owned()], "what everybody is told says nothing of one's own");
}

#[test]
fn being_banned_or_logged_out_is_the_end() {
    for (code, ended) in [(4401, Ended::LoggedOut), (4403, Ended::Banned), (1002, Ended::Incompatible)] {
        let mut room = room();
        room.closed(0, Some(code));
        assert_eq!(room.link(), Link::Over(ended));
    }
    let mut room = room();
    room.closed(0, Some(4409));
    assert!(matches!(room.link(), Link::Waiting { .. }));
}

#[test]
fn cheers_that_nobody_takes_are_not_gathered_for_ever() {
    let mut room = room();
    join(&mut room, 0, &[]);
    for _ in 0..1_000 {
        let cheers = vec![Cheer { emoji: "🎉".into(), count: 1 }];
        room.received(0, &text(&Frame::Cheers { room: "ada".parse().unwrap(), on: None, cheers }));
    }
    assert_eq!(room.take_cheers().len(), 40);
}

#[test]
fn who_is_a_moderator_no_more_keeps_nothing_that_moderators_know() {
    let mut room = room();
    let ada: Handle = "ada".parse().unwrap();
    let you = |role| text(&Frame::You { room: "ada".parse().unwrap(), you: You { role, ..You::default() } });
    join(&mut room, 0, &[]);
    room.received(0, &you(Role::Moderator));
    let filter = Filter { pattern: "spam".into(), action: FilterAction::Hold };
    room.received(0, &text(&Frame::Filters { room: ada.clone(), filters: vec![filter] }));
    room.received(0, &text(&Frame::Held { room: ada, message: message("h", false), reason: "link".into() }));
    room.received(0, &you(Role::Moderator));
    assert_eq!((room.held().len(), room.filters().len()), (1, 1));
    room.received(0, &you(Role::Viewer));
    assert_eq!((room.held().len(), room.filters().len()), (0, 0));
}
