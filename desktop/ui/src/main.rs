//! The studio's window: what creators see and press.
//!
//! Shows the studio's state ([`studio`]) and asks it for changes through the [`bridge`]. It holds no rules of its own: those
//! are in `klieg-studio-model`, and what one sees or hears is made by `klieg-engine`.

#![expect(unreachable_pub, reason = "in a binary, `pub` says: used beyond its module")]
#![expect(unused_qualifications, reason = "rsx! writes paths in full")]

mod activity;
mod audience;
mod bar;
mod bridge;
mod browser;
mod chat;
mod crash;
mod desk;
mod destination;
mod dialog;
mod docks;
mod filters;
mod focus;
mod gesture;
mod go_live;
mod hotkeys;
mod items;
mod keyring;
mod keys;
mod marker;
mod menu;
mod mixer;
mod name;
mod offer;
mod remove;
mod reorder;
mod scenes;
mod settings;
mod sign_in;
mod source;
mod stage;
mod studio;
mod tape;
mod transform;
mod transition;
mod upload;
mod welcome;
mod window;
mod words;

use dioxus::prelude::*;
use klieg_ui::Alert;

use crate::studio::{READY, Ready, STUDIO};

fn main() {
    std::panic::set_hook(Box::new(|info| browser::report(&info.to_string())));
    dioxus_web::launch::launch_cfg(App, dioxus_web::Config::new());
}

#[component]
fn App() -> Element {
    let toasts = klieg_ui::use_toasts_provider();
    use_future(move || studio::run(toasts));
    use_hook(keys::listen);
    use_hook(hotkeys::listen);
    let welcomed = use_memo(|| STUDIO.read().profile.welcomed);
    rsx! {
        match READY() {
            Ready::Waiting => rsx! {
                window::Skeleton {}
            },
            Ready::Failed(why) => rsx! {
                div { class: "did-not-start",
                    Alert { tone: klieg_ui::Tone::Bad, "{why}" }
                    button { class: "button button-plain", onclick: move |_| studio::refresh(), "Try again" }
                }
            },
            Ready::Here if welcomed() => rsx! {
                window::Window {}
            },
            Ready::Here => rsx! {
                welcome::Welcome {}
            },
        }
        desk::Dialogs {}
        offer::Offered {}
        crash::Crashed {}
        {toasts.view()}
    }
}
