//! Who is here: by name, page by page, and as many as are counted.

use std::collections::{BTreeMap, BTreeSet};

use klieg_api::room::{Author, Badge};
use klieg_core::room::Reading;
use proptest::prelude::*;

use super::*;

impl World {
    /// Somebody looks who is here.
    fn looks(&mut self, client: ClientId) {
        let requests = self.client(client).look_at_present(true);
        self.carry(client, requests);
    }

    /// A program of somebody's joins.
    fn program(&mut self, who: u128) {
        self.connections += 1;
        let (asked, now) = (Asked { client: ClientId(self.connections), id: 1 }, self.now());
        self.room.join(&now, asked, Some(Facts { is_program: true, ..facts(who) }), None);
        self.deliver();
    }
}

fn handles(authors: &[Author]) -> Vec<&str> {
    authors.iter().map(|author| author.handle.as_str()).collect()
}

#[test]
fn who_is_here_is_named_those_who_keep_order_first_and_guests_are_counted() {
    let mut world = World::new();
    let (ada, zoe) = (world.come(Some(CREATOR)), world.come(Some(9)));
    for who in [30, 4, 5] {
        world.come(Some(who));
    }
    // Another window of somebody, a program of theirs, and one of somebody who is not here themselves.
    world.come(Some(30));
    world.program(30);
    world.program(7);
    world.come(None);
    world.come(None);
    for who in [9, 4, 8] {
        let appoint = Command::Appoint { room: channel(), who: name(who), moderator: true, rights: None };
        assert_eq!(world.ask(ada, appoint), None);
    }
    world.pass(2_000);
    world.looks(zoe);
    let client = world.client(zoe);
    let known = client.who_is_here().unwrap();
    assert_eq!(handles(&known.keepers), ["user1", "user4", "user9"]);
    let badges: Vec<&[Badge]> = known.keepers.iter().map(|author| author.badges.as_slice()).collect();
    assert_eq!(badges, [[Badge::Creator], [Badge::Moderator], [Badge::Moderator]]);
    assert_eq!(handles(&known.people), ["user30", "user5"]);
    assert_eq!((known.guests, known.more, known.reading), (2, false, Reading::Read));
    assert_eq!(client.present(), 7, "those are all");
}

#[test]
fn many_are_read_page_by_page_whoever_leaves_meanwhile() {
    let mut world = World::new();
    let guest = world.come(None);
    let people: Vec<ClientId> = (100..220).map(|who| world.come(Some(who))).collect();
    world.looks(guest);
    let count = |world: &mut World| {
        let known = world.client(guest).who_is_here().unwrap();
        (known.people.len(), known.more)
    };
    assert_eq!(count(&mut world), (50, true));
    // The last of the page, and the first of the next.
    for place in [49, 50] {
        let now = world.now();
        world.room.leave(people[place], &now);
    }
    for expected in [(100, true), (119, false)] {
        let requests = world.client(guest).read_on_present();
        world.carry(guest, requests);
        assert_eq!(count(&mut world), expected);
    }
    let known = world.client(guest).who_is_here().unwrap();
    let expected: Vec<String> = (100..220).filter(|who| *who != 150).map(|who| format!("user{who}")).collect();
    assert_eq!(handles(&known.people), expected);
}

#[test]
fn who_is_not_here_is_told_nothing_and_is_not_named() {
    let mut world = World::new();
    let (ada, bob, eve) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(3)));
    assert_eq!(world.ask(ada, Command::Ban { room: channel(), who: name(3), reason: String::new() }), None);
    let now = world.now();
    world.room.leave(bob, &now);
    world.deliver();
    world.looks(ada);
    let known = world.client(ada).who_is_here().unwrap();
    assert_eq!((handles(&known.keepers), handles(&known.people)), (vec!["user1"], vec![]));
    for client in [bob, eve] {
        world.room.read_present(Asked { client, id: 77 }, None);
        let outs = world.room.take();
        let [Out::One(to, frames)] = outs.as_slice() else { panic!("{outs:?}") };
        assert_eq!(*to, client);
        let Frame::Refused { problem, .. } = serde_json::from_str(&texts(frames)[0]).unwrap() else { panic!() };
        assert_eq!(problem.kind, "/problems/not-joined");
    }
}

