//! The mixer: a strip for every source that has sound, and the mix of them all.

pub mod meter;
mod strip;

use dioxus::prelude::*;
use klieg_studio_model::Source;

use self::meter::{Channel, Meter};
use self::strip::StripView;
use crate::studio::{STUDIO, edited};

#[component]
pub fn Mixer() -> Element {
    // Those of the edited scene first, then those heard in others.
    let sources = use_memo(|| {
        let studio = STUDIO.read();
        let scene = studio.collection.scene(&edited(&studio));
        let stands = |name: &str| scene.is_some_and(|scene| scene.items.iter().any(|item| item.source == name));
        let is_here = |name: &str| stands(name) || studio.collection.is_everywhere(name);
        let sounding = studio.collection.sources.iter().filter(|source| source.has_sound());
        let mut all: Vec<(String, bool)> =
            sounding.map(Source::name).map(|name| (name.to_owned(), is_here(name))).collect();
        all.sort_by_key(|(_, here)| !here);
        all
    });
    rsx! {
        section { class: "mixer", "aria-labelledby": "mixer-title",
            h2 { id: "mixer-title", class: "visually-hidden", "Mixer" }
            div { class: "strip strip-mix",
                div { class: "strip-head",
                    span { class: "strip-name", "Mix" }
                    span { class: "soft small", "what viewers hear" }
                }
                Meter { channel: Channel::Mix }
            }
            for (source , is_here) in sources() {
                StripView { key: "{source}", source, is_here }
            }
            if sources.read().is_empty() {
                p { class: "mixer-empty soft", "Nothing has sound yet. Add a microphone, music or a video and its fader stands here." }
            }
        }
    }
}
