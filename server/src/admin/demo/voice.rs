//! Somebody of the demo in a room, over the live connection as any other client.

use std::time::Duration;

use anyhow::Context as _;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use klieg_api::Handle;
use klieg_api::accounts::{LogIn, Tokens};
use klieg_api::live::{Command, Frame, Request};
use reqwest::Client;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::PASSWORD;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Voice {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    requests: u64,
    /// Connections in the room, as it was last told.
    pub present: u64,
}

impl Voice {
    /// Logs in at a server and enters a room.
    pub(super) async fn open(client: &Client, server: &str, who: &str, room: Handle) -> anyhow::Result<Self> {
        let log_in = LogIn { login: who.to_owned(), password: PASSWORD.to_owned() };
        let answer = client.post(format!("{server}/api/v1/sessions")).json(&log_in).send().await?;
        let tokens: Tokens = answer.error_for_status()?.json().await?;
        let (socket, _) = connect_async(format!("{}/api/v1/live", server.replacen("http", "ws", 1))).await?;
        let mut voice = Self { socket, requests: 0, present: 0 };
        voice.ask(Command::Authenticate { token: tokens.access_token }).await?;
        voice.ask(Command::Join { room, after: None }).await?;
        Ok(voice)
    }

    /// Asks for something. Returns the message that was said, if it was one and was taken. Fails if the connection does.
    pub(super) async fn ask(&mut self, command: Command) -> anyhow::Result<Option<String>> {
        self.requests += 1;
        let request = Request { id: self.requests, command };
        self.socket.send(Message::text(serde_json::to_string(&request)?)).await?;
        timeout(PATIENCE, self.answer(request.id)).await.context("nothing is answered")?
    }

    async fn answer(&mut self, request: u64) -> anyhow::Result<Option<String>> {
        loop {
            match self.frame().await? {
                Some(Frame::Done { id, message, .. }) if id == request => return Ok(message),
                Some(Frame::Refused { id, problem, .. }) if id == request => {
                    tracing::info!(why = problem.detail, "not taken");
                    return Ok(None);
                }
                _ => {}
            }
        }
    }

    /// Hears what has come meanwhile, and answers when it is asked whether it is here.
    pub(super) fn attend(&mut self) -> anyhow::Result<()> {
        while let Some(heard) = self.frame().now_or_never() {
            heard?;
        }
        Ok(())
    }

    /// The next frame; none if it is one that only a later version knows.
    async fn frame(&mut self) -> anyhow::Result<Option<Frame>> {
        let message = self.socket.next().await.context("the connection is gone")??;
        let frame = message.to_text().ok().and_then(|text| serde_json::from_str(text).ok());
        if let Some(Frame::Presence { present, .. }) = frame {
            self.present = present;
        }
        Ok(frame)
    }
}
