//! Emotes and emoji to choose from.

use std::collections::HashMap;
use std::rc::Rc;

use dioxus::prelude::*;
use klieg_api::emotes::{Emote, EmoteName};
use klieg_core::room::emotes;

use super::ChatLink;
use super::text::EmoteImage;

/// The offered ones, in the order in which they are wanted.
const OFFERED: [&str; 56] = [
    "😀", "😂", "🤣", "😊", "😍", "🥰", "😎", "🤔", "😅", "😭", "😢", "😡", "😱", "😴", "🥳", "🤯", "🙄", "😬", "🤝",
    "🙏", "👍", "👎", "👏", "🙌", "👀", "💪", "👋", "🤞", "❤️", "🧡", "💛", "💚", "💙", "💜", "🖤", "💔", "🔥", "✨",
    "🎉", "💯", "⭐", "🌈", "☀️", "🌙", "🎵", "🎮", "🎨", "📷", "🏆", "🚀", "💡", "☕", "🍕", "🍿", "🐱", "🐶",
];
/// As in the style sheet.
const COLUMNS: usize = 8;
/// The search field among the places; nothing else is called so.
const SEARCH: &str = "";

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    Emoji(&'static str),
    Emote(EmoteName),
}

/// Everything that can have the focus, by what it is called.
type Places = CopyValue<HashMap<String, Rc<MountedData>>>;

/// The channel's emotes, with a search, above emoji. The arrows lead through them, Escape closes it.
#[component]
pub(super) fn Picker(link: ChatLink, onchoose: EventHandler<Chosen>, onclose: EventHandler<()>) -> Element {
    let mut letters = use_signal(String::new);
    // The one that Tab leads to.
    let mut at = use_signal(|| 0_usize);
    let mut places: Places = use_hook(|| CopyValue::new(HashMap::new()));
    (link.version)();
    let all = link.room.read().emotes().clone();
    let written = letters();
    let is_searching = !written.trim().is_empty();
    let found: Vec<Emote> = emotes::found(&written, &all).into_iter().cloned().collect();
    let emoji: &[&'static str] = if is_searching { &[] } else { &OFFERED };
    let counts = (found.len(), emoji.len());
    let names = found.iter().map(|emote| format!(":{}:", emote.name));
    let labels: Rc<[String]> = names.chain(emoji.iter().map(|emoji| (*emoji).to_owned())).collect();
    let (first, top) = (found.first().map(|emote| emote.name.clone()), labels.first().cloned());
    let has_search = !all.is_empty();
    let reach = move |index: usize| if at() == index { "0" } else { "-1" };
    let mut mounted = move |label: String, event: &MountedEvent, wants_focus: bool| {
        places.write().insert(label.clone(), event.data());
        if wants_focus && has_keys() {
            focus(places, &label);
        }
    };
    rsx! {
        div {
            class: "emoji-picker",
            role: "group",
            "aria-label": link.word("chat-emoji"),
            "data-testid": "emoji-picker",
            onkeydown: move |event| {
                if event.key() == Key::Escape {
                    event.stop_propagation();
                    onclose.call(());
                }
            },
            if has_search {
                input {
                    class: "input emoji-search",
                    r#type: "search",
                    name: "emote-search",
                    autocomplete: "off",
                    autocapitalize: "none",
                    spellcheck: "false",
                    maxlength: "{EmoteName::MAX}",
                    "aria-label": link.word("chat-emotes-search"),
                    placeholder: link.word("chat-emotes-search"),
                    value: "{letters}",
                    onmounted: move |event| mounted(SEARCH.to_owned(), &event, true),
                    oninput: move |event| {
                        at.set(0);
                        letters.set(event.value());
                    },
                    onkeydown: move |event| {
                        match event.key() {
                            Key::ArrowDown => {
                                event.prevent_default();
                                at.set(0);
                                if let Some(top) = &top {
                                    focus(places, top);
                                }
                            }
                            // It stands in the form of what is being written, which is not to be sent.
                            Key::Enter => {
                                event.prevent_default();
                                if let Some(first) = first.clone().filter(|_| is_searching) {
                                    onchoose.call(Chosen::Emote(first));
                                }
                            }
                            _ => {}
                        }
                    },
                }
            }
            div {
                class: "emoji-choices",
                onkeydown: move |event| {
                    match step(counts, at(), &event.key()) {
                        Step::Stay => {}
                        Step::To(next) => {
                            event.prevent_default();
                            at.set(next);
                            if let Some(label) = labels.get(next) {
                                focus(places, label);
                            }
                        }
                        Step::Out => {
                            event.prevent_default();
                            focus(places, SEARCH);
                        }
                    }
                },
                if has_search {
                    h3 { class: "emoji-head", {link.word("chat-emotes")} }
                }
                if is_searching && found.is_empty() {
                    p { class: "emoji-none soft small", role: "status", {link.words("chat-emotes-none", &[("name", written.trim().to_owned())])} }
                }
                div { class: "emoji-grid",
                    for (index , emote) in found.into_iter().enumerate() {
                        button {
                            key: "{emote.name}",
                            r#type: "button",
                            class: "emoji",
                            tabindex: reach(index),
                            "aria-label": ":{emote.name}:",
                            onmounted: {
                                let label = format!(":{}:", emote.name);
                                move |event| mounted(label.clone(), &event, false)
                            },
                            onclick: {
                                let name = emote.name.clone();
                                move |_| onchoose.call(Chosen::Emote(name.clone()))
                            },
                            EmoteImage { link, emote: emote.clone() }
                        }
                    }
                }
                if has_search && !is_searching {
                    h3 { class: "emoji-head", {link.word("chat-emoji")} }
                }
                div { class: "emoji-grid",
                    for (index , emoji) in emoji.iter().copied().enumerate() {
                        button {
                            key: "{emoji}",
                            r#type: "button",
                            class: "emoji",
                            tabindex: reach(counts.0 + index),
                            "aria-label": "{emoji}",
                            onmounted: move |event| mounted(emoji.to_owned(), &event, index == 0 && !has_search),
                            onclick: move |_| onchoose.call(Chosen::Emoji(emoji)),
                            "{emoji}"
                        }
                    }
                }
            }
        }
    }
}

fn focus(places: Places, label: &str) {
    let place = places.read().get(label).cloned();
    if let Some(place) = place {
        spawn(async move {
            // Refused only when it is gone.
            let _ = place.set_focus(true).await;
        });
    }
}

/// Whether there are keys to type on: under a finger, a field with the focus covers half of the screen with some.
fn has_keys() -> bool {
    let finger = web_sys::window().and_then(|window| window.match_media("(pointer: coarse)").ok().flatten());
    finger.is_none_or(|finger| !finger.matches())
}

/// Where a key leads.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Stay,
    To(usize),
    /// Above everything.
    Out,
}

