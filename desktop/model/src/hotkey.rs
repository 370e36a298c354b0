//! Hotkeys: what keys do, in the studio's window and, if the creator wants, outside of it.

mod keys;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::collection::Collection;
use crate::command::{Announcement, Command};
use crate::edit::Edit;
use crate::profile::Profile;
use crate::sound::Strip;
use crate::source::Source;
use crate::studio::Studio;

pub use self::keys::{Keys, NotKeys};

/// Muting all microphones is one step of undo, and so is letting them all be heard.
const GESTURE: u32 = u32::MAX;

/// What a hotkey, a button of a panel or a line of the tray's menu does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "does", rename_all = "kebab-case")]
pub enum Action {
    /// Goes live with what viewers were told before, or ends the show.
    Show,
    /// Starts the recording, or stops it.
    Record,
    /// Pauses the recording, or goes on with it.
    Pause,
    SaveReplay,
    Mark,
    Take,
    StudioMode,
    Scene {
        scene: String,
    },
    Mute {
        source: String,
    },
    /// Heard while the key is down.
    PushToTalk {
        source: String,
    },
    /// Not heard while the key is down.
    PushToMute {
        source: String,
    },
    /// Lets a media file play from its beginning.
    Play {
        source: String,
    },
    /// Mutes all microphones, or if they all are muted lets them all be heard.
    MuteMicrophones,
}

impl Action {
    /// Whether it ends when the key comes up again.
    pub const fn is_held(&self) -> bool {
        matches!(self, Self::PushToTalk { .. } | Self::PushToMute { .. })
    }

    /// What it comes to now, when the key goes `down` or comes up. Nothing where nothing is to be done.
    pub fn commands(&self, studio: &Studio, down: bool) -> Vec<Command> {
        let mute = |source: &String, muted: bool, gesture: Option<u32>| {
            let strip = studio.collection.strip(source);
            let strip = Strip { muted, ..strip };
            Command::Edit { edit: Edit::SetStrip { source: source.clone(), strip }, gesture }
        };
        match self {
            Self::PushToTalk { source } => vec![Command::Mute { source: source.clone(), muted: !down }],
            Self::PushToMute { source } => vec![Command::Mute { source: source.clone(), muted: down }],
            _ if !down => Vec::new(),
            // What viewers are told was set in a form, or on the server: it may be newer there than here.
            Self::Show if studio.show.is_off() => vec![Command::GoLive { announcement: Announcement::default() }],
            Self::Show => vec![Command::EndShow],
            Self::Record if studio.recording.is_none() => vec![Command::StartRecording],
            Self::Record => vec![Command::StopRecording],
            Self::Pause if studio.recording.as_ref().is_some_and(|recording| recording.paused) => {
                vec![Command::ResumeRecording]
            }
            Self::Pause => vec![Command::PauseRecording],
            Self::SaveReplay => vec![Command::SaveReplay],
            Self::Mark => vec![Command::Mark { text: String::new(), ago: 0 }],
            Self::Take => vec![Command::Take],
            Self::StudioMode => vec![Command::StudioMode { on: studio.preview.is_none() }],
            Self::Scene { scene } => vec![Command::ShowScene { scene: scene.clone() }],
            Self::Mute { source } => vec![mute(source, !studio.collection.strip(source).muted, None)],
            Self::Play { source } => vec![Command::Seek { source: source.clone(), position: 0 }],
            Self::MuteMicrophones => {
                let muted = !studio.are_microphones_muted();
                studio.microphones().map(|source| mute(&source.to_owned(), muted, Some(GESTURE))).collect()
            }
        }
    }

    /// The scene or the source that it needs in the collection.
    fn of_mut(&mut self) -> Option<(Of, &mut String)> {
        match self {
            Self::Scene { scene } => Some((Of::Scene, scene)),
            Self::Mute { source }
            | Self::PushToTalk { source }
            | Self::PushToMute { source }
            | Self::Play { source } => Some((Of::Source, source)),
            _ => None,
        }
    }

