//! Rooms of whole servers that die.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use futures_util::{SinkExt, StreamExt};
use klieg_tests::nats::Nats;
use klieg_tests::server::{Person, Server};
use klieg_tests::{PATIENCE, stage, wait_for};
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Messages said, fewer than a snapshot shows.
const SAID: u64 = 100;

async fn join(server: &Server, person: &Person) -> Result<(Socket, Value)> {
    join_room(server, person, &person.handle).await
}

async fn join_room(server: &Server, person: &Person, room: &str) -> Result<(Socket, Value)> {
    let (socket, frames) = enter(server, Some(person), json!({ "do": "join", "room": room })).await?;
    let snapshot = frames.into_iter().find(|frame| frame["is"] == "snapshot");
    Ok((socket, snapshot.unwrap_or_default()))
}

/// Joins, as somebody or as a guest, and gives what is told until that is done.
async fn enter(server: &Server, person: Option<&Person>, mut join: Value) -> Result<(Socket, Vec<Value>)> {
    let (mut socket, _) = connect_async(format!("ws://{}/api/v1/live", server.http)).await?;
    if let Some(person) = person {
        let log_in = json!({ "id": 1001, "do": "authenticate", "token": person.tokens.access_token });
        socket.send(Message::text(log_in.to_string())).await?;
    }
    join["id"] = 1002.into();
    socket.send(Message::text(join.to_string())).await?;
    let mut frames = Vec::new();
    loop {
        let frame = next(&mut socket).await.context("the connection ended")?;
        ensure!(frame["is"] != "refused", "{frame}");
        let is_in = frame["is"] == "done" && frame["id"] == 1002;
        frames.push(frame);
        if is_in {
            return Ok((socket, frames));
        }
    }
}

