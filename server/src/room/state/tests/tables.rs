//! Whatever is lost in whatever order: once all is settled the room has what the tables hold, and everybody knows it.

use std::collections::{BTreeMap, BTreeSet};

use klieg_api::room::FilterAction;
use proptest::prelude::*;

use super::lost::poll;
use super::together::terms;
use super::*;
use crate::database::moment;
use crate::room::record::{PointsRecord, QuestionRecord};

/// What the tables hold, or a room has of the same.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tables {
    votes: BTreeMap<Uuid, u32>,
    /// Questions that are open, and who wants to know the answer.
    open: BTreeSet<String>,
    wanted: BTreeSet<(String, Uuid)>,
    reactions: BTreeSet<(String, String, Uuid)>,
    rewards: BTreeMap<String, (String, u32)>,
    settings: Settings,
    filters: BTreeMap<String, FilterAction>,
    /// Until when, and since when.
    silences: BTreeMap<Uuid, (Option<i64>, i64)>,
    moderators: BTreeMap<Uuid, Rights>,
    pinned: Option<String>,
    /// Whether a message is shown, waits, or is gone.
    messages: BTreeMap<String, Option<State>>,
}

fn put<T: Ord>(set: &mut BTreeSet<T>, value: T, on: bool) {
    if on {
        set.insert(value);
    } else {
        set.remove(&value);
    }
}

fn put_at<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}

/// The state of a message that is not gone.
fn if_there(state: State) -> Option<State> {
    Some(state).filter(|state| matches!(state, State::Shown | State::Held))
}

impl Tables {
    fn keep(&mut self, record: &Record) {
        match record {
            Record::Said(said) => drop(self.messages.insert(said.message.id.clone(), if_there(said.state))),
            Record::State { messages, state, .. } => {
                for message in messages {
                    self.messages.insert(message.clone(), if_there(*state));
                }
            }
            Record::Vote { account, option, .. } => drop(self.votes.insert(*account, *option)),
            Record::Reaction { message, emoji, account, on } => {
                put(&mut self.reactions, (message.clone(), emoji.clone(), *account), *on);
            }
            Record::Question(QuestionRecord::Asked(open)) => put(&mut self.open, open.question.id.clone(), true),
            Record::Question(QuestionRecord::Closed { question, .. }) => put(&mut self.open, question.clone(), false),
            Record::Question(QuestionRecord::Vote { question, account, on }) => {
                put(&mut self.wanted, (question.clone(), *account), *on);
            }
            Record::Points(PointsRecord::Reward { id, terms, .. }) => {
                let terms = terms.as_ref().map(|terms| (terms.title.clone(), terms.cost));
                put_at(&mut self.rewards, id.clone(), terms);
            }
            Record::Settings { settings, .. } => self.settings = settings.clone(),
            Record::Filter { pattern, action, .. } => put_at(&mut self.filters, pattern.clone(), *action),
            Record::Silence { account, silence, .. } => {
                put_at(&mut self.silences, *account, silence.map(|silence| (silence.until, silence.since)));
            }
            Record::Moderator { account, rights, .. } => put_at(&mut self.moderators, *account, *rights),
            Record::Pinned { message, .. } => self.pinned.clone_from(message),
            _ => {}
        }
    }

    /// As a room reads them: nobody sees votes for what is closed, or what is pinned and gone.
    fn read(mut self) -> Self {
        self.wanted.retain(|(question, _)| self.open.contains(question));
        self.pinned = self.pinned.filter(|message| self.messages.get(message) == Some(&Some(State::Shown)));
        self
    }