    /// Whether a collection has what it needs.
    pub fn is_in(&self, collection: &Collection) -> bool {
        match self {
            Self::Scene { scene } => collection.scene(scene).is_some(),
            Self::Mute { source } | Self::PushToTalk { source } | Self::PushToMute { source } => {
                collection.source(source).is_some()
            }
            Self::Play { source } => matches!(collection.source(source), Some(Source::File(_))),
            _ => true,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Scene,
    Source,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Show => f.write_str("Go live or end the show"),
            Self::Record => f.write_str("Start or stop the recording"),
            Self::Pause => f.write_str("Pause or resume the recording"),
            Self::SaveReplay => f.write_str("Save the replay"),
            Self::Mark => f.write_str("Set a marker"),
            Self::Take => f.write_str("Take the preview"),
            Self::StudioMode => f.write_str("Studio mode"),
            Self::Scene { scene } => write!(f, "Scene “{scene}”"),
            Self::Mute { source } => write!(f, "Mute “{source}”"),
            Self::PushToTalk { source } => write!(f, "Push to talk: “{source}”"),
            Self::PushToMute { source } => write!(f, "Push to mute: “{source}”"),
            Self::Play { source } => write!(f, "Play “{source}” from the beginning"),
            Self::MuteMicrophones => f.write_str("Mute all microphones"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hotkey {
    pub keys: Keys,
    /// Whether they work outside the studio's window too, where the desktop lets them.
    #[serde(default)]
    pub outside: bool,
    #[serde(flatten)]
    pub action: Action,
}

/// Which hotkeys work outside the window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outside {
    /// Why none does, in a sentence, if this desktop lets none.
    pub problem: Option<String>,
    /// Those that another program has taken.
    pub taken: Vec<Keys>,
}

impl Profile {
    pub fn hotkey(&self, action: &Action) -> Option<&Hotkey> {
        self.hotkeys.iter().find(|known| known.action == *action)
    }

    /// Gives an action other keys, or none. The error is a sentence, and nothing is changed then.
    pub fn set_hotkey(&mut self, action: Action, keys: Option<Keys>, outside: bool) -> Result<(), String> {
        if let Some(keys) = &keys {
            if let Some(problem) = keys.problem(outside) {
                return Err(problem);
            }
            if let Some(other) = self.hotkeys.iter().find(|known| known.keys == *keys && known.action != action) {
                return Err(format!("{keys} is taken by “{}”; give that other keys first", other.action));
            }
        }
        self.hotkeys.retain(|known| known.action != action);
        self.hotkeys.extend(keys.map(|keys| Hotkey { keys, outside, action }));
        Ok(())
    }

    /// Lets hotkeys follow scenes and sources that got another name. Whether one did.
    pub fn follow(&mut self, before: &Collection, now: &Collection) -> bool {
        let mut followed = false;
        for hotkey in &mut self.hotkeys {
            let Some((of, name)) = hotkey.action.of_mut() else { continue };
            let (before, now): (Vec<&str>, Vec<&str>) = match of {
                Of::Scene => (
                    before.scenes.iter().map(|scene| scene.name.as_str()).collect(),
                    now.scenes.iter().map(|scene| scene.name.as_str()).collect(),
                ),
                Of::Source => {
                    (before.sources.iter().map(Source::name).collect(), now.sources.iter().map(Source::name).collect())
                }
            };
            let place = before.iter().position(|known| known == name);
            let renamed = place.and_then(|place| now.get(place)).filter(|new| !before.contains(new));
            if let Some(new) = renamed
                && before.len() == now.len()
            {
                (*new).clone_into(name);
                followed = true;
            }
        }
        followed
    }
}

impl Studio {
    pub(crate) fn microphones(&self) -> impl Iterator<Item = &str> {
        // The desktop's sound comes the same way and is none.
        let is_one = |source: &&Source| matches!(source, Source::Microphone(microphone) if !microphone.is_desktop());
        self.collection.sources.iter().filter(is_one).map(Source::name)
    }

    pub fn has_microphones(&self) -> bool {
        self.microphones().next().is_some()
    }

    /// Whether there are microphones and viewers hear none of them.
    pub fn are_microphones_muted(&self) -> bool {
        self.has_microphones() && self.microphones().all(|source| self.collection.strip(source).muted)
    }
}
