//! The channels the viewer follows, live ones first.

use dioxus::prelude::*;
use dioxus_router::Link;
use klieg_core::calls;
use klieg_ui::Notice;
use klieg_ui::icon::lucide;

use super::listing::{Grid, ShowMore, use_listing};
use super::trouble::{LogInFirst, Trouble};
use crate::card::CardSkeletons;
use crate::client::{VIEWER, Viewer};
use crate::frame::FOLLOWS;
use crate::route::Route;
use crate::{browser, t};

#[component]
pub fn Following() -> Element {
    use_effect(|| browser::set_title(&t!("nav-following")));
    let follows = use_memo(|| FOLLOWS.cloned());
    let listing = use_listing(follows, |_, cursor| calls::following(cursor.as_deref()), || false);
    if *VIEWER.read() == Viewer::Anonymous {
        return rsx! {
            LogInFirst {}
        };
    }
    if let Some(error) = listing.error() {
        return rsx! {
            Trouble { error, onretry: move |()| listing.look_again() }
        };
    }
    let Some(channels) = listing.channels() else {
        return rsx! {
            h1 { {t!("nav-following")} }
            div { class: "section-head" }
            CardSkeletons { count: 6 }
        };
    };
    let (live, off): (Vec<_>, Vec<_>) = channels.into_iter().partition(|channel| channel.live.is_some());
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
        ShowMore { listing }
    }
}
