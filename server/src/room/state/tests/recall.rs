//! What the room does not remember: read back, and deleted all the same.

use klieg_api::room::{Author, Message, Reply};

use super::*;

/// A message as the tables have it, which nobody here remembers.
fn old(id: u128, who: u128, text: &str) -> Message {
    let author = Author { handle: name(who), name: None, badges: Vec::new() };
    Message {
        id: Uuid::from_u128(id).to_string(),
        author,
        text: text.to_owned(),
        at: crate::database::moment(1_000),
        on: None,
        reply: None,
        mentions: Vec::new(),
        reactions: Vec::new(),
        announcement: false,
        reward: None,
        preview: None,
    }
}

/// It with whose it and what it answers is.
fn past(message: Message) -> Past {
    let account = |author: &Author| Uuid::from_u128(author.handle.as_str().trim_start_matches("user").parse().unwrap());
    let answered = message.reply.as_ref().map(|reply| (account(&reply.author), 1_000));
    Past { account: account(&message.author), answered, message }
}

impl World {
    /// Somebody reads back to these messages.
    fn reads_back(&mut self, client: ClientId, messages: Vec<Message>) {
        let mut request = self.client(client).read_earlier();
        let Command::ReadMessages { before, .. } = serde_json::from_str::<Request>(&request[0]).unwrap().command else {
            panic!("{request:?}")
        };
        let messages = messages.into_iter().map(past).collect();
        self.past.push(Recalled::Before { before, messages, more: true });
        self.carry(client, std::mem::take(&mut request));
    }
}

/// A room that was opened with as much as it remembers: somebody says "hello" a thousand times, of which some answer something.
fn full(who: u128, answers: impl Fn(u128) -> Option<Reply>) -> World {
    let mut first = World::new();
    let somebody = first.come(Some(who));
    first.say(somebody, "hello");
    let Some(Record::Said(said)) = first.records.pop() else { panic!() };
    let messages = (1..=1_000).map(|seq| {
        let mut said = Said::clone(&said);
        said.message.id = Uuid::from_u128(5_000 + seq).to_string();
        said.message.reply = answers(seq);
        said.nonce = format!("n{seq}");
        said.seq = i64::try_from(seq).unwrap();
        said
    });
    World::with(Kept { messages: messages.collect(), seq: 1_000, ..unused() })
}

/// Likewise, and it is bob who says it.
fn long() -> World {
    full(2, |_| None)
}

#[test]
fn what_is_read_back_is_as_the_room_knows_it() {
    let mut world = long();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    // Deleted here, and not written down yet.
    let known = Uuid::from_u128(5_500).to_string();
    world.ask(ada, Command::Delete { room: channel(), message: known.clone() });
    world.lose_all();
    let answer = Reply { id: known.clone(), thread: known, author: old(0, 2, "").author, text: "hello".into() };
    let page = vec![
        old(1, 3, "long ago"),
        Message { reply: Some(answer), ..old(2, 3, "an answer") },
        old(5_500, 2, "hello"),
        old(5_501, 2, "as the tables have it"),
    ];
    world.reads_back(bob, page);
    assert_eq!(world.shown(bob)[..3], ["long ago", "an answer", "hello"]);
    let lines: Vec<_> = world.client(bob).lines().iter().take(2).cloned().collect();
    assert_eq!(lines[1].reply.as_ref().unwrap().text, "");
    // Whoever left before it was found is told nothing.
    let number = world.client(bob).read_earlier();
    let Request { id, .. } = serde_json::from_str(&number[0]).unwrap();
    world.room.read_messages(Asked { client: bob, id }, "x".into());
    world.room.leave(bob, &world.now());
    world.room.take();
    let found = Recalled::Before { before: "x".into(), messages: vec![past(old(3, 3, "secret"))], more: false };
    world.room.recalled(Asked { client: bob, id }, found);
    assert!(world.room.take().is_empty());
}

#[test]
fn what_was_read_back_and_is_deleted_since_is_gone_before_that_is_written() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.say(bob, "first");
    world.keep_all();
    let first = Message::clone(world.client(ada).lines().iter().next().unwrap());
    for number in 0..1_000 {
        world.say(ada, &format!("number {number}"));
        world.keep_all();
        world.pass(260);
    }
    let eve = world.come(Some(3));
    world.reads_back(eve, vec![first.clone()]);
    assert_eq!(world.shown(eve)[0], "first");
    assert_eq!(world.ask(bob, Command::Delete { room: channel(), message: first.id.clone() }), None);
    world.lose_all();
    assert_ne!(world.shown(eve)[0], "first");
    let eve = world.come(Some(4));
    world.reads_back(eve, vec![first, old(1, 3, "long ago")]);
    assert_eq!(world.shown(eve)[0], "long ago");
}

