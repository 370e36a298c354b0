//! More is said than can be read, or only comes at once.

use klieg_api::room::{Badge, Moment, Reply};
use time::Duration;

use super::*;

/// What was written so many milliseconds after the room was opened.
fn written(id: &str, millis: i64) -> Message {
    Message { at: OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(millis), ..message(id, false) }
}

fn comes(room: &mut Room, now: u64, offset: u64, message: Message) {
    let event = Event::Message { message };
    room.received(now, &text(&Frame::Event { room: "ada".parse().unwrap(), offset, on: None, event }));
}

/// So many messages that were written at the same moment.
fn crowd(room: &mut Room, now: u64, offset: u64, count: u64, millis: i64) {
    for offset in offset..offset + count {
        comes(room, now, offset, written(&format!("m{offset}"), millis));
    }
}

/// A room of which as much is shown as this person can read.
fn sampled(me: &str) -> Room {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.set_sampling(true, Some(&me.parse().unwrap()));
    room
}

#[test]
fn of_too_much_to_read_a_part_is_shown_and_what_matters_always() {
    let mut room = sampled("myself");
    let me: Handle = "myself".parse().unwrap();
    let by = |who: &str, badges| Author { handle: who.parse().unwrap(), name: None, badges };
    crowd(&mut room, 1_000, 1, 50, 0);
    assert_eq!(room.lines().iter().len(), 40);
    assert_eq!(room.lines().left_out(), Some(1_000));
    let answered =
        Reply { id: "mine".into(), thread: "mine".into(), author: by("myself", Vec::new()), text: String::new() };
    let all = [
        Message { mentions: vec![me], ..written("for me", 0) },
        Message { announcement: true, ..written("news", 0) },
        written("lost", 124),
        Message { reply: Some(answered), ..written("answer", 124) },
        Message { reward: Some("Hydrate".into()), ..written("paid", 124) },
        Message { author: by("moe", vec![Badge::Moderator]), ..written("order", 124) },
        Message { author: by("myself", Vec::new()), ..written("from another window", 124) },
        written("next", 125),
        written("lost as well", 126),
    ];
    for (offset, message) in (51..).zip(all) {
        comes(&mut room, 1_100, offset, message);
    }
    assert_eq!(shown(&room)[40..], ["for me", "news", "answer", "paid", "order", "from another window", "next"]);
    room.set_sampling(false, None);
    crowd(&mut room, 2_000, 60, 46, 126);
    assert_eq!(room.lines().iter().len(), 50 + 9 + 46, "all of it, to who wants it");
}

#[test]
fn who_wants_everything_after_all_is_shown_what_was_left_out_where_it_was_said_and_once() {
    let (mut room, me) = (sampled("myself"), "myself".parse().unwrap());
    crowd(&mut room, 0, 1, 50, 0);
    comes(&mut room, 0, 51, Message { announcement: true, ..written("news", 0) });
    crowd(&mut room, 0, 52, 3, 0);
    crowd(&mut room, 0, 55, 2, 10_000);
    let event = Event::Deleted { messages: vec!["m42".into()], by_moderator: true };
    room.received(0, &text(&Frame::Event { room: "ada".parse().unwrap(), offset: 57, on: None, event }));
    assert_eq!(shown(&room)[38..], ["m39", "m40", "news", "m55", "m56"]);

    let names = |numbers: std::ops::RangeInclusive<u64>| numbers.map(|number| format!("m{number}")).collect::<Vec<_>>();
    let all = [names(1..=41), names(43..=50), vec!["news".to_owned()], names(52..=56)].concat();
    let before = room.revision();
    for on in [false, true, false] {
        room.set_sampling(on, Some(&me));
        assert_eq!(shown(&room), all);
        assert_eq!(room.revision(), before + 1, "drawn once");
    }
    // What is told anew is all that there is.
    room.set_sampling(true, Some(&me));
    crowd(&mut room, 0, 58, 100, 20_000);
    room.received(0, &snapshot(200, &["new"]));
    room.set_sampling(false, Some(&me));
    assert_eq!(shown(&room), ["new"]);
}

#[test]
fn what_was_left_out_is_kept_as_far_back_as_one_looks() {
    let you = |role| text(&Frame::You { room: "ada".parse().unwrap(), you: You { role, ..You::default() } });
    for (looks_back, expected) in [(false, 500), (true, 1_540)] {
        let mut room = sampled("moe");
        if looks_back {
            room.look_back();
        }
        crowd(&mut room, 0, 1, 3_000, 0);
        assert_eq!(room.lines().iter().len(), 40);
        // Who begins to keep order has to see everything.
        room.received(0, &you(Role::Moderator));
        let ids = shown(&room);
        assert_eq!((ids.len(), ids[ids.len() - 460], ids[ids.len() - 1]), (expected, "m2541", "m3000"));
    }
}

