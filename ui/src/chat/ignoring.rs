//! Whose messages a viewer does not want to see: nobody else knows, and nothing is done to them.

use dioxus::prelude::*;
use klieg_api::Handle;

use super::ChatLink;
use crate::Icon;
use crate::icon::lucide;

impl ChatLink {
    /// Whose messages are not shown here. Who keeps order sees all. What is drawn by it has to follow the taste itself.
    pub(super) fn ignored(self) -> Vec<Handle> {
        if self.moderates() { Vec::new() } else { self.taste.peek().ignored.clone() }
    }

    fn ignore(self, who: &Handle, on: bool) {
        let mut taste = self.taste;
        taste.with_mut(|taste| {
            taste.ignored.retain(|known| known != who);
            if on {
                taste.ignored.push(who.clone());
            }
        });
    }
}

/// Hides what somebody says, or shows it again, which `onheed` hears of.
#[component]
pub(super) fn Ignoring(link: ChatLink, who: Handle, onheed: Option<EventHandler<()>>) -> Element {
    let is_ignored = link.taste.read().ignored.contains(&who);
    let word = if is_ignored { "chat-heed" } else { "chat-ignore" };
    rsx! {
        button {
            class: "button button-quiet",
            "data-testid": "ignore",
            title: link.word("chat-ignore-why"),
            onclick: {
                let who = who.clone();
                move |_| {
                    link.ignore(&who, !is_ignored);
                    if let Some(onheed) = onheed.filter(|_| is_ignored) {
                        onheed.call(());
                    }
                }
            },
            Icon { shape: if is_ignored { lucide::EYE } else { lucide::EYE_OFF }, size: 16 }
            {link.words(word, &[("name", who.to_string())])}
        }
    }
}

/// Whom one ignores, to show them again: the button of who is shown goes. Nothing if that is nobody.
#[component]
pub(super) fn Ignored(link: ChatLink, onheed: EventHandler<()>) -> Element {
    (link.taste)();
    let ignored = link.ignored();
    if ignored.is_empty() {
        return rsx! {};
    }
    rsx! {
        div { role: "group", "aria-label": link.word("chat-ignored"),
            p { class: "soft small", {link.word("chat-ignored")} }
            for who in ignored {
                Ignoring { key: "{who}", link, who, onheed: move |()| onheed.call(()) }
            }
        }
    }
}
