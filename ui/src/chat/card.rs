//! Who somebody is, and what everybody may do about them; for moderators also what is known of them, what they wrote and what can be
//! done.

use std::rc::Rc;

use dioxus::prelude::*;
use klieg_api::Handle;
use klieg_api::desk::{Card, File};
use klieg_api::live::Command;
use klieg_api::room::Role;

use super::acts::Acts;
use super::asked::use_asked;
use super::ignoring::Ignoring;
use super::page::ChannelLink;
use super::silencing::Silencing;
use super::sure::Sure;
use super::written::WrittenBy;
use super::{ChatLink, Draft, focus, refusal};
use crate::icon::lucide;
use crate::{Icon, hue};

#[component]
pub(super) fn PersonCard(link: ChatLink, draft: Draft) -> Element {
    (link.version)();
    let mut looking = link.looking;
    let mut element = use_signal(|| None::<Rc<MountedData>>);
    let Some((who, asked)) = looking() else { return rsx! {} };
    let known = link.room.read().card().filter(|card| card.who == who).cloned();
    let me = (link.me)();
    let is_me = me.as_ref() == Some(&who);
    let trouble = link.room.read().trouble().map(|problem| refusal(link, problem));
    let trouble = trouble.unwrap_or_else(|| link.word("chat-refused-unavailable"));
    rsx! {
        section {
            key: "{who}",
            class: "chat-settings chat-card",
            "aria-label": "@{who}",
            "data-testid": "card",
            tabindex: "-1",
            onmounted: move |event| element.set(Some(event.data())),
            onkeydown: move |event| {
                if event.key() == Key::Escape {
                    looking.set(None);
                }
            },
            header {
                div {
                    strong { class: "hue-{hue(who.as_str())}",
                        {known.as_ref().and_then(|card| card.name.clone()).unwrap_or_else(|| who.to_string())}
                    }
                    ChannelLink { link, channel: who.clone(), class: "soft small", text: "@{who}" }
                }
                button {
                    class: "icon-button",
                    title: link.word("chat-close"),
                    "aria-label": link.word("chat-close"),
                    onclick: move |_| looking.set(None),
                    Icon { shape: lucide::X, size: 18 }
                }
            }
            match known {
                None if asked.is_none() || link.outcome(asked) == Some(false) => rsx! {
                    p { class: "chat-trouble", role: "alert", "{trouble}" }
                    button {
                        class: "button button-quiet",
                        onclick: {
                            let who = who.clone();
                            move |_| link.look(who.clone())
                        },
                        {link.word("chat-look-again")}
                    }
                },
                None => rsx! {
                    p { class: "soft small", role: "status", {link.word("chat-looking")} }
                },
                Some(card) => rsx! {
                    Facts { link, card: card.clone() }
                    if !is_me {
                        div { class: "chat-keeping",
                            if me.is_some() {
                                button {
                                    class: "button button-quiet",
                                    onclick: {
                                        let who = who.clone();
                                        move |_| {
                                            looking.set(None);
                                            draft.mention(&who);
                                        }
                                    },
                                    Icon { shape: lucide::MESSAGE_CIRCLE, size: 16 }
                                    {link.words("chat-mention", &[("name", who.to_string())])}
                                }
                            }
                            if !link.moderates() {
                                Ignoring { link, who: who.clone() }
                            }
                            if me.is_some() && !link.moderates() {
                                Reporting { link, who: who.clone(), message: None }
                            }
                        }
                    }
                    if let Some(file) = card.file.clone() {
                        Keeping { link, card: card.clone(), is_me, element }
                        WrittenBy {
                            link,
                            who: who.clone(),
                            may_delete: is_me || card.role < link.room.read().you().role,
                        }
                        Notes { link, who: who.clone(), file: file.clone() }
                        if !file.acts.is_empty() {
                            h3 { {link.word("chat-acts")} }
                            Acts { link, acts: file.acts }
                        }
                    }
                },
            }
        }
    }
}

fn look(link: ChatLink, who: &Handle) -> Command {
    Command::Look { room: link.handle(), who: who.clone() }
}

#[component]
fn Facts(link: ChatLink, card: Card) -> Element {
    let role = match card.role {
        Role::Creator => Some("chat-creator"),
        Role::Moderator => Some("chat-moderator"),
        Role::Guest | Role::Viewer => None,
    };
    let date = |at: super::OffsetDateTime| vec![("date", at.date().to_string())];
    let silence = card.file.as_ref().and_then(|file| file.silence.clone());
    rsx! {
        ul { class: "chat-facts soft small",
            if let Some(role) = role {
                li { {link.word(role)} }
            }
            li { {link.words("chat-since", &date(card.since))} }
            match card.follows_since {
                Some(since) => rsx! {
                    li { {link.words("chat-follows-since", &date(since))} }
                },
                None => rsx! {
                    li { {link.word("chat-follows-not")} }
                },
            }
            if let Some(file) = &card.file {
                li { {link.words("chat-wrote", &[("count", file.messages.to_string())])} }
            }
            if let Some(silence) = silence {
                li { class: "bad",
                    match silence.until {
                        Some(until) => link.words("chat-silenced-until", &[("time", (link.host.moment)(until))]),
                        None => link.word("chat-is-banned"),
                    }
                    if !silence.reason.is_empty() {
                        " · {silence.reason}"
                    }
                }
            }
        }
    }
}

