//! The live connection and the room of one server.

use std::time::Duration;

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::live::{Answer, PATIENCE, Person};
use crate::support::{PASSWORD, ROOMY, TestServer, start, start_again, start_in, start_with};
use crate::tokens::make;

#[tokio::test]
async fn two_people_talk_and_a_guest_reads() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut ada = Person::join(&server, Some(&ada), "ada").await;
    let mut bob = Person::join(&server, Some(&bob), "ada").await;
    let mut guest = Person::join(&server, None, "ada").await;
    assert_eq!(ada.find(|frame| frame["is"] == "you").await["you"]["role"], "creator");
    assert_eq!(guest.find(|frame| frame["is"] == "you").await["you"]["role"], "guest");

    let said = bob.say("ada", "  Hello\n@ada <b>🎉</b> ").await.done();
    for person in [&mut ada, &mut bob, &mut guest] {
        let heard = person.event("message").await;
        assert_eq!(heard["message"]["id"], said["message"]);
        assert_eq!(heard["message"]["text"], "Hello @ada <b>🎉</b>");
        assert_eq!(heard["message"]["mentions"], json!(["ada"]));
        assert_eq!(heard["offset"], 1);
    }
    assert_eq!(guest.say("ada", "me too").await.refused(), "unauthenticated");

    let reply = json!({ "do": "say", "room": "ada", "text": "Welcome", "nonce": "r", "reply_to": said["message"] });
    ada.ask(reply).await.done();
    let heard = guest.event("message").await;
    assert_eq!(heard["message"]["reply"]["author"]["handle"], "bob");
    assert_eq!(heard["message"]["author"]["badges"], json!(["creator"]));
    ada.ask(json!({ "do": "react", "room": "ada", "message": said["message"], "emoji": "🔥", "on": true }))
        .await
        .done();
    let reacted = bob.find(|frame| frame["is"] == "reacted").await;
    assert_eq!(
        reacted["messages"],
        json!([{ "message": said["message"], "reactions": [{ "emoji": "🔥", "count": 1 }] }])
    );
}

