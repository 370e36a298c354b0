//! What the interface asks of the studio. Each is answered with nothing, or with a sentence that says why it was not done.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::edit::Edit;
use crate::hotkey::{Action, Keys};
use crate::profile::{Destination, RecordingSettings, ReplaySettings};
use crate::settings::{AudioSettings, VideoSettings};

/// Longest text of a marker, in characters.
pub const MAX_MARKER: usize = 100;
/// The oldest moment that can be marked, in milliseconds.
pub const MAX_MARKER_AGO: u32 = 60_000;

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
    /// Mutes a source, or lets it be heard, for as long as a key is held: no step of undo, and undo changes nothing of it.
    Mute {
        source: String,
        muted: bool,
    },
    /// Puts a scene on air, or in studio mode into the preview.
    ShowScene {
        scene: String,
    },
    /// Studio mode: the preview goes on air as it stands, and the scene that was on air becomes the preview.
    Take,
    /// In studio mode what is arranged in scenes is seen in the preview only, until it is taken or studio mode ends.
    StudioMode {
        on: bool,
    },
    /// Reads what the signed-in account's channel says now; until that is known, nothing of
    /// [`Studio::announcement`](crate::Studio::announcement) is.
    ReadChannel,
    /// Starts the enabled destinations.
    GoLive {
        announcement: Announcement,
    },
    EndShow,
    StartRecording,
    StopRecording,
    /// The file goes on where it was, as soon as the recording is resumed.
    PauseRecording,
    ResumeRecording,
    /// The recording goes on in another file.
    SplitRecording,
    /// Keeps the last seconds of the programme from now on.
    StartReplay,
    StopReplay,
    /// Writes what the replay buffer holds to a file, which goes on behind.
    SaveReplay,
    /// Marks a moment of the recording and, where the show goes to the signed-in account's channel, of the broadcast.
    Mark {
        /// At most [`MAX_MARKER`](crate::MAX_MARKER) characters; may be empty.
        #[serde(default)]
        text: String,
        /// How long ago the moment was, in milliseconds: at most a minute.
        #[serde(default)]
        ago: u32,
    },
    /// Signs in to a Klieg server, whose channel becomes a destination.
    SignIn {
        server: String,
        login: String,
        password: Secret,
    },
    SignOut,
    /// Makes another stream key for the signed-in account's channel; the one that this studio used is good no more.
    RenewKey,
    /// Tries once more to open the keyring, which could not be opened ([`Studio::keyring`](crate::Studio::keyring)). It may ask for
    /// its password.
    OpenKeyring,
    /// Signs in by the link that was opened ([`Studio::offer`](crate::Studio::offer)), or leaves it.
    AnswerOffer {
        accept: bool,
    },
    /// Adds a destination or changes it; the key stays as it is if absent, and is deleted if it is empty.
    SetDestination {
        destination: Destination,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Secret>,
    },
    /// Tries a destination once more that gave up while the show is on.
    RetryDestination {
        id: String,
    },
    RemoveDestination {
        id: String,
    },
    /// Makes the signed-in account's channel a destination of the profile again, from which it was removed.
    AddChannel,
    SetEncoding {
        video: VideoSettings,
        audio: AudioSettings,
    },
    SetRecording {
        recording: RecordingSettings,
    },
    SetReplay {
        replay: ReplaySettings,
    },
    /// Lets the creator hear what is monitored on this output, or on the system's if none is named.
    SetMonitorOutput {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<String>,
    },
    /// What a hotkey's press does, and where `down` is false what its release does.
    Press {
        action: Action,
        #[serde(default = "pressed")]
        down: bool,
    },
    /// Gives an action other keys, or none. `outside`: they work outside the window too.
    SetHotkey {
        action: Action,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keys: Option<Keys>,
        #[serde(default)]
        outside: bool,
    },
    /// Lets other programs of this computer control the studio, or stops that.
    Remote {
        on: bool,
    },
    /// The first questions are answered, or were skipped.
    Welcomed,
    LookForDevices,
    /// Starts a source again from its beginning: a page is loaded anew, a file plays from its start. One that is off starts.
    RestartSource {
        source: String,
    },
    /// Starts all sources that are off.
    StartSources,
    /// Lets a media file go on from another place, in milliseconds from its beginning; one that has ended plays from there.
    Seek {
        source: String,
        position: u64,
    },
    /// Lets the creator choose anew what a screen cast shows.
    ChooseAgain {
        source: String,
    },
    /// Tries no further encoder.
    StopProbing,
    /// Measures how much the connection to the account's server carries: some seconds. The result comes with the state.
    MeasureUpload,
    /// Ends a measurement that runs.
    StopMeasuring,
    /// Says what the creator's line carries, in kbit/s, where nothing measures it.
    SayUpload {
        kbit: u32,
    },
    /// Tries every encoder at the canvas' size; the results come with the state.
    ProbeEncoders,
    /// With `sources_off` none of its sources runs until it is started.
    OpenCollection {
        name: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sources_off: bool,
    },
    NewCollection {
        name: String,
    },
    /// Writes a copy of a collection, open or not, under a name that none has. It is not opened, so viewers see nothing of it.
    DuplicateCollection {
        collection: String,
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
    /// Makes another profile the current one.
    OpenProfile {
        name: String,
    },
    /// A profile with the usual settings becomes the current one.
    NewProfile {
        name: String,
    },
    /// A copy of the current profile, with copies of its keys, becomes the current one.
    DuplicateProfile {
        name: String,
    },
    /// Gives the current profile another name.
    RenameProfile {
        name: String,
    },
    /// Forgets a profile that is not the current one, and its keys.
    RemoveProfile {
        name: String,
    },
    /// `text` is a profile file's. Its destinations come without keys.
    ImportProfile {
        text: String,
    },
    /// Takes a notice away that has been read.
    Dismiss {
        notice: u32,
    },
}

