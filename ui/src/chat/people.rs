//! Who keeps the room in order, and who may not write in it: the desk's lists of people.

use dioxus::prelude::*;
use klieg_api::Handle;
use klieg_api::desk::Silenced;
use klieg_api::live::Command;
use klieg_api::room::Role;

use super::ChatLink;
use super::asked::use_asked;

#[component]
pub(super) fn People(link: ChatLink) -> Element {
    (link.version)();
    let room = link.room.read();
    let is_creator = room.you().role == Role::Creator;
    let people = room.people();
    let (moderators, silenced, more) = (people.moderators.clone(), people.silenced.clone(), people.more);
    drop(room);
    let last = silenced.last().map(|last| last.who.clone());
    rsx! {
        h3 { {link.word("chat-moderators")} }
        if moderators.is_empty() {
            p { class: "soft small", {link.word("chat-moderators-none")} }
        }
        ul { class: "chat-entries", "data-testid": "moderators",
            for keeper in moderators {
                li { key: "{keeper.who}",
                    p {
                        Name { link, who: keeper.who.clone() }
                        span { class: "soft small", " {keeper.since.date()}" }
                    }
                    if is_creator {
                        div { class: "actions",
                            button {
                                class: "button button-quiet",
                                onclick: {
                                    let who = keeper.who.clone();
                                    move |_| {
                                        let who = who.clone();
                                        link.ask(Command::Appoint { room: link.handle(), who, moderator: false });
                                    }
                                },
                                {link.words("chat-dismiss-one", &[("name", keeper.who.to_string())])}
                            }
                        }
                    }
                }
            }
        }
        if is_creator {
            Appointing { link }
        }
        h3 { {link.word("chat-silenced")} }
        if silenced.is_empty() {
            p { class: "soft small", {link.word("chat-silenced-none")} }
        }
        ul { class: "chat-entries", "data-testid": "silenced",
            for somebody in silenced {
                SilencedEntry { key: "{somebody.who}", link, somebody }
            }
        }
        if more {
            button {
                class: "button button-quiet",
                onclick: move |_| link.ask(Command::ReadPeople { room: link.handle(), after: last.clone() }),
                {link.word("chat-silenced-more")}
            }
        }
    }
}

/// Opens somebody's card.
#[component]
fn Name(link: ChatLink, who: Handle) -> Element {
    rsx! {
        button {
            class: "link",
            onclick: {
                let who = who.clone();
                move |_| link.look(who.clone())
            },
            "@{who}"
        }
    }
}

/// The creator makes somebody a moderator by their handle.
#[component]
fn Appointing(link: ChatLink) -> Element {
    let mut name = use_signal(String::new);
    let asked = use_asked(link, move || name.set(String::new()));
    rsx! {
        form {
            class: "chat-filter-row",
            onsubmit: move |event| {
                event.prevent_default();
                // The browser has said what a handle is like.
                if let Ok(who) = name().trim().trim_start_matches('@').parse::<Handle>()
                    && !asked.is_waiting()
                {
                    asked.set(link.request(Command::Appoint { room: link.handle(), who, moderator: true }));
                }
            },
            input {
                class: "input",
                name: "moderator",
                autocomplete: "off",
                autocapitalize: "none",
                required: true,
                pattern: "\\s*@?[A-Za-z0-9][A-Za-z0-9_]{{2,24}}\\s*",
                title: link.word("chat-moderator-name"),
                "aria-label": link.word("chat-moderator-name"),
                placeholder: link.word("chat-moderator-name"),
                value: "{name}",
                oninput: move |event| name.set(event.value()),
            }
            button { class: "button button-quiet", "aria-busy": "{asked.is_waiting()}", {link.word("chat-moderator-add")} }
        }
    }
}

#[component]
fn SilencedEntry(link: ChatLink, somebody: Silenced) -> Element {
    let Silenced { who, silence, since } = somebody;
    let lift = Command::Unban { room: link.handle(), who: who.clone() };
    let clock = link.host.clock;
    let how = match silence.until {
        Some(until) => {
            let time = format!("{} {}", until.date(), clock(until));
            link.words("chat-silenced-until", &[("time", time)])
        }
        None => link.word("chat-is-banned"),
    };
    rsx! {
        li {
            p {
                Name { link, who: who.clone() }
                span { class: "bad", " {how}" }
            }
            if !silence.reason.is_empty() {
                p { class: "soft small", "{silence.reason}" }
            }
            p { class: "soft small tabular", "{since.date()} {clock(since)}" }
            div { class: "actions",
                button {
                    class: "button button-quiet",
                    onclick: move |_| link.ask(lift.clone()),
                    {link.words("chat-forgive", &[("name", who.to_string())])}
                }
            }
        }
    }
}
