//! The Klieg account, and the keyring that keeps what must not be read.

use dioxus::prelude::*;
use klieg_studio_model::Command;
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Avatar, Icon, Tone};

use crate::desk;
use crate::dialog::Question;
use crate::keyring::KeyringTrouble;
use crate::sign_in::SignIn;
use crate::studio::STUDIO;

#[component]
pub fn AccountPage() -> Element {
    let account = use_memo(|| STUDIO.read().account.clone());
    let has_ended = use_memo(|| STUDIO.read().session_ended);
    let is_open = use_memo(|| STUDIO.read().keyring.is_none());
    let keys = use_memo(|| STUDIO.read().keys.len());
    rsx! {
        h3 { "Account" }
        match account() {
            Some(account) => {
                let (server, at) = (account.server.clone(), account.server.clone());
                rsx! {
                p { class: "lead", "Your channel is a destination, and titles you set here are shown there." }
                div { class: "card destination",
                    Avatar { handle: account.handle.clone(), name: account.handle.clone() }
                    div { class: "destination-words",
                        strong { class: "row-name", "{account.handle}" }
                        p { class: "soft small row-name", "{account.server}" }
                    }
                    button {
                        class: "button button-plain",
                        onclick: move |_| desk::ask(Question {
                            title: "Sign out?".to_owned(),
                            text: format!("You cannot go live on {server} until you sign in again. Your scenes stay."),
                            verb: "Sign out".to_owned(),
                            keep: "Stay signed in",
                            can_undo: false,
                            command: Command::SignOut,
                        }),
                        Icon { shape: lucide::LOG_OUT, size: 18 }
                        "Sign out"
                    }
                }
                if has_ended() {
                    Alert { tone: Tone::Warn, "Your session has ended. Your channel’s stream key is still good." }
                    SignIn { at, onsigned: |()| {} }
                }
                }
            }
            None => rsx! {
                p { class: "lead", "Sign in to a Klieg server and your channel becomes a destination." }
                SignIn { onsigned: |()| {} }
            },
        }
        h3 { class: "second", "Keyring" }
        KeyringTrouble {}
        if is_open() {
            p { class: "key-state tone-good",
                Icon { shape: lucide::KEY_ROUND, size: 16 }
                match keys() {
                    0 => "Ready; it holds no stream key yet.".to_owned(),
                    1 => "Holds 1 stream key. It is in no file of the studio.".to_owned(),
                    more => format!("Holds {more} stream keys. They are in no file of the studio."),
                }
            }
        }
    }
}