fn pressed() -> bool {
    true
}

/// What viewers are told about a show. What is absent is as it was; what is empty is empty from now on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Announcement {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Who may watch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<Audience>,
    /// Whether it is for adults only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mature: Option<bool>,
    /// Whether the creator's followers are told of the show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tell_followers: Option<bool>,
}

impl Announcement {
    /// Whether it tells nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is settled before anybody watches: who may, and who is told.
    #[must_use]
    pub fn terms(&self) -> Self {
        let Self { audience, mature, tell_followers, .. } = *self;
        Self { audience, mature, tell_followers, ..Self::default() }
    }

    /// All but the [`terms`](Self::terms): what the show is called.
    #[must_use]
    pub fn words(&self) -> Self {
        Self { audience: None, mature: None, tell_followers: None, ..self.clone() }
    }

    /// Of this, what is another than is `known`. Words that are empty and of which nothing is known stay as they are.
    #[must_use]
    pub fn unlike(self, known: &Self) -> Self {
        let text =
            |now: Option<String>, known: Option<&str>| now.filter(|now| now.as_str() != known.unwrap_or_default());
        Self {
            title: text(self.title, known.title.as_deref()),
            category: text(self.category, known.category.as_deref()),
            tags: self.tags.filter(|tags| tags.as_slice() != known.tags.as_deref().unwrap_or_default()),
            audience: self.audience.filter(|audience| known.audience != Some(*audience)),
            mature: self.mature.filter(|mature| known.mature != Some(*mature)),
            tell_followers: self.tell_followers.filter(|tell| known.tell_followers != Some(*tell)),
        }
    }

    /// What it tells, as the creator knows it.
    pub fn named(&self) -> Vec<String> {
        let all = [
            ("the title", self.title.is_some()),
            ("the category", self.category.is_some()),
            ("the tags", self.tags.is_some()),
            ("who may watch", self.audience.is_some()),
            ("“For adults only”", self.mature.is_some()),
            ("“Tell followers”", self.tell_followers.is_some()),
        ];
        all.into_iter().filter(|(_, is_told)| *is_told).map(|(name, _)| name.to_owned()).collect()
    }

    /// This one, with what is absent as it was `before`.
    #[must_use]
    pub fn after(self, before: Self) -> Self {
        Self {
            title: self.title.or(before.title),
            category: self.category.or(before.category),
            tags: self.tags.or(before.tags),
            audience: self.audience.or(before.audience),
            mature: self.mature.or(before.mature),
            tell_followers: self.tell_followers.or(before.tell_followers),
        }
    }
}

/// Who may find and watch a show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Anybody, and it is listed.
    Public,
    /// Anybody who knows the address.
    Unlisted,
    /// Only the creator.
    Private,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_changed_is_told() {
        let known = Announcement {
            title: Some("Friday".into()),
            tags: Some(vec!["a".into()]),
            audience: Some(Audience::Private),
            mature: Some(true),
            ..Announcement::default()
        };
        assert_eq!(known.clone().unlike(&known), Announcement::default());
        let shown = Announcement {
            title: Some(String::new()),
            category: Some(String::new()),
            tags: Some(Vec::new()),
            audience: Some(Audience::Public),
            mature: Some(true),
            tell_followers: Some(false),
        };
        let told = shown.clone().unlike(&known);
        let emptied = Announcement { title: Some(String::new()), tags: Some(Vec::new()), ..shown.terms() };
        assert_eq!(told, Announcement { mature: None, ..emptied }, "an empty category was never known");
        assert_eq!(shown.clone().unlike(&Announcement::default()), shown.terms(), "what is not known is not emptied");
        assert_eq!(shown.terms().named(), ["who may watch", "“For adults only”", "“Tell followers”"]);
        assert_eq!(shown.words().named(), ["the title", "the category", "the tags"]);
    }
}
