//! Who is in a room: told by name to whoever is in it as well.

use serde_json::{Value, json};

use crate::live::{Answer, Person};
use crate::support::{ROOMY, start, start_with};

fn read(after: Option<&str>) -> Value {
    json!({ "do": "read_present", "room": "ada", "after": after })
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
