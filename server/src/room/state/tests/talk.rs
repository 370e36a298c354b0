//! What is said, answered, put to it and voted for.

use klieg_api::points::RewardTerms;
use klieg_api::room::{Badge, Message, Role};

use super::*;
use crate::room::record::QuestionRecord;

#[test]
fn everybody_hears_it_at_once_and_who_said_it_is_answered_when_it_is_kept() {
    let mut world = World::new();
    let (bob, guest) = (world.come(Some(2)), world.come(None));
    world.say(bob, "hello");
    assert_eq!(world.shown(guest), ["hello"]);
    assert_eq!(world.last(bob), Some(&Progress::Sent));
    world.keep_all();
    assert_eq!(world.last(bob), None);
    assert!(matches!(world.records[0], Record::Said(_)));
}

#[test]
fn what_cannot_be_kept_is_taken_back() {
    let mut world = World::new();
    let (bob, guest) = (world.come(Some(2)), world.come(None));
    world.say(bob, "hello");
    let ticket = world.unkept.remove(0);
    world.room.lost(ticket, &world.now());
    world.deliver();
    assert!(world.shown(guest).is_empty());
    assert_eq!(world.refusal(bob), Some("/problems/unavailable"));
}

#[test]
fn guests_read_only() {
    let mut world = World::new();
    let guest = world.come(None);
    world.say(guest, "hello");
    assert_eq!(world.refusal(guest), Some("/problems/unauthenticated"));
    assert_eq!(world.client(guest).you().role, Role::Guest);
}

#[test]
fn twenty_messages_in_five_seconds_and_the_wait_is_said() {
    let mut world = World::new();
    let bob = world.come(Some(2));
    for number in 0..20 {
        world.say(bob, &format!("number {number}"));
        world.pass(10);
    }
    world.keep_all();
    world.say(bob, "one more");
    let Some(Progress::Refused(_, Some(wait))) = world.last(bob) else { panic!("{:?}", world.last(bob)) };
    assert!((4_000..=5_000).contains(wait), "{wait}");
    world.pass(5_000);
    world.say(bob, "later");
    assert_eq!(world.last(bob), Some(&Progress::Sent));
}

#[test]
fn a_crowd_of_reactions_is_told_at_once_and_is_no_event() {
    let mut world = World::new();
    let bob = world.come(Some(2));
    world.say(bob, "hello");
    let message = world.client(bob).lines().iter().next().unwrap().id.clone();
    let before = world.room.history.offset();
    for who in 10..40 {
        let fan = world.come(Some(who));
        let react = Command::React { room: channel(), message: message.clone(), emoji: "🔥".into(), on: true };
        assert_eq!(world.ask(fan, react.clone()), None);
        assert_eq!(world.ask(fan, react), None, "twice is once");
        assert_eq!(world.ask(fan, Command::Cheer { room: channel(), emoji: "🎉".into() }), None);
    }
    world.pass(400);
    assert_eq!(world.room.history.offset(), before);
    assert_eq!(world.client(bob).lines().iter().next().unwrap().reactions[0].count, 30);
    assert_eq!(world.client(bob).take_cheers()[0].count, 30);
    let react = Command::React { room: channel(), message, emoji: "not one".into(), on: true };
    assert_eq!(world.ask(bob, react).as_deref(), Some("/problems/invalid-request"));
}

