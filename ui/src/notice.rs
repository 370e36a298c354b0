//! What stands where content would: nothing yet, or something failed.

use dioxus::prelude::*;

use crate::Icon;
use crate::icon::lucide;

/// An empty or failed place: what this is for, and the next step as `children`.
#[component]
pub fn Notice(shape: &'static [&'static str], title: String, text: String, children: Element) -> Element {
    rsx! {
        div { class: "notice",
            Icon { shape, size: 32 }
            h2 { "{title}" }
            p { "{text}" }
            div { class: "actions", {children} }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Warn,
    Bad,
}

/// One sentence about how something went or goes; the shape says it without the colour.
#[component]
pub fn Alert(tone: Tone, children: Element) -> Element {
    let (class, shape) = match tone {
        Tone::Good => ("tone-good", lucide::CIRCLE_CHECK),
        Tone::Warn => ("tone-warn", lucide::TRIANGLE_ALERT),
        Tone::Bad => ("tone-bad", lucide::CIRCLE_ALERT),
    };
    rsx! {
        div { class: "alert {class}", role: if tone == Tone::Bad { "alert" } else { "status" },
            Icon { shape }
            div { {children} }
        }
    }
}
