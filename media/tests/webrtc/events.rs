//! WHEP's server-sent events: what a viewer is told while it watches.

use axum::body::Body;
use axum::http::Method;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::support::peer::{Peer, Wish};
use crate::support::show::{Publisher, watch};
use crate::support::{PATIENCE, Server};

const JSON: (&str, &str) = ("content-type", "application/json");

/// A viewer's session and the URL of its extension.
pub(crate) async fn session(server: &Server) -> (Peer, String) {
    let mut viewer = Peer::new(Wish::PLAY).await;
    let created = server.whep(&viewer.offer).await;
    viewer.accept(&created.body);
    viewer.connected().await;
    (viewer, created.header("location").to_owned())
}

/// Reads an event stream.
pub(crate) struct Listener {
    body: Body,
    text: String,
}

impl Listener {
    pub(crate) async fn open(server: &Server, session: &str, events: &[&str]) -> (Self, String) {
        let created =
            server.request(Method::POST, &format!("{session}/events"), &[JSON], json!(events).to_string()).await;
        assert_eq!(created.status, 201, "{}", created.body);
        let location = created.header("location").to_owned();
        (Self::read(server, &location).await, location)
    }

    async fn read(server: &Server, location: &str) -> Self {
        let answer = server.begin(Method::GET, location, &[("accept", "text/event-stream")], "").await;
        assert_eq!(answer.status(), 200);
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        Self { body: answer.into_body(), text: String::new() }
    }

    /// The next event and its data; `None` at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                let field = |name| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                if let Some((name, data)) = field("event:").zip(field("data:")) {
                    return Some((name.to_owned(), serde_json::from_str(data).unwrap()));
                }
                continue;
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await.expect("no event came")?;
            self.text += std::str::from_utf8(frame.unwrap().data_ref().unwrap()).unwrap();
        }
    }

    /// Waits for an event, passing over others.
    pub(crate) async fn until(&mut self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (event, data) = self.next().await.expect("the events have ended");
            if event == name && wanted(&data) {
                return data;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whep_4_extensions_are_advertised() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let created = server.whep(&Peer::new(Wish::PLAY).await.offer).await;
    let (session, links) = (created.header("location"), created.links());
    let urn = "urn:ietf:params:whep:ext:core";
    assert_eq!(
        links,
        [
            format!(
                "<{session}/events>; rel=\"{urn}:server-sent-events\"; \
                 events=\"active,inactive,layers,reconnect,viewercount\""
            ),
            format!("<{session}/layer>; rel=\"{urn}:layer\""),
        ]
    );
    for path in [format!("{session}/events"), format!("{session}/layer")] {
        let preflight = server.request(Method::OPTIONS, &path, &[("origin", "https://a.example")], "").await;
        assert!(preflight.header("access-control-allow-methods").contains("POST"), "{path}");
        assert!(preflight.header("access-control-allow-headers").contains("Content-Type"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whep_4_a_viewer_is_told_when_the_publisher_drops_and_returns() {
    let server = Server::start();
    let publisher = Publisher::start(&server).await;
    let (_viewer, session) = session(&server).await;
    let (mut events, _) = Listener::open(&server, &session, &["active", "inactive"]).await;
    let nothing = json!({});
    assert_eq!(events.next().await, Some(("active".into(), nothing.clone())));
    publisher.leave();
    assert_eq!(events.next().await, Some(("inactive".into(), nothing.clone())));
    let _again = Publisher::start(&server).await;
    assert_eq!(events.next().await, Some(("active".into(), nothing)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whep_4_a_viewer_is_told_how_many_watch_and_what_can_be_chosen() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let (_viewer, session) = session(&server).await;
    let (mut events, _) = Listener::open(&server, &session, &["viewercount", "layers"]).await;
    let layers = events.until("layers", |_| true).await;
    let layer = &layers["0"][0];
    assert_eq!((&layer["rid"], &layer["width"], &layer["height"]), (&json!("source"), &json!(320), &json!(180)));
    assert!(layer["bitrate"].as_u64() > Some(0), "{layers}");
    let other = watch(&server).await;
    events.until("viewercount", |data| data["viewercount"] == 2).await;
    other.close();
    events.until("viewercount", |data| data["viewercount"] == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn event_streams_end_when_they_are_deleted_and_with_their_session() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let (_viewer, session) = session(&server).await;
    let (mut deleted, location) = Listener::open(&server, &session, &["active"]).await;
    deleted.next().await.unwrap();
    assert_eq!(server.request(Method::DELETE, &location, &[], "").await.status, 200);
    assert_eq!(deleted.next().await, None);
    for method in [Method::DELETE, Method::GET] {
        assert_eq!(server.request(method, &location, &[], "").await.status, 404);
    }
    let (mut left, location) = Listener::open(&server, &session, &["active"]).await;
    left.next().await.unwrap();
    assert_eq!(server.request(Method::DELETE, &session, &[], "").await.status, 200);
    assert_eq!(left.next().await, None);
    assert_eq!(server.request(Method::GET, &location, &[], "").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_drains_tells_its_viewers_to_reconnect() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let (_viewer, session) = session(&server).await;
    let (mut events, _) = Listener::open(&server, &session, &["reconnect"]).await;
    // Nothing is told yet; the reader must have begun to listen all the same.
    let told = tokio::spawn(async move { events.next().await });
    tokio::task::yield_now().await;
    server.hub.drain().await;
    assert_eq!(told.await.unwrap(), Some(("reconnect".into(), json!({}))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_list_of_events_is_refused() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let (_viewer, session) = session(&server).await;
    let path = format!("{session}/events");
    for (body, status) in [("{", 400), ("{}", 400), ("[1]", 400), ("[\"scte35\"]", 400), ("", 201)] {
        assert_eq!(server.request(Method::POST, &path, &[JSON], body).await.status, status, "{body}");
    }
    assert_eq!(server.request(Method::POST, &path, &[("content-type", "text/plain")], "[]").await.status, 415);
    assert_eq!(server.request(Method::GET, &path, &[], "").await.status, 405);
    let elsewhere = path.replace("/ada/", "/bob/");
    assert_eq!(server.request(Method::POST, &elsewhere, &[], "").await.status, 404);
}
