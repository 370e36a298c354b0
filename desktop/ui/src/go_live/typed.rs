//! What was typed and chosen in the form of a show, and told to nobody yet. It waits while the form is closed, for a destination may
//! have to be added first.

use dioxus::prelude::*;
use klieg_studio_model::{Account, Audience};

use crate::studio::STUDIO;

/// With the account whose channel it is about.
static KEPT: GlobalSignal<(Option<Account>, Typed)> = Signal::global(|| (None, Typed::default()));

/// Nothing of what stands there because the server knows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Typed {
    pub title: Option<String>,
    pub category: Option<String>,
    pub tags: Option<String>,
    pub audience: Option<Audience>,
    pub mature: Option<bool>,
    pub tell_followers: Option<bool>,
}

impl Typed {
    /// What the form of the account that is signed in was left with.
    pub fn kept() -> Self {
        let (of, kept) = KEPT.peek().clone();
        if of == STUDIO.peek().account { kept } else { Self::default() }
    }

    pub fn keep(self) {
        let kept = (STUDIO.peek().account.clone(), self);
        if *KEPT.peek() != kept {
            *KEPT.write() = kept;
        }
    }
}

/// It was told.
pub fn forget() {
    *KEPT.write() = (None, Typed::default());
}
