//! How a creator broadcasts: encoding, destinations, recordings. One readable file beside the collections; keys are not in it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::settings::{AudioSettings, VideoSettings};

/// What stays the same from show to show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    pub video: VideoSettings,
    pub audio: AudioSettings,
    pub recording: RecordingSettings,
    pub destinations: Vec<Destination>,
    /// Whether the first questions have been answered.
    pub welcomed: bool,
}

impl Profile {
    pub fn destination(&self, id: &str) -> Option<&Destination> {
        self.destinations.iter().find(|destination| destination.id == id)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordingSettings {
    /// The user's folder for videos if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    pub container: Container,
    /// Record whenever a show is live.
    pub with_show: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Container {
    /// Fragmented, so that it plays to its last second even after a crash.
    #[default]
    Mp4,
    Mkv,
}

impl Container {
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Mkv => "mkv",
        }
    }
}

/// A place that a show is sent to. Its stream key is in the keyring, under its `id`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// Letters, digits and hyphens; never changes.
    pub id: String,
    pub name: String,
    pub kind: DestinationKind,
    /// The WHIP endpoint, the RTMP application's URL without the key, or the Klieg server's address.
    pub url: String,
    /// Whether it takes part when the creator goes live.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Its own encoding in place of the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoSettings>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DestinationKind {
    /// The channel of the account that is signed in; sent by WHIP.
    Klieg,
    Whip,
    Rtmp,
}

fn yes() -> bool {
    true
}