    /// What the room has of the same.
    fn of(world: &World, people: &[Uuid], messages: impl Iterator<Item = String>) -> Self {
        let room = &world.room;
        let mut tables = Self { settings: room.settings.clone(), ..Self::default() };
        for account in people {
            put_at(&mut tables.votes, *account, room.polls.vote_of(*account));
            tables.wanted.extend(room.questions.voted(*account).into_iter().map(|question| (question, *account)));
            let silence = room.people.silence(*account, world.now);
            put_at(&mut tables.silences, *account, silence.map(|silence| (silence.until, silence.since)));
            put_at(&mut tables.moderators, *account, room.people.rights_of(*account));
        }
        tables.open = room.questions.list().into_iter().map(|question| question.id).collect();
        let rewards = room.rewards.list().iter();
        tables.rewards = rewards.map(|of| (of.id.clone(), (of.terms.title.clone(), of.terms.cost))).collect();
        tables.filters = room.filters.list().into_iter().map(|filter| (filter.pattern, filter.action)).collect();
        tables.pinned = room.pinned_message().map(|message| message.id);
        let held = |id: &String| room.history.held().iter().find(|said| said.message.id == *id);
        for id in messages {
            let said = room.history.find(&id).or_else(|| held(&id));
            for (emoji, who) in said.iter().flat_map(|said| &said.reactions) {
                tables.reactions.extend(who.iter().map(|account| (id.clone(), emoji.clone(), *account)));
            }
            let state = said.and_then(|said| if_there(said.state));
            tables.messages.insert(id, state);
        }
        tables
    }
}

#[derive(Clone, Debug)]
enum Step {
    Vote {
        who: usize,
        option: u32,
    },
    Want {
        who: usize,
        question: usize,
        on: bool,
    },
    Close {
        question: usize,
    },
    React {
        who: usize,
        emoji: usize,
        on: bool,
    },
    /// Of the reward at this place, or of a new one.
    Save {
        place: usize,
        cost: u32,
    },
    Remove {
        place: usize,
    },
    Set(SettingsChange),
    Filter {
        word: usize,
        action: Option<FilterAction>,
    },
    /// The last is not here, and banned.
    Silence {
        who: usize,
        on: bool,
    },
    /// An appeal is accepted at the desk.
    Lift {
        who: usize,
    },
    Appoint {
        who: usize,
        rights: Option<Rights>,
    },
    Pin(Option<usize>),
    Delete(usize),
    Review {
        message: usize,
        approve: bool,
    },
    /// The journal has dealt with the first of what it has.
    Settle {
        keep: bool,
    },
    /// The journal has no room for the last.
    Full,
    /// It is asked again.
    Pass,
}

fn rights() -> impl Strategy<Value = Option<Rights>> {
    let some = any::<[bool; 3]>().prop_map(|[people, rules, events]| Rights { people, rules, events });
    prop::option::weighted(0.7, some)
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..3_usize;
    let together = prop_oneof![
        (who(), 0..3_u32).prop_map(|(who, option)| Step::Vote { who, option }),
        (who(), 0..4_usize, any::<bool>()).prop_map(|(who, question, on)| Step::Want { who, question, on }),
        (0..4_usize).prop_map(|question| Step::Close { question }),
        (who(), 0..2_usize, any::<bool>()).prop_map(|(who, emoji, on)| Step::React { who, emoji, on }),
        (0..3_usize, 1..50_u32).prop_map(|(place, cost)| Step::Save { place, cost }),
        (0..3_usize).prop_map(|place| Step::Remove { place }),
    ];
    let set = prop_oneof![
        (0..3_u32).prop_map(|slow_s| SettingsChange { slow_s: Some(slow_s), ..SettingsChange::default() }),
        any::<bool>().prop_map(|shield| SettingsChange { shield: Some(shield), ..SettingsChange::default() }),
    ];
    let action = prop_oneof![Just(FilterAction::Hold), Just(FilterAction::Refuse)];
    let order = prop_oneof![
        set.prop_map(Step::Set),
        (0..2_usize, prop::option::of(action)).prop_map(|(word, action)| Step::Filter { word, action }),
        (0..4_usize, any::<bool>()).prop_map(|(who, on)| Step::Silence { who, on }),
        (0..4_usize).prop_map(|who| Step::Lift { who }),
        (who(), rights()).prop_map(|(who, rights)| Step::Appoint { who, rights }),
        prop::option::of(0..5_usize).prop_map(Step::Pin),
        (1..5_usize).prop_map(Step::Delete),
        (3..5_usize, any::<bool>()).prop_map(|(message, approve)| Step::Review { message, approve }),
    ];
    prop_oneof![
        6 => together,
        6 => order,
        8 => any::<bool>().prop_map(|keep| Step::Settle { keep }),
        1 => Just(Step::Full),
        2 => Just(Step::Pass),
    ]
}

