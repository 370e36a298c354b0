//! When somebody is answered: once what they asked for cannot be lost, whoever asked for it first; and what they are told of a
//! message that nobody will see.

use klieg_api::room::FilterAction;

use super::lost::poll;
use super::*;

fn hold_links() -> SettingsChange {
    SettingsChange { hold_links: Some(true), ..SettingsChange::default() }
}

impl World {
    /// Asks for something twice.
    fn twice(&mut self, id: ClientId, command: &Command) -> [u64; 2] {
        [(); 2].map(|()| {
            let (number, request) = self.client(id).request(command.clone()).unwrap();
            self.carry(id, vec![request]);
            number
        })
    }

    fn outcomes(&self, id: ClientId, requests: [u64; 2]) -> [Option<bool>; 2] {
        requests.map(|request| self.seats[&id].client.outcome(request))
    }

    /// Says something under a nonce, past the client, and is told this, one frame each.
    fn says(&mut self, client: ClientId, id: u64, nonce: &str) -> Vec<String> {
        self.said += 1;
        let (uuid, now) = (Uuid::from_u128(self.said), self.now());
        let (text, nonce) = (format!("see example.org/{nonce}"), nonce.to_owned());
        let saying = Saying { text, nonce, reply_to: None, announcement: false };
        self.room.say(&now, Asked { client, id }, uuid, &saying);
        self.hears(client)
    }

    fn hears(&mut self, client: ClientId) -> Vec<String> {
        let mut told = Vec::new();
        for out in self.room.take() {
            match out {
                Out::One(to, frames) if to == client => told.extend(texts(&frames)),
                Out::Keep(ticket, record) => {
                    self.unkept.push(ticket);
                    self.records.push(record);
                }
                _ => {}
            }
        }
        told.retain(|text| text.contains(r#""id":"#) && !text.contains(r#""is":"held""#));
        told
    }
}

#[test]
fn what_waits_for_a_moderator_is_answered_when_it_is_kept() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.set(ada, hold_links());
    world.keep_all();
    world.say(bob, "see example.org");
    assert_eq!(world.client(ada).held().len(), 1);
    assert_eq!(world.last(bob), Some(&Progress::Sent));
    world.keep_all();
    assert!(matches!(world.last(bob), Some(Progress::Held(Some(_)))));
    world.say(bob, "see example.com");
    world.lose_all();
    assert_eq!(world.refusal(bob), Some("/problems/unavailable"));
    assert_eq!(world.client(ada).held().len(), 1);
}

#[test]
fn who_says_it_again_waits_for_the_same_record() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    for held in [false, true] {
        let nonce = format!("kept{held}");
        for id in [7, 8] {
            assert!(world.says(bob, id, &nonce).is_empty());
        }
        assert_eq!(world.unkept.len(), 1);
        world.room.kept(world.unkept.remove(0), &world.now());
        let told = world.hears(bob);
        assert_eq!((told.len(), told.iter().filter(|text| text.contains("held")).count()), (2, 2 * usize::from(held)));
        let nonce = format!("lost{held}");
        for id in [7, 8] {
            assert!(world.says(bob, id, &nonce).is_empty());
        }
        world.room.lost(world.unkept.remove(0), &world.now());
        assert_eq!(world.hears(bob).iter().filter(|text| text.contains("refused")).count(), 2);
        world.set(ada, hold_links());
        world.keep_all();
    }
    // No more wait than so many.
    let waiting: Vec<String> = (0..20).flat_map(|id| world.says(bob, id, "many")).collect();
    assert_eq!((waiting.len(), world.unkept.len()), (4, 1));
    assert!(waiting.iter().all(|text| text.contains("refused") && text.contains("retry_after_ms")));
}

