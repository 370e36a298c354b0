//! The room against clients as they really are: each test's clients are those of `klieg-core`.

use std::collections::HashMap;

use klieg_api::live::{Command, Request};
use klieg_api::room::{Role, SettingsChange};
use klieg_core::room::{Link, Progress, Room as ClientRoom};
use proptest::prelude::*;

use super::*;
use crate::database::moment;

const CREATOR: u128 = 1;

/// A room, those who are connected to it, and a journal that keeps things when it is told to.
struct World {
    room: Room,
    now: i64,
    seats: HashMap<ClientId, Seat>,
    /// Those who get what everybody gets.
    inside: Vec<ClientId>,
    unkept: Vec<Ticket>,
    records: Vec<Record>,
    said: u128,
    connections: u64,
}

/// Somebody and their client, connected or not.
struct Seat {
    who: Option<u128>,
    client: ClientRoom,
    closed: Option<u16>,
}

fn name(who: u128) -> Handle {
    format!("user{who}").parse().unwrap()
}

fn facts(who: u128) -> Facts {
    Facts { account: Uuid::from_u128(who), handle: name(who), name: None, follows_since: None }
}

/// The JSON of each frame.
fn texts(mut frames: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    while let [0x81, short, rest @ ..] = frames {
        let (length, rest) = match short {
            126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), &rest[2..]),
            127 => (usize::try_from(u64::from_be_bytes(rest[..8].try_into().unwrap())).unwrap(), &rest[8..]),
            short => (usize::from(*short), rest),
        };
        texts.push(String::from_utf8(rest[..length].to_vec()).unwrap());
        frames = &rest[length..];
    }
    texts
}

impl World {
    fn new() -> Self {
        Self::with(Kept {
            handle: "ada".parse().unwrap(),
            creator: Uuid::from_u128(CREATOR),
            settings: Settings::default(),
            pinned: None,
            messages: Vec::new(),
            moderators: Vec::new(),
            silences: Vec::new(),
            poll: None,
        })
    }

    fn with(kept: Kept) -> Self {
        Self {
            room: Room::new(kept, "epoch".into(), Rate::default()),
            now: 1_000_000,
            seats: HashMap::new(),
            inside: Vec::new(),
            unkept: Vec::new(),
            records: Vec::new(),
            said: 1000,
            connections: 0,
        }
    }

    fn now(&self) -> Now {
        Now { at: self.now, on: None }
    }

    /// Somebody comes, with a client of their own that has seen nothing.
    fn come(&mut self, who: Option<u128>) -> ClientId {
        self.connections += 1;
        let client = ClientRoom::new("ada".parse().unwrap(), &format!("s{}x", self.connections));
        self.connect(Seat { who, client, closed: None })
    }

    fn connect(&mut self, mut seat: Seat) -> ClientId {
        self.connections += 1;
        let id = ClientId(self.connections);
        seat.closed = None;
        let requests = seat.client.opened(None);
        self.seats.insert(id, seat);
        self.carry(id, requests);
        id
    }

    /// The connection is lost and comes back as another.
    fn reconnect(&mut self, id: ClientId) -> ClientId {
        let mut seat = self.seats.remove(&id).unwrap();
        self.inside.retain(|inside| *inside != id);
        self.room.leave(id, &self.now());
        seat.client.closed(0, Some(1006));
        self.deliver();
        self.connect(seat)
    }

    fn say(&mut self, id: ClientId, text: &str) {
        let requests = self.client(id).say(text.to_owned(), None, false);
        self.carry(id, requests);
    }

    fn ask(&mut self, id: ClientId, command: Command) -> Option<String> {
        let request = self.client(id).request(command).unwrap();
        self.carry(id, vec![request]);
        self.client(id).take_trouble().map(|problem| problem.kind)
    }

    fn client(&mut self, id: ClientId) -> &mut ClientRoom {
        &mut self.seats.get_mut(&id).unwrap().client
    }

