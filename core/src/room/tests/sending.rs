//! What one writes: refused, repeated, asked again, waiting for a moderator.

use super::*;

#[test]
fn a_refusal_can_be_taken_back_or_repeated() {
    let mut room = room();
    join(&mut room, 0, &[]);
    let sent = room.say("spam".into(), None, false);
    let problem = Problem { kind: "/problems/too-many-requests".into(), status: 429, ..Problem::default() };
    room.received(10, &text(&Frame::Refused { id: id_of(&sent[0]), problem, retry_after_ms: Some(500) }));
    let nonce = room.outgoing()[0].nonce.clone();
    assert!(matches!(room.outgoing()[0].progress, Progress::Refused(_, Some(510))));
    assert_eq!(room.repeat(&nonce).len(), 1);
    assert_eq!(room.take_back(&nonce), None, "it is on its way");
}

#[test]
fn of_too_much_on_its_way_the_newest_is_refused_with_words() {
    let mut room = room();
    let root = message("root", false);
    for number in 0..50 {
        room.say(format!("text {number}"), Some(&root), false);
        assert_eq!(room.trouble(), None);
    }
    assert!(room.is_full());
    assert!(room.say("one too many".into(), None, false).is_empty());
    assert!(room.trouble().is_some_and(|trouble| trouble.kind == "/problems/too-many-waiting"));
    let waiting: Vec<&str> = room.outgoing().iter().map(|outgoing| outgoing.text.as_str()).collect();
    assert_eq!((waiting.len(), waiting[0], waiting[49]), (50, "text 0", "text 49"));
    // What the server has answered makes room, and what it refused can be had back as it was.
    let sent = join(&mut room, 0, &[]);
    let problem = Problem { status: 422, ..Problem::default() };
    let refused = |number: usize| {
        let id = id_of(&sent[number]);
        text(&Frame::Refused { id, problem: problem.clone(), retry_after_ms: None })
    };
    room.received(0, &refused(0));
    room.received(0, &refused(7));
    room.say("now".into(), None, false);
    assert_eq!(room.outgoing()[0].text, "text 1");
    let nonce = room.outgoing()[6].nonce.clone();
    let taken = room.take_back(&nonce).unwrap();
    assert_eq!((taken.text.as_str(), taken.reply.map(|reply| reply.id).as_deref()), ("text 7", Some("root")));
}

#[test]
fn a_question_that_is_asked_again_is_the_same_until_it_is_known_to_have_come() {
    let mut room = room();
    let nonce = |request: &str| match serde_json::from_str::<Request>(request).unwrap().command {
        Command::AskQuestion { nonce, .. } => nonce,
        other => panic!("{other:?}"),
    };
    assert_eq!(room.ask_question("Why?".into()), None, "no connection");
    join(&mut room, 0, &[]);
    let (_, first) = room.ask_question("Why?".into()).unwrap();
    room.closed(0, None);
    join(&mut room, 0, &[]);
    let (number, again) = room.ask_question("Why?".into()).unwrap();
    assert_eq!(nonce(&first), nonce(&again));
    room.received(0, &done(number, None));
    let (_, anew) = room.ask_question("Why?".into()).unwrap();
    assert_ne!(nonce(&first), nonce(&anew), "it came: this is another");
    let (_, other) = room.ask_question("How?".into()).unwrap();
    assert_ne!(nonce(&anew), nonce(&other));
}

