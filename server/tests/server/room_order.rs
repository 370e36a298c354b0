//! In which order a connection is sent what a room says.

use serde_json::json;

use crate::live::{Answer, Person};
use crate::support::{ROOMY, start_with};

#[tokio::test]
async fn who_joins_again_from_within_is_sent_each_event_once_and_none_that_is_in_the_snapshot() {
    let server = start_with(&format!("{ROOMY}room_messages = 1000\n")).await;
    let bob = server.person("bob").await;
    server.person("ada").await;
    let mut speaker = Person::join(&server, Some(&bob), "ada").await;
    let mut reader = Person::join(&server, None, "ada").await;
    for number in 0..60 {
        let (text, nonce) = (format!("number {number}"), format!("w{number}"));
        speaker.send(json!({ "do": "say", "room": "ada", "text": text, "nonce": nonce })).await;
        reader.ask(json!({ "do": "join", "room": "ada" })).await.done();
    }
    speaker.say("ada", "last").await.done();
    let last = reader.find(|frame| frame["message"]["text"] == "last").await;
    reader.seen.push(last);
    let mut known = 0;
    for frame in &reader.seen {
        if frame["is"] == "snapshot" {
            known = frame["position"]["offset"].as_u64().unwrap();
        } else if frame["is"] == "event" {
            known += 1;
            assert_eq!(frame["offset"], known, "{frame}");
        }
    }
    assert_eq!(known, 61);
}
