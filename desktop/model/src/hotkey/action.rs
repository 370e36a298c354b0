//! What a hotkey does, and what that comes to in the studio as it is now.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::collection::{Collection, Scene};
use crate::command::{Announcement, Command};
use crate::edit::Edit;
use crate::group::Group;
use crate::sound::Strip;
use crate::source::Source;
use crate::studio::Studio;

/// Muting all microphones is one step of undo, and so is letting them all be heard.
const GESTURE: u32 = u32::MAX;

/// What a hotkey, a button of a panel or a line of the tray's menu does. One that starts, stops, shows or hides does nothing where
/// that is so already.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "does", rename_all = "kebab-case")]
pub enum Action {
    /// Goes live with what viewers were told before, or ends the show.
    Show,
    GoLive,
    EndShow,
    /// Starts the recording, or stops it.
    Record,
    StartRecording,
    StopRecording,
    /// Pauses the recording, or goes on with it.
    Pause,
    /// The recording goes on in another file.
    Split,
    /// Starts the replay buffer, or stops it.
    Replay,
    StartReplay,
    StopReplay,
    SaveReplay,
    Mark,
    Take,
    StudioMode,
    Scene {
        scene: String,
    },
    /// Shows what a scene has of a source, or hides it.
    Item {
        scene: String,
        source: String,
    },
    ShowItem {
        scene: String,
        source: String,
    },
    HideItem {
        scene: String,
        source: String,
    },
    /// Shows a group of items, or hides it.
    Group {
        scene: String,
        group: String,
    },
    ShowGroup {
        scene: String,
        group: String,
    },
    HideGroup {
        scene: String,
        group: String,
    },
    /// Mutes a source, or lets it be heard.
    Mute {
        source: String,
    },
    /// Mutes it, whatever it was.
    Silence {
        source: String,
    },
    Unmute {
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
        let collection = &studio.collection;
        match self {
            Self::PushToTalk { source } => vec![Command::Mute { source: source.clone(), muted: !down }],
            Self::PushToMute { source } => vec![Command::Mute { source: source.clone(), muted: down }],
            _ if !down => Vec::new(),
            // What viewers are told was set in a form, or on the server: it may be newer there than here.
            Self::Show | Self::GoLive if studio.show.is_off() => {
                vec![Command::GoLive { announcement: Announcement::default() }]
            }
            Self::Show | Self::EndShow if !studio.show.is_off() => vec![Command::EndShow],
            Self::Record | Self::StartRecording if studio.recording.is_none() && !studio.recording_begins => {
                vec![Command::StartRecording]
            }
            // A second press too many is none that stops it.
            Self::Record if studio.is_recording_beginning() => Vec::new(),
            Self::Record | Self::StopRecording if studio.recording.is_some() => vec![Command::StopRecording],
            Self::StopRecording if studio.recording_begins => vec![Command::StopRecording],
            Self::Pause if studio.recording.as_ref().is_some_and(|recording| recording.paused) => {
                vec![Command::ResumeRecording]
            }
            Self::Pause => vec![Command::PauseRecording],
            Self::Split => vec![Command::SplitRecording],
            Self::Replay | Self::StartReplay if studio.replay.is_none() => vec![Command::StartReplay],
            Self::Replay | Self::StopReplay if studio.replay.is_some() => vec![Command::StopReplay],
            Self::SaveReplay => vec![Command::SaveReplay],
            Self::Mark => vec![Command::Mark { text: String::new(), ago: 0 }],
            Self::Take => vec![Command::Take],
            Self::StudioMode => vec![Command::StudioMode { on: studio.preview.is_none() }],
            Self::Scene { scene } => vec![Command::ShowScene { scene: scene.clone() }],
            Self::Item { scene, source } => vec![hide(scene, source, is_shown(collection, scene, source))],
            Self::ShowItem { scene, source } => vec![hide(scene, source, false)],
            Self::HideItem { scene, source } => vec![hide(scene, source, true)],
            Self::Group { scene, group } => {
                let known = collection.scene(scene).and_then(|scene| scene.group(group));
                vec![hide_group(collection, scene, group, known.is_some_and(|group| !group.hidden))]
            }
            Self::ShowGroup { scene, group } => vec![hide_group(collection, scene, group, false)],
            Self::HideGroup { scene, group } => vec![hide_group(collection, scene, group, true)],
            Self::Mute { source } => vec![mute(collection, source, !collection.strip(source).muted, None)],
            Self::Silence { source } | Self::Unmute { source } => {
                let muted = matches!(self, Self::Silence { .. });
                // Of one that is gone the studio says so.
                let is_so = collection.source(source).is_some() && collection.strip(source).muted == muted;
                if is_so { Vec::new() } else { vec![mute(collection, source, muted, None)] }
            }
            Self::Play { source } => vec![Command::Seek { source: source.clone(), position: 0 }],
            Self::MuteMicrophones => {
                let muted = !studio.are_microphones_muted();
                studio.microphones().map(|source| mute(collection, source, muted, Some(GESTURE))).collect()
            }
            Self::Show
            | Self::GoLive
            | Self::EndShow
            | Self::Record
            | Self::StartRecording
            | Self::StopRecording
            | Self::Replay
            | Self::StartReplay
            | Self::StopReplay => Vec::new(),
        }
    }

