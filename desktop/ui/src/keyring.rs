//! A keyring that could not be opened: why, what follows, and another try.

use dioxus::prelude::*;
use klieg_studio_model::Command;
use klieg_ui::{Alert, Tone};

use crate::studio::{STUDIO, ask, say};

/// Nothing where the keyring is open.
#[component]
pub fn KeyringTrouble() -> Element {
    let keyring = use_memo(|| STUDIO.read().keyring.clone());
    let mut busy = use_signal(|| false);
    let Some(why) = keyring() else { return rsx! {} };
    let again = move |_| {
        busy.set(true);
        // Not in the queue of commands: it may take as long as it takes to type a password.
        spawn(async move {
            let answer = ask(Command::OpenKeyring).await;
            busy.set(false);
            match answer {
                Ok(()) => say("Your keyring is open."),
                Err(why) => say(why),
            }
        });
    };
    rsx! {
        Alert { tone: Tone::Warn,
            p { "{why}" }
            button { class: "text-button", r#type: "button", disabled: busy(), onclick: again,
                if busy() {
                    "Asking the keyring"
                } else {
                    "Try again"
                }
            }
        }
    }
}
