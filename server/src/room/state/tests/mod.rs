//! The room against clients as they really are: each test's clients are those of `klieg-core`.

mod answers;
mod clock;
mod counts;
mod crowded;
mod everybody;
mod find;
mod hostile;
mod lost;
mod mentions;
mod modes;
mod order;
mod present;
mod previews;
mod raw;
mod reactions;
mod recall;
mod standing;
mod tables;
mod talk;
mod together;

use std::collections::HashMap;
use std::time::Duration;

use klieg_api::live::{Command, Request};
use klieg_api::room::{Event, SettingsChange};
use klieg_core::room::{Progress, Room as ClientRoom};

use super::*;
use crate::room::Together;

const CREATOR: u128 = 1;
const PER: Duration = Duration::from_secs(5);
const RATES: Rates = Rates { one: Rate { count: 20, per: PER }, all: Rate { count: 500, per: PER } };

/// A room, those who are connected to it, and a journal that keeps things when it is told to.
struct World {
    room: Room,
    now: i64,
    seats: HashMap<ClientId, Seat>,
    /// Those who get what everybody gets.
    inside: Vec<ClientId>,
    unkept: Vec<Ticket>,
    records: Vec<Record>,
    /// Whether the channel that is raided takes it when it is time.
    takes_raids: bool,
    /// Who was sent where.
    raids: Vec<(Uuid, u64)>,
    /// Messages that somebody was told are kept, and not that nobody will see them.
    acknowledged: Vec<String>,
    /// The messages that are shown, in the order in which they were.
    told: Vec<String>,
    /// Messages and what is looked up for them.
    looked_up: Vec<(String, String)>,
    /// Whose these were.
    looked_up_for: Vec<Uuid>,
    /// Who was named and is not here.
    absent: Vec<Mention>,
    /// Messages of which nobody is to be told any more.
    withdrawn: Vec<String>,
    /// What is found next of what the room does not remember; without it there is nothing.
    past: Vec<Recalled>,
    said: u128,
    /// Milliseconds that pass with each message that is said.
    each_takes: i64,
    connections: u64,
}

/// Somebody and their client, connected or not.
struct Seat {
    who: Option<u128>,
    client: ClientRoom,
    closed: Option<u16>,
    /// The last message that there was when they were last told the room as it is.
    since: u128,
    /// What they had seen when they were banned.
    seen: Option<Vec<String>>,
}

fn name(who: u128) -> Handle {
    format!("user{who}").parse().unwrap()
}