async fn next(socket: &mut Socket) -> Option<Value> {
    loop {
        match tokio::time::timeout(PATIENCE, socket.next()).await.ok()?? {
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
    // Killed in the middle: as soon as some are answered.
    let mut answered = say_all(&mut socket, 20).await?;
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
    assert_eq!(say_all(&mut socket, SAID as usize).await?.len() as u64, SAID);
    let (_, snapshot) = join(&server, &person).await?;
    assert_eq!(snapshot["messages"].as_array().unwrap().len() as u64, SAID);
    Ok(())
}

/// Says all of it, and gives the messages that were answered until the connection ends or all are.
async fn say_all(socket: &mut Socket, until: usize) -> Result<HashSet<String>> {
    for id in 0..SAID {
        let say =
            json!({ "id": id, "do": "say", "room": "ada", "text": format!("message {id}"), "nonce": format!("n{id}") });
        socket.send(Message::text(say.to_string())).await?;
    }
    let mut answered = HashSet::new();
    while answered.len() < until
        && let Some(frame) = next(socket).await
    {
        if frame["is"] == "done" {
            answered.insert(frame["message"].as_str().context("an answer without its message")?.to_owned());
        }
    }
    Ok(answered)
}

#[tokio::test]
async fn two_servers_share_a_room_over_nats_and_one_is_killed() -> Result<()> {
    let _stage = stage().await;
    let nats = Nats::start().await?;
    let limits = "room_messages = 1000\n";
    let mut first = Server::start_in(tempfile::tempdir()?, limits, &["--nats", &nats.url])?;
    let database = format!("sqlite://{}", first.data().join("klieg.db").display());
    let shared = ["--nats", &nats.url, "--database", &database];
    let second = Server::start_in(tempfile::tempdir()?, limits, &shared)?;
    let (ada, bob) = (first.person("ada").await?, second.person("bob").await?);
    let (_creator, _) = join(&first, &ada).await?;
    let (mut viewer, _) = join_room(&second, &bob, "ada").await?;

    // The first server keeps the room, and dies in the middle of what is said at the second.
    let mut answered = say_all(&mut viewer, 20).await?;
    first.process.signal(Signal::KILL)?;
    while let Some(frame) = next(&mut viewer).await {
        if frame["is"] == "done" {
            answered.insert(frame["message"].as_str().unwrap().to_owned());
        }
    }
    // The room has its home at the second then, with all that was answered; the rest is said again, and there once.
    let rejoin = async || Ok(join_room(&second, &bob, "ada").await.ok());
    let (mut viewer, snapshot) = wait_for("the room has another home", PATIENCE, rejoin).await?;
    let kept = |snapshot: &Value| -> HashSet<String> {
        let messages = snapshot["messages"].as_array().unwrap();
        messages.iter().map(|message| message["id"].as_str().unwrap().to_owned()).collect()
    };
    assert!(answered.is_subset(&kept(&snapshot)));
    assert_eq!(say_all(&mut viewer, SAID as usize).await?.len() as u64, SAID);

    // The first is back, and takes part in what the second keeps now.
    first.process.wait(PATIENCE)?;
    first.start_again()?;
    let (mut creator, snapshot) = join(&first, &ada).await?;
    assert_eq!(kept(&snapshot).len() as u64, SAID);
    let say = json!({ "id": 1, "do": "say", "room": "ada", "text": "back", "nonce": "back" });
    creator.send(Message::text(say.to_string())).await?;
    loop {
        let frame = next(&mut viewer).await.context("the connection ended")?;
        if frame["event"] == "message" && frame["message"]["text"] == "back" {
            return Ok(());
        }
    }
}

/// What somebody has heard in a room: everything that happened, in order and once.
struct Heard {
    epoch: Value,
    offset: u64,
    texts: Vec<String>,
    /// How many people are here, as it was told last.
    present: u64,
}

impl Heard {
    /// Since this snapshot.
    fn since(snapshot: &Value) -> Result<Self> {
        let offset = snapshot["position"]["offset"].as_u64().context("no position")?;
        Ok(Self { epoch: snapshot["position"]["epoch"].clone(), offset, texts: Vec::new(), present: 0 })
    }

    fn take(&mut self, frame: &Value) -> Result<()> {
        ensure!(frame["is"] != "snapshot", "what was missed is sent, and not the whole room: {frame}");
        if frame["is"] == "event" {
            ensure!(frame["offset"] == self.offset + 1, "after {} comes {frame}", self.offset);
            self.offset += 1;
        }
        if frame["is"] == "presence" {
            self.present = frame["present"].as_u64().context("a number of people")?;
        }
        if frame["event"] == "message" {
            self.texts.push(frame["message"]["text"].as_str().context("a message without text")?.to_owned());
        }
        Ok(())
    }

    /// Hears until so many people are here.
    async fn present(&mut self, socket: &mut Socket, people: u64) -> Result<()> {
        while self.present != people {
            self.take(&next(socket).await.context("the connection ended")?)?;
        }
        Ok(())
    }

    /// Hears until everything was said.
    async fn all_of_it(&mut self, socket: &mut Socket) -> Result<()> {
        while (self.texts.len() as u64) < SAID {
            self.take(&next(socket).await.context("the connection ended")?)?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_server_whose_people_are_in_a_room_of_another_is_killed_and_they_go_on_at_a_third() -> Result<()> {
    let _stage = stage().await;
    let nats = Nats::start().await?;
    let limits = "room_messages = 1000\n";
    let first = Server::start_in(tempfile::tempdir()?, limits, &["--nats", &nats.url])?;
    let database = format!("sqlite://{}", first.data().join("klieg.db").display());
    let shared = ["--nats", &nats.url, "--database", &database];
    let second = Server::start_in(tempfile::tempdir()?, limits, &shared)?;
    let third = Server::start_in(tempfile::tempdir()?, limits, &shared)?;
    let (ada, bob, cleo) = (first.person("ada").await?, second.person("bob").await?, second.person("cleo").await?);
    // The first keeps the room; a speaker, a reader and a guest are in it by the second.
    let (mut creator, snapshot) = join(&first, &ada).await?;
    let mut at_home = Heard::since(&snapshot)?;
    let (mut speaker, _) = join_room(&second, &bob, "ada").await?;
    let (mut reader, snapshot) = join_room(&second, &cleo, "ada").await?;
    let mut moved = Heard::since(&snapshot)?;
    let (_guest, _) = enter(&second, None, json!({ "do": "join", "room": "ada" })).await?;
    at_home.present(&mut creator, 4).await?;

    // The second dies in the middle of what is said there.
    say_all(&mut speaker, 20).await?;
    second.process.signal(Signal::KILL)?;
    while next(&mut speaker).await.is_some() {}
    while let Some(frame) = next(&mut reader).await {
        moved.take(&frame)?;
    }
    let after = json!({ "epoch": moved.epoch, "offset": moved.offset });
    let join = json!({ "do": "join", "room": "ada", "after": after });
    let (mut reader, missed) = enter(&third, Some(&cleo), join).await?;
    for frame in &missed {
        moved.take(frame)?;
    }
    let (mut speaker, _) = join_room(&third, &bob, "ada").await?;
    assert_eq!(say_all(&mut speaker, SAID as usize).await?.len() as u64, SAID, "all of it again, by the same nonces");

    // Whoever was there all the time and who came again heard the same: each message once, in the order they were said.
    moved.all_of_it(&mut reader).await?;
    at_home.all_of_it(&mut creator).await?;
    let said: Vec<String> = (0..SAID).map(|id| format!("message {id}")).collect();
    assert_eq!(moved.texts, said);
    assert_eq!(at_home.texts, said);
    // The guest is gone with the server.
    at_home.present(&mut creator, 3).await
}
