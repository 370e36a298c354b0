//! Channels and what is live on them.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::Handle;
use crate::chapters::Chapter;

/// A channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Channel {
    pub handle: Handle,
    /// The name shown, if the creator chose one; otherwise show the handle.
    pub display_name: Option<String>,
    /// Up to 2,000 characters of plain text.
    pub about: String,
    /// What the show is called; may be empty.
    pub title: String,
    /// Empty for none.
    pub category: String,
    pub tags: Vec<String>,
    /// BCP 47, such as `en`; empty for none.
    pub language: String,
    pub mature: bool,
    pub visibility: Visibility,
    /// Whether followers are told when it goes live.
    pub announce: bool,
    pub followers: u64,
    /// Whether who asks follows it; null without a session.
    pub following: Option<bool>,
    /// The broadcast, while there is one.
    pub live: Option<Live>,
}

/// Who may find and watch a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Anybody, and it is listed.
    #[default]
    Public,
    /// Anybody who knows the address.
    Unlisted,
    /// Only its owner.
    Private,
}

/// A broadcast that is on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Live {
    pub broadcast_id: String,
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    pub viewers: u64,
    /// `live`, or `waiting` while a dropped publisher is awaited.
    pub state: LiveState,
    pub renditions: Vec<Rendition>,
    pub playback: Playback,
    /// The moments that the creator marked, in their order. Only where one channel is asked for, not in lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chapters: Vec<Chapter>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum LiveState {
    Live,
    Waiting,
}

/// One quality of the picture or the sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rendition {
    /// `source`, `720p`, `aac`, `opus` …
    pub name: String,
    /// `video` or `audio`.
    pub kind: String,
    /// `h264`, `hevc`, `av1`, `vp8`, `vp9`, `aac`, `opus`.
    pub codec: String,
    /// Pixels; 0 for sound.
    pub width: u32,
    pub height: u32,
    /// Bits a second, lately.
    pub bitrate: u64,
}

/// Where to play a broadcast: paths on this server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Playback {
    pub whep: String,
    pub hls: String,
}

/// `PATCH /api/v1/me/channel`: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChannelChange {
    /// Up to 140 characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<String>,
    /// Up to 40 characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub category: Option<String>,
    /// Up to 10 tags of up to 25 characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mature: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub visibility: Option<Visibility>,
    /// Whether followers are told when the channel goes live.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub announce: Option<bool>,
    /// Up to 40 characters; empty to show the handle.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub about: Option<String>,
}

impl ChannelChange {
    /// Characters of a title.
    pub const MAX_TITLE: usize = 140;
    /// Characters of a category.
    pub const MAX_CATEGORY: usize = 40;
}

/// A category that somebody is live in, of `GET /api/v1/categories`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Category {
    pub name: String,
    /// Channels live in it now.
    pub channels: u64,
    /// People watching them.
    pub viewers: u64,
}
