//! Where a show goes.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::profile::{is_one, one};
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
    /// RTMP: H.264 and AAC. The URL is `rtmp://HOST[:PORT]/APPLICATION`, or `rtmps://`; the key is the stream's name. Without one the URL
    /// names it behind the application: `/APPLICATION/NAME`, with a query if the server wants one.
    Rtmp(ServerOutput),
    /// A recording.
    File(FileOutput),
    /// The last seconds of the programme, kept in memory. The studio's only: a show file has nothing to save them with.
    #[serde(skip)]
    Replay(ReplayOutput),
}

impl Output {
    pub fn name(&self) -> &str {
        match self {
            Self::Whip(o) => o.name.as_deref().unwrap_or("whip"),
            Self::Rtmp(o) => o.name.as_deref().unwrap_or("rtmp"),
            Self::File(o) => &o.name,
            Self::Replay(o) => &o.name,
        }
    }

    /// Its own encoder settings for the picture, if it has some.
    pub fn video(&self) -> Option<&VideoSettings> {
        match self {
            Self::Whip(o) | Self::Rtmp(o) => o.video.as_ref(),
            Self::File(o) => o.video.as_ref(),
            Self::Replay(_) => None,
        }
    }

    /// Its own encoder settings for the sound, if it has some.
    pub fn audio(&self) -> Option<&AudioSettings> {
        match self {
            Self::Whip(o) | Self::Rtmp(o) => o.audio.as_ref(),
            Self::File(o) => o.audio.as_ref(),
            Self::Replay(_) => None,
        }
    }
}

/// A server that the show is sent to.
///
/// The key stands here, in an environment variable, or in a file; one of these at most. A server that asks for none, or has it in the
/// URL, gets none.
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
    /// Sizes in which the picture is sent at once, each half as wide and high as the one before (simulcast): 1 to 3. WHIP only.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub layers: u8,
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
    #[serde(default, skip_serializing_if = "Split::is_never")]
    pub split: Split,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<AudioSettings>,
}

/// When a recording goes on in another file: at the first keyframe that is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Split {
    /// After so many minutes of picture, 1 to 1,440.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// Before a file is larger than so many megabytes, 20 to 1,000,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub megabytes: Option<u32>,
}

impl Split {
    pub fn is_never(&self) -> bool {
        *self == Self::default()
    }

    /// What is wrong with it, in a sentence.
    pub fn problem(self) -> Option<String> {
        if self.minutes.is_some_and(|minutes| !(1..=1_440).contains(&minutes)) {
            return Some("a file of a recording is from 1 to 1,440 minutes long".to_owned());
        }
        if self.megabytes.is_some_and(|megabytes| !(20..=1_000_000).contains(&megabytes)) {
            return Some("a file of a recording has from 20 to 1,000,000 megabytes".to_owned());
        }
        None
    }
}

/// The replay buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayOutput {
    pub name: String,
    /// How many seconds are kept at least.
    pub seconds: u32,
}

fn file() -> String {
    "file".to_owned()
}
