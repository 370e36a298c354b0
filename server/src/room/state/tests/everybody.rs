//! That everybody sees the same, whatever happens: what the tables were given is the truth, and what anybody was told is kept is in
//! them.

use std::collections::BTreeMap;

use klieg_core::room::{Ended, Link};
use proptest::prelude::*;

use super::*;
use crate::database::millis;

/// What the tables hold. They have one message for each nonce of an account.
#[derive(Default)]
struct Tables {
    said: BTreeMap<i64, (Said, State, String)>,
    settings: Settings,
    silences: HashMap<Uuid, Silence>,
}

impl Tables {
    /// Keeps a record, unless it is a message that was said already: which one that is.
    fn keep(&mut self, record: &Record) -> Option<Known> {
        match record {
            Record::Said(said) => {
                let mut all = self.said.values();
                let known = all.find(|(of, ..)| of.account == said.account && of.nonce == said.nonce);
                if let Some((known, state, _)) = known {
                    let message = known.message.id.parse().unwrap();
                    return (known.message.id != said.message.id).then_some(Known { message, state: *state });
                }
                let (state, reason) = said.kept();
                self.said.insert(said.seq, (Said::clone(said), state, reason.to_owned()));
            }
            Record::State { messages, state, .. } => {
                for (said, of, _) in self.said.values_mut() {
                    if messages.contains(&said.message.id) {
                        *of = *state;
                    }
                }
            }
            Record::Settings { settings, .. } => self.settings = settings.clone(),
            Record::Silence { account, silence: Some(silence), .. } => drop(self.silences.insert(*account, *silence)),
            Record::Silence { account, silence: None, .. } => drop(self.silences.remove(account)),
            _ => {}
        }
        None
    }

    fn has(&self, id: &str) -> bool {
        self.said.values().any(|(said, ..)| said.message.id == id)
    }

    fn shown(&self) -> Vec<String> {
        let shown = self.said.values().filter(|(_, state, _)| *state == State::Shown);
        shown.map(|(said, ..)| said.message.id.clone()).collect()
    }

    /// Likewise, with what is shown by itself, whether it is written that it was or not.
    fn shown_by_now(&self) -> Vec<String> {
        let is_shown = |state: State, reason: &str| state == State::Shown || (state == State::Held && reason == DELAY);
        let shown = self.said.values().filter(|(_, state, reason)| is_shown(*state, reason));
        shown.map(|(said, ..)| said.message.id.clone()).collect()
    }

    /// What a room is opened with.
    fn read(&self) -> Kept {
        let delay = i64::from(self.settings.delay_s) * 1_000;
        let messages = self.said.values().filter_map(|(said, state, reason)| {
            let is_delayed = *state == State::Held && reason == DELAY;
            let release_at = is_delayed.then(|| millis(said.message.at) + delay);
            let state = if is_delayed { State::Shown } else { *state };
            let is_there = matches!(state, State::Shown | State::Held);
            is_there.then(|| Said { state, release_at, reason: reason.clone(), ..said.clone() })
        });
        Kept {
            settings: self.settings.clone(),
            messages: messages.collect(),
            seq: self.said.keys().next_back().copied().unwrap_or_default(),
            silences: self.silences.iter().map(|(account, silence)| (*account, *silence)).collect(),
            ..unused()
        }
    }
}

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    Come(Option<u128>),
    Cut(usize),
    /// Somebody whose line is cut comes back.
    Return(usize),
    /// Likewise, says something that is sent when they come back.
    Write(usize),
    /// So many messages, one after the other.
    Say(usize, usize),
    /// What has to wait.
    Link(usize),
    /// Takes back what waits.
    Withdraw(usize),
    Review(usize, bool),
    Delete(usize),
    Delay(bool),
    TimeOut(u128),
    Ban(u128),
    Unban(u128),
    /// So many records.
    Keep(usize),
    Lose,
    Pass(i64),
    /// The server is killed and starts again: so many records that nobody knows of are kept.
    Restart(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 2_u128..6;
    let any = any::<usize>;
    prop_oneof![
        2 => prop_oneof![Just(None), who().prop_map(Some)].prop_map(Step::Come),
        3 => any().prop_map(Step::Cut),
        4 => any().prop_map(Step::Return),
        1 => any().prop_map(Step::Write),
        8 => (any(), 1..12_usize).prop_map(|(who, count)| Step::Say(who, count)),
        3 => any().prop_map(Step::Link),
        1 => any().prop_map(Step::Withdraw),
        2 => (any(), proptest::bool::ANY).prop_map(|(which, approve)| Step::Review(which, approve)),
        1 => any().prop_map(Step::Delete),
        1 => proptest::bool::ANY.prop_map(Step::Delay),
        1 => who().prop_map(Step::TimeOut),
        1 => who().prop_map(Step::Ban),
        2 => who().prop_map(Step::Unban),
        4 => (1..20_usize).prop_map(Step::Keep),
        2 => Just(Step::Lose),
        2 => (0_i64..3_000).prop_map(Step::Pass),
        1 => (0..5_usize).prop_map(Step::Restart),
    ]
}

