//! What is kept of the show on this computer: the recording, and the replay buffer.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{OutputStatus, Studio};
use crate::event::OutputState;
use crate::profile::Destination;

/// A recording that runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingState {
    pub folder: PathBuf,
    /// The file that is being written, as soon as it has begun.
    pub file: Option<PathBuf>,
    /// Counts the files of this recording, from 1.
    pub part: u32,
    /// Milliseconds of picture in all of its files at `as_of`.
    pub recorded: u64,
    /// Unix time in milliseconds.
    pub as_of: u64,
    pub paused: bool,
    /// Moments that have been marked.
    pub markers: u32,
    /// Whether it began with a show, and ends when the creator ends one.
    #[serde(default)]
    pub with_show: bool,
}

impl RecordingState {
    /// The longest time between two reports, in milliseconds. A recording that stalls does not count on for longer.
    const REPORTED: u64 = 3_000;

    /// Milliseconds of picture at `now`, which is Unix time in milliseconds.
    pub fn elapsed(&self, now: u64) -> u64 {
        let counts = !self.paused && self.file.is_some();
        self.recorded + if counts { now.saturating_sub(self.as_of).min(Self::REPORTED) } else { 0 }
    }
}

/// A replay buffer that runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplayState {
    /// Seconds that it holds.
    pub held: f64,
    /// The memory that they take.
    pub bytes: u64,
    /// Whether a replay is being written.
    pub saving: bool,
    /// The last one that was saved.
    pub last: Option<PathBuf>,
}

impl Studio {
    /// Whether a recording was asked for of which nothing is written yet, and with which nothing has gone wrong.
    pub fn is_recording_beginning(&self) -> bool {
        let is_begun = |output: &OutputStatus| {
            output.id == Destination::RECORDING && matches!(output.state, OutputState::Connecting | OutputState::Live)
        };
        let has_none = |recording: &RecordingState| recording.file.is_none() && !recording.paused;
        self.recording_begins || (self.recording.as_ref().is_some_and(has_none) && self.outputs.iter().any(is_begun))
    }
}
