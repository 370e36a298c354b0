//! Signing in to a Klieg server; its channel becomes a destination.

use dioxus::prelude::*;
use klieg_studio_model::{Command, Secret};
use klieg_ui::{Alert, Field, Tone};

use crate::studio::{STUDIO, ask};

/// Server and login as they were typed last, which stay when the page is left. The password does not.
static TYPED: GlobalSignal<(String, String)> = Signal::global(|| (String::new(), String::new()));

#[component]
pub fn SignIn(
    /// The server that stands there already.
    #[props(default)]
    at: String,
    onsigned: EventHandler<()>,
) -> Element {
    let server = use_signal(|| if at.is_empty() { TYPED.peek().0.clone() } else { at });
    let login = use_signal(|| TYPED.peek().1.clone());
    use_effect(move || {
        let typed = (server(), login());
        if *TYPED.peek() != typed {
            *TYPED.write() = typed;
        }
    });
    let mut password = use_signal(String::new);
    let mut busy = use_signal(|| false);
    let mut wrong = use_signal(|| None::<String>);
    // It would change where the show goes.
    let on_air = use_memo(|| !STUDIO.read().show.is_off());
    let is_complete = !(server().trim().is_empty() || login().trim().is_empty() || password().is_empty());
    let submit = move |event: FormEvent| {
        event.prevent_default();
        if busy() || on_air() || !is_complete {
            return;
        }
        busy.set(true);
        wrong.set(None);
        spawn(async move {
            let command = Command::SignIn {
                server: address(&server.peek()),
                login: login.peek().trim().to_owned(),
                password: Secret::new(password.peek().clone()),
            };
            let answer = ask(command).await;
            busy.set(false);
            match answer {
                Ok(()) => {
                    password.set(String::new());
                    onsigned.call(());
                }
                Err(why) => wrong.set(Some(why)),
            }
        });
    };
    rsx! {
        form { class: "form", onsubmit: submit,
            Field {
                label: "Server",
                name: "server",
                value: server,
                placeholder: "klieg.example.org",
                autocomplete: "url",
                hint: "The address at which you open your channel in a browser",
            }
            Field { label: "Handle or email address", name: "login", value: login, autocomplete: "username" }
            Field {
                label: "Password",
                name: "password",
                kind: "password",
                value: password,
                autocomplete: "current-password",
                reveal: Some(("Show the password".to_owned(), "Hide the password".to_owned())),
            }
            if let Some(wrong) = wrong() {
                Alert { tone: Tone::Bad, "{wrong}" }
            }
            if on_air() {
                Alert { tone: Tone::Warn, "Sign in after the show: it would change where the show goes." }
            }
            button { class: "button button-primary", r#type: "submit", disabled: busy() || on_air() || !is_complete,
                if busy() {
                    "Signing in"
                } else {
                    "Sign in"
                }
            }
        }
    }
}

/// What is typed as an address: `https://` is understood, but a server on this computer has none.
fn address(typed: &str) -> String {
    with_scheme(typed.trim().trim_end_matches('/'))
}

/// An address with its scheme, where none was typed.
pub fn with_scheme(typed: &str) -> String {
    if typed.contains("://") {
        return typed.to_owned();
    }
    let host = typed.split([':', '/']).next().unwrap_or_default();
    let is_here = host == "localhost" || host.starts_with("127.");
    format!("{}://{typed}", if is_here { "http" } else { "https" })
}
