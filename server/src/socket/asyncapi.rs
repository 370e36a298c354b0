//! The live connection's description (AsyncAPI 3.0), made from the types that are sent on it.
//!
//! Each command, frame and event is a message of its own, with examples that are values of these types ([`commands`], [`frames`],
//! [`events`]), so that they cannot lie; a command names what answers it.

mod commands;
mod events;
mod frames;

use std::collections::BTreeMap;

use axum::Json;
use axum::http::header;
use axum::response::IntoResponse;
use klieg_api::Handle;
use klieg_api::live::{Closing, Frame, Request};
use klieg_api::room::Position;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

const DESCRIPTION: &str = "A WebSocket at /api/v1/live of a Klieg server. Text messages, a JSON object each. Log in with \
    `authenticate`, by an access token or an API token (or read as a guest), `join` rooms by the channel's handle, and take \
    what comes. After a lost connection join again with the last `position`: an event's offset is one more than the last \
    one's, and what you missed is sent if the server still has it, or else a snapshot. Say again, under the same nonce, what \
    was not answered. Skip what you do not know. Messages are named by what tells them apart: `do-say` has `say` in `do`, \
    `is-done` has `done` in `is`, `event-message` has `event` in `is` and `message` in `event`.";

/// The document.
pub fn document() -> Value {
    let mut schemas = Vec::new();
    collect::<Request>(&mut schemas);
    collect::<Frame>(&mut schemas);
    let schemas: BTreeMap<String, RefOr<Schema>> = schemas.into_iter().collect();
    let schemas = json!(schemas);

    let (mut messages, mut operations) = (Map::new(), Map::new());
    for request in commands::requests() {
        let example = json!(request);
        let name = tag(&example, "do");
        let key = format!("do-{name}");
        let summary = summary(&schemas["Command"], "do", name);
        let answers = [commands::answer(&request.command), "refused"].map(|answer| reference(&format!("is-{answer}")));
        operations.entry(key.clone()).or_insert_with(|| {
            json!({
                "action": "receive",
                "summary": summary,
                "channel": { "$ref": "#/channels/live" },
                "messages": [reference(&key)],
                "reply": { "channel": { "$ref": "#/channels/live" }, "messages": answers },
            })
        });
        let message = json!({
            "name": key,
            "summary": summary,
            "correlationId": { "location": "$message.payload#/id" },
            "payload": payload("Request", &[("do", name)]),
        });
        add(&mut messages, key, message, &example);
    }
    for frame in frames::frames().into_iter().chain(events::frames()) {
        let example = json!(frame);
        let is = tag(&example, "is");
        let (key, summary, payload) = if is == "event" {
            let event = tag(&example, "event");
            let payload = payload("Frame", &[("is", is), ("event", event)]);
            (format!("event-{event}"), summary(&schemas["Event"], "event", event), payload)
        } else {
            (format!("is-{is}"), summary(&schemas["Frame"], "is", is), payload("Frame", &[("is", is)]))
        };
        let mut message =
            json!({ "name": key, "summary": summary, "tags": [{ "name": frames::told(&frame) }], "payload": payload });
        if frames::told(&frame) == frames::ANSWER {
            message["correlationId"] = json!({ "location": "$message.payload#/id" });
        }
        add(&mut messages, key, message, &example);
    }
    let told = messages.keys().filter(|key| !key.starts_with("do-")).map(|key| reference(key)).collect::<Vec<_>>();
    operations.insert(
        "tell".to_owned(),
        json!({
            "action": "send",
            "summary": "What the server says: answers to what was asked, and what happens. The tags say whom: who asked \
                (`answer`), everybody in the room (`room`), its creator and moderators (`moderators`), or you alone (`you`).",
            "channel": { "$ref": "#/channels/live" },
            "messages": told,
        }),
    );
    let of_channel: Map<String, Value> =
        messages.keys().map(|key| (key.clone(), json!({ "$ref": format!("#/components/messages/{key}") }))).collect();
    json!({
        "asyncapi": "3.0.0",
        "info": { "title": "Klieg, live", "version": "1", "description": DESCRIPTION, "license": { "name": "MIT OR Apache-2.0" } },
        "defaultContentType": "application/json",
        "channels": {
            "live": {
                "address": "/api/v1/live",
                "messages": of_channel,
                "bindings": { "ws": { "method": "GET" } },
                "x-close-codes": close_codes(),
            },
        },
        "operations": operations,
        "components": { "messages": messages, "schemas": schemas },
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

/// Why the server closes a connection, by the code, and what to do then.
fn close_codes() -> Map<String, Value> {
    let codes = Closing::ALL.iter().map(|closing| {
        let code = closing.code();
        let said = json!({
            "reason": closing.reason(),
            "then": closing.advice(),
            "connectAgain": Closing::invites_back(code),
        });
        (code.to_string(), said)
    });
    codes.collect()
}

/// What stands in a field that tells one kind from the others.
fn tag<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn reference(message: &str) -> Value {
    json!({ "$ref": format!("#/channels/live/messages/{message}") })
}

/// The schema of one kind: of a type, with these values in the fields that tell it from the others.
fn payload(schema: &str, tags: &[(&str, &str)]) -> Value {
    let properties: Map<String, Value> =
        tags.iter().map(|(field, value)| ((*field).to_owned(), json!({ "const": value }))).collect();
    json!({
        "allOf": [
            { "$ref": format!("#/components/schemas/{schema}") },
            { "type": "object", "properties": properties },
        ],
    })
}

/// What the schema of an enum says of one of its variants.
fn summary(schema: &Value, field: &str, name: &str) -> String {
    let variants = schema["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_named = |part: &Value| part["properties"][field]["enum"][0] == name;
    // Where a variant has an enum of its own inside, the name stands beside that.
    let has_named = |variant: &Value| variant["allOf"].as_array().is_some_and(|parts| parts.iter().any(is_named));
    let variant = variants.iter().find(|variant| is_named(variant) || has_named(variant));
    let said = variant.and_then(|variant| variant["description"].as_str()).unwrap_or_default();
    said.replace('\n', " ")
}

/// Adds an example to a message, and the message if it is the first.
fn add(messages: &mut Map<String, Value>, key: String, message: Value, example: &Value) {
    let message = messages.entry(key).or_insert(message);
    if message["examples"].is_null() {
        message["examples"] = json!([]);
    }
    if let Some(examples) = message["examples"].as_array_mut() {
        examples.push(json!({ "payload": example }));
    }
}

const ID: &str = "01912e4c-7a52-7c11-9d3e-7f3b1c2d4e5f";
const OTHER_ID: &str = "01912e4c-8d10-7a08-b2f1-0a5c6d7e8f90";

fn handle(text: &str) -> Handle {
    text.parse().expect("an example is a handle")
}

fn room() -> Handle {
    handle("ada")
}

fn position(offset: u64) -> Position {
    Position { epoch: "9f86d081884c7d65".into(), offset }
}

/// So many seconds into an evening.
fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH
        + time::Duration::days(20_000)
        + time::Duration::hours(19)
        + time::Duration::seconds(seconds)
}

#[cfg(test)]
mod tests;