/// The first record, or with `last` the last, is kept or lost.
fn settle(world: &mut World, tables: &mut Tables, last: bool, keep: bool) {
    let place = if last { world.unkept.len().checked_sub(1) } else { (!world.unkept.is_empty()).then_some(0) };
    let Some(place) = place else { return };
    let (ticket, now) = (world.unkept.remove(place), world.now());
    if keep {
        tables.keep(&world.records[usize::try_from(ticket).unwrap() - 1]);
        world.room.kept(ticket, &now);
    } else {
        world.room.lost(ticket, &now);
    }
    world.deliver();
}

fn settle_all(world: &mut World, tables: &mut Tables) {
    while !world.unkept.is_empty() || world.room.owes() > 0 {
        while !world.unkept.is_empty() {
            settle(world, tables, false, true);
        }
        world.pass(2_000);
    }
}

/// A room with something of everything, its creator, three people, and the names of questions and messages. The last two messages
/// wait for a moderator.
fn furnished(tables: &mut Tables) -> (World, ClientId, Vec<ClientId>, Vec<String>, Vec<String>) {
    let mut world = World::new();
    let creator = world.come(Some(CREATOR));
    let people: Vec<ClientId> = (2..5).map(|who| world.come(Some(who))).collect();
    let kept = SettingsChange { questions: Some(true), hold_links: Some(true), ..SettingsChange::default() };
    world.set(creator, kept);
    world.ask(creator, poll());
    let asks = [(creator, "Which lens?"), (creator, "Why film?"), (people[0], "When?"), (people[1], "Where?")];
    for (asks, text) in asks {
        world.question(asks, text, text.split(' ').next().unwrap());
    }
    for text in ["hello", "one", "two"] {
        world.say(creator, text);
    }
    for text in ["see example.org/a", "see example.org/b"] {
        world.say(people[1], text);
    }
    settle_all(&mut world, tables);
    let questions = world.client(creator).together().questions().iter().map(|of| of.id.clone()).collect();
    let shown: Vec<String> = world.client(creator).lines().iter().map(|message| message.id.clone()).collect();
    let held = world.client(creator).held().iter().map(|held| held.message.id.clone());
    let messages = shown.into_iter().chain(held).collect();
    (world, creator, people, questions, messages)
}

