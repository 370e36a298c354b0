//! What the interface asks of the studio. Each is answered with nothing, or with a sentence that says why it was not done.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::edit::Edit;
use crate::profile::{Destination, RecordingSettings};
use crate::settings::{AudioSettings, VideoSettings};

/// A password or a stream key on its way to the keyring. Never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// A change of the collection. Those of one gesture are undone as one.
    Edit {
        #[serde(flatten)]
        edit: Edit,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gesture: Option<u32>,
    },
    Undo,
    Redo,
    /// Puts a scene on air, or in studio mode into the preview.
    ShowScene {
        scene: String,
    },
    /// Studio mode: the preview goes on air, and what was on air becomes the preview.
    Take,
    StudioMode {
        on: bool,
    },
    /// Starts the enabled destinations.
    GoLive {
        announcement: Announcement,
    },
    EndShow,
    StartRecording,
    StopRecording,
    /// Signs in to a Klieg server, whose channel becomes a destination.
    SignIn {
        server: String,
        login: String,
        password: Secret,
    },
    SignOut,
    /// Adds a destination or changes it; the key stays as it is if absent.
    SetDestination {
        destination: Destination,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Secret>,
    },
    RemoveDestination {
        id: String,
    },
    SetEncoding {
        video: VideoSettings,
        audio: AudioSettings,
    },
    SetRecording {
        recording: RecordingSettings,
    },
    /// Lets other programs of this computer control the studio, or stops that.
    Remote {
        on: bool,
    },
    /// The first questions are answered, or were skipped.
    Welcomed,
    LookForDevices,
    /// Tries every encoder at the canvas' size; the results come with the state.
    ProbeEncoders,
    OpenCollection {
        name: String,
    },
    NewCollection {
        name: String,
    },
    /// Forgets a collection that is not open.
    RemoveCollection {
        name: String,
    },
    /// `text` is a collection file's.
    ImportCollection {
        text: String,
    },
    /// Takes a notice away that has been read.
    Dismiss {
        notice: u32,
    },
}

/// What viewers are told about a show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Announcement {
    pub title: String,
    pub category: String,
    pub tags: Vec<String>,
}
