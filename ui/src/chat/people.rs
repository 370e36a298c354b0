//! Who keeps the room in order, and who may not write in it: the desk's lists of people.

use dioxus::prelude::*;
use klieg_api::Handle;
use klieg_api::desk::{Keeper, Silenced};
use klieg_api::live::Command;
use klieg_api::room::{Rights, Role};

use super::ChatLink;
use super::asked::use_asked;
use super::sure::Sure;
use crate::Switch;

#[component]
pub(super) fn People(link: ChatLink) -> Element {
    (link.version)();
    let room = link.room.read();
    let is_creator = room.you().role == Role::Creator;
    let people = room.people();
    // Each with whether it is still being written down.
    let moderators: Vec<_> =
        people.moderators.iter().map(|of| (of.clone(), people.are_rights_unwritten(&of.who))).collect();
    let silenced: Vec<_> =
        people.silenced.iter().map(|of| (of.clone(), people.is_silence_unwritten(&of.who))).collect();
    let more = people.more;
    drop(room);
    let last = silenced.last().map(|(last, _)| last.who.clone());
    rsx! {
        h3 { {link.word("chat-moderators")} }
        if moderators.is_empty() {
            p { class: "soft small", {link.word("chat-moderators-none")} }
        } else if is_creator {
            p { class: "soft small", {link.word("chat-rights-why")} }
        }
        ul { class: "chat-entries", "data-testid": "moderators",
            for (keeper , is_unwritten) in moderators {
                KeeperEntry { key: "{keeper.who}", link, keeper, is_unwritten, is_creator }
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
            for (somebody , is_unwritten) in silenced {
                SilencedEntry { key: "{somebody.who}", link, somebody, is_unwritten }
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

/// What the creator gives or does not give, in words: whether somebody has it, and their rights if that were otherwise.
fn named(rights: Rights) -> [(&'static str, bool, Rights); 3] {
    [
        ("chat-right-people", rights.people, Rights { people: !rights.people, ..rights }),
        ("chat-right-rules", rights.rules, Rights { rules: !rights.rules, ..rights }),
        ("chat-right-events", rights.events, Rights { events: !rights.events, ..rights }),
    ]
}

/// What somebody may do besides what every moderator may.
pub(super) fn rights_in_words(link: ChatLink, rights: Rights) -> String {
    let given = named(rights).into_iter().filter(|(_, has, _)| *has).map(|(word, ..)| link.word(word));
    let given: Vec<String> = given.collect();
    if given.is_empty() { link.word("chat-rights-none") } else { given.join(" · ") }
}

/// A moderator, and what they may do: that the creator chooses.
#[component]
fn KeeperEntry(link: ChatLink, keeper: Keeper, is_unwritten: bool, is_creator: bool) -> Element {
    let Keeper { who, rights, since } = keeper;
    // As chosen last: the next choice goes on from there, also before the lists are read again. What they say before the answer is there
    // is of before the choice; once that is refused, it is what holds.
    let mut chosen = use_signal(|| rights);
    let mut request = use_signal(|| None::<u64>);
    use_effect(use_reactive!(|rights| {
        if request.peek().is_none() {
            chosen.set(rights);
        }
    }));
    use_effect(use_reactive!(|rights| {
        (link.version)();
        let outcome = link.outcome(request());
        // What holds and is not written down is told a moment later.
        let holds = link
            .room
            .read()
            .trouble()
            .and_then(|problem| problem.reason.as_ref())
            .is_some_and(|why| why.name == "unwritten");
        if outcome == Some(false) && !holds {
            chosen.set(rights);
        }
        if outcome.is_some() {
            request.set(None);
        }
    }));
    let shown = chosen();
    let appoint = {
        let who = who.clone();
        move |moderator, rights| {
            link.request(Command::Appoint { room: link.handle(), who: who.clone(), moderator, rights })
        }
    };
    let dismiss = appoint.clone();
    rsx! {
        li {
            p {
                Name { link, who: who.clone() }
                span { class: "soft small", " {since.date()}" }
            }
            if is_unwritten {
                Unwritten { link }
            }
            if is_creator {
                div {
                    class: "chat-rights",
                    role: "group",
                    "aria-label": link.words("chat-rights-of", &[("name", who.to_string())]),
                    for (word , on , other) in named(shown) {
                        Switch {
                            key: "{word}",
                            label: link.word(word),
                            name: "{word}-{who}",
                            on,
                            onset: {
                                let appoint = appoint.clone();
                                move |_: bool| {
                                    if let Some(asked) = appoint(true, Some(other)) {
                                        chosen.set(other);
                                        request.set(Some(asked));
                                    }
                                }
                            },
                        }
                    }
                }
                div { class: "actions",
                    Sure {
                        class: "button button-quiet",
                        label: link.words("chat-dismiss-one", &[("name", who.to_string())]),
                        sure: link.word("chat-sure"),
                        onsure: move |()| {
                            dismiss(false, None);
                        },
                    }
                }
            } else if !rights.are_all() {
                p { class: "soft small", {rights_in_words(link, rights)} }
            }
        }
    }
}

/// It holds, and the server goes on trying to write it down.
#[component]
fn Unwritten(link: ChatLink) -> Element {
    rsx! {
        p { class: "soft small", "data-testid": "unwritten", {link.word("chat-unwritten")} }
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
                    asked.set(link.request(Command::Appoint { room: link.handle(), who, moderator: true, rights: None }));
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
fn SilencedEntry(link: ChatLink, somebody: Silenced, is_unwritten: bool) -> Element {
    let Silenced { who, silence, since } = somebody;
    let lift = Command::Unban { room: link.handle(), who: who.clone() };
    let moment = link.host.moment;
    let how = match silence.until {
        Some(until) => link.words("chat-silenced-until", &[("time", moment(until))]),
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
            p { class: "soft small tabular", {moment(since)} }
            if is_unwritten {
                Unwritten { link }
            }
            if link.may(|may| may.people) {
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
}
