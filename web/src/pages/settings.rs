//! The viewer's own account: how others see them, what is written in their chat, how they log in, what acts in their name, how
//! the page looks.

mod emotes;
mod tokens;

use dioxus::prelude::*;
use dioxus_router::{Link, use_navigator};
use klieg_api::accounts::{AccountChange, Me};
use klieg_api::channels::{Channel, ChannelChange};
use klieg_core::{Call, calls};
use klieg_ui::icon::lucide;
use klieg_ui::{Avatar, AvatarSize, Check, Field, Icon, Segments, TextArea, Toasts, use_toasts};
use serde::de::DeserializeOwned;

use self::emotes::Emotes;
use self::tokens::Tokens;
use super::form::{Form, use_form};
use super::say;
use crate::card::name;
use crate::client::{self, VIEWER, Viewer};
use crate::route::Route;
use crate::{browser, i18n, t};

#[component]
pub fn Settings() -> Element {
    use_effect(|| browser::set_title(&t!("settings")));
    let viewer = VIEWER.read();
    rsx! {
        div { class: "settings",
            h1 { {t!("settings")} }
            match &*viewer {
                Viewer::Known(me) => rsx! {
                    div { class: "stack",
                        Profile { key: "{me.id}", me: me.as_ref().clone() }
                        Emotes { handle: me.handle.clone() }
                        Email { me: me.as_ref().clone() }
                        Password {}
                        Privacy { me: me.as_ref().clone() }
                        Tokens {}
                        Appearance {}
                        LogOut {}
                    }
                },
                Viewer::Unknown => rsx! {
                    div { class: "panel skeleton featured-skeleton", "aria-busy": "true" }
                },
                Viewer::Anonymous => rsx! {
                    div { class: "stack",
                        section { class: "panel",
                            h2 { {t!("login-first")} }
                            p { class: "lead", {t!("login-first-why")} }
                            div { class: "actions",
                                Link { class: "button button-primary", to: Route::log_in(&Route::Settings {}), {t!("log-in")} }
                                Link { class: "button button-plain", to: Route::sign_up(&Route::Settings {}), {t!("sign-up")} }
                            }
                        }
                        Appearance {}
                    }
                },
            }
        }
    }
}

/// Sends a change; `done` takes the answer.
fn save<T: DeserializeOwned + 'static>(form: Form, toasts: Toasts, call: Call, done: impl FnOnce(T) + 'static) {
    form.send(client::send::<T>(call), move |answer| {
        done(answer);
        say(toasts, t!("saved"));
    });
}

#[component]
fn Profile(me: Me) -> Element {
    let (form, toasts) = (use_form(), use_toasts());
    let display_name = use_signal(|| me.channel.display_name.clone().unwrap_or_default());
    let about = use_signal(|| me.channel.about.clone());
    let submit = move |event: FormEvent| {
        event.prevent_default();
        let change = ChannelChange {
            display_name: Some(display_name().trim().to_owned()),
            about: Some(about().trim().to_owned()),
            ..ChannelChange::default()
        };
        save(form, toasts, calls::change_channel(&change), |channel: Channel| {
            if let Viewer::Known(me) = &mut *VIEWER.write() {
                me.channel = channel;
            }
        });
    };
    rsx! {
        section { class: "panel",
            div { class: "person profile-head",
                Avatar { handle: me.handle.to_string(), name: name(&me.channel), size: AvatarSize::Large }
                div {
                    h2 { {name(&me.channel)} }
                    Link { class: "text-link", to: Route::channel(&me.handle), {format!("{}/{}", browser::origin(), me.handle)} }
                }
            }
            form { class: "form", onsubmit: submit, novalidate: true,
                {form.alert()}
                Field {
                    label: t!("display-name"),
                    name: "display_name",
                    value: display_name,
                    max: 40,
                    placeholder: me.handle.to_string(),
                    hint: t!("display-name-hint"),
                    error: form.wrong("display_name"),
                }
                TextArea { label: t!("about"), name: "about", value: about, hint: t!("about-hint"), error: form.wrong("about") }
                div { class: "actions", {form.button("button-plain", t!("save"), t!("saving"))} }
            }
        }
    }
}

