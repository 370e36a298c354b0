//! Every error an HTTP client sees: a problem document (RFC 9457).
//!
//! Domains have their own error types and say here, by `From`, which problem each one is. A client's error says what to
//! change. A server's error says only that it was ours: its cause goes to the log, beside the request's id.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use klieg_api::Problem as Document;
use klieg_api::problem::{FieldProblem, Reason};
use klieg_api::tokens::Scope;
use tracing::error;

use crate::database;

/// Which kind of problem. Its `type` is `/problems/NAME` and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    pub name: &'static str,
    pub title: &'static str,
    pub status: StatusCode,
}

macro_rules! kinds {
    ($($constant:ident $name:literal $status:ident $title:literal)*) => {
        impl Kind {
            $(pub const $constant: Self = Self { name: $name, title: $title, status: StatusCode::$status };)*
        }
    };
}

kinds! {
    MALFORMED "malformed-request" BAD_REQUEST "The request cannot be read"
    INVALID "invalid-request" UNPROCESSABLE_ENTITY "The request is not valid"
    INVALID_CURSOR "invalid-cursor" BAD_REQUEST "The cursor is not valid"
    UNAUTHENTICATED "unauthenticated" UNAUTHORIZED "A session is needed"
    WRONG_CREDENTIALS "wrong-credentials" UNAUTHORIZED "The login or the password is wrong"
    REFRESH_REFUSED "refresh-refused" UNAUTHORIZED "The refresh token is not valid"
    CODE_REFUSED "code-refused" UNAUTHORIZED "The sign-in code is not valid"
    FORBIDDEN "forbidden" FORBIDDEN "This is not allowed"
    INSUFFICIENT_SCOPE "insufficient-scope" FORBIDDEN "The API token is not good for this"
    WRONG_PASSWORD "wrong-password" FORBIDDEN "The current password is wrong"
    NOT_FOUND "not-found" NOT_FOUND "There is no such thing"
    NOT_LIVE "not-live" NOT_FOUND "The channel is not live"
    METHOD_NOT_ALLOWED "method-not-allowed" METHOD_NOT_ALLOWED "This cannot be done here"
    HANDLE_TAKEN "handle-taken" CONFLICT "The handle is taken"
    EMAIL_TAKEN "email-taken" CONFLICT "The e-mail address has an account"
    TOO_MANY_KEYS "too-many-stream-keys" CONFLICT "There are too many stream keys"
    TOO_MANY_TOKENS "too-many-api-tokens" CONFLICT "There are too many API tokens"
    TOO_MANY_MARKERS "too-many-markers" CONFLICT "The broadcast has too many markers"
    TOO_MANY_EMOTES "too-many-emotes" CONFLICT "There are too many emotes"
    EMOTE_TAKEN "emote-taken" CONFLICT "The emote's name is taken"
    PICTURE_REFUSED "picture-refused" FORBIDDEN "The picture is not wanted here"
    OWN_CHANNEL "own-channel" CONFLICT "This is your own channel"
    NOT_JOINED "not-joined" CONFLICT "You are not in this room"
    TOO_MANY_REACTIONS "too-many-reactions" CONFLICT "There are too many reactions"
    SAID_ALREADY "said-already" CONFLICT "This was said already"
    SILENCED_ALREADY "silenced-already" CONFLICT "They are silenced otherwise"
    NOT_SILENCED "not-silenced" CONFLICT "You may write here"
    APPEALED_ALREADY "appealed-already" CONFLICT "You have appealed already"
    POLL_IS_ON "poll-is-on" CONFLICT "A poll is on"
    POLL_ENDED "poll-ended" CONFLICT "The poll is over"
    PREDICTION_IS_ON "prediction-is-on" CONFLICT "A prediction is on"
    PREDICTION_LOCKED "prediction-locked" CONFLICT "The prediction takes no more points"
    PREDICTION_OVER "prediction-over" CONFLICT "The prediction is decided"
    NOT_ENOUGH_POINTS "not-enough-points" CONFLICT "There are not enough points"
    REWARD_CHANGED "reward-changed" CONFLICT "The reward costs something else"
    REWARD_PAUSED "reward-paused" CONFLICT "The reward cannot be redeemed now"
    RAID_IS_ON "raid-is-on" CONFLICT "A raid is on"
    RAIDS_REFUSED "raids-refused" FORBIDDEN "The channel takes no raid"
    NO_QUESTIONS "no-questions" CONFLICT "No questions are taken"
    BANNED "banned" FORBIDDEN "You are banned"
    FILTERED "filtered" FORBIDDEN "This is not wanted here"
    SHIELDED "shielded" FORBIDDEN "The room is closed to newcomers"
    SILENCED "silenced" FORBIDDEN "You may not write now"
    FOLLOWERS_ONLY "followers-only" FORBIDDEN "Only followers may write"
    SUBSCRIBERS_ONLY "subscribers-only" FORBIDDEN "Only subscribers may write"
    EMOTES_ONLY "emotes-only" FORBIDDEN "Only emoji and emotes may be written"
    FOREIGN_ORIGIN "foreign-origin" FORBIDDEN "Another site may not do this"
    NOT_WEBSOCKET "not-a-websocket" UPGRADE_REQUIRED "This is a WebSocket"
    TOO_LARGE "body-too-large" PAYLOAD_TOO_LARGE "The request is too large"
    NOT_JSON "unsupported-media-type" UNSUPPORTED_MEDIA_TYPE "The request is not JSON"
    NOT_A_PICTURE "not-a-picture" UNSUPPORTED_MEDIA_TYPE "This is not a picture"
    UNFIT_PICTURE "unfit-picture" UNPROCESSABLE_ENTITY "The picture cannot be used"
    TOO_MANY "too-many-requests" TOO_MANY_REQUESTS "Too many requests"
    INTERNAL "internal" INTERNAL_SERVER_ERROR "Something went wrong here"
    UNAVAILABLE "unavailable" SERVICE_UNAVAILABLE "The server is busy"
}

