//! Replays: what a broadcast leaves behind.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A broadcast that can be watched again, of `GET /api/v1/channels/{handle}/replays`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Replay {
    pub id: String,
    pub title: String,
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    pub duration_ms: u64,
}
