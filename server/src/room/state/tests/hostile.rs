//! What is thrown at a room: floods, other people's rights, names that mean nothing.

use klieg_api::room::{FilterAction, Role};
use proptest::prelude::*;

use super::*;

/// As long as a message may be, in bytes as well.
fn long(number: usize) -> String {
    format!("{number} {}", "👍🏽".repeat(480))
}

fn react(message: &str, emoji: &str, on: bool) -> Command {
    Command::React { room: channel(), message: message.to_owned(), emoji: emoji.to_owned(), on }
}

/// What a connection that is in the room is told when it joins after `offset`.
fn rejoin(world: &mut World, offset: u64) -> Vec<u8> {
    let (asked, now) = (Asked { client: ClientId(9_999), id: 1 }, world.now());
    world.room.leave(asked.client, &now);
    world.room.take();
    world.room.join(&now, asked, None, Some(&Position { epoch: "epoch".into(), offset }));
    let mut told = Vec::new();
    for out in world.room.take() {
        if let Out::One(_, frames) | Out::Snapshot(_, frames) = out {
            told.extend_from_slice(&frames);
        }
    }
    told
}

#[test]
fn what_is_too_much_to_send_again_is_a_snapshot() {
    let mut world = World::new();
    let bob = world.come(Some(2));
    for number in 0..180 {
        world.say(bob, &long(number));
        world.keep_all();
        world.pass(300);
    }
    let is_snapshot = |told: &[u8]| texts(told).iter().any(|text| text.contains(r#""is":"snapshot""#));
    let all = rejoin(&mut world, 0);
    assert!(is_snapshot(&all));
    assert!(all.len() < 256 << 10, "{} bytes", all.len());
    let last = rejoin(&mut world, 177);
    assert!(!is_snapshot(&last));
    assert_eq!(texts(&last).iter().filter(|text| text.contains(r#""event":"message""#)).count(), 3);
    // Nor does a place that never was, or is yet to come, make more of it.
    for offset in [181, u64::MAX] {
        assert!(is_snapshot(&rejoin(&mut world, offset)));
    }
}

#[test]
fn the_last_thousand_of_a_talk_are_sent_again() {
    let mut world = World::new();
    let bob = world.come(Some(2));
    for number in 0..1_000 {
        world.say(bob, &format!("{number} {}", "x".repeat(350)));
        world.keep_all();
        world.pass(300);
    }
    let all = rejoin(&mut world, 0);
    assert_eq!(texts(&all).iter().filter(|text| text.contains(r#""event":"message""#)).count(), 1_000);
    assert!((512 << 10..640 << 10).contains(&all.len()), "{} bytes", all.len());
}

#[test]
fn a_message_wears_so_many_emoji_and_nothing_but_emoji() {
    let mut world = World::new();
    let bob = world.come(Some(2));
    world.say(bob, "hello");
    let message = world.client(bob).lines().iter().next().unwrap().id.clone();
    let emoji: Vec<String> = ('\u{1f600}'..='\u{1f614}').map(String::from).collect();
    for some in &emoji[..20] {
        assert_eq!(world.ask(bob, react(&message, some, true)), None);
    }
    world.pass(5_000);
    assert_eq!(world.ask(bob, react(&message, &emoji[20], true)).as_deref(), Some("/problems/too-many-reactions"));
    assert_eq!(world.ask(bob, react(&message, &emoji[0], false)), None);
    assert_eq!(world.ask(bob, react(&message, &emoji[20], true)), None, "there is room again");
    let piled = format!("👍{}", "\u{300}".repeat(10));
    for other in [piled.as_str(), "<b>", "👍👍", "", "x"] {
        assert_eq!(world.ask(bob, react(&message, other, true)).as_deref(), Some("/problems/invalid-request"));
        let cheer = Command::Cheer { room: channel(), emoji: other.to_owned() };
        assert_eq!(world.ask(bob, cheer).as_deref(), Some("/problems/invalid-request"));
    }
}

#[test]
fn one_person_reacts_and_votes_so_often_on_however_many_connections() {
    let mut world = World::new();
    let (ada, bob, window) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(2)));
    world.say(ada, "hello");
    world.set(ada, SettingsChange { questions: Some(true), ..SettingsChange::default() });
    world.ask(ada, lost::poll());
    world.question(ada, "Which lens?", "q");
    world.keep_all();
    let message = world.client(bob).lines().iter().next().unwrap().id.clone();
    let question = world.client(bob).together().questions()[0].id.clone();
    let poll = world.client(bob).together().poll().unwrap().id.clone();
    let room = channel;
    for turn in 0..4 {
        let on = turn % 2 == 0;
        for (client, command) in [
            (bob, react(&message, "👍", on)),
            (window, react(&message, "🎉", on)),
            (bob, Command::Cheer { room: room(), emoji: "🎉".into() }),
            (window, Command::Vote { room: room(), poll: poll.clone(), option: turn % 2 }),
            (bob, Command::VoteQuestion { room: room(), question: question.clone(), on }),
        ] {
            assert_eq!(world.ask(client, command), None);
        }
        world.pass(100);
    }
    let before = world.records.len();
    for command in [
        react(&message, "👍", true),
        Command::Cheer { room: room(), emoji: "🎉".into() },
        Command::Vote { room: room(), poll, option: 2 },
        Command::VoteQuestion { room: room(), question, on: true },
    ] {
        for client in [bob, window] {
            assert_eq!(world.ask(client, command.clone()).as_deref(), Some("/problems/too-many-requests"));
        }
    }
    assert_eq!(world.records.len(), before);
    assert_eq!(world.client(bob).trouble().unwrap().detail.as_deref(), Some("Wait 5 s and try again."));
    assert_eq!(world.ask(ada, react(&message, "👍", true)), None, "others may");
    world.pass(5_000);
    assert_eq!(world.ask(window, react(&message, "👍", true)), None);
}

#[test]
fn so_many_messages_wait_for_a_moderator_and_no_more() {
    let mut world = World::new();
    let ada = world.come(Some(CREATOR));
    world.set(ada, SettingsChange { hold_links: Some(true), ..SettingsChange::default() });
    for who in 10..30 {
        let person = world.come(Some(who));
        for number in 0..10 {
            world.say(person, &format!("see example.org/{who}-{number}"));
        }
    }
    assert_eq!(world.client(ada).held().len(), 200);
    let late = world.come(Some(30));
    world.say(late, "see example.org/late");
    let Some(Progress::Refused(problem, Some(_))) = world.last(late) else { panic!("{:?}", world.last(late)) };
    assert_eq!(problem.kind, "/problems/unavailable");
    world.say(late, "without a link");
    assert_eq!(world.shown(ada), ["without a link"], "the talk goes on");
    let first = world.client(ada).held()[0].message.id.clone();
    assert_eq!(world.ask(ada, Command::Review { room: channel(), message: first, approve: false }), None);
    world.say(late, "see example.org/later");
    world.keep_all();
    assert!(matches!(world.last(late), Some(Progress::Held(_))));
}

#[test]
fn ten_messages_of_one_person_wait_for_a_moderator_and_leave_the_others_their_places() {
    let mut world = World::new();
    let (ada, bob, window, cleo) =
        (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(2)), world.come(Some(3)));
    world.set(ada, SettingsChange { hold_links: Some(true), ..SettingsChange::default() });
    for number in 0..10 {
        world.say(bob, &format!("see example.org/{number}"));
    }
    for client in [bob, window] {
        world.say(client, "see example.org/more");
        let Some(Progress::Refused(problem, None)) = world.last(client) else { panic!("{:?}", world.last(client)) };
        let reason = problem.reason.as_ref().unwrap();
        assert_eq!((problem.status, reason.name.as_str(), &reason.numbers[..]), (429, "held-own", &[10][..]));
    }
    world.say(cleo, "see example.org/cleo");
    world.say(bob, "without a link");
    assert_eq!((world.client(ada).held().len(), world.shown(ada)), (11, vec!["without a link"]));
    let first = world.client(ada).held()[0].message.id.clone();
    assert_eq!(world.ask(ada, Command::Review { room: channel(), message: first, approve: true }), None);
    world.say(bob, "see example.org/again");
    world.keep_all();
    assert!(matches!(world.last(bob), Some(Progress::Held(_))));
}

#[test]
fn a_moderator_discards_at_one_stroke_what_waits_as_far_as_they_have_seen_it() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.set(ada, SettingsChange { hold_links: Some(true), ..SettingsChange::default() });
    for number in 0..3 {
        world.say(bob, &format!("see example.org/{number}"));
    }
    let seen: Vec<String> = world.client(ada).held().iter().map(|held| held.message.id.clone()).collect();
    world.say(bob, "see example.org/unseen");
    world.say(bob, "without a link");
    world.keep_all();
    // What is shown does not wait.
    let discard = Command::DiscardHeld { room: channel(), messages: [seen.clone(), world.told.clone()].concat() };
    assert_eq!(world.ask(bob, discard.clone()).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(ada, discard), None);
    let kept = world.records.iter().rev().find_map(|record| match record {
        Record::State { messages, act: Some(act), .. } => Some((messages.clone(), act.action)),
        _ => None,
    });
    assert_eq!(kept, Some((seen, "discard_held")));
    world.keep_all();
    let waits: Vec<&str> = world.client(ada).held().iter().map(|held| held.message.text.as_str()).collect();
    assert_eq!(waits, ["see example.org/unseen"]);
    assert_eq!(world.shown(bob), ["without a link"]);
}

#[test]
fn a_moderator_who_comes_is_told_no_more_of_what_waits_than_they_can_take() {
    let mut first = World::new();
    let (ada, bob) = (first.come(Some(CREATOR)), first.come(Some(2)));
    first.set(ada, SettingsChange { hold_links: Some(true), ..SettingsChange::default() });
    first.say(bob, "see example.org");
    let Some(Record::Said(said)) = first.records.pop() else { panic!("{:?}", first.records) };
    let held = (1..=4_000).map(|seq: i64| {
        let mut said = Said::clone(&said);
        said.message.id = Uuid::from_u128(seq.unsigned_abs().into()).to_string();
        said.message.text = "x".repeat(2_000);
        (said.nonce, said.seq) = (format!("n{seq}"), seq);
        said.release_at = (seq % 2 == 0).then_some(i64::MAX);
        said
    });
    let mut world = World::with(Kept { messages: held.collect(), seq: 4_000, ..unused() });
    let (client, now) = (ClientId(1), world.now());
    world.room.join(&now, Asked { client, id: 1 }, Some(facts(CREATOR)), None);
    let (mut bytes, mut told) = (0, Vec::new());
    for out in world.room.take() {
        if let Out::One(_, frames) | Out::Snapshot(_, frames) = out {
            bytes += frames.len();
            told.extend(texts(&frames).into_iter().filter(|text| text.contains(r#""is":"held""#)));
        }
    }
    assert!((200 << 10..512 << 10).contains(&bytes), "{bytes}");
    let latest = Uuid::from_u128(4_000).to_string();
    assert!(told.last().unwrap().contains(&latest), "the latest of it");
}

#[test]
fn who_is_a_moderator_no_more_can_and_knows_no_more_than_others() {
    let mut world = World::new();
    let (ada, bob, cleo) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(3)));
    let appoint = |moderator| Command::Appoint { room: channel(), who: name(3), moderator, rights: None };
    assert_eq!(world.ask(ada, appoint(true)), None);
    let filter = Filter { pattern: "spam".into(), action: FilterAction::Hold };
    assert_eq!(world.ask(cleo, Command::AddFilter { room: channel(), filter: filter.clone() }), None);
    world.say(bob, "spam");
    assert_eq!((world.client(cleo).filters().len(), world.client(cleo).held().len()), (1, 1));
    let waiting = world.client(cleo).held()[0].message.id.clone();

    assert_eq!(world.ask(ada, appoint(false)), None);
    assert_eq!(world.client(cleo).you().role, Role::Viewer);
    assert_eq!((world.client(cleo).filters().len(), world.client(cleo).held().len()), (0, 0));
    for command in [
        Command::Review { room: channel(), message: waiting, approve: true },
        Command::AddFilter { room: channel(), filter },
        Command::Ban { room: channel(), who: name(2), reason: String::new() },
        Command::Set { room: channel(), settings: SettingsChange::default() },
    ] {
        assert_eq!(world.ask(cleo, command).as_deref(), Some("/problems/forbidden"));
    }
    world.say(bob, "more spam");
    assert_eq!(world.client(ada).held().len(), 2);
    assert!(world.client(cleo).held().is_empty(), "what waits is not told any more");
}

/// Says something past the client: what this connection is answered.
fn say_under(world: &mut World, client: ClientId, nonce: &str) -> String {
    world.said += 1;
    let (id, now) = (Uuid::from_u128(world.said), world.now());
    let saying =
        Saying { text: format!("text {}", world.said), nonce: nonce.to_owned(), reply_to: None, announcement: false };
    world.room.say(&now, Asked { client, id: 7 }, id, &saying);
    let mut answer = String::new();
    for out in world.room.take() {
        match out {
            Out::One(to, frames) if to == client => answer.push_str(&texts(&frames).concat()),
            Out::Keep(ticket, record) => {
                world.unkept.push(ticket);
                world.records.push(record);
            }
            _ => {}
        }
    }
    answer
}

#[test]
fn a_nonce_is_short_and_visible_and_each_persons_own() {
    let mut world = World::new();
    let (bob, cleo) = (world.come(Some(2)), world.come(Some(3)));
    for nonce in ["", " ", "a b", "a\nb", "ä", "\u{202e}", &"n".repeat(41)] {
        let answer = say_under(&mut world, bob, nonce);
        assert!(answer.contains("/problems/invalid-request"), "{nonce:?}: {answer}");
    }
    assert!(world.records.is_empty());
    for who in [bob, cleo, bob] {
        let answer = say_under(&mut world, who, "same");
        assert!(!answer.contains("refused"), "{answer}");
    }
    assert_eq!(world.records.len(), 2, "one of each, and the same again is the same");
}

/// Something that somebody may ask, with what they may make up.
fn anything() -> impl Strategy<Value = Command> {
    let text = "\\PC{0,40}";
    let id = || prop_oneof![(1_001_u128..1_006).prop_map(|id| Uuid::from_u128(id).to_string()), text];
    let emoji = prop_oneof![Just("👍".to_owned()), text];
    let who = || (1_u128..5).prop_map(name);
    prop_oneof![
        4 => (text, "[!-~]{0,42}", proptest::option::of(id()), any::<bool>()).prop_map(
            |(text, nonce, reply_to, announcement)| {
                Command::Say { room: channel(), text, nonce, reply_to, announcement }
            }
        ),
        2 => (id(), emoji, any::<bool>())
            .prop_map(|(message, emoji, on)| Command::React { room: channel(), message, emoji, on }),
        2 => id().prop_map(|message| Command::Delete { room: channel(), message }),
        2 => (id(), 0_u32..3).prop_map(|(poll, option)| Command::Vote { room: channel(), poll, option }),
        1 => text.prop_map(|emoji| Command::Cheer { room: channel(), emoji }),
        1 => any::<bool>().prop_map(|playing| Command::Watch { room: channel(), playing }),
        1 => proptest::option::of(id()).prop_map(|message| Command::Pin { room: channel(), message }),
        1 => (who(), any::<u32>(), text)
            .prop_map(|(who, seconds, reason)| Command::TimeOut { room: channel(), who, seconds, reason }),
        1 => (who(), text).prop_map(|(who, reason)| Command::Ban { room: channel(), who, reason }),
        1 => who().prop_map(|who| Command::Unban { room: channel(), who }),
        1 => (id(), any::<bool>())
            .prop_map(|(message, approve)| Command::Review { room: channel(), message, approve }),
        1 => (who(), any::<bool>())
            .prop_map(|(who, moderator)| Command::Appoint { room: channel(), who, moderator, rights: None }),
        1 => (text, proptest::collection::vec(text, 0..8), any::<u32>()).prop_map(
            |(question, options, seconds)| Command::StartPoll { room: channel(), question, options, seconds }
        ),
        1 => id().prop_map(|poll| Command::EndPoll { room: channel(), poll }),
        1 => text.prop_map(|pattern| {
            Command::AddFilter { room: channel(), filter: Filter { pattern, action: FilterAction::Refuse } }
        }),
        1 => text.prop_map(|pattern| Command::RemoveFilter { room: channel(), pattern }),
        1 => any::<u32>().prop_map(|slow_s| {
            let settings = SettingsChange { slow_s: Some(slow_s), shield: Some(true), ..SettingsChange::default() };
            Command::Set { room: channel(), settings }
        }),
    ]
}

proptest! {
    /// Whatever viewers and guests ask, they write, react, vote and delete what is their own, and nothing else happens.
    #[test]
    fn who_keeps_no_order_changes_none(asked in proptest::collection::vec((0_usize..3, anything()), 1..60)) {
        let mut world = World::new();
        let ada = world.come(Some(CREATOR));
        world.say(ada, "what the creator said");
        let poll = Command::StartPoll {
            room: channel(),
            question: "Which song?".into(),
            options: vec!["Blue".into(), "Red".into()],
            seconds: 1_800,
        };
        prop_assert_eq!(world.ask(ada, poll), None);
        let before = world.records.len();
        let others = [world.come(Some(2)), world.come(Some(3)), world.come(None)];
        for (who, command) in asked {
            world.ask(others[who], command);
        }
        let is_ones_own = |record: &Record| match record {
            Record::Said(_) | Record::Reaction { .. } | Record::Vote { .. } => true,
            Record::State { act, .. } => act.is_none(),
            _ => false,
        };
        let changed: Vec<&Record> = world.records.iter().skip(before).filter(|record| !is_ones_own(record)).collect();
        let is_unchanged = changed.is_empty();
        prop_assert!(is_unchanged, "{changed:?}");
        let is_first_said = world.shown(ada).first().is_some_and(|text| *text == "what the creator said");
        prop_assert!(is_first_said);
        for client in others {
            prop_assert_eq!(world.seats[&client].closed, None);
        }
    }
}
