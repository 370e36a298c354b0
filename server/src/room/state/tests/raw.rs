//! What each connection is sent, frame by frame: whatever order people come, write, are banned, cut off and come back in, everybody is sent
//! each event that they may see, once and in order, and nobody anything else.
//!
//! The frames are read as they are, without `klieg-core`. They reach the connections as the driver brings them: what is for everybody is
//! gathered and written now and then, what is for one at once, so that the one overtakes the other.

mod steps;

use std::collections::BTreeSet;
use std::mem::take;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use steps::{Knows, READERS, Step, step};

/// What somebody knows once they have taken in an event: its number, and the messages that are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    offset: u64,
    messages: Vec<String>,
}

/// A request to be let in that has no answer yet, and what came of it so far.
struct Joining {
    id: u64,
    /// It is to be told the room as it is, and not what came since.
    starts_anew: bool,
    is_told_who: bool,
    is_told_all: bool,
}

#[derive(Default)]
struct Reader {
    who: Option<u128>,
    line: Option<ClientId>,
    joining: Option<Joining>,
    is_in: bool,
    /// From what they were told as it was, by each event since.
    known: Vec<Known>,
}

/// A room and what it says, as it is written to the connections.
struct Raw {
    room: Room,
    now: i64,
    readers: Vec<Reader>,
    inside: Vec<ClientId>,
    /// For everybody, and not written yet.
    gathered: Vec<String>,
    /// Each event there ever was.
    events: Vec<String>,
    /// The messages that are shown.
    shown: Vec<String>,
    /// What was said and never shown to everybody.
    unshown: BTreeSet<String>,
    unkept: Vec<Ticket>,
    /// Requests, connections and messages, counted together.
    count: u64,
}

