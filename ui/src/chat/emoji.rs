//! Emotes and emoji to choose from.

mod table;

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use dioxus::prelude::*;
use klieg_api::emotes::{Emote, EmoteName};
use klieg_core::room::emotes;

use super::ChatLink;
use super::text::EmoteImage;

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

/// A search, the channel's emotes, and below them emoji in groups. The arrows lead through them, Escape closes it.
#[component]
pub(super) fn Picker(link: ChatLink, onchoose: EventHandler<Chosen>, onclose: EventHandler<()>) -> Element {
    let mut letters = use_signal(String::new);
    // The one that Tab leads to.
    let mut at = use_signal(|| 0_usize);
    let mut places: Places = use_hook(|| CopyValue::new(HashMap::new()));
    // Not with each message: there are many buttons.
    let all = use_memo(move || {
        (link.version)();
        link.room.read().emotes().clone()
    })();
    let written = letters();
    let is_searching = !written.trim().is_empty();
    let found: Vec<Emote> = emotes::found(&written, &all).into_iter().cloned().collect();
    let groups: Vec<(Option<&'static str>, Vec<&'static str>)> = if is_searching {
        vec![(None, table::found(&written))]
    } else {
        table::groups().into_iter().map(|group| (Some(group.heading()), group.emoji)).collect()
    };
    let counts: Vec<usize> = std::iter::once(found.len()).chain(groups.iter().map(|(_, emoji)| emoji.len())).collect();
    let names = found.iter().map(|emote| format!(":{}:", emote.name));
    let emoji = || groups.iter().flat_map(|(_, emoji)| emoji.iter().copied());
    let labels: Rc<[String]> = names.chain(emoji().map(str::to_owned)).collect();
    let first =
        found.first().map(|emote| Chosen::Emote(emote.name.clone())).or_else(|| emoji().next().map(Chosen::Emoji));
    let (is_none, top) = (labels.is_empty(), labels.first().cloned());
    let has_emotes = !all.is_empty();
    // Each with the place of its first among everything.
    let groups = groups.into_iter().scan(found.len(), |start, (heading, emoji)| {
        let first = *start;
        *start += emoji.len();
        Some((heading, first, emoji))
    });
    let groups: Vec<_> = groups.filter(|(.., emoji)| !emoji.is_empty()).collect();
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
                                onchoose.call(first);
                            }
                        }
                        _ => {}
                    }
                },
            }
            div {
                class: "emoji-choices",
                onkeydown: move |event| {
                    match step(&counts, at(), &event.key()) {
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
                if has_emotes && !(is_searching && found.is_empty()) {
                    h3 { class: "emoji-head", {link.word("chat-emotes")} }
                }
                if is_searching && is_none {
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
                for (heading , first , emoji) in groups {
                    if let Some(heading) = heading {
                        h3 { class: "emoji-head", {link.word(heading)} }
                    }
                    div { class: "emoji-grid",
                        for (index , emoji) in emoji.into_iter().enumerate() {
                            button {
                                key: "{emoji}",
                                r#type: "button",
                                class: "emoji",
                                tabindex: reach(first + index),
                                "aria-label": "{emoji}",
                                onmounted: move |event| mounted(emoji.to_owned(), &event, false),
                                onclick: move |_| onchoose.call(Chosen::Emoji(emoji)),
                                "{emoji}"
                            }
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

/// Where a key leads from the `at`th button of grids that stand one above the other and have so many.
fn step(counts: &[usize], at: usize, key: &Key) -> Step {
    let last = counts.iter().sum::<usize>().saturating_sub(1);
    let mut rows: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for count in counts {
        let end = start + count;
        rows.extend((start..end).step_by(COLUMNS).map(|first| first..end.min(first + COLUMNS)));
        start = end;
    }
    let row = rows.iter().position(|row| row.contains(&at)).unwrap_or_default();
    let column = rows.get(row).map_or(0, |row| at.saturating_sub(row.start));
    // Where the next row is shorter, its end is meant.
    let under = |row: Option<&Range<usize>>| row.map(|row| (row.start + column).min(row.end - 1));
    match key {
        Key::ArrowRight => Step::To((at + 1).min(last)),
        Key::ArrowLeft => Step::To(at.saturating_sub(1)),
        Key::Home => Step::To(0),
        Key::End => Step::To(last),
        Key::ArrowDown => Step::To(under(rows.get(row + 1)).unwrap_or(last)),
        Key::ArrowUp => row.checked_sub(1).and_then(|above| under(rows.get(above))).map_or(Step::Out, Step::To),
        _ => Step::Stay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_lead_through_all_grids_and_out_above() {
        // Two rows, the second of three; below it rows that are full.
        let of = |at, key| step(&[11, 56], at, &key);
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
        assert_eq!(step(&[0, 56], 2, &Key::ArrowUp), Step::Out);
        assert_eq!(step(&[2, 0], 1, &Key::ArrowDown), Step::To(1));
        assert_eq!(step(&[0, 3, 2], 2, &Key::ArrowDown), Step::To(4));
        assert_eq!(step(&[], 0, &Key::ArrowUp), Step::Out);
    }
}
