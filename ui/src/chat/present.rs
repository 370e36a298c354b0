//! Who is here: the list behind the number above the talk.

use std::rc::Rc;

use dioxus::prelude::*;
use klieg_api::room::Author;
use klieg_core::room::Reading;

use super::line::BadgeIcon;
use super::{ChatLink, focus};
use crate::hue;

#[component]
pub(super) fn WhoIsHere(link: ChatLink, onclose: EventHandler<()>) -> Element {
    use_hook(move || link.change(|room| room.look_at_present(true)));
    use_drop(move || {
        let mut room = link.room;
        room.write().look_at_present(false);
    });
    let mut element = use_signal(|| None::<Rc<MountedData>>);
    let mut has_pressed = use_signal(|| false);
    use_effect(move || {
        (link.version)();
        let known = link.room.read().who_is_here().map(|known| (known.reading, known.more));
        if let Some((Reading::Read, more)) = known
            && has_pressed()
        {
            has_pressed.set(false);
            // The button went with what it has brought: the keyboard goes on from the list.
            if !more {
                focus(element);
            }
        }
    });
    (link.version)();
    let room = link.room.read();
    let Some(known) = room.who_is_here() else { return rsx! {} };
    // Who keeps order since a moment ago may stand in both.
    let lists = [("keepers", known.keepers.clone()), ("people", known.people.clone())];
    let lists: Vec<_> = lists.into_iter().filter(|(_, authors)| !authors.is_empty()).collect();
    let (guests, unlisted, reading) = (known.guests, known.unlisted, known.reading);
    let (more, is_known) = (known.more, known.is_known());
    drop(room);
    let is_reading = reading == Reading::Asked;
    rsx! {
        section {
            class: "chat-settings chat-who",
            "aria-label": link.word("chat-here"),
            "data-testid": "here",
            tabindex: "-1",
            onmounted: move |event| element.set(Some(event.data())),
            onkeydown: move |event| {
                if event.key() == Key::Escape {
                    onclose.call(());
                }
            },
            h3 { {link.word("chat-here")} }
            if guests > 0 {
                p { class: "soft small tabular", {link.words("chat-here-guests", &[("count", guests.to_string())])} }
            }
            if unlisted > 0 {
                p { class: "soft small tabular", {link.words("chat-here-unlisted", &[("count", unlisted.to_string())])} }
            }
            if is_reading && !is_known {
                p { class: "soft small", role: "status", {link.word("chat-looking")} }
                for line in 0..4 {
                    span { key: "{line}", class: "skeleton skeleton-line", "aria-hidden": "true" }
                }
            } else if is_known && lists.is_empty() && unlisted == 0 {
                p { class: "soft small", {link.word("chat-here-nobody")} }
            }
            for (named , authors) in lists {
                ul { key: "{named}",
                    for author in authors {
                        Somebody { key: "{author.handle}", link, author }
                    }
                }
            }
            if reading == Reading::Refused {
                p { class: "chat-trouble", role: "alert", {link.word("chat-here-refused")} }
            }
            if more || reading == Reading::Refused {
                button {
                    class: "button button-quiet",
                    "aria-busy": "{is_reading}",
                    onclick: move |_| {
                        has_pressed.set(true);
                        link.change(klieg_core::room::Room::read_on_present);
                    },
                    {link.word(if reading == Reading::Refused { "chat-look-again" } else { "chat-here-more" })}
                }
            }
        }
    }
}

#[component]
fn Somebody(link: ChatLink, author: Author) -> Element {
    let who = author.handle.clone();
    rsx! {
        li {
            for badge in author.badges.iter().copied() {
                BadgeIcon { link, badge }
            }
            button {
                class: "line-name hue-{hue(author.handle.as_str())}",
                title: "@{author.handle}",
                onclick: move |_| link.look(who.clone()),
                "{author.shown()}"
            }
            // A name may be anybody's.
            if author.name.is_some() {
                span { class: "soft small", "@{author.handle}" }
            }
        }
    }
}
