//! Above the first message: the way to what was said before it, and that there is nothing. What is read stays where it stands.

use dioxus::prelude::*;
use klieg_core::room::Earlier;

use super::ChatLink;
use crate::Icon;
use crate::icon::lucide;

/// Where a message stands in the list, in pixels from its top.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    message: String,
    top: f64,
}

impl Place {
    /// That of the first message that is drawn.
    pub(super) fn of_first() -> Option<Self> {
        let page = web_sys::window()?.document()?;
        let message = page.query_selector(".chat-list [data-message]").ok()??;
        let list = message.closest(".chat-list").ok()??;
        Some(Self { message: message.get_attribute("data-message")?, top: distance(&list, &message) })
    }

    /// Scrolls the list so that the message stands where it did; nothing if it is gone.
    pub(super) fn keep(&self) {
        let page = web_sys::window().and_then(|window| window.document());
        let message = page.and_then(|page| page.get_element_by_id(&format!("message-{}", self.message)));
        let Some(message) = message else { return };
        if let Ok(Some(list)) = message.closest(".chat-list") {
            let moved = distance(&list, &message) - self.top;
            list.set_scroll_top(list.scroll_top() + moved.round() as i32);
        }
    }
}

fn distance(list: &web_sys::Element, message: &web_sys::Element) -> f64 {
    message.get_bounding_client_rect().top() - list.get_bounding_client_rect().top()
}

/// What there is before the first message.
#[component]
pub(super) fn Before(link: ChatLink, earlier: Earlier, onread: EventHandler<()>) -> Element {
    let is_reading = earlier == Earlier::Reading;
    rsx! {
        li { class: "chat-earlier", "data-testid": "earlier",
            match earlier {
                // One button for all three, so that it keeps the focus.
                Earlier::More | Earlier::Reading | Earlier::Refused => rsx! {
                    if earlier == Earlier::Refused {
                        p { role: "status", {link.word("chat-earlier-refused")} }
                    }
                    button {
                        class: "button button-quiet",
                        "aria-busy": "{is_reading}",
                        "aria-disabled": "{is_reading}",
                        onclick: move |_| onread.call(()),
                        Icon { shape: lucide::CHEVRON_UP, size: 16 }
                        {link.word(if is_reading { "chat-earlier-reading" } else { "chat-earlier" })}
                    }
                    if is_reading {
                        span { class: "skeleton skeleton-line", "aria-hidden": "true" }
                        span { class: "skeleton skeleton-line", "aria-hidden": "true" }
                    }
                },
                Earlier::Begun => rsx! {
                    p { {link.word("chat-earlier-begun")} }
                },
                Earlier::Full => rsx! {
                    p { {link.word("chat-earlier-full")} }
                },
            }
        }
    }
}
