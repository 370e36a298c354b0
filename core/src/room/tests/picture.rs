//! A picture that is behind: nothing says earlier what it shows later, and nothing comes in another order.

use klieg_api::points::{Outcome, Prediction, Stage, Stake};
use klieg_api::questions::{Question, QuestionVotes};
use klieg_api::room::{Counts, Moment, Poll, PollOption};
use proptest::prelude::*;

use super::*;

fn at(at_ms: u64) -> Moment {
    Moment { broadcast_id: "b".into(), at_ms }
}

fn tell(room: &mut Room, now: u64, offset: u64, on: Option<Moment>, event: Event) {
    room.received(now, &text(&Frame::Event { room: "ada".parse().unwrap(), offset, on, event }));
}

fn count(room: &mut Room, now: u64, on: Option<Moment>, counts: Counts) {
    room.received(now, &text(&Frame::Counts { room: "ada".parse().unwrap(), on, counts }));
}

fn say(room: &mut Room, now: u64, offset: u64, on: Option<Moment>) {
    let event = Event::Message { message: Message { on, ..message(&format!("m{offset:03}"), false) } };
    tell(room, now, offset, None, event);
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
    let poll = |ended| Poll {
        id: "p".into(),
        question: "Who wins?".into(),
        options: Vec::new(),
        ends_at: OffsetDateTime::UNIX_EPOCH,
        ended,
    };
    let on = || Some(Moment { broadcast_id: "b".into(), at_ms: 1 });
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
fn ones_own_message_does_not_wait_though_only_the_answer_tells_that_it_is() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.set_delay(3_000);
    let sent = room.say("in words that the server writes otherwise".into(), None, false);
    room.received(0, &event(1, "mine"));
    assert_eq!((shown(&room).len(), room.outgoing().len()), (0, 1));
    room.received(0, &done(id_of(&sent[0]), Some("mine")));
    assert_eq!((shown(&room), room.outgoing().len()), (vec!["mine"], 0));
    assert_eq!(room.tick(9_000), None);
    assert_eq!(shown(&room), ["mine"], "once");
}

#[test]
fn cheers_do_not_come_before_what_they_are_for() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.set_delay(3_000);
    let cheer = |on| {
        let cheers = vec![Cheer { emoji: "🎉".into(), count: 1 }];
        text(&Frame::Cheers { room: "ada".parse().unwrap(), on, cheers })
    };
    room.received(1_000, &cheer(Some(at(10_000))));
    room.tick(3_999);
    assert!(room.take_cheers().is_empty());
    room.tick(4_000);
    assert_eq!(room.take_cheers().len(), 1);
    room.received(5_000, &cheer(None));
    assert_eq!(room.take_cheers().len(), 1, "nothing is on");
}

#[test]
fn questions_wait_for_the_picture_and_ones_own_does_not() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.set_delay(3_000);
    room.set_sampling(false, Some(&"cleo".parse().unwrap()));
    let question = |id: &str, who: &str| Question {
        id: id.into(),
        author: Author { handle: who.parse().unwrap(), name: None, badges: Vec::new() },
        text: "Was that the last one?".into(),
        votes: 0,
        at: OffsetDateTime::UNIX_EPOCH,
    };
    tell(&mut room, 1_000, 1, Some(at(0)), Event::Question { question: question("theirs", "bob") });
    tell(&mut room, 1_000, 2, Some(at(0)), Event::Question { question: question("mine", "cleo") });
    let votes = vec![QuestionVotes { question: "mine".into(), votes: 7 }];
    count(&mut room, 1_000, Some(at(0)), Counts::Questions { questions: votes });
    let seen = |room: &Room| -> Vec<(String, u32)> {
        room.together().questions().iter().map(|question| (question.id.clone(), question.votes)).collect()
    };
    assert_eq!(seen(&room), [("mine".to_owned(), 0)]);
    room.tick(4_000);
    assert_eq!(seen(&room), [("mine".to_owned(), 7), ("theirs".to_owned(), 0)]);
}

fn poll(votes: u32, ended: bool) -> Poll {
    Poll {
        id: "p".into(),
        question: "Who wins?".into(),
        options: vec![PollOption { text: "Red".into(), votes }, PollOption { text: "Blue".into(), votes: 1 }],
        ends_at: OffsetDateTime::UNIX_EPOCH,
        ended,
    }
}

