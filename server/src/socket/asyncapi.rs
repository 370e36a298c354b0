//! The live connection's description (AsyncAPI 3.0), made from the types that are sent on it.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::http::header;
use axum::response::IntoResponse;
use klieg_api::live::{Closing, Command, Frame, Request};
use klieg_api::notifications::{Notification, What, Who};
use klieg_api::room::{Event, Message, Position, Role, Settings, You};
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::http::problem::Problem;

const DESCRIPTION: &str = "A WebSocket at /api/v1/live of a Klieg server. Text messages, a JSON object each. Log in with \
    `authenticate`, by an access token or an API token (or read as a guest), `join` rooms by the channel's handle, and take \
    what comes. After a lost connection join again with the last `position`: an event's offset is one more than the last \
    one's, and what you missed is sent if the server still has it, or else a snapshot. Say again, under the same nonce, what \
    was not answered. Skip what you do not know.";

/// The document.
pub fn document() -> Value {
    let mut schemas = Vec::new();
    collect::<Request>(&mut schemas);
    collect::<Frame>(&mut schemas);
    let schemas: BTreeMap<String, RefOr<Schema>> = schemas.into_iter().collect();
    let closings: BTreeMap<String, &str> =
        Closing::ALL.iter().map(|closing| (closing.code().to_string(), closing.reason())).collect();
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
    let (Ok(room), Ok(who)) = ("ada".parse::<klieg_api::Handle>(), "eve".parse()) else { return Vec::new() };
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
        Command::React { room: room.clone(), message: ID.into(), emoji: "🔥".into(), on: true },
        Command::ReadMessages { room: room.clone(), before: ID.into() },
        Command::Ban { room: room.clone(), who, reason: "Spam".into() },
        Command::StartPoll {
            room,
            question: "Which song next?".into(),
            options: vec!["The blue one".into(), "The red one".into()],
            seconds: 120,
        },
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
    let at = OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000);
    let message = Message {
        id: ID.into(),
        author,
        text: "Hello @ada".into(),
        at,
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
        at,
        channel: Who { handle: room.clone(), name: Some("Ada".into()) },
        seen: false,
        what: What::Live { title: "Looms and engines".into() },
    };
    let snapshot = Frame::Snapshot {
        room: room.clone(),
        position: position(42),
        at: Some(at + time::Duration::seconds(5)),
        settings: Settings { slow_s: 5, ..Settings::default() },
        pinned: None,
        poll: None,
        prediction: None,
        rewards: Vec::new(),
        questions: Vec::new(),
        followers: 310,
        raid: None,
        emotes: Vec::new(),
        messages: vec![message.clone()],
        more: true,
    };
    let (problem, wait) = Problem::too_many(Duration::from_millis(1_200)).into_document();
    vec![
        Frame::You { room: room.clone(), you: You { role: Role::Viewer, points: Some(120), ..You::default() } },
        snapshot,
        Frame::Event { room: room.clone(), offset: 42, on: None, event: Event::Message { message } },
        Frame::Done { id: 4, message: Some(ID.into()), held: false, shown: true },
        Frame::Refused { id: 5, problem, retry_after_ms: wait.map(|wait| wait.as_millis() as u64) },
        Frame::Presence { room: room.clone(), present: 1_204 },
        Frame::Heartbeat,
        Frame::Notification { notification },
        Frame::Left { room, reason: "You are banned from this room.".into(), banned: true },
    ]
}

#[cfg(test)]
mod tests {
    use klieg_api::desk::ACTIONS;

    use super::*;

    #[test]
    fn what_a_client_meets_first_has_examples_that_can_be_read() {
        let document = document();
        let examples = |message: &str| -> Vec<Value> {
            let examples = document["components"]["messages"][message]["examples"].as_array().unwrap();
            examples.iter().map(|example| example["payload"].clone()).collect()
        };
        let (requests, frames) = (examples("request"), examples("frame"));
        for request in &requests {
            serde_json::from_value::<Request>(request.clone()).unwrap();
        }
        for frame in &frames {
            serde_json::from_value::<Frame>(frame.clone()).unwrap();
        }
        for command in ["authenticate", "join", "say", "react", "read_messages", "ban", "start_poll"] {
            assert!(requests.iter().any(|request| request["do"] == command), "{command}");
        }
        for kind in ["you", "snapshot", "event", "done", "refused", "left", "heartbeat", "presence"] {
            assert!(frames.iter().any(|frame| frame["is"] == kind), "{kind}");
        }
    }

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
