//! What is typed about destinations and not saved yet. It stays when the form is left, for as long as the window is open.

use dioxus::prelude::*;
use klieg_studio_model::{Destination, DestinationKind, VideoSettings};

use crate::studio::STUDIO;

/// The one that was typed at last stands at the end.
static DRAFTS: GlobalSignal<Vec<Draft>> = Signal::global(Vec::new);

/// What stands in the fields of a form. With its key, so it is never printed.
#[derive(Clone, PartialEq)]
pub struct Typed {
    pub name: String,
    pub url: String,
    pub kind: DestinationKind,
    pub layers: u8,
    pub own: Option<VideoSettings>,
    pub key: String,
    /// Whether the key in the keyring is to be deleted.
    pub forgets: bool,
}

struct Draft {
    profile: String,
    /// The destination's `id`; none for one that is added.
    of: Option<String>,
    /// What was saved when it was typed: what is set elsewhere since is newer.
    saved: Typed,
    typed: Typed,
}

impl Draft {
    fn is_of(&self, known: Option<&Destination>) -> bool {
        self.of.as_deref() == known.map(|known| known.id.as_str()) && self.profile == STUDIO.peek().profile.name
    }

    /// Whether it begins with what is saved now.
    fn holds(&self, known: Option<&Destination>) -> bool {
        self.is_of(known) && self.saved == Typed::saved(known)
    }
}

impl Typed {
    fn saved(known: Option<&Destination>) -> Self {
        Self {
            name: known.map(|known| known.name.clone()).unwrap_or_default(),
            url: known.map(|known| known.url.clone()).unwrap_or_default(),
            kind: known.map_or(DestinationKind::Whip, |known| known.kind),
            layers: known.map_or(1, |known| known.layers),
            own: known.and_then(|known| known.video.clone()),
            key: String::new(),
            forgets: false,
        }
    }

    /// What the form of a destination, or of a new one, begins with.
    pub fn of(known: Option<&Destination>) -> Self {
        let drafted = DRAFTS.peek().iter().find(|draft| draft.holds(known)).map(|draft| draft.typed.clone());
        drafted.unwrap_or_else(|| Self::saved(known))
    }

    /// Keeps it until it is saved or called off, if it is not what is saved.
    pub fn keep(self, known: Option<&Destination>) {
        let saved = Self::saved(known);
        let is_kept = DRAFTS.peek().iter().any(|draft| draft.holds(known) && draft.typed == self);
        if self == saved {
            forget(known);
        } else if !is_kept {
            let draft = Draft {
                profile: STUDIO.peek().profile.name.clone(),
                of: known.map(|known| known.id.clone()),
                saved,
                typed: self,
            };
            let mut drafts = DRAFTS.write();
            drafts.retain(|draft| !draft.is_of(known));
            drafts.push(draft);
        }
    }
}

pub fn forget(known: Option<&Destination>) {
    if DRAFTS.peek().iter().any(|draft| draft.is_of(known)) {
        DRAFTS.write().retain(|draft| !draft.is_of(known));
    }
}

/// Whose forms were left with something typed in them, in this profile: ids, and none for one that is added.
pub fn unsaved() -> Vec<Option<String>> {
    let profile = &STUDIO.read().profile;
    let drafts = DRAFTS.read();
    let here = drafts.iter().filter(|draft| {
        let known = draft.of.as_ref().map(|id| profile.destination(id));
        // One that has gone leaves nothing to change.
        known.is_none_or(|known| known.is_some() && draft.holds(known))
    });
    here.filter(|draft| draft.profile == profile.name).map(|draft| draft.of.clone()).collect()
}
