//! A channel where it is one of several, and the small facts about it that many pages show.

use dioxus::prelude::*;
use dioxus_router::Link;
use klieg_api::channels::Channel;
use klieg_ui::icon::lucide;
use klieg_ui::{Avatar, Icon};

use crate::i18n::counted;
use crate::route::Route;
use crate::{browser, i18n, t};

/// What a channel is called: its chosen name, else its handle.
pub fn name(channel: &Channel) -> String {
    channel.display_name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| channel.handle.to_string())
}

/// What its show is called.
pub fn title(channel: &Channel) -> String {
    match (channel.title.as_str(), &channel.live) {
        ("", None) => name(channel),
        ("", Some(_)) => t!("untitled", "name" => name(channel)),
        (title, _) => title.to_owned(),
    }
}

/// A channel in a grid: its picture, whether it is live, its title and its creator.
#[component]
pub fn ChannelCard(channel: ReadSignal<Channel>) -> Element {
    let channel = channel.read();
    let live = channel.live.as_ref();
    let meta = [channel.category.as_str(), channel.language.as_str()];
    let meta = meta.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
    rsx! {
        article { class: if live.is_some() { "card" } else { "card offline" }, "data-testid": "channel-card",
            Picture { channel: channel.clone() }
            div { class: "card-text",
                Avatar { handle: channel.handle.to_string(), name: name(&channel) }
                div {
                    h3 { class: "card-title",
                        Link { class: "card-link", to: Route::channel(&channel.handle), {title(&channel)} }
                    }
                    p { class: "card-meta", {name(&channel)} }
                    if !meta.is_empty() {
                        p { class: "card-meta", "{meta}" }
                    }
                }
            }
        }
    }
}

/// A channel in a narrow list beside the one being watched.
#[component]
pub fn ChannelRow(channel: ReadSignal<Channel>) -> Element {
    let channel = channel.read();
    rsx! {
        article { class: "upnext-item card",
            Picture { channel: channel.clone() }
            div {
                h3 { class: "card-title",
                    Link { class: "card-link", to: Route::channel(&channel.handle), {title(&channel)} }
                }
                p { class: "card-meta", {name(&channel)} }
                p { class: "card-meta", "{channel.category}" }
            }
        }
    }
}

#[component]
fn Picture(channel: Channel) -> Element {
    let letter = name(&channel).chars().find(|letter| letter.is_alphanumeric()).unwrap_or('?');
    rsx! {
        div { class: "card-picture avatar-hue hue-{klieg_ui::hue(channel.handle.as_str())}",
            span { class: "card-letter", "aria-hidden": "true", "{letter}" }
            if let Some(live) = &channel.live {
                span { class: "badge-live", {t!("live")} }
                span { class: "card-count tabular", title: counted("viewers", live.viewers),
                    Icon { shape: lucide::EYE, size: 14 }
                    {browser::grouped(live.viewers, i18n::language())}
                }
            }
        }
    }
}

/// The shape of a grid of cards on its way.
#[component]
pub fn CardSkeletons(count: usize) -> Element {
    rsx! {
        div { class: "grid", "aria-busy": "true",
            for n in 0..count {
                div { class: "card", key: "{n}",
                    span { class: "card-picture skeleton" }
                    div { class: "card-text",
                        span { class: "skeleton skeleton-avatar" }
                        div { class: "skeleton-lines",
                            span { class: "skeleton skeleton-line" }
                            span { class: "skeleton skeleton-line short" }
                        }
                    }
                }
            }
        }
    }
}
