//! Two servers that share a database, with a bus in this process and with a real NATS: the same tests.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use klieg_server::bus::{Bus, Memory, Nats};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpSocket;

use crate::emotes::{add, png};
use crate::live::{Answer, PATIENCE, Person};
use crate::support::{TestServer, start_among};

/// How the servers of a test reach each other.
pub(crate) enum Between {
    Memory(Arc<Memory>),
    Nats(NatsServer),
}

impl Between {
    async fn bus(&self) -> Bus {
        match self {
            Self::Memory(memory) => Bus::Memory(memory.clone()),
            Self::Nats(server) => server.bus().await,
        }
    }

    /// Two servers, and people who have signed up.
    pub(crate) async fn servers(&self) -> (TestServer, TestServer) {
        let first = start_among(self.bus().await, None).await;
        let second = start_among(self.bus().await, Some(&first)).await;
        (first, second)
    }
}

pub(crate) struct NatsServer {
    process: Child,
    url: String,
    folder: TempDir,
}

impl NatsServer {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let process = Self::spawn(&folder, "-1");
        let ports = folder.path().join(format!("nats-server_{}.ports", process.id()));
        let started = Instant::now();
        let url = loop {
            let ports = std::fs::read(&ports).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
            if let Some(url) = ports.as_ref().and_then(|ports| ports["nats"][0].as_str()) {
                break url.to_owned();
            }
            assert!(started.elapsed() < PATIENCE, "nats-server, from Debian's package of this name, does not start");
            std::thread::sleep(Duration::from_millis(20));
        };
        Self { process, url, folder }
    }

    fn spawn(folder: &TempDir, port: &str) -> Child {
        Command::new("nats-server")
            .args(["--addr", "127.0.0.1", "--port", port, "--ports_file_dir"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .spawn()
            .expect("nats-server, from Debian's package of this name")
    }

    async fn bus(&self) -> Bus {
        let bus = Bus::Nats(Arc::new(Nats::connect(&self.url.parse().unwrap()).await.unwrap()));
        let started = Instant::now();
        while !bus.is_connected() {
            assert!(started.elapsed() < PATIENCE, "NATS does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bus
    }

    /// Returns its port, which nobody else is given as long as it is held.
    fn kill(&mut self) -> TcpSocket {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let port = TcpSocket::new_v4().unwrap();
        port.set_reuseaddr(true).unwrap();
        port.bind(self.url.trim_start_matches("nats://").parse().unwrap()).unwrap();
        port
    }

    fn start_again(&mut self) {
        let port = self.url.rsplit(':').next().unwrap();
        self.process = Self::spawn(&self.folder, port);
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A test of two servers, once in this process and once with NATS between them.
macro_rules! between_servers {
    ($($name:ident),* $(,)?) => {
        mod in_process {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::Between::Memory(std::sync::Arc::default())).await;
            })*
        }
        mod over_nats {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::Between::Nats(super::NatsServer::start())).await;
            })*
        }
    };
}
pub(crate) use between_servers;

between_servers!(
    a_room_of_two_servers_is_one_room,
    a_crowd_that_comes_by_another_server_shares_a_snapshot,
    a_server_that_goes_leaves_its_rooms_to_the_other,
    what_one_is_told_comes_at_every_server_once,
    a_channel_made_private_at_either_server_is_watched_no_more,
    a_home_that_falls_silent_is_replaced_and_writes_nothing_any_more,
    what_a_room_was_not_told_it_reads,
);