fn facts(who: u128) -> Facts {
    Facts {
        account: Uuid::from_u128(who),
        handle: name(who),
        name: None,
        follows_since: None,
        points: 1_000,
        is_program: false,
        token: None,
        wrote_at: None,
        listed: Listed::default(),
    }
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

/// What is kept of a room in which nothing was ever said.
fn unused() -> Kept {
    Kept {
        handle: "ada".parse().unwrap(),
        creator: Uuid::from_u128(CREATOR),
        settings: Settings::default(),
        filters: Vec::new(),
        pinned: None,
        private: false,
        messages: Vec::new(),
        seq: 0,
        moderators: Vec::new(),
        silences: Vec::new(),
        poll: None,
        prediction: None,
        purses: Vec::new(),
        rewards: Vec::new(),
        waiting: Vec::new(),
        questions: Vec::new(),
        followers: 0,
        emotes: Vec::new(),
    }
}

impl World {
    fn new() -> Self {
        Self::with(unused())
    }

    fn with(kept: Kept) -> Self {
        Self {
            room: Room::new(kept, "epoch".into(), RATES),
            now: 1_000_000,
            seats: HashMap::new(),
            inside: Vec::new(),
            unkept: Vec::new(),
            records: Vec::new(),
            takes_raids: true,
            raids: Vec::new(),
            acknowledged: Vec::new(),
            told: Vec::new(),
            looked_up: Vec::new(),
            looked_up_for: Vec::new(),
            absent: Vec::new(),
            withdrawn: Vec::new(),
            past: Vec::new(),
            said: 1000,
            each_takes: 0,
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
        self.connect(Seat { who, client, closed: None, since: 0, seen: None })
    }

    fn connect(&mut self, mut seat: Seat) -> ClientId {
        self.connections += 1;
        let id = ClientId(self.connections);
        seat.closed = None;
        let requests = seat.client.opened(0, None);
        self.seats.insert(id, seat);
        self.carry(id, requests);
        id
    }

    /// The connection is lost: whose it was.
    fn cut(&mut self, id: ClientId) -> Seat {
        let mut seat = self.seats.remove(&id).unwrap();
        self.inside.retain(|inside| *inside != id);
        self.room.leave(id, &self.now());
        seat.client.closed(0, Some(1006));
        self.deliver();
        seat
    }

    /// The connection is lost and comes back as another.
    fn reconnect(&mut self, id: ClientId) -> ClientId {
        let seat = self.cut(id);
        self.connect(seat)
    }

    fn say(&mut self, id: ClientId, text: &str) {
        let requests = self.client(id).say(text.to_owned(), None, false);
        self.carry(id, requests);
    }

    fn ask(&mut self, id: ClientId, command: Command) -> Option<String> {
        let (_, request) = self.client(id).request(command).unwrap();
        self.carry(id, vec![request]);
        self.client(id).trouble().map(|problem| problem.kind.clone())
    }

    fn client(&mut self, id: ClientId) -> &mut ClientRoom {
        &mut self.seats.get_mut(&id).unwrap().client
    }

    fn carry(&mut self, client: ClientId, requests: Vec<String>) {
        for request in requests {
            let Request { id, command } = serde_json::from_str(&request).unwrap();
            if matches!(command, Command::Say { .. }) {
                self.now += self.each_takes;
            }
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
                Command::Watch { playing, .. } => self.room.plays(asked, &now, playing),
                Command::React { message, emoji, on, .. } => self.room.react(asked, &now, &message, &emoji, on),
                Command::Cheer { emoji, .. } => self.room.cheer(asked, &now, &emoji),
                Command::Delete { message, .. } => self.room.delete(asked, &now, &message),
                Command::Pin { message, .. } => self.room.pin(asked, &now, message),
                Command::ReadMessages { before, .. } => self.room.read_messages(asked, before),
                Command::ReadPresent { after, .. } => self.room.read_present(asked, after),
                Command::TimeOut { who, seconds, reason, .. } => {
                    let until = now.at + i64::from(seconds) * 1_000;
                    self.room.silence(asked, &now, &subject(&who), Some(until), &reason);
                }
                Command::Ban { who, reason, .. } => self.room.silence(asked, &now, &subject(&who), None, &reason),
                Command::Unban { who, .. } => self.room.forgive(asked, &now, &subject(&who)),
                Command::Review { message, approve, .. } => self.room.review(asked, &now, &message, approve),
                Command::DiscardHeld { messages, .. } => self.room.discard_held(asked, &now, messages),
                Command::Appoint { who, moderator, rights, .. } => {
                    self.room.appoint(asked, &now, &subject(&who), moderator, rights);
                }
                Command::Set { settings, .. } => self.room.set(asked, &now, &settings),
                Command::AddFilter { filter, .. } => self.room.add_filter(asked, &now, &filter),
                Command::RemoveFilter { pattern, .. } => self.room.remove_filter(asked, &now, pattern),
                other => {
                    if let Ok((_, together)) = Together::of(other) {
                        together.happen(&mut self.room, asked, &now);
                    }
                }
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
                        self.note(&frame);
                        for id in self.inside.clone() {
                            self.hear(id, &frame);
                        }
                    }
                    Out::One(id, frame) | Out::Snapshot(id, frame) => self.hear(id, &frame),
                    // Nothing is gathered here.
                    Out::Flush(_) => {}
                    Out::Enter(id) => self.inside.push(id),
                    Out::Exit(id) => self.inside.retain(|inside| *inside != id),
                    Out::Close(id, closing) => {
                        if let Some(seat) = self.seats.get_mut(&id) {
                            seat.closed = Some(closing.code());
                            seat.client.closed(0, Some(closing.code()));
                        }
                    }
                    Out::Find(find) => {
                        let mut said = self.records.iter().filter_map(Record::said);
                        let found = said.find(|said| said.message.id == find.message).cloned();
                        let (found, now) = (found.ok_or_else(|| Problem::not_found("message")), self.now());
                        self.room.found(find, found, &now);
                    }
                    Out::SetOff { raid, .. } => {
                        let (takes, now) = (self.takes_raids, self.now());
                        self.room.sets_off(&raid, takes, &now);
                    }
                    Out::Raid { to, raided } => self.raids.push((to, raided.viewers)),
                    Out::LookUp { message, link, account } => {
                        self.looked_up.push((message, link));
                        self.looked_up_for.push(account);
                    }
                    Out::Recall(asked, _) => {
                        let found = self.past.pop().unwrap_or(Recalled::Nothing);
                        self.room.recalled(asked, found);
                    }
                    Out::Absent(mention) => self.absent.push(mention),
                    Out::Withdrawn(messages) => self.withdrawn.extend(messages),
                    Out::Keep(ticket, record) => {
                        self.unkept.push(ticket);
                        self.records.push(record);
                    }
                }
            }
        }
    }

    /// Notes what is shown to everybody, and what is not any more.
    fn note(&mut self, frames: &[u8]) {
        for text in texts(frames) {
            match serde_json::from_str(&text) {
                Ok(Frame::Event { event: Event::Message { message }, .. }) => self.told.push(message.id),
                Ok(Frame::Event { event: Event::Deleted { messages, .. }, .. }) => {
                    self.told.retain(|id| !messages.contains(id));
                }
                _ => {}
            }
        }
    }

    fn hear(&mut self, id: ClientId, frames: &[u8]) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        let mut requests = Vec::new();
        for text in texts(frames) {
            if text.contains(r#""is":"done""#)
                && let Ok(Frame::Done { message: Some(message), .. }) = serde_json::from_str(&text)
            {
                self.acknowledged.push(message);
            }
            if text.contains(r#""is":"discarded""#)
                && let Ok(Frame::Discarded { message, .. }) = serde_json::from_str(&text)
            {
                self.acknowledged.retain(|id| *id != message);
            }
            if text.contains(r#""is":"snapshot""#) {
                seat.since = self.said;
            }
            requests.extend(seat.client.received(0, &text));
        }
        if !requests.is_empty() {
            self.carry(id, requests);
        }
    }

    fn keep_all(&mut self) {
        for ticket in std::mem::take(&mut self.unkept) {
            self.room.kept(ticket, &self.now());
        }
        self.deliver();
    }

    fn lose_all(&mut self) {
        for ticket in std::mem::take(&mut self.unkept) {
            self.room.lost(ticket, &self.now());
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
