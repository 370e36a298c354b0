//! Who is in a room: told by name to whoever is in it as well.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::live::{Answer, PATIENCE, Person};
use crate::support::{ROOMY, start, start_with};

fn read(after: Option<&str>) -> Value {
    read_in("ada", after)
}

fn read_in(room: &str, after: Option<&str>) -> Value {
    json!({ "do": "read_present", "room": room, "after": after })
}

fn handles(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|author| author["handle"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn who_is_here_is_told_by_name_to_who_is_here_as_well() {
    let server = start().await;
    let (ada, bob, eve) = (server.person("ada").await, server.person("bob").await, server.person("eve").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut moderator = Person::join(&server, Some(&bob), "ada").await;
    creator.ask(json!({ "do": "appoint", "room": "ada", "who": "bob", "moderator": true })).await.done();
    let mut viewer = Person::join(&server, Some(&eve), "ada").await;
    let mut window = Person::join(&server, Some(&eve), "ada").await;
    let mut guest = Person::join(&server, None, "ada").await;
    for person in [&mut creator, &mut moderator, &mut viewer, &mut guest] {
        let present = person.ask(read(None)).await;
        assert_eq!(present["is"], "present");
        assert_eq!((handles(&present["keepers"]), handles(&present["people"])), (vec!["ada", "bob"], vec!["eve"]));
        assert_eq!(
            (&present["keepers"][0]["badges"], &present["keepers"][1]["badges"]),
            (&json!(["creator"]), &json!(["moderator"]))
        );
        assert_eq!((&present["guests"], &present["more"]), (&json!(1), &json!(false)));
    }
    let rest = viewer.ask(read(Some("eve"))).await;
    assert_eq!((&rest["after"], &rest["people"], &rest["guests"]), (&json!("eve"), &json!([]), &json!(1)));
    assert!(rest["keepers"].is_null(), "with the first page only");

    // Who is elsewhere is told nothing, and who has left or was put out is not named.
    let mut stranger = Person::join(&server, Some(&eve), "eve").await;
    assert_eq!(stranger.ask(read(None)).await.refused(), "not-joined");
    creator.ask(json!({ "do": "ban", "room": "ada", "who": "eve" })).await.done();
    assert_eq!((viewer.closed().await, window.closed().await), (4403, 4403));
    moderator.ask(json!({ "do": "leave", "room": "ada" })).await.done();
    assert_eq!(moderator.ask(read(None)).await.refused(), "not-joined");
    let present = creator.ask(read(None)).await;
    assert_eq!((handles(&present["keepers"]), handles(&present["people"])), (vec!["ada"], vec![]));
}

#[tokio::test]
async fn who_does_not_want_to_be_listed_is_named_to_nobody_but_themselves_and_who_keeps_order() {
    let server = start_with(&format!("{ROOMY}room_look_ups = '100000/min'\n")).await;
    let (ada, bob, eve) = (server.person("ada").await, server.person("bob").await, server.person("eve").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut hidden = Person::join(&server, Some(&bob), "ada").await;
    let mut viewer = Person::join(&server, Some(&eve), "ada").await;
    assert_eq!(server.get_as(&bob, "/api/v1/me").await.expect(200)["listed"], true);
    assert_eq!(handles(&viewer.ask(read(None)).await["people"]), ["bob", "eve"]);

    // No password is asked for, and it holds while they are here.
    let me = server.patch_as(&bob, "/api/v1/me", json!({ "listed": false })).await.expect(200);
    assert_eq!(me["listed"], false);
    becomes(&mut viewer, "ada", &["eve"]).await;
    let present = viewer.ask(read(None)).await;
    assert_eq!((&present["unlisted"], handles(&present["keepers"])), (&json!(1), vec!["ada"]));
    for person in [&mut creator, &mut hidden] {
        let present = person.ask(read(None)).await;
        assert_eq!((handles(&present["people"]), &present["unlisted"]), (vec!["bob", "eve"], &json!(0)));
    }

    // Where they come next as well; and not when they want to be named again.
    let mut next = Person::join(&server, Some(&eve), "eve").await;
    let _bob = Person::join(&server, Some(&bob), "eve").await;
    let mut guest = Person::join(&server, None, "eve").await;
    assert_eq!(handles(&next.ask(read_in("eve", None)).await["people"]), ["bob"], "to the creator");
    assert!(handles(&guest.ask(read_in("eve", None)).await["people"]).is_empty());
    server.patch_as(&bob, "/api/v1/me", json!({ "listed": true })).await.expect(200);
    becomes(&mut viewer, "ada", &["bob", "eve"]).await;
    becomes(&mut guest, "eve", &["bob"]).await;
}

/// Waits until these are who somebody is told of.
async fn becomes(person: &mut Person, room: &str, people: &[&str]) {
    let begun = Instant::now();
    loop {
        let present = person.ask(read_in(room, None)).await;
        if handles(&present["people"]) == people {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{present}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn reading_who_is_here_counts_as_looking_up() {
    let server = start_with(&format!("{ROOMY}room_look_ups = '2/h'\nroom_look_ups_of_guests = '1/h'\n")).await;
    let ada = server.person("ada").await;
    for (token, times) in [(Some(ada.as_str()), 2), (None, 1)] {
        let mut person = Person::join(&server, token, "ada").await;
        for _ in 0..times {
            assert_eq!(person.ask(read(None)).await["is"], "present");
        }
        assert_eq!(person.ask(read(None)).await.refused(), "too-many-requests");
    }
}
