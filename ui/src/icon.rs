//! Outline icons.

use dioxus::prelude::*;

pub mod lucide;

/// An icon beside a label, or inside a control that has one: to a screen reader it is not there.
#[component]
pub fn Icon(
    /// One of [`lucide`]'s.
    shape: &'static [&'static str],
    /// Pixels.
    #[props(default = 20)]
    size: u32,
) -> Element {
    rsx! {
        svg {
            class: "icon",
            view_box: "0 0 24 24",
            width: "{size}",
            height: "{size}",
            "aria-hidden": "true",
            for path in shape {
                path { d: *path }
            }
        }
    }
}