    fn carry(&mut self, client: ClientId, requests: Vec<String>) {
        for request in requests {
            let Request { id, command } = serde_json::from_str(&request).unwrap();
            let (asked, now) = (Asked { client, id }, self.now());
            let subject = |who: &Handle| {
                let number: u128 = who.as_str().trim_start_matches("user").parse().unwrap();
                Subject { account: Uuid::from_u128(number), handle: who.clone() }
            };
            match command {
                Command::Join { after, .. } => {
                    let facts = self.seats[&client].who.map(facts);
                    self.room.join(&now, asked, facts, after.as_ref());
                }
                Command::Say { text, nonce, reply_to, announcement, .. } => {
                    self.said += 1;
                    let saying = Saying { text, nonce, reply_to, announcement };
                    self.room.say(&now, asked, Uuid::from_u128(self.said), &saying);
                }
                Command::React { message, emoji, on, .. } => self.room.react(asked, &now, &message, &emoji, on),
                Command::Cheer { emoji, .. } => self.room.cheer(asked, &now, &emoji),
                Command::Delete { message, .. } => self.room.delete(asked, &now, &message),
                Command::Pin { message, .. } => self.room.pin(asked, &now, message),
                Command::TimeOut { who, seconds, reason, .. } => {
                    let until = now.at + i64::from(seconds) * 1_000;
                    self.room.silence(asked, &now, &subject(&who), Some(until), &reason);
                }
                Command::Ban { who, reason, .. } => self.room.silence(asked, &now, &subject(&who), None, &reason),
                Command::Unban { who, .. } => self.room.forgive(asked, &now, &subject(&who)),
                Command::Review { message, approve, .. } => self.room.review(asked, &now, &message, approve),
                Command::Appoint { who, moderator, .. } => self.room.appoint(asked, &now, &subject(&who), moderator),
                Command::StartPoll { question, options, seconds, .. } => {
                    self.said += 1;
                    let question = Question { question, options, seconds };
                    self.room.start_poll(asked, &now, Uuid::from_u128(self.said), &question);
                }
                Command::Vote { poll, option, .. } => self.room.vote(asked, &now, &poll, option),
                Command::EndPoll { poll, .. } => self.room.end_poll(asked, &now, &poll),
                Command::Set { settings, .. } => self.room.set(asked, &now, &settings),
                Command::Authenticate { .. } | Command::Leave { .. } => {}
            }
            self.deliver();
        }
    }

    /// Does what the room wants done.
    fn deliver(&mut self) {
        loop {
            let outs = self.room.take();
            if outs.is_empty() {
                return;
            }
            for out in outs {
                match out {
                    Out::All(frame) => {
                        for id in self.inside.clone() {
                            self.hear(id, &frame);
                        }
                    }
                    Out::One(id, frame) => self.hear(id, &frame),
                    Out::Enter(id) => self.inside.push(id),
                    Out::Exit(id) => self.inside.retain(|inside| *inside != id),
                    Out::Close(id, closing) => {
                        if let Some(seat) = self.seats.get_mut(&id) {
                            seat.closed = Some(closing.code());
                            seat.client.closed(0, Some(closing.code()));
                        }
                    }
                    Out::Keep(ticket, record) => {
                        self.unkept.push(ticket);
                        self.records.push(record);
                    }
                }
            }
        }
    }