#[test]
fn what_is_written_in_a_thread_answers_what_is_there_of_it() {
    let mut room = room();
    join(&mut room, 0, &["root", "other"]);
    let answer = |id: &str| {
        let reply = klieg_api::room::Reply {
            id: "root".into(),
            thread: "root".into(),
            author: message("root", false).author,
            text: String::new(),
        };
        Event::Message { message: Message { reply: Some(reply), ..message(id, false) } }
    };
    for (offset, id) in [(1, "a"), (2, "b")] {
        room.received(0, &text(&Frame::Event { room: "ada".parse().unwrap(), offset, on: None, event: answer(id) }));
    }
    let answered = |room: &Room| room.lines().answered_in("root").map(|message| message.id.clone());
    assert_eq!(answered(&room).as_deref(), Some("root"));
    let gone = Event::Deleted { messages: vec!["root".into()], by_moderator: true };
    room.received(0, &text(&Frame::Event { room: "ada".parse().unwrap(), offset: 3, on: None, event: gone }));
    assert_eq!(answered(&room).as_deref(), Some("b"));
}

#[test]
fn what_waits_and_is_discarded_is_known_to_be_whatever_happens_meanwhile() {
    let mut room = room();
    join(&mut room, 0, &[]);
    let held =
        |id, message: &str| text(&Frame::Done { id, message: Some(message.to_owned()), held: true, shown: false });
    let discarded = |message: &str, by_author| {
        text(&Frame::Discarded { room: "ada".parse().unwrap(), message: message.to_owned(), by_author })
    };
    for id in ["a", "b", "c"] {
        let sent = room.say(format!("see example.org/{id}"), None, false);
        room.received(0, &held(id_of(&sent[0]), id));
    }
    room.received(0, &discarded("a", false));
    assert_eq!(room.outgoing()[0].progress, Progress::Discarded);
    let nonces: Vec<String> = room.outgoing().iter().map(|outgoing| outgoing.nonce.clone()).collect();
    assert_eq!(room.take_back(&nonces[0]).map(|taken| taken.text).as_deref(), Some("see example.org/a"));
    // One takes it back oneself.
    let sent = room.withdraw(&nonces[1]);
    assert!(sent[0].contains(r#""do":"delete","room":"ada","message":"b""#), "{}", sent[0]);
    room.received(0, &discarded("b", true));
    assert_eq!(room.outgoing().len(), 1);
    // Without a connection nobody says what becomes of it: that is asked afterwards.
    room.closed(0, Some(1006));
    let again = join(&mut room, 0, &[]);
    assert_eq!((again.len(), &room.outgoing()[0].progress), (1, &Progress::Held(Some("c".into()))));
    room.received(0, &done(id_of(&again[0]), Some("c")));
    room.received(0, &discarded("c", false));
    assert_eq!(room.outgoing()[0].progress, Progress::Discarded);
    assert!(room.withdraw(&nonces[2]).is_empty());
}

#[test]
fn what_everybody_was_shown_while_one_was_away_is_not_on_its_way_any_more() {
    let mut room = room();
    join(&mut room, 0, &[]);
    let answer =
        |id, message: &str, held, shown| text(&Frame::Done { id, message: Some(message.to_owned()), held, shown });
    let waiting = room.say("see example.org".into(), None, false);
    room.received(0, &answer(id_of(&waiting[0]), "waits", true, false));
    let unanswered = room.say("hello".into(), None, false);
    assert_eq!(unanswered.len(), 1);
    room.closed(0, Some(1006));
    // So much was said meanwhile that neither is among the latest.
    let again = join(&mut room, 900, &["later"]);
    assert_eq!(again.len(), 2);
    room.received(0, &answer(id_of(&again[0]), "waits", false, true));
    room.received(0, &answer(id_of(&again[1]), "said", false, true));
    assert!(room.outgoing().is_empty());
    // What is said now is seen in a moment.
    let now = room.say("I am back".into(), None, false);
    room.received(0, &answer(id_of(&now[0]), "new", false, true));
    assert_eq!(room.outgoing()[0].progress, Progress::Kept("new".into()));
    room.received(0, &event(901, "new"));
    assert!(room.outgoing().is_empty());
}

proptest! {
    #[test]
    fn nothing_the_server_says_makes_it_panic(texts in proptest::collection::vec(".{0,80}", 0..20)) {
        let mut room = room();
        for text in texts {
            room.received(0, &text);
        }
    }
}
