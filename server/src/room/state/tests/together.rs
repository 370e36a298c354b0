//! Points, predictions, rewards and questions.

use klieg_api::points::{RewardTerms, Stage};
use klieg_api::raids::ShoutOut;
use klieg_api::room::{Author, Moment};
use proptest::prelude::*;

use super::*;

/// What everybody has when they come.
pub(super) const POINTS: u64 = 1_000;

impl World {
    pub(super) fn points(&self, id: ClientId) -> u64 {
        self.seats[&id].client.you().points.unwrap()
    }

    pub(super) fn predict(&mut self, id: ClientId, outcome: u32, points: u64) -> Option<String> {
        let prediction = self.client(id).together().prediction().unwrap().id.clone();
        self.ask(id, Command::Predict { room: channel(), prediction, outcome, points })
    }

    pub(super) fn resolve(&mut self, id: ClientId, winner: Option<u32>) -> Option<String> {
        let prediction = self.client(id).together().prediction().unwrap().id.clone();
        self.ask(id, Command::ResolvePrediction { room: channel(), prediction, winner })
    }

    pub(super) fn redeem(&mut self, id: ClientId, reward: &str, text: &str, nonce: &str) -> Option<String> {
        let known = self.client(id).together().rewards().iter().find(|known| known.id == reward).unwrap();
        let (cost, reward) = (known.terms.cost, reward.to_owned());
        let (text, nonce) = (text.to_owned(), nonce.to_owned());
        self.ask(id, Command::Redeem { room: channel(), reward, cost, text, nonce })
    }

    pub(super) fn question(&mut self, id: ClientId, text: &str, nonce: &str) -> Option<String> {
        self.ask(id, Command::AskQuestion { room: channel(), text: text.to_owned(), nonce: nonce.to_owned() })
    }

    /// Sends everybody to a channel.
    pub(super) fn raid(&mut self, client: ClientId, name: &str) {
        let who = Author { handle: name.parse().unwrap(), name: None, badges: Vec::new() };
        let target = Target {
            channel: Uuid::from_u128(77),
            account: Uuid::from_u128(7),
            shown: ShoutOut { channel: who, title: String::new(), live: true },
        };
        let now = self.now();
        self.room.raid(Asked { client, id: 900 }, &now, Uuid::from_u128(1), &target);
        self.deliver();
    }

    /// The show plays in somebody's window, or not any more.
    fn plays(&mut self, id: ClientId, playing: bool) {
        let requests = self.client(id).set_playing(playing);
        self.carry(id, requests);
    }

    /// Time passes while the channel is live.
    fn watch(&mut self, millis: i64) {
        for _ in 0..millis / 60_000 {
            self.now += 60_000;
            let on = Some(Moment { broadcast_id: "b".into(), at_ms: 0 });
            self.room.tick(&Now { at: self.now, on });
            self.deliver();
            self.keep_all();
        }
    }
}

pub(super) fn prediction(outcomes: &[&str]) -> Command {
    let outcomes = outcomes.iter().map(|outcome| (*outcome).to_owned()).collect();
    Command::StartPrediction { room: channel(), question: "Who wins?".into(), outcomes, seconds: 60 }
}

pub(super) fn terms(title: &str, cost: u32) -> RewardTerms {
    RewardTerms { title: title.into(), cost, asks: false, waits: false, paused: false }
}

pub(super) fn save(terms: RewardTerms) -> Command {
    Command::SaveReward { room: channel(), replaces: None, reward: terms }
}

#[test]
fn who_was_right_has_what_the_others_staked() {
    let mut world = World::new();
    let (creator, bob, cy) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(3)));
    assert_eq!(world.ask(creator, prediction(&["red", "blue"])), None);
    assert_eq!(world.predict(bob, 0, 300), None);
    assert_eq!(world.predict(cy, 1, 100), None);
    // Said again it is the same; more raises it.
    assert_eq!(world.predict(cy, 1, 100), None);
    assert_eq!(world.predict(cy, 1, 500), None);
    assert_eq!((world.points(bob), world.points(cy)), (700, 500));
    world.keep_all();
    world.pass(1_000);
    let shown = world.client(bob).together().prediction().unwrap().clone();
    assert_eq!(shown.outcomes.iter().map(|of| (of.points, of.people)).collect::<Vec<_>>(), [(300, 1), (500, 1)]);
    assert_eq!(world.resolve(creator, Some(1)), None);
    // Nobody has it before it is kept.
    assert_eq!(world.points(cy), 500);
    world.keep_all();
    assert_eq!((world.points(bob), world.points(cy)), (700, 1_300));
    let (bobs, cys) = (world.seats[&bob].client.you().stake.clone(), world.seats[&cy].client.you().stake.clone());
    assert_eq!((bobs.unwrap().returned, cys.unwrap().returned), (Some(0), Some(800)));
    let decided = world.client(bob).together().prediction().unwrap();
    assert_eq!((decided.winner, decided.over_at.is_some()), (Some(1), true));
}

