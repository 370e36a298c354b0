//! What stands above the talk until it is put away: cards with a heading, and banners of a line or two.

use dioxus::prelude::*;

use super::ChatLink;
use crate::Icon;
use crate::icon::lucide;

/// A question that people answer together. When it is `over`, everybody may put it away.
#[component]
pub(super) fn Card(
    link: ChatLink,
    /// What tests call it.
    name: String,
    label: String,
    heading: String,
    stage: &'static str,
    over: bool,
    onaway: EventHandler<()>,
    children: Element,
) -> Element {
    rsx! {
        section { class: "chat-poll", "aria-label": label, "data-testid": name, "data-stage": stage,
            header {
                h3 { "{heading}" }
                if over {
                    PutAway { link, onaway }
                }
            }
            {children}
        }
    }
}

/// Something that happens, or happened.
#[component]
pub(super) fn Banner(
    /// What tests call it.
    name: String,
    shape: &'static [&'static str],
    /// It is read out as a whole.
    #[props(default = true)]
    status: bool,
    children: Element,
) -> Element {
    rsx! {
        div { class: "chat-raid", role: if status { "status" }, "data-testid": name,
            Icon { shape, size: 16 }
            {children}
        }
    }
}

#[component]
pub(super) fn PutAway(link: ChatLink, onaway: EventHandler<()>) -> Element {
    rsx! {
        button {
            class: "icon-button",
            title: link.word("chat-poll-away"),
            "aria-label": link.word("chat-poll-away"),
            onclick: move |_| onaway.call(()),
            Icon { shape: lucide::X, size: 16 }
        }
    }
}
