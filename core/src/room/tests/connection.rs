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
    assert!(matches!(room.link(), Link::Waiting { until: 130_000..=130_500 }));
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
    let latest = (0..20).map(|_| {
        room.closed(2_000, None);
        room.connects_at().unwrap()
    });
    assert!(latest.max().unwrap() > first);
    // Forgiven, one is in as before.
    join(&mut room, 0, &[]);
    assert_eq!(room.link(), Link::Joined);
}

#[test]
fn a_server_that_is_busy_logs_nobody_out() {
    let refuse = |status| {
        let mut room = room();
        let sent = room.opened(0, Some("token".into()));
        let problem = Problem { status, ..Problem::default() };
        let refused = Frame::Refused { id: id_of(&sent[0]), problem, retry_after_ms: Some(2_000) };
        room.received(100, &text(&refused));
        // The room would let this client read as a guest, but nobody asked for that.
        room.received(100, &done(id_of(&sent[1]), None));
        assert!(!room.is_of_use());
        room.hung_up(100);
        room.link()
    };
    assert_eq!(refuse(401), Link::Over(Ended::LoggedOut));
    for status in [429, 500, 503] {
        assert!(matches!(refuse(status), Link::Waiting { until: 2_100..=2_600 }), "{status}");
    }
}

#[test]
fn a_line_on_which_nothing_answers_is_doubted_soon() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.tick(10_000);
    assert!(!room.is_silent(30_000), "nobody is expected to say anything");
    assert_eq!(room.say("hello".into(), None, false).len(), 1);
    assert!(!room.is_silent(18_000));
    assert!(room.is_silent(18_001));
    // A server that takes its time says other things meanwhile.
    room.received(17_000, &text(&Frame::Heartbeat));
    assert!(!room.is_silent(25_000));
    assert!(room.is_silent(25_001));
    room.hung_up(25_001);
    assert!(matches!(room.link(), Link::Waiting { .. }));
    let again = join(&mut room, 0, &[]);
    assert!(again[0].contains("hello"), "{again:?}");
    // To be let in may take longer.
    room.closed(30_000, None);
    room.opened(40_000, None);
    assert!(!room.is_silent(60_000));
}

#[test]
fn who_was_put_out_of_a_private_channel_comes_back_when_it_is_open_again() {
    let mut room = room();
    join(&mut room, 0, &[]);
    let left = Frame::Left { room: "ada".parse().unwrap(), reason: "This channel is private now.".into() };
    room.received(0, &text(&left));
    assert_eq!(room.link(), Link::Over(Ended::Private));
    assert!(!room.is_of_use());
    room.hung_up(0);
    assert!(matches!(room.connects_at(), Some(30_000..=60_000)));
    // It still is.
    let sent = room.opened(60_000, None);
    assert_eq!(room.link(), Link::Over(Ended::Private));
    assert!(room.is_of_use());
    let problem = Problem { status: 404, ..Problem::default() };
    room.received(60_000, &text(&Frame::Refused { id: id_of(&sent[0]), problem, retry_after_ms: None }));
    assert!(!room.is_of_use());
    room.hung_up(60_000);
    assert!(matches!(room.connects_at(), Some(90_000..=120_000)));
    join(&mut room, 0, &[]);
    assert_eq!(room.link(), Link::Joined);
}