#[test]
fn what_cannot_be_staked_is_refused_and_nothing_taken() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.ask(creator, prediction(&["red", "blue"]));
    assert_eq!(world.predict(bob, 0, 1_001).as_deref(), Some("/problems/not-enough-points"));
    assert_eq!(world.predict(bob, 2, 10).as_deref(), Some("/problems/not-found"));
    assert_eq!(world.predict(bob, 0, 0).as_deref(), Some("/problems/invalid-request"));
    assert_eq!(world.predict(bob, 0, 10), None);
    assert_eq!(world.predict(bob, 1, 20).as_deref(), Some("/problems/invalid-request"));
    assert_eq!(world.predict(bob, 0, 5).as_deref(), Some("/problems/invalid-request"));
    assert_eq!(world.predict(creator, 0, 10).as_deref(), Some("/problems/own-channel"));
    assert_eq!(world.resolve(bob, Some(0)).as_deref(), Some("/problems/forbidden"));
    world.keep_all();
    world.pass(60_000);
    assert_eq!(world.client(bob).together().prediction().unwrap().stage, Stage::Locked);
    assert_eq!(world.predict(bob, 0, 50).as_deref(), Some("/problems/prediction-locked"));
    assert_eq!(world.ask(creator, prediction(&["a", "b"])).as_deref(), Some("/problems/prediction-is-on"));
    assert_eq!(world.points(bob), 990);
}

#[test]
fn a_moderator_who_has_a_stake_does_not_decide_it() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.ask(creator, Command::Appoint { room: channel(), who: name(2), moderator: true, rights: None });
    world.ask(creator, prediction(&["red", "blue"]));
    world.predict(bob, 0, 10);
    world.keep_all();
    assert_eq!(world.resolve(bob, Some(0)).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.resolve(creator, None), None);
    world.keep_all();
    assert_eq!(world.points(bob), POINTS);
}

#[test]
fn what_nobody_decides_is_given_back_after_a_day() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.ask(creator, prediction(&["red", "blue"]));
    world.predict(bob, 0, 100);
    world.keep_all();
    world.pass(61_000);
    world.keep_all();
    world.pass(24 * 60 * 60_000);
    world.keep_all();
    assert_eq!(world.points(bob), POINTS);
    assert_eq!(world.client(bob).together().prediction().unwrap().stage, Stage::Cancelled);
}

#[test]
fn points_are_earned_by_watching_the_live_show_in_however_many_windows() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.watch(10 * 60_000);
    assert_eq!(world.points(bob), POINTS, "they are here, and nothing plays");
    world.plays(creator, true);
    world.plays(bob, true);
    world.pass(30 * 60_000);
    assert_eq!(world.points(bob), POINTS, "nothing is on");
    world.watch(5 * 60_000);
    assert_eq!(world.points(bob), POINTS + 10);
    // In two windows it is not twice as much, and in one of them it is enough.
    let again = world.come(Some(2));
    world.plays(again, true);
    world.watch(5 * 60_000);
    world.plays(bob, false);
    world.watch(5 * 60_000);
    assert_eq!((world.points(bob), world.points(again)), (POINTS + 30, POINTS + 30));
    world.plays(again, false);
    world.watch(10 * 60_000);
    assert_eq!(world.points(bob), POINTS + 30, "it is paused in both");
    assert_eq!(world.seats[&creator].client.you().points, None);
}

#[test]
fn what_was_watched_before_a_pause_or_a_lost_line_counts_with_what_comes_after() {
    let mut world = World::new();
    let bob = world.come(Some(2));
    world.plays(bob, true);
    world.watch(2 * 60_000);
    world.plays(bob, false);
    world.watch(20 * 60_000);
    world.plays(bob, true);
    world.watch(2 * 60_000);
    let seat = world.cut(bob);
    world.watch(2 * 60_000);
    // The client says again that it plays.
    let bob = world.connect(seat);
    assert_eq!(world.points(bob), POINTS);
    world.watch(60_000);
    assert_eq!(world.points(bob), POINTS + 10);
    world.watch(3 * 60_000);
    // Who joins again from within says it again.
    let (asked, now) = (Asked { client: bob, id: 900 }, world.now());
    world.room.join(&now, asked, Some(facts(2)), None);
    world.deliver();
    world.watch(10 * 60_000);
    assert_eq!(world.points(bob), POINTS + 10);
    world.plays(bob, false);
    world.plays(bob, true);
    // Who is shut out watches no more.
    let creator = world.come(Some(CREATOR));
    world.ask(creator, Command::Ban { room: channel(), who: name(2), reason: String::new() });
    world.watch(3 * 60_000);
    world.keep_all();
    assert_eq!(world.room.purses.points(Uuid::from_u128(2)), Some(POINTS + 10));
}