#[test]
fn ones_own_reactions_are_known_in_every_window_and_after_coming_back() {
    let mut world = World::new();
    let (bob, window, cleo) = (world.come(Some(2)), world.come(Some(2)), world.come(Some(3)));
    world.say(bob, "hello");
    let message = world.client(bob).lines().iter().next().unwrap().id.clone();
    let react = |emoji: &str, on| Command::React { room: channel(), message: message.clone(), emoji: emoji.into(), on };
    for emoji in ["🔥", "🎉"] {
        assert_eq!(world.ask(bob, react(emoji, true)), None);
    }
    world.keep_all();
    assert_eq!(world.ask(window, react("🔥", false)), None);
    world.keep_all();
    let late = world.come(Some(2));
    for client in [bob, window, late] {
        assert_eq!(world.client(client).reacted(&message), ["🎉"]);
    }
    assert!(world.client(cleo).reacted(&message).is_empty());
    // Whoever asks for what is so already is told that it is: they believed otherwise.
    let now = world.now();
    world.room.react(Asked { client: bob, id: 1 << 20 }, &now, &message, "🎉", true);
    let is_own = |out: &Out| match out {
        Out::One(client, frames) => *client == bob && texts(frames).iter().any(|text| text.contains("own_reactions")),
        _ => false,
    };
    assert!(world.room.take().iter().any(is_own));
    // One that could not be kept is none.
    world.ask(window, react("👏", true));
    assert_eq!(world.client(bob).reacted(&message), ["🎉", "👏"]);
    world.lose_all();
    assert_eq!(world.client(bob).reacted(&message), ["🎉"]);
}

#[test]
fn replies_stay_in_their_thread_and_lose_the_text_of_what_is_deleted() {
    let mut world = World::new();
    let (bob, cleo) = (world.come(Some(2)), world.come(Some(3)));
    world.say(bob, "first");
    for text in ["second", "third"] {
        let last = world.client(cleo).lines().iter().last().unwrap().clone();
        let requests = world.client(cleo).say(text.into(), Some(&last), false);
        world.carry(cleo, requests);
    }
    let lines: Vec<Message> = world.client(bob).lines().iter().map(|message| message.as_ref().clone()).collect();
    let [first, second, third] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(second.reply.as_ref().unwrap().thread, first.id);
    assert_eq!(third.reply.as_ref().unwrap().thread, first.id);
    assert_eq!(third.reply.as_ref().unwrap().text, "second");
    assert_eq!(
        world.ask(cleo, Command::Delete { room: channel(), message: first.id.clone() }).as_deref(),
        Some("/problems/forbidden")
    );
    assert_eq!(world.ask(bob, Command::Delete { room: channel(), message: first.id.clone() }), None);
    assert_eq!(world.client(cleo).lines().iter().next().unwrap().reply.as_ref().unwrap().text, "");
    let late = world.come(None);
    assert_eq!(world.shown(late), ["second", "third"]);
    assert_eq!(world.client(late).lines().iter().next().unwrap().reply.as_ref().unwrap().text, "");
}

#[test]
fn what_is_pinned_is_unpinned_when_it_is_deleted() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.say(bob, "rules");
    let message = world.client(ada).lines().iter().next().unwrap().id.clone();
    let pin = Command::Pin { room: channel(), message: Some(message.clone()) };
    assert_eq!(world.ask(bob, pin.clone()).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(ada, pin), None);
    assert!(world.client(bob).pinned().is_some());
    assert_eq!(world.ask(bob, Command::Delete { room: channel(), message }), None);
    assert!(world.client(ada).pinned().is_none());
}

#[test]
fn what_is_pinned_stays_however_much_is_said_after_it_and_can_be_deleted_then() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.say(bob, "rules");
    let message = world.client(ada).lines().iter().next().unwrap().id.clone();
    let pin = |message| Command::Pin { room: channel(), message };
    assert_eq!(world.ask(ada, pin(Some(message.clone()))), None);
    let talk = |world: &mut World| {
        for number in 0..1_010 {
            world.say(ada, &format!("number {number}"));
            world.keep_all();
            world.pass(300);
        }
    };
    talk(&mut world);
    let pinned = |world: &mut World| {
        let late = world.come(None);
        world.client(late).pinned().map(|message| message.text.clone())
    };
    assert_eq!(pinned(&mut world).as_deref(), Some("rules"));
    // Another one cannot be kept: it is what is pinned again.
    let last = world.client(ada).lines().iter().last().unwrap().id.clone();
    assert_eq!(world.ask(ada, pin(Some(last))), None);
    world.lose_all();
    assert_eq!(pinned(&mut world).as_deref(), Some("rules"));
    // So it is after the room was opened again.
    let said = world.room.history.pinned().unwrap().clone();
    let latest = world.records.iter().filter_map(|record| match record {
        Record::Said(said) => Some(Said::clone(said)),
        _ => None,
    });
    let messages: Vec<Said> = latest.skip(11).collect();
    let mut world = World::with(Kept { seq: 1_011, pinned: Some(said), messages, ..unused() });
    (world.said, world.connections) = (5_000, 5_000);
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    assert_eq!(pinned(&mut world).as_deref(), Some("rules"));
    for number in 0..10 {
        world.say(ada, &format!("once more {number}"));
    }
    assert_eq!(pinned(&mut world).as_deref(), Some("rules"));
    assert_eq!(world.ask(bob, Command::Delete { room: channel(), message }), None);
    assert_eq!(pinned(&mut world), None);
}