async fn a_room_of_two_servers_is_one_room(between: Between) {
    let (first, second) = between.servers().await;
    let (ada, bob, eve) = (first.person("ada").await, second.person("bob").await, second.person("eve").await);
    let mut creator = Person::join(&first, Some(&ada), "ada").await;
    let mut viewer = Person::join(&second, Some(&bob), "ada").await;
    let mut other = Person::join(&second, Some(&eve), "ada").await;
    let mut guest = Person::join(&first, None, "ada").await;
    assert_eq!(viewer.find(|frame| frame["is"] == "you").await["you"]["role"], "viewer");
    creator.find(|frame| frame["is"] == "presence" && frame["present"] == 4).await;
    viewer.find(|frame| frame["is"] == "presence" && frame["present"] == 4).await;
    // Who is at either server is here.
    for person in [&mut creator, &mut viewer] {
        let present = person.ask(json!({ "do": "read_present", "room": "ada" })).await;
        let named = |list: &str, place: usize| present[list][place]["handle"].clone();
        assert_eq!([named("keepers", 0), named("people", 0), named("people", 1)], ["ada", "bob", "eve"], "{present}");
        assert_eq!((&present["guests"], &present["more"]), (&json!(1), &json!(false)));
    }

    // What is said on either server comes everywhere, in the same order under the same numbers.
    let said = viewer.say("ada", "from the second").await.done();
    creator.say("ada", "from the first").await.done();
    for person in [&mut creator, &mut viewer, &mut other, &mut guest] {
        let (one, two) = (person.event("message").await, person.event("message").await);
        assert_eq!((&one["offset"], &two["offset"]), (&json!(1), &json!(2)));
        assert_eq!(one["message"]["id"], said["message"]);
        assert_eq!(two["message"]["text"], "from the first");
    }
    // A client of the second server that was away gets what it missed.
    let epoch = viewer.find(|frame| frame["is"] == "snapshot").await["position"]["epoch"].clone();
    let mut back = Person::open(&second, Some(&bob)).await;
    let join = json!({ "do": "join", "room": "ada", "after": { "epoch": epoch, "offset": 1 } });
    back.ask(join).await.done();
    assert_eq!(back.event("message").await["message"]["text"], "from the first");
    assert!(!back.seen.iter().any(|frame| frame["is"] == "snapshot"));

    // An emote that is added at either server is there in the room that one of them keeps.
    let wave = add(&second, &ada, "wave", png(8, 1)).await.expect(201);
    assert_eq!(viewer.event("emotes").await["emotes"], json!([wave]));
    let nod = add(&first, &ada, "nod", png(8, 2)).await.expect(201);
    assert_eq!(viewer.event("emotes").await["emotes"], json!([wave, nod]));

    // What changes without a word, as when one is lost on its way, is noticed.
    let database = &second.server.app().database;
    sqlx::query("DELETE FROM emotes WHERE name = 'wave'").execute(database.write()).await.unwrap();
    let change = "INSERT OR REPLACE INTO emote_changes (channel_id) SELECT channel_id FROM emotes";
    sqlx::query(change).execute(database.write()).await.unwrap();
    assert_eq!(viewer.event("emotes").await["emotes"], json!([nod]));

    // Following at one server counts in the room that the other keeps, and so do rules, a ban and a log-out.
    creator.ask(json!({ "do": "set", "room": "ada", "settings": { "followers_min": 0 } })).await.done();
    viewer.event("settings").await;
    assert_eq!(viewer.say("ada", "may I?").await.refused(), "followers-only");
    second.put_as(&bob, "/api/v1/channels/ada/follow").await.expect(204);
    viewer.find(|frame| frame["is"] == "you" && frame["you"]["follows_since"].is_string()).await;
    viewer.say("ada", "now I may").await.done();
    let mut at_home = Person::join(&first, Some(&bob), "ada").await;
    creator.ask(json!({ "do": "ban", "room": "ada", "who": "bob" })).await.done();
    for connection in [&mut viewer, &mut back, &mut at_home] {
        assert_eq!(connection.closed().await, 4403, "each, wherever it is");
    }
    first.delete_as(&eve, "/api/v1/sessions/current").await.expect(204);
    assert_eq!(other.closed().await, 4401, "logged out at the other server");
    creator.find(|frame| frame["is"] == "presence" && frame["present"] == 2).await;
}