    fn hear(&mut self, id: ClientId, frames: &[u8]) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        let mut requests = Vec::new();
        for text in texts(frames) {
            requests.extend(seat.client.received(0, &text));
        }
        if !requests.is_empty() {
            self.carry(id, requests);
        }
    }

    fn keep_all(&mut self) {
        for ticket in std::mem::take(&mut self.unkept) {
            self.room.kept(ticket);
        }
        self.deliver();
    }

    fn pass(&mut self, millis: i64) -> Option<i64> {
        self.now += millis;
        let now = self.now();
        let next = self.room.tick(&now);
        self.deliver();
        next
    }

    fn shown(&self, id: ClientId) -> Vec<&str> {
        self.seats[&id].client.lines().iter().map(|message| message.text.as_str()).collect()
    }

    fn set(&mut self, id: ClientId, settings: SettingsChange) -> Option<String> {
        self.ask(id, Command::Set { room: "ada".parse().unwrap(), settings })
    }

    /// What became of the last thing this client said.
    fn last(&self, id: ClientId) -> Option<&Progress> {
        self.seats[&id].client.outgoing().last().map(|outgoing| &outgoing.progress)
    }

    fn refusal(&self, id: ClientId) -> Option<&str> {
        match self.last(id) {
            Some(Progress::Refused(problem, _)) => Some(problem.kind.as_str()),
            _ => None,
        }
    }
}

fn channel() -> Handle {
    "ada".parse().unwrap()
}

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
    world.room.lost(ticket);
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
fn leaving_does_not_lift_slow_mode() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    assert_eq!(world.set(ada, SettingsChange { slow_s: Some(30), ..SettingsChange::default() }), None);
    world.say(bob, "one");
    world.keep_all();
    let bob = world.reconnect(bob);
    world.say(bob, "two");
    assert_eq!(world.refusal(bob), Some("/problems/too-many-requests"));
    world.pass(30_000);
    world.say(bob, "three");
    world.say(ada, "the creator need not wait");
    world.say(ada, "at all");
    world.keep_all();
    assert_eq!(world.shown(ada), ["one", "three", "the creator need not wait", "at all"]);
}

#[test]
fn each_mode_lets_in_what_it_says() {
    let change = SettingsChange::default;
    let cases = [
        (SettingsChange { followers_min: Some(10), ..change() }, "hi", "/problems/followers-only"),
        (SettingsChange { subscribers_only: Some(true), ..change() }, "hi", "/problems/subscribers-only"),
        (SettingsChange { emotes_only: Some(true), ..change() }, "hi 👍", "/problems/emotes-only"),
        (SettingsChange { unique: Some(true), ..change() }, "H e l l o !", "/problems/said-already"),
    ];
    for (settings, text, problem) in cases {
        let mut world = World::new();
        let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
        world.say(ada, "hello");
        assert_eq!(world.set(ada, settings), None);
        world.say(bob, text);
        assert_eq!(world.refusal(bob), Some(problem));
    }
}

#[test]
fn followers_write_once_they_have_followed_for_long_enough() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.set(ada, SettingsChange { followers_min: Some(10), ..SettingsChange::default() });
    let now = world.now();
    world.room.followed(Uuid::from_u128(2), Some(moment(now.at - 9 * 60_000)), &now);
    world.deliver();
    assert!(world.client(bob).you().follows_since.is_some());
    world.say(bob, "too early");
    assert_eq!(world.refusal(bob), Some("/problems/followers-only"));
    world.pass(60_000);
    world.say(bob, "now");
    assert_eq!(world.shown(ada), ["now"]);
}

#[test]
fn links_wait_for_a_moderator_where_the_room_wants_it() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.set(ada, SettingsChange { hold_links: Some(true), ..SettingsChange::default() });
    for text in ["see example.org", "see example.com"] {
        world.say(bob, text);
        assert!(matches!(world.last(bob), Some(Progress::Held(Some(_)))));
    }
    assert!(world.shown(bob).is_empty());
    let held: Vec<String> = world.client(ada).held().iter().map(|held| held.message.id.clone()).collect();
    assert_eq!(held.len(), 2);
    let review = |message: &String, approve| Command::Review { room: channel(), message: message.clone(), approve };
    assert_eq!(world.ask(bob, review(&held[0], true)).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(ada, review(&held[0], true)), None);
    assert_eq!(world.ask(ada, review(&held[1], false)), None);
    assert_eq!(world.shown(bob), ["see example.org"]);
    assert!(world.client(ada).held().is_empty());
}

