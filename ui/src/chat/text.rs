//! What somebody wrote, with its mentions, links and emotes.

use std::sync::Arc;

use dioxus::prelude::*;
use klieg_api::Handle;
use klieg_api::emotes::Emote;
use klieg_core::room::{Segment, is_large, segments};

use super::ChatLink;
use super::page::ChannelLink;

#[component]
pub(super) fn Text(
    link: ChatLink,
    text: String,
    #[props(default)] mentions: Vec<Handle>,
    emotes: Arc<[Emote]>,
) -> Element {
    let parts = segments(&text, &mentions, &emotes);
    let class = if is_large(&parts) { "line-said line-said-large" } else { "line-said" };
    rsx! {
        span { class,
            for (index , part) in parts.into_iter().enumerate() {
                match part {
                    Segment::Text(text) => rsx! {
                        span { key: "{index}", "{text}" }
                    },
                    Segment::Mention(text, handle) => rsx! {
                        ChannelLink { key: "{index}", link, channel: handle.clone(), class: "mention", text: "{text}" }
                    },
                    Segment::Link(address) => rsx! {
                        a {
                            key: "{index}",
                            href: "{address}",
                            target: "_blank",
                            rel: "noopener noreferrer nofollow ugc",
                            "{address}"
                        }
                    },
                    Segment::Emote(_, emote) => rsx! {
                        EmoteImage { key: "{index}", link, emote: emote.clone() }
                    },
                }
            }
        }
    }
}

/// An emote's picture: its first frame alone for whoever wants no motion, its name where it cannot be shown.
#[component]
pub(super) fn EmoteImage(link: ChatLink, emote: Emote) -> Element {
    let written = format!(":{}:", emote.name);
    let is_still = (link.taste)().still;
    let Some(address) = (link.host.picture)(&emote.url) else { return rsx! { "{written}" } };
    let still = emote.still.as_deref().and_then(link.host.picture);
    // Its width is known before it comes, so that nothing beside it moves when it does.
    let image = |address: String| {
        rsx! {
            img {
                class: "emote",
                src: "{address}",
                alt: "{written}",
                title: "{written}",
                width: "{emote.width}",
                height: "{emote.height}",
                decoding: "async",
                draggable: "false",
            }
        }
    };
    match still {
        Some(still) if is_still => image(still),
        Some(still) => rsx! {
            picture {
                source { "media": "(prefers-reduced-motion: reduce)", "srcset": "{still}" }
                {image(address)}
            }
        },
        None => image(address),
    }
}
