//! Pictures and remote control: who is let in, and what they get.

use std::time::Duration;

use klieg_studio::library::Places;
use klieg_studio::loopback::Loopback;
use klieg_studio_model::{Command, Edit};
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use crate::support::notes::Notes;
use crate::support::socket::Socket;
use crate::support::{PATIENCE, Rig, addresses};

const WINDOW: &[(&str, &str)] = &[("origin", "tauri://localhost")];
const STRANGER: &[(&str, &str)] = &[("origin", "https://evil.example")];
const PAGE: &[(&str, &str)] = &[("origin", "http://127.0.0.1:5173")];

struct Served {
    rig: Rig,
    pictures: String,
    remote: String,
    token: String,
}

async fn served(remote_on: bool) -> Served {
    let home = tempfile::tempdir().unwrap();
    let loopback = Loopback::bind(&Places::under(home.path())).unwrap();
    let addresses = loopback.addresses(remote_on);
    let notes = Notes::default();
    let rig = Rig::at(notes.opener(), notes, home, addresses.clone());
    tokio::spawn(loopback.serve(rig.director.clone()));
    rig.state().await;
    let token = addresses.remote_token.reveal().to_owned();
    Served { rig, pictures: addresses.pictures, remote: addresses.remote, token }
}

fn port_of(remote: &str) -> u16 {
    remote.strip_prefix("ws://127.0.0.1:").unwrap().strip_suffix("/remote").unwrap().parse().unwrap()
}

