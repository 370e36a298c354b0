//! API tokens: made here for a bot or an integration, shown once, deleted here.

use dioxus::prelude::*;
use klieg_api::Page;
use klieg_api::tokens::{ApiToken, MAX_NAME, MadeApiToken, NewApiToken, Scope};
use klieg_core::calls;
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Check, Field, Icon, Select, Tone, use_toasts};

use crate::pages::copyable::Copyable;
use crate::pages::form::use_form;
use crate::pages::say;
use crate::pages::trouble::words;
use crate::{browser, client, i18n, t};

/// After how many days a token may end.
const ENDS: [u32; 3] = [30, 90, 365];

#[component]
pub fn Tokens() -> Element {
    let mut secret = use_signal(|| None::<String>);
    let mut making = use_signal(|| false);
    let mut list =
        use_resource(|| async { client::send::<Page<ApiToken>>(calls::api_tokens()).await.map(|page| page.items) });
    let loaded = list.read().clone();
    rsx! {
        section { class: "panel", "data-testid": "api-tokens",
            h2 { {t!("tokens")} }
            p { class: "lead", {t!("tokens-why")} }
            if let Some(made) = secret() {
                div { class: "secret", role: "status",
                    strong { {t!("token-once")} }
                    Copyable { text: made, label: t!("copy-token"), testid: "api-token" }
                }
            }
            match loaded {
                None => rsx! {
                    span { class: "skeleton skeleton-line" }
                },
                Some(Err(error)) => rsx! {
                    Alert { tone: Tone::Bad, {words(&error)} }
                },
                Some(Ok(tokens)) if tokens.is_empty() => rsx! {
                    ul { class: "keys",
                        li { class: "key-row soft", {t!("tokens-none")} }
                    }
                },
                Some(Ok(tokens)) => rsx! {
                    ul { class: "keys",
                        for known in tokens {
                            Row { key: "{known.id}", known, ongone: move |()| list.restart() }
                        }
                    }
                },
            }
            if making() {
                Maker {
                    onmade: move |token| {
                        secret.set(Some(token));
                        making.set(false);
                        list.restart();
                    },
                    oncancel: move |()| making.set(false),
                }
            } else {
                button { class: "button button-plain", "data-testid": "new-token", onclick: move |_| making.set(true),
                    Icon { shape: lucide::PLUS }
                    {t!("token-new")}
                }
            }
        }
    }
}

/// What a token is to be called, what it may do, and until when.
#[component]
fn Maker(onmade: EventHandler<String>, oncancel: EventHandler<()>) -> Element {
    let form = use_form();
    let name = use_signal(String::new);
    let password = use_signal(String::new);
    let mut end = use_signal(|| "90".to_owned());
    // What most bots are for: they listen and talk.
    let chosen = Scope::ALL.map(|scope| use_signal(move || matches!(scope, Scope::RoomRead | Scope::RoomWrite)));
    let submit = move |event: FormEvent| {
        event.prevent_default();
        let scopes = Scope::ALL.into_iter().zip(chosen).filter(|(_, chosen)| *chosen.peek()).map(|(scope, _)| scope);
        let token = NewApiToken {
            name: name().trim().to_owned(),
            scopes: scopes.collect(),
            // Never is no number.
            expires_in_days: end().parse().ok(),
            current_password: password(),
        };
        form.send(client::send(calls::make_api_token(&token)), move |made: MadeApiToken| onmade.call(made.token));
    };
    let mut ends = ENDS.map(|days| (days.to_string(), i18n::counted("token-days", u64::from(days)))).to_vec();
    ends.push((String::new(), t!("token-never")));
    rsx! {
        form { class: "form", onsubmit: submit, novalidate: true,
            {form.alert()}
            div { class: "form-row",
                Field {
                    label: t!("token-name"),
                    name: "token_name",
                    value: name,
                    max: MAX_NAME as u32,
                    hint: t!("token-name-hint"),
                    error: form.wrong("name"),
                }
                Select { label: t!("token-end"), name: "token_end", options: ends, value: end(), onchoose: move |chosen| end.set(chosen) }
            }
            div { role: "group", "aria-label": t!("token-scopes"),
                span { class: "legend", {t!("token-scopes")} }
                for (scope , value) in Scope::ALL.into_iter().zip(chosen) {
                    Check {
                        key: "{scope.name()}",
                        label: scope.name().to_owned(),
                        name: scope.name().to_owned(),
                        value,
                        hint: t!(&format!("scope-{}", scope.name().replace(':', "-"))),
                    }
                }
                if let Some(wrong) = form.wrong("scopes") {
                    p { class: "field-error", role: "alert",
                        Icon { shape: lucide::CIRCLE_ALERT, size: 16 }
                        "{wrong}"
                    }
                }
            }
            Field {
                label: t!("password-current"),
                name: "token_password",
                kind: "password",
                autocomplete: "current-password",
                value: password,
                hint: t!("token-password-why"),
                error: form.wrong("current_password"),
            }
            div { class: "actions",
                {form.button("button-primary", t!("token-make"), t!("token-making"))}
                button { class: "button button-quiet", r#type: "button", onclick: move |_| oncancel.call(()), {t!("token-cancel")} }
            }
        }
    }
}

#[component]
fn Row(known: ApiToken, ongone: EventHandler<()>) -> Element {
    let toasts = use_toasts();
    let mut asked = use_signal(|| false);
    let used = match known.last_used_at {
        Some(time) => t!("key-used", "ago" => i18n::ago(browser::seconds_since(time))),
        None => t!("key-unused"),
    };
    let end = match known.expires_at {
        Some(time) if browser::seconds_since(time) > 0 => {
            t!("token-expired", "date" => browser::day(time, i18n::language()))
        }
        Some(time) => t!("token-expires", "date" => browser::day(time, i18n::language())),
        None => t!("token-stays"),
    };
    let scopes = known.scopes.iter().copied().map(Scope::name).collect::<Vec<_>>().join(", ");
    let id = known.id.clone();
    let delete = move |_| {
        let id = id.clone();
        spawn(async move {
            match client::send_only(calls::delete_api_token(&id)).await {
                Ok(()) => ongone.call(()),
                Err(error) => say(toasts, words(&error)),
            }
        });
    };
    rsx! {
        li { class: "key-row",
            if asked() {
                p { {t!("token-revoke-what", "name" => &known.name)} }
                div { class: "actions",
                    button { class: "button button-danger", onclick: delete, {t!("token-revoke")} }
                    button { class: "button button-quiet", onclick: move |_| asked.set(false), {t!("key-keep")} }
                }
            } else {
                div {
                    p {
                        strong { "{known.name}" }
                        " "
                        code { "…{known.hint}" }
                    }
                    p { class: "small", "{scopes}" }
                    p { class: "soft small", title: browser::moment(known.created_at, i18n::language()), "{used} · {end}" }
                }
                button {
                    class: "icon-button",
                    title: t!("token-revoke"),
                    "aria-label": t!("token-revoke-name", "name" => &known.name),
                    onclick: move |_| asked.set(true),
                    Icon { shape: lucide::TRASH }
                }
            }
        }
    }
}
