//! Who may write what, and what moderators do.

use klieg_api::emotes::Emote;
use klieg_api::room::{FilterAction, Role};
use klieg_core::room::Link;

use super::*;
use crate::database::moment;

fn change() -> SettingsChange {
    SettingsChange::default()
}

fn filter(pattern: &str, action: FilterAction) -> Command {
    Command::AddFilter { room: channel(), filter: Filter { pattern: pattern.to_owned(), action } }
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

fn emote(name: &str) -> Emote {
    Emote { name: name.parse().unwrap(), url: "/emotes/0.png".into(), still: None, width: 112, height: 112 }
}

#[test]
fn where_only_emoji_may_be_written_the_channels_emotes_may() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.set(ada, SettingsChange { emotes_only: Some(true), ..change() });
    world.say(bob, ":wave:");
    assert_eq!(world.refusal(bob), Some("/problems/emotes-only"));
    world.room.set_emotes(vec![emote("wave")]);
    world.deliver();
    world.say(bob, ":wave: \u{1f389}");
    assert_eq!(world.shown(ada), [":wave: \u{1f389}"]);
    for text in [":wave: hi", ":gone:"] {
        world.say(bob, text);
        assert_eq!(world.refusal(bob), Some("/problems/emotes-only"), "{text}");
    }
    world.room.set_emotes(Vec::new());
    world.deliver();
    world.pass(30_000);
    world.say(bob, ":wave: \u{1f44d}");
    assert_eq!(world.refusal(bob), Some("/problems/emotes-only"), "it is deleted");
}

#[test]
fn everybody_knows_the_emotes_whether_they_were_there_or_come_later() {
    let mut world = World::new();
    let ada = world.come(Some(CREATOR));
    world.room.set_emotes(vec![emote("wave")]);
    world.room.set_emotes(vec![emote("wave")]);
    world.deliver();
    assert_eq!(world.room.history.offset(), 1, "the same is no news");
    let bob = world.come(Some(2));
    world.room.set_emotes(vec![emote("wave"), emote("nod")]);
    world.deliver();
    for client in [ada, bob] {
        let names: Vec<&str> = world.client(client).emotes().iter().map(|emote| emote.name.as_str()).collect();
        assert_eq!(names, ["wave", "nod"]);
    }
}

#[test]
fn followers_write_once_they_have_followed_for_long_enough() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.set(ada, SettingsChange { followers_min: Some(10), ..SettingsChange::default() });
    let now = world.now();
    world.room.followed(Uuid::from_u128(2), Some(moment(now.at - 9 * 60_000)), 1, &now);
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
        world.keep_all();
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
    let window = world.come(Some(2));
    world.say(bob, "spam");
    let ban = Command::Ban { room: channel(), who: name(2), reason: "spam".into() };
    assert_eq!(world.ask(guest, ban.clone()).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(ada, ban), None);
    assert!(world.shown(guest).is_empty());
    let is_logged =
        |record: &Record| record.act().is_some_and(|act| act.action == "delete_all" && act.message.is_none());
    assert!(world.records.iter().any(is_logged));
    assert_eq!([world.seats[&bob].closed, world.seats[&window].closed], [Some(4403); 2]);
    assert_eq!(world.inside, [ada, guest]);
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
    let appoint = |who| Command::Appoint { room: channel(), who: name(who), moderator: true, rights: None };
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
fn filters_hold_or_refuse_and_only_moderators_know_of_them() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    assert_eq!(world.ask(bob, filter("spam", FilterAction::Hold)).as_deref(), Some("/problems/forbidden"));
    assert_eq!(world.ask(ada, filter("/(/", FilterAction::Hold)).as_deref(), Some("/problems/invalid-request"));
    assert_eq!(world.ask(ada, filter("spam*", FilterAction::Hold)), None);
    assert_eq!(world.ask(ada, filter("idiot", FilterAction::Refuse)), None);
    assert!(world.client(bob).filters().is_empty());
    world.say(bob, "S.P.A.M is good");
    assert_eq!(world.client(ada).held()[0].reason, "filter: spam*");
    world.say(bob, "you 1d10t");
    assert_eq!(world.refusal(bob), Some("/problems/filtered"));
    world.say(ada, "moderators may quote: idiot");
    assert_eq!(world.shown(bob), ["moderators may quote: idiot"]);
    // Whoever becomes a moderator sees them, and what waits.
    world.ask(ada, Command::Appoint { room: channel(), who: name(2), moderator: true, rights: None });
    assert_eq!((world.client(bob).filters().len(), world.client(bob).held().len()), (2, 1));
    assert_eq!(world.ask(ada, Command::RemoveFilter { room: channel(), pattern: "spam*".into() }), None);
    assert_eq!(world.client(bob).filters().len(), 1);
    let kept = world.records.iter().filter(|record| matches!(record, Record::Filter { .. })).count();
    assert_eq!(kept, 3, "added, added, removed");
}