#[test]
fn moderators_see_it_first_where_the_room_wants_it() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.set(ada, SettingsChange { delay_s: Some(5), ..SettingsChange::default() });
    world.say(bob, "hello");
    assert_eq!(world.client(ada).held().len(), 1);
    world.pass(4_999);
    assert!(world.shown(bob).is_empty());
    world.pass(1);
    assert_eq!(world.shown(bob), ["hello"]);
    assert!(world.client(ada).held().is_empty());
}

#[test]
fn a_ban_deletes_closes_and_keeps_out_until_it_is_lifted() {
    let mut world = World::new();
    let (ada, bob, guest) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(None));
    world.say(bob, "spam");
    let ban = Command::Ban { room: channel(), who: name(2), reason: "spam".into() };
    assert_eq!(world.ask(guest, ban.clone()).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(ada, ban), None);
    assert!(world.shown(guest).is_empty());
    assert_eq!(world.seats[&bob].closed, Some(4403));
    let bob = world.come(Some(2));
    assert!(matches!(world.client(bob).link(), Link::Over(_)));
    assert_eq!(world.ask(ada, Command::Unban { room: channel(), who: name(2) }), None);
    let bob = world.come(Some(2));
    assert_eq!(world.client(bob).link(), Link::Joined);
}

#[test]
fn moderators_are_over_viewers_and_under_the_creator() {
    let mut world = World::new();
    let (ada, cleo, bob) = (world.come(Some(CREATOR)), world.come(Some(3)), world.come(Some(2)));
    let appoint = |who| Command::Appoint { room: channel(), who: name(who), moderator: true };
    assert_eq!(world.ask(cleo, appoint(3)).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(ada, appoint(3)), None);
    assert_eq!(world.client(cleo).you().role, Role::Moderator);
    let time_out = |who| Command::TimeOut { room: channel(), who: name(who), seconds: 60, reason: String::new() };
    assert_eq!(world.ask(cleo, time_out(CREATOR)).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(cleo, time_out(3)).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(cleo, time_out(2)), None);
    world.say(bob, "hello?");
    assert_eq!(world.refusal(bob), Some("/problems/silenced"));
    assert!(world.client(bob).you().silenced_until.is_some());
    world.pass(60_000);
    world.say(bob, "back");
    assert_eq!(world.shown(ada), ["back"]);
    let acts =
        world.records.iter().filter(|record| matches!(record, Record::Silence { .. } | Record::Moderator { .. }));
    assert_eq!(acts.count(), 2, "what was refused is not in the log");
}

#[test]
fn a_crowd_of_reactions_is_one_event() {
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
    assert_eq!(world.room.history.offset(), before + 1);
    assert_eq!(world.client(bob).lines().iter().next().unwrap().reactions[0].count, 30);
    assert_eq!(world.client(bob).take_cheers()[0].count, 30);
    let react = Command::React { room: channel(), message, emoji: "not one".into(), on: true };
    assert_eq!(world.ask(bob, react).as_deref(), Some("/problems/invalid-request"));
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
    let poll = world.client(bob).poll().unwrap().id.clone();
    let vote = |option| Command::Vote { room: channel(), poll: poll.clone(), option };
    assert_eq!(world.ask(guest, vote(0)).as_deref(), Some("/problems/unauthenticated"));
    assert_eq!(world.ask(bob, vote(2)).as_deref(), Some("/problems/not-found"));
    for (option, who) in [(0, bob), (0, bob), (1, bob), (1, ada)] {
        assert_eq!(world.ask(who, vote(option)), None);
    }
    assert_eq!(world.client(bob).you().voted, Some(1));
    world.pass(1_000);
    let votes = |world: &mut World, id| -> Vec<u32> {
        world.client(id).poll().unwrap().options.iter().map(|option| option.votes).collect()
    };
    assert_eq!(votes(&mut world, guest), [0, 2]);
    assert_eq!(world.client(guest).poll().map(|poll| poll.percent(&poll.options[1])), Some(100));
    let bob = world.reconnect(bob);
    assert_eq!(world.client(bob).you().voted, Some(1));

    world.pass(59_000);
    assert!(world.client(guest).poll().unwrap().ended);
    assert_eq!(world.ask(bob, vote(0)).as_deref(), Some("/problems/poll-ended"));
    assert_eq!(world.ask(ada, start(&["Once", "More"])), None);
    assert_eq!(world.client(bob).you().voted, None);
    let late = world.come(None);
    assert_eq!(votes(&mut world, late), [0, 0]);
}

