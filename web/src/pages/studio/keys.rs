//! Stream keys: made here, shown once, revoked here.

use dioxus::prelude::*;
use klieg_api::Page;
use klieg_api::accounts::{NewStreamKey, StreamKey};
use klieg_core::calls;
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Icon, Tone, use_toasts};

use crate::pages::copyable::Copyable;
use crate::pages::say;
use crate::pages::trouble::words;
use crate::{browser, client, i18n, t};

#[component]
pub fn Keys(secret: Signal<Option<String>>) -> Element {
    let mut secret = secret;
    let toasts = use_toasts();
    let mut busy = use_signal(|| false);
    let mut list =
        use_resource(|| async { client::send::<Page<StreamKey>>(calls::stream_keys()).await.map(|page| page.items) });
    let make = move |_| {
        if busy() {
            return;
        }
        busy.set(true);
        spawn(async move {
            match client::send::<NewStreamKey>(calls::make_stream_key()).await {
                Ok(made) => {
                    secret.set(Some(made.key));
                    list.restart();
                }
                Err(error) => say(toasts, words(&error)),
            }
            busy.set(false);
        });
    };
    let loaded = list.read().clone();
    rsx! {
        section { class: "panel",
            h2 { {t!("stream-key")} }
            p { class: "lead", {t!("stream-key-why")} }
            if let Some(made) = secret() {
                div { class: "secret", role: "status",
                    strong { {t!("key-once")} }
                    Copyable { text: made, label: t!("copy-key"), testid: "stream-key" }
                }
            }
            match loaded {
                None => rsx! {
                    span { class: "skeleton skeleton-line" }
                },
                Some(Err(error)) => rsx! {
                    Alert { tone: Tone::Bad, {words(&error)} }
                },
                Some(Ok(keys)) => rsx! {
                    ul { class: "keys",
                        for known in keys {
                            Row { key: "{known.id}", known, ongone: move |()| {
                                secret.set(None);
                                list.restart();
                            } }
                        }
                    }
                },
            }
            button { class: "button button-plain", "data-testid": "make-key", "aria-disabled": "{busy()}", onclick: make,
                Icon { shape: lucide::PLUS }
                {t!("make-key")}
            }
        }
    }
}

#[component]
fn Row(known: StreamKey, ongone: EventHandler<()>) -> Element {
    let toasts = use_toasts();
    let mut asked = use_signal(|| false);
    let used = match known.last_used_at {
        Some(time) => t!("key-used", "ago" => i18n::ago(browser::seconds_since(time))),
        None => t!("key-unused"),
    };
    let id = known.id.clone();
    let revoke = move |_| {
        let id = id.clone();
        spawn(async move {
            match client::send_only(calls::revoke_stream_key(&id)).await {
                Ok(()) => ongone.call(()),
                Err(error) => say(toasts, words(&error)),
            }
        });
    };
    rsx! {
        li { class: "key-row",
            if asked() {
                p { {t!("key-revoke-what", "hint" => &known.hint)} }
                div { class: "actions",
                    button { class: "button button-danger", onclick: revoke, {t!("key-revoke")} }
                    button { class: "button button-quiet", onclick: move |_| asked.set(false), {t!("key-keep")} }
                }
            } else {
                div {
                    code { "…{known.hint}" }
                    p { class: "soft small", title: browser::moment(known.created_at, i18n::language()), "{used}" }
                }
                button {
                    class: "icon-button",
                    title: t!("key-revoke"),
                    "aria-label": t!("key-revoke-name", "hint" => &known.hint),
                    onclick: move |_| asked.set(true),
                    Icon { shape: lucide::TRASH }
                }
            }
        }
    }
}
