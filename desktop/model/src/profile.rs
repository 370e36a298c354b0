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
    /// Whether other programs of this computer may control the studio.
    pub remote: bool,
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

impl Destination {
    /// The `id` that the recording has among the outputs.
    pub const RECORDING: &str = "recording";
    /// Longest `id`, in characters.
    const MAX_ID: usize = 64;

    /// What is wrong with it, in a sentence.
    pub fn problem(&self) -> Option<String> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if self.id.is_empty() || self.id.len() > Self::MAX_ID || !self.id.chars().all(fits) {
            return Some(format!("`{}` is no id: it has letters, digits and hyphens only", self.id));
        }
        if self.id == Self::RECORDING {
            return Some(format!("the id `{}` belongs to the recording", self.id));
        }
        if self.name.trim().is_empty() || self.name.chars().count() > crate::edit::MAX_NAME {
            return Some("a destination needs a name".to_owned());
        }
        let schemes: &[&str] = match self.kind {
            DestinationKind::Klieg | DestinationKind::Whip => &["http://", "https://"],
            DestinationKind::Rtmp => &["rtmp://", "rtmps://"],
        };
        let rest = schemes.iter().find_map(|scheme| self.url.strip_prefix(scheme));
        if !rest.is_some_and(|rest| rest.starts_with(|c: char| c != '/') && !rest.contains(char::is_whitespace)) {
            return Some(format!("the address of {} starts with {} and names a host", self.name, schemes.join(" or ")));
        }
        self.video.as_ref().and_then(|video| video.problems().first().map(ToString::to_string))
    }
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
