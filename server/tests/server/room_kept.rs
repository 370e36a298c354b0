//! What a room is opened from.

use serde_json::{Value, json};

use crate::live::{Answer, Person};
use crate::support::{ROOMY, start, start_again};

#[tokio::test]
async fn a_room_whose_settings_cannot_be_read_is_strict_until_they_are_changed() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    creator.ask(json!({ "do": "set", "room": "ada", "settings": { "slow_s": 5 } })).await.done();
    sqlx::query("UPDATE rooms SET settings = '{\"slow_s\":\"five\"}'")
        .execute(server.server.app().database.write())
        .await
        .unwrap();
    let server = start_again(server, ROOMY).await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    server.put_as(&bob, "/api/v1/channels/ada/follow").await.expect(204);
    assert!(["subscribers-only", "followers-only"].contains(&viewer.say("ada", "hello").await.refused()));
    creator.say("ada", "one moment").await.done();
    let open = json!({ "subscribers_only": false, "followers_min": -1, "slow_s": 0 });
    creator.ask(json!({ "do": "set", "room": "ada", "settings": open })).await.done();
    viewer.say("ada", "hello again").await.done();
}

#[tokio::test]
async fn a_ban_that_cannot_be_written_down_is_told_to_every_moderator_until_it_is() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    server.sign_up("eve").await.expect(201);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut moderator = Person::join(&server, Some(&bob), "ada").await;
    creator.ask(json!({ "do": "appoint", "room": "ada", "who": "bob", "moderator": true })).await.done();
    let database = server.server.app().database.write();
    let read = json!({ "do": "read_people", "room": "ada" });
    let is_told = |frame: &Value| frame["is"] == "unwritten" && frame["silenced"][0]["who"] == "eve";

    // Of this table nothing can be written, and all can be read.
    let away = "CREATE TRIGGER away BEFORE INSERT ON room_silences BEGIN SELECT RAISE(ABORT, 'full'); END";
    sqlx::query(away).execute(database).await.unwrap();
    let refused = creator.ask(json!({ "do": "ban", "room": "ada", "who": "eve", "reason": "rude" })).await;
    assert_eq!((refused.refused(), &refused["problem"]["reason"]["name"]), ("unavailable", &json!("unwritten")));
    for person in [&mut creator, &mut moderator] {
        assert_eq!(person.find(is_told).await["silenced"][0]["silence"], json!({ "until": null, "reason": "rude" }));
    }
    assert_eq!(moderator.ask(read.clone()).await["silenced"], json!([]), "the tables know nothing of it");
    Person::join(&server, Some(&bob), "ada").await.find(is_told).await;

    sqlx::query("DROP TRIGGER away").execute(database).await.unwrap();
    for person in [&mut creator, &mut moderator] {
        person.find(|frame| frame["is"] == "unwritten" && frame["silenced"].is_null()).await;
    }
    assert_eq!(moderator.ask(read).await["silenced"][0]["who"], "eve");
}