/// What a moderator can do to somebody.
#[component]
fn Keeping(link: ChatLink, card: Card, is_me: bool, element: Signal<Option<Rc<MountedData>>>) -> Element {
    let mine = link.room.read().you().role;
    let who = card.who.clone();
    let is_silenced = card.file.as_ref().is_some_and(|file| file.silence.is_some());
    let act = {
        let who = who.clone();
        move |command| {
            link.ask_then(command, look(link, &who));
        }
    };
    let room = link.handle();
    let unban = Command::Unban { room: room.clone(), who: who.clone() };
    let may_silence = link.may(|may| may.people);
    let is_moderator = card.role == Role::Moderator;
    let appoint = Command::Appoint { room, who: who.clone(), moderator: !is_moderator, rights: None };
    let named = |word| link.words(word, &[("name", who.to_string())]);
    if is_me {
        return rsx! {};
    }
    rsx! {
        div { class: "chat-keeping",
            if may_silence && is_silenced {
                button {
                    class: "button button-quiet",
                    onclick: {
                        let act = act.clone();
                        move |_| act(unban.clone())
                    },
                    Icon { shape: lucide::CHECK, size: 16 }
                    {named("chat-forgive")}
                }
            } else if may_silence && card.role < mine {
                Silencing {
                    link,
                    who: who.clone(),
                    name: who.to_string(),
                    onsure: {
                        let act = act.clone();
                        move |command| {
                            act(command);
                            // The buttons go when it is done.
                            focus(element);
                        }
                    },
                }
            }
            if mine == Role::Creator && is_moderator {
                Sure {
                    class: "button button-quiet",
                    label: link.word("chat-dismiss"),
                    sure: link.word("chat-sure"),
                    onsure: move |()| act(appoint.clone()),
                    Icon { shape: lucide::SHIELD, size: 16 }
                    {link.word("chat-dismiss")}
                }
            } else if mine == Role::Creator {
                button { class: "button button-quiet", onclick: move |_| act(appoint.clone()),
                    Icon { shape: lucide::SHIELD, size: 16 }
                    {named("chat-appoint")}
                }
            }
        }
    }
}

#[component]
fn Notes(link: ChatLink, who: Handle, file: File) -> Element {
    let mut text = use_signal(String::new);
    let asked = use_asked(link, move || text.set(String::new()));
    rsx! {
        h3 { {link.word("chat-notes")} }
        if !file.notes.is_empty() {
            ul { class: "chat-entries",
                for note in file.notes {
                    li { key: "{note.id}",
                        p { "{note.text}" }
                        p { class: "soft small",
                            if let Some(by) = &note.by {
                                "@{by} · "
                            }
                            "{note.at.date()}"
                        }
                        button {
                            class: "icon-button",
                            title: link.word("chat-note-remove"),
                            "aria-label": link.word("chat-note-remove"),
                            onclick: {
                                let who = who.clone();
                                move |_| {
                                    let remove = Command::RemoveNote { room: link.handle(), note: note.id.clone() };
                                    link.ask_then(remove, look(link, &who));
                                }
                            },
                            Icon { shape: lucide::TRASH, size: 16 }
                        }
                    }
                }
            }
        }
        form {
            class: "chat-filter-row",
            onsubmit: move |event| {
                event.prevent_default();
                let text = text();
                if !text.trim().is_empty() && !asked.is_waiting() {
                    let note = Command::Note { room: link.handle(), who: who.clone(), text };
                    asked.set(link.request_then(note, look(link, &who)));
                }
            },
            input {
                class: "input",
                name: "note",
                maxlength: "500",
                autocomplete: "off",
                "aria-label": link.word("chat-note"),
                placeholder: link.word("chat-note"),
                value: "{text}",
                oninput: move |event| text.set(event.value()),
            }
            button { class: "button button-quiet", {link.word("chat-filter-add")} }
        }
    }
}

/// Tells the moderators of somebody.
#[component]
pub(super) fn Reporting(link: ChatLink, who: Handle, message: Option<String>) -> Element {
    let mut open = use_signal(|| false);
    let mut reason = use_signal(String::new);
    let mut sent = use_signal(|| false);
    let asked = use_asked(link, move || sent.set(true));
    if sent() {
        let told = if who == link.handle() { "chat-reported-owner" } else { "chat-reported" };
        return rsx! {
            p { class: "soft small", role: "status", {link.word(told)} }
        };
    }
    if !open() {
        return rsx! {
            button { class: "button button-quiet", onclick: move |_| open.set(true),
                Icon { shape: lucide::MEGAPHONE, size: 16 }
                {link.words("chat-report", &[("name", who.to_string())])}
            }
        };
    }
    rsx! {
        form {
            class: "chat-filter-row",
            onsubmit: move |event| {
                event.prevent_default();
                let reason = reason();
                if !reason.trim().is_empty() && !asked.is_waiting() {
                    let (who, message) = (who.clone(), message.clone());
                    asked.set(link.request(Command::Report { room: link.handle(), who, message, reason }));
                }
            },
            input {
                class: "input",
                name: "reason",
                maxlength: "500",
                autocomplete: "off",
                "aria-label": link.word("chat-report-why"),
                placeholder: link.word("chat-report-why"),
                value: "{reason}",
                oninput: move |event| reason.set(event.value()),
            }
            button { class: "button button-primary", "aria-busy": "{asked.is_waiting()}", {link.word("chat-report-send")} }
        }
    }
}
