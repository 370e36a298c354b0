//! Sign up: a handle, an address, a password.

use dioxus::prelude::*;
use dioxus_router::Link;
use klieg_api::Handle;
use klieg_api::accounts::NewAccount;
use klieg_api::handle::InvalidHandle;
use klieg_ui::Field;

use super::form::use_form;
use super::log_in::use_leading_on;
use crate::client;
use crate::route::Route;
use crate::{browser, t};

#[component]
pub fn SignUp(next: String) -> Element {
    use_effect(|| browser::set_title(&t!("sign-up")));
    use_leading_on(&next);
    let form = use_form();
    let handle = use_signal(String::new);
    let email = use_signal(String::new);
    let password = use_signal(String::new);
    let submit = move |event: FormEvent| {
        event.prevent_default();
        let account =
            NewAccount { handle: handle().trim().to_owned(), email: email().trim().to_owned(), password: password() };
        form.send(client::sign_up(account), |()| {});
    };
    rsx! {
        section { class: "narrow",
            h1 { {t!("sign-up")} }
            p { class: "soft", {t!("sign-up-why")} }
            form { class: "form", onsubmit: submit, novalidate: true,
                {form.alert()}
                Field {
                    label: t!("handle"),
                    name: "handle",
                    value: handle,
                    autocomplete: "username",
                    required: true,
                    max: 25,
                    hint: hint(&handle.read()),
                    error: form.wrong("handle").or_else(|| early(&handle.read())),
                }
                Field {
                    label: t!("email"),
                    name: "email",
                    kind: "email",
                    value: email,
                    autocomplete: "email",
                    required: true,
                    error: form.wrong("email"),
                }
                Field {
                    label: t!("password"),
                    name: "password",
                    kind: "password",
                    value: password,
                    autocomplete: "new-password",
                    required: true,
                    hint: t!("password-hint"),
                    error: form.wrong("password"),
                    reveal: (t!("password-show"), t!("password-hide")),
                }
                {form.button("button-primary button-large", t!("sign-up"), t!("signing-up"))}
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
