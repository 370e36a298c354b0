//! Moments of a broadcast that its creator marked. They become the chapters of its replay.

use serde::{Deserialize, Serialize};

/// Longest text, in characters.
pub const MAX_TEXT: usize = 100;
/// The oldest moment that can be marked, in milliseconds before the request arrives.
pub const MAX_AGO: u64 = 120_000;

/// `POST /api/v1/me/broadcast/markers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NewMarker {
    /// Up to 100 characters on one line; empty if absent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// How long ago the moment was when this was sent, in milliseconds, up to 120,000. The moment that counts is the
    /// creator's, not that of the request's arrival.
    pub ago_ms: u64,
}

/// A marked moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Chapter {
    pub id: String,
    /// Milliseconds since the broadcast began.
    pub at_ms: u64,
    /// May be empty.
    pub text: String,
}
