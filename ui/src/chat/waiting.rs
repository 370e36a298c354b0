//! What waits for a moderator: messages that were held, and rewards that were redeemed.

use dioxus::prelude::*;
use klieg_api::live::Command;

use super::ChatLink;
use super::sure::Sure;

/// Messages that wait for a moderator.
#[component]
pub(super) fn Held(link: ChatLink) -> Element {
    (link.version)();
    let held = link.room.read().held().to_vec();
    // What is shown by itself in a moment is no work for anybody.
    let reviewed = held.iter().filter(|held| held.reason != "delay").map(|held| held.message.id.clone());
    let reviewed: Vec<String> = reviewed.collect();
    let items = held.into_iter().map(|held| Item {
        who: held.message.author.shown().to_owned(),
        what: held.message.text,
        note: why(link, &held.reason),
        id: held.message.id,
    });
    rsx! {
        Waiting {
            link,
            name: "held",
            words: ["chat-held", "chat-approve", "chat-deny"],
            items: items.collect::<Vec<_>>(),
            is_aside: true,
            ondecide: move |(message, approve): (String, bool)| link.ask(Command::Review { room: link.handle(), message, approve }),
            if reviewed.len() > 1 {
                Sure {
                    class: "button button-quiet",
                    label: link.words("chat-deny-all", &[("count", reviewed.len().to_string())]),
                    sure: link.word("chat-sure"),
                    onsure: move |()| link.ask(Command::DiscardHeld { room: link.handle(), messages: reviewed.clone() }),
                }
            }
        }
    }
}

/// Why a message waits, in words.
fn why(link: ChatLink, reason: &str) -> String {
    match (reason, reason.strip_prefix("filter: ")) {
        (_, Some(pattern)) => link.words("chat-held-filter", &[("pattern", pattern.to_owned())]),
        ("link", _) => link.word("chat-held-link"),
        ("noise", _) => link.word("chat-held-noise"),
        _ => link.word("chat-held-delay"),
    }
}

/// What was redeemed and waits to be fulfilled.
#[component]
pub(super) fn Redemptions(link: ChatLink) -> Element {
    (link.version)();
    let redemptions = if link.moderates() { link.room.read().together().redemptions().to_vec() } else { Vec::new() };
    let items = redemptions.into_iter().map(|redemption| Item {
        who: redemption.who.shown().to_owned(),
        what: redemption.title,
        note: redemption.text,
        id: redemption.id,
    });
    rsx! {
        Waiting {
            link,
            name: "redemptions",
            words: ["chat-redemptions", "chat-redemption-done", "chat-redemption-back"],
            items: items.collect::<Vec<_>>(),
            ondecide: move |(redemption, done): (String, bool)| link.ask(Command::Fulfil { room: link.handle(), redemption, done }),
        }
    }
}

#[derive(Clone, PartialEq)]
struct Item {
    id: String,
    who: String,
    what: String,
    note: String,
}

/// What waits, folded up, each with what a moderator may do with it. Nothing if nothing does.
#[component]
fn Waiting(
    link: ChatLink,
    /// What tests call it.
    name: String,
    /// For how many there are, and for the two things to do.
    words: [&'static str; 3],
    items: Vec<Item>,
    /// Whether their notes are ours, and not what somebody wrote.
    #[props(default)]
    is_aside: bool,
    ondecide: EventHandler<(String, bool)>,
    /// What can be done with all of it.
    children: Option<Element>,
) -> Element {
    if items.is_empty() {
        return rsx! {};
    }
    let [summary, yes, no] = words;
    rsx! {
        details { class: "chat-held", "data-testid": name,
            summary { {link.words(summary, &[("count", items.len().to_string())])} }
            if let Some(children) = children {
                {children}
            }
            ul {
                for item in items {
                    li { key: "{item.id}",
                        p {
                            strong { "{item.who}" }
                            " {item.what}"
                        }
                        if !item.note.is_empty() {
                            p { class: if is_aside { "soft small" }, "{item.note}" }
                        }
                        div { class: "actions",
                            for (word , done) in [(yes, true), (no, false)] {
                                button {
                                    key: "{word}",
                                    class: "button button-quiet",
                                    onclick: {
                                        let id = item.id.clone();
                                        move |_| ondecide.call((id.clone(), done))
                                    },
                                    {link.word(word)}
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
