//! A link to sign in that was opened: the creator is asked, because any page can open one.

use dioxus::prelude::*;
use klieg_studio_model::Command;
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Icon, Tone};

use crate::dialog::Dialog;
use crate::studio::{STUDIO, act, ask, say};

#[component]
pub fn Offered() -> Element {
    let offer = use_memo(|| STUDIO.read().offer.clone());
    let account = use_memo(|| STUDIO.read().account.clone());
    let Some(offer) = offer() else { return rsx! {} };
    let host = offer.server.split("://").last().unwrap_or_default().to_owned();
    let is_open = offer.server.starts_with("http://") && !is_here(&host);
    let leave = || act(Command::AnswerOffer { accept: false });
    let name = host.clone();
    let accept = move |_| {
        let name = name.clone();
        spawn(async move {
            match ask(Command::AnswerOffer { accept: true }).await {
                Ok(()) => say(format!("You are signed in to {name}. Your channel is a destination now.")),
                Err(why) => say(why),
            }
        });
    };
    let on_air = use_memo(|| !STUDIO.read().show.is_off());
    rsx! {
        Dialog { key: "{offer.server}", title: "Sign in to {host}?", onclose: move |()| leave(),
            div { class: "dialog-body",
                p { "A page in your browser asks the studio to sign in to " strong { "{offer.server}" } ". Do so only if you just pressed “Open in Klieg Studio” there." }
                if let Some(account) = account() {
                    p { "You are signed in to {account.server} as {account.handle}; that session ends." }
                }
                if on_air() {
                    Alert { tone: Tone::Warn, "End the show first: signing in changes where it goes." }
                }
                if is_open {
                    Alert { tone: Tone::Warn, "The connection to this server is not encrypted." }
                }
            }
            footer { class: "dialog-foot",
                button { class: "button button-quiet", onclick: move |_| leave(), "Not now" }
                button { class: "button button-primary", disabled: on_air(), onclick: accept,
                    Icon { shape: lucide::LOG_IN, size: 18 }
                    "Sign in"
                }
            }
        }
    }
}

fn is_here(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}
