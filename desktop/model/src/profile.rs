//! How a creator broadcasts: encoding, destinations, recordings. One readable file for each way of doing it, beside the collections;
//! keys are not in it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::hotkey::Hotkey;
use crate::output::Split;
use crate::settings::{AudioSettings, VideoSettings};
use crate::version::{Newer, stamped, unstamped};

/// What stays the same from show to show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    pub name: String,
    pub video: VideoSettings,
    pub audio: AudioSettings,
    pub recording: RecordingSettings,
    pub replay: ReplaySettings,
    /// The output on which the creator hears what is monitored, as [`Devices::outputs`](crate::Devices::outputs) names it; the system's
    /// if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitor_output: Option<String>,
    pub destinations: Vec<Destination>,
    /// Whether the creator took the account's channel out of the destinations: it is put among them by itself no more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub channel_removed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hotkeys: Vec<Hotkey>,
    /// Whether the first questions have been answered. Of the whole studio: it goes along when another profile is taken.
    pub welcomed: bool,
    /// Whether other programs of this computer may control the studio. Of the whole studio as well.
    pub remote: bool,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            name: Self::USUAL.to_owned(),
            video: VideoSettings::default(),
            audio: AudioSettings::default(),
            recording: RecordingSettings::default(),
            replay: ReplaySettings::default(),
            monitor_output: None,
            destinations: Vec::new(),
            channel_removed: false,
            hotkeys: Vec::new(),
            welcomed: false,
            remote: false,
        }
    }
}