#[test]
fn presence_is_told_now_and_then() {
    let mut world = World::new();
    let bob = world.come(Some(2));
    assert_eq!(world.pass(0), None);
    for _ in 0..50 {
        world.come(None);
    }
    assert_eq!(world.pass(0), Some(world.now + 2_000));
    assert_eq!(world.pass(2_000), None);
    assert_eq!(world.client(bob).present(), 51);
}

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    Come(Option<u128>),
    Reconnect(usize),
    Say(usize),
    Ban(u128),
    Delete(usize),
    Keep,
    Lose,
    Pass(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => prop_oneof![Just(None), (2_u128..6).prop_map(Some)].prop_map(Step::Come),
        3 => any::<usize>().prop_map(Step::Reconnect),
        8 => any::<usize>().prop_map(Step::Say),
        1 => (2_u128..6).prop_map(Step::Ban),
        1 => any::<usize>().prop_map(Step::Delete),
        3 => Just(Step::Keep),
        1 => Just(Step::Lose),
        2 => (0_i64..3_000).prop_map(Step::Pass),
    ]
}

proptest! {
    /// Whatever order people come, speak, are cut off and banned in, everybody who is in the room sees the same messages in
    /// the same order, each once, and all of them.
    #[test]
    fn everybody_sees_the_same(steps in proptest::collection::vec(step(), 1..80)) {
        let mut world = World::new();
        let ada = world.come(Some(CREATOR));
        let mut said = 0;
        for step in steps {
            let mut ids: Vec<ClientId> = world.seats.keys().copied().collect();
            ids.sort_unstable();
            let any = |index: usize| ids[index % ids.len()];
            match step {
                Step::Come(who) => { world.come(who); }
                Step::Reconnect(index) => { world.reconnect(any(index)); }
                Step::Say(index) => {
                    said += 1;
                    world.say(any(index), &format!("message {said}"));
                }
                Step::Ban(who) => {
                    // The creator may have come back as another connection.
                    let ada = ids.iter().copied().find(|id| world.seats[id].who == Some(CREATOR)).unwrap();
                    world.ask(ada, Command::Ban { room: channel(), who: name(who), reason: String::new() });
                }
                Step::Delete(index) => {
                    let ada = ids.iter().copied().find(|id| world.seats[id].who == Some(CREATOR)).unwrap();
                    let lines: Vec<String> = world.client(ada).lines().iter().map(|message| message.id.clone()).collect();
                    if !lines.is_empty() {
                        let message = lines[index % lines.len()].clone();
                        world.ask(ada, Command::Delete { room: channel(), message });
                    }
                }
                Step::Keep => world.keep_all(),
                Step::Lose => if !world.unkept.is_empty() {
                    let ticket = world.unkept.remove(0);
                    world.room.lost(ticket);
                    world.deliver();
                },
                Step::Pass(millis) => { world.pass(millis); }
            }
        }
        let _ = ada;
        let truth: Vec<String> = world.room.history.latest().into_iter().map(|message| message.text).collect();
        for (id, seat) in &world.seats {
            if seat.client.link() == Link::Joined {
                prop_assert_eq!(&world.shown(*id), &truth.iter().map(String::as_str).collect::<Vec<_>>());
            }
        }
    }
}