/// A world whose journal writes into tables.
struct Course {
    world: World,
    tables: Tables,
    /// Those whose lines are cut.
    away: Vec<Seat>,
    epochs: u32,
    texts: u32,
}

impl Course {
    fn new() -> Self {
        let mut world = World { each_takes: 300, ..World::new() };
        let ada = world.come(Some(CREATOR));
        world.set(ada, SettingsChange { hold_links: Some(true), ..SettingsChange::default() });
        // More than can be read is never said, so who reads no more than that misses nothing either.
        let reader = world.come(None);
        world.client(reader).set_sampling(true, None);
        let mut course = Self { world, tables: Tables::default(), away: Vec::new(), epochs: 0, texts: 0 };
        course.settle_all();
        course
    }

    /// Everybody's connections.
    fn seats(&self) -> Vec<ClientId> {
        let mut ids: Vec<ClientId> = self.world.seats.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// One of those who are connected, if anybody is.
    fn any(&self, index: usize) -> Option<ClientId> {
        let ids = self.seats();
        index.checked_rem(ids.len()).map(|place| ids[place])
    }

    /// The creator may be away, or have come back as another connection.
    fn creator(&self) -> Option<ClientId> {
        self.seats().into_iter().find(|id| self.world.seats[id].who == Some(CREATOR))
    }

    fn order(&mut self, command: Command) {
        if let Some(creator) = self.creator() {
            self.world.ask(creator, command);
        }
    }

    /// What nobody has said.
    fn text(&mut self) -> String {
        self.texts += 1;
        format!("message {}", self.texts)
    }

    /// The first record is kept, or lost.
    fn settle(&mut self, keeps: bool) {
        let Some(ticket) = (!self.world.unkept.is_empty()).then(|| self.world.unkept.remove(0)) else { return };
        let now = self.world.now();
        let record = &self.world.records[usize::try_from(ticket).unwrap() - 1];
        match keeps.then(|| self.tables.keep(record)) {
            None => self.world.room.lost(ticket, &now),
            Some(None) => self.world.room.kept(ticket, &now),
            Some(Some(known)) => self.world.room.known(ticket, known, &now),
        }
        self.world.deliver();
    }

    fn settle_all(&mut self) {
        while !self.world.unkept.is_empty() || self.world.room.owes() > 0 {
            while !self.world.unkept.is_empty() {
                self.settle(true);
            }
            self.world.pass(2_000);
        }
    }

    fn restart(&mut self, kept: usize) {
        for ticket in self.world.unkept.drain(..).take(kept) {
            self.tables.keep(&self.world.records[usize::try_from(ticket).unwrap() - 1]);
        }
        self.epochs += 1;
        self.world.records.clear();
        self.world.inside.clear();
        self.world.room = Room::new(self.tables.read(), format!("epoch{}", self.epochs), RATES);
        self.world.told = self.tables.shown();
        for id in self.seats() {
            let mut seat = self.world.seats.remove(&id).unwrap();
            seat.client.closed(0, Some(1006));
            self.world.connect(seat);
        }
    }

    fn take(&mut self, step: &Step) {
        let room = channel();
        match *step {
            Step::Come(who) => drop(self.world.come(who)),
            Step::Cut(index) => {
                let Some(id) = self.any(index) else { return };
                let seat = self.world.cut(id);
                self.away.push(seat);
            }
            Step::Return(index) => {
                let Some(place) = index.checked_rem(self.away.len()) else { return };
                let seat = self.away.remove(place);
                self.world.connect(seat);
            }
            Step::Write(index) => {
                let Some(place) = index.checked_rem(self.away.len()) else { return };
                let text = self.text();
                let sent = self.away[place].client.say(text, None, false);
                assert!(sent.is_empty(), "there is no line");
            }
            Step::Say(index, count) => {
                let Some(id) = self.any(index) else { return };
                for _ in 0..count {
                    let text = self.text();
                    self.world.say(id, &text);
                }
            }
            Step::Link(index) => {
                let Some(id) = self.any(index) else { return };
                let text = self.text();
                self.world.say(id, &format!("see example.org/{text}"));
            }
            Step::Withdraw(index) => {
                let Some(id) = self.any(index) else { return };
                let nonces: Vec<String> =
                    self.world.client(id).outgoing().iter().map(|outgoing| outgoing.nonce.clone()).collect();
                for nonce in nonces {
                    let requests = self.world.client(id).withdraw(&nonce);
                    self.world.carry(id, requests);
                }
            }
            Step::Review(index, approve) => {
                let Some(creator) = self.creator() else { return };
                let held = self.world.client(creator).held();
                if let Some(held) = index.checked_rem(held.len()).and_then(|place| held.get(place)) {
                    let message = held.message.id.clone();
                    self.order(Command::Review { room, message, approve });
                }
            }
            Step::Delete(index) => {
                let Some(creator) = self.creator() else { return };
                let lines = self.world.client(creator).lines();
                let ids: Vec<String> = lines.iter().map(|message| message.id.clone()).collect();
                if let Some(message) = index.checked_rem(ids.len()).map(|place| ids[place].clone()) {
                    self.order(Command::Delete { room, message });
                }
            }
            Step::Delay(on) => {
                let settings = SettingsChange { delay_s: Some(if on { 2 } else { 0 }), ..SettingsChange::default() };
                self.order(Command::Set { room, settings });
            }
            Step::TimeOut(who) => {
                self.order(Command::TimeOut { room, who: name(who), seconds: 5, reason: String::new() });
            }
            Step::Ban(who) => self.order(Command::Ban { room, who: name(who), reason: String::new() }),
            Step::Unban(who) => self.order(Command::Unban { room, who: name(who) }),
            Step::Keep(count) => (0..count).for_each(|_| self.settle(true)),
            Step::Lose => self.settle(false),
            Step::Pass(millis) => drop(self.world.pass(millis)),
            Step::Restart(kept) => self.restart(kept),
        }
    }

    /// What has to be so at any time.
    fn check(&mut self) -> Result<(), TestCaseError> {
        for id in &self.world.acknowledged {
            prop_assert!(self.tables.has(id), "{id} was acknowledged and is not kept");
        }
        self.world.acknowledged.clear();
        for seat in self.world.seats.values_mut() {
            if seat.client.link() != Link::Over(Ended::Banned) {
                seat.seen = None;
                continue;
            }
            let lines: Vec<String> = seat.client.lines().iter().map(|message| message.id.clone()).collect();
            let seen = seat.seen.get_or_insert_with(|| lines.clone());
            prop_assert_eq!(&*seen, &lines, "who is banned is told nothing");
        }
        Ok(())
    }

    /// What has to be so once everybody is back, all is settled and nothing is delayed.
    fn check_all(&mut self) -> Result<(), TestCaseError> {
        for seat in std::mem::take(&mut self.away) {
            self.world.connect(seat);
        }
        for _ in 0..3 {
            self.settle_all();
            self.world.pass(3_000);
        }
        self.check()?;
        let told = &self.world.told;
        let sorted = |ids: &[String]| {
            let mut ids = ids.to_vec();
            ids.sort_unstable();
            ids
        };
        prop_assert_eq!(sorted(told), sorted(&self.tables.shown_by_now()), "what was shown is what is kept");
        for seat in self.world.seats.values().filter(|seat| seat.client.link() == Link::Joined) {
            let lines: Vec<String> = seat.client.lines().iter().map(|message| message.id.clone()).collect();
            prop_assert!(told.ends_with(&lines), "{lines:?} is not the end of {told:?}");
            // A client keeps the latest five hundred.
            let since = Uuid::from_u128(seat.since).to_string();
            let missed = told.iter().rev().take(400).find(|id| **id > since && !lines.contains(id));
            prop_assert_eq!(missed, None, "it came after they did");
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever order people come, speak, are held, cut off, come back, are silenced and banned in, whatever is lost and however often
    /// the server is killed, everybody who is in the room sees the same messages in the same order, each once, and all of them; what
    /// anybody was told is kept is kept; and who is banned is told nothing.
    #[test]
    fn everybody_sees_the_same(steps in proptest::collection::vec(step(), 1..80)) {
        let mut course = Course::new();
        for step in steps {
            course.take(&step);
            course.check()?;
        }
        course.check_all()?;
    }
}

#[test]
fn who_comes_late_sees_the_end_of_much() {
    let mut course = Course::new();
    for who in 2..6 {
        course.take(&Step::Come(Some(who)));
    }
    for _ in 0..20 {
        for seat in 2..6 {
            course.take(&Step::Say(seat, 3));
        }
        course.take(&Step::Keep(20));
    }
    course.take(&Step::Come(None));
    let late = *course.seats().last().unwrap();
    assert_eq!((course.world.told.len(), course.world.shown(late).len()), (240, 150));
    let cut = [Step::Say(3, 3), Step::Cut(4), Step::Say(3, 3), Step::Return(0), Step::Say(4, 3)];
    for step in [Step::Say(2, 3), Step::Restart(1)].into_iter().chain(cut) {
        course.take(&step);
    }
    course.check_all().unwrap();
}