#[test]
fn programs_earn_nothing() {
    let mut world = World::new();
    let program = ClientId(1 << 20);
    let now = world.now();
    world.room.join(&now, Asked { client: program, id: 1 }, Some(Facts { is_program: true, ..facts(2) }), None);
    world.room.plays(Asked { client: program, id: 2 }, &now, true);
    world.deliver();
    world.watch(10 * 60_000);
    // Nor does it count for who comes after it.
    let bob = world.come(Some(2));
    assert_eq!(world.points(bob), POINTS);
    world.plays(bob, true);
    world.watch(4 * 60_000);
    assert_eq!(world.points(bob), POINTS);
    world.watch(60_000);
    assert_eq!(world.points(bob), POINTS + 10);
}

#[test]
fn a_reward_is_redeemed_told_and_fulfilled_or_given_back() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    let terms = RewardTerms { asks: true, waits: true, ..terms("Pick a song", 400) };
    assert_eq!(world.ask(bob, save(terms.clone())).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(creator, save(terms)), None);
    let reward = world.client(bob).together().rewards()[0].id.clone();
    assert_eq!(world.redeem(bob, &reward, " ", "a").as_deref(), Some("/problems/invalid-request"));
    assert_eq!(world.redeem(bob, &reward, "Blue Monday", "a"), None);
    // The same again is the same.
    assert_eq!(world.redeem(bob, &reward, "Blue Monday", "a"), None);
    assert_eq!(world.redeem(bob, &reward, "Age of Consent", "b"), None);
    world.keep_all();
    assert_eq!(world.redeem(bob, &reward, "Ceremony", "c").as_deref(), Some("/problems/not-enough-points"));
    assert_eq!(world.points(bob), 200);
    assert_eq!(world.shown(creator), ["Blue Monday", "Age of Consent"]);
    let titles: Vec<_> = world.client(creator).lines().iter().map(|message| message.reward.clone()).collect();
    assert_eq!(titles, [Some("Pick a song".to_owned()), Some("Pick a song".to_owned())]);
    let waiting: Vec<String> = world.client(creator).together().redemptions().iter().map(|of| of.id.clone()).collect();
    assert_eq!(waiting.len(), 2);
    let fulfil = |redemption: &str, done| Command::Fulfil { room: channel(), redemption: redemption.to_owned(), done };
    assert_eq!(world.ask(bob, fulfil(&waiting[0], false)).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(creator, fulfil(&waiting[0], true)), None);
    assert_eq!(world.ask(creator, fulfil(&waiting[1], false)), None);
    // Twice is once.
    assert_eq!(world.ask(creator, fulfil(&waiting[1], false)).as_deref(), Some("/problems/not-found"));
    world.keep_all();
    assert_eq!(world.points(bob), 600);
    assert!(world.client(creator).together().redemptions().is_empty());
}

#[test]
fn questions_are_asked_voted_for_and_answered() {
    let mut world = World::new();
    let (creator, bob, cy) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(3)));
    assert_eq!(world.question(bob, "Which lens?", "a").as_deref(), Some("/problems/no-questions"));
    world.set(creator, SettingsChange { questions: Some(true), ..SettingsChange::default() });
    assert_eq!(world.question(bob, "Which lens?", "a"), None);
    assert_eq!(world.question(bob, "Which lens?", "a"), None);
    assert_eq!(world.question(cy, "Why film?", "a"), None);
    world.keep_all();
    let ids: Vec<String> = world.client(cy).together().questions().iter().map(|of| of.id.clone()).collect();
    assert_eq!(ids.len(), 2);
    let vote = |question: &str, on| Command::VoteQuestion { room: channel(), question: question.to_owned(), on };
    assert_eq!(world.ask(bob, vote(&ids[0], true)).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(bob, vote(&ids[1], true)), None);
    world.pass(1_000);
    let first = world.client(creator).together().questions()[0].clone();
    assert_eq!((first.text.as_str(), first.votes), ("Why film?", 1));
    assert!(world.client(bob).together().has_voted(&ids[1]));
    // Who comes later knows as much.
    let later = world.come(Some(2));
    assert!(world.client(later).together().has_voted(&ids[1]));
    let close =
        |question: &str, answered| Command::CloseQuestion { room: channel(), question: question.to_owned(), answered };
    assert_eq!(world.ask(bob, close(&ids[1], true)).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(bob, close(&ids[0], false)), None);
    assert_eq!(world.ask(creator, close(&ids[1], true)), None);
    assert!(world.client(bob).together().questions().is_empty());
    // Who is silenced has no questions either.
    world.question(cy, "And why colour?", "b");
    world.ask(creator, Command::TimeOut { room: channel(), who: name(3), seconds: 60, reason: String::new() });
    assert!(world.client(bob).together().questions().is_empty());
}