#[test]
fn everybody_votes_once_and_the_poll_ends_by_itself() {
    let mut world = World::new();
    let (ada, bob, guest) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(None));
    let start = |options: &[&str]| Command::StartPoll {
        room: channel(),
        question: "Which song?".into(),
        options: options.iter().map(ToString::to_string).collect(),
        seconds: 60,
    };
    assert_eq!(world.ask(bob, start(&["Blue", "Red"])).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(ada, start(&["Blue"])).as_deref(), Some("/problems/invalid-request"));
    assert_eq!(world.ask(ada, start(&["Blue", "Red"])), None);
    assert_eq!(world.ask(ada, start(&["Again", "No"])).as_deref(), Some("/problems/poll-is-on"));
    let poll = world.client(bob).together().poll().unwrap().id.clone();
    let vote = |option| Command::Vote { room: channel(), poll: poll.clone(), option };
    assert_eq!(world.ask(guest, vote(0)).as_deref(), Some("/problems/unauthenticated"));
    assert_eq!(world.ask(bob, vote(2)).as_deref(), Some("/problems/not-found"));
    for (option, who) in [(0, bob), (0, bob), (1, bob), (1, ada)] {
        assert_eq!(world.ask(who, vote(option)), None);
    }
    assert_eq!(world.client(bob).you().voted, Some(1));
    world.pass(1_000);
    let votes = |world: &mut World, id| -> Vec<u32> {
        world.client(id).together().poll().unwrap().options.iter().map(|option| option.votes).collect()
    };
    assert_eq!(votes(&mut world, guest), [0, 2]);
    assert_eq!(world.client(guest).together().poll().map(|poll| poll.percent(&poll.options[1])), Some(100));
    let bob = world.reconnect(bob);
    assert_eq!(world.client(bob).you().voted, Some(1));

    world.pass(59_000);
    assert!(world.client(guest).together().poll().unwrap().ended);
    assert_eq!(world.ask(bob, vote(0)).as_deref(), Some("/problems/poll-ended"));
    assert_eq!(world.ask(ada, start(&["Once", "More"])), None);
    assert_eq!(world.client(bob).you().voted, None);
    let late = world.come(None);
    assert_eq!(votes(&mut world, late), [0, 0]);
}

#[test]
fn who_was_away_has_all_that_was_said_meanwhile_also_if_they_read_no_more_than_one_can() {
    let mut world = World { each_takes: 300, ..World::new() };
    let (bob, all, reader) = (world.come(Some(2)), world.come(None), world.come(None));
    world.client(reader).set_sampling(true, None);
    world.say(bob, "before");
    let away = [world.cut(all), world.cut(reader)];
    for round in 0..4 {
        for number in 0..12 {
            world.say(bob, &format!("number {number} of {round}"));
        }
        world.keep_all();
        world.pass(2_000);
    }
    for seat in away {
        let id = world.connect(seat);
        assert_eq!(world.shown(id).len(), 49);
        assert_eq!(world.shown(id), world.shown(bob));
    }
}

