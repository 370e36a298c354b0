//! A line that is not there, is lost, or is dead.

use super::*;

#[test]
fn what_is_asked_without_a_connection_is_not_swallowed() {
    let mut room = room();
    let react = Command::Pin { room: "ada".parse().unwrap(), message: None };
    assert_eq!(room.request(react.clone()), None);
    assert!(room.trouble().is_some_and(|trouble| trouble.kind == "/problems/offline"));
    join(&mut room, 0, &[]);
    let (number, text) = room.request(react.clone()).unwrap();
    assert_eq!((room.trouble(), room.outcome(number)), (None, None));
    assert_eq!(id_of(&text), number);
    room.received(0, &done(number, None));
    assert_eq!(room.outcome(number), Some(true));
    // Nobody knows whether this one came.
    let (lost, _) = room.request(react).unwrap();
    room.closed(0, Some(1006));
    assert_eq!(room.outcome(lost), Some(false));
    assert!(room.trouble().is_some_and(|trouble| trouble.kind == "/problems/unanswered"));
}

#[test]
fn a_connection_on_which_nothing_comes_is_given_up() {
    let mut room = room();
    assert!(!room.is_silent(100_000), "there is none");
    room.opened(1_000, None);
    assert!(!room.is_silent(61_000));
    assert!(room.is_silent(61_001));
    let before = room.revision();
    room.received(61_001, &text(&Frame::Heartbeat));
    assert!(!room.is_silent(121_001));
    assert_eq!(room.revision(), before, "nothing to draw");
    room.hung_up(130_000);
    assert_eq!(room.link(), Link::Waiting { until: 130_500 });
    assert!(!room.is_silent(1_000_000));
}

#[test]
fn who_is_banned_may_appeal_as_soon_as_there_is_a_connection() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.closed(0, Some(4403));
    assert_eq!((room.link(), room.connects_at()), (Link::Over(Ended::Banned), Some(1_500)));
    let appeal = Command::Appeal { room: "ada".parse().unwrap(), text: "sorry".into() };
    assert_eq!(room.request(appeal.clone()), None, "not into a connection that is gone");
    let sent = room.opened(1_500, Some("token".into()));
    assert_eq!(room.link(), Link::Over(Ended::Banned), "what is being written stays");
    let problem = Problem { kind: "/problems/banned".into(), status: 403, ..Problem::default() };
    let refused = Frame::Refused { id: id_of(&sent[1]), problem, retry_after_ms: None };
    let asked = room.received(1_500, &text(&refused));
    assert!(asked[0].contains("read_desk"), "{asked:?}");
    assert!(room.request(appeal).is_some());
    // While the server is away it is tried less and less often.
    room.closed(2_000, None);
    let first = room.connects_at().unwrap();
    for _ in 0..4 {
        room.closed(2_000, None);
    }
    assert!(room.connects_at().unwrap() > first);
    // Forgiven, one is in as before.
    join(&mut room, 0, &[]);
    assert_eq!(room.link(), Link::Joined);
}
