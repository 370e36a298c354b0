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
            hint: "Whoever has its token can go live in your name",
            onset: |on| act(Command::Remote { on }),
        }
        match (is_on(), address()) {
            (is_on, Some(address)) => rsx! {
                div { class: "field",
                    span { class: "legend", "Address" }
                    code { class: "address", "{address}" }
                    p { class: "field-hint", "It is the same at every start, unless another program has its port by then: you are told." }
                    p { class: "field-hint", "The token that goes with it is in the file remote.json in the studio’s state folder. Keep it to yourself: it is as good as sitting here." }
                    if !is_on {
                        p { class: "field-hint", "The studio was started with remote control: until you close it, it is on whatever the switch says." }
                    }
                }
            },
            (true, None) => rsx! {
                p { class: "soft small", "It is being opened; its address stands here in a moment." }
            },
            (false, None) => rsx! {},
        }
    }
}
