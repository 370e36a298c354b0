mod connection;
mod desk;
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
    })
}

fn id_of(request: &str) -> u64 {
    serde_json::from_str::<Request>(request).unwrap().id
}

fn done(id: u64, message: Option<&str>) -> String {
    text(&Frame::Done { id, message: message.map(str::to_owned), held: false })
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
    assert_eq!(room.link(), Link::Waiting { until: 600 });
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
fn a_picture_that_is_behind_is_waited_for() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.set_delay(3_000);
    room.received(1_000, &event(1, "a"));
    assert_eq!(room.tick(1_000), Some(4_000));
    assert!(shown(&room).is_empty());
    room.set_delay(1_000);
    assert_eq!(room.tick(1_999), Some(2_000));
    assert_eq!(room.tick(2_000), None);
    assert_eq!(shown(&room), ["a"]);
}

#[test]
fn what_happens_in_the_room_waits_for_the_picture_as_well() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.set_delay(3_000);
    let poll = |ended| klieg_api::room::Poll {
        id: "p".into(),
        question: "Who wins?".into(),
        options: Vec::new(),
        ends_at: OffsetDateTime::UNIX_EPOCH,
        ended,
    };
    let on = || Some(klieg_api::room::Moment { broadcast_id: "b".into(), at_ms: 1 });
    let tell = |room: &mut Room, offset, on, event| {
        room.received(1_000, &text(&Frame::Event { room: "ada".parse().unwrap(), offset, on, event }));
    };
    tell(&mut room, 1, on(), Event::Poll { poll: poll(true) });
    tell(&mut room, 2, on(), Event::Pinned { message: Some(message("a", true)) });
    assert_eq!((room.together().poll(), room.pinned()), (None, None));
    assert_eq!(room.tick(3_999), Some(4_000));
    assert_eq!(room.tick(4_000), None);
    assert!(room.together().poll().is_some() && room.pinned().is_some());
    // While nothing is on there is nothing to wait for, but nothing overtakes what waits either.
    tell(&mut room, 3, None, Event::Poll { poll: poll(false) });
    assert!(!room.together().poll().unwrap().ended);
    tell(&mut room, 4, on(), Event::Poll { poll: poll(false) });
    tell(&mut room, 5, None, Event::Poll { poll: poll(true) });
    assert!(!room.together().poll().unwrap().ended);
    assert_eq!(room.tick(4_000), None);
    assert!(room.together().poll().unwrap().ended);
    // What is deleted is not above the talk for a moment longer, nor after it.
    tell(&mut room, 6, on(), Event::Pinned { message: Some(message("b", true)) });
    let gone = Event::Deleted { messages: vec!["a".into(), "b".into()], by_moderator: true };
    tell(&mut room, 7, on(), gone);
    assert_eq!(room.pinned(), None);
    room.tick(4_000);
    assert_eq!(room.pinned(), None);
}

#[test]
fn what_is_deleted_is_gone_before_it_was_shown() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.set_delay(3_000);
    room.received(0, &event(1, "a"));
    let deleted = Event::Deleted { messages: vec!["a".into()], by_moderator: true };
    room.received(1, &text(&Frame::Event { room: "ada".parse().unwrap(), offset: 2, on: None, event: deleted }));
    assert_eq!(room.tick(9_000), None);
    assert!(shown(&room).is_empty());
}

