//! Above the talk: how many are here and who, and how one likes it.

use std::rc::Rc;

use dioxus::prelude::*;
use klieg_core::room::Link;

use super::desk::Desk;
use super::ignoring::Ignored;
use super::poll::PollForm;
use super::present::WhoIsHere;
use super::rules::Rules;
use super::{ChatLink, Taste, focus};
use crate::icon::lucide;
use crate::{Icon, Segments, Switch};

#[component]
pub(super) fn Head(link: ChatLink) -> Element {
    let mut open = use_signal(|| false);
    let mut asking = use_signal(|| false);
    let mut keeping = use_signal(|| false);
    let mut seeing = use_signal(|| false);
    let mut counter = use_signal(|| None::<Rc<MountedData>>);
    let mut settings = use_signal(|| None::<Rc<MountedData>>);
    (link.version)();
    let present = link.room.read().present();
    let is_over = matches!(link.room.read().link(), Link::Over(_));
    let is_seen = seeing() && !is_over;
    let now = (link.taste)();
    let sizes = ["chat-small", "chat-usual", "chat-large"];
    let options = sizes.iter().enumerate().map(|(size, name)| (size.to_string(), link.word(name))).collect::<Vec<_>>();
    let set = move |change: &dyn Fn(&mut Taste)| {
        let mut taste = link.taste;
        change(&mut taste.write());
    };
    rsx! {
        header { class: "chat-head",
            h2 { {link.word("chat")} }
            if present > 0 {
                button {
                    class: "chat-present tabular",
                    title: link.word("chat-here"),
                    "aria-label": link.words("chat-present", &[("count", present.to_string())]),
                    "aria-expanded": "{is_seen}",
                    "data-testid": "present",
                    disabled: is_over,
                    onmounted: move |event| counter.set(Some(event.data())),
                    onclick: move |_| seeing.toggle(),
                    Icon { shape: lucide::USERS_ROUND, size: 16 }
                    span { "aria-hidden": "true", "{present}" }
                }
            }
            if link.moderates() {
                button {
                    class: "icon-button",
                    title: link.word("chat-desk"),
                    "aria-label": link.word("chat-desk"),
                    "aria-expanded": "{keeping()}",
                    onclick: move |_| keeping.toggle(),
                    Icon { shape: lucide::SHIELD, size: 18 }
                }
            }
            if link.may(|may| may.events) {
                button {
                    class: "icon-button",
                    title: link.word("chat-poll-new"),
                    "aria-label": link.word("chat-poll-new"),
                    "aria-expanded": "{asking()}",
                    onclick: move |_| asking.toggle(),
                    Icon { shape: lucide::CHART_BAR_BIG, size: 18 }
                }
            }
            button {
                class: "icon-button",
                title: link.word("chat-settings"),
                "aria-label": link.word("chat-settings"),
                "aria-expanded": "{open()}",
                "data-testid": "chat-settings",
                onclick: move |_| open.toggle(),
                Icon { shape: lucide::SETTINGS_2, size: 18 }
            }
        }
        if is_seen {
            WhoIsHere {
                link,
                onclose: move |()| {
                    seeing.set(false);
                    focus(counter);
                },
            }
        }
        if keeping() && link.moderates() {
            Desk { link, onclose: move |()| keeping.set(false) }
        }
        if asking() && link.may(|may| may.events) {
            PollForm { link, onclose: move |()| asking.set(false) }
        }
        if open() {
            div {
                class: "chat-settings",
                role: "group",
                "aria-label": link.word("chat-settings"),
                tabindex: "-1",
                onmounted: move |event| settings.set(Some(event.data())),
                onkeydown: move |event| {
                    if event.key() == Key::Escape {
                        open.set(false);
                    }
                },
                Segments {
                    label: link.word("chat-size"),
                    name: "chat-size",
                    options,
                    value: now.size.to_string(),
                    onchoose: move |size: String| set(&|taste| taste.size = size.parse().unwrap_or(1)),
                }
                Switch {
                    label: link.word("chat-times"),
                    name: "chat-times",
                    on: now.times,
                    onset: move |on| set(&|taste| taste.times = on),
                }
                Switch {
                    label: link.word("chat-readable"),
                    hint: link.word("chat-readable-why"),
                    name: "chat-readable",
                    on: now.readable,
                    onset: move |on| set(&|taste| taste.readable = on),
                }
                // Who moderates is shown everything in any case.
                if !link.moderates() {
                    Switch {
                        label: link.word("chat-everything"),
                        hint: link.word("chat-everything-why"),
                        name: "chat-everything",
                        on: now.everything,
                        onset: move |on| set(&|taste| taste.everything = on),
                    }
                }
                Switch {
                    label: link.word("chat-still"),
                    hint: link.word("chat-still-why"),
                    name: "chat-still",
                    on: now.still,
                    onset: move |on| set(&|taste| taste.still = on),
                }
                if link.host.has_picture {
                    Switch {
                        label: link.word("chat-in-step"),
                        hint: link.word("chat-in-step-why"),
                        name: "chat-in-step",
                        on: now.in_step,
                        onset: move |on| set(&|taste| taste.in_step = on),
                    }
                }
                Ignored { link, onheed: move |()| focus(settings) }
                if link.may(|may| may.rules) {
                    Rules { link }
                }
            }
        }
    }
}
