//! The live connection's description (AsyncAPI 3.0), made from the types that are sent on it.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::header;
use axum::response::IntoResponse;
use klieg_api::live::{Closing, Command, Frame, Request};
use klieg_api::notifications::{Notification, What, Who};
use klieg_api::room::{Event, Message, Position};
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

const DESCRIPTION: &str = "A WebSocket at /api/v1/live of a Klieg server. Text messages, a JSON object each. Log in with \
    `authenticate`, by an access token or an API token (or read as a guest), `join` rooms by the channel's handle, and take \
    what comes. After a lost connection join again with the last `position`: an event's offset is one more than the last \
    one's, and what you missed is sent if the server still has it, or else a snapshot. Say again, under the same nonce, what \
    was not answered. Skip what you do not know.";

/// Every reason to close.
const CLOSINGS: [Closing; 13] = [
    Closing::Normal,
    Closing::GoingAway,
    Closing::Protocol,
    Closing::NotText,
    Closing::NotUtf8,
    Closing::TooLarge,
    Closing::Busy,
    Closing::NotARequest,
    Closing::LoggedOut,
    Closing::Banned,
    Closing::Silent,
    Closing::TooSlow,
    Closing::Flood,
];

/// The document.
pub fn document() -> Value {
    let mut schemas = Vec::new();
    collect::<Request>(&mut schemas);
    collect::<Frame>(&mut schemas);
    let schemas: BTreeMap<String, RefOr<Schema>> = schemas.into_iter().collect();
    let closings: BTreeMap<String, &str> =
        CLOSINGS.iter().map(|closing| (closing.code().to_string(), closing.reason())).collect();
    json!({
        "asyncapi": "3.0.0",
        "info": { "title": "Klieg, live", "version": "1", "description": DESCRIPTION, "license": { "name": "MIT OR Apache-2.0" } },
        "defaultContentType": "application/json",
        "channels": {
            "live": {
                "address": "/api/v1/live",
                "messages": {
                    "request": { "$ref": "#/components/messages/request" },
                    "frame": { "$ref": "#/components/messages/frame" },
                },
                "bindings": { "ws": { "method": "GET" } },
                "x-close-codes": closings,
            },
        },
        "operations": {
            "ask": {
                "action": "receive",
                "summary": "What a client asks",
                "channel": { "$ref": "#/channels/live" },
                "messages": [{ "$ref": "#/channels/live/messages/request" }],
            },
            "tell": {
                "action": "send",
                "summary": "What the server says",
                "channel": { "$ref": "#/channels/live" },
                "messages": [{ "$ref": "#/channels/live/messages/frame" }],
            },
        },
        "components": {
            "messages": {
                "request": { "payload": { "$ref": "#/components/schemas/Request" }, "examples": examples(requests()) },
                "frame": { "payload": { "$ref": "#/components/schemas/Frame" }, "examples": examples(frames()) },
            },
            "schemas": schemas,
        },
    })
}

/// The document as it is printed and checked in.
pub fn to_text() -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(&document())? + "\n")
}

pub async fn serve() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(document()))
}

fn collect<T: ToSchema + PartialSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    T::schemas(schemas);
    schemas.push((T::name().into_owned(), T::schema()));
}

fn examples<T: Serialize>(examples: Vec<T>) -> Vec<Value> {
    examples.into_iter().map(|example| json!({ "payload": example })).collect()
}

fn requests() -> Vec<Request> {
    let Ok(room) = "ada".parse::<klieg_api::Handle>() else { return Vec::new() };
    let commands = [
        Command::Authenticate { token: "klieg_access_…".into() },
        Command::Join { room: room.clone(), after: None },
        Command::Join { room: room.clone(), after: Some(position(41)) },
        Command::Say {
            room: room.clone(),
            text: "Hello @ada".into(),
            nonce: "c0ffee1".into(),
            reply_to: None,
            announcement: false,
        },
        Command::React { room, message: ID.into(), emoji: "🔥".into(), on: true },
    ];
    (1..).zip(commands).map(|(id, command)| Request { id, command }).collect()
}

const ID: &str = "01912e4c-7a52-7c11-9d3e-7f3b1c2d4e5f";

fn position(offset: u64) -> Position {
    Position { epoch: "9f86d081884c7d65".into(), offset }
}

fn frames() -> Vec<Frame> {
    let (Ok(room), Ok(handle)) = ("ada".parse::<klieg_api::Handle>(), "bob".parse()) else { return Vec::new() };
    let author = klieg_api::room::Author { handle, name: Some("Bob".into()), badges: Vec::new() };
    let message = Message {
        id: ID.into(),
        author,
        text: "Hello @ada".into(),
        at: OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000),
        on: Some(klieg_api::room::Moment { broadcast_id: ID.into(), at_ms: 61_500 }),
        reply: None,
        mentions: vec![room.clone()],
        reactions: Vec::new(),
        announcement: false,
        reward: None,
        preview: None,
    };
    let notification = Notification {
        id: ID.into(),
        at: OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000),
        channel: Who { handle: room.clone(), name: Some("Ada".into()) },
        seen: false,
        what: What::Live { title: "Looms and engines".into() },
    };
    vec![
        Frame::Notification { notification },
        Frame::Done { id: 4, message: Some(ID.into()), held: false, shown: true },
        Frame::Event { room: room.clone(), offset: 42, on: None, event: Event::Message { message } },
        Frame::Presence { room, present: 1_204 },
    ]
}

#[cfg(test)]
mod tests {
    use klieg_api::desk::ACTIONS;

    use super::*;

    #[test]
    fn everything_that_the_log_may_say_is_described() {
        let document = document();
        let described = &document["components"]["schemas"]["Act"]["properties"]["action"]["description"];
        let described = described.as_str().unwrap();
        for action in ACTIONS {
            assert!(described.contains(&format!("`{action}`")), "{action}");
        }
    }
}
