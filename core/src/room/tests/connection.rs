//! A line that is not there, is lost, or is dead.

use klieg_api::desk::{Appeal, Decision, OwnSilence};

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
    // It is read again what came of it, and at the end of the ban they come in by themselves.
    let since = OffsetDateTime::UNIX_EPOCH;
    let desk = |id, decision: Option<Decision>, silence| {
        let who = "bob".parse().unwrap();
        let appeals = vec![Appeal { id: "1".into(), who, text: "sorry".into(), at: since, silence: None, decision }];
        text(&Frame::Desk { id, room: "ada".parse().unwrap(), appeals, reports: Vec::new(), silence })
    };
    let ban = OwnSilence { until: None, reason: "rude".into(), since };
    room.received(1_500, &desk(id_of(&asked[0]), None, Some(ban.clone())));
    assert_eq!(room.silence(), Some(&ban));
    assert!(room.due(11_000).is_empty());
    let asked = room.due(21_500);
    assert!(asked[0].contains("read_desk"), "{asked:?}");
    assert!(room.due(30_000).is_empty(), "once");
    let decision = Decision { accepted: true, answer: "be kind".into(), at: since };
    room.received(21_500, &desk(id_of(&asked[0]), Some(decision), None));
    let asked = room.due(23_500);
    assert!(asked[0].contains(r#""do":"join""#), "{asked:?}");
    room.received(23_500, &done(id_of(&asked[0]), None));
    assert_eq!(room.link(), Link::Joined);
    let appeal = room.own_appeal(&"bob".parse().unwrap()).unwrap();
    assert!(appeal.decision.as_ref().is_some_and(|decision| decision.accepted && decision.answer == "be kind"));
    room.closed(2_000, Some(4403));
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
    let left =
        Frame::Left { room: "ada".parse().unwrap(), reason: "This channel is private now.".into(), banned: false };
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

#[test]
fn who_was_away_when_a_channel_went_private_comes_back_as_well() {
    let refuse = |room: &mut Room, status| {
        let sent = room.opened(0, None);
        let problem = Problem { status, ..Problem::default() };
        room.received(0, &text(&Frame::Refused { id: id_of(&sent[0]), problem, retry_after_ms: None }));
        room.hung_up(0);
        room.link()
    };
    let mut stranger = room();
    assert_eq!(refuse(&mut stranger, 404), Link::Over(Ended::Refused));
    let mut room = room();
    join(&mut room, 0, &[]);
    room.closed(0, None);
    assert!(matches!(refuse(&mut room, 429), Link::Waiting { .. }));
    assert_eq!(refuse(&mut room, 404), Link::Over(Ended::Private));
    assert!(room.connects_at().is_some());
}

#[test]
fn until_when_one_may_not_write_is_a_matter_of_the_servers_clock() {
    let until = OffsetDateTime::UNIX_EPOCH + time::Duration::minutes(2);
    let you = You { silenced_until: Some(until), ..You::default() };
    let you = text(&Frame::You { room: "ada".parse().unwrap(), you });
    let mut untold = room();
    untold.received(0, &you);
    assert_eq!(untold.silenced_until(u64::MAX), Some(until), "nobody knows better");
    let mut room = room();
    // There it is one minute past, whatever this client's calendar says.
    join(&mut room, 0, &[]);
    room.received(5_000, &you);
    assert_eq!(room.silenced_until(59_999), Some(until));
    assert_eq!(room.silenced_until(60_000), None);
}

#[test]
fn what_was_written_meanwhile_tells_how_long_a_computer_has_slept() {
    let mut room = room();
    let minute = |minute| OffsetDateTime::UNIX_EPOCH + time::Duration::minutes(minute);
    let comes = |room: &mut Room, now, offset, at| {
        let event = Event::Message { message: Message { at, ..message(&format!("m{offset}"), false) } };
        room.received(now, &text(&Frame::Event { room: "ada".parse().unwrap(), offset, on: None, event }));
    };
    join(&mut room, 0, &[]);
    assert_eq!(room.server_time(60_000), Some(minute(2)));
    // What is older says nothing: it was on its way, or waited for a moderator.
    comes(&mut room, 60_000, 1, minute(1));
    assert_eq!(room.server_time(60_000), Some(minute(2)));
    // An hour in which its own clock stood still.
    comes(&mut room, 61_000, 2, minute(62));
    assert_eq!(room.server_time(121_000), Some(minute(63)));
}

#[test]
fn who_is_timed_out_learns_why() {
    let mut room = room();
    join(&mut room, 0, &[]);
    let until = OffsetDateTime::UNIX_EPOCH;
    let you = |silenced_until| {
        let you = You { role: Role::Viewer, silenced_until, ..You::default() };
        text(&Frame::You { room: "ada".parse().unwrap(), you })
    };
    let asked = room.received(0, &you(Some(until)));
    assert!(asked[0].contains("read_desk"), "{asked:?}");
    // What a busy server does not tell is asked once more.
    let problem = Problem { status: 503, ..Problem::default() };
    room.received(0, &text(&Frame::Refused { id: id_of(&asked[0]), problem, retry_after_ms: None }));
    assert!(room.due(9_999).is_empty());
    let asked = room.due(10_000);
    assert!(asked[0].contains("read_desk"), "{asked:?}");
    assert!(room.received(0, &you(Some(until))).is_empty(), "that is known");
    let silence = OwnSilence { until: Some(until), reason: "spam".into(), since: until };
    let (appeals, reports) = (Vec::new(), Vec::new());
    let room_of = "ada".parse().unwrap();
    // It takes the server a moment to write it down.
    let none = r#"{"is":"desk","id":0,"room":"ada","appeals":[],"reports":[]}"#;
    room.received(0, none);
    let asked = room.due(2_000);
    assert!(asked[0].contains("read_desk"), "{asked:?}");
    let desk = Frame::Desk { id: id_of(&asked[0]), room: room_of, appeals, reports, silence: Some(silence.clone()) };
    room.received(0, &text(&desk));
    assert_eq!(room.silence(), Some(&silence));
    assert!(room.due(1_000_000).is_empty(), "the room tells when it is over");
    assert_eq!(room.received(0, &you(None)).len(), 1);
    assert_eq!(room.silence(), None, "that was of another one");
    // What is over is not looked for again and again.
    room.received(0, &you(Some(until)));
    let reads = (1..100_u64).filter(|second| {
        room.received(second * 2_000, none);
        !room.due((second + 1) * 2_000).is_empty()
    });
    assert_eq!(reads.count(), 5);
}

#[test]
fn that_the_show_plays_is_said_when_it_begins_and_ends_and_whenever_the_room_is_joined() {
    let playing = |sent: &[String]| -> Vec<bool> {
        let commands = sent.iter().map(|text| serde_json::from_str::<Request>(text).unwrap().command);
        let watches = commands.filter_map(|command| match command {
            Command::Watch { playing, .. } => Some(playing),
            _ => None,
        });
        watches.collect()
    };
    let points = |points| text(&Frame::You { room: "ada".parse().unwrap(), you: You { points, ..You::default() } });
    let mut room = room();
    assert!(room.set_playing(true).is_empty(), "not joined yet");
    let joined = join(&mut room, 0, &[]);
    assert!(playing(&joined).is_empty(), "a guest earns nothing");
    room.received(0, &points(Some(10)));
    assert_eq!(playing(&room.set_playing(false)), [false]);
    assert!(room.set_playing(false).is_empty());
    assert_eq!(playing(&room.set_playing(true)), [true]);
    // Another connection is another window to the room.
    room.closed(0, Some(1006));
    assert_eq!(playing(&join(&mut room, 0, &[])), [true]);
    room.set_playing(false);
    room.closed(0, Some(1006));
    assert!(playing(&join(&mut room, 0, &[])).is_empty());
}