#[test]
fn votes_wait_for_the_picture_and_none_are_counted_once_the_poll_is_over() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.set_delay(3_000);
    let votes = |red| Counts::Poll { poll: "p".into(), votes: vec![red, 1] };
    tell(&mut room, 1_000, 1, Some(at(0)), Event::Poll { poll: poll(0, false) });
    count(&mut room, 2_000, Some(at(1_000)), votes(7));
    assert!(room.together().poll().is_none());
    room.tick(4_000);
    assert_eq!(room.together().poll(), Some(&poll(0, false)));
    room.tick(5_000);
    assert_eq!(room.together().poll(), Some(&poll(7, false)));
    tell(&mut room, 6_000, 2, Some(at(5_000)), Event::Poll { poll: poll(8, true) });
    room.tick(9_000);
    count(&mut room, 9_000, None, votes(9));
    assert_eq!(room.together().poll(), Some(&poll(8, true)));
}

#[test]
fn how_many_follow_waits_for_no_picture() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.set_delay(3_000);
    tell(&mut room, 1_000, 1, Some(at(0)), Event::Poll { poll: poll(0, false) });
    count(&mut room, 1_000, Some(at(0)), Counts::Followers { followers: 9 });
    assert_eq!((room.together().poll(), room.together().followers()), (None, 9));
}

fn stake(returned: Option<u64>) -> Stake {
    Stake { prediction: "p".into(), outcome: 0, points: 100, returned }
}

fn you(points: u64, returned: Option<u64>, role: Role) -> String {
    let you = You { role, points: Some(points), stake: Some(stake(returned)), ..You::default() };
    text(&Frame::You { room: "ada".parse().unwrap(), you })
}

fn prediction(stage: Stage) -> Prediction {
    let outcome = || Outcome { text: "Yes".into(), points: 100, people: 1 };
    Prediction {
        id: "p".into(),
        question: "Does it hold?".into(),
        outcomes: vec![outcome(), outcome()],
        locks_at: OffsetDateTime::UNIX_EPOCH,
        stage,
        winner: (stage == Stage::Resolved).then_some(0),
        over_at: None,
    }
}

#[test]
fn points_do_not_say_what_came_true_before_the_card_does() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.received(0, &you(900, None, Role::Viewer));
    room.set_delay(3_000);
    tell(&mut room, 1_000, 1, Some(at(0)), Event::Prediction { prediction: prediction(Stage::Locked) });
    room.received(1_000, &you(890, None, Role::Viewer));
    assert_eq!(room.you().points, Some(890), "nothing is decided");
    tell(&mut room, 2_000, 2, Some(at(1_000)), Event::Prediction { prediction: prediction(Stage::Resolved) });
    room.received(2_000, &you(1_090, Some(200), Role::Viewer));
    room.received(2_500, &you(1_100, Some(200), Role::Moderator));
    assert_eq!(room.you().role, Role::Moderator, "that is nothing of the picture's");
    assert_eq!((room.you().points, room.you().stake.clone()), (Some(890), Some(stake(None))));
    room.tick(4_999);
    assert_eq!(room.you().points, Some(890));
    room.tick(5_000);
    assert_eq!((room.you().points, room.you().stake.clone()), (Some(1_100), Some(stake(Some(200)))));
    // What the room is told as it is leaves nobody with less.
    tell(&mut room, 6_000, 3, Some(at(5_000)), Event::Prediction { prediction: prediction(Stage::Resolved) });
    room.received(6_000, &you(1_300, Some(200), Role::Moderator));
    room.received(6_100, &snapshot(9, &[]));
    assert_eq!(room.you().points, Some(1_300));
}

#[test]
fn what_a_prediction_brought_waits_for_its_card_though_it_comes_first() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.set_delay(3_000);
    tell(&mut room, 1_000, 1, Some(at(0)), Event::Prediction { prediction: prediction(Stage::Locked) });
    room.received(1_000, &you(900, None, Role::Viewer));
    room.tick(4_000);
    // What is for one is sent at once, and what is for everybody a moment later.
    room.received(9_000, &you(1_100, Some(200), Role::Viewer));
    tell(&mut room, 9_100, 2, Some(at(8_100)), Event::Prediction { prediction: prediction(Stage::Resolved) });
    room.tick(12_099);
    assert_eq!((room.you().points, room.you().stake.clone()), (Some(900), Some(stake(None))));
    room.tick(12_100);
    assert_eq!((room.you().points, room.you().stake.clone()), (Some(1_100), Some(stake(Some(200)))));
    assert_eq!(room.together().prediction().unwrap().stage, Stage::Resolved);
}

