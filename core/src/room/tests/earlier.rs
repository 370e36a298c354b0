//! What was said before what is shown.

use super::*;

/// In a room where the latest messages are these.
fn joined(ids: &[&str], more: bool) -> Room {
    let mut room = room();
    let sent = room.opened(0, None);
    let mut frame: serde_json::Value = serde_json::from_str(&snapshot(0, ids)).unwrap();
    frame["more"] = more.into();
    room.received(0, &frame.to_string());
    room.received(0, &done(id_of(&sent[0]), None));
    room
}

/// Asks for earlier messages: the request, and before which.
fn read(room: &mut Room) -> Option<(String, String)> {
    let request = room.read_earlier().pop()?;
    match serde_json::from_str::<Request>(&request).unwrap().command {
        Command::ReadMessages { before, .. } => Some((request, before)),
        other => panic!("{other:?}"),
    }
}

fn page(request: &str, before: &str, ids: &[&str], more: bool) -> String {
    text(&Frame::Messages {
        id: id_of(request),
        room: "ada".parse().unwrap(),
        before: before.to_owned(),
        messages: ids.iter().map(|id| message(id, true)).collect(),
        more,
    })
}

#[test]
fn one_reads_back_page_by_page_to_where_it_began() {
    let mut room = joined(&["d", "e"], true);
    let (request, before) = read(&mut room).unwrap();
    assert_eq!((before.as_str(), room.lines().earlier()), ("e", Earlier::Reading));
    assert_eq!(read(&mut room), None, "once at a time");
    room.received(0, &event(1, "f"));
    room.received(0, &page(&request, &before, &["c", "d"], true));
    assert_eq!(shown(&room), ["c", "d", "e", "f"]);
    let (request, before) = read(&mut room).unwrap();
    assert_eq!(before, "c");
    room.received(0, &page(&request, &before, &["a", "b"], false));
    assert_eq!((shown(&room), room.lines().earlier()), (vec!["a", "b", "c", "d", "e", "f"], Earlier::Begun));
    assert_eq!(read(&mut room), None);
    assert_eq!(joined(&["a"], false).lines().earlier(), Earlier::Begun);
}

#[test]
fn what_is_not_told_can_be_asked_for_again_and_what_comes_too_late_is_nothing() {
    let mut room = joined(&["b"], true);
    let (request, before) = read(&mut room).unwrap();
    let problem = Problem { kind: "/problems/unavailable".into(), status: 503, ..Problem::default() };
    room.received(0, &text(&Frame::Refused { id: id_of(&request), problem, retry_after_ms: None }));
    assert_eq!((room.lines().earlier(), room.trouble()), (Earlier::Refused, None));
    let (lost, _) = read(&mut room).unwrap();
    room.closed(0, Some(1006));
    assert_eq!(room.lines().earlier(), Earlier::More);
    assert_eq!(read(&mut room), None, "not without a connection");
    join(&mut room, 700, &["z"]);
    room.received(0, &page(&lost, &before, &["a"], false));
    assert_eq!(shown(&room), ["z"]);
}

#[test]
fn what_is_deleted_while_it_is_read_does_not_come_with_the_page() {
    let mut room = joined(&["c", "d"], true);
    let delete = |room: &mut Room, offset, messages| {
        let event = Event::Deleted { messages, by_moderator: true };
        room.received(0, &text(&Frame::Event { room: "ada".parse().unwrap(), offset, on: None, event }));
    };
    let (request, before) = read(&mut room).unwrap();
    delete(&mut room, 1, vec!["b".into(), "c".into()]);
    room.received(0, &page(&request, &before, &["a", "b", "c"], true));
    assert_eq!(shown(&room), ["a", "d"]);
    // Of a page nothing may be left, and there is more before it.
    let (request, before) = read(&mut room).unwrap();
    room.received(0, &page(&request, &before, &[], true));
    assert_eq!(room.lines().earlier(), Earlier::More);
    // What was deleted is not remembered for ever.
    delete(&mut room, 2, (0..501).map(|number| format!("gone{number}")).collect());
    assert_eq!((room.lines.has("c"), room.lines.has("gone0"), room.lines.has("gone1")), (false, false, true));
}

#[test]
fn what_was_approved_late_is_no_place_to_read_back_from() {
    let ids: Vec<String> = (0..12).map(|number| format!("m{number:02}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut frame: serde_json::Value = serde_json::from_str(&snapshot(0, &ids)).unwrap();
    frame["more"] = true.into();
    // The first was written before all others, and long before what stands in front of it.
    for (number, message) in frame["messages"].as_array_mut().unwrap().iter_mut().enumerate().skip(1) {
        message["at"] = format!("1970-01-01T00:00:{:02}Z", 20 + number).into();
    }
    let mut room = joined(&[], false);
    room.received(0, &frame.to_string());
    assert_eq!(read(&mut room).unwrap().1, "m09");
}

#[test]
fn no_more_is_kept_than_so_much_and_less_when_nobody_looks_back() {
    let mut room = joined(&[], false);
    for offset in 1..=600 {
        room.received(0, &event(offset, &format!("m{offset}")));
    }
    assert_eq!((room.lines().iter().len(), room.lines().earlier()), (500, Earlier::More));
    let mut pages = 0;
    while let Some((request, before)) = read(&mut room) {
        pages += 1;
        let ids: Vec<String> = (0..50).map(|number| format!("page{pages}-{number}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        room.received(0, &page(&request, &before, &ids, true));
    }
    assert_eq!((room.lines().iter().len(), room.lines().earlier(), pages), (2_000, Earlier::Full, 30));
    room.received(0, &event(601, "new"));
    assert_eq!(room.lines().iter().len(), 2_000);
    room.forget_earlier();
    assert_eq!((room.lines().iter().len(), room.lines().earlier()), (500, Earlier::More));
    assert_eq!(shown(&room).last(), Some(&"new"));
}

#[test]
fn what_is_used_does_not_go_while_others_talk_on() {
    let mut room = joined(&["used"], false);
    room.look_back();
    for offset in 1..=600 {
        room.received(0, &event(offset, &format!("m{offset}")));
    }
    assert_eq!((shown(&room).first(), room.lines().iter().len()), (Some(&"used"), 601));
    room.forget_earlier();
    assert_eq!((shown(&room).first(), room.lines().earlier()), (Some(&"m101"), Earlier::More));
}
