//! The channels the viewer follows, live ones first.

use dioxus::prelude::*;
use dioxus_router::Link;
use klieg_api::Page;
use klieg_api::channels::Channel;
use klieg_core::calls;
use klieg_ui::Notice;
use klieg_ui::icon::lucide;

use super::trouble::{LogInFirst, Trouble};
use crate::card::{CardSkeletons, ChannelCard};
use crate::client::{self, VIEWER, Viewer};
use crate::frame::FOLLOWS;
use crate::route::Route;
use crate::{browser, t};

#[component]
pub fn Following() -> Element {
    use_effect(|| browser::set_title(&t!("nav-following")));
    let mut list = use_resource(|| async {
        FOLLOWS();
        client::send::<Page<Channel>>(calls::following()).await
    });
    if *VIEWER.read() == Viewer::Anonymous {
        return rsx! {
            LogInFirst {}
        };
    }
    let loaded = list.read().clone();
    let (live, off): (Vec<_>, Vec<_>) = match loaded {
        None => {
            return rsx! {
                h1 { {t!("nav-following")} }
                div { class: "section-head" }
                CardSkeletons { count: 6 }
            };
        }
        Some(Err(error)) => {
            return rsx! {
                Trouble { error, onretry: move |()| list.restart() }
            };
        }
        Some(Ok(page)) => page.items.into_iter().partition(|channel| channel.live.is_some()),
    };
    if live.is_empty() && off.is_empty() {
        return rsx! {
            Notice { shape: lucide::HEART, title: t!("following-none"), text: t!("following-none-next"),
                Link { class: "button button-primary", to: Route::home(), {t!("see-live")} }
            }
        };
    }
    rsx! {
        h1 { {t!("nav-following")} }
        if !live.is_empty() {
            div { class: "section-head", h2 { {t!("live-now")} } }
            Grid { channels: live }
        }
        if !off.is_empty() {
            div { class: "section-head", h2 { {t!("not-live")} } }
            Grid { channels: off }
        }
    }
}

#[component]
fn Grid(channels: Vec<Channel>) -> Element {
    rsx! {
        div { class: "grid",
            for channel in channels {
                ChannelCard { key: "{channel.handle}", channel }
            }
        }
    }
}
