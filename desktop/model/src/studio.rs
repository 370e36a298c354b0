//! The studio as the interface sees it: one value, sent again whenever it has changed, and the meters, which change all the
//! time.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::advice::Advice;
use crate::collection::Collection;
use crate::command::Announcement;
use crate::device::Devices;
use crate::event::{EncoderReport, OutputState, SourceState};
use crate::profile::Profile;
use crate::sound::Level;

/// Everything but the meters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Studio {
    pub collection: Collection,
    /// The names of all collections.
    pub collections: Vec<String>,
    /// The scene that is on air.
    pub on_air: String,
    /// Studio mode: the scene in the preview.
    pub preview: Option<String>,
    pub can_undo: bool,
    pub can_redo: bool,
    pub sources: BTreeMap<String, SourceState>,
    pub show: ShowState,
    pub recording: Option<RecordingState>,
    /// One for each destination that takes part, and the recording.
    pub outputs: Vec<OutputStatus>,
    /// The encoders in use.
    pub encoders: Vec<EncoderReport>,
    pub program: ProgramHealth,
    pub profile: Profile,
    /// Which destinations have a key in the keyring.
    pub keys: Vec<String>,
    /// Why the keyring cannot be used, if it cannot.
    pub keyring: Option<String>,
    pub account: Option<Account>,
    pub announcement: Announcement,
    pub devices: Devices,
    pub probed: Vec<ProbedEncoder>,
    pub advice: Vec<Advice>,
    pub notices: Vec<Notice>,
    /// Where the pictures come from: `ws://127.0.0.1:PORT/TOKEN`, followed by `/programme` or `/preview`.
    pub pictures: String,
    /// Where other programs of this computer control the studio, if they may.
    pub remote: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ShowState {
    #[default]
    Off,
    /// Connecting for the first time.
    Starting,
    /// At least one destination takes the show. `since` is Unix time in milliseconds.
    Live {
        since: u64,
    },
    Ending,
}

impl ShowState {
    pub fn is_off(&self) -> bool {
        *self == Self::Off
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingState {
    pub folder: PathBuf,
    /// Unix time in milliseconds.
    pub since: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputStatus {
    /// The destination's `id`, or `recording`.
    pub id: String,
    pub name: String,
    pub state: OutputState,
    /// In kbit/s, over the last second.
    pub bitrate: f64,
    /// Frames that left in the last second.
    pub fps: f64,
    /// Frames not sent because the destination was too slow.
    pub dropped: u64,
    pub bytes: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProgramHealth {
    /// Frames composed in the last second.
    pub fps: f64,
    /// Frames not composed in time, since the start.
    pub missed: u64,
    /// Frames that the encoders could not take in time, since the start.
    pub skipped: u64,
    /// Of all the processor's cores, 0 to 1.
    pub load: f64,
    /// Bytes left on the disk that recordings go to.
    pub disk_left: Option<u64>,
}

/// An account of a Klieg server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub server: String,
    pub handle: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbedEncoder {
    /// The GStreamer element.
    pub encoder: String,
    /// In words.
    pub what: String,
    pub hardware: bool,
    /// Frames a second at the canvas' size, as fast as it could, or why it does not work.
    pub result: Result<f64, String>,
}

/// Something that happened and should be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub id: u32,
    pub severity: Severity,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Good,
    Warn,
    Bad,
}

/// Sent about twenty times a second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meters {
    /// By source. What is sounded is measured behind its strip's filters, before its volume.
    pub strips: BTreeMap<String, Level>,
    pub mix: Option<Level>,
}