/// An error on its way to the client.
#[derive(Debug)]
pub struct Problem {
    kind: Kind,
    detail: Option<Cow<'static, str>>,
    parts: Option<Box<Parts>>,
    retry_after: Option<Duration>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What only some problems have.
#[derive(Debug, Default)]
struct Parts {
    reason: Option<Reason>,
    errors: Vec<FieldProblem>,
}

impl Problem {
    pub fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: Some(detail.into()), parts: None, retry_after: None, cause: None }
    }

    fn parts(&mut self) -> &mut Parts {
        self.parts.get_or_insert_default()
    }

    /// Named as its kind, unless it is one of several.
    fn reason(&mut self) -> &mut Reason {
        let name = self.kind.name;
        self.parts().reason.get_or_insert_with(|| Reason { name: name.to_owned(), numbers: Vec::new() })
    }

    /// Names the sentence, apart from others of its kind.
    pub fn because(mut self, name: &'static str) -> Self {
        name.clone_into(&mut self.reason().name);
        self
    }

    /// Says which numbers are in the sentence, in their order.
    pub fn with_numbers(mut self, numbers: &[u64]) -> Self {
        self.reason().numbers = numbers.to_vec();
        self
    }

    /// The request's fields that must change.
    pub fn invalid(errors: Vec<FieldProblem>) -> Self {
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        let detail = format!("Change {} and send it again.", fields.join(", "));
        let mut problem = Self::new(Kind::INVALID, detail);
        problem.parts().errors = errors;
        problem
    }

    /// Says which field of the request the problem lies in.
    pub fn naming(mut self, error: FieldProblem) -> Self {
        self.parts().errors.push(error);
        self
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NOT_FOUND, format!("There is no such {what}."))
    }

    /// An API token without the scope that is needed.
    pub fn insufficient_scope(scope: Scope) -> Self {
        let detail = format!("This needs an API token with the scope {}. Make one that has it.", scope.name());
        Self::new(Kind::INSUFFICIENT_SCOPE, detail)
    }

    pub fn too_many(retry_after: Duration) -> Self {
        let seconds = whole_seconds(retry_after);
        let detail = format!("Wait {seconds} s and try again.");
        Self { retry_after: Some(retry_after), ..Self::new(Kind::TOO_MANY, detail).with_numbers(&[seconds]) }
    }

    /// The server is too busy for this now.
    pub fn busy() -> Self {
        Self {
            retry_after: Some(Duration::from_secs(2)),
            ..Self::new(Kind::UNAVAILABLE, "The server is busy. Try again in a moment.")
        }
    }

    /// Our own fault. The cause is logged, never sent.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let detail = "The server could not do this. Nothing you sent is wrong; try again later.";
        Self { cause: Some(cause.into()), ..Self::new(Kind::INTERNAL, detail) }
    }
}

