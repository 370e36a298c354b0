//! A source's settings, live: what is set here is seen at once.

pub mod add;
mod browser;
mod capture;
mod form;
mod text;
mod window;

pub use self::add::shared;
pub use self::capture::{LookAgain, options};
pub use self::form::opaque;

use dioxus::prelude::*;
use klieg_studio_model::{Edit, Source};
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Icon, Tone};

use self::form::Form;
use crate::desk::{self, Open};
use crate::dialog::Dialog;
use crate::gesture::use_gesture;
use crate::studio::{STUDIO, edit_as};
use crate::words;

#[component]
pub fn SourceSettings(name: String) -> Element {
    let looked_up = name.clone();
    let source = use_memo(move || STUDIO.read().collection.source(&looked_up).cloned());
    let looked_up = name.clone();
    let trouble = use_memo(move || STUDIO.read().sources.get(&looked_up).and_then(words::source_trouble));
    let gesture = use_gesture();
    let mut wrong = use_signal(|| None::<String>);
    let known = name.clone();
    let change = move |source: Source| {
        let answer = edit_as(Edit::SetSource { name: known.clone(), source }, gesture.number());
        wrong.set(answer.err().map(|why| words::sentence(&why.to_string())));
    };
    let filters = name.clone();
    rsx! {
        Dialog { title: name, onclose: move |()| desk::close(),
            div {
                class: "dialog-body form",
                onpointerdown: move |_| gesture.begin(),
                onfocusin: move |_| gesture.begin(),
                match source() {
                    Some(source) => rsx! {
                        p { class: "soft kind-line",
                            Icon { shape: words::kind(&source).1, size: 16 }
                            {words::kind(&source).0}
                        }
                        if let Some(trouble) = trouble() {
                            Alert { tone: Tone::Warn, "{trouble}" }
                        }
                        Form { source, onchange: change }
                    },
                    None => rsx! {
                        span { class: "skeleton skeleton-line" }
                        span { class: "skeleton skeleton-line" }
                    },
                }
                if let Some(wrong) = wrong() {
                    Alert { tone: Tone::Bad, "{wrong}" }
                }
            }
            footer { class: "dialog-foot",
                button { class: "button button-quiet", onclick: move |_| desk::open(Open::Filters(filters.clone())),
                    Icon { shape: lucide::WAND_SPARKLES, size: 18 }
                    "Filters"
                }
                span { class: "spacer" }
                button { class: "button button-primary", onclick: move |_| desk::close(), "Done" }
            }
        }
    }
}