#[test]
fn what_is_over_in_a_snapshot_waits_for_the_picture() {
    // It is of the first minute, in which both ended.
    let second = |second| OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(second);
    let mut frame: serde_json::Value = serde_json::from_str(&snapshot(9, &[])).unwrap();
    frame["poll"] = serde_json::to_value(Poll { ends_at: second(55), ..poll(7, true) }).unwrap();
    let decided = Prediction { over_at: Some(second(56)), ..prediction(Stage::Resolved) };
    frame["prediction"] = serde_json::to_value(decided).unwrap();
    let comes_back = |delay| {
        let mut room = room();
        join(&mut room, 0, &[]);
        tell(&mut room, 0, 1, None, Event::Poll { poll: poll(3, false) });
        tell(&mut room, 0, 2, None, Event::Prediction { prediction: prediction(Stage::Locked) });
        room.received(0, &you(900, None, Role::Viewer));
        room.set_delay(delay);
        room.closed(0, Some(1006));
        room.opened(1_000, None);
        room.received(1_000, &you(1_100, Some(200), Role::Viewer));
        room.received(1_000, &frame.to_string());
        room
    };
    let seen = |room: &Room| {
        let (poll, prediction) = (room.together().poll().unwrap(), room.together().prediction().unwrap());
        (poll.ended, poll.votes(), prediction.stage, room.you().points)
    };
    assert_eq!(seen(&comes_back(0)), (true, 8, Stage::Resolved, Some(1_100)));
    let mut behind = comes_back(10_000);
    assert_eq!(seen(&behind), (false, 4, Stage::Locked, Some(900)));
    assert_eq!(behind.tick(6_000), Some(7_000));
    assert_eq!(seen(&behind), (true, 8, Stage::Locked, Some(900)));
    assert_eq!(behind.tick(7_000), None);
    assert_eq!(seen(&behind), (true, 8, Stage::Resolved, Some(1_100)));
    // Of what ended long ago nothing waits.
    assert_eq!(seen(&comes_back(3_000)), (true, 8, Stage::Resolved, Some(1_100)));
}

#[test]
fn what_is_said_after_the_show_does_not_overtake_what_was_said_in_it() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.set_delay(3_000);
    say(&mut room, 1_000, 1, Some(at(0)));
    say(&mut room, 1_500, 2, None);
    assert!(shown(&room).is_empty());
    room.tick(4_000);
    assert_eq!(shown(&room), ["m001", "m002"], "and is not behind for longer than that");
    say(&mut room, 4_100, 3, None);
    assert_eq!(shown(&room), ["m001", "m002", "m003"]);
}

#[test]
fn what_was_missed_is_not_held_back_anew() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.set_delay(3_000);
    say(&mut room, 10_000, 1, Some(at(0)));
    room.tick(13_000);
    room.closed(13_000, None);
    // Said 20, 10 and 1 second ago.
    for (offset, at_ms) in [(2, 10_000), (3, 20_000), (4, 29_000)] {
        say(&mut room, 40_000, offset, Some(at(at_ms)));
    }
    assert_eq!(room.tick(40_000), Some(42_000));
    assert_eq!(shown(&room), ["m001", "m002", "m003"]);
    room.tick(42_000);
    assert_eq!(shown(&room).len(), 4);
}

#[test]
fn a_server_that_was_started_anew_may_count_the_broadcast_anew() {
    let mut room = room();
    join(&mut room, 0, &[]);
    room.set_delay(3_000);
    say(&mut room, 1_000, 1, Some(at(50_000)));
    room.received(2_000, &snapshot(0, &[]).replace(r#""epoch":"e""#, r#""epoch":"f""#));
    say(&mut room, 3_000, 1, Some(at(100)));
    room.tick(5_999);
    assert!(shown(&room).is_empty());
    room.tick(6_000);
    assert_eq!(shown(&room), ["m001"]);
}

proptest! {
    /// Whatever is sent twice, however far the picture is behind, and whether anything is on.
    #[test]
    fn every_message_is_shown_once_in_order(
        steps in proptest::collection::vec((1_u64..30, 0_u64..5_000, any::<bool>(), 0_u64..20_000), 0..12),
    ) {
        let (mut room, mut last, mut now) = (room(), 0, 0);
        join(&mut room, 0, &[]);
        for (more, passes, is_on, delay) in steps {
            last += more;
            for offset in last.saturating_sub(more + 3).max(1)..=last {
                say(&mut room, now, offset, is_on.then(|| at(now)));
            }
            now += passes;
            room.set_delay(delay);
            room.tick(now);
            let known = shown(&room);
            let first: Vec<String> = (1..=known.len()).map(|offset| format!("m{offset:03}")).collect();
            prop_assert_eq!(known, first.iter().map(String::as_str).collect::<Vec<_>>());
        }
        room.tick(now + 60_000);
        let all: Vec<String> = (1..=last).map(|offset| format!("m{offset:03}")).collect();
        prop_assert_eq!(shown(&room), all.iter().map(String::as_str).collect::<Vec<_>>());
    }
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
