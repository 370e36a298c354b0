//! A channel: the picture first, who made it, and what else is on.

use dioxus::prelude::*;
use dioxus_router::{Link, use_navigator, use_route};
use klieg_api::Page;
use klieg_api::channels::Channel as ChannelData;
use klieg_core::calls::{self, Find};
use klieg_ui::icon::lucide;
use klieg_ui::{Avatar, AvatarSize, Icon, use_toasts};

use super::missing::Nowhere;
use super::trouble::{Trouble, words};
use crate::card::{ChannelRow, name, title};
use crate::chat::{ChatPanel, use_shown};
use crate::client::{self, VIEWER, Viewer};
use crate::frame::FOLLOWS;
use crate::i18n::{self, counted};
use crate::player::{Mode, Player};
use crate::route::Route;
use crate::{browser, t};

#[component]
pub fn Channel(handle: String) -> Element {
    rsx! {
        // A list of one, so that another handle gets a page and a player of its own.
        for handle in [handle] {
            Load { key: "{handle}", handle }
        }
    }
}

#[component]
fn Load(handle: String) -> Element {
    let address = format!("/{handle}");
    let mut first = use_resource(move || {
        let handle = handle.clone();
        async move { client::send::<ChannelData>(calls::channel(&handle)).await }
    });
    let loaded = first.read().clone();
    match loaded {
        None => rsx! {
            div { class: "watch", "aria-busy": "true",
                div {
                    div { class: "stage" }
                    div { class: "watch-head",
                        span { class: "skeleton avatar avatar-large" }
                        div { class: "skeleton-lines",
                            span { class: "skeleton skeleton-line" }
                            span { class: "skeleton skeleton-line short" }
                        }
                    }
                }
            }
        },
        Some(Err(error)) if error.status() == Some(404) => rsx! {
            Nowhere { address }
        },
        Some(Err(error)) => rsx! {
            Trouble { error, onretry: move |()| first.restart() }
        },
        Some(Ok(channel)) => rsx! {
            Watch { first: channel }
        },
    }
}

#[component]
fn Watch(first: ChannelData) -> Element {
    let channel = use_signal(|| first);
    let latency = use_signal(|| None::<u32>);
    let playing = use_signal(|| false);
    let chat = use_shown();
    use_effect(move || browser::set_title(&name(&channel.read())));
    let now = channel.read();
    // Where nothing is on there is nothing to make room for, nor the button that shows it again.
    let has_chat = chat.is_on() || now.live.is_none();
    rsx! {
        div { class: "watch", "data-chat": if has_chat { "on" } else { "off" },
            div { class: "watch-main",
                Player { channel, mode: Mode::Full, latency, playing, chat }
                header { class: "watch-head",
                    Avatar {
                        handle: now.handle.to_string(),
                        name: name(&now),
                        size: AvatarSize::Large,
                        live: now.live.is_some(),
                    }
                    div {
                        h1 { {title(&now)} }
                        p { class: "watch-facts",
                            strong { {name(&now)} }
                            span { class: "tabular", {counted("followers", now.followers)} }
                        }
                        Facts { channel }
                    }
                    div { class: "follow", Follow { channel } }
                }
                section { class: "about",
                    h2 { {t!("about-name", "name" => name(&now))} }
                    p {
                        if now.about.is_empty() {
                            {t!("about-empty", "name" => name(&now))}
                        } else {
                            "{now.about}"
                        }
                    }
                }
            }
            div { class: "watch-chat",
                ChatPanel { handle: now.handle.clone(), latency, playing }
            }
            UpNext { besides: now.handle.to_string() }
        }
    }
}

/// What is on now, in a line.
#[component]
fn Facts(channel: Signal<ChannelData>) -> Element {
    let mut beat = use_signal(|| 0_u32);
    use_future(move || async move {
        loop {
            gloo_timers::future::TimeoutFuture::new(1_000).await;
            beat += 1;
        }
    });
    beat();
    let now = channel.read();
    rsx! {
        div { class: "watch-facts",
            if let Some(live) = &now.live {
                span { class: "viewers tabular", "data-testid": "viewers",
                    Icon { shape: lucide::EYE, size: 16 }
                    {counted("viewers", live.viewers)}
                }
                span {
                    class: "tabular",
                    title: t!("live-since", "time" => browser::moment(live.started_at, i18n::language())),
                    Icon { shape: lucide::CLOCK, size: 16 }
                    {i18n::clock(browser::seconds_since(live.started_at))}
                }
            }
            if !now.category.is_empty() {
                Link { class: "text-link", to: Route::Home { category: now.category.clone() }, "{now.category}" }
            }
            if now.mature {
                span { class: "tag", {t!("mature")} }
            }
            if !now.tags.is_empty() {
                div { class: "tags",
                    for tag in &now.tags {
                        Link { class: "tag", key: "{tag}", to: Route::Search { q: tag.clone() }, "{tag}" }
                    }
                }
            }
        }
    }
}

#[component]
fn Follow(channel: Signal<ChannelData>) -> Element {
    let mut channel = channel;
    let navigator = use_navigator();
    let here = use_route::<Route>();
    let toasts = use_toasts();
    let mut busy = use_signal(|| false);
    let now = channel.read();
    if VIEWER.read().me().is_some_and(|me| me.handle == now.handle) {
        return rsx! {
            Link { class: "button button-plain", to: Route::Studio {}, {t!("manage-show")} }
        };
    }
    let follows = now.following == Some(true);
    let toggle = move |_| {
        if *VIEWER.read() == Viewer::Anonymous {
            navigator.push(Route::log_in(&here));
            return;
        }
        if busy() {
            return;
        }
        busy.set(true);
        spawn(async move {
            let handle = channel.peek().handle.to_string();
            match client::send_only(calls::follow(&handle, !follows)).await {
                Ok(()) => {
                    channel.with_mut(|channel| {
                        channel.following = Some(!follows);
                        channel.followers = channel.followers.saturating_add_signed(if follows { -1 } else { 1 });
                    });
                    *FOLLOWS.write() += 1;
                }
                Err(error) => crate::pages::say(toasts, words(&error)),
            }
            busy.set(false);
        });
    };
    rsx! {
        button {
            class: if follows { "button button-plain follow-off" } else { "button button-primary follow-off" },
            "data-testid": "follow",
            "aria-pressed": "{follows}",
            "aria-busy": "{busy()}",
            onclick: toggle,
            Icon { shape: if follows { lucide::CHECK } else { lucide::HEART } }
            if follows {
                {t!("followed")}
            } else {
                {t!("follow")}
            }
        }
    }
}

/// What else is live, for the space beside the picture.
#[component]
fn UpNext(besides: String) -> Element {
    let others = use_resource(|| async {
        let find = Find { live: true, ..Find::default() };
        // Without it the page is complete all the same.
        client::send::<Page<ChannelData>>(calls::channels(&find)).await.map(|page| page.items).unwrap_or_default()
    });
    let others: Vec<ChannelData> =
        others().unwrap_or_default().into_iter().filter(|channel| channel.handle.as_str() != besides).take(7).collect();
    rsx! {
        aside { class: "watch-side", "aria-label": t!("also-live"),
            section {
                h2 { {t!("also-live")} }
                if others.is_empty() {
                    p { class: "soft small", {t!("also-live-none")} }
                } else {
                    div { class: "upnext",
                        for channel in others {
                            ChannelRow { key: "{channel.handle}", channel }
                        }
                    }
                }
            }
        }
    }
}