proptest! {
    #[test]
    fn what_stands_is_what_the_tables_hold(steps in prop::collection::vec(step(), 1..100)) {
        let mut tables = Tables::default();
        let (mut world, creator, people, questions, messages) = furnished(&mut tables);
        for step in steps {
            let room = channel();
            // Nobody does more at once than they may.
            world.now += 300;
            match step {
                Step::Vote { who, option } => world.vote(people[who], option),
                Step::Want { who, question, on } => {
                    let question = questions[question].clone();
                    world.ask(people[who], Command::VoteQuestion { room, question, on });
                }
                Step::Close { question } => {
                    let question = questions[question].clone();
                    world.ask(creator, Command::CloseQuestion { room, question, answered: true });
                }
                Step::React { who, emoji, on } => {
                    let (message, emoji) = (messages[0].clone(), ["👍", "🎉"][emoji].to_owned());
                    world.ask(people[who], Command::React { room, message, emoji, on });
                }
                Step::Save { place, cost } => {
                    let id = world.room.rewards.list().get(place).map(|reward| reward.id.clone());
                    world.ask(creator, Command::SaveReward { room, replaces: id, reward: terms("Hydrate", cost) });
                }
                Step::Remove { place } => {
                    if let Some(reward) = world.room.rewards.list().get(place).map(|reward| reward.id.clone()) {
                        world.ask(creator, Command::RemoveReward { room, reward });
                    }
                }
                Step::Set(settings) => drop(world.set(creator, settings)),
                Step::Filter { word, action } => {
                    let pattern = ["spam", "ham"][word].to_owned();
                    world.ask(creator, match action {
                        Some(action) => Command::AddFilter { room, filter: Filter { pattern, action } },
                        None => Command::RemoveFilter { room, pattern },
                    });
                }
                Step::Silence { who, on } => {
                    let (is_absent, who, reason) = (who == 3, name(who as u128 + 2), String::new());
                    world.ask(creator, if !on {
                        Command::Unban { room, who }
                    } else if is_absent {
                        Command::Ban { room, who, reason }
                    } else {
                        Command::TimeOut { room, who, seconds: 86_400, reason }
                    });
                }
                Step::Lift { who } => {
                    let account = Uuid::from_u128(who as u128 + 2);
                    if let Some((_, since)) = tables.silences.remove(&account) {
                        world.room.lifted(account, since, &world.now());
                        world.deliver();
                    }
                }
                Step::Appoint { who, rights } => {
                    let (who, moderator) = (name(who as u128 + 2), rights.is_some());
                    world.ask(creator, Command::Appoint { room, who, moderator, rights });
                }
                Step::Pin(message) => {
                    let message = message.map(|message| messages[message].clone());
                    world.ask(creator, Command::Pin { room, message });
                }
                Step::Delete(message) => {
                    world.ask(creator, Command::Delete { room, message: messages[message].clone() });
                }
                Step::Review { message, approve } => {
                    world.ask(creator, Command::Review { room, message: messages[message].clone(), approve });
                }
                Step::Settle { keep } => settle(&mut world, &mut tables, false, keep),
                Step::Full => settle(&mut world, &mut tables, true, false),
                Step::Pass => drop(world.pass(2_000)),
            }
        }
        settle_all(&mut world, &mut tables);
        world.pass(1_000);
        let accounts: Vec<Uuid> = (2..6).map(Uuid::from_u128).collect();
        let tables = tables.read();
        prop_assert_eq!(&Tables::of(&world, &accounts, messages.iter().cloned()), &tables);
        for (client, who) in [creator].into_iter().chain(people).zip([CREATOR, 2, 3, 4]) {
            knows(&world, client, Uuid::from_u128(who), &tables)?;
        }
        let creator = &world.seats[&creator].client;
        let filters: BTreeMap<_, _> = creator.filters().iter().map(|of| (of.pattern.clone(), of.action)).collect();
        prop_assert_eq!(filters, tables.filters.clone());
        let held: BTreeSet<_> = creator.held().iter().map(|held| held.message.id.clone()).collect();
        prop_assert_eq!(held, tables.in_state(State::Held));
    }
}

impl Tables {
    fn in_state(&self, state: State) -> BTreeSet<String> {
        let messages = self.messages.iter().filter(|(_, of)| **of == Some(state));
        messages.map(|(id, _)| id.clone()).collect()
    }
}

/// Whether somebody's client shows what the tables hold.
fn knows(world: &World, client: ClientId, account: Uuid, tables: &Tables) -> Result<(), TestCaseError> {
    let client = &world.seats[&client].client;
    let together = client.together();
    let count = |option: u32| tables.votes.values().filter(|of| **of == option).count() as u32;
    let votes: Vec<u32> = together.poll().unwrap().options.iter().map(|option| option.votes).collect();
    prop_assert_eq!(votes, [0, 1, 2].map(count));
    prop_assert_eq!(client.you().voted, tables.votes.get(&account).copied());
    prop_assert_eq!(together.questions().len(), tables.open.len());
    for question in together.questions() {
        prop_assert!(tables.open.contains(&question.id));
        let voters = tables.wanted.iter().filter(|(of, _)| *of == question.id).count();
        prop_assert_eq!(question.votes as usize, voters);
        let wants = tables.wanted.contains(&(question.id.clone(), account));
        prop_assert_eq!(together.has_voted(&question.id), wants);
    }
    prop_assert_eq!(together.rewards().len(), tables.rewards.len());
    prop_assert_eq!(client.settings(), &tables.settings);
    prop_assert_eq!(client.pinned().map(|message| &message.id), tables.pinned.as_ref());
    let shown: BTreeSet<_> = client.lines().iter().map(|message| message.id.clone()).collect();
    prop_assert_eq!(shown, tables.in_state(State::Shown));
    if account != Uuid::from_u128(CREATOR) {
        prop_assert_eq!(client.you().role.moderates(), tables.moderators.contains_key(&account));
        let until = tables.silences.get(&account).and_then(|(until, _)| *until);
        prop_assert_eq!(client.you().silenced_until, until.map(moment));
    }
    Ok(())
}
