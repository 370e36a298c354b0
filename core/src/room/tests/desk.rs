//! What moderators read, and when.

use klieg_api::desk::{Fate, File, Keeper, Removed, Silence, Silenced, UnwrittenRights, Written};
use klieg_api::room::Rights;

use super::*;

/// A page of the log that answers this request: the acts from this one back to that one.
fn page(request: &str, latest: i64, oldest: i64, more: bool) -> String {
    let act = |id| Act {
        id,
        by: None,
        token: None,
        action: "ban".into(),
        whom: None,
        message: None,
        removed: None,
        detail: String::new(),
        at: OffsetDateTime::UNIX_EPOCH,
    };
    let acts = (oldest..=latest).rev().map(act).collect();
    text(&Frame::Log { id: id_of(request), room: "ada".parse().unwrap(), acts, more })
}

fn acts(room: &Room) -> Vec<i64> {
    room.log().0.iter().map(|act| act.id).collect()
}

#[test]
fn the_desk_is_read_again_when_it_changes_while_it_is_looked_at() {
    let mut room = room();
    let ada = || -> Handle { "ada".parse().unwrap() };
    let changed = text(&Frame::DeskChanged { room: ada(), people: false });
    join(&mut room, 0, &[]);
    assert!(room.look_at_desk(true).is_empty(), "it is not theirs");
    room.received(0, &text(&Frame::You { room: ada(), you: You { role: Role::Moderator, ..You::default() } }));
    let asked = room.look_at_desk(true);
    room.received(0, &page(&asked[1], 100, 51, true));
    let (_, older) = room.request(Command::ReadLog { room: ada(), before: Some(51) }).unwrap();
    room.received(0, &page(&older, 50, 1, false));
    assert_eq!((acts(&room).len(), room.log().1), (100, false));
    // What is new comes before what is known, which stays.
    let again = room.received(0, &changed);
    assert_eq!(again.len(), 2, "not the people, who are the same");
    room.received(0, &page(&again[1], 102, 53, true));
    assert_eq!((acts(&room), room.log().1), ((1..=102).rev().collect(), false));
    // More has happened than a page has.
    let again = room.received(0, &changed);
    room.received(0, &page(&again[1], 202, 153, true));
    assert_eq!((acts(&room), room.log().1), ((153..=202).rev().collect(), true));
    let busy = Frame::Refused { id: id_of(&again[0]), problem: Problem::default(), retry_after_ms: None };
    room.received(0, &text(&busy));
    assert!(room.trouble().is_none(), "nobody asked for it");
    // Who comes back may have missed something.
    room.closed(0, Some(1006));
    assert_eq!(join(&mut room, 0, &[]).len(), 3);
    assert!(room.look_at_desk(false).is_empty() && room.received(0, &changed).is_empty());
}

