//! Links to the server's own pages. Where the chat is shown somewhere else they may not be to be had.

use dioxus::prelude::*;
use klieg_api::Handle;

use super::ChatLink;

/// Leads to a channel, beside what is open; words only where that page is not to be had.
#[component]
pub(super) fn ChannelLink(link: ChatLink, channel: Handle, class: String, text: String) -> Element {
    match (link.host.page)(&format!("/{channel}")) {
        Some(address) => rsx! {
            a { class: "{class}", href: "{address}", target: "_blank", "{text}" }
        },
        None => rsx! {
            span { class: "{class}", "{text}" }
        },
    }
}
