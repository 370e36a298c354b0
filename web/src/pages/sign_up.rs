//! Sign up: a handle, an address, a password.

use dioxus::prelude::*;
use dioxus_router::{Link, use_navigator};
use klieg_api::Handle;
use klieg_api::accounts::NewAccount;
use klieg_api::handle::InvalidHandle;
use klieg_core::CallError;
use klieg_ui::{Alert, Field, Tone};

use super::log_in::destination;
use super::trouble::words;
use crate::client::{self, VIEWER};
use crate::route::Route;
use crate::{browser, t};

#[component]
pub fn SignUp(next: String) -> Element {
    use_effect(|| browser::set_title(&t!("sign-up")));
    let navigator = use_navigator();
    let handle = use_signal(String::new);
    let email = use_signal(String::new);
    let password = use_signal(String::new);
    let mut busy = use_signal(|| false);
    let mut error = use_signal(|| None::<CallError>);
    let to = destination(&next);
    use_effect(move || {
        if VIEWER.read().me().is_some() {
            navigator.replace(to.clone());
        }
    });
    let submit = move |event: FormEvent| {
        event.prevent_default();
        if busy() {
            return;
        }
        busy.set(true);
        spawn(async move {
            let account = NewAccount {
                handle: handle().trim().to_owned(),
                email: email().trim().to_owned(),
                password: password(),
            };
            // Once the viewer is known, the effect above leads on.
            if let Err(refused) = client::sign_up(account).await {
                error.set(Some(refused));
            }
            busy.set(false);
        });
    };
    let refused = error();
    let wrong = |field: &str| refused.as_ref().and_then(|error| error.field(field)).map(str::to_owned);
    let has_fields = ["handle", "email", "password"].into_iter().any(|field| wrong(field).is_some());
    rsx! {
        section { class: "narrow",
            h1 { {t!("sign-up")} }
            p { class: "soft", {t!("sign-up-why")} }
            form { class: "form", onsubmit: submit, novalidate: true,
                if let Some(error) = refused.clone().filter(|_| !has_fields) {
                    Alert { tone: Tone::Bad, {words(&error)} }
                }
                Field {
                    label: t!("handle"),
                    name: "handle",
                    value: handle,
                    autocomplete: "username",
                    required: true,
                    max: 25,
                    hint: hint(&handle.read()),
                    error: wrong("handle").or_else(|| early(&handle.read())),
                }
                Field {
                    label: t!("email"),
                    name: "email",
                    kind: "email",
                    value: email,
                    autocomplete: "email",
                    required: true,
                    error: wrong("email"),
                }
                Field {
                    label: t!("password"),
                    name: "password",
                    kind: "password",
                    value: password,
                    autocomplete: "new-password",
                    required: true,
                    hint: t!("password-hint"),
                    error: wrong("password"),
                    reveal: (t!("password-show"), t!("password-hide")),
                }
                button { class: "button button-primary button-large", r#type: "submit", "aria-disabled": "{busy()}",
                    if busy() { {t!("signing-up")} } else { {t!("sign-up")} }
                }
            }
            p { class: "other",
                {t!("have-account")}
                " "
                Link { class: "text-link", to: Route::LogIn { next }, {t!("log-in")} }
            }
        }
    }
}

fn hint(handle: &str) -> String {
    match handle.parse::<Handle>() {
        Ok(handle) => t!("handle-address", "address" => format!("{}/{handle}", browser::origin())),
        Err(_) => t!("handle-hint"),
    }
}

/// What is wrong with a handle while it is typed; a short one is not finished yet.
fn early(handle: &str) -> Option<String> {
    match handle.parse::<Handle>() {
        Err(InvalidHandle::Characters) if !handle.is_empty() => Some(t!("handle-characters")),
        Err(InvalidHandle::Reserved) => Some(t!("handle-reserved")),
        Err(_) | Ok(_) => None,
    }
}
