//! Remote control: what the interface can do, for other programs of this computer. Described in `docs/studio-remote.md`.

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use klieg_studio_model::Command;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc};

use super::{Shared, is_same, stranger};

/// Longest message, in bytes: a collection's file fits.
const LONGEST: usize = 1 << 20;
/// Requests that one client may have under way.
const UNDER_WAY: usize = 16;

#[derive(Deserialize)]
pub(super) struct Asked {
    token: Option<String>,
    /// `studio`, `meters` or both with a comma between them; both if absent.
    events: Option<String>,
}

/// What a client sends.
#[derive(Deserialize)]
struct Request {
    /// Stands in the answer again.
    #[serde(default)]
    id: Value,
    invoke: String,
    #[serde(default)]
    args: Args,
}

#[derive(Default, Deserialize)]
struct Args {
    command: Option<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Ok(Value),
    Error(String),
}

#[derive(Serialize)]
struct Reply {
    id: Value,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize)]
struct Happened<'a, T> {
    event: &'a str,
    payload: &'a T,
}

/// `GET /remote`.
pub(super) async fn remote(
    State(shared): State<Shared>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if shared.director.latest().remote.is_none() {
        return (StatusCode::NOT_FOUND, "Remote control is off.\n").into_response();
    }
    if let Some(refusal) = stranger(&headers, &shared.director) {
        return refusal;
    }
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let given = asked.token.as_deref().or(bearer).unwrap_or_default();
    if !is_same(given, &shared.remote_token) {
        return (StatusCode::UNAUTHORIZED, "The token is missing or wrong.\n").into_response();
    }
    upgrade.max_message_size(LONGEST).on_upgrade(move |socket| control(socket, shared, asked.events))
}

async fn control(mut socket: WebSocket, shared: Shared, events: Option<String>) {
    let wants = |event: &str| events.as_deref().is_none_or(|events| events.split(',').any(|wanted| wanted == event));
    let (tell_studio, tell_meters) = (wants("studio"), wants("meters"));
    let mut studio = shared.director.watch();
    let mut meters = tell_meters.then(|| shared.director.meters());
    if tell_studio {
        studio.mark_changed();
    }
    let (replies, mut replied) = mpsc::channel::<Reply>(UNDER_WAY);
    let under_way = Arc::new(Semaphore::new(UNDER_WAY));
    loop {
        let next_meters = async {
            match &mut meters {
                Some(meters) => meters.changed().await,
                None => std::future::pending().await,
            }
        };
        let message = tokio::select! {
            // Whoever asks faster than the studio answers is not read until it has.
            message = socket.recv(), if under_way.available_permits() > 0 => match message {
                Some(Ok(Message::Text(text))) => {
                    let Ok(permit) = under_way.clone().acquire_owned().await else { return };
                    let (shared, replies) = (shared.clone(), replies.clone());
                    tokio::spawn(async move {
                        let reply = answer(&shared, text.as_str()).await;
                        // The client may have gone.
                        let _ = replies.send(reply).await;
                        drop(permit);
                    });
                    continue;
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
            Some(reply) = replied.recv() => serde_json::to_string(&reply),
            changed = studio.changed() => {
                if changed.is_err() {
                    return;
                }
                let studio = studio.borrow_and_update().clone();
                if studio.remote.is_none() {
                    return;
                }
                if !tell_studio {
                    continue;
                }
                serde_json::to_string(&Happened { event: "studio", payload: &*studio })
            }
            changed = next_meters => {
                if changed.is_err() {
                    return;
                }
                let latest = meters.as_mut().map(|meters| meters.borrow_and_update().clone()).unwrap_or_default();
                serde_json::to_string(&Happened { event: "meters", payload: &*latest })
            }
        };
        match message {
            Ok(text) => {
                if socket.send(Message::Text(text.into())).await.is_err() {
                    return;
                }
            }
            Err(error) => tracing::error!(%error, "an answer cannot be written as JSON"),
        }
    }
}

async fn answer(shared: &Shared, text: &str) -> Reply {
    let request: Request = match serde_json::from_str(text) {
        Ok(request) => request,
        Err(error) => {
            let id = serde_json::from_str::<Value>(text).ok().and_then(|value| value.get("id").cloned());
            return Reply { id: id.unwrap_or_default(), outcome: Outcome::Error(format!("not a request: {error}")) };
        }
    };
    let outcome = match request.invoke.as_str() {
        "state" => to_value(&*shared.director.state().await),
        "fonts" => to_value(&crate::fonts::installed().await),
        "command" => match serde_json::from_value::<Command>(request.args.command.unwrap_or_default()) {
            Ok(command) => match shared.director.command(command).await {
                Ok(()) => Outcome::Ok(Value::Null),
                Err(refusal) => Outcome::Error(refusal.to_string()),
            },
            Err(error) => Outcome::Error(format!("not a command: {error}")),
        },
        other => Outcome::Error(format!("`{other}` works in the studio's own window only")),
    };
    Reply { id: request.id, outcome }
}

fn to_value(value: &impl Serialize) -> Outcome {
    match serde_json::to_value(value) {
        Ok(value) => Outcome::Ok(value),
        Err(error) => Outcome::Error(format!("the state cannot be written as JSON: {error}")),
    }
}
