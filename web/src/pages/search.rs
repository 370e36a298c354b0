//! Search among all channels, live or not.

use dioxus::prelude::*;
use klieg_core::calls::{self, Find};
use klieg_ui::Notice;
use klieg_ui::icon::lucide;

use super::listing::{Grid, ShowMore, use_listing};
use super::trouble::Trouble;
use crate::card::CardSkeletons;
use crate::search_box::SearchBox;
use crate::{browser, t};

#[component]
pub fn Search(q: ReadSignal<String>) -> Element {
    use_effect(|| browser::set_title(&t!("nav-search")));
    rsx! {
        h1 { {t!("nav-search")} }
        SearchBox { name: "words", class: "search-page", q: q() }
        if q.read().is_empty() {
            p { class: "soft", {t!("search-what")} }
        } else {
            Found { q }
        }
    }
}

#[component]
fn Found(q: ReadSignal<String>) -> Element {
    let query = use_memo(move || Find { words: Some(q()), ..Find::default() });
    let listing = use_listing(query, |find, cursor| calls::channels(&Find { cursor, ..find.clone() }), || false);
    if let Some(error) = listing.error() {
        return rsx! {
            Trouble { error, onretry: move |()| listing.look_again() }
        };
    }
    match listing.channels() {
        None => rsx! {
            CardSkeletons { count: 4 }
        },
        Some(channels) if channels.is_empty() => rsx! {
            Notice { shape: lucide::SEARCH, title: t!("search-none", "words" => q()), text: t!("search-none-next") }
        },
        Some(channels) => rsx! {
            Grid { channels }
            ShowMore { listing }
        },
    }
}
