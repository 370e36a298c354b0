//! What keeps people safe stands when the journal loses it, and is said to it again; what would give them more does not.

use klieg_api::room::{FilterAction, Role};
use klieg_core::room::Link;

use super::*;
use crate::database::moment;

/// How long until the journal is asked again.
const AGAIN: i64 = 2_000;

fn ban(who: u128) -> Command {
    Command::Ban { room: channel(), who: name(who), reason: "spam".into() }
}

fn unban(who: u128) -> Command {
    Command::Unban { room: channel(), who: name(who) }
}

fn appoint(who: u128, moderator: bool) -> Command {
    Command::Appoint { room: channel(), who: name(who), moderator, rights: None }
}

fn shield(up: bool) -> SettingsChange {
    SettingsChange { shield: Some(up), ..SettingsChange::default() }
}

/// Why the last thing was refused.
fn reason(world: &mut World, client: ClientId) -> Option<String> {
    world.client(client).trouble()?.reason.as_ref().map(|reason| reason.name.clone())
}

impl World {
    /// The journal is asked again, and keeps what it is asked.
    fn recover(&mut self) -> Vec<Record> {
        let known = self.records.len();
        self.pass(AGAIN);
        self.keep_all();
        assert_eq!(self.room.owes(), 0);
        self.records[known..].to_vec()
    }
}

#[test]
fn a_ban_that_is_lost_holds_and_is_said_again_until_it_is_kept() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.ask(creator, ban(2));
    world.lose_all();
    assert_eq!(reason(&mut world, creator).as_deref(), Some("unwritten"));
    assert_eq!(world.seats[&bob].closed, Some(4403));
    let again = world.come(Some(2));
    assert!(matches!(world.client(again).link(), Link::Over(_)));
    for _ in 0..3 {
        assert_eq!(world.pass(AGAIN - 1), Some(world.now + 1), "not all the time");
        world.pass(1);
        assert_eq!(world.unkept.len(), 1);
        world.lose_all();
    }
    for id in world.seats.keys().copied().collect::<Vec<_>>() {
        world.room.leave(id, &world.now());
    }
    assert!(!world.room.is_empty(), "it stays open for that");
    let kept = world.recover();
    assert!(matches!(&kept[..], [Record::Silence { silence: Some(_), act, .. }] if act.detail == "spam"));
    assert!(world.room.is_empty());
}

#[test]
fn a_ban_that_is_lifted_holds_again_if_that_is_lost() {
    let mut world = World::new();
    let creator = world.come(Some(CREATOR));
    world.ask(creator, ban(2));
    world.keep_all();
    world.ask(creator, unban(2));
    let bob = world.come(Some(2));
    assert_eq!(world.client(bob).link(), Link::Joined);
    world.lose_all();
    assert_eq!(world.client(creator).trouble().unwrap().kind, "/problems/unavailable");
    assert_eq!(world.seats[&bob].closed, Some(4403), "who has come meanwhile is put out");
    assert_eq!(world.room.owes(), 0);
}

#[test]
fn what_takes_the_place_of_something_unwritten_is_all_that_is_written() {
    let mut world = World::new();
    let creator = world.come(Some(CREATOR));
    world.ask(creator, ban(2));
    world.lose_all();
    world.ask(creator, unban(2));
    assert_eq!(world.room.owes(), 0);
    world.lose_all();
    let bob = world.come(Some(2));
    assert_eq!(world.client(bob).link(), Link::Joined, "the tables know of no ban");
    assert!(world.recover().is_empty());
}