impl From<database::Error> for Problem {
    fn from(error: database::Error) -> Self {
        match error {
            database::Error::Busy => Self::busy(),
            database::Error::Sqlx(error) => Self::internal(error),
        }
    }
}

impl Problem {
    /// The document that a client gets, and how long it should wait. The cause is logged.
    pub fn into_document(self) -> (Document, Option<Duration>) {
        if let Some(cause) = &self.cause {
            // The request's span carries its id.
            error!(error = %cause, "a request failed");
        }
        let Kind { name, title, status } = self.kind;
        let Parts { reason, errors } = self.parts.map(|parts| *parts).unwrap_or_default();
        let document = Document {
            kind: format!("/problems/{name}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.detail.map(Cow::into_owned),
            reason: reason.map(Box::new),
            errors,
        };
        (document, self.retry_after)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.kind.status;
        let (document, retry_after) = self.into_document();
        let mut response = (status, Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"klieg\""));
        }
        if let Some(wait) = retry_after {
            headers.insert(header::RETRY_AFTER, whole_seconds(wait).into());
        }
        response
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1_000).max(1) as u64
}

/// What to change in a value: in words, and for who says it in another language by a name and the numbers in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    detail: String,
    reason: Option<Reason>,
}

impl Wrong {
    pub fn new(name: &'static str, numbers: &[u64], detail: impl Into<String>) -> Self {
        let reason = Reason { name: name.to_owned(), numbers: numbers.to_vec() };
        Self { detail: detail.into(), reason: Some(reason) }
    }

    /// Something that has to be from `least` to `most`, both included, of what `unit` says.
    pub fn range(least: u64, most: u64, unit: &str) -> Self {
        let detail = format!("use {least} to {most} {unit}");
        Self::new("range", &[least, most], detail.trim_end())
    }
}

impl From<String> for Wrong {
    fn from(detail: String) -> Self {
        Self { detail, reason: None }
    }
}

impl From<&str> for Wrong {
    fn from(detail: &str) -> Self {
        detail.to_owned().into()
    }
}

/// Collects what is wrong with a request's fields, so that the client hears all of it at once.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldProblem>);

impl Fields {
    /// The value, or `None` with the reason noted under the field's name.
    pub fn check<T, E: ToString>(&mut self, field: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|reason| self.wrong(field, reason.to_string())).ok()
    }

    /// As [`check`](Self::check), of what says by a name what to change.
    pub fn check_named<T>(&mut self, field: &str, value: Result<T, Wrong>) -> Option<T> {
        value.map_err(|wrong| self.wrong(field, wrong)).ok()
    }

    pub fn wrong(&mut self, field: &str, wrong: impl Into<Wrong>) {
        let Wrong { detail, reason } = wrong.into();
        self.0.push(FieldProblem { field: field.to_owned(), detail, reason });
    }

    /// `value` if nothing was wrong.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Problem::invalid(self.0)),
        }
    }
}
