//! Extractors whose rejections are problem documents, and who calls.

use std::marker::PhantomData;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use klieg_api::tokens::{PREFIX, Scope};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::problem::{Kind, Problem};
use crate::accounts::{Caller, Session};
use crate::app::App;
use crate::database::now;

/// A JSON body: an object, as every request of this API is. Serde alone would also take an array, its items for the
/// fields in the order in which they happen to be declared.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::<Object<T>>::from_request(request, state).await {
            Ok(axum::Json(Object(value))) => Ok(Self(value)),
            Err(rejection) => Err(match rejection {
                JsonRejection::MissingJsonContentType(_) => {
                    Problem::new(Kind::NOT_JSON, "Send the body with Content-Type: application/json.")
                }
                other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                    Problem::new(Kind::TOO_LARGE, "A request has at most 64 KiB.")
                }
                JsonRejection::JsonDataError(error) => Problem::new(Kind::MALFORMED, describe(&error.body_text())),
                other => Problem::new(Kind::MALFORMED, describe(&other.body_text())),
            }),
        }
    }
}

/// What is read from a JSON object and from nothing else.
struct Object<T>(T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for Fields<T> {
    type Value = Object<T>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields)).map(Object)
    }
}

/// The query string.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(QueryRejection::FailedToDeserializeQueryString(error)) => {
                Err(Problem::new(Kind::MALFORMED, describe(&error.body_text())))
            }
            Err(_) => Err(Problem::new(Kind::MALFORMED, "The query string cannot be read.")),
        }
    }
}

/// The reason, cut to a length that no client can blow up.
fn describe(text: &str) -> String {
    let reason = text.rsplit_once("type: ").map_or(text, |(_, reason)| reason);
    reason.chars().take(300).collect()
}

/// One segment of the path. Text that is not UTF-8 names nothing.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::not_found("thing")),
        }
    }
}

/// The bearer token, if the request has one.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Who calls, in person or by an API token. For handlers that API tokens may reach; see [`Caller::within`].
impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Some(token) = bearer(&parts.headers) else {
            return Err(Problem::new(
                Kind::UNAUTHENTICATED,
                "Log in, and send the access token as Authorization: Bearer TOKEN.",
            ));
        };
        app.accounts.caller(token, now()).await?.ok_or_else(|| not_valid(token))
    }
}

/// What to do about a token that is not valid.
pub fn not_valid(token: &str) -> Problem {
    let detail = if token.starts_with(PREFIX) {
        "The API token is not valid: it was deleted or has expired. Make another one."
    } else {
        "The access token is not valid any more. Refresh it or log in again."
    };
    Problem::new(Kind::UNAUTHENTICATED, detail)
}

/// The session of a caller who has logged in. An API token is refused.
impl FromRequestParts<App> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Caller::from_request_parts(parts, app).await?.in_person()?)
    }
}

/// The caller's session, if the request brings one, for what everybody may read. An API token that reads nothing is as good
/// as none. A token that is not valid is an error all the same: its owner would otherwise be treated as a stranger without a
/// word.
pub struct MaybeSession(pub Option<Session>);

impl FromRequestParts<App> for MaybeSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Ok(Self(None));
        }
        let caller = Caller::from_request_parts(parts, app).await?;
        Ok(Self(caller.within(Scope::ChannelRead).or_else(|_| caller.within(Scope::RoomRead)).ok()))
    }
}