    /// The scene that it needs in the collection.
    fn scene_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Scene { scene }
            | Self::Item { scene, .. }
            | Self::ShowItem { scene, .. }
            | Self::HideItem { scene, .. }
            | Self::Group { scene, .. }
            | Self::ShowGroup { scene, .. }
            | Self::HideGroup { scene, .. } => Some(scene),
            _ => None,
        }
    }

    /// The source that it needs.
    fn source_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Item { source, .. }
            | Self::ShowItem { source, .. }
            | Self::HideItem { source, .. }
            | Self::Mute { source }
            | Self::Silence { source }
            | Self::Unmute { source }
            | Self::PushToTalk { source }
            | Self::PushToMute { source }
            | Self::Play { source } => Some(source),
            _ => None,
        }
    }

    /// The group that it needs, behind its scene.
    fn group_mut(&mut self) -> Option<(&str, &mut String)> {
        match self {
            Self::Group { scene, group } | Self::ShowGroup { scene, group } | Self::HideGroup { scene, group } => {
                Some((scene.as_str(), group))
            }
            _ => None,
        }
    }

    /// Takes the new names of what it goes by. Whether there were any.
    pub(super) fn follow(&mut self, before: &Collection, now: &Collection) -> bool {
        // Looked for while its scene has the name of before.
        let group = self.group_mut().is_some_and(|(scene, group)| {
            let scenes = (before.scene(scene), before.follow(scene, now));
            let (Some(was), Some(is)) = scenes else { return false };
            before.scenes.len() == now.scenes.len() && renamed(group, &group_names(was), &group_names(is))
        });
        let scene = self.scene_mut().is_some_and(|scene| renamed(scene, &scene_names(before), &scene_names(now)));
        let source = self.source_mut().is_some_and(|source| renamed(source, &source_names(before), &source_names(now)));
        group || scene || source
    }

    /// Whether a collection has what it needs.
    pub fn is_in(&self, collection: &Collection) -> bool {
        match self {
            Self::Scene { scene } => collection.scene(scene).is_some(),
            Self::Item { scene, source } | Self::ShowItem { scene, source } | Self::HideItem { scene, source } => {
                let scene = collection.scene(scene);
                scene.is_some_and(|scene| scene.items.iter().any(|item| item.source == *source))
            }
            Self::Group { scene, group } | Self::ShowGroup { scene, group } | Self::HideGroup { scene, group } => {
                collection.scene(scene).is_some_and(|scene| scene.group(group).is_some())
            }
            Self::Mute { source }
            | Self::Silence { source }
            | Self::Unmute { source }
            | Self::PushToTalk { source }
            | Self::PushToMute { source } => collection.source(source).is_some(),
            Self::Play { source } => matches!(collection.source(source), Some(Source::File(_))),
            _ => true,
        }
    }
}

