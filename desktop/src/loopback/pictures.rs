//! Pictures for the interface, as JPEG over a WebSocket. The latest wins: what was not sent in time is never sent.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use klieg_engine::View;

use super::{Shared, is_same, stranger};

/// The stage is opening, or is opened anew.
const AGAIN: Duration = Duration::from_millis(200);
/// Pictures on their way to a client that says when it has drawn one.
const AHEAD: u64 = 2;

/// `GET /TOKEN/programme` and `GET /TOKEN/preview`.
pub(super) async fn pictures(
    State(shared): State<Shared>,
    Path((token, view)): Path<(String, String)>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if let Some(refusal) = stranger(&headers, &shared.director) {
        return refusal;
    }
    let view = match view.as_str() {
        "programme" => View::Programme,
        "preview" => View::Preview,
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    if !is_same(&token, &shared.pictures_token) {
        return StatusCode::NOT_FOUND.into_response();
    }
    upgrade.max_message_size(1_024).on_upgrade(move |socket| send(socket, shared, view))
}

/// A client may send a message for each picture it has drawn; then only [`AHEAD`] are on their way. One that sends nothing gets
/// what its connection takes.
async fn send(mut socket: WebSocket, shared: Shared, view: View) {
    let (mut sent, mut drawn) = (0_u64, None::<u64>);
    loop {
        let Some(mut pictures) = shared.director.pictures(view).await else {
            tokio::select! {
                () = tokio::time::sleep(AGAIN) => continue,
                message = socket.recv() => match message {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => continue,
                },
            }
        };
        // There may be one already.
        pictures.mark_changed();
        loop {
            let free = drawn.is_none_or(|drawn| sent.saturating_sub(drawn) < AHEAD);
            tokio::select! {
                message = socket.recv() => match message {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(Message::Text(_) | Message::Binary(_))) => drawn = Some(drawn.unwrap_or(0) + 1),
                    Some(Ok(_)) => {}
                },
                changed = pictures.changed(), if free => {
                    if changed.is_err() {
                        break;
                    }
                    let picture = pictures.borrow_and_update().clone();
                    if picture.is_empty() {
                        continue;
                    }
                    if socket.send(Message::Binary(Bytes::from_owner(picture))).await.is_err() {
                        return;
                    }
                    sent += 1;
                }
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}
