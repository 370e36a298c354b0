//! How a creator's ingest is doing.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::channels::LiveState;

/// `GET /api/v1/me/ingest`: the health of the caller's broadcast.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IngestHealth {
    pub broadcast_id: String,
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    pub state: LiveState,
    /// `rtmp` or `whip`.
    pub protocol: String,
    /// What the encoder calls itself.
    pub encoder: Option<String>,
    /// How often the publisher came back or was taken over.
    pub reconnects: u32,
    pub viewers: u64,
    pub tracks: Vec<TrackHealth>,
    /// What is wrong and what to do, in words; empty when all is well.
    pub advice: Vec<String>,
}

/// `GET /api/v1/me/ingest/addresses`: where encoders send to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IngestAddresses {
    /// `rtmp://HOST:PORT/live`, to which an encoder adds the stream key.
    pub rtmp: String,
}

/// One track as it comes in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrackHealth {
    pub rendition: String,
    pub kind: String,
    pub codec: String,
    /// Bits a second over the last five seconds.
    pub bitrate: u64,
    /// Frames a second over the last five seconds.
    pub frame_rate: f64,
    pub keyframe_interval_ms: Option<u64>,
    pub frames: u64,
    pub lost_frames: u64,
}