#[derive(Clone, Debug)]
enum Step {
    Stake { who: usize, outcome: u32, points: u64 },
    Settle { keep: bool },
    Reconnect(usize),
    Pass,
    Decide(Option<u32>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..4_usize, 0..2_u32, 1..400_u64).prop_map(|(who, outcome, points)| Step::Stake { who, outcome, points }),
        3 => prop::bool::weighted(0.8).prop_map(|keep| Step::Settle { keep }),
        1 => (0..4_usize).prop_map(Step::Reconnect),
        1 => Just(Step::Pass),
        1 => prop::option::of(0..2_u32).prop_map(Step::Decide),
    ]
}

proptest! {
    /// Whatever order things happen in, and whatever the journal loses: the points that people have and have staked are always
    /// as many as there were.
    #[test]
    fn points_are_neither_lost_nor_made(steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::new();
        let creator = world.come(Some(CREATOR));
        let mut people: Vec<ClientId> = (2..6).map(|who| world.come(Some(who))).collect();
        world.ask(creator, prediction(&["red", "blue"]));
        world.keep_all();
        for step in steps {
            match step {
                Step::Stake { who, outcome, points } => drop(world.predict(people[who], outcome, points)),
                Step::Settle { keep } => {
                    for ticket in std::mem::take(&mut world.unkept) {
                        let now = world.now();
                        if keep { world.room.kept(ticket, &now) } else { world.room.lost(ticket, &now) }
                    }
                    world.deliver();
                }
                Step::Reconnect(who) => people[who] = world.reconnect(people[who]),
                Step::Pass => drop(world.pass(1_000)),
                Step::Decide(winner) => drop(world.resolve(creator, winner)),
            }
            let has: u64 = people.iter().map(|id| world.points(*id)).sum();
            let prediction = world.room.predictions.current().unwrap();
            let staked = if prediction.is_over() { 0 } else { prediction.points() };
            prop_assert_eq!(has + staked, 4 * POINTS);
        }
        world.keep_all();
        world.resolve(creator, Some(0));
        world.keep_all();
        prop_assert_eq!(people.iter().map(|id| world.points(*id)).sum::<u64>(), 4 * POINTS);
    }
}

#[test]
fn a_raid_goes_after_a_while_unless_it_is_called_off() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.raid(bob, "nova");
    world.raid(creator, "ada");
    assert!(world.client(bob).together().raid().is_none());
    world.raid(creator, "nova");
    assert_eq!(world.client(bob).together().raid().unwrap().to.handle.as_str(), "nova");
    assert_eq!(world.ask(creator, Command::CancelRaid { room: channel() }), None);
    world.pass(60_000);
    assert!(world.client(bob).together().raid().is_none() && world.raids.is_empty());
    world.raid(creator, "nova");
    // Who comes in the meantime is told as well.
    let late = world.come(None);
    assert!(world.client(late).together().raid().is_some());
    // People are sent, not windows and programs, and not the creator.
    world.come(Some(2));
    let now = world.now();
    let program = Facts { is_program: true, ..facts(3) };
    world.room.join(&now, Asked { client: ClientId(900), id: 1 }, Some(program), None);
    world.pass(30_000);
    assert_eq!(world.raids, [(Uuid::from_u128(77), 2)]);
    assert_eq!(world.client(bob).take_going().unwrap().to.handle.as_str(), "nova");
    assert!(world.client(bob).take_going().is_none());
}

#[test]
fn nobody_goes_where_they_are_not_taken_any_more() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.raid(creator, "nova");
    world.takes_raids = false;
    world.pass(30_000);
    assert!(world.client(bob).together().raid().is_none() && world.client(bob).take_going().is_none());
    // Or if nobody says whether they are.
    world.raid(creator, "nova");
    world.now += 30_000;
    let now = world.now();
    assert_eq!(world.room.tick(&now), Some(now.at + 5_000));
    world.room.take();
    let raid = Uuid::from_u128(1).to_string();
    world.now += 5_000;
    let now = world.now();
    world.room.tick(&now);
    world.room.sets_off(&raid, true, &now);
    world.deliver();
    assert!(world.raids.is_empty() && world.client(bob).together().raid().is_none());
}
