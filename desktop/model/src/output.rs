//! Where a show goes.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::settings::{AudioSettings, VideoSettings};

/// A stream key. Never printed and never written back into a show file.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Output {
    /// WebRTC by WHIP (RFC 9725): H.264 and Opus. The URL is the endpoint, `http://` or `https://`; the key is the bearer
    /// token.
    Whip(ServerOutput),
    /// RTMP: H.264 and AAC. The URL is `rtmp://HOST[:PORT]/APPLICATION`, or `rtmps://`; the key is the stream name,
    /// appended to it.
    Rtmp(ServerOutput),
    /// A recording.
    File(FileOutput),
}

impl Output {
    pub fn name(&self) -> &str {
        match self {
            Self::Whip(o) => o.name.as_deref().unwrap_or("whip"),
            Self::Rtmp(o) => o.name.as_deref().unwrap_or("rtmp"),
            Self::File(o) => &o.name,
        }
    }

    /// Its own encoder settings for the picture, if it has some.
    pub fn video(&self) -> Option<&VideoSettings> {
        match self {
            Self::Whip(o) | Self::Rtmp(o) => o.video.as_ref(),
            Self::File(o) => o.video.as_ref(),
        }
    }

    /// Its own encoder settings for the sound, if it has some.
    pub fn audio(&self) -> Option<&AudioSettings> {
        match self {
            Self::Whip(o) | Self::Rtmp(o) => o.audio.as_ref(),
            Self::File(o) => o.audio.as_ref(),
        }
    }
}

/// A server that the show is sent to.
///
/// The key stands here, in an environment variable, or in a file; one of these at most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerOutput {
    /// `whip` or `rtmp` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub url: String,
    #[serde(default, skip_serializing)]
    pub key: Option<Key>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_env: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<AudioSettings>,
}

/// A recording: H.264 and AAC, playable up to the last second even after a crash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileOutput {
    #[serde(default = "file")]
    pub name: String,
    /// Ends in `.mp4` or `.mkv`. A file that exists is never overwritten: a number is put before the ending.
    pub path: PathBuf,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<AudioSettings>,
}

fn file() -> String {
    "file".to_owned()
}
