//! What is thrown at rooms and at the live connection; `docs/hostile.md` says what each test stands for.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::hostile::{MARKUP, SQL};
use crate::live::{Answer, PATIENCE, Person};
use crate::support::{ROOMY, TestServer, start, start_with};
use crate::together::give;

#[tokio::test]
async fn markup_and_sql_in_every_field_of_a_room_are_text() {
    let server = start_with(&format!("{ROOMY}room_messages = 1000\n")).await;
    let (ada, bob, cleo) = (server.person("ada").await, server.person("bob").await, server.person("cleo").await);
    let all = MARKUP.iter().chain(SQL).filter(|text| **text != "\0");
    for (number, &text) in all.enumerate() {
        let name: String = text.chars().take(40).collect();
        server.patch_as(&bob, "/api/v1/me/channel", json!({ "display_name": name })).await.expect(200);
        let mut creator = Person::join(&server, Some(&ada), "ada").await;
        let mut viewer = Person::join(&server, Some(&bob), "ada").await;
        let mut rude = Person::join(&server, Some(&cleo), "ada").await;

        let say = |nonce: &str, text: &str| {
            let nonce = format!("{nonce}{number}");
            json!({ "do": "say", "room": "ada", "text": text, "nonce": nonce })
        };
        let said = viewer.ask(say("first", text)).await.done();
        let heard = creator.event("message").await["message"].clone();
        assert_eq!((&heard["text"], &heard["author"]["name"]), (&json!(text), &json!(name)));
        let reply =
            json!({ "do": "say", "room": "ada", "text": text, "nonce": said["message"], "reply_to": said["message"] });
        creator.ask(reply).await.done();
        let answer = viewer.find(|frame| frame["message"]["reply"].is_object()).await;
        assert_eq!(answer["message"]["reply"]["text"], text);
        creator.ask(json!({ "do": "pin", "room": "ada", "message": said["message"] })).await.done();
        assert_eq!(viewer.event("pinned").await["message"]["text"], text);

        let options = json!([text, "another"]);
        let question =
            json!({ "do": "start_poll", "room": "ada", "question": text, "options": options, "seconds": 60 });
        creator.ask(question).await.done();
        let poll = viewer.event("poll").await["poll"].clone();
        assert_eq!((&poll["question"], &poll["options"][0]["text"]), (&json!(text), &json!(text)));
        creator.ask(json!({ "do": "end_poll", "room": "ada", "poll": poll["id"] })).await.done();

        // Signs alone are no word to look for.
        let filter = json!({ "pattern": text, "action": "refuse" });
        let added = creator.ask(json!({ "do": "add_filter", "room": "ada", "filter": filter })).await;
        assert!(added["is"] == "done" || added.refused() == "invalid-request", "{added}");
        creator.ask(json!({ "do": "remove_filter", "room": "ada", "pattern": text })).await.done();

        creator.ask(json!({ "do": "note", "room": "ada", "who": "cleo", "text": text })).await.done();
        let report = json!({ "do": "report", "room": "ada", "who": "bob", "message": said["message"], "reason": text });
        rude.ask(report).await.done();
        let silence = json!({ "do": "time_out", "room": "ada", "who": "cleo", "seconds": 600, "reason": text });
        creator.ask(silence).await.done();
        rude.ask(json!({ "do": "appeal", "room": "ada", "text": text })).await.done();
        let file = creator.ask(json!({ "do": "look", "room": "ada", "who": "cleo" })).await["card"]["file"].clone();
        assert_eq!((&file["notes"][0]["text"], &file["silence"]["reason"]), (&json!(text), &json!(text)));
        let desk = creator.ask(json!({ "do": "read_desk", "room": "ada" })).await;
        let is_there = |report: &Value| report["reason"] == text;
        assert!(desk["reports"].as_array().unwrap().iter().any(is_there), "{desk}");
        assert_eq!(desk["appeals"][0]["text"], text);
        let id = &desk["appeals"][0]["id"];
        let decide = json!({ "do": "decide", "room": "ada", "appeal": id, "accept": true, "answer": text });
        creator.ask(decide).await.done();
        let mine = rude.ask(json!({ "do": "read_desk", "room": "ada" })).await["appeals"].clone();
        assert_eq!(mine.as_array().unwrap().last().unwrap()["decision"]["answer"], text);
        // Some of the texts are the same to a room that wants no repetitions.
        viewer.ask(say("last", &format!("number {number}"))).await.done();
    }
    // What names something, and means nothing.
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    for text in MARKUP.iter().chain(SQL) {
        assert_eq!(viewer.ask(json!({ "do": "join", "room": text })).await.refused(), "malformed-request", "{text}");
        for request in [
            json!({ "do": "delete", "room": "ada", "message": text }),
            json!({ "do": "react", "room": "ada", "message": text, "emoji": "👍", "on": true }),
            json!({ "do": "vote", "room": "ada", "poll": text, "option": 0 }),
        ] {
            // Whoever names so many that are not there has to wait.
            let refused = viewer.ask(request).await;
            assert!(["not-found", "too-many-requests"].contains(&refused.refused()), "{text}");
        }
    }
    assert_eq!(server.get("/api/v1/channels").await.expect(200)["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn markup_and_sql_in_what_people_do_together_are_text() {
    let server = start_with(&format!("{ROOMY}room_messages = 1000\n")).await;
    let (ada, bob, cleo) = (server.person("ada").await, server.person("bob").await, server.person("cleo").await);
    give(&server, &[("bob", 1_000)]).await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let mut asker = Person::join(&server, Some(&cleo), "ada").await;
    creator.ask(json!({ "do": "set", "room": "ada", "settings": { "questions": true } })).await.done();
    let all = MARKUP.iter().chain(SQL).filter(|text| **text != "\0");
    for (number, &text) in all.enumerate() {
        let short: String = text.chars().take(40).collect();
        let nonce = |of: &str| format!("{of}{number}");
        let goal = json!({ "goal": { "title": text, "target": 10 } });
        creator.ask(json!({ "do": "set", "room": "ada", "settings": goal })).await.done();
        viewer.find(|frame| frame["settings"]["goal"]["title"] == text).await;

        let outcomes = json!([text, "another"]);
        let start =
            json!({ "do": "start_prediction", "room": "ada", "question": text, "outcomes": outcomes, "seconds": 60 });
        creator.ask(start).await.done();
        let open = viewer.find(|frame| frame["prediction"]["stage"] == "open").await["prediction"].clone();
        assert_eq!((&open["question"], &open["outcomes"][0]["text"]), (&json!(text), &json!(text)));
        let cancel = json!({ "do": "resolve_prediction", "room": "ada", "prediction": open["id"], "winner": null });
        creator.ask(cancel).await.done();
        viewer.find(|frame| frame["prediction"]["stage"] == "cancelled").await;

        let reward = json!({ "title": short, "cost": 1, "asks": true, "waits": true });
        creator.ask(json!({ "do": "save_reward", "room": "ada", "reward": reward })).await.done();
        let reward = viewer.find(|frame| frame["rewards"][0].is_object()).await["rewards"][0].clone();
        assert_eq!(reward["title"], short);
        let redeem = json!({
            "do": "redeem", "room": "ada", "reward": reward["id"], "cost": 1, "text": text, "nonce": nonce("redeemed"),
        });
        viewer.ask(redeem).await.done();
        let told = creator.find(|frame| frame["is"] == "redeemed").await["redemption"].clone();
        assert_eq!((&told["title"], &told["text"]), (&json!(short), &json!(text)));
        let heard = asker.find(|frame| frame["message"]["reward"].is_string()).await["message"].clone();
        assert_eq!((&heard["reward"], &heard["text"]), (&json!(short), &json!(text)));
        creator.ask(json!({ "do": "fulfil", "room": "ada", "redemption": told["id"], "done": true })).await.done();
        creator.ask(json!({ "do": "remove_reward", "room": "ada", "reward": reward["id"] })).await.done();

        let question = json!({ "do": "ask_question", "room": "ada", "text": text, "nonce": nonce("asked") });
        let asked = asker.ask(question).await.done()["message"].clone();
        assert_eq!(viewer.event("question").await["question"]["text"], text);
        creator
            .ask(json!({ "do": "close_question", "room": "ada", "question": asked, "answered": false }))
            .await
            .done();
        // Some of the texts are the same to a room that wants no repetitions.
        for person in [&mut viewer, &mut asker] {
            let say = json!({ "do": "say", "room": "ada", "text": format!("number {number}"), "nonce": nonce("said") });
            person.ask(say).await.done();
        }
    }
    // One shout-out in half a minute.
    server.patch_as(&bob, "/api/v1/me/channel", json!({ "title": MARKUP[0] })).await.expect(200);
    creator.ask(json!({ "do": "shout_out", "room": "ada", "who": "bob" })).await.done();
    assert_eq!(viewer.event("shout_out").await["shout_out"]["title"], MARKUP[0]);
    // Who comes later is shown the same, and the tables are there.
    let mut late = Person::join(&server, None, "ada").await;
    let snapshot = late.find(|frame| frame["is"] == "snapshot").await;
    assert!(snapshot["settings"]["goal"]["title"].is_string());
    assert_eq!(server.get("/api/v1/channels").await.expect(200)["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn what_shows_nothing_or_turns_the_line_around_is_neither_said_nor_a_reason() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let blank = json!({ "display_name": "\u{3164}\u{200b}" });
    server.patch_as(&bob, "/api/v1/me/channel", blank).await.expect(200);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    for text in ["", " \n\t", "\0", "\u{200b}\u{feff}", "\u{3164}", "\u{2800}", "\u{202e}"] {
        assert_eq!(viewer.say("ada", text).await.refused(), "invalid-request", "{text:?}");
    }
    for text in [&"x".repeat(501), &"€".repeat(4_000), &format!("z{}", "\u{300}".repeat(40))] {
        let refused = viewer.say("ada", text).await;
        assert_eq!(refused.refused(), "invalid-request");
        assert_eq!(refused["problem"]["errors"][0]["field"], "text", "it is said what is wrong");
    }
    let refused = viewer.say("ada", &"x".repeat(501)).await;
    let reason = &refused["problem"]["errors"][0]["reason"];
    assert_eq!(*reason, json!({ "name": "too-long", "numbers": [500] }), "also to who says it in German");
    viewer.say("ada", "photo\u{202e}gpj.exe\u{2066}\u{0}").await.done();
    let heard = creator.event("message").await["message"].clone();
    assert_eq!(heard["text"], "photogpj.exe");
    assert!(heard["author"]["name"].is_null(), "who has no name to see is called by the handle: {heard}");
    let ban =
        json!({ "do": "ban", "room": "ada", "who": "bob", "reason": format!("no\u{202e}\n{}", "r".repeat(9_000)) });
    creator.ask(ban).await.done();
    let file = creator.ask(json!({ "do": "look", "room": "ada", "who": "bob" })).await["card"]["file"].clone();
    assert_eq!(file["silence"]["reason"], format!("no {}", "r".repeat(497)));
}

#[tokio::test]
async fn no_answer_is_a_script() {
    let server = start().await;
    server.person("ada").await;
    for path in ["/api/v1/channels/ada", "/api/v1/channels", "/api/v1/channels/nobody", "/api/v1/live.json"] {
        let answer = server.get(&format!("{path}?callback=alert&jsonp=alert")).await;
        let kind = answer.header("content-type");
        assert!(matches!(kind, "application/json" | "application/problem+json"), "{path}: {kind}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.body.is_object(), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_flood_of_requests_ends_its_connection_and_nobody_elses() {
    let server = start().await;
    let bob = server.person("bob").await;
    server.person("ada").await;
    let mut speaker = Person::join(&server, Some(&bob), "ada").await;
    let mut reader = Person::join(&server, None, "ada").await;
    // What cannot be read counts as well.
    for request in [json!({ "id": 1, "do": "leave", "room": "ada" }), json!({ "id": 1, "do": "dance" })] {
        let mut flood = Person::open(&server, None).await;
        for _ in 0..1_500 {
            flood.socket.feed(Message::text(request.to_string())).await.unwrap();
        }
        flood.socket.flush().await.unwrap();
        speaker.say("ada", &request.to_string()).await.done();
        reader.event("message").await;
        let told = flood.find(|frame| frame["retry_after_ms"].is_u64()).await;
        assert_eq!(told.refused(), "too-many-requests");
        assert_eq!(flood.closed().await, 4429, "{request}");
    }
}

#[tokio::test]
async fn a_flood_of_pings_ends_its_connection_and_the_last_of_some_is_answered() {
    let server = start().await;
    let mut guest = Person::open(&server, None).await;
    for number in 0..100_u8 {
        guest.socket.feed(Message::Ping(vec![number].into())).await.unwrap();
    }
    guest.socket.flush().await.unwrap();
    loop {
        match guest.socket.next().await.unwrap().unwrap() {
            Message::Pong(payload) if payload[..] == [99] => break,
            _ => {}
        }
    }
    for _ in 0..1_500 {
        guest.socket.feed(Message::Ping(vec![0; 8].into())).await.unwrap();
    }
    guest.socket.flush().await.unwrap();
    assert_eq!(guest.closed().await, 4429);
}

#[tokio::test]
async fn who_asks_for_a_room_again_and_again_and_reads_nothing_loses_the_place() {
    let server = start_with(&format!("{ROOMY}room_messages = 1000\nlive_connections = 2\n")).await;
    let bob = server.person("bob").await;
    server.person("ada").await;
    let mut speaker = Person::join(&server, Some(&bob), "ada").await;
    for number in 0..40 {
        speaker.say("ada", &format!("{number} {}", "\u{10348}".repeat(490))).await.done();
    }
    let mut stuck = Person::join_narrow(&server, "ada").await;
    for _ in 0..60 {
        stuck.send(json!({ "do": "join", "room": "ada" })).await;
    }
    speaker.say("ada", "nobody else waits").await.done();
    // The connection is kept open and nothing is read from it; its place is free all the same.
    let address = format!("ws://{}/api/v1/live", server.address());
    let began = Instant::now();
    while connect_async(&address).await.is_err() {
        assert!(began.elapsed() < PATIENCE, "who reads nothing keeps the place");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(stuck);
}

#[tokio::test]
async fn one_connection_is_in_so_many_rooms() {
    let server = start().await;
    for number in 0..21 {
        server.sign_up(&format!("room{number}")).await.expect(201);
    }
    let mut guest = Person::open(&server, None).await;
    let join = |number: u32| json!({ "do": "join", "room": format!("room{number}") });
    for number in 0..20 {
        guest.ask(join(number)).await.done();
    }
    assert_eq!(guest.ask(join(20)).await.refused(), "too-many-requests");
    guest.ask(join(3)).await.done();
    guest.ask(json!({ "do": "leave", "room": "room3" })).await.done();
    guest.ask(join(20)).await.done();
}

/// What is answered to a handshake with these headers, as far as the end of the head.
async fn handshake(server: &TestServer, headers: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let head = format!("GET /api/v1/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        let read = tokio::time::timeout(PATIENCE, stream.read_buf(&mut answer)).await.unwrap().unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&answer));
    }
    String::from_utf8_lossy(&answer).to_lowercase()
}

#[tokio::test]
async fn a_handshake_agrees_on_no_compression_and_on_no_other_protocol() {
    let server = start().await;
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let good = format!("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n{key}");
    let offers = "Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: graphql-ws\r\n";
    let answer = handshake(&server, &format!("{good}{offers}")).await;
    assert!(answer.starts_with("http/1.1 101"), "{answer}");
    assert!(!answer.contains("sec-websocket-extensions") && !answer.contains("sec-websocket-protocol"), "{answer}");
    for bad in [
        format!("Upgrade: websocket\r\nSec-WebSocket-Version: 8\r\n{key}"),
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n".to_owned(),
        format!("Upgrade: h2c\r\nSec-WebSocket-Version: 13\r\n{key}"),
    ] {
        let answer = handshake(&server, &bad).await;
        assert!(answer.starts_with("http/1.1 426"), "{bad}: {answer}");
        for header in ["upgrade: websocket", "connection: upgrade", "sec-websocket-version: 13"] {
            assert!(answer.contains(&format!("\r\n{header}\r\n")), "{bad}: {answer}");
        }
    }
    for origin in ["null", "http://x.evil.example"] {
        let answer = handshake(&server, &format!("{good}Origin: {origin}\r\n")).await;
        assert!(answer.starts_with("http/1.1 403"), "{origin}: {answer}");
    }
}