#[test]
fn noise_waits_for_a_moderator_where_the_room_wants_it() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.say(bob, "LOUD AND CLEAR TO EVERYBODY");
    world.set(ada, SettingsChange { hold_noise: Some(true), ..change() });
    world.say(bob, "EVEN LOUDER THAN IT WAS BEFORE");
    assert_eq!(world.client(ada).held()[0].reason, "noise");
    assert_eq!(world.shown(ada).len(), 1);
}

#[test]
fn the_shield_lets_only_those_write_whom_the_room_knew() {
    let mut world = World::new();
    let (ada, bob, cleo) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(3)));
    world.say(bob, "here since before");
    world.pass(60_000);
    assert_eq!(world.set(bob, SettingsChange { shield: Some(true), ..change() }), Some("/problems/forbidden".into()));
    assert_eq!(world.set(ada, SettingsChange { shield: Some(true), ..change() }), None);
    let dora = world.come(Some(4));
    let now = world.now();
    world.room.followed(Uuid::from_u128(4), Some(moment(now.at - 11 * 60_000)), 1, &now);
    world.room.followed(Uuid::from_u128(3), Some(moment(now.at - 60_000)), 1, &now);
    world.say(cleo, "I am new");
    assert_eq!(world.refusal(cleo), Some("/problems/shielded"));
    world.say(bob, "I am not");
    world.say(dora, "nor am I");
    assert_eq!(world.shown(ada), ["here since before", "I am not", "nor am I"]);
    // It comes down by itself.
    assert_eq!(world.pass(15 * 60_000 - 1), Some(world.now + 1));
    assert!(world.client(bob).settings().shielded_until.is_some());
    world.pass(1);
    assert!(world.client(bob).settings().shielded_until.is_none());
    world.say(cleo, "now I may");
    assert_eq!(world.last(cleo), Some(&Progress::Sent));
}

#[test]
fn a_raid_makes_nobody_a_stranger() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    world.say(bob, "here since before");
    let crowd: Vec<ClientId> = (100..120).map(|who| world.come(Some(who))).collect();
    world.pass(60_000);
    for number in 0..55 {
        for stranger in &crowd {
            world.say(*stranger, &format!("number {number}"));
        }
        world.keep_all();
        world.pass(1_000);
    }
    assert!(!world.room.history.has_spoken(Uuid::from_u128(2), world.now), "the history has only what the crowd said");
    world.set(ada, SettingsChange { shield: Some(true), ..change() });
    world.say(bob, "I was here before");
    assert_eq!(world.shown(ada).last(), Some(&"I was here before"));
    // Who comes back is known by the table, if that is older than what the room remembers and could still delete.
    let oldest = world.room.history.latest().0.first().map(|message| millis(message.at)).unwrap();
    for (who, wrote_at, refusal) in [
        (3, Some(oldest - 60_000), None),
        (4, Some(oldest + 1), Some("/problems/shielded")),
        (5, None, Some("/problems/shielded")),
    ] {
        let client = world.come(Some(who));
        let now = world.now();
        world.room.join(&now, Asked { client, id: 99 }, Some(Facts { wrote_at, ..facts(who) }), None);
        world.deliver();
        world.say(client, &format!("it is {who}"));
        assert_eq!(world.refusal(client), refusal, "{who}");
    }
}