fn mute(collection: &Collection, source: &str, muted: bool, gesture: Option<u32>) -> Command {
    let strip = Strip { muted, ..collection.strip(source) };
    Command::Edit { edit: Edit::SetStrip { source: source.to_owned(), strip }, gesture }
}

fn hide(scene: &str, source: &str, hidden: bool) -> Command {
    let edit = Edit::SetHidden { scene: scene.to_owned(), source: source.to_owned(), hidden };
    Command::Edit { edit, gesture: None }
}

fn hide_group(collection: &Collection, scene: &str, name: &str, hidden: bool) -> Command {
    let known = collection.scene(scene).and_then(|scene| scene.group(name)).cloned();
    // Of one that is gone the studio says so.
    let group = Group { hidden, ..known.unwrap_or_else(|| Group::new(name)) };
    let edit = Edit::SetGroup { scene: scene.to_owned(), name: name.to_owned(), group };
    Command::Edit { edit, gesture: None }
}

fn is_shown(collection: &Collection, scene: &str, source: &str) -> bool {
    let is_it = |scene: &Scene| scene.items.iter().any(|item| item.source == source && !item.hidden);
    collection.scene(scene).is_some_and(is_it)
}

fn scene_names(collection: &Collection) -> Vec<&str> {
    collection.scenes.iter().map(|scene| scene.name.as_str()).collect()
}

fn source_names(collection: &Collection) -> Vec<&str> {
    collection.sources.iter().map(Source::name).collect()
}

fn group_names(scene: &Scene) -> Vec<&str> {
    scene.groups.iter().map(|group| group.name.as_str()).collect()
}

/// Gives a name the one that stands in its place `now`, if that is new there. Whether it was.
fn renamed(name: &mut String, before: &[&str], now: &[&str]) -> bool {
    let place = before.iter().position(|known| *known == name.as_str());
    let new = place.and_then(|place| now.get(place)).filter(|new| !before.contains(new));
    match new {
        Some(new) if before.len() == now.len() => {
            (*new).clone_into(name);
            true
        }
        _ => false,
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Show => f.write_str("Go live or end the show"),
            Self::GoLive => f.write_str("Go live"),
            Self::EndShow => f.write_str("End the show"),
            Self::Record => f.write_str("Start or stop the recording"),
            Self::StartRecording => f.write_str("Start the recording"),
            Self::StopRecording => f.write_str("Stop the recording"),
            Self::Pause => f.write_str("Pause or resume the recording"),
            Self::Split => f.write_str("Go on recording in another file"),
            Self::Replay => f.write_str("Start or stop the replay buffer"),
            Self::StartReplay => f.write_str("Start the replay buffer"),
            Self::StopReplay => f.write_str("Stop the replay buffer"),
            Self::SaveReplay => f.write_str("Save the replay"),
            Self::Mark => f.write_str("Set a marker"),
            Self::Take => f.write_str("Take the preview"),
            Self::StudioMode => f.write_str("Studio mode"),
            Self::Scene { scene } => write!(f, "Scene “{scene}”"),
            Self::Item { scene, source } => write!(f, "Show or hide “{source}” in “{scene}”"),
            Self::ShowItem { scene, source } => write!(f, "Show “{source}” in “{scene}”"),
            Self::HideItem { scene, source } => write!(f, "Hide “{source}” in “{scene}”"),
            Self::Group { scene, group } => write!(f, "Show or hide the group “{group}” in “{scene}”"),
            Self::ShowGroup { scene, group } => write!(f, "Show the group “{group}” in “{scene}”"),
            Self::HideGroup { scene, group } => write!(f, "Hide the group “{group}” in “{scene}”"),
            Self::Mute { source } => write!(f, "Mute or unmute “{source}”"),
            Self::Silence { source } => write!(f, "Mute “{source}”"),
            Self::Unmute { source } => write!(f, "Unmute “{source}”"),
            Self::PushToTalk { source } => write!(f, "Push to talk: “{source}”"),
            Self::PushToMute { source } => write!(f, "Push to mute: “{source}”"),
            Self::Play { source } => write!(f, "Play “{source}” from the beginning"),
            Self::MuteMicrophones => f.write_str("Mute all microphones"),
        }
    }
}
