//! Hotkeys: what keys do, in the studio's window and, if the creator wants, outside of it.

mod action;
mod keys;

use serde::{Deserialize, Serialize};

use crate::collection::Collection;
use crate::profile::Profile;
use crate::source::Source;
use crate::studio::Studio;

pub use self::action::Action;
pub use self::keys::{Keys, NotKeys};

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

    /// Lets hotkeys follow scenes, sources and groups that got another name. Whether one did.
    pub fn follow(&mut self, before: &Collection, now: &Collection) -> bool {
        let mut followed = false;
        for hotkey in &mut self.hotkeys {
            followed |= hotkey.action.follow(before, now);
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
