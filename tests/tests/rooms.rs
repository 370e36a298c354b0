//! A room of a whole server that dies.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use klieg_tests::server::{Person, Server};
use klieg_tests::stage;
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Messages said, fewer than a snapshot shows.
const SAID: u64 = 100;

async fn join(server: &Server, person: &Person) -> Result<(Socket, Value)> {
    let (mut socket, _) = connect_async(format!("ws://{}/api/v1/live", server.http)).await?;
    let log_in = json!({ "id": 1001, "do": "authenticate", "token": person.tokens.access_token });
    let join = json!({ "id": 1002, "do": "join", "room": person.handle });
    for request in [log_in, join] {
        socket.send(Message::text(request.to_string())).await?;
    }
    let mut snapshot = Value::Null;
    loop {
        let frame = next(&mut socket).await.context("the connection ended")?;
        if frame["is"] == "snapshot" {
            snapshot = frame;
        } else if frame["is"] == "done" && frame["id"] == 1002 {
            return Ok((socket, snapshot));
        }
    }
}

async fn next(socket: &mut Socket) -> Option<Value> {
    loop {
        match tokio::time::timeout(Duration::from_secs(20), socket.next()).await.ok()?? {
            Ok(Message::Text(text)) => return serde_json::from_str(&text).ok(),
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}

#[tokio::test]
async fn what_was_answered_is_there_after_the_server_was_killed() -> Result<()> {
    let _stage = stage().await;
    let mut server = Server::start_limited("room_messages = 1000\n")?;
    let person = server.person("ada").await?;
    let (mut socket, _) = join(&server, &person).await?;
    for id in 0..SAID {
        let say =
            json!({ "id": id, "do": "say", "room": "ada", "text": format!("message {id}"), "nonce": format!("n{id}") });
        socket.send(Message::text(say.to_string())).await?;
    }
    // Killed in the middle: as soon as some are answered.
    let mut answered = HashSet::new();
    while answered.len() < 20 {
        let frame = next(&mut socket).await.context("the connection ended")?;
        if frame["is"] == "done" {
            answered.insert(frame["message"].as_str().unwrap().to_owned());
        }
    }
    server.process.signal(Signal::KILL)?;
    while let Some(frame) = next(&mut socket).await {
        if frame["is"] == "done" {
            answered.insert(frame["message"].as_str().unwrap().to_owned());
        }
    }
    server.restart_after_kill()?;

    let (mut socket, snapshot) = join(&server, &person).await?;
    let kept: HashSet<String> = snapshot["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["id"].as_str().unwrap().to_owned())
        .collect();
    assert!(answered.is_subset(&kept), "{} answered, {} kept", answered.len(), kept.len());

    // What was not answered is said again, and is there once.
    for id in 0..SAID {
        let say =
            json!({ "id": id, "do": "say", "room": "ada", "text": format!("message {id}"), "nonce": format!("n{id}") });
        socket.send(Message::text(say.to_string())).await?;
    }
    let mut all = HashSet::new();
    for _ in 0..SAID {
        let frame = loop {
            let frame = next(&mut socket).await.context("the connection ended")?;
            if frame["is"] == "done" {
                break frame;
            }
        };
        all.insert(frame["message"].as_str().unwrap().to_owned());
    }
    assert_eq!(all.len() as u64, SAID);
    let (_, snapshot) = join(&server, &person).await?;
    assert_eq!(snapshot["messages"].as_array().unwrap().len() as u64, SAID);
    Ok(())
}
