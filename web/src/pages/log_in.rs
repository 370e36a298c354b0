//! Log in, and go on to where one wanted to be.

use dioxus::prelude::*;
use dioxus_router::{Link, use_navigator};
use klieg_api::accounts::LogIn as Entry;
use klieg_ui::Field;

use super::form::use_form;
use crate::client::{self, VIEWER};
use crate::route::Route;
use crate::{browser, t};

#[component]
pub fn LogIn(next: String) -> Element {
    use_effect(|| browser::set_title(&t!("log-in")));
    use_leading_on(&next);
    let form = use_form();
    let login = use_signal(String::new);
    let password = use_signal(String::new);
    let submit = move |event: FormEvent| {
        event.prevent_default();
        let entry = Entry { login: login().trim().to_owned(), password: password() };
        form.send(client::log_in(entry), |()| {});
    };
    rsx! {
        section { class: "narrow",
            h1 { {t!("log-in")} }
            form { class: "form", onsubmit: submit, novalidate: true,
                {form.alert()}
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
                {form.button("button-primary button-large", t!("log-in"), t!("logging-in"))}
            }
            p { class: "other",
                {t!("no-account")}
                " "
                Link { class: "text-link", to: Route::SignUp { next }, {t!("sign-up")} }
            }
        }
    }
}

/// Goes on to `next` once the viewer is known, if that is a page of ours; else home.
pub fn use_leading_on(next: &str) {
    let navigator = use_navigator();
    let to: Route = next.parse().ok().filter(|_| next.starts_with('/')).unwrap_or_else(Route::home);
    use_effect(move || {
        if VIEWER.read().me().is_some() {
            navigator.replace(to.clone());
        }
    });
}