#[test]
fn people_who_are_silenced_are_read_page_by_page_and_anew_when_they_change() {
    let mut room = room();
    let ada = || -> Handle { "ada".parse().unwrap() };
    let silenced = |who: &str| Silenced {
        who: who.parse().unwrap(),
        silence: Silence { until: None, reason: String::new() },
        since: OffsetDateTime::UNIX_EPOCH,
    };
    let page = |request: &str, after: Option<&str>, who: &[&str], more| {
        let moderators =
            vec![Keeper { who: "fay".parse().unwrap(), rights: Rights::ALL, since: OffsetDateTime::UNIX_EPOCH }];
        text(&Frame::People {
            id: id_of(request),
            room: ada(),
            after: after.map(|after| after.parse().unwrap()),
            moderators: if after.is_none() { moderators } else { Vec::new() },
            silenced: who.iter().map(|who| silenced(who)).collect(),
            more,
        })
    };
    let read = |room: &Room| -> Vec<String> { room.people().silenced.iter().map(|of| of.who.to_string()).collect() };
    join(&mut room, 0, &[]);
    let you = |role| text(&Frame::You { room: ada(), you: You { role, ..You::default() } });
    room.received(0, &you(Role::Moderator));
    let asked = room.look_at_desk(true);
    room.received(0, &page(&asked[2], None, &["bob", "cleo"], true));
    let (_, more) = room.request(Command::ReadPeople { room: ada(), after: Some("cleo".parse().unwrap()) }).unwrap();
    room.received(0, &page(&more, Some("cleo"), &["dora"], false));
    assert_eq!((read(&room), room.people().more), (vec!["bob".into(), "cleo".into(), "dora".into()], false));
    assert_eq!(room.people().moderators.len(), 1);
    let again = room.received(0, &text(&Frame::DeskChanged { room: ada(), people: true }));
    room.received(0, &page(&again[2], None, &["cleo"], true));
    assert_eq!(
        (read(&room), room.people().more),
        (vec!["cleo".into(), "dora".into()], false),
        "what was read on stays"
    );
    room.received(0, &page(&again[2], None, &["cleo"], false));
    assert_eq!(read(&room), ["cleo"], "nobody comes after");
    assert_eq!(room.received(0, r#"{"is":"desk_changed","room":"ada"}"#).len(), 3, "an older server does not say it");
    // What was asked for before that is of no use any more.
    room.received(0, &page(&more, Some("dora"), &["eve"], false));
    assert_eq!(read(&room), ["cleo"]);
    room.received(0, &you(Role::Viewer));
    assert!(read(&room).is_empty() && room.people().moderators.is_empty());
}

#[test]
fn what_an_act_removed_is_read_page_by_page() {
    let mut room = room();
    join(&mut room, 0, &[]);
    let ada = || -> Handle { "ada".parse().unwrap() };
    let read = |room: &mut Room, act, after: Option<&str>, names: &[&str], more| {
        let command = Command::ReadRemoved { room: ada(), act, after: after.map(str::to_owned) };
        let (id, _) = room.request(command).unwrap();
        let removed = |name: &&str| Removed {
            message: (*name).to_owned(),
            who: "bob".parse().unwrap(),
            text: "spam".into(),
            at: OffsetDateTime::UNIX_EPOCH,
        };
        let messages = names.iter().map(removed).collect();
        let after = after.map(str::to_owned);
        room.received(0, &text(&Frame::Removed { id, room: ada(), act, after, messages, more }));
        room.removed().map(|of| (of.act, of.messages.len(), of.more))
    };
    assert_eq!(read(&mut room, 7, None, &["a", "b"], true), Some((7, 2, true)));
    assert_eq!(read(&mut room, 7, Some("b"), &["c"], false), Some((7, 3, false)));
    assert_eq!(read(&mut room, 8, None, &["d"], true), Some((8, 1, true)));
    assert_eq!(read(&mut room, 7, Some("c"), &["e"], false), Some((8, 1, true)), "another was asked for since");
}

#[test]
fn what_somebody_wrote_is_read_page_by_page_and_forgotten_with_the_desk() {
    let mut room = room();
    join(&mut room, 0, &[]);
    let ada = || -> Handle { "ada".parse().unwrap() };
    let you = |role| text(&Frame::You { room: ada(), you: You { role, ..You::default() } });
    room.received(0, &you(Role::Moderator));
    let read = |room: &mut Room, who: &str, before: Option<&str>, names: &[&str], more| {
        let (who, before): (Handle, _) = (who.parse().unwrap(), before.map(str::to_owned));
        let command = Command::ReadMessagesOf { room: ada(), who: who.clone(), before: before.clone() };
        let (id, _) = room.request(command).unwrap();
        let written = |name: &&str| Written {
            message: (*name).to_owned(),
            text: "hello".into(),
            at: OffsetDateTime::UNIX_EPOCH,
            fate: Fate::Deleted,
        };
        let messages = names.iter().map(written).collect();
        room.received(0, &text(&Frame::MessagesOf { id, room: ada(), who, before, messages, more }));
        room.writings().map(|of| (of.who.to_string(), of.messages.len(), of.more))
    };
    assert_eq!(read(&mut room, "bob", None, &["d", "c"], true), Some(("bob".into(), 2, true)));
    assert_eq!(read(&mut room, "bob", Some("c"), &["b"], false), Some(("bob".into(), 3, false)));
    assert_eq!(read(&mut room, "eve", None, &["a"], false), Some(("eve".into(), 1, false)));
    assert_eq!(read(&mut room, "bob", Some("b"), &["z"], false), Some(("eve".into(), 1, false)), "another's since");
    // What happens meanwhile is seen there.
    let fates = |room: &Room| -> Vec<(String, Fate)> {
        room.writings().unwrap().messages.iter().map(|of| (of.message.clone(), of.fate)).collect()
    };
    let happens = |room: &mut Room, offset, event| {
        room.received(0, &text(&Frame::Event { room: ada(), offset, on: None, event }));
    };
    let eve = Author { handle: "eve".parse().unwrap(), name: None, badges: Vec::new() };
    happens(&mut room, 1, Event::Message { message: Message { author: eve, ..message("more", false) } });
    happens(&mut room, 2, Event::Message { message: message("of bob", false) });
    assert_eq!(fates(&room), vec![("more".to_owned(), Fate::Shown), ("a".to_owned(), Fate::Deleted)]);
    happens(&mut room, 3, Event::Deleted { messages: vec!["more".into()], by_moderator: true });
    assert_eq!(fates(&room), vec![("more".to_owned(), Fate::Deleted), ("a".to_owned(), Fate::Deleted)]);
    room.received(0, &you(Role::Viewer));
    assert_eq!(room.writings(), None);
}

#[test]
fn of_who_goes_on_for_hours_no_more_is_kept_than_one_reads() {
    let mut room = room();
    join(&mut room, 0, &[]);
    let (ada, bob): (Handle, Handle) = ("ada".parse().unwrap(), "bob".parse().unwrap());
    let you = You { role: Role::Moderator, ..You::default() };
    room.received(0, &text(&Frame::You { room: ada.clone(), you }));
    let ask = Command::ReadMessagesOf { room: ada.clone(), who: bob.clone(), before: None };
    let (id, _) = room.request(ask).unwrap();
    room.received(
        0,
        &text(&Frame::MessagesOf { id, room: ada, who: bob, before: None, messages: vec![], more: false }),
    );
    for offset in 1..=2_010 {
        room.received(0, &event(offset, &format!("m{offset}")));
    }
    let known = room.writings().unwrap();
    let (first, last) = (&known.messages[0], &known.messages[known.messages.len() - 1]);
    assert_eq!((first.message.as_str(), last.message.as_str(), known.more), ("m2010", "m11", true));
}

/// A page of people, of whom these keep order, that answers this request.
fn keepers(request: &str, keepers: &[(&str, Rights)]) -> String {
    let keeper = |(who, rights): &(&str, Rights)| Keeper {
        who: who.parse().unwrap(),
        rights: *rights,
        since: OffsetDateTime::UNIX_EPOCH,
    };
    let (id, room) = (id_of(request), "ada".parse().unwrap());
    let (moderators, silenced) = (keepers.iter().map(keeper).collect(), Vec::new());
    text(&Frame::People { id, room, after: None, moderators, silenced, more: false })
}

/// What of people holds and is not written down yet.
fn unwritten(rights: &[(&str, Option<Rights>)], silenced: &[Silenced]) -> String {
    let rights = rights.iter().map(|(who, rights)| UnwrittenRights { who: who.parse().unwrap(), rights: *rights });
    let (room, rights, silenced) = ("ada".parse().unwrap(), rights.collect(), silenced.to_vec());
    text(&Frame::Unwritten { room, rights, silenced })
}

/// The room's creator at the desk, where these keep order: also what they read it with.
fn creator(written: &[(&str, Rights)]) -> (Room, String) {
    let mut room = room();
    join(&mut room, 0, &[]);
    let you = You { role: Role::Creator, ..You::default() };
    room.received(0, &text(&Frame::You { room: "ada".parse().unwrap(), you }));
    let people = room.look_at_desk(true).remove(2);
    room.received(0, &keepers(&people, written));
    (room, people)
}

#[test]
fn a_right_that_was_taken_and_is_not_written_yet_is_shown_as_it_holds() {
    let (fewer, written) = (Rights { people: false, ..Rights::ALL }, [("bob", Rights::ALL), ("cleo", Rights::ALL)]);
    let (mut room, people) = creator(&written);
    let shown = |room: &Room| -> Vec<(String, Rights)> {
        room.people().moderators.iter().map(|keeper| (keeper.who.to_string(), keeper.rights)).collect()
    };
    let look = |room: &mut Room| {
        let (id, _) =
            room.request(Command::Look { room: "ada".parse().unwrap(), who: "cleo".parse().unwrap() }).unwrap();
        let (who, role) = ("cleo".parse().unwrap(), Role::Moderator);
        let card = Card { who, name: None, role, since: OffsetDateTime::UNIX_EPOCH, follows_since: None, file: None };
        room.received(0, &text(&Frame::Card { id, room: "ada".parse().unwrap(), card }));
        room.card().unwrap().role
    };
    assert_eq!(look(&mut room), Role::Moderator);
    let holds = [("bob".to_owned(), fewer)];
    let bob = "bob".parse().unwrap();
    room.received(0, &unwritten(&[("bob", Some(fewer)), ("cleo", None)], &[]));
    assert_eq!(shown(&room), holds);
    assert!(room.people().are_rights_unwritten(&bob) && !room.people().is_silence_unwritten(&bob));
    assert_eq!(room.card().unwrap().role, Role::Viewer);
    // The tables go on saying what they said.
    room.received(0, &keepers(&people, &written));
    assert_eq!(shown(&room), holds);
    assert_eq!(look(&mut room), Role::Viewer);
    // Once it is written, or something else has taken its place, it is read again; until then it stands.
    room.received(0, &unwritten(&[], &[]));
    assert_eq!(shown(&room), holds);
    assert!(!room.people().are_rights_unwritten(&bob));
    let again = room.received(0, &text(&Frame::DeskChanged { room: "ada".parse().unwrap(), people: true }));
    room.received(0, &keepers(&again[2], &written));
    assert_eq!((shown(&room).len(), look(&mut room)), (2, Role::Moderator));
}

#[test]
fn what_is_not_written_is_told_anew_on_every_connection() {
    let written = [("bob", Rights::ALL)];
    let (mut room, people) = creator(&written);
    room.received(0, &unwritten(&[("bob", None)], &[]));
    room.received(0, &keepers(&people, &written));
    assert!(room.people().moderators.is_empty());
    room.closed(0, None);
    let again = join(&mut room, 0, &[]);
    room.received(0, &keepers(&again[2], &written));
    assert_eq!(room.people().moderators.len(), 1);
}

/// A page of people, of whom these are banned, that answers this request.
fn banned(request: &str, after: Option<&str>, who: &[&str], more: bool) -> String {
    let silenced = |who: &&str| Silenced {
        who: who.parse().unwrap(),
        silence: Silence { until: None, reason: String::new() },
        since: OffsetDateTime::UNIX_EPOCH,
    };
    let (id, room) = (id_of(request), "ada".parse().unwrap());
    let (after, silenced) = (after.map(|after| after.parse().unwrap()), who.iter().map(silenced).collect());
    text(&Frame::People { id, room, after, moderators: Vec::new(), silenced, more })
}

#[test]
fn a_ban_that_is_not_written_yet_is_shown_as_it_holds() {
    let (mut room, people) = creator(&[]);
    let ada = || -> Handle { "ada".parse().unwrap() };
    let shown = |room: &Room| -> Vec<String> {
        room.people().silenced.iter().map(|silenced| silenced.who.to_string()).collect()
    };
    room.received(0, &banned(&people, None, &["bob", "zed"], false));
    let until = OffsetDateTime::UNIX_EPOCH + time::Duration::minutes(2);
    let silenced = |who: &str, until, reason: &str| Silenced {
        who: who.parse().unwrap(),
        silence: Silence { until, reason: reason.to_owned() },
        since: OffsetDateTime::UNIX_EPOCH,
    };
    room.received(0, &unwritten(&[], &[silenced("amy", Some(until), ""), silenced("eve", None, "spam")]));
    assert_eq!(shown(&room), ["amy", "bob", "eve", "zed"]);
    let people_of = room.people();
    let marked = people_of.silenced.iter().filter(|silenced| people_of.is_silence_unwritten(&silenced.who)).count();
    assert_eq!((people_of.silenced[0].silence.until, marked), (Some(until), 2));
    // The tables go on saying what they said, page by page, and so does a card.
    room.received(0, &banned(&people, None, &["bob"], false));
    assert_eq!(shown(&room), ["amy", "bob", "eve"]);
    room.received(0, &banned(&people, None, &["bob", "dan"], true));
    assert_eq!((shown(&room), room.people().more), (["amy", "bob", "dan"].map(str::to_owned).to_vec(), true));
    room.received(0, &banned(&people, Some("dan"), &["fay"], false));
    assert_eq!(shown(&room), ["amy", "bob", "dan", "eve", "fay"]);
    let (id, _) = room.request(Command::Look { room: ada(), who: "eve".parse().unwrap() }).unwrap();
    let file = Some(File { messages: 0, silence: None, notes: Vec::new(), acts: Vec::new() });
    let (who, since) = ("eve".parse().unwrap(), OffsetDateTime::UNIX_EPOCH);
    let card = Card { who, name: None, role: Role::Viewer, since, follows_since: None, file };
    room.received(0, &text(&Frame::Card { id, room: ada(), card }));
    let silence = room.card().unwrap().file.as_ref().unwrap().silence.as_ref();
    assert_eq!(silence, Some(&Silence { until: None, reason: "spam".into() }));
    // Once it is written, or something else has taken its place, it is read again.
    room.received(0, &unwritten(&[], &[]));
    let again = room.received(0, &text(&Frame::DeskChanged { room: ada(), people: true }));
    room.received(0, &banned(&again[2], None, &["bob"], false));
    assert_eq!(shown(&room), ["bob"]);
}
