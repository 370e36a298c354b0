//! Who is here, by name.

use super::*;

fn author(name: &str) -> Author {
    Author { handle: name.parse().unwrap(), name: None, badges: Vec::new() }
}

/// After whom a request asks.
fn after(request: &str) -> Option<Handle> {
    match serde_json::from_str::<Request>(request).unwrap().command {
        Command::ReadPresent { after, .. } => after,
        other => panic!("{other:?}"),
    }
}

/// The answer to this request.
fn page(request: &str, people: &[&str], more: bool) -> String {
    let after = after(request);
    let keepers = if after.is_none() { vec![author("ada")] } else { Vec::new() };
    let people = people.iter().map(|name| author(name)).collect();
    let (id, room) = (id_of(request), "ada".parse().unwrap());
    text(&Frame::Present { id, room, after, keepers, people, guests: 3, unlisted: 0, more })
}

fn presence(present: u64) -> String {
    text(&Frame::Presence { room: "ada".parse().unwrap(), present })
}

fn refused(request: &str) -> String {
    text(&Frame::Refused { id: id_of(request), problem: Problem::default(), retry_after_ms: None })
}

fn people(room: &Room) -> Vec<&str> {
    room.who_is_here().unwrap().people.iter().map(|author| author.handle.as_str()).collect()
}

fn reading(room: &Room) -> Reading {
    room.who_is_here().unwrap().reading
}

#[test]
fn who_is_here_is_read_page_by_page_while_it_is_looked_at() {
    let mut room = room();
    join(&mut room, 0, &[]);
    assert!(room.who_is_here().is_none());
    let first = room.look_at_present(true).remove(0);
    assert_eq!((reading(&room), room.who_is_here().unwrap().is_known()), (Reading::Asked, false));
    room.received(0, &page(&first, &["bob", "cleo"], true));
    let known = room.who_is_here().unwrap();
    assert_eq!((known.keepers.len(), known.guests, known.more, known.reading), (1, 3, true, Reading::Read));

    let second = room.read_on_present().remove(0);
    assert_eq!((after(&second).unwrap().as_str(), reading(&room)), ("cleo", Reading::Asked));
    // Pressed twice, it is read once.
    let twice = room.read_on_present().remove(0);
    room.received(0, &page(&second, &["dora"], false));
    room.received(0, &page(&twice, &["dora"], false));
    assert_eq!((people(&room), room.who_is_here().unwrap().more), (vec!["bob", "cleo", "dora"], false));

    assert!(room.look_at_present(false).is_empty());
    room.received(0, &page(&first, &["bob"], false));
    assert!(room.who_is_here().is_none(), "nobody looks any more");
}

#[test]
fn what_is_refused_is_asked_for_again_where_it_was() {
    let mut room = room();
    join(&mut room, 0, &[]);
    let first = room.look_at_present(true).remove(0);
    room.received(0, &refused(&first));
    assert_eq!((reading(&room), room.trouble()), (Reading::Refused, None));
    let first = room.read_on_present().remove(0);
    assert_eq!((after(&first), reading(&room)), (None, Reading::Asked));
    room.received(0, &page(&first, &["bob"], true));
    let second = room.read_on_present().remove(0);
    room.received(0, &refused(&second));
    assert_eq!((people(&room), reading(&room)), (vec!["bob"], Reading::Refused));
    assert_eq!(after(&room.read_on_present()[0]).unwrap().as_str(), "bob");
}

#[test]
fn who_comes_back_after_a_lost_line_reads_it_from_the_first_on() {
    let mut room = room();
    assert!(room.look_at_present(true).is_empty(), "not joined yet");
    let first = join(&mut room, 0, &[]).remove(0);
    room.received(0, &page(&first, &["bob"], true));
    assert_eq!(room.read_on_present().len(), 1);
    room.closed(0, Some(1006));
    assert!(room.read_on_present().is_empty(), "not without a connection");
    assert_eq!(people(&room), ["bob"]);
    let first = join(&mut room, 0, &[]).remove(0);
    room.received(0, &page(&first, &["cleo"], false));
    assert_eq!((people(&room), reading(&room)), (vec!["cleo"], Reading::Read));
}

#[test]
fn when_more_or_fewer_are_here_it_is_read_again_and_not_too_often() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.received(0, &presence(5));
    let first = room.look_at_present(true).remove(0);
    room.received(0, &page(&first, &["bob"], true));
    assert!(room.due(60_000).is_empty(), "nobody has come or gone");
    room.received(0, &presence(6));
    assert!(room.due(9_999).is_empty());
    room.tick(10_000);
    let again = room.due(10_000).remove(0);
    assert_eq!((after(&again), reading(&room)), (None, Reading::Read), "nobody waits for it");
    assert!(room.due(10_000).is_empty());
    room.received(10_000, &page(&again, &["bob", "cleo"], true));
    assert_eq!(people(&room), ["bob", "cleo"]);
    // Who reads on meanwhile goes on from what is there.
    room.received(10_000, &presence(7));
    let again = room.due(20_000).remove(0);
    let second = room.read_on_present().remove(0);
    room.received(20_000, &page(&again, &["anna", "bob"], true));
    room.received(20_000, &page(&second, &["dora"], true));
    assert_eq!((people(&room), reading(&room)), (vec!["anna", "bob"], Reading::Read));
    // Who has read on stays there.
    let second = room.read_on_present().remove(0);
    room.received(20_000, &page(&second, &["cleo"], true));
    room.received(20_000, &presence(8));
    assert!(room.due(60_000).is_empty());
    assert_eq!(people(&room), ["anna", "bob", "cleo"]);
}

#[test]
fn who_is_known_to_be_here_and_leaves_before_the_number_was_told_is_gone_from_the_list() {
    let mut room = room();
    join(&mut room, 0, &[]);
    // Four of three guests, the creator and one more: the last who came is not in it yet.
    room.received(0, &presence(4));
    let first = room.look_at_present(true).remove(0);
    room.received(0, &page(&first, &["bob"], false));
    room.received(0, &presence(4));
    let again = room.due(10_000).remove(0);
    room.received(
        10_000,
        &text(&Frame::Present {
            id: id_of(&again),
            room: "ada".parse().unwrap(),
            after: None,
            keepers: vec![author("ada")],
            people: Vec::new(),
            guests: 3,
            unlisted: 0,
            more: false,
        }),
    );
    assert!(people(&room).is_empty());
    assert!(room.due(60_000).is_empty(), "as many as are told");
}

#[test]
fn who_is_here_and_not_named_is_counted_and_not_looked_for_again() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.received(0, &presence(6));
    let first = room.look_at_present(true).remove(0);
    let answer = Frame::Present {
        id: id_of(&first),
        room: "ada".parse().unwrap(),
        after: None,
        keepers: vec![author("ada")],
        people: vec![author("bob")],
        guests: 3,
        unlisted: 1,
        more: false,
    };
    room.received(0, &text(&answer));
    let known = room.who_is_here().unwrap();
    assert_eq!((known.guests, known.unlisted), (3, 1));
    assert!(room.due(60_000).is_empty(), "these are all");
}