/// Where a key leads from the `at`th button of two grids that stand one above the other and have so many.
fn step((upper, lower): (usize, usize), at: usize, key: &Key) -> Step {
    let last = (upper + lower).saturating_sub(1);
    // As if the last row of the upper grid were full.
    let gap = upper.next_multiple_of(COLUMNS) - upper;
    let place = if at < upper { at } else { at + gap };
    let there = match key {
        Key::ArrowRight => return Step::To((at + 1).min(last)),
        Key::ArrowLeft => return Step::To(at.saturating_sub(1)),
        Key::Home => return Step::To(0),
        Key::End => return Step::To(last),
        Key::ArrowDown => place + COLUMNS,
        Key::ArrowUp if place < COLUMNS => return Step::Out,
        Key::ArrowUp => place - COLUMNS,
        _ => return Step::Stay,
    };
    Step::To(if there < upper {
        there
    } else if there < upper + gap {
        upper.saturating_sub(1)
    } else {
        (there - gap).min(last)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_lead_through_both_grids_and_out_above() {
        // Two rows, the second of three; below it rows that are full.
        let of = |at, key| step((11, 56), at, &key);
        assert_eq!(of(0, Key::ArrowDown), Step::To(8));
        assert_eq!(of(8, Key::ArrowDown), Step::To(11));
        assert_eq!(of(5, Key::ArrowDown), Step::To(10), "there is none under it");
        assert_eq!(of(10, Key::ArrowDown), Step::To(13));
        assert_eq!(of(11, Key::ArrowUp), Step::To(8));
        assert_eq!(of(16, Key::ArrowUp), Step::To(10));
        assert_eq!(of(3, Key::ArrowUp), Step::Out);
        assert_eq!(of(10, Key::ArrowRight), Step::To(11));
        assert_eq!(of(0, Key::ArrowLeft), Step::To(0));
        assert_eq!(of(66, Key::ArrowDown), Step::To(66));
        assert_eq!(of(30, Key::End), Step::To(66));
        assert_eq!(of(30, Key::Enter), Step::Stay);
        assert_eq!(step((0, 56), 2, &Key::ArrowUp), Step::Out);
        assert_eq!(step((2, 0), 1, &Key::ArrowDown), Step::To(1));
    }
}
