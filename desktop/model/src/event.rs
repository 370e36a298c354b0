//! What the engine reports about a running show. One event is one line of JSON in `klieg-engine run --events json`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// An encoder was chosen.
    Encoder(EncoderReport),
    /// A source changed its state.
    Source { name: String, state: SourceState },
    /// When a media file plays: whether there is sound in it.
    Sound { name: String, is_there: bool },
    /// How large a source's picture is as it comes, when that is known, or when another size has stood for a quarter of a second. Told
    /// of sources that keep their shape.
    Shape {
        name: String,
        #[serde(flatten)]
        shape: Shape,
    },
    /// A camera has sent the same picture, to the last bit, for seconds, or does so no longer.
    Frozen { name: String, is_frozen: bool },
    /// Once a second, and after each jump: where a media file is.
    Playing {
        name: String,
        #[serde(flatten)]
        at: Playing,
    },
    /// An output changed its state.
    Output { name: String, state: OutputState },
    /// Once a second: the programme.
    Program {
        /// Frames composed in the last second.
        fps: f64,
        /// Frames that the encoders could not take in time, since the start.
        skipped: u64,
        /// Blocks of 10 ms of the sound that the encoders could not take in time, since the start.
        #[serde(default)]
        skipped_sound: u64,
        /// Frames that were not composed in time, since the start.
        #[serde(default)]
        missed: u64,
        /// Whether nothing can be seen.
        #[serde(default)]
        black: bool,
        /// Seconds for which not a bit of the picture has changed.
        #[serde(default)]
        still: f64,
    },
    /// Once a second, for each output.
    Health {
        name: String,
        /// In kbit/s, over the last second.
        bitrate: f64,
        /// Frames that left in the last second.
        fps: f64,
        /// Frames not sent because the destination was too slow, since the start.
        dropped: u64,
        /// Bytes since the start.
        bytes: u64,
        /// The share of packets that the other side missed lately, 0 to 1. WHIP only.
        #[serde(default)]
        lost: f64,
        /// In milliseconds. WHIP only.
        #[serde(default)]
        round_trip: Option<f64>,
    },
    /// Once a second, and whenever it has changed: what is recorded.
    Recording { name: String, progress: RecordingProgress },
    /// Once a second: what a replay buffer holds.
    Replay {
        name: String,
        /// Seconds of picture.
        seconds: f64,
        bytes: u64,
    },
    /// What a replay buffer held is in a file, or why it is not.
    ReplaySaved { name: String, saved: Result<SavedReplay, String> },
    /// Once a second: all encodes of the picture that run.
    Encodes { running: Vec<Encode> },
    /// Why filters of a source's picture do nothing; empty if all of them work. Told of sources with filters that may do
    /// nothing when they begin, and when it changes.
    Look { name: String, problems: Vec<String> },
    /// A sentence for the creator.
    Warning { text: String },
    /// The show has ended.
    Stopped,
}

/// How large a picture is, in square pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    pub width: u32,
    pub height: u32,
}

/// Where a media file is that plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playing {
    /// In milliseconds from its beginning.
    pub position: u64,
    /// In milliseconds.
    pub duration: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingProgress {
    /// The file that is being written.
    pub file: PathBuf,
    /// Counts the files of this recording, from 1.
    pub part: u32,
    /// Milliseconds of picture in all of its files. It stands still while the recording is paused.
    pub recorded: u64,
    pub paused: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedReplay {
    pub file: PathBuf,
    /// Its length.
    pub seconds: f64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncoderReport {
    /// The GStreamer element.
    pub encoder: String,
    pub hardware: bool,
    /// In words: why this one.
    pub reason: String,
}

/// One encode of the picture, which outputs share whose settings agree. With several sizes there is one for each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Encode {
    #[serde(flatten)]
    pub report: EncoderReport,
    /// 0 is the canvas' size, each further one half of the size before.
    pub layer: usize,
    /// What it is set to, in kbit/s.
    pub wanted: u32,
    /// What it is told to send now, in kbit/s: less while a destination does not keep up.
    pub bitrate: u32,
    /// Whether its bitrate can change while it runs.
    pub adapts: bool,
    /// The share of the last second in which it could take no further frame, 0 to 1. What reaches 1 skips frames.
    pub load: f64,
    /// The names of the outputs that take it.
    pub outputs: Vec<String>,
    /// Those of them that do not keep up, or because of which it still sends less.
    pub slow: Vec<String>,
}

impl Encode {
    /// The load from which on it is near its limit.
    pub const BUSY: f64 = 0.9;

    /// Whether it sends less than it is set to.
    pub fn is_lowered(&self) -> bool {
        self.bitrate < self.wanted
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum SourceState {
    Starting,
    Live,
    /// The desktop asks the creator what may be shown.
    Asking,
    /// The creator shows nothing, or ended it; asked again when it is started again.
    Declined,
    /// It failed and is started again.
    Restarting {
        reason: String,
    },
    /// It has played to its end.
    Ended,
    /// Not started: the collection was opened with its sources off.
    Off,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum OutputState {
    Connecting,
    Live,
    /// Not connected; the next attempt is the `attempt`th in a row.
    Reconnecting {
        attempt: u32,
        reason: String,
    },
    /// Given up: trying again would not help.
    Failed {
        reason: String,
    },
    Stopped,
}