#[test]
fn presence_is_told_now_and_then() {
    let mut world = World::new();
    // Guests: who has an account is counted every minute.
    let bob = world.come(None);
    assert_eq!(world.pass(0), None);
    for _ in 0..50 {
        world.come(None);
    }
    assert_eq!(world.pass(0), Some(world.now + 2_000));
    assert_eq!(world.pass(2_000), None);
    assert_eq!(world.client(bob).present(), 51);
    // Somebody with two windows and a program is one person, who is there until they close both.
    let windows = [world.come(Some(2)), world.come(Some(2))];
    let program = Facts { is_program: true, ..facts(2) };
    let now = world.now();
    world.room.join(&now, Asked { client: ClientId(900), id: 1 }, Some(program), None);
    world.pass(2_000);
    for (window, present) in [(None, 52), (Some(windows[0]), 52), (Some(windows[1]), 51)] {
        if let Some(window) = window {
            world.room.leave(window, &world.now());
        }
        world.pass(2_000);
        assert_eq!(world.client(bob).present(), present);
    }
    // Who comes just before another one goes is told that as well, though all others know the number.
    world.pass(2_000);
    let dora = world.come(None);
    assert_eq!(world.client(dora).present(), 52);
    world.room.leave(bob, &world.now());
    world.pass(2_000);
    assert_eq!(world.client(dora).present(), 51);
}

#[test]
fn a_snapshot_says_what_time_it_is_however_long_nothing_was_said() {
    let mut world = World::new();
    let mut told = |after| {
        world.pass(after);
        let (asked, now) = (Asked { client: ClientId(1 << 20), id: 1 }, world.now());
        world.room.join(&now, asked, None, None);
        let frames = world.room.take().into_iter().filter_map(|out| match out {
            Out::Snapshot(_, frames) => Some(texts(&frames)),
            _ => None,
        });
        let at = frames.flatten().find_map(|text| match serde_json::from_str(&text) {
            Ok(Frame::Snapshot { at, .. }) => at,
            _ => None,
        });
        millis(at.unwrap()) - now.at
    };
    assert_eq!([told(0), told(60_000), told(10), told(600)], [0, 0, -10, 0]);
}

#[test]
fn whatever_a_program_writes_is_marked_as_a_programs() {
    let mut world = World::new();
    let creator = world.come(Some(CREATOR));
    world.set(creator, SettingsChange { questions: Some(true), ..SettingsChange::default() });
    let reward = RewardTerms { title: "Pick a song".into(), cost: 400, asks: true, waits: true, paused: false };
    world.ask(creator, Command::SaveReward { room: channel(), replaces: None, reward });
    let (reward, now) = (world.room.rewards.list()[0].id.clone(), world.now());
    for (client, is_program) in [(ClientId(900), true), (ClientId(901), false)] {
        let (asked, nonce) = (Asked { client, id: 1 }, |of: &str| format!("{of}{is_program}"));
        world.room.join(&now, asked, Some(Facts { is_program, ..facts(2) }), None);
        let text = format!("a program: {is_program}");
        let saying = Saying { text: text.clone(), nonce: nonce("say"), reply_to: None, announcement: false };
        world.room.say(&now, asked, Uuid::now_v7(), &saying);
        let text = format!("song of {text}");
        let redeeming = Redeeming { reward: reward.clone(), text: text.clone(), nonce: nonce("redeem"), cost: 400 };
        world.room.redeem(asked, &now, Uuid::now_v7(), &redeeming);
        world.room.ask_question(asked, &now, Uuid::now_v7(), &format!("Which {text}?"), &nonce("ask"));
    }
    world.deliver();
    let authors = world.records.iter().filter_map(|record| match record {
        Record::Question(QuestionRecord::Asked(open)) => Some(&open.question.author),
        record => record.said().map(|said| &said.message.author),
    });
    let badges: Vec<&[Badge]> = authors.map(|author| author.badges.as_slice()).collect();
    let (bot, nothing): (&[Badge], &[Badge]) = (&[Badge::Bot], &[]);
    assert_eq!(badges, [bot, bot, bot, nothing, nothing, nothing]);
}
