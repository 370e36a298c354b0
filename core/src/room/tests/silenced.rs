//! Somebody is silenced, and what they said is gone.

use super::*;

#[test]
fn what_somebody_said_since_then_is_gone_wherever_it_stands() {
    let mut room = room();
    room.opened(0, None);
    let said = |id: &str, who: &str, at: i64| Message {
        author: Author { handle: who.parse().unwrap(), name: None, badges: Vec::new() },
        at: OffsetDateTime::from_unix_timestamp(at).unwrap(),
        ..message(id, true)
    };
    let answer = Message {
        reply: Some(klieg_api::room::Reply {
            id: "gone".into(),
            thread: "gone".into(),
            author: said("gone", "bob", 20).author,
            text: "what bob said".into(),
        }),
        ..said("answer", "cleo", 30)
    };
    room.received(0, &snapshot(0, &[]));
    let tell = |room: &mut Room, offset, event| {
        room.received(0, &text(&Frame::Event { room: "ada".parse().unwrap(), offset, on: None, event }))
    };
    let all = [said("long ago", "bob", 9), said("gone", "bob", 20), answer, said("other", "cleo", 40)];
    for (offset, message) in (1..).zip(all) {
        tell(&mut room, offset, Event::Message { message });
    }
    tell(&mut room, 5, Event::Pinned { message: Some(said("gone", "bob", 20)) });
    // And one that the picture has not reached.
    room.set_delay(5_000);
    tell(&mut room, 6, Event::Message { message: said("coming", "bob", 50) });
    let since = Some(OffsetDateTime::from_unix_timestamp(10).unwrap());
    tell(&mut room, 7, Event::Silenced { who: "bob".parse().unwrap(), until: None, since });
    room.tick(60_000);
    let shown: Vec<&str> = room.lines().iter().map(|message| message.id.as_str()).collect();
    assert_eq!(shown, ["long ago", "answer", "other"]);
    assert_eq!(room.lines().find("answer").unwrap().reply.as_ref().unwrap().text, "");
    assert_eq!(room.pinned(), None);
    // An older server deletes by an event of its own.
    tell(&mut room, 8, Event::Silenced { who: "bob".parse().unwrap(), until: None, since: None });
    assert_eq!(room.lines().iter().len(), 3);
}

#[test]
fn what_somebody_said_before_that_stays_also_where_it_is_quoted() {
    let mut room = room();
    join(&mut room, 0, &[]);
    // Names as a server gives them, that say when.
    let name = |minute: u64| {
        format!("{:08x}-{:04x}-7000-8000-000000000000", (minute * 60_000) >> 16, (minute * 60_000) & 0xffff)
    };
    let answer = |id: &str, to: String| Message {
        author: Author { handle: "cleo".parse().unwrap(), name: None, badges: Vec::new() },
        reply: Some(klieg_api::room::Reply {
            id: to.clone(),
            thread: to,
            author: message("any", true).author,
            text: "what bob said".into(),
        }),
        ..message(id, true)
    };
    for (offset, message) in [(1, answer("to old", name(9))), (2, answer("to new", name(10)))] {
        let event = Event::Message { message };
        room.received(0, &text(&Frame::Event { room: "ada".parse().unwrap(), offset, on: None, event }));
    }
    let since = Some(OffsetDateTime::UNIX_EPOCH + time::Duration::minutes(10));
    let event = Event::Silenced { who: "bob".parse().unwrap(), until: None, since };
    room.received(0, &text(&Frame::Event { room: "ada".parse().unwrap(), offset: 3, on: None, event }));
    let quoted: Vec<&str> = room.lines().iter().map(|line| line.reply.as_ref().unwrap().text.as_str()).collect();
    assert_eq!(quoted, ["what bob said", ""]);
    // Of what is older the server names what it deletes.
    let event = Event::Deleted { messages: vec![name(9)], by_moderator: true };
    room.received(0, &text(&Frame::Event { room: "ada".parse().unwrap(), offset: 4, on: None, event }));
    assert_eq!(room.lines().find("to old").unwrap().reply.as_ref().unwrap().text, "");
}