#[test]
fn what_was_left_out_long_before_what_is_here_does_not_come_after_what_is_read_back() {
    let mut room = sampled("myself");
    crowd(&mut room, 0, 1, 50, 0);
    for number in 1..=540 {
        comes(&mut room, 0, 50 + number, Message { announcement: true, ..written(&format!("n{number}"), 0) });
    }
    crowd(&mut room, 0, 600, 1, 0);
    assert_eq!(shown(&room).first(), Some(&"n41"));
    let request = room.read_earlier().remove(0);
    let Command::ReadMessages { before, .. } = serde_json::from_str::<Request>(&request).unwrap().command else {
        panic!("{request}");
    };
    let messages = (31..50).map(|number| written(&format!("n{number}"), 0)).collect();
    let (id, ada) = (id_of(&request), "ada".parse().unwrap());
    room.received(0, &text(&Frame::Messages { id, room: ada, before, messages, more: true }));
    room.set_sampling(false, None);
    let expected = (31..=540).map(|number| format!("n{number}")).chain(["m600".to_owned()]);
    assert_eq!(shown(&room), expected.collect::<Vec<_>>());
}

#[test]
fn what_was_said_over_a_minute_is_all_there_when_it_comes_at_once() {
    for delay in [0, 3_000] {
        let mut room = sampled("myself");
        room.set_delay(delay);
        room.closed(1_000, Some(1006));
        room.opened(61_000, None);
        for offset in 1..=30_u64 {
            let on = Some(Moment { broadcast_id: "b".into(), at_ms: offset * 2_000 });
            let message = written(&format!("m{offset}"), offset.cast_signed() * 2_000);
            comes(&mut room, 61_000, offset, Message { on, ..message });
        }
        // By a picture that is behind all of it is due at the same moment.
        room.tick(61_000 + delay);
        assert_eq!((room.lines().iter().len(), room.lines().left_out()), (30, None), "{delay} ms behind");
    }
}

#[test]
fn a_line_that_was_cut_leaves_out_what_would_have_been_left_out_without_that_and_nothing_else() {
    // Fifty a second for eight seconds.
    let shown_of = |comes_at: fn(u64) -> u64| {
        let mut room = sampled("myself");
        for offset in 1..=400_u64 {
            let at = offset * 20;
            comes(&mut room, comes_at(at), offset, written(&format!("m{offset}"), at.cast_signed()));
        }
        shown(&room).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let live = shown_of(|at| at);
    assert_eq!(live.len(), 103, "forty, and eight a second");
    assert_eq!(shown_of(|_| 60_000), live);
}

#[test]
fn what_was_approved_late_is_shown_and_a_clock_that_is_set_back_hides_nothing() {
    let mut room = sampled("myself");
    crowd(&mut room, 0, 1, 40, 3_600_000);
    comes(&mut room, 0, 41, written("approved", 3_590_000));
    crowd(&mut room, 0, 42, 40, 3_600_000);
    for offset in 82..92_u64 {
        comes(&mut room, 0, offset, written(&format!("m{offset}"), offset.cast_signed() * 1_000));
    }
    assert_eq!((room.lines().iter().len(), room.lines().left_out()), (91, None));
    // What comes a little out of order, by another server's clock say, gives nobody more time.
    for offset in 92..192_u64 {
        let millis = 91_000 + (offset.cast_signed() % 2) * 500;
        comes(&mut room, 0, offset, written(&format!("m{offset}"), millis));
    }
    assert_eq!(room.lines().iter().len(), 91 + 41);
}

#[test]
fn who_keeps_the_room_in_order_is_shown_everything() {
    let mut creator = sampled("ada");
    crowd(&mut creator, 0, 1, 50, 0);
    assert_eq!(creator.lines().iter().len(), 50, "also before it is told whose it is");
    let you = |role| text(&Frame::You { room: "ada".parse().unwrap(), you: You { role, ..You::default() } });
    let mut room = sampled("moe");
    room.received(0, &you(Role::Moderator));
    crowd(&mut room, 0, 1, 50, 0);
    assert_eq!((room.lines().iter().len(), room.lines().left_out()), (50, None));
    room.received(0, &you(Role::Viewer));
    crowd(&mut room, 0, 51, 50, 10_000);
    assert_eq!(room.lines().iter().len(), 50 + 40, "as everybody else, once they are");
}