#[test]
fn who_does_not_want_to_be_listed_is_counted_and_named_to_themselves_and_who_keeps_order() {
    /// What somebody is told: who keeps order, who else is here, and how many are not named.
    fn told(world: &mut World, client: ClientId) -> (Vec<String>, Vec<String>, u64) {
        world.looks(client);
        let known = world.client(client).who_is_here().unwrap();
        let names = |authors: &[Author]| authors.iter().map(|author| author.handle.to_string()).collect();
        (names(&known.keepers), names(&known.people), known.unlisted)
    }
    fn says(world: &mut World, who: u128, on: bool, since: i64) {
        let listed = vec![(Uuid::from_u128(who), Listed { on, since })];
        let checked = Checked { begun: world.now, private: false, followers: 0, lifted: Vec::new(), listed };
        let now = world.now();
        world.room.checked(&checked, &now);
    }
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut world = World::new();
    let (ada, bob, eve) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(3)));
    let guest = world.come(None);
    let all = (names(&["user1"]), names(&["user2", "user3"]), 0);
    assert_eq!(told(&mut world, guest), all);

    says(&mut world, 2, false, 5);
    let others = (names(&["user1"]), names(&["user3"]), 1);
    for (client, expected) in [(ada, &all), (bob, &all), (eve, &others), (guest, &others)] {
        assert_eq!(told(&mut world, client), *expected);
    }
    // What is older changes nothing: a word that comes late, and what was read before somebody joined.
    says(&mut world, 2, true, 4);
    let window = world.come(Some(2));
    assert_eq!(told(&mut world, eve), others);
    world.pass(2_000);
    assert_eq!(world.client(eve).present(), 4, "counted all the same");

    // Likewise of those who keep order.
    let appoint = Command::Appoint { room: channel(), who: name(2), moderator: true, rights: None };
    assert_eq!(world.ask(ada, appoint), None);
    assert_eq!(told(&mut world, eve), others);
    assert_eq!(told(&mut world, bob), (names(&["user1", "user2"]), names(&["user3"]), 0));

    world.cut(bob);
    assert_eq!(told(&mut world, eve), others);
    world.cut(window);
    assert_eq!(told(&mut world, eve), (names(&["user1"]), names(&["user3"]), 0));
    let bob = world.come(Some(2));
    assert_eq!(told(&mut world, guest), others);
    says(&mut world, 2, true, 6);
    assert_eq!(told(&mut world, guest), told(&mut world, bob));
}

proptest! {
    #[test]
    fn whoever_comes_and_goes_those_who_are_named_are_those_who_are_counted(
        steps in prop::collection::vec((0_u64..12, prop::option::of(1_u128..6), any::<bool>(), any::<bool>()), 1..80),
    ) {
        let mut world = World::new();
        let mut connections = BTreeMap::new();
        for (client, who, is_program, comes) in steps {
            let (asked, now) = (Asked { client: ClientId(client), id: 1 }, world.now());
            if comes {
                // Who comes again is who they were.
                let (who, is_program) = *connections.entry(client).or_insert((who, is_program));
                world.room.join(&now, asked, who.map(|who| Facts { is_program, ..facts(who) }), None);
            } else {
                connections.remove(&client);
                world.room.leave(asked.client, &now);
            }
            world.room.take();
            let people = &world.room.people;
            let in_person = connections.values().filter(|(_, is_program)| !is_program);
            let here: BTreeSet<Handle> = in_person.filter_map(|(who, _)| who.map(name)).collect();
            let named = {
                let nobody = ClientId(99);
                people.keepers_here(nobody).chain(people.viewers_here(nobody, None)).map(|author| author.handle)
            };
            prop_assert_eq!(named.collect::<Vec<_>>(), here.iter().cloned().collect::<Vec<_>>());
            let guests = connections.values().filter(|(who, _)| who.is_none()).count();
            prop_assert_eq!((people.guests(), people.present()), (guests, guests + here.len()));
            prop_assert!((1..6).map(name).all(|handle| people.is_present(&handle) == here.contains(&handle)));
        }
    }
}