#[test]
fn what_the_desk_has_lifted_is_over_and_what_came_after_it_is_not() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    let time_out = || Command::TimeOut { room: channel(), who: name(2), seconds: 600, reason: String::new() };
    let account = Uuid::from_u128(2);
    world.ask(creator, time_out());
    world.keep_all();
    let since = world.now;
    // An appeal is accepted while somebody silences them anew and somebody else lets them write.
    world.now += 1;
    world.ask(creator, time_out());
    for _ in 0..2 {
        world.room.lifted(account, since, &world.now());
        world.deliver();
        assert!(world.client(bob).you().silenced_until.is_some(), "told twice or late, it is about the first");
    }
    world.ask(creator, unban(2));
    world.lose_all();
    assert!(world.client(bob).you().silenced_until.is_none(), "the tables know of none");
    assert!(world.recover().is_empty());
    world.ask(creator, time_out());
    world.keep_all();
    let checked = Checked {
        begun: world.now,
        private: false,
        followers: 7,
        lifted: vec![(account, world.now)],
        listed: Vec::new(),
    };
    world.room.checked(&checked, &world.now());
    world.deliver();
    assert!(world.client(bob).you().silenced_until.is_none(), "it was read, as the word was lost");
    let late = world.come(None);
    assert_eq!(world.client(late).together().followers(), 7);
}

#[test]
fn what_holds_of_people_and_is_not_written_down_every_moderator_is_told_until_it_is() {
    let mut world = World::new();
    let (creator, moderator, viewer) = (world.come(Some(CREATOR)), world.come(Some(3)), world.come(Some(5)));
    for who in [3, 4] {
        world.ask(creator, appoint(who, true));
    }
    world.keep_all();
    world.pass(1_000);
    let is_banned = |world: &mut World, client| world.client(client).people().is_silence_unwritten(&name(2));
    world.ask(creator, ban(2));
    world.lose_all();
    world.pass(1_000);
    let late = world.come(Some(4));
    for client in [creator, moderator, late] {
        assert!(is_banned(&mut world, client));
    }
    assert!(!is_banned(&mut world, viewer));

    // However often it is tried; and with it what is lost besides.
    world.pass(AGAIN);
    assert_eq!(world.room.owes(), 0, "it is on its way");
    world.ask(creator, appoint(4, false));
    world.pass(1_000);
    assert!(is_banned(&mut world, moderator));
    world.lose_all();
    world.pass(1_000);
    assert!(is_banned(&mut world, moderator));
    assert!(world.client(moderator).people().are_rights_unwritten(&name(4)));
    let again = world.reconnect(moderator);
    assert!(is_banned(&mut world, again));

    world.recover();
    world.pass(1_000);
    for client in [creator, again] {
        assert!(!is_banned(&mut world, client));
        assert!(!world.client(client).people().are_rights_unwritten(&name(4)));
    }
    // What is lifted before it was written is over.
    world.ask(creator, Command::TimeOut { room: channel(), who: name(6), seconds: 60, reason: String::new() });
    world.lose_all();
    world.pass(1_000);
    assert!(world.client(again).people().is_silence_unwritten(&name(6)));
    world.ask(creator, unban(6));
    world.lose_all();
    world.pass(1_000);
    assert!(!world.client(again).people().is_silence_unwritten(&name(6)));
}

#[test]
fn a_timeout_takes_the_place_of_another_and_not_of_a_ban() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    let time_out = |seconds| Command::TimeOut { room: channel(), who: name(2), seconds, reason: String::new() };
    for seconds in [600, 60] {
        assert_eq!(world.ask(creator, time_out(seconds)), None);
        world.keep_all();
        let until = moment(world.now + i64::from(seconds) * 1_000);
        assert_eq!(world.client(bob).you().silenced_until, Some(until));
    }
    assert_eq!(world.ask(creator, ban(2)), None);
    world.keep_all();
    let before = world.records.len();
    assert_eq!(world.ask(creator, time_out(60)).as_deref(), Some("/problems/silenced-already"));
    assert_eq!(reason(&mut world, creator).as_deref(), Some("banned-already"));
    assert_eq!(world.records.len(), before);
    world.pass(61_000);
    let bob = world.come(Some(2));
    assert!(matches!(world.client(bob).link(), Link::Over(_)));
    for command in [unban(2), time_out(60)] {
        assert_eq!(world.ask(creator, command), None);
    }
}

