//! What was said before what a room remembers: read back page by page, and deleted all the same.

use serde_json::{Value, json};

use crate::live::{Answer, Person};
use crate::support::{ROOMY, TestServer, start, start_again};

/// A server where so much was said in ada's room that it is not remembered: 1,201 messages, of which the first is ada's "first", and
/// of the others each tenth is not shown. Also who ada and bob are.
async fn long_ago() -> (TestServer, String, String) {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let first = creator.say("ada", "first").await.done()["message"].clone();
    creator.ask(json!({ "do": "react", "room": "ada", "message": first, "emoji": "👍", "on": true })).await.done();
    sqlx::query(
        "WITH RECURSIVE more (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM more WHERE number < 1200) \
         INSERT INTO room_messages (id, channel_id, seq, account_id, nonce, text, created_at, state) \
         SELECT 'later-' || number, channel_id, seq + number, account_id, 'later-' || number, 'talk ' || number, \
         created_at + number, CASE number % 30 WHEN 0 THEN 'deleted' WHEN 10 THEN 'held' WHEN 20 THEN 'discarded' ELSE 'shown' END \
         FROM room_messages, more",
    )
    .execute(server.server.app().database.write())
    .await
    .unwrap();
    (start_again(server, ROOMY).await, ada, bob)
}

fn read(before: &Value) -> Value {
    json!({ "do": "read_messages", "room": "ada", "before": before })
}

/// Everything that somebody who has just come sees and can read back to, oldest first.
async fn all(person: &mut Person) -> Vec<Value> {
    let snapshot = person.find(|frame| frame["is"] == "snapshot").await;
    assert_eq!(snapshot["more"], true);
    let mut all = snapshot["messages"].as_array().unwrap().clone();
    loop {
        let page = person.ask(read(&all[0]["id"])).await;
        assert_eq!((&page["is"], &page["before"]), (&json!("messages"), &all[0]["id"]));
        let mut messages = page["messages"].as_array().unwrap().clone();
        assert!(messages.len() <= 50);
        messages.append(&mut all);
        all = messages;
        if page["more"] == false {
            return all;
        }
    }
}

#[tokio::test]
async fn everything_that_is_shown_can_be_read_back_to_and_nothing_else() {
    let (server, ada, bob) = long_ago().await;
    let mut guest = Person::join(&server, None, "ada").await;
    let all = all(&mut guest).await;
    let texts: Vec<&str> = all.iter().map(|message| message["text"].as_str().unwrap()).collect();
    let shown = (1..=1_200).filter(|number| number % 10 != 0).map(|number| format!("talk {number}"));
    let expected: Vec<String> = std::iter::once("first".to_owned()).chain(shown).collect();
    assert_eq!(texts, expected);
    assert_eq!(all[0]["reactions"], json!([{ "emoji": "👍", "count": 1 }]));

    // Who may not be in the room reads nothing of it, and nothing of it is another room's.
    let mut neighbour = Person::join(&server, Some(&bob), "bob").await;
    assert_eq!(neighbour.ask(read(&all[5]["id"])).await.refused(), "not-joined");
    let mut elsewhere = read(&all[5]["id"]);
    elsewhere["room"] = json!("bob");
    assert_eq!(neighbour.ask(elsewhere).await.refused(), "not-found");
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    creator.ask(json!({ "do": "ban", "room": "ada", "who": "bob" })).await.done();
    assert_eq!(viewer.closed().await, 4403);
    let mut banned = Person::open(&server, Some(&bob)).await;
    assert_eq!(banned.ask(read(&all[5]["id"])).await.refused(), "not-joined");
}

#[tokio::test]
async fn what_is_read_back_to_can_be_deleted() {
    let (server, ada, bob) = long_ago().await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let delete = |id: &str| json!({ "do": "delete", "room": "ada", "message": id });
    assert_eq!(viewer.ask(delete("later-3")).await.refused(), "forbidden");
    assert_eq!(creator.ask(delete("later-30")).await.refused(), "not-found", "it is deleted");
    creator.ask(delete("later-3")).await.done();
    assert_eq!(viewer.event("deleted").await["messages"], json!(["later-3"]));
    assert_eq!(creator.ask(delete("later-3")).await.refused(), "not-found");
    let page = viewer.ask(read(&json!("later-5"))).await;
    let texts: Vec<&Value> = page["messages"].as_array().unwrap().iter().map(|message| &message["text"]).collect();
    assert_eq!(texts, ["first", "talk 1", "talk 2", "talk 4"]);
}
