//! Log in, and go on to where one wanted to be.

use dioxus::prelude::*;
use dioxus_router::{Link, use_navigator};
use klieg_api::accounts::LogIn as Form;
use klieg_core::CallError;
use klieg_ui::{Alert, Field, Tone};

use super::trouble::words;
use crate::client::{self, VIEWER};
use crate::route::Route;
use crate::{browser, t};

#[component]
pub fn LogIn(next: String) -> Element {
    use_effect(|| browser::set_title(&t!("log-in")));
    let navigator = use_navigator();
    let login = use_signal(String::new);
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
            let form = Form { login: login().trim().to_owned(), password: password() };
            // Once the viewer is known, the effect above leads on.
            if let Err(refused) = client::log_in(form).await {
                error.set(Some(refused));
            }
            busy.set(false);
        });
    };
    rsx! {
        section { class: "narrow",
            h1 { {t!("log-in")} }
            form { class: "form", onsubmit: submit, novalidate: true,
                if let Some(error) = error() {
                    Alert { tone: Tone::Bad, {words(&error)} }
                }
                Field { label: t!("login-field"), name: "username", value: login, autocomplete: "username", required: true }
                Field {
                    label: t!("password"),
                    name: "password",
                    kind: "password",
                    value: password,
                    autocomplete: "current-password",
                    required: true,
                    reveal: (t!("password-show"), t!("password-hide")),
                }
                button { class: "button button-primary button-large", r#type: "submit", "aria-disabled": "{busy()}",
                    if busy() { {t!("logging-in")} } else { {t!("log-in")} }
                }
            }
            p { class: "other",
                {t!("no-account")}
                " "
                Link { class: "text-link", to: Route::SignUp { next }, {t!("sign-up")} }
            }
        }
    }
}

/// Where `next` leads, if that is a page of ours.
pub fn destination(next: &str) -> Route {
    next.parse().ok().filter(|_| next.starts_with('/')).unwrap_or_else(Route::home)
}