#[test]
fn a_room_that_was_not_told_that_it_is_private_reads_it() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    let read = |begun, private| Checked { begun, private, followers: 0, lifted: Vec::new(), listed: Vec::new() };
    world.room.checked(&read(world.now, true), &world.now());
    world.deliver();
    assert!(matches!(world.client(bob).link(), Link::Over(_)));
    assert_eq!(world.client(creator).link(), Link::Joined);
    // What was read before it was told says nothing.
    world.room.checked(&read(world.now, false), &world.now());
    let early = world.come(Some(3));
    assert!(matches!(world.client(early).link(), Link::Over(_)));
    world.room.checked(&read(world.now + 1, false), &world.now());
    let later = world.come(Some(4));
    assert_eq!(world.client(later).link(), Link::Joined);
}

#[test]
fn nobody_is_a_moderator_whom_the_tables_do_not_know_and_who_is_none_any_more_stays_none() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.ask(creator, appoint(2, true));
    assert_eq!(world.client(bob).you().role, Role::Moderator);
    world.lose_all();
    assert_eq!(world.client(bob).you().role, Role::Viewer);
    assert!(world.recover().is_empty());
    world.ask(creator, appoint(2, true));
    world.keep_all();
    world.ask(creator, appoint(2, false));
    world.lose_all();
    assert_eq!(world.client(bob).you().role, Role::Viewer);
    assert_eq!(reason(&mut world, creator).as_deref(), Some("unwritten"));
    assert!(matches!(&world.recover()[..], [Record::Moderator { rights: None, .. }]));
}

#[test]
fn a_right_that_is_taken_stays_taken_and_one_that_the_tables_do_not_know_is_none() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    let give = |rights| Command::Appoint { room: channel(), who: name(2), moderator: true, rights: Some(rights) };
    let some = Rights { rules: false, ..Rights::ALL };
    world.ask(creator, give(Rights::NONE));
    world.keep_all();
    world.ask(creator, give(some));
    assert_eq!(world.client(bob).you().rights, some);
    world.lose_all();
    assert_eq!(world.client(bob).you().rights, Rights::NONE);
    assert!(world.recover().is_empty());
    world.ask(creator, give(some));
    world.keep_all();
    world.ask(creator, give(Rights::NONE));
    world.lose_all();
    assert_eq!(world.client(bob).you().rights, Rights::NONE);
    assert!(matches!(&world.recover()[..], [Record::Moderator { rights: Some(Rights::NONE), .. }]));
    // Said without any, they are as they were.
    world.ask(creator, appoint(2, true));
    assert_eq!(world.client(bob).you().rights, Rights::NONE);
}

#[test]
fn a_right_that_was_taken_from_a_moderator_who_never_was_one_is_not_owed() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.ask(creator, appoint(2, true));
    let rights = Some(Rights::NONE);
    world.ask(creator, Command::Appoint { room: channel(), who: name(2), moderator: true, rights });
    // The journal has no room for the last, and then loses the one before.
    world.unkept.reverse();
    world.lose_all();
    assert_eq!(world.client(bob).you().role, Role::Viewer);
    assert!(world.recover().is_empty());
}

#[test]
fn filters_become_stricter_but_not_softer() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    let filter = |pattern: &str, action| Command::AddFilter {
        room: channel(),
        filter: Filter { pattern: pattern.into(), action },
    };
    world.ask(creator, filter("spam", FilterAction::Hold));
    world.lose_all();
    world.say(bob, "spam");
    assert_eq!(world.client(creator).held().len(), 1);
    assert!(matches!(&world.recover()[..], [.., Record::Filter { action: Some(FilterAction::Hold), .. }]));
    world.ask(creator, filter("spam", FilterAction::Refuse));
    world.ask(creator, filter("ham", FilterAction::Hold));
    world.keep_all();
    let strict = world.client(creator).filters().to_vec();
    world.ask(creator, filter("spam", FilterAction::Hold));
    world.lose_all();
    assert_eq!(world.client(creator).filters(), strict);
    world.ask(creator, Command::RemoveFilter { room: channel(), pattern: "spam".into() });
    world.lose_all();
    assert_eq!(world.client(creator).filters(), strict);
    assert_eq!(world.room.owes(), 0);
}

