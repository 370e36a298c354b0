//! What a room is opened from.

use serde_json::json;

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
