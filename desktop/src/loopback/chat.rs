//! The chat of the creator's channel, for the interface: the server's live connection, already logged in.
//!
//! What the interface and the server say to each other is passed on as it is; the session's tokens stay here.

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt, StreamExt};
use klieg_api::live::{Closing, MAX_REQUEST};
use klieg_core::call::CallError;
use tokio_tungstenite::tungstenite;

use super::{Shared, is_same, stranger};
use crate::account::AccountError;

/// `GET /TOKEN/chat`.
pub(super) async fn chat(
    State(shared): State<Shared>,
    Path(token): Path<String>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if let Some(refusal) = stranger(&headers, &shared.director) {
        return refusal;
    }
    if !is_same(&token, &shared.pictures_token) {
        return StatusCode::NOT_FOUND.into_response();
    }
    upgrade.max_message_size(MAX_REQUEST).on_upgrade(move |socket| relay(socket, shared))
}

/// Close code 1013 of IANA's registry, "try again later": the server itself never sends it.
const NOT_REACHED: u16 = 1013;

async fn relay(mut page: WebSocket, shared: Shared) {
    let Some(account) = shared.director.account().await else {
        return close(page, Closing::LoggedOut.code(), Closing::LoggedOut.reason()).await;
    };
    let mut server = match account.live().await {
        Ok(server) => server,
        Err(error) => {
            tracing::warn!(%error, "the chat is not reached");
            // Only a session that is over is worth no other attempt.
            let (code, reason) = match error {
                AccountError::Call(CallError::LoggedOut) => (Closing::LoggedOut.code(), Closing::LoggedOut.reason()),
                _ => (NOT_REACHED, "the server is not reached"),
            };
            return close(page, code, reason).await;
        }
    };
    loop {
        tokio::select! {
            asked = page.recv() => match asked {
                Some(Ok(Message::Text(text))) => {
                    if server.send(tungstenite::Message::text(text.as_str())).await.is_err() {
                        return close(page, NOT_REACHED, "").await;
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => {
                    // The server learns it from the end of the connection if not from this.
                    let _ = server.close(None).await;
                    return;
                }
                Some(Ok(_)) => {}
            },
            told = server.next() => match told {
                Some(Ok(tungstenite::Message::Text(text))) => {
                    if page.send(Message::Text(text.as_str().into())).await.is_err() {
                        return;
                    }
                }
                Some(Ok(tungstenite::Message::Close(Some(closed)))) => {
                    return close(page, closed.code.into(), &closed.reason).await;
                }
                Some(Ok(tungstenite::Message::Close(None)) | Err(_)) | None => {
                    return close(page, NOT_REACHED, "").await;
                }
                Some(Ok(_)) => {}
            },
        }
    }
}

async fn close(mut page: WebSocket, code: u16, reason: &str) {
    // A page that is gone needs no reason.
    let _ = page.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
}