#[tokio::test]
async fn a_page_of_another_site_and_what_is_no_websocket_are_refused() {
    let server = start().await;
    let plain = server.get("/api/v1/live").await;
    assert_eq!((plain.status.as_u16(), plain.problem()), (426, "not-a-websocket"));
    assert_eq!((plain.header("upgrade"), plain.header("sec-websocket-version")), ("websocket", "13"));
    for (origin, status) in [("https://evil.example", Some(403)), (&format!("http://{}", server.address()), None)] {
        let mut request = tungstenite::client::IntoClientRequest::into_client_request(format!(
            "ws://{}/api/v1/live",
            server.address()
        ))
        .unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let refused = match connect_async(request).await {
            Ok(_) => None,
            Err(tungstenite::Error::Http(response)) => Some(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(refused, status, "{origin}");
    }
}

#[tokio::test]
async fn a_connection_ends_with_its_session() {
    let server = start().await;
    server.sign_up("ada").await.expect(201);
    let token = |tokens: &Value| tokens["access_token"].as_str().unwrap().to_owned();
    let (first, second) = (token(&server.log_in("ada").await), token(&server.log_in("ada").await));
    let mut one = Person::join(&server, Some(&first), "ada").await;
    let mut two = Person::join(&server, Some(&second), "ada").await;
    server.delete_as(&first, "/api/v1/sessions/current").await.expect(204);
    assert_eq!(one.closed().await, 4401);
    let mut late = Person::open(&server, None).await;
    assert_eq!(late.ask(json!({ "do": "authenticate", "token": first })).await.refused(), "unauthenticated");

    let third = token(&server.log_in("ada").await);
    let change = json!({ "password": "another good one", "current_password": PASSWORD });
    server.patch_as(&third, "/api/v1/me", change).await.expect(200);
    assert_eq!(two.closed().await, 4401, "a new password ends other sessions");
}

#[tokio::test]
async fn a_ban_closes_and_holds_after_a_restart() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    viewer.say("ada", "spam").await.done();
    let ban = json!({ "do": "ban", "room": "ada", "who": "bob", "reason": "spam" });
    assert_eq!(viewer.ask(ban.clone()).await.refused(), "forbidden");
    creator.ask(ban).await.done();
    assert_eq!(viewer.closed().await, 4403);
    assert_eq!(creator.event("deleted").await["by_moderator"], true);
    let mut again = Person::open(&server, Some(&bob)).await;
    let join = json!({ "do": "join", "room": "ada" });
    assert_eq!(again.ask(join.clone()).await.refused(), "banned");

    let TestServer { server, data, .. } = server;
    server.stop().await;
    let server = start_in(data, ROOMY).await;
    let mut again = Person::open(&server, Some(&bob)).await;
    assert_eq!(again.ask(join).await.refused(), "banned");
    let mut guest = Person::join(&server, None, "ada").await;
    assert_eq!(guest.find(|frame| frame["is"] == "snapshot").await["messages"], json!([]));
}

#[tokio::test]
async fn a_ban_closes_each_connection_that_is_in_no_other_room() {
    let server = start().await;
    let (ada, bob, eve) = (server.person("ada").await, server.person("bob").await, server.person("eve").await);
    let (token, _) = make(&server, &bob, &["room:read"]).await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut here = Vec::new();
    for credential in [&bob, &bob, &token] {
        here.push(Person::join(&server, Some(credential), "ada").await);
    }
    let mut elsewhere = Person::join(&server, Some(&bob), "bob").await;
    let mut both = Person::join(&server, Some(&bob), "ada").await;
    both.ask(json!({ "do": "join", "room": "eve" })).await.done();
    creator.ask(json!({ "do": "ban", "room": "ada", "who": "bob" })).await.done();
    for connection in &mut here {
        assert_eq!(connection.closed().await, 4403);
    }
    elsewhere.say("bob", "still at home").await.done();
    // One that is in another room as well leaves this one.
    let left = both.find(|frame| frame["is"] == "left").await;
    assert_eq!((&left["room"], &left["banned"]), (&json!("ada"), &json!(true)));
    both.say("eve", "still there").await.done();
    assert_eq!(both.say("ada", "and here?").await.refused(), "not-joined");
    assert_eq!(both.ask(json!({ "do": "join", "room": "ada" })).await.refused(), "banned");
    // Neither a room that one was put out of nor one that lets nobody in counts as another.
    let mut other = Person::join(&server, Some(&eve), "eve").await;
    other.ask(json!({ "do": "ban", "room": "eve", "who": "bob" })).await.done();
    assert_eq!(both.closed().await, 4403);
}

#[tokio::test]
async fn what_was_said_is_there_after_a_restart_and_saying_it_twice_is_once() {
    let server = start().await;
    let bob = server.person("bob").await;
    server.person("ada").await;
    let mut person = Person::join(&server, Some(&bob), "ada").await;
    let say = json!({ "do": "say", "room": "ada", "text": "hello", "nonce": "same" });
    let first = person.ask(say.clone()).await.done();
    assert_eq!(person.ask(say.clone()).await.done()["message"], first["message"]);
    let TestServer { server, data, .. } = server;
    let stopping = tokio::spawn(server.stop());
    assert_eq!(person.closed().await, 1001, "told to come back");
    stopping.await.unwrap();

    let server = start_in(data, ROOMY).await;
    let mut person = Person::open(&server, Some(&bob)).await;
    let after = json!({ "epoch": "another", "offset": 1 });
    person.ask(json!({ "do": "join", "room": "ada", "after": after })).await.done();
    let snapshot = person.find(|frame| frame["is"] == "snapshot").await;
    assert_eq!(snapshot["messages"][0]["id"], first["message"]);
    assert_eq!(snapshot["messages"].as_array().unwrap().len(), 1);
    assert_eq!(person.ask(say).await.done()["message"], first["message"]);
}

#[tokio::test]
async fn what_is_pinned_is_pinned_after_a_restart_however_much_was_said_since() {
    let server = start().await;
    let ada = server.person("ada").await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let rules = creator.say("ada", "the rules").await.done()["message"].clone();
    creator.ask(json!({ "do": "react", "room": "ada", "message": rules, "emoji": "👍", "on": true })).await.done();
    creator.ask(json!({ "do": "pin", "room": "ada", "message": rules })).await.done();
    // What would take minutes to say is put into the table.
    sqlx::query(
        "WITH RECURSIVE more (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM more WHERE number < 1200) \
         INSERT INTO room_messages (id, channel_id, seq, account_id, nonce, text, created_at) \
         SELECT 'later-' || number, channel_id, seq + number, account_id, 'later-' || number, 'talk', created_at + number \
         FROM room_messages, more",
    )
    .execute(server.server.app().database.write())
    .await
    .unwrap();
    let server = start_again(server, ROOMY).await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let snapshot = creator.find(|frame| frame["is"] == "snapshot").await;
    assert_eq!(snapshot["pinned"]["id"], rules);
    assert_eq!(snapshot["messages"].as_array().unwrap().len(), 150);
    creator.ask(json!({ "do": "delete", "room": "ada", "message": rules })).await.done();
    assert!(creator.event("pinned").await["message"].is_null());
}

#[tokio::test]
async fn what_is_said_after_the_newest_was_deleted_and_a_restart_is_kept() {
    let mut server = start().await;
    let bob = server.person("bob").await;
    server.person("ada").await;
    let mut person = Person::join(&server, Some(&bob), "ada").await;
    let said = person.say("ada", "a mistake").await.done();
    person.ask(json!({ "do": "delete", "room": "ada", "message": said["message"] })).await.done();
    for (before, text) in ["first", "second"].into_iter().enumerate() {
        server = start_again(server, ROOMY).await;
        let mut person = Person::join(&server, Some(&bob), "ada").await;
        let snapshot = person.find(|frame| frame["is"] == "snapshot").await;
        assert_eq!(snapshot["messages"].as_array().unwrap().len(), before);
        person.ask(json!({ "do": "say", "room": "ada", "text": text, "nonce": text })).await.done();
    }
}

#[tokio::test]
async fn after_a_lost_connection_what_came_since_is_sent_once() {
    let server = start_with(&format!("{ROOMY}room_messages = 1000\n")).await;
    let bob = server.person("bob").await;
    server.person("ada").await;
    let mut speaker = Person::join(&server, Some(&bob), "ada").await;
    let mut reader = Person::join(&server, None, "ada").await;
    let epoch = reader.find(|frame| frame["is"] == "snapshot").await["position"]["epoch"].clone();
    speaker.say("ada", "one").await.done();
    assert_eq!(reader.event("message").await["offset"], 1);
    drop(reader);
    for text in ["two", "three"] {
        speaker.say("ada", text).await.done();
    }
    let mut reader = Person::open(&server, None).await;
    reader.ask(json!({ "do": "join", "room": "ada", "after": { "epoch": epoch, "offset": 1 } })).await.done();
    let texts: Vec<Value> = [reader.event("message").await, reader.event("message").await]
        .iter()
        .map(|event| event["message"]["text"].clone())
        .collect();
    assert_eq!(texts, ["two", "three"]);
    assert!(!reader.seen.iter().any(|frame| frame["is"] == "snapshot"), "{:?}", reader.seen);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_told_and_let_go_and_nobody_else_waits() {
    let server = start_with(&format!("{ROOMY}room_messages = 100000\n")).await;
    let bob = server.person("bob").await;
    server.person("ada").await;
    let mut stuck = Person::join_narrow(&server, "ada").await;
    let mut speakers = Vec::new();
    for _ in 0..8 {
        speakers.push(Person::join(&server, Some(&bob), "ada").await);
    }
    for speaker in &mut speakers {
        speaker.find(|frame| frame["is"] == "presence" && frame["present"] == 2).await;
        speaker.seen.clear();
    }
    // What the kernel buffers, and then what the server lets wait.
    let text = &"x".repeat(490);
    let began = std::time::Instant::now();
    // Who was told to go is not counted any more.
    let is_gone =
        |speaker: &Person| speaker.seen.iter().any(|frame| frame["is"] == "presence" && frame["present"] == 1);
    for round in 0.. {
        let all_say = speakers.iter_mut().enumerate().map(|(number, speaker)| async move {
            speaker.seen.clear();
            let (nonce, text) = (format!("n{number}-{round}"), format!("{number} {round} {text}"));
            let say = json!({ "do": "say", "room": "ada", "text": text, "nonce": nonce });
            if speaker.ask(say).await["is"] == "refused" {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        futures_util::future::join_all(all_say).await;
        if speakers.iter().any(is_gone) {
            break;
        }
        assert!(began.elapsed() < 3 * PATIENCE, "who does not read stays");
    }
    assert_eq!(stuck.closed().await, 4409);
}

#[tokio::test]
async fn what_is_not_a_request_names_its_close_code() {
    let server = start().await;
    let cases = [
        (Message::text("hello"), 4400),
        (Message::text("[]"), 4400),
        (Message::binary(vec![1, 2, 3]), 1003),
        (Message::text("x".repeat(20_000)), 1009),
    ];
    for (message, code) in cases {
        let mut person = Person::open(&server, None).await;
        person.socket.send(message).await.unwrap();
        assert_eq!(person.closed().await, code);
    }
    let mut person = Person::open(&server, None).await;
    assert_eq!(person.ask(json!({ "do": "dance" })).await.refused(), "malformed-request");
    assert_eq!(
        person.ask(json!({ "do": "say", "room": "ada", "text": "x", "nonce": "n" })).await.refused(),
        "not-joined"
    );
    assert_eq!(person.ask(json!({ "do": "join", "room": "nobody" })).await.refused(), "not-found");

    // Bytes that are no frames at all.
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let head = "GET /api/v1/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&[0xff; 64]).await.unwrap();
    let mut all = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut all)).await.unwrap().unwrap();
    assert!(all.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&all));
    assert!(String::from_utf8_lossy(&all).contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert!(all.windows(4).any(|bytes| bytes[0] == 0x88 && bytes[2..4] == 1002_u16.to_be_bytes()));
}

#[tokio::test]
async fn one_address_has_so_many_connections() {
    let server = start_with("[limits]\nlive_connections = 2\n").await;
    let (one, _two) = (Person::open(&server, None).await, Person::open(&server, None).await);
    let address = format!("ws://{}/api/v1/live", server.address());
    let Err(tungstenite::Error::Http(response)) = connect_async(&address).await else { panic!("a third") };
    assert_eq!(response.status(), 429);
    assert!(response.headers().contains_key("retry-after"));
    drop(one);
    let began = std::time::Instant::now();
    while connect_async(&address).await.is_err() {
        assert!(began.elapsed() < PATIENCE, "the place is not free again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn following_is_known_in_the_room_at_once() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    creator.ask(json!({ "do": "set", "room": "ada", "settings": { "followers_min": 0 } })).await.done();
    assert_eq!(viewer.say("ada", "hello").await.refused(), "followers-only");
    server.put_as(&bob, "/api/v1/channels/ada/follow").await.expect(204);
    viewer.find(|frame| frame["is"] == "you" && frame["you"]["follows_since"].is_string()).await;
    viewer.say("ada", "hello").await.done();
    server.delete_as(&bob, "/api/v1/channels/ada/follow").await.expect(204);
    viewer.find(|frame| frame["is"] == "you" && frame["you"]["follows_since"].is_null()).await;
    assert_eq!(viewer.say("ada", "hello again").await.refused(), "followers-only");
}

#[tokio::test]
async fn a_message_says_where_on_the_broadcast_it_was_written() {
    let server = start().await;
    let ada = server.person("ada").await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let _publisher = server.go_live(&ada).await;
    let live = server.until("/api/v1/channels/ada", |channel| !channel["live"].is_null()).await;
    creator.say("ada", "we are on").await.done();
    let on = creator.event("message").await["message"]["on"].clone();
    assert_eq!(on["broadcast_id"], live["live"]["broadcast_id"]);
    assert!(on["at_ms"].is_u64());
}

#[tokio::test]
async fn the_room_of_a_private_channel_is_its_owners() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    server.patch_as(&ada, "/api/v1/me/channel", json!({ "visibility": "private" })).await.expect(200);
    let mut bob = Person::open(&server, Some(&bob)).await;
    assert_eq!(bob.ask(json!({ "do": "join", "room": "ada" })).await.refused(), "not-found");
    Person::join(&server, Some(&ada), "ada").await;
}

#[tokio::test]
async fn who_is_in_a_room_that_becomes_private_has_to_leave() {
    let server = start().await;
    let ada = server.person("ada").await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut guest = Person::join(&server, None, "ada").await;
    server.patch_as(&ada, "/api/v1/me/channel", json!({ "visibility": "private" })).await.expect(200);
    guest.find(|frame| frame["is"] == "left").await;
    creator.say("ada", "to myself").await.done();
    creator.event("message").await;
    assert!(!guest.seen.iter().any(|frame| frame["event"] == "message"));
    assert_eq!(guest.ask(json!({ "do": "join", "room": "ada" })).await.refused(), "not-found");
    assert!(!guest.seen.iter().any(|frame| frame["event"] == "message"));
}

#[tokio::test]
async fn the_live_connection_is_described_as_it_is_checked_in() {
    let server = start().await;
    let served = server.get("/api/v1/live.json").await.expect(200);
    let checked_in: Value = serde_json::from_str(include_str!("../../asyncapi.json")).unwrap();
    assert!(
        served == checked_in,
        "server/asyncapi.json is out of date; mend it with: cargo run -p klieg-server asyncapi > server/asyncapi.json"
    );
}
