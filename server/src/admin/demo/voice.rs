//! Somebody of the demo in a room, over the live connection as any other client: a client's side of a WebSocket (RFC 6455), as far
//! as this server speaks it. Its frames are never in pieces.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf as _, BytesMut};
use klieg_api::Handle;
use klieg_api::accounts::{LogIn, Tokens};
use klieg_api::live::{Command, Frame, Request};
use reqwest::{Client, StatusCode, Upgraded, header};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::PASSWORD;

const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
const OPCODE: u8 = 0x0f;
const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long is waited for what may have come already.
const GLANCE: Duration = Duration::from_millis(5);

pub(super) struct Voice {
    stream: Upgraded,
    /// Bytes of a frame that is not complete.
    partial: BytesMut,
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
        let handshake = client
            .get(format!("{server}/api/v1/live"))
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .header(header::SEC_WEBSOCKET_KEY, STANDARD.encode(rand::random::<[u8; 16]>()));
        let answer = handshake.send().await?;
        ensure!(answer.status() == StatusCode::SWITCHING_PROTOCOLS, "no live connection: {}", answer.status());
        let mut voice = Self { stream: answer.upgrade().await?, partial: BytesMut::new(), requests: 0, present: 0 };
        voice.ask(Command::Authenticate { token: tokens.access_token }).await?;
        voice.ask(Command::Join { room, after: None }).await?;
        Ok(voice)
    }

    /// Asks for something. Returns the message that was said, if it was one and was taken. Fails if the connection does.
    pub(super) async fn ask(&mut self, command: Command) -> anyhow::Result<Option<String>> {
        self.requests += 1;
        let request = Request { id: self.requests, command };
        self.send(TEXT, &serde_json::to_vec(&request)?).await?;
        timeout(PATIENCE, self.answer(request.id)).await.context("nothing is answered")?
    }

    async fn answer(&mut self, request: u64) -> anyhow::Result<Option<String>> {
        loop {
            while let Some(frame) = self.frame().await? {
                match frame {
                    Frame::Done { id, message, .. } if id == request => return Ok(message),
                    Frame::Refused { id, problem, .. } if id == request => {
                        tracing::info!(why = problem.detail, "not taken");
                        return Ok(None);
                    }
                    _ => {}
                }
            }
            ensure!(self.stream.read_buf(&mut self.partial).await? > 0, "the connection is gone");
        }
    }

    /// Hears what has come meanwhile, and answers when it is asked whether it is here.
    pub(super) async fn attend(&mut self) -> anyhow::Result<()> {
        while let Ok(read) = timeout(GLANCE, self.stream.read_buf(&mut self.partial)).await {
            ensure!(read? > 0, "the connection is gone");
            while self.frame().await?.is_some() {}
        }
        Ok(())
    }

    /// The next frame of those that have come; what a later version says is left out.
    async fn frame(&mut self) -> anyhow::Result<Option<Frame>> {
        while let Some((opcode, payload)) = unframed(&mut self.partial) {
            match opcode {
                TEXT => {
                    let Ok(frame) = serde_json::from_slice(&payload) else { continue };
                    if let Frame::Presence { present, .. } = frame {
                        self.present = present;
                    }
                    return Ok(Some(frame));
                }
                PING => self.send(PONG, &payload).await?,
                CLOSE => bail!("the server has closed the connection"),
                _ => {}
            }
        }
        Ok(None)
    }

    async fn send(&mut self, opcode: u8, payload: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(&framed(opcode, payload, rand::random())?).await?;
        Ok(self.stream.flush().await?)
    }
}

/// A client's frame of at most 65,535 bytes.
fn framed(opcode: u8, payload: &[u8], mask: [u8; 4]) -> anyhow::Result<Vec<u8>> {
    let length = u16::try_from(payload.len()).context("this is too long to be said")?;
    let mut frame = Vec::with_capacity(payload.len() + 8);
    frame.push(FINAL | opcode);
    if length < 126 {
        frame.push(MASKED | length as u8);
    } else {
        frame.push(MASKED | 126);
        frame.extend(length.to_be_bytes());
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    Ok(frame)
}

/// Takes a server's frame out of what has come, if all of it has: its opcode and its payload.
fn unframed(bytes: &mut BytesMut) -> Option<(u8, BytesMut)> {
    let opcode = bytes.first()? & OPCODE;
    let (length, size) = match *bytes.get(1)? {
        126 => (u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?).into(), 4),
        127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?).try_into().ok()?, 10),
        short => (usize::from(short), 2),
    };
    bytes.get(size..size.checked_add(length)?)?;
    bytes.advance(size);
    Some((opcode, bytes.split_to(length)))
}

#[cfg(test)]
mod tests {
    use klieg_api::live::Closing;

    use super::*;
    use crate::socket::frame::{self, Decoder, Incoming};

    #[test]
    fn what_it_says_is_heard_by_the_server_and_the_other_way_round() {
        for length in [0, 1, 125, 126, 9_000] {
            let text = "x".repeat(length);
            let mut heard = Vec::new();
            let said = framed(TEXT, text.as_bytes(), [1, 2, 3, 4]).unwrap();
            Decoder::default().feed(&said, |incoming| heard.push(incoming)).unwrap();
            assert_eq!(heard, [Incoming::Text(text)]);
        }
        let room: Handle = "nova".parse().unwrap();
        for reason in [10, 1_000, 70_000].map(|length| "y".repeat(length)) {
            let told = Frame::Left { room: room.clone(), reason };
            let mut bytes = BytesMut::new();
            bytes.extend_from_slice(&frame::ping());
            bytes.extend_from_slice(&frame::text(&told));
            bytes.extend_from_slice(&frame::close(Closing::Normal));
            let last = bytes.split_off(bytes.len() - 1);
            assert_eq!(unframed(&mut bytes), Some((PING, BytesMut::new())));
            let (opcode, payload) = unframed(&mut bytes).unwrap();
            assert_eq!((opcode, serde_json::from_slice::<Frame>(&payload).unwrap()), (TEXT, told));
            assert_eq!(unframed(&mut bytes), None, "its end has not come");
            bytes.extend_from_slice(&last);
            assert_eq!(unframed(&mut bytes).unwrap().0, CLOSE);
            assert!(bytes.is_empty());
        }
    }
}