#[test]
fn strangers_who_say_the_same_raise_the_shield() {
    let mut world = World::new();
    let ada = world.come(Some(CREATOR));
    world.set(ada, SettingsChange { auto_shield: Some(true), ..change() });
    let crowd: Vec<ClientId> = (10..20).map(|who| world.come(Some(who))).collect();
    for stranger in &crowd[..4] {
        world.say(*stranger, "Follow my channel now!");
        world.say(*stranger, "hi");
        world.pass(1_000);
    }
    assert!(world.client(ada).settings().shielded_until.is_none());
    assert_eq!(world.shown(ada).len(), 8);
    world.say(crowd[4], "follow MY channel, now");
    assert!(world.client(ada).settings().shielded_until.is_some());
    assert_eq!(world.shown(ada), ["hi"; 4], "what they said together is gone");
    world.say(crowd[5], "hello");
    assert_eq!(world.refusal(crowd[5]), Some("/problems/shielded"));
    let by_itself = |record: &Record| matches!(record, Record::Settings { act, .. } if act.actor.account.is_nil());
    assert!(world.records.iter().any(by_itself));
}

#[test]
fn all_together_may_write_so_much_and_moderators_more() {
    let mut world = World::new();
    let ada = world.come(Some(CREATOR));
    let crowd: Vec<ClientId> = (10..60).map(|who| world.come(Some(who))).collect();
    for number in 0..10 {
        for person in &crowd {
            world.say(*person, &format!("number {number}"));
        }
        world.keep_all();
    }
    assert_eq!(world.shown(ada).len(), 500);
    world.say(crowd[0], "one more");
    let Some(Progress::Refused(problem, Some(wait))) = world.last(crowd[0]) else { panic!("it was taken") };
    assert_eq!((problem.kind.as_str(), *wait), ("/problems/too-many-requests", 10));
    world.say(ada, "calm down");
    assert_eq!(world.shown(ada).last(), Some(&"calm down"));
    world.pass(10);
    let requests = world.client(crowd[1]).say("later".into(), None, false);
    world.carry(crowd[1], requests);
    assert_eq!(world.shown(ada).last(), Some(&"later"));
}

#[test]
fn a_private_room_lets_nobody_else_in() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    let now = world.now();
    world.room.set_private(true, &now);
    world.deliver();
    assert!(matches!(world.client(bob).link(), Link::Over(_)));
    assert_eq!(world.client(ada).link(), Link::Joined);
    let late = world.come(Some(3));
    assert!(matches!(world.client(late).link(), Link::Over(_)), "it came a moment later");
    world.room.set_private(false, &now);
    let again = world.come(Some(3));
    assert_eq!(world.client(again).link(), Link::Joined);
}

#[test]
fn what_a_crowd_said_is_gone_also_where_it_would_be_shown_later() {
    let mut world = World::new();
    let ada = world.come(Some(CREATOR));
    world.set(ada, SettingsChange { auto_shield: Some(true), delay_s: Some(5), ..change() });
    for who in 10..15 {
        let stranger = world.come(Some(who));
        world.say(stranger, "follow my channel");
    }
    assert!(world.client(ada).settings().shielded_until.is_some());
    assert!(world.client(ada).held().is_empty());
    world.pass(6_000);
    assert!(world.shown(ada).is_empty());
}

#[test]
fn moderators_are_told_once_a_second_that_the_log_says_more_and_whether_of_people() {
    let mut world = World::new();
    let ada = world.come(Some(CREATOR));
    let tell = |world: &mut World| {
        let now = world.now();
        world.room.tick(&now);
        let told = world.room.take().into_iter().filter_map(|out| match out {
            Out::One(to, frames) if to == ada => Some(texts(&frames)),
            _ => None,
        });
        told.flatten().filter(|text| text.contains("desk_changed")).collect::<Vec<String>>()
    };
    let of_people = |told: &[String]| told.iter().map(|text| text.contains(r#""people":true"#)).collect::<Vec<_>>();
    world.ask(ada, filter("spam", FilterAction::Hold));
    assert!(tell(&mut world).is_empty(), "it is not written yet");
    world.keep_all();
    assert_eq!(of_people(&tell(&mut world)), [false]);
    for pattern in ["ham", "eggs"] {
        world.ask(ada, filter(pattern, FilterAction::Hold));
        world.keep_all();
        assert!(tell(&mut world).is_empty());
    }
    world.ask(ada, Command::Ban { room: channel(), who: name(2), reason: String::new() });
    world.keep_all();
    for expected in [vec![true], vec![]] {
        world.now += 1_000;
        assert_eq!(of_people(&tell(&mut world)), expected);
    }
    let since = world.now - 2_000;
    world.room.lifted(Uuid::from_u128(2), since, &world.now());
    assert_eq!(of_people(&tell(&mut world)), [true], "by an appeal");
}