async fn watched(rig: &Rig, count: usize) {
    let started = std::time::Instant::now();
    while rig.notes.watchers() != count {
        assert!(started.elapsed() < PATIENCE, "{} watch", rig.notes.watchers());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_for_the_window_alone() {
    let Served { rig, pictures, .. } = served(false).await;
    assert!(pictures.starts_with("ws://127.0.0.1:"), "{pictures}");
    assert_eq!(rig.state().await.pictures, pictures);
    let programme = format!("{pictures}/programme");
    assert_eq!(Socket::open(&programme, STRANGER).await.err(), Some(403));
    assert_eq!(Socket::open(&programme, PAGE).await.err(), Some(403));
    assert_eq!(Socket::open(&format!("{pictures}/elsewhere"), WINDOW).await.err(), Some(404));
    let (server, _) = pictures.rsplit_once('/').unwrap();
    assert_eq!(Socket::open(&format!("{server}/{}/programme", "0".repeat(48)), WINDOW).await.err(), Some(404));
    for headers in [WINDOW, &[]] {
        assert!(Socket::open(&programme, headers).await.is_ok());
    }
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn emotes_are_for_the_window_alone_and_there_are_none_without_an_account() {
    let Served { rig, pictures, .. } = served(false).await;
    let here = format!("http{}", pictures.strip_prefix("ws").unwrap());
    let (server, _) = here.rsplit_once('/').unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let file = format!("emotes/{}.png", "0".repeat(32));
    let ask = async |url: String, origin: Option<&str>| {
        let request = client.get(url);
        let request = match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        };
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask(format!("{here}/{file}"), Some("https://evil.example")).await, 403);
    assert_eq!(ask(format!("{server}/{}/{file}", "0".repeat(48)), None).await, 404);
    assert_eq!(ask(format!("{here}/{file}"), None).await, 404, "nobody is signed in");
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_picture_wins_and_none_is_made_for_nobody() {
    let Served { rig, pictures, .. } = served(false).await;
    assert_eq!(rig.notes.watchers(), 0);
    let mut socket = Socket::open(&format!("{pictures}/programme"), WINDOW).await.unwrap();
    watched(&rig, 1).await;
    rig.notes.picture(b"first");
    assert_eq!(socket.picture().await, b"first");
    // From now on it tells what it has drawn, so that two are on their way at most.
    socket.send("drawn").await;
    socket.is_heard().await;
    rig.notes.picture(b"second");
    assert_eq!(socket.picture().await, b"second");
    rig.notes.picture(b"third");
    assert_eq!(socket.picture().await, b"third");
    for number in 0..100_u32 {
        rig.notes.picture(number.to_string().as_bytes());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    socket.send("drawn").await;
    assert_eq!(socket.picture().await, b"99");
    // The canvas changes: pictures go on from the new stage.
    socket.send("drawn").await;
    let canvas = klieg_studio_model::Canvas { width: 640, height: 360, fps: 30 };
    rig.edit(Edit::SetCanvas { canvas }).await;
    watched(&rig, 1).await;
    rig.notes.picture(b"smaller");
    assert_eq!(socket.picture().await, b"smaller");
    drop(socket);
    watched(&rig, 0).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn remote_control_is_off_until_it_is_switched_on() {
    let Served { rig, remote, token, .. } = served(false).await;
    let url = format!("{remote}?token={token}");
    assert_eq!(Socket::open(&url, &[]).await.err(), Some(404));
    rig.done(Command::Remote { on: true }).await;
    rig.until("on", |studio| studio.remote.is_some()).await;
    let file = rig.home.path().join("state/remote.json");
    let found: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let port = port_of(&remote);
    assert_eq!(found, json!({ "url": remote, "port": port, "token": token }));
    let mut socket = Socket::open(&url, &[]).await.unwrap();
    socket.event("studio", |_| true).await;
    rig.done(Command::Remote { on: false }).await;
    while socket.next().await.is_some() {}
    rig.until("off", |studio| studio.remote.is_none()).await;
    assert_eq!(Socket::open(&url, &[]).await.err(), Some(404));
    let left: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(left, json!({ "port": port, "token": token }));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_has_the_same_token_and_if_it_is_free_the_same_port() {
    let Served { rig, remote, token, .. } = served(true).await;
    let port = port_of(&remote);
    let file = rig.home.path().join("state/remote.json");
    let kept = || serde_json::from_slice::<Value>(&std::fs::read(&file).unwrap()).unwrap();
    // It is not free yet: another one is taken, and as long as nobody was told of that the port is not forgotten.
    let again = Loopback::bind(&Places::under(rig.home.path())).unwrap().addresses(false);
    assert_eq!((again.taken, again.remote_token.reveal()), (Some(port), token.as_str()));
    assert_ne!(again.port, port);
    let home = rig.close().await;
    let notes = Notes::default();
    let rig = Rig::at(notes.opener(), notes, home, again.clone());
    assert!(rig.state().await.notices.is_empty());
    assert_eq!(kept(), json!({ "port": port, "token": token }));
    rig.done(Command::Remote { on: true }).await;
    let notice = rig.state().await.notices.last().unwrap().text.clone();
    assert!(notice.contains(&format!("has port {port}")) && notice.contains(&again.port.to_string()), "{notice}");
    let _home = rig.close().await;
    assert_eq!(kept(), json!({ "port": again.port, "token": token }));
}

#[test]
fn a_port_is_kept_without_its_token_and_a_token_without_its_port() {
    let home = tempfile::tempdir().unwrap();
    let places = Places::under(home.path());
    std::fs::create_dir_all(&places.state).unwrap();
    // Held for it, so that nobody else is given it; who listens there may all the same.
    let held = TcpSocket::new_v4().unwrap();
    held.set_reuseaddr(true).unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = held.local_addr().unwrap().port();
    let bind = |kept: &Value| {
        std::fs::write(places.remote(), kept.to_string()).unwrap();
        Loopback::bind(&places).unwrap().addresses(true)
    };
    let token = "0".repeat(48);
    let both = bind(&json!({ "port": port, "token": token }));
    assert_eq!((both.port, both.taken, both.remote_token.reveal()), (port, None, token.as_str()));
    assert_eq!(both.remote, format!("ws://127.0.0.1:{port}/remote"));
    let without_token = bind(&json!({ "port": port, "token": "" }));
    assert_eq!((without_token.port, without_token.remote_token.reveal().len()), (port, 48));
    assert_ne!(without_token.remote_token.reveal(), token);
    let without_port = bind(&json!({ "token": token }));
    assert_eq!((without_port.taken, without_port.remote_token.reveal()), (None, token.as_str()));
    for nonsense in [json!("nonsense"), json!({ "port": "none" }), json!({ "port": 70_000 })] {
        assert_eq!(bind(&nonsense).remote_token.reveal().len(), 48);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn remote_control_asks_for_the_token_and_for_where_a_page_is_from() {
    let Served { rig, remote, token, .. } = served(true).await;
    let bearer = format!("Bearer {token}");
    assert_eq!(Socket::open(&remote, &[]).await.err(), Some(401));
    assert_eq!(Socket::open(&format!("{remote}?token=wrong"), &[]).await.err(), Some(401));
    assert_eq!(Socket::open(&remote, &[("authorization", "Bearer wrong")]).await.err(), Some(401));
    let with_token = format!("{remote}?token={token}");
    assert_eq!(Socket::open(&with_token, STRANGER).await.err(), Some(403));
    for origin in ["null", "http://127.0.0.1.evil.example", "http://localhost.evil.example", "https://127.0.0.1"] {
        assert_eq!(Socket::open(&with_token, &[("origin", origin)]).await.err(), Some(403), "{origin}");
    }
    for headers in [WINDOW, PAGE, &[("origin", "http://localhost:8000")]] {
        assert!(Socket::open(&with_token, headers).await.is_ok());
    }
    assert!(Socket::open(&remote, &[("authorization", &bearer)]).await.is_ok());
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_changes_scenes_and_hears_of_it() {
    let Served { rig, remote, token, .. } = served(true).await;
    rig.edit(Edit::AddScene { name: "Break".into() }).await;
    let mut socket = Socket::open(&format!("{remote}?token={token}&events=studio"), &[]).await.unwrap();
    socket.event("studio", |studio| studio["on_air"] == "Scene").await;
    let show = |scene: &str| json!({ "command": { "command": "show_scene", "scene": scene } });
    assert_eq!(socket.ask("command", show("Break")).await, json!({ "id": "q", "ok": null }));
    socket.event("studio", |studio| studio["on_air"] == "Break").await;
    let refused = socket.ask("command", show("Gone")).await;
    assert_eq!(refused, json!({ "id": "q", "error": "there is no scene named `Gone`" }));
    assert_eq!(socket.ask("state", json!({})).await["ok"]["on_air"], "Break");
    assert!(socket.ask("command", json!({})).await["error"].as_str().unwrap().starts_with("not a command"));
    let fonts = socket.ask("fonts", json!({})).await;
    assert!(
        fonts["ok"].as_array().unwrap().contains(&json!("DejaVu Sans")),
        "{fonts} (apt-get install fonts-dejavu-core)"
    );
    assert!(socket.ask("pick_file", json!({})).await["error"].as_str().unwrap().contains("own window"));
    socket.send("nonsense").await;
    loop {
        let message = socket.next_json().await.unwrap();
        if message.get("error").is_some() {
            assert_eq!(message["id"], Value::Null);
            break;
        }
    }
    // More at once than may be under way.
    for number in 0..100 {
        socket.send(&json!({ "id": number, "invoke": "command", "args": show("Scene") }).to_string()).await;
    }
    let mut answered = 0;
    while answered < 100 {
        let message = socket.next_json().await.unwrap();
        answered += usize::from(message.get("ok").is_some());
    }
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn levels_come_to_who_wants_them() {
    let Served { rig, remote, token, .. } = served(true).await;
    let mut socket = Socket::open(&format!("{remote}?token={token}&events=meters"), &[]).await.unwrap();
    for _ in 0..5 {
        let message = socket.next_json().await.unwrap();
        assert_eq!(message["event"], "meters");
    }
    assert!(!addresses(false).remote_on);
    rig.close().await;
}
