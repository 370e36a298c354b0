//! Whether other programs of this computer may control the studio.

use dioxus::prelude::*;
use klieg_studio_model::Command;
use klieg_ui::Switch;

use crate::studio::{STUDIO, act};

#[component]
pub fn Remote() -> Element {
    let is_on = use_memo(|| STUDIO.read().profile.remote);
    let address = use_memo(|| STUDIO.read().remote.clone());
    rsx! {
        h3 { "Remote control" }
        p { class: "lead", "A deck of buttons, a script or this window in a browser can do all that you can do here. Only programs of this computer reach it." }
        Switch {
            label: "Let other programs control the studio",
            name: "remote",
            on: is_on(),
            hint: "Whoever has the address can go live in your name",
            onset: |on| act(Command::Remote { on }),
        }
        match (is_on(), address()) {
            (true, Some(address)) => rsx! {
                div { class: "field",
                    span { class: "legend", "Address" }
                    code { class: "address", "{address}" }
                }
            },
            (true, None) => rsx! {
                p { class: "soft small", "It is being opened; its address stands here in a moment." }
            },
            (false, _) => rsx! {},
        }
    }
}
