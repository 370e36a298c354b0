//! Whether other programs of this computer may control the studio.

use dioxus::prelude::*;
use klieg_studio_model::Command;
use klieg_ui::icon::lucide;
use klieg_ui::{Icon, Switch};

use crate::studio::{STUDIO, act};

#[component]
pub fn Remote() -> Element {
    let is_on = use_memo(|| STUDIO.read().profile.remote);
    let address = use_memo(|| STUDIO.read().remote.clone());
    // It is a key, and this window may be in the show.
    let mut is_shown = use_signal(|| false);
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
                    if is_shown() {
                        code { class: "address", "{address}" }
                    }
                    button { class: "text-button", r#type: "button", onclick: move |_| is_shown.toggle(),
                        Icon { shape: if is_shown() { lucide::EYE_OFF } else { lucide::EYE }, size: 16 }
                        if is_shown() {
                            "Hide the address"
                        } else {
                            "Show the address"
                        }
                    }
                    p { class: "field-hint", "Keep it out of your show: it is as good as sitting here." }
                }
            },
            (true, None) => rsx! {
                p { class: "soft small", "It is being opened; its address stands here in a moment." }
            },
            (false, _) => rsx! {},
        }
    }
}