#[component]
fn Email(me: Me) -> Element {
    let (form, toasts) = (use_form(), use_toasts());
    let email = use_signal(|| me.email.clone());
    let mut current = use_signal(String::new);
    let edited = email.read().trim() != me.email;
    let submit = move |event: FormEvent| {
        event.prevent_default();
        if !edited {
            return;
        }
        let change = AccountChange {
            email: Some(email().trim().to_owned()),
            current_password: Some(current()),
            ..AccountChange::default()
        };
        save(form, toasts, calls::change_account(&change), move |me: Me| {
            current.set(String::new());
            *VIEWER.write() = Viewer::Known(Box::new(me));
        });
    };
    rsx! {
        section { class: "panel",
            h2 { {t!("email")} }
            p { class: "lead", {t!("email-why")} }
            form { class: "form", onsubmit: submit, novalidate: true,
                {form.alert()}
                Field { label: t!("email"), name: "email", kind: "email", value: email, autocomplete: "email", error: form.wrong("email") }
                // Asked for once there is something to prove.
                if edited {
                    Field {
                        label: t!("password-current"),
                        name: "email_password",
                        kind: "password",
                        value: current,
                        autocomplete: "current-password",
                        hint: t!("email-password-why"),
                        error: form.wrong("current_password"),
                    }
                    div { class: "actions", {form.button("button-plain", t!("change-email"), t!("saving"))} }
                }
            }
        }
    }
}

#[component]
fn Password() -> Element {
    let (form, toasts) = (use_form(), use_toasts());
    let mut current = use_signal(String::new);
    let mut password = use_signal(String::new);
    let submit = move |event: FormEvent| {
        event.prevent_default();
        let change =
            AccountChange { password: Some(password()), current_password: Some(current()), ..AccountChange::default() };
        save(form, toasts, calls::change_account(&change), move |_: Me| {
            current.set(String::new());
            password.set(String::new());
        });
    };
    rsx! {
        section { class: "panel",
            h2 { {t!("password")} }
            p { class: "lead", {t!("password-why")} }
            form { class: "form", onsubmit: submit, novalidate: true,
                {form.alert()}
                div { class: "form-row",
                    Field {
                        label: t!("password-current"),
                        name: "current_password",
                        kind: "password",
                        value: current,
                        autocomplete: "current-password",
                        error: form.wrong("current_password"),
                    }
                    Field {
                        label: t!("password-new"),
                        name: "password",
                        kind: "password",
                        value: password,
                        autocomplete: "new-password",
                        hint: t!("password-hint"),
                        error: form.wrong("password"),
                    }
                }
                div { class: "actions", {form.button("button-plain", t!("change-password"), t!("saving"))} }
            }
        }
    }
}

/// Whether others see that the viewer is in a chat.
#[component]
fn Privacy(me: Me) -> Element {
    let (form, toasts) = (use_form(), use_toasts());
    let listed = use_signal(|| me.listed);
    let submit = move |event: FormEvent| {
        event.prevent_default();
        let change = AccountChange { listed: Some(listed()), ..AccountChange::default() };
        save(form, toasts, calls::change_account(&change), |me: Me| {
            *VIEWER.write() = Viewer::Known(Box::new(me));
        });
    };
    rsx! {
        section { class: "panel", "data-testid": "privacy",
            h2 { {t!("privacy")} }
            form { class: "form", onsubmit: submit, novalidate: true,
                {form.alert()}
                Check { label: t!("listed-check"), name: "listed", value: listed, hint: t!("listed-why") }
                div { class: "actions", {form.button("button-plain", t!("save"), t!("saving"))} }
            }
        }
    }
}

#[component]
fn Appearance() -> Element {
    let mut theme = use_signal(|| browser::stored("theme").unwrap_or_default());
    let themes = [
        (String::new(), t!("theme-system")),
        ("dark".to_owned(), t!("theme-dark")),
        ("light".to_owned(), t!("theme-light")),
    ];
    let languages =
        i18n::LANGUAGES.iter().map(|(tag, name, _)| ((*tag).to_owned(), (*name).to_owned())).collect::<Vec<_>>();
    rsx! {
        section { class: "panel",
            h2 { {t!("appearance")} }
            div { class: "setting",
                span { {t!("theme")} }
                Segments {
                    label: t!("theme"),
                    name: "theme",
                    options: themes.to_vec(),
                    value: theme(),
                    onchoose: move |value: String| {
                        browser::set_theme(Some(value.as_str()).filter(|value| !value.is_empty()));
                        theme.set(value);
                    },
                }
            }
            div { class: "setting",
                span { {t!("language")} }
                Segments {
                    label: t!("language"),
                    name: "interface-language",
                    options: languages,
                    value: i18n::language().to_owned(),
                    onchoose: move |tag: String| i18n::choose(&tag),
                }
            }
        }
    }
}

#[component]
fn LogOut() -> Element {
    let navigator = use_navigator();
    rsx! {
        section { class: "panel",
            div { class: "setting",
                div {
                    h2 { {t!("log-out")} }
                    p { class: "soft", {t!("log-out-why")} }
                }
                button {
                    class: "button button-plain",
                    "data-testid": "log-out",
                    onclick: move |_| {
                        spawn(async move {
                            client::log_out().await;
                            navigator.push(Route::home());
                        });
                    },
                    Icon { shape: lucide::LOG_OUT }
                    {t!("log-out")}
                }
            }
        }
    }
}
