//! Above the first message: the way to what was said before it, and that there is nothing.

use dioxus::prelude::*;
use klieg_core::room::Earlier;

use super::ChatLink;
use crate::Icon;
use crate::icon::lucide;

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