async fn a_crowd_that_comes_by_another_server_shares_a_snapshot(between: Between) {
    const CROWD: usize = 40;
    let (first, second) = between.servers().await;
    let ada = first.person("ada").await;
    let mut creator = Person::join(&first, Some(&ada), "ada").await;
    for said in 0..10 {
        creator.say("ada", &format!("{said} {}", "words ".repeat(70))).await.done();
    }
    // What the home of the room says to the second server.
    let app = second.server.app();
    let channel: String = sqlx::query_scalar("SELECT id FROM channels").fetch_one(app.database.read()).await.unwrap();
    let server = app.cluster.as_ref().unwrap().id.0;
    let bus = between.bus().await;
    let mut told = bus.subscribe(format!("klieg.room.{channel}.to.{server:08x}"));
    bus.flush(PATIENCE).await;

    let mut crowd = join_all((0..CROWD).map(|_| Person::join(&second, None, "ada"))).await;
    creator.say("ada", "everybody is here").await.done();
    let mut shown = BTreeSet::new();
    for guest in &mut crowd {
        let snapshot = guest.find(|frame| frame["is"] == "snapshot").await;
        assert_eq!(snapshot["messages"].as_array().unwrap().len(), 10);
        shown.insert(snapshot["at"].as_str().unwrap().to_owned());
        assert_eq!(guest.event("message").await["offset"], 11, "nobody missed anything in between");
    }
    let has = |message: &[u8], text: &str| message.windows(text.len()).filter(|part| *part == text.as_bytes()).count();
    let mut snapshots = 0;
    loop {
        let message = tokio::time::timeout(PATIENCE, told.next()).await.unwrap().unwrap();
        snapshots += has(&message, r#""is":"snapshot""#);
        if has(&message, "everybody is here") > 0 {
            break;
        }
    }
    assert_eq!(snapshots, shown.len(), "each crosses once, whomever it is shown to");
    assert!(snapshots < CROWD / 2, "{snapshots}");
}

async fn what_one_is_told_comes_at_every_server_once(between: Between) {
    let (first, second) = between.servers().await;
    let (ada, bob) = (first.person("ada").await, second.person("bob").await);
    second.put_as(&bob, "/api/v1/channels/ada/follow").await.expect(204);
    let mut creator = Person::join(&second, Some(&ada), "ada").await;
    let mut here = Person::open(&first, Some(&bob)).await;
    let mut there = Person::open(&second, Some(&bob)).await;
    let _publisher = first.go_live(&ada).await;
    for window in [&mut here, &mut there] {
        let live = window.find(|frame| frame["is"] == "notification").await;
        assert_eq!(live["notification"]["kind"], "live");
    }
    let said = creator.say("ada", "@bob come").await.done();
    let mut until = Value::Null;
    for window in [&mut here, &mut there] {
        let mention = window.find(|frame| frame["is"] == "notification").await;
        assert_eq!(mention["notification"]["text"], "@bob come");
        until = mention["notification"]["at"].clone();
    }
    let body = json!({ "until": until });
    first.ask(reqwest::Method::POST, "/api/v1/notifications/seen", &bob, Some(body)).await.expect(204);
    for window in [&mut here, &mut there] {
        window.find(|frame| frame["is"] == "notifications_seen").await;
        assert!(!window.seen.iter().any(|frame| frame["is"] == "notification"), "told twice");
    }
    creator.ask(json!({ "do": "delete", "room": "ada", "message": said["message"] })).await.done();
    for window in [&mut here, &mut there] {
        let withdrawn = window.find(|frame| frame["is"] == "notifications_withdrawn").await;
        assert_eq!((&withdrawn["ids"], &withdrawn["unseen"]), (&json!([said["message"]]), &json!(0)));
    }
}

/// Changes in the tables without a word, as when it is lost on its way.
async fn what_a_room_was_not_told_it_reads(between: Between) {
    let (first, second) = between.servers().await;
    let (ada, bob) = (first.person("ada").await, second.person("bob").await);
    let mut creator = Person::join(&first, Some(&ada), "ada").await;
    let mut viewer = Person::join(&second, Some(&bob), "ada").await;
    viewer.find(|frame| frame["is"] == "you").await;
    creator.ask(json!({ "do": "time_out", "room": "ada", "who": "bob", "seconds": 600 })).await.done();
    viewer.find(|frame| frame["is"] == "you" && frame["you"]["silenced_until"].is_string()).await;
    viewer.ask(json!({ "do": "appeal", "room": "ada", "text": "it was a joke" })).await.done();
    let database = second.server.app().database.write();
    let accept = "UPDATE room_appeals SET accepted = 1, decided_at = created_at, \
                  lifted = (SELECT created_at FROM room_silences)";
    for change in [accept, "DELETE FROM room_silences"] {
        sqlx::query(change).execute(database).await.unwrap();
    }
    viewer.find(|frame| frame["is"] == "you" && frame["you"]["silenced_until"].is_null()).await;
    viewer.say("ada", "thank you").await.done();
    // Who does not want to be named says so at the server that does not keep the room.
    second.patch_as(&bob, "/api/v1/me", json!({ "listed": false })).await.expect(200);
    let mut guest = Person::join(&second, None, "ada").await;
    let begun = Instant::now();
    while guest.ask(json!({ "do": "read_present", "room": "ada" })).await["unlisted"] != 1 {
        assert!(begun.elapsed() < PATIENCE, "the room does not know");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let hide =
        "UPDATE channels SET visibility = 'private' WHERE account_id = (SELECT id FROM accounts WHERE handle = 'ada')";
    sqlx::query(hide).execute(database).await.unwrap();
    viewer.find(|frame| frame["is"] == "left").await;
    creator.say("ada", "alone").await.done();
}

async fn a_channel_made_private_at_either_server_is_watched_no_more(between: Between) {
    const OFFER: &str = include_str!("../../../fuzz/seeds/sdp_offer/whep");
    /// Before a session that never connects is given up.
    const SOON: Duration = Duration::from_secs(10);
    let (first, second) = between.servers().await;
    for (handle, changed_at) in [("ada", &first), ("bob", &second)] {
        let token = first.person(handle).await;
        let _publisher = first.go_live(&token).await;
        let offer = first.client.post(first.url(&format!("/whep/{handle}"))).header("content-type", "application/sdp");
        let created = offer.body(OFFER).send().await.unwrap();
        assert_eq!(created.status(), 201);
        let session = first.url(created.headers()["location"].to_str().unwrap());
        let began = Instant::now();
        let is_there = async || first.client.head(&session).send().await.unwrap().status() == 200;
        assert!(is_there().await);
        changed_at.patch_as(&token, "/api/v1/me/channel", json!({ "title": "Still on" })).await.expect(200);
        changed_at.patch_as(&token, "/api/v1/me/channel", json!({ "visibility": "private" })).await.expect(200);
        while is_there().await {
            assert!(began.elapsed() < SOON, "{handle}'s viewer goes on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn a_server_that_goes_leaves_its_rooms_to_the_other(between: Between) {
    let (first, second) = between.servers().await;
    let (ada, bob) = (first.person("ada").await, second.person("bob").await);
    let mut creator = Person::join(&first, Some(&ada), "ada").await;
    let mut viewer = Person::join(&second, Some(&bob), "ada").await;
    let say = json!({ "do": "say", "room": "ada", "text": "kept", "nonce": "kept" });
    let said = viewer.ask(say.clone()).await.done();
    // The folder outlives the server: the database is in it.
    let TestServer { server, data: _data, .. } = first;
    let stopping = tokio::spawn(server.stop());
    assert_eq!(creator.closed().await, 1001);
    assert_eq!(viewer.closed().await, 1001, "told to come again, since the room moves");
    stopping.await.unwrap();

    let database = &second.server.app().database;
    let alive: i64 = sqlx::query_scalar("SELECT count(*) FROM servers").fetch_one(database.read()).await.unwrap();
    assert_eq!(alive, 1, "a server that left need not be waited for");
    let mut viewer = Person::join(&second, Some(&bob), "ada").await;
    let snapshot = viewer.find(|frame| frame["is"] == "snapshot").await;
    assert_eq!(snapshot["messages"][0]["id"], said["message"]);
    assert_eq!(viewer.ask(say).await.done()["message"], said["message"], "said once");
    let mut creator = Person::join(&second, Some(&ada), "ada").await;
    creator.say("ada", "hello again").await.done();
    viewer.find(|frame| frame["message"]["text"] == "hello again").await;
}

/// A home whose lease has run out, as after a long pause of the whole machine: another server takes the room while the old
/// home still believes in itself.
async fn a_home_that_falls_silent_is_replaced_and_writes_nothing_any_more(between: Between) {
    let (first, second) = between.servers().await;
    let (ada, bob) = (first.person("ada").await, second.person("bob").await);
    let mut creator = Person::join(&first, Some(&ada), "ada").await;
    creator.say("ada", "before").await.done();
    let database = &second.server.app().database;
    sqlx::query("UPDATE room_homes SET server_id = 0").execute(database.write()).await.unwrap();
    let mut viewer = Person::join(&second, Some(&bob), "ada").await;
    viewer.say("ada", "from the new home").await.done();
    // The old home shows it, but cannot keep it: it says nothing was done, and lets its people go to the new one.
    let say = json!({ "do": "say", "room": "ada", "text": "too late", "nonce": "late" });
    creator.send(say.clone()).await;
    assert_eq!(creator.closed().await, 1001);
    assert!(!creator.seen.iter().any(|frame| frame["is"] == "done"));
    let mut creator = Person::join(&first, Some(&ada), "ada").await;
    let snapshot = creator.find(|frame| frame["is"] == "snapshot").await;
    let texts: Vec<&Value> = snapshot["messages"].as_array().unwrap().iter().map(|said| &said["text"]).collect();
    assert_eq!(texts, ["before", "from the new home"]);
    creator.ask(say).await.done();
    viewer.find(|frame| frame["message"]["text"] == "too late").await;
}

#[tokio::test]
async fn while_nats_is_away_each_server_goes_on_and_then_they_find_together() {
    let mut nats = NatsServer::start();
    let first = start_among(nats.bus().await, None).await;
    let second = start_among(nats.bus().await, Some(&first)).await;
    let (ada, bob) = (first.person("ada").await, second.person("bob").await);
    let mut creator = Person::join(&first, Some(&ada), "ada").await;
    let mut viewer = Person::join(&second, Some(&bob), "ada").await;
    let _port = nats.kill();
    assert_eq!(viewer.closed().await, 1001, "it hears nothing of the room's home any more");
    creator.say("ada", "alone").await.done();
    assert_eq!(second.get("/readyz").await.status, 503);
    let mut cut_off = Person::open(&second, Some(&bob)).await;
    let join = json!({ "do": "join", "room": "ada" });
    assert_eq!(cut_off.ask(join.clone()).await.refused(), "unavailable");
    nats.start_again();
    let began = Instant::now();
    while cut_off.ask(join.clone()).await["is"] != "done" {
        assert!(began.elapsed() < PATIENCE, "the servers do not find together");
        // Who asks again and again without a pause is sent away.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let snapshot = cut_off.find(|frame| frame["is"] == "snapshot").await;
    assert_eq!(snapshot["messages"][0]["text"], "alone");
    cut_off.say("ada", "together").await.done();
    creator.find(|frame| frame["message"]["text"] == "together").await;
    assert_eq!(second.get("/readyz").await.status, 200);
}
