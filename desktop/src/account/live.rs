//! The live connection to the creator's server, through which the studio takes part in the channel's room.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use klieg_api::live::{Command, Frame, MAX_REQUEST, Request};
use klieg_core::call::CallError;
use reqwest::{StatusCode, Upgraded, header};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::wire::PATIENCE;
use super::{AccountError, SignedIn};

/// The largest message that the server sends: a snapshot of long messages.
const LONGEST: usize = 1 << 20;

pub type LiveConnection = WebSocketStream<Upgraded>;

impl SignedIn {
    /// Opens the live connection and says who one is; rooms can be joined from there.
    pub async fn live(&self) -> Result<LiveConnection, AccountError> {
        let opened = timeout(PATIENCE, async {
            let token = self.token().await?;
            let mut socket = self.upgrade().await?;
            // The numbers of what follows begin with 1.
            let request = Request { id: 0, command: Command::Authenticate { token: token.clone() } };
            let request = serde_json::to_string(&request).map_err(|_| CallError::Unreadable)?;
            socket.send(Message::text(request)).await.map_err(|_| CallError::Unreachable)?;
            loop {
                match socket.next().await {
                    Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                        Ok(Frame::Done { id: 0, .. }) => return Ok(socket),
                        Ok(Frame::Refused { id: 0, problem, .. }) => {
                            self.session.lock().await.rejected(&token);
                            return Err(CallError::Problem(problem));
                        }
                        _ => {}
                    },
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Err(CallError::Unreachable),
                }
            }
        });
        Ok(opened.await.map_err(|_| CallError::Unreachable)??)
    }

    async fn upgrade(&self) -> Result<LiveConnection, CallError> {
        let answer = self
            .http
            .get(format!("{}/api/v1/live", self.server))
            .header(header::CONNECTION, "upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .header(header::SEC_WEBSOCKET_KEY, STANDARD.encode(rand::random::<[u8; 16]>()))
            .send()
            .await
            .map_err(|_| CallError::Unreachable)?;
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            let status = answer.status().as_u16();
            let body = answer.text().await.unwrap_or_default();
            return klieg_core::call::accept(status, &body).and(Err(CallError::Unreadable));
        }
        let upgraded = answer.upgrade().await.map_err(|_| CallError::Unreachable)?;
        let config = WebSocketConfig::default().max_message_size(Some(LONGEST)).write_buffer_size(MAX_REQUEST);
        Ok(WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await)
    }
}
