//! In step with the picture.

use super::*;

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
fn a_snapshot_is_as_far_as_the_picture() {
    // It is of the first minute, in which all of this was said.
    let mut frame: serde_json::Value = serde_json::from_str(&snapshot(0, &["old", "new", "mine", "aside"])).unwrap();
    for (place, second) in [(1, 55), (2, 56), (3, 57)] {
        frame["messages"][place]["at"] = format!("1970-01-01T00:00:{second}Z").into();
    }
    frame["messages"][3].as_object_mut().unwrap().remove("on");
    frame["pinned"] = frame["messages"][1].clone();
    let comes_back = |delay| {
        let mut room = room();
        room.set_delay(delay);
        join(&mut room, 0, &[]);
        let sent = room.say("text of mine".into(), None, false);
        room.received(0, &done(id_of(&sent[0]), Some("mine")));
        room.closed(0, Some(1006));
        room.opened(1_000, None);
        room.received(1_000, &frame.to_string());
        room
    };
    let mut behind = comes_back(10_000);
    assert_eq!(shown(&behind), ["old", "mine", "aside"]);
    assert_eq!((behind.pinned(), behind.outgoing()), (None, [].as_slice()));
    assert_eq!(behind.tick(5_999), Some(6_000));
    assert_eq!(behind.tick(6_000), None);
    assert_eq!(shown(&behind), ["old", "mine", "aside", "new"]);
    assert_eq!(behind.pinned().map(|pinned| pinned.id.as_str()), Some("new"));
    let live = comes_back(0);
    assert_eq!(shown(&live), ["old", "new", "mine", "aside"]);
    assert!(live.pinned().is_some());
}
