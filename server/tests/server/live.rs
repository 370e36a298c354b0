//! Somebody at the live connection, with a WebSocket client that is not ours.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::described;
use crate::support::TestServer;

/// How long to wait for what is sure to come: a busy machine is slow, and only what is broken waits to the end.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody at the live connection.
pub(crate) struct Person {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next: u64,
    /// What came and was not asked for yet.
    pub(crate) seen: Vec<Value>,
}

impl Person {
    /// At a connection that was opened in some way of its own.
    pub(crate) fn at(socket: WebSocketStream<MaybeTlsStream<TcpStream>>) -> Self {
        Self { socket, next: 0, seen: Vec::new() }
    }

    pub(crate) async fn open(server: &TestServer, token: Option<&str>) -> Self {
        let (socket, _) = connect_async(format!("ws://{}/api/v1/live", server.address())).await.unwrap();
        let mut person = Self::at(socket);
        if let Some(token) = token {
            person.ask(json!({ "do": "authenticate", "token": token })).await.done();
        }
        person
    }

    /// A guest in a room whose system takes little more than what it reads.
    pub(crate) async fn join_narrow(server: &TestServer, room: &str) -> Self {
        let narrow = tokio::net::TcpSocket::new_v4().unwrap();
        narrow.set_recv_buffer_size(4 << 10).unwrap();
        let stream = narrow.connect(server.address()).await.unwrap();
        let url = format!("ws://{}/api/v1/live", server.address());
        let (socket, _) = tokio_tungstenite::client_async(url, MaybeTlsStream::Plain(stream)).await.unwrap();
        let mut person = Self::at(socket);
        person.ask(json!({ "do": "join", "room": room })).await.done();
        person
    }

    pub(crate) async fn join(server: &TestServer, token: Option<&str>, room: &str) -> Self {
        let mut person = Self::open(server, token).await;
        person.ask(json!({ "do": "join", "room": room })).await.done();
        person
    }

    pub(crate) async fn send(&mut self, mut request: Value) -> u64 {
        self.next += 1;
        request["id"] = self.next.into();
        self.socket.send(Message::text(request.to_string())).await.unwrap();
        self.next
    }

    pub(crate) async fn ask(&mut self, request: Value) -> Value {
        let id = self.send(request).await;
        self.find(|frame| frame["id"] == id).await
    }

    pub(crate) async fn say(&mut self, room: &str, text: &str) -> Value {
        let nonce = format!("n{}", self.next);
        self.ask(json!({ "do": "say", "room": room, "text": text, "nonce": nonce })).await
    }

    /// The first frame that is as wanted, now or later; it is taken out.
    pub(crate) async fn find(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.seen.iter().position(&wanted) {
            return self.seen.remove(place);
        }
        // Heartbeats come all the time.
        let patience = Instant::now() + PATIENCE;
        while Instant::now() < patience {
            match self.next().await {
                Ok(frame) if wanted(&frame) => return frame,
                Ok(frame) => self.seen.push(frame),
                Err(code) => panic!("closed with {code} instead; before: {:?}", self.seen),
            }
        }
        panic!("it did not come; before: {:?}", self.seen)
    }

    pub(crate) async fn event(&mut self, kind: &str) -> Value {
        self.find(|frame| frame["is"] == "event" && frame["event"] == kind).await
    }

    /// The next frame, which has to be as it is described, or the code with which the connection was closed.
    pub(crate) async fn next(&mut self) -> Result<Value, u16> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("nothing came");
            match message {
                Some(Ok(Message::Text(text))) => {
                    let frame = serde_json::from_str(&text).unwrap();
                    described::frame(&frame);
                    return Ok(frame);
                }
                Some(Ok(Message::Close(Some(close)))) => return Err(close.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }
}

pub(crate) trait Answer {
    fn done(self) -> Value;
    fn refused(&self) -> &str;
}

impl Answer for Value {
    #[track_caller]
    fn done(self) -> Value {
        assert_eq!(self["is"], "done", "{self}");
        self
    }

    #[track_caller]
    fn refused(&self) -> &str {
        assert_eq!(self["is"], "refused", "{self}");
        self["problem"]["type"].as_str().unwrap().trim_start_matches("/problems/")
    }
}