#[test]
fn what_a_ban_has_removed_is_not_read_back_before_that_is_written() {
    let mut world = long();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    let spam = old(1, 3, "spam");
    let (id, author) = (spam.id.clone(), spam.author.clone());
    let answer = Reply { id: id.clone(), thread: id, author, text: "spam".into() };
    let page = || vec![spam.clone(), Message { reply: Some(answer.clone()), ..old(2, 4, "an answer") }];
    world.ask(ada, Command::Ban { room: channel(), who: name(3), reason: String::new() });
    world.lose_all();
    world.reads_back(bob, page());
    // The ban is lifted; what it has removed stays so.
    world.ask(ada, Command::Unban { room: channel(), who: name(3) });
    let eve = world.come(Some(5));
    world.reads_back(eve, page());
    for client in [bob, eve] {
        let first = world.client(client).lines().iter().next().unwrap();
        assert_eq!((first.text.as_str(), first.reply.as_ref().unwrap().text.as_str()), ("an answer", ""));
    }
}

#[test]
fn a_ban_empties_the_quotes_of_what_it_removes_and_leaves_older_ones() {
    const DAY: i64 = 24 * 60 * 60_000;
    let mut world = long();
    world.now += 10 * DAY;
    let ada = world.come(Some(CREATOR));
    let (old, recent, now) = (5_500, 5_501, world.now);
    let answer = |world: &World, place: u128| {
        let said = world.room.history.find(&Uuid::from_u128(place).to_string()).unwrap();
        said.message.reply.clone()
    };
    for (place, at) in [(old, now - 2 * DAY), (recent, now - 1_000)] {
        let id = uuid::Builder::from_unix_timestamp_millis(at.unsigned_abs(), &[0; 10]).into_uuid().to_string();
        let author = Author { handle: name(3), name: None, badges: Vec::new() };
        let said = world.room.history.find_mut(&Uuid::from_u128(place).to_string()).unwrap();
        said.message.reply = Some(Reply { id: id.clone(), thread: id, author, text: "words".into() });
    }
    world.ask(ada, Command::Ban { room: channel(), who: name(3), reason: String::new() });
    assert_eq!(answer(&world, old).unwrap().text, "words");
    assert_eq!(answer(&world, recent).unwrap().text, "");
}

#[test]
fn so_much_is_looked_up_at_once_and_no_more() {
    let mut world = long();
    let bob = world.come(Some(2));
    for id in 0..65 {
        world.room.read_messages(Asked { client: bob, id }, "x".into());
    }
    let (mut recalls, mut refused) = (0, 0);
    for out in world.room.take() {
        match out {
            Out::Recall(..) => recalls += 1,
            Out::One(_, frames) => {
                refused += texts(&frames).iter().filter(|text| text.contains("retry_after_ms")).count();
            }
            _ => {}
        }
    }
    assert_eq!((recalls, refused), (64, 1));
    world.room.recalled(Asked { client: bob, id: 0 }, Recalled::Unknown);
    world.room.read_messages(Asked { client: bob, id: 99 }, "x".into());
    assert!(world.room.take().iter().any(|out| matches!(out, Out::Recall(..))));
}

#[test]
fn after_a_ban_who_was_there_and_who_comes_see_the_same_quotes() {
    const HOUR: u64 = 60 * 60_000;
    let now = 240 * HOUR;
    // Neither is remembered; when they were said their names tell.
    let said = |hours_ago: u64| {
        let at = now - hours_ago * HOUR;
        let id = format!("{:08x}-{:04x}-7000-8000-000000000000", at >> 16, at & 0xffff);
        let author = Author { handle: name(2), name: None, badges: Vec::new() };
        Some(Reply { thread: id.clone(), id, author, text: "what was said".into() })
    };
    let mut world = full(3, |seq| match seq {
        999 => said(48),
        1_000 => said(1),
        _ => None,
    });
    world.now = i64::try_from(now).unwrap();
    let (ada, there) = (world.come(Some(CREATOR)), world.come(None));
    assert_eq!(world.ask(ada, Command::Ban { room: channel(), who: name(2), reason: String::new() }), None);
    let late = world.come(None);
    for client in [there, late] {
        let quoted = world.client(client).lines().iter().filter_map(|line| line.reply.as_ref());
        let quoted: Vec<&str> = quoted.map(|reply| reply.text.as_str()).collect();
        assert_eq!(quoted, ["what was said", ""]);
    }
}