#[test]
fn the_shield_stays_up_for_its_time_and_comes_down_when_it_is_over() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    let is_up = |world: &mut World| world.client(bob).settings().shielded_until.is_some();
    world.set(creator, shield(true));
    world.lose_all();
    assert!(is_up(&mut world));
    world.set(creator, shield(true));
    assert_eq!(reason(&mut world, creator).as_deref(), Some("unwritten"), "so it is still");
    assert!(matches!(&world.recover()[..], [Record::Settings { settings, .. }] if settings.shielded_until.is_some()));
    world.set(creator, shield(false));
    assert!(!is_up(&mut world));
    world.lose_all();
    assert!(is_up(&mut world), "nobody takes it down whom the tables do not know of");
    world.pass(15 * 60_000);
    assert!(!is_up(&mut world));
    world.lose_all();
    assert!(!is_up(&mut world), "its time is over");
    assert!(matches!(&world.recover()[..], [Record::Settings { settings, .. }] if settings.shielded_until.is_none()));
}

#[test]
fn what_is_deleted_or_decided_stays_so() {
    let mut world = World::new();
    let (creator, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    let on = SettingsChange { questions: Some(true), hold_links: Some(true), ..SettingsChange::default() };
    world.set(creator, on);
    for text in ["rude", "see example.org/a", "see example.org/b"] {
        world.say(bob, text);
    }
    world.question(bob, "Which lens?", "q");
    world.keep_all();
    let rude = world.client(bob).lines().iter().next().unwrap().id.clone();
    let held: Vec<String> = world.client(creator).held().iter().map(|held| held.message.id.clone()).collect();
    let question = world.client(bob).together().questions()[0].id.clone();
    world.ask(creator, Command::Delete { room: channel(), message: rude });
    world.ask(creator, Command::Review { room: channel(), message: held[0].clone(), approve: true });
    world.ask(creator, Command::Review { room: channel(), message: held[1].clone(), approve: false });
    world.ask(creator, Command::CloseQuestion { room: channel(), question, answered: false });
    world.lose_all();
    assert_eq!(reason(&mut world, creator).as_deref(), Some("unwritten"));
    assert_eq!(world.shown(bob), ["see example.org/a"]);
    assert!(world.client(creator).held().is_empty() && world.client(bob).together().questions().is_empty());
    // What was approved is deleted before the journal is asked again.
    world.ask(creator, Command::Delete { room: channel(), message: held[0].clone() });
    let kept = world.recover();
    let states: Vec<State> = kept
        .iter()
        .filter_map(|record| match record {
            Record::State { state, .. } => Some(*state),
            _ => None,
        })
        .collect();
    assert_eq!(states, [State::Deleted, State::Discarded]);
    assert!(matches!(kept.last(), Some(Record::Question(_))));
}

#[test]
fn what_the_tables_never_take_is_not_said_again() {
    let mut world = World::new();
    let creator = world.come(Some(CREATOR));
    world.ask(creator, ban(2));
    let (ticket, now) = (world.unkept.remove(0), world.now());
    world.room.refused(ticket, &now);
    world.deliver();
    assert_eq!((world.room.owes(), world.client(creator).trouble().unwrap().status), (0, 503));
}

#[test]
fn so_much_waits_to_be_written_and_no_more() {
    let mut world = World::new();
    let creator = world.come(Some(CREATOR));
    for who in 100..4_100 {
        world.ask(creator, ban(who));
    }
    world.lose_all();
    assert_eq!(world.room.owes(), 4_000);
    world.ask(creator, ban(2));
    world.lose_all();
    let bob = world.come(Some(2));
    assert_eq!((world.client(bob).link(), world.room.owes()), (Link::Joined, 4_000), "it is taken back");
    world.pass(AGAIN);
    assert_eq!(world.unkept.len(), 100, "others have to be written down as well");
    world.keep_all();
    assert_eq!(world.room.owes(), 3_900);
}