/// Why a text is not a profile.
#[derive(Debug, Error)]
pub enum NotAProfile {
    #[error("it is not valid TOML, or a key does not fit: {0}")]
    Parse(#[from] toml::de::Error),
    #[error("{0}")]
    Problem(String),
    #[error("{0}")]
    Newer(#[from] Newer),
}

impl Profile {
    /// The name of the first one, and of one whose file has none.
    pub const USUAL: &str = "Standard";

    /// Reads a file.
    pub fn read(text: &str) -> Result<Self, NotAProfile> {
        let profile: Self = toml::from_str(&unstamped(text)?)?;
        match profile.problem() {
            Some(problem) => Err(NotAProfile::Problem(problem)),
            None => Ok(profile),
        }
    }

    /// What [`Profile::read`] reads.
    pub fn write(&self) -> Result<String, toml::ser::Error> {
        Ok(stamped(&toml::to_string_pretty(self)?))
    }

    /// What is wrong with it, in a sentence.
    pub fn problem(&self) -> Option<String> {
        if self.name.trim().is_empty() || self.name.chars().count() > crate::edit::MAX_NAME {
            return Some(format!("a profile needs a name, of at most {} characters", crate::edit::MAX_NAME));
        }
        let settings = self.video.problems().into_iter().chain(self.audio.problems()).next();
        settings
            .map(|problem| problem.to_string())
            .or_else(|| self.recording.problem())
            .or_else(|| self.replay.problem())
            .or_else(|| self.destinations.iter().find_map(Destination::problem))
    }

    pub fn destination(&self, id: &str) -> Option<&Destination> {
        self.destinations.iter().find(|destination| destination.id == id)
    }

    /// Whether a recording is encoded for itself, and not with what is sent.
    pub fn records_apart(&self) -> bool {
        self.recording.video.as_ref().is_some_and(|video| *video != self.video)
    }

    /// What the picture of an output is encoded with in place of the profile's encoding: of a destination, or of the recording.
    pub fn own_encoding(&self, output: &str) -> Option<&VideoSettings> {
        if output == Destination::RECORDING {
            return self.recording.video.as_ref();
        }
        self.destination(output)?.video.as_ref()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordingSettings {
    /// The user's folder for videos if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    pub container: Container,
    /// Record whenever a show is live, until the creator ends it.
    pub with_show: bool,
    /// When a recording goes on in another file.
    #[serde(skip_serializing_if = "Split::is_never")]
    pub split: Split,
    /// Its own encoding in place of the show's, which gets worse with the line that the show is sent over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoSettings>,
}

impl RecordingSettings {
    /// What is wrong with them, in a sentence.
    pub fn problem(&self) -> Option<String> {
        let video = self.video.as_ref().and_then(|video| video.problems().first().map(ToString::to_string));
        self.split.problem().or(video)
    }
}

/// The replay buffer: the last seconds of the programme, kept in memory as they were encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReplaySettings {
    /// How many are kept, 5 to 300.
    pub seconds: u32,
    /// Keep them whenever a show is live.
    pub with_show: bool,
}

impl Default for ReplaySettings {
    fn default() -> Self {
        Self { seconds: 30, with_show: false }
    }
}

impl ReplaySettings {
    pub const LEAST: u32 = 5;
    pub const MOST: u32 = 300;

    /// What is wrong with it, in a sentence.
    pub fn problem(self) -> Option<String> {
        let fits = (Self::LEAST..=Self::MOST).contains(&self.seconds);
        (!fits).then(|| format!("a replay is from {} to {} seconds long", Self::LEAST, Self::MOST))
    }

    /// About how much memory it takes with this encoding, in bytes.
    pub fn memory(self, video: &VideoSettings, audio: AudioSettings) -> u64 {
        // One more group of pictures is kept, so that the oldest second can be shown from its keyframe on.
        let seconds = f64::from(self.seconds) + video.keyframe_interval;
        (f64::from(video.bitrate.saturating_add(audio.bitrate)) * 125.0 * seconds) as u64
    }
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

/// A place that a show is sent to. Its stream key, if it has one, is in the keyring under its `id`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// Letters, digits and hyphens; never changes.
    pub id: String,
    pub name: String,
    pub kind: DestinationKind,
    /// The WHIP endpoint, the RTMP application's URL without the key, or the Klieg server's address. Where there is no key it may have
    /// a token in it, or name the RTMP stream.
    pub url: String,
    /// Whether it takes part when the creator goes live.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Sizes in which the picture is sent at once, each half as wide and high as the one before (simulcast), 1 to 3. Not by RTMP.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub layers: u8,
    /// Its own encoding in place of the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoSettings>,
}

impl Destination {
    /// The `id` of the one that signing in makes. It never changes, so neither does its place in the keyring.
    pub const CHANNEL: &str = "klieg";
    /// The `id` that the recording has among the outputs.
    pub const RECORDING: &str = "recording";
    /// The `id` that the replay buffer has among the outputs.
    pub const REPLAY: &str = "replay";
    /// Sizes of the picture at most.
    pub const MAX_LAYERS: u8 = 3;
    /// Longest `id`, in characters.
    const MAX_ID: usize = 64;

    /// What is wrong with it, in a sentence.
    pub fn problem(&self) -> Option<String> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if self.id.is_empty() || self.id.len() > Self::MAX_ID || !self.id.chars().all(fits) {
            return Some(format!("`{}` is no id: it has letters, digits and hyphens only", self.id));
        }
        if [Self::RECORDING, Self::REPLAY].contains(&self.id.as_str()) {
            return Some(format!("the id `{}` belongs to the studio itself", self.id));
        }
        if self.name.trim().is_empty() || self.name.chars().count() > crate::edit::MAX_NAME {
            return Some("a destination needs a name".to_owned());
        }
        if self.layers == 0 || self.layers > Self::MAX_LAYERS {
            return Some(format!("the picture is sent in 1 to {} sizes", Self::MAX_LAYERS));
        }
        if self.layers > 1 && self.kind == DestinationKind::Rtmp {
            return Some("RTMP carries one size of the picture: choose WHIP for several".to_owned());
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

pub(crate) fn one() -> u8 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(crate) fn is_one(layers: &u8) -> bool {
    *layers == 1
}
