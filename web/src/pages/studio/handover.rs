//! Opens Klieg Studio on this computer, signed in to this server.

use dioxus::prelude::*;
use klieg_api::accounts::SignInCode;
use klieg_core::calls;
use klieg_ui::icon::lucide;
use klieg_ui::{Icon, use_toasts};

use crate::pages::say;
use crate::pages::trouble::words;
use crate::{browser, client, t};

#[component]
pub fn OpenInStudio() -> Element {
    let toasts = use_toasts();
    let mut busy = use_signal(|| false);
    let open = move |_| {
        if busy() {
            return;
        }
        busy.set(true);
        spawn(async move {
            match client::send::<SignInCode>(calls::make_sign_in_code()).await {
                Ok(made) => {
                    browser::go(&link(&browser::origin(), &made.code));
                    // Whether a program took the link, no browser tells.
                    say(toasts, t!("open-in-studio-next"));
                }
                Err(error) => say(toasts, words(&error)),
            }
            busy.set(false);
        });
    };
    rsx! {
        button {
            class: "button button-plain",
            "data-testid": "open-in-studio",
            title: t!("open-in-studio-why"),
            "aria-disabled": "{busy()}",
            onclick: open,
            Icon { shape: lucide::CLAPPERBOARD }
            {t!("open-in-studio")}
        }
    }
}

/// The code is good once and for some minutes, so that it may stand where links are written down; a token could not.
fn link(server: &str, code: &str) -> String {
    let escaped = js_sys::encode_uri_component(server).as_string().unwrap_or_default();
    format!("klieg-studio://sign-in?server={escaped}&code={code}")
}
