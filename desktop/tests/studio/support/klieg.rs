//! A small Klieg server: the calls that the studio makes, over real HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{delete, get, patch, post};
use futures_util::StreamExt;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

pub(crate) struct Klieg {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
pub(crate) struct Seen {
    /// How many pairs of tokens were given out; only the last is good.
    pub(crate) tokens: u32,
    /// Seconds that an access token is good for.
    pub(crate) lifetime: u64,
    pub(crate) changes: Vec<Value>,
    /// A change of the channel that has this in it is refused.
    pub(crate) refuses: Option<String>,
    /// The channel was set so on the server itself.
    pub(crate) is_private: bool,
    /// Whoever reads the channel, changes it or ends a key waits for a permit.
    pub(crate) held: Option<Arc<Semaphore>>,
    /// How many have had to wait.
    pub(crate) waited: u32,
    /// How many stream keys were made.
    pub(crate) keys: u32,
    pub(crate) markers: Vec<Value>,
    pub(crate) refuses_markers: bool,
    pub(crate) ended: Vec<String>,
    /// Codes that were used.
    pub(crate) codes: Vec<Value>,
    /// Bytes of the upload that was measured last; while it is measured, so far.
    pub(crate) uploaded: u64,
}

type Shared = Arc<Mutex<Seen>>;

impl Klieg {
    pub(crate) async fn start() -> Self {
        let seen = Arc::new(Mutex::new(Seen { lifetime: 900, ..Seen::default() }));
        let app = Router::new()
            .route("/api/v1/sessions", post(log_in))
            .route("/api/v1/sessions/code", post(log_in_by_code))
            .route("/api/v1/sessions/refresh", post(refresh))
            .route("/api/v1/sessions/current", delete(log_out))
            .route("/api/v1/me", get(me))
            .route("/api/v1/me/channel", patch(change))
            .route("/api/v1/me/upload-test", post(upload))
            .route("/api/v1/me/broadcast/markers", post(mark))
            .route("/api/v1/me/stream-keys", post(make_key))
            .route("/api/v1/me/stream-keys/{id}", delete(revoke_key))
            .with_state(seen.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, seen }
    }
}

fn tokens(seen: &mut Seen) -> Value {
    seen.tokens += 1;
    let n = seen.tokens;
    json!({ "access_token": format!("access{n}"), "refresh_token": format!("refresh{n}"), "expires_in": seen.lifetime })
}

fn refusal(status: StatusCode, detail: &str) -> Response {
    let body = json!({ "type": "/problems/test", "title": "No", "status": status.as_u16(), "detail": detail });
    (status, Json(body)).into_response()
}

fn authorised(headers: &HeaderMap, seen: &Seen) -> Result<(), Box<Response>> {
    let expected = format!("Bearer access{}", seen.tokens);
    if headers.get(header::AUTHORIZATION).is_some_and(|given| given == expected.as_str()) {
        return Ok(());
    }
    Err(Box::new(refusal(StatusCode::UNAUTHORIZED, "Log in again.")))
}

async fn log_in(State(shared): State<Shared>, Json(body): Json<Value>) -> Response {
    if body["login"] != "ada" || body["password"] != "correct horse" {
        return refusal(StatusCode::UNAUTHORIZED, "The password is wrong.");
    }
    (StatusCode::CREATED, Json(tokens(&mut shared.lock()))).into_response()
}

async fn log_in_by_code(State(shared): State<Shared>, Json(body): Json<Value>) -> Response {
    let mut seen = shared.lock();
    if seen.codes.contains(&body["code"]) || body["code"] != "klieg_code_of-ada" {
        return refusal(StatusCode::UNAUTHORIZED, "A code is good once and for a few minutes. Make another one.");
    }
    seen.codes.push(body["code"].clone());
    (StatusCode::CREATED, Json(tokens(&mut seen))).into_response()
}

async fn refresh(State(shared): State<Shared>, Json(body): Json<Value>) -> Response {
    let mut seen = shared.lock();
    if body["refresh_token"] != format!("refresh{}", seen.tokens) {
        return refusal(StatusCode::UNAUTHORIZED, "This session has ended.");
    }
    Json(tokens(&mut seen)).into_response()
}

async fn log_out(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let mut seen = shared.lock();
    if let Err(refusal) = authorised(&headers, &seen) {
        return *refusal;
    }
    seen.ended.push("session".to_owned());
    StatusCode::NO_CONTENT.into_response()
}

fn channel(seen: &Seen) -> Value {
    let visibility = if seen.is_private { "private" } else { "public" };
    json!({
        "handle": "ada", "display_name": null, "about": "", "title": "Last time", "category": "Talk", "tags": ["a"],
        "language": "en", "mature": false, "visibility": visibility, "announce": true,
        "followers": 0, "following": null, "live": null,
    })
}

/// Waits until this call may be answered.
async fn waited(shared: &Shared) {
    let held = shared.lock().held.clone();
    if let Some(held) = held {
        shared.lock().waited += 1;
        held.acquire().await.unwrap().forget();
    }
}

async fn me(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    waited(&shared).await;
    let seen = shared.lock();
    if let Err(refusal) = authorised(&headers, &seen) {
        return *refusal;
    }
    let channel = channel(&seen);
    let me = json!({
        "id": "1", "handle": "ada", "email": "ada@example.org", "created_at": "2026-01-01T00:00:00Z", "channel": channel,
    });
    Json(me).into_response()
}

async fn change(State(shared): State<Shared>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    waited(&shared).await;
    let mut seen = shared.lock();
    if let Err(refusal) = authorised(&headers, &seen) {
        return *refusal;
    }
    if seen.refuses.as_ref().is_some_and(|field| body.get(field).is_some()) {
        return refusal(StatusCode::UNPROCESSABLE_ENTITY, "This cannot be changed now.");
    }
    seen.changes.push(body);
    Json(channel(&seen)).into_response()
}

async fn mark(State(shared): State<Shared>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let mut seen = shared.lock();
    if let Err(refusal) = authorised(&headers, &seen) {
        return *refusal;
    }
    if seen.refuses_markers {
        return refusal(StatusCode::CONFLICT, "A broadcast has at most 500 markers.");
    }
    let chapter = json!({ "id": "m1", "at_ms": 1_000, "text": body["text"] });
    seen.markers.push(body);
    (StatusCode::CREATED, Json(chapter)).into_response()
}

async fn make_key(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let mut seen = shared.lock();
    if let Err(refusal) = authorised(&headers, &seen) {
        return *refusal;
    }
    seen.keys += 1;
    let key = json!({ "id": format!("k{}", seen.keys), "key": format!("sk{}-of-ada", seen.keys) });
    (StatusCode::CREATED, Json(key)).into_response()
}

async fn revoke_key(State(shared): State<Shared>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    waited(&shared).await;
    let mut seen = shared.lock();
    if let Err(refusal) = authorised(&headers, &seen) {
        return *refusal;
    }
    seen.ended.push(id);
    StatusCode::NO_CONTENT.into_response()
}

/// Takes a body in, counts it, and says that half a megabit a second got through.
async fn upload(State(shared): State<Shared>, headers: HeaderMap, body: Body) -> Response {
    if let Err(refusal) = authorised(&headers, &shared.lock()) {
        return *refusal;
    }
    shared.lock().uploaded = 0;
    let mut body = body.into_data_stream();
    while let Some(Ok(chunk)) = body.next().await {
        // As a line would that carries some hundred megabits a second: loopback is over before anybody looks.
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        shared.lock().uploaded += chunk.len() as u64;
    }
    Json(json!({ "bytes": shared.lock().uploaded, "milliseconds": 5_000, "kbit": 500 })).into_response()
}