#[test]
fn what_a_message_links_to_stands_with_it_whether_it_is_shown_yet_or_not() {
    let mut room = room();
    join(&mut room, 0, &["a"]);
    room.set_delay(3_000);
    room.received(0, &event(1, "b"));
    let page = |title: &str| Preview { url: "https://x".into(), title: title.into(), description: None, site: None };
    for (offset, id) in [(2, "a"), (3, "b"), (4, "gone")] {
        let event = Event::Preview { message: id.into(), preview: page(id) };
        room.received(1, &text(&Frame::Event { room: "ada".parse().unwrap(), offset, on: None, event }));
    }
    room.tick(9_000);
    let titles: Vec<_> = room.lines().iter().map(|message| message.preview.clone().unwrap().title).collect();
    assert_eq!(titles, ["a", "b"]);
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
    assert_eq!(room.link(), Link::Waiting { until: 7_100 });
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
        room.received(0, &text(&Frame::Cheers { room: "ada".parse().unwrap(), cheers }));
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

#[test]
fn a_refusal_can_be_taken_back_or_repeated() {
    let mut room = room();
    join(&mut room, 0, &[]);
    let sent = room.say("spam".into(), None, false);
    let problem = Problem { kind: "/problems/too-many-requests".into(), status: 429, ..Problem::default() };
    room.received(10, &text(&Frame::Refused { id: id_of(&sent[0]), problem, retry_after_ms: Some(500) }));
    let nonce = room.outgoing()[0].nonce.clone();
    assert!(matches!(room.outgoing()[0].progress, Progress::Refused(_, Some(510))));
    assert_eq!(room.repeat(&nonce).len(), 1);
    assert_eq!(room.take_back(&nonce), None, "it is on its way");
}

#[test]
fn what_waits_and_is_discarded_is_known_to_be_whatever_happens_meanwhile() {
    let mut room = room();
    join(&mut room, 0, &[]);
    let held = |id, message: &str| text(&Frame::Done { id, message: Some(message.to_owned()), held: true });
    let discarded = |message: &str, by_author| {
        text(&Frame::Discarded { room: "ada".parse().unwrap(), message: message.to_owned(), by_author })
    };
    for id in ["a", "b", "c"] {
        let sent = room.say(format!("see example.org/{id}"), None, false);
        room.received(0, &held(id_of(&sent[0]), id));
    }
    room.received(0, &discarded("a", false));
    assert_eq!(room.outgoing()[0].progress, Progress::Discarded);
    let nonces: Vec<String> = room.outgoing().iter().map(|outgoing| outgoing.nonce.clone()).collect();
    assert_eq!(room.take_back(&nonces[0]).as_deref(), Some("see example.org/a"));
    // One takes it back oneself.
    let sent = room.withdraw(&nonces[1]);
    assert!(sent[0].contains(r#""do":"delete","room":"ada","message":"b""#), "{}", sent[0]);
    room.received(0, &discarded("b", true));
    assert_eq!(room.outgoing().len(), 1);
    // Without a connection nobody says what becomes of it: that is asked afterwards.
    room.closed(0, Some(1006));
    let again = join(&mut room, 0, &[]);
    assert_eq!((again.len(), &room.outgoing()[0].progress), (1, &Progress::Held(Some("c".into()))));
    room.received(0, &done(id_of(&again[0]), Some("c")));
    room.received(0, &discarded("c", false));
    assert_eq!(room.outgoing()[0].progress, Progress::Discarded);
    assert!(room.withdraw(&nonces[2]).is_empty());
}

proptest! {
    #[test]
    fn nothing_the_server_says_makes_it_panic(texts in proptest::collection::vec(".{0,80}", 0..20)) {
        let mut room = room();
        for text in texts {
            room.received(0, &text);
        }
    }

    #[test]
    fn whatever_is_sent_twice_every_event_is_shown_once_in_order(
        lost in proptest::collection::vec(1_u64..30, 0..6),
    ) {
        let (mut room, mut last) = (room(), 0);
        join(&mut room, 0, &[]);
        for back in lost {
            last += back;
            for offset in last.saturating_sub(back + 3).max(1)..=last {
                room.received(0, &event(offset, &format!("m{offset:03}")));
            }
        }
        let all: Vec<String> = (1..=last).map(|offset| format!("m{offset:03}")).collect();
        prop_assert_eq!(shown(&room), all.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

#[test]
fn of_too_much_to_read_a_part_is_shown_and_what_matters_always() {
    let mut room = room();
    join(&mut room, 0, &[]);
    let me: Handle = "myself".parse().unwrap();
    room.set_sampling(true, Some(&me));
    let say = |room: &mut Room, now: u64, offset: u64, message: Message| {
        let event = Event::Message { message };
        room.received(now, &text(&Frame::Event { room: "ada".parse().unwrap(), offset, on: None, event }));
    };
    for offset in 1..=50 {
        say(&mut room, 1_000, offset, message(&format!("m{offset}"), false));
    }
    assert_eq!(room.lines().iter().len(), 8);
    assert_eq!(room.lines().left_out(), Some(1_000));
    say(&mut room, 1_100, 51, Message { mentions: vec![me], ..message("for me", false) });
    say(&mut room, 1_100, 52, Message { announcement: true, ..message("news", false) });
    say(&mut room, 1_100, 53, message("lost", false));
    assert_eq!(shown(&room)[8..], ["for me", "news"]);
    say(&mut room, 2_000, 54, message("next", false));
    assert_eq!(shown(&room).last(), Some(&"next"));
    room.set_sampling(false, None);
    for offset in 55..=100 {
        say(&mut room, 2_000, offset, message(&format!("m{offset}"), false));
    }
    assert_eq!(room.lines().iter().len(), 11 + 46, "all of it, to who wants it");
}