fn happen(messages: &mut Vec<String>, event: &Value) {
    match event["event"].as_str().unwrap() {
        "message" => messages.push(event["message"]["id"].as_str().unwrap().to_owned()),
        "deleted" => {
            let gone: Vec<&str> = event["messages"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            messages.retain(|id| !gone.contains(&id.as_str()));
        }
        _ => {}
    }
}

fn is_banned(room: &Room, who: Option<u128>, at: i64) -> bool {
    let silence = who.and_then(|who| room.people.silence(Uuid::from_u128(who), at));
    silence.is_some_and(Silence::is_ban)
}

impl Raw {
    fn new() -> Self {
        let mut raw = Self {
            room: Room::new(unused(), "epoch".into(), RATES),
            now: 1_000_000,
            readers: READERS.map(|who| Reader { who, ..Reader::default() }).into(),
            inside: Vec::new(),
            gathered: Vec::new(),
            events: Vec::new(),
            shown: Vec::new(),
            unshown: BTreeSet::new(),
            unkept: Vec::new(),
            count: 0,
        };
        raw.join(0, Knows::Nothing);
        raw.set(&SettingsChange { hold_links: Some(true), ..SettingsChange::default() });
        raw.keep(usize::MAX);
        raw
    }

    fn now(&self) -> Now {
        Now { at: self.now, on: None }
    }

    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Something that the creator asks for, who is always here.
    fn order(&mut self) -> Asked {
        let client = self.readers[0].line.unwrap();
        Asked { client, id: self.next() }
    }

    fn set(&mut self, change: &SettingsChange) {
        let (asked, now) = (self.order(), self.now());
        self.room.set(asked, &now, change);
        self.deliver();
    }

    fn join(&mut self, place: usize, knows: Knows) {
        let (id, line, now) = (self.next(), ClientId(self.next()), self.now());
        let reader = &mut self.readers[place];
        let last = reader.known.last().map(|known| known.offset);
        let epoch = if knows == Knows::Other { "another" } else { "epoch" };
        let after = last.filter(|_| knows != Knows::Nothing);
        let after = after.map(|offset| Position { epoch: epoch.into(), offset });
        let client = *reader.line.get_or_insert(line);
        // Who is in has been sent what there is.
        let starts_anew = reader.is_in || last.is_none() || knows != Knows::Last;
        reader.joining = Some(Joining { id, starts_anew, is_told_who: false, is_told_all: false });
        let facts = reader.who.map(facts);
        self.room.join(&now, Asked { client, id }, facts, after.as_ref());
        self.deliver();
        assert!(self.readers[place].joining.is_none(), "it is answered");
    }

    fn say(&mut self, place: usize, before: &str) {
        let Some(client) = self.readers[place].line else { return };
        let (id, now, message) = (self.next(), self.now(), Uuid::from_u128(self.next().into()));
        let text = format!("{before}number {id};");
        self.unshown.insert(text.clone());
        let saying = Saying { text, nonce: format!("n{id}"), reply_to: None, announcement: false };
        self.room.say(&now, Asked { client, id }, message, &saying);
        self.deliver();
    }

    fn cut(&mut self, place: usize, lost: usize) {
        let now = self.now();
        let reader = &mut self.readers[place];
        let Some(line) = reader.line.take() else { return };
        (reader.is_in, reader.joining) = (false, None);
        let rest = reader.known.len().saturating_sub(lost).max(1);
        reader.known.truncate(rest);
        self.room.leave(line, &now);
        self.deliver();
    }

    fn keep(&mut self, count: usize) {
        let rest = self.unkept.split_off(count.min(self.unkept.len()));
        for ticket in std::mem::replace(&mut self.unkept, rest) {
            self.room.kept(ticket, &self.now());
            self.deliver();
        }
    }

    fn pass(&mut self, millis: i64) {
        self.now += millis;
        let now = self.now();
        self.room.tick(&now);
        self.deliver();
    }

    fn deliver(&mut self) {
        for out in self.room.take() {
            match out {
                Out::All(frames) => {
                    for text in texts(&frames) {
                        self.note(&text);
                        self.gathered.push(text);
                    }
                }
                Out::One(line, frames) | Out::Snapshot(line, frames) => {
                    for text in texts(&frames) {
                        self.hear(line, &text);
                    }
                }
                Out::Flush(_) => self.flush(),
                Out::Enter(line) => {
                    self.flush();
                    self.inside.push(line);
                }
                Out::Exit(line) => self.inside.retain(|inside| *inside != line),
                Out::Close(line, _) => {
                    for reader in self.readers.iter_mut().filter(|reader| reader.line == Some(line)) {
                        (reader.line, reader.is_in) = (None, false);
                    }
                }
                Out::Keep(ticket, _) => self.unkept.push(ticket),
                _ => {}
            }
        }
    }

    fn flush(&mut self) {
        let gathered = take(&mut self.gathered);
        for line in self.inside.clone() {
            for text in &gathered {
                self.hear(line, text);
            }
        }
    }

    /// Something is told to everybody.
    fn note(&mut self, text: &str) {
        let frame: Value = serde_json::from_str(text).unwrap();
        if frame["is"] == "event" {
            assert_eq!(frame["offset"].as_u64(), Some(self.events.len() as u64 + 1), "they are counted");
            happen(&mut self.shown, &frame);
            self.unshown.remove(frame["message"]["text"].as_str().unwrap_or_default());
            self.events.push(text.to_owned());
        }
    }

    /// A frame comes to a connection.
    fn hear(&mut self, line: ClientId, text: &str) {
        let Some(reader) = self.readers.iter_mut().find(|reader| reader.line == Some(line)) else { return };
        let frame: Value = serde_json::from_str(text).unwrap();
        let is_creator = reader.who == Some(CREATOR);
        let leaked = self.unshown.iter().find(|secret| !is_creator && text.contains(secret.as_str()));
        assert_eq!(leaked, None, "nobody else sees what waits: {text}");
        let all = self.events.len() as u64;
        let is_banned = is_banned(&self.room, reader.who, self.now);
        let is_of_joining = reader.joining.as_ref().is_some_and(|joining| frame["id"] == joining.id);
        let is_let_in = reader.is_in || reader.joining.as_ref().is_some_and(|joining| joining.is_told_who);
        match frame["is"].as_str().unwrap() {
            "you" => match &mut reader.joining {
                Some(joining) => joining.is_told_who = true,
                None => assert!(reader.is_in),
            },
            "snapshot" => {
                let joining = reader.joining.as_mut().unwrap();
                assert!(joining.is_told_who && !joining.is_told_all, "first who one is, then once what there is");
                joining.is_told_all = true;
                let messages = frame["messages"].as_array().unwrap().iter();
                let messages = messages.map(|message| message["id"].as_str().unwrap().to_owned()).collect();
                let known = Known { offset: frame["position"]["offset"].as_u64().unwrap(), messages };
                assert_eq!(known, Known { offset: all, messages: self.shown.clone() }, "as it is now");
                reader.known = vec![known];
            }
            "event" => {
                assert!(is_let_in, "{text}");
                let mut known = reader.known.last().unwrap().clone();
                known.offset += 1;
                assert_eq!(frame["offset"].as_u64(), Some(known.offset), "each once, in order");
                assert_eq!(
                    self.events.get(known.offset as usize - 1).map(String::as_str),
                    Some(text),
                    "as all were told"
                );
                happen(&mut known.messages, &frame);
                reader.known.push(known);
            }
            "done" if is_of_joining => {
                let Joining { starts_anew, is_told_who, is_told_all, .. } = reader.joining.take().unwrap();
                assert_eq!((is_told_who, is_told_all), (true, starts_anew));
                assert_eq!(reader.known.last().unwrap().offset, all, "nothing is left out");
                reader.is_in = true;
            }
            "refused" if is_of_joining => {
                assert!(is_banned && !is_let_in, "{text}");
                reader.joining = None;
            }
            "left" => {
                assert!(is_banned);
                reader.is_in = false;
            }
            "held" | "settled" | "filters" | "desk_changed" => assert!(is_creator, "{text}"),
            "done" | "refused" | "discarded" => {}
            _ => assert!(is_let_in, "{text}"),
        }
    }

    fn take(&mut self, step: &Step) {
        // Nobody writes more at once than they may.
        self.pass(300);
        let subject = |who: u128| Subject { account: Uuid::from_u128(who), handle: name(who) };
        match *step {
            Step::Join(place, knows) => self.join(place, knows),
            Step::Cut(place, lost) => self.cut(place, lost),
            Step::Say(place) => self.say(place, ""),
            Step::Link(place) => self.say(place, "see example.org "),
            Step::Review(which, approve) => {
                let held = self.room.history.held();
                let Some(place) = which.checked_rem(held.len()) else { return };
                let message = held[place].message.id.clone();
                let (asked, now) = (self.order(), self.now());
                self.room.review(asked, &now, &message, approve);
            }
            Step::Delete(which) => {
                let Some(place) = which.checked_rem(self.shown.len()) else { return };
                let message = self.shown[place].clone();
                let (asked, now) = (self.order(), self.now());
                self.room.delete(asked, &now, &message);
            }
            Step::Delay(on) => {
                self.set(&SettingsChange { delay_s: Some(if on { 2 } else { 0 }), ..SettingsChange::default() });
            }
            Step::Ban(who) => {
                let (asked, now) = (self.order(), self.now());
                self.room.silence(asked, &now, &subject(who), None, "");
            }
            Step::Unban(who) => {
                let (asked, now) = (self.order(), self.now());
                self.room.forgive(asked, &now, &subject(who));
            }
            Step::Keep(count) => self.keep(count),
            Step::Lose if self.unkept.is_empty() => {}
            Step::Lose => {
                let (ticket, now) = (self.unkept.remove(0), self.now());
                self.room.lost(ticket, &now);
            }
            Step::Pass(millis) => self.pass(millis),
            Step::Flush => self.flush(),
        }
        self.deliver();
    }

    /// Everybody comes back, and has been sent everything.
    fn finish(&mut self) {
        for place in 1..READERS.len() {
            if !self.readers[place].is_in {
                self.take(&Step::Join(place, Knows::Last));
            }
        }
        self.keep(usize::MAX);
        self.pass(5_000);
        self.flush();
        let all = Known { offset: self.events.len() as u64, messages: self.shown.clone() };
        for reader in &self.readers {
            assert_eq!(reader.is_in, !is_banned(&self.room, reader.who, self.now));
            if reader.is_in {
                assert_eq!(reader.known.last(), Some(&all));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn everybody_is_sent_each_event_they_may_see_once_and_in_order(steps in proptest::collection::vec(step(), 1..80)) {
        let mut raw = Raw::new();
        for step in &steps {
            raw.take(step);
        }
        raw.finish();
    }
}

#[test]
fn who_asks_from_within_is_sent_what_they_are_owed_and_then_the_room_as_it_is() {
    let mut raw = Raw::new();
    for knows in [Knows::Nothing, Knows::Last, Knows::Other] {
        raw.take(&Step::Join(2, knows));
        // It is gathered, and not written when they ask again.
        raw.take(&Step::Say(0));
        raw.take(&Step::Say(2));
    }
    raw.finish();
    assert_eq!(raw.shown.len(), 6);
}
