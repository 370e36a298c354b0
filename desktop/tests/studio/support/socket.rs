//! A WebSocket client that says what came.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::PATIENCE;

pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects, or says with which status that was refused.
    pub(crate) async fn open(url: &str, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{url}: {error}"),
        }
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// Waits until the other side has read all that was sent, where it sends nothing meanwhile.
    pub(crate) async fn is_heard(&mut self) {
        self.0.send(Message::Ping(Vec::new().into())).await.unwrap();
        while !matches!(self.next().await.expect("an answer"), Message::Pong(_)) {}
    }

    /// The next message, or none if the connection has ended.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        match tokio::time::timeout(PATIENCE, self.0.next()).await.expect("nothing came") {
            Some(Ok(Message::Close(_)) | Err(_)) | None => None,
            Some(Ok(message)) => Some(message),
        }
    }

    pub(crate) async fn next_json(&mut self) -> Option<Value> {
        let message = self.next().await?;
        Some(serde_json::from_str(message.to_text().unwrap()).unwrap())
    }

    pub(crate) async fn picture(&mut self) -> Vec<u8> {
        self.next().await.expect("a picture").into_data().to_vec()
    }

    /// The answer to a request, past all events.
    pub(crate) async fn ask(&mut self, invoke: &str, args: Value) -> Value {
        self.send(&json!({ "id": "q", "invoke": invoke, "args": args }).to_string()).await;
        loop {
            let message = self.next_json().await.expect("an answer");
            if message["id"] == "q" {
                return message;
            }
        }
    }

    /// The payload of the next event of a kind that `wanted` accepts.
    pub(crate) async fn event(&mut self, event: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.next_json().await.expect("an event");
            if message["event"] == event && wanted(&message["payload"]) {
                return message["payload"].clone();
            }
        }
    }
}