#[test]
fn who_says_it_again_is_told_whether_everybody_has_been_shown_it() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.set(ada, hold_links());
    world.keep_all();
    world.says(bob, 7, "link");
    world.room.kept(world.unkept.remove(0), &world.now());
    let told = world.hears(bob);
    assert!(told[0].contains(r#""held":true"#) && !told[0].contains("shown"), "{told:?}");
    let Some(Record::Said(said)) = world.records.last() else { panic!("{:?}", world.records) };
    let message = said.message.id.clone();
    world.ask(ada, Command::Review { room: channel(), message, approve: true });
    world.keep_all();
    let told = world.says(bob, 8, "link");
    assert!(told[0].contains(r#""shown":true"#) && !told[0].contains("held"), "{told:?}");
}

#[test]
fn what_is_so_already_is_answered_when_that_is_kept() {
    for keeps in [true, false] {
        let mut world = World::new();
        let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
        let room = channel;
        world.set(ada, SettingsChange { questions: Some(true), ..SettingsChange::default() });
        world.ask(ada, poll());
        world.question(ada, "Which lens?", "q");
        world.say(ada, "hello");
        let filter = Filter { pattern: "spam".into(), action: FilterAction::Hold };
        world.ask(ada, Command::AddFilter { room: room(), filter });
        world.ask(ada, Command::TimeOut { room: room(), who: name(9), seconds: 600, reason: String::new() });
        world.keep_all();
        let message = world.client(bob).lines().iter().next().unwrap().id.clone();
        let question = world.client(bob).together().questions()[0].id.clone();
        let asks = world.client(bob).together().poll().unwrap().id.clone();
        for (who, command) in [
            (bob, Command::Vote { room: room(), poll: asks, option: 1 }),
            (bob, Command::React { room: room(), message, emoji: "👍".into(), on: true }),
            (bob, Command::VoteQuestion { room: room(), question, on: true }),
            (ada, Command::Set { room: room(), settings: hold_links() }),
            (ada, Command::RemoveFilter { room: room(), pattern: "spam".into() }),
            (ada, Command::Unban { room: room(), who: name(9) }),
        ] {
            let requests = world.twice(who, &command);
            assert_eq!(world.outcomes(who, requests), [None; 2], "{command:?}");
            assert_eq!(world.unkept.len(), 1, "{command:?}");
            if keeps {
                world.keep_all();
            } else {
                world.lose_all();
            }
            assert_eq!(world.outcomes(who, requests), [Some(keeps); 2], "{command:?}");
            if keeps {
                let requests = world.twice(who, &command);
                assert_eq!(world.outcomes(who, requests), [Some(true); 2], "it is kept: {command:?}");
            }
        }
    }
}

#[test]
fn a_ban_is_answered_when_what_it_deletes_is_kept_as_well() {
    // What it deletes is lost, or that they are banned, or nothing.
    for lost in [Some(0), Some(1), None] {
        let mut world = World::new();
        let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
        world.say(bob, "rude");
        world.keep_all();
        let ban = Command::Ban { room: channel(), who: name(2), reason: String::new() };
        let (number, request) = world.client(ada).request(ban).unwrap();
        world.carry(ada, vec![request]);
        let made = &world.records[world.records.len() - 2..];
        let is_both = matches!(made, [Record::State { state: State::Deleted, .. }, Record::Silence { .. }]);
        assert!(is_both, "it comes last: {made:?}");
        let tickets = std::mem::take(&mut world.unkept);
        assert_eq!(tickets.len(), 2);
        for (place, ticket) in tickets.into_iter().enumerate() {
            let now = world.now();
            if lost == Some(place) {
                world.room.lost(ticket, &now);
            } else {
                world.room.kept(ticket, &now);
            }
            world.deliver();
            let is_answered = place == 1 || lost == Some(0);
            assert_eq!(world.client(ada).outcome(number), is_answered.then_some(lost.is_none()), "{lost:?} {place}");
        }
        assert_eq!(world.seats[&bob].closed, Some(4403), "it holds");
        assert_eq!(world.room.owes(), usize::from(lost.is_some()));
    }
}

#[test]
fn what_was_said_long_ago_is_not_said_anew() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    let old = Uuid::from_u128(77);
    for (nonce, state) in [("shown", State::Shown), ("gone", State::Deleted)] {
        assert!(world.says(bob, 7, nonce).is_empty());
        world.room.known(world.unkept.remove(0), Known { message: old, state }, &world.now());
        let told = world.hears(bob).concat();
        assert!(told.contains(&old.to_string()) && !told.contains("refused"), "{told}");
        // It is known from now on.
        assert!(world.says(bob, 8, nonce).concat().contains(&old.to_string()));
        assert!(world.unkept.is_empty());
    }
    let late = world.come(None);
    assert!(world.shown(late).is_empty());
    world.set(ada, hold_links());
    world.keep_all();
    world.say(bob, "see example.org");
    assert_eq!(world.client(ada).held().len(), 1);
    let discarded = Known { message: Uuid::from_u128(78), state: State::Discarded };
    world.room.known(world.unkept.remove(0), discarded, &world.now());
    world.deliver();
    assert!(world.client(ada).held().is_empty());
    assert_eq!(world.last(bob), Some(&Progress::Discarded));
}

#[test]
fn who_wrote_what_will_not_be_shown_is_told_so() {
    let mut world = World::new();
    let (ada, bob, cleo) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(3)));
    world.set(ada, hold_links());
    let review = |world: &mut World, approve| {
        let message = world.client(ada).held()[0].message.id.clone();
        assert_eq!(world.ask(ada, Command::Review { room: channel(), message, approve }), None);
    };
    world.say(bob, "see example.org/a");
    world.keep_all();
    review(&mut world, false);
    assert_eq!(world.last(bob), Some(&Progress::Discarded));
    // So it is if it was discarded before it was kept.
    world.say(bob, "see example.org/b");
    review(&mut world, false);
    world.keep_all();
    assert_eq!(world.last(bob), Some(&Progress::Discarded));
    // And if whoever wrote it was silenced.
    world.say(bob, "see example.org/c");
    world.keep_all();
    world.ask(ada, Command::TimeOut { room: channel(), who: name(2), seconds: 60, reason: String::new() });
    assert_eq!(world.last(bob), Some(&Progress::Discarded));
    // Who was away meanwhile is told when they come back.
    world.say(cleo, "see example.org/d");
    world.keep_all();
    let seat = world.cut(cleo);
    review(&mut world, false);
    let cleo = world.connect(seat);
    assert_eq!(world.last(cleo), Some(&Progress::Discarded));
}

#[test]
fn what_waits_can_be_taken_back_by_who_wrote_it_and_nobody_else() {
    let mut world = World::new();
    let (ada, bob, cleo) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(3)));
    for settings in [hold_links(), SettingsChange { delay_s: Some(5), ..SettingsChange::default() }] {
        world.set(ada, settings);
        world.say(bob, "see example.org");
        world.keep_all();
        let message = world.client(ada).held()[0].message.id.clone();
        let delete = Command::Delete { room: channel(), message };
        assert_eq!(world.ask(cleo, delete).as_deref(), Some("/problems/not-found"));
        let nonce = world.client(bob).outgoing()[0].nonce.clone();
        let requests = world.client(bob).withdraw(&nonce);
        world.carry(bob, requests);
        assert!(world.client(bob).outgoing().is_empty() && world.client(ada).held().is_empty());
        let last = world.records.last().unwrap();
        assert!(matches!(last, Record::State { state: State::Discarded, act: None, .. }), "{last:?}");
        world.keep_all();
        world.pass(60_000);
        assert!(world.shown(ada).is_empty());
        world.set(ada, SettingsChange { hold_links: Some(false), ..SettingsChange::default() });
    }
}
