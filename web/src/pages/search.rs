//! Search among all channels, live or not.

use dioxus::prelude::*;
use dioxus_router::use_navigator;
use klieg_api::Page;
use klieg_api::channels::Channel;
use klieg_core::calls::{self, Find};
use klieg_ui::icon::lucide;
use klieg_ui::{Icon, Notice};

use super::trouble::Trouble;
use crate::card::{CardSkeletons, ChannelCard};
use crate::route::Route;
use crate::{browser, client, t};

#[component]
pub fn Search(q: ReadSignal<String>) -> Element {
    use_effect(|| browser::set_title(&t!("nav-search")));
    let navigator = use_navigator();
    let mut words = use_signal(move || q.peek().clone());
    use_effect(move || words.set(q()));
    let mut found = use_resource(move || {
        let words = q();
        async move {
            if words.is_empty() {
                return None;
            }
            let find = Find { words: Some(words), ..Find::default() };
            Some(client::send::<Page<Channel>>(calls::channels(&find)).await.map(|page| page.items))
        }
    });
    let loaded = found.read().clone();
    rsx! {
        h1 { {t!("nav-search")} }
        form {
            class: "searchbox search-page",
            role: "search",
            onsubmit: move |event| {
                event.prevent_default();
                navigator.push(Route::Search { q: words().trim().to_owned() });
            },
            Icon { shape: lucide::SEARCH }
            input {
                class: "input",
                r#type: "search",
                name: "words",
                "aria-label": t!("search-label"),
                placeholder: t!("search-label"),
                autocomplete: "off",
                value: "{words}",
                oninput: move |event| words.set(event.value()),
            }
        }
        match loaded {
            None => rsx! {
                CardSkeletons { count: 4 }
            },
            Some(None) => rsx! {
                p { class: "soft", {t!("search-what")} }
            },
            Some(Some(Err(error))) => rsx! {
                Trouble { error, onretry: move |()| found.restart() }
            },
            Some(Some(Ok(channels))) if channels.is_empty() => rsx! {
                Notice { shape: lucide::SEARCH, title: t!("search-none", "words" => q()), text: t!("search-none-next") }
            },
            Some(Some(Ok(channels))) => rsx! {
                div { class: "grid",
                    for channel in channels {
                        ChannelCard { key: "{channel.handle}", channel }
                    }
                }
            },
        }
    }
}
