//! Who is offered behind an `@`.

use super::*;
use crate::room::mentions::{begun, complete, fitting};

#[test]
fn a_mention_begins_behind_an_at() {
    for (text, expected) in [("@", ""), ("hi @bo", "bo"), ("(@Bo_1", "Bo_1")] {
        assert_eq!(begun(text), Some(expected), "{text}");
    }
    for none in ["", "bob", "mail@bo", "@bob ", "@bob,", "_@bo"] {
        assert_eq!(begun(none), None, "{none}");
    }
    assert_eq!(complete("hi @bo", &"bob".parse().unwrap()), "hi @bob ");
}

#[test]
fn who_spoke_last_is_offered_first_each_once_and_not_oneself() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.set_sampling(false, Some(&"me_too".parse().unwrap()));
    for (offset, (handle, name)) in
        [("bob", None), ("cleo", Some("Maria")), ("me_too", None), ("mark", None), ("bob", None)]
            .into_iter()
            .enumerate()
    {
        let mut message = message(&offset.to_string(), false);
        message.author = Author { handle: handle.parse().unwrap(), name: name.map(str::to_owned), badges: Vec::new() };
        let (room_name, offset) = ("ada".parse().unwrap(), u64::try_from(offset).unwrap() + 1);
        let event = Event::Message { message };
        room.received(0, &text(&Frame::Event { room: room_name, offset, on: None, event }));
    }
    let offered = |text: &str, most| -> Vec<String> {
        fitting(text, room.lines(), most).iter().map(|author| author.handle.to_string()).collect()
    };
    assert_eq!(offered("@", 9), ["bob", "mark", "cleo"]);
    assert_eq!(offered("look, @mA", 9), ["mark", "cleo"], "by handle and by name");
    assert_eq!((offered("@", 1), offered("@x", 9), offered("bob", 9)), (vec!["bob".to_owned()], vec![], vec![]));
}
