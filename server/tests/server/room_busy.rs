//! A room in which more is said than it remembers.

use serde_json::{Value, json};

use crate::live::{Answer, Person};
use crate::support::{ROOMY, TestServer, start, start_in};

/// So much is said that the room, opened anew, does not remember what was said before. It would take minutes to say, and so it is put
/// into the table, as said by who spoke last.
async fn talk_on(server: TestServer) -> TestServer {
    sqlx::query(
        "WITH RECURSIVE more (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM more WHERE number < 1200) \
         INSERT INTO room_messages (id, channel_id, seq, account_id, nonce, text, created_at) \
         SELECT 'later-' || number, channel_id, seq + number, account_id, 'later-' || number, 'talk', created_at + number \
         FROM (SELECT * FROM room_messages ORDER BY seq DESC LIMIT 1), more",
    )
    .execute(server.server.app().database.write())
    .await
    .unwrap();
    let TestServer { server, data, .. } = server;
    server.stop().await;
    start_in(data, ROOMY).await
}

async fn state(server: &TestServer, message: &Value) -> String {
    let state = sqlx::query_scalar("SELECT state FROM room_messages WHERE id = $1").bind(message.as_str().unwrap());
    state.fetch_one(server.server.app().database.read()).await.unwrap()
}

#[tokio::test]
async fn what_the_room_does_not_remember_is_deleted_pinned_and_answered() {
    let server = start().await;
    let (ada, bob, eve) = (server.person("ada").await, server.person("bob").await, server.person("eve").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let mut said = Vec::new();
    for text in ["one", "two", "three"] {
        said.push(viewer.say("ada", text).await.done()["message"].clone());
    }
    creator.ask(json!({ "do": "react", "room": "ada", "message": said[2], "emoji": "👍", "on": true })).await.done();
    creator.say("ada", "and on it goes").await.done();
    let server = talk_on(server).await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let mut other = Person::join(&server, Some(&eve), "ada").await;
    let delete = |message: &Value| json!({ "do": "delete", "room": "ada", "message": message });
    assert_eq!(other.ask(delete(&said[0])).await.refused(), "forbidden");
    for (person, message) in [(&mut viewer, &said[0]), (&mut creator, &said[1])] {
        person.ask(delete(message)).await.done();
        assert_eq!(state(&server, message).await, "deleted");
        assert_eq!(other.event("deleted").await["messages"], json!([message]));
        assert_eq!(person.ask(delete(message)).await.refused(), "not-found");
    }
    creator.ask(json!({ "do": "pin", "room": "ada", "message": said[2] })).await.done();
    assert_eq!(other.event("pinned").await["message"]["text"], "three");
    let answer = json!({ "do": "say", "room": "ada", "text": "yes", "nonce": "y", "reply_to": said[2] });
    other.ask(answer).await.done();
    assert_eq!(viewer.event("message").await["message"]["reply"]["text"], "three");
    assert_eq!(other.ask(delete(&json!("nothing"))).await.refused(), "not-found");
}

#[tokio::test]
async fn a_ban_takes_what_was_said_in_a_day_and_the_log_has_it() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let mut said = Vec::new();
    for text in ["days ago", "a minute ago"] {
        said.push(viewer.say("ada", text).await.done()["message"].clone());
    }
    let answer = json!({ "do": "say", "room": "ada", "text": "oh", "nonce": "o", "reply_to": said[1] });
    let answer = creator.ask(answer).await.done()["message"].clone();
    let days_ago = "UPDATE room_messages SET created_at = created_at - 172800000 WHERE id = $1";
    let days_ago = sqlx::query(days_ago).bind(said[0].as_str().unwrap());
    days_ago.execute(server.server.app().database.write()).await.unwrap();
    let server = talk_on(server).await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut guest = Person::join(&server, None, "ada").await;
    creator.ask(json!({ "do": "ban", "room": "ada", "who": "bob" })).await.done();
    assert!(guest.event("silenced").await["since"].is_string());
    // What was removed is written by the time that it is answered.
    let acts = creator.ask(json!({ "do": "read_log", "room": "ada" })).await["acts"].clone();
    let (ban, act) = (&acts[0], &acts[1]);
    assert_eq!((&ban["action"], &act["action"], &act["removed"]), (&json!("ban"), &json!("delete_all"), &json!(1)));
    let removed = creator.ask(json!({ "do": "read_removed", "room": "ada", "act": act["id"] })).await;
    assert_eq!(removed["messages"][0]["text"], "a minute ago");
    assert_eq!((state(&server, &said[0]).await, state(&server, &said[1]).await), ("shown".into(), "deleted".into()));
    let quoted: String = sqlx::query_scalar("SELECT reply ->> '$.text' FROM room_messages WHERE id = $1")
        .bind(answer.as_str().unwrap())
        .fetch_one(server.server.app().database.read())
        .await
        .unwrap();
    assert_eq!(quoted, "");
}

#[tokio::test]
async fn what_waits_for_a_moderator_waits_however_much_is_said_since() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    creator.ask(json!({ "do": "set", "room": "ada", "settings": { "hold_links": true } })).await.done();
    let waits = viewer.say("ada", "see example.org").await.done();
    assert_eq!(waits["held"], true);
    creator.say("ada", "and on it goes").await.done();
    let server = talk_on(server).await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let held = creator.find(|frame| frame["is"] == "held").await;
    assert_eq!(held["message"]["id"], waits["message"]);
    creator.ask(json!({ "do": "review", "room": "ada", "message": waits["message"], "approve": true })).await.done();
    assert_eq!(creator.event("message").await["message"]["text"], "see example.org");
}
