//! Home: the most watched show playing silently, and everything else that is live; it is looked at again and again, and nothing
//! on it moves for that.

use dioxus::prelude::*;
use dioxus_router::{Link, use_navigator};
use klieg_api::Page;
use klieg_api::channels::Channel;
use klieg_core::calls::{self, Find};
use klieg_ui::icon::lucide;
use klieg_ui::{Avatar, Icon};
use serde::Deserialize;

use super::listing::{Grid, ShowMore, use_listing};
use super::trouble::Trouble;
use crate::card::{CardSkeletons, name, title};
use crate::i18n::counted;
use crate::player::{Mode, Player};
use crate::route::Route;
use crate::{browser, client, t};

/// About so many milliseconds are between two looks at what is live.
const REFRESH: u32 = 15_000;
/// Milliseconds after which it is seen that a page that was hidden is not any more.
const BEAT: u32 = 1_000;

/// A category somebody is live in; what else the server says of it is not shown here.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Category {
    name: String,
}

#[component]
pub fn Home(category: ReadSignal<String>) -> Element {
    use_effect(|| browser::set_title(""));
    let navigator = use_navigator();
    let query = use_memo(move || {
        let category = Some(category()).filter(|category| !category.is_empty());
        Find { live: true, category, ..Find::default() }
    });
    let live = use_listing(
        query,
        |find, cursor| calls::channels(&Find { cursor, ..find.clone() }),
        || browser::has_focus_within(".featured, .card"),
    );
    let categories = use_resource(|| async {
        // Without categories there is no row to choose from, and everything is shown.
        client::send::<Page<Category>>(calls::categories()).await.map(|page| page.items).unwrap_or_default()
    });
    use_future(move || async move {
        let next = || browser::uptime() + browser::about(REFRESH);
        let mut due = next();
        loop {
            gloo_timers::future::TimeoutFuture::new(BEAT).await;
            if browser::is_visible() && browser::uptime() >= due {
                live.look_again();
                due = next();
            }
        }
    });

    if let Some(error) = live.error() {
        return rsx! {
            Trouble { error, onretry: move |()| live.look_again() }
        };
    }
    let Some(channels) = live.channels() else {
        return rsx! {
            div { class: "featured skeleton featured-skeleton", "aria-busy": "true" }
            div { class: "section-head", h2 { {t!("live-now")} } }
            CardSkeletons { count: 8 }
        };
    };
    let chosen = category();
    if channels.is_empty() && chosen.is_empty() {
        return rsx! {
            DarkStage {}
        };
    }
    let names =
        categories().unwrap_or_default().into_iter().map(|category| category.name).filter(|name| !name.is_empty());
    let names: Vec<String> = names.collect();
    let featured = channels.first().cloned().filter(|_| chosen.is_empty());
    let rest: Vec<Channel> = channels.into_iter().skip(usize::from(featured.is_some())).collect();
    rsx! {
        // One at most; a list, so that another show gets a player of its own.
        for channel in featured {
            Featured { key: "{channel.handle}", first: channel }
        }
        div { class: "section-head",
            h2 { {t!("live-now")} }
            if !names.is_empty() {
                div { class: "chips", role: "group", "aria-label": t!("categories"),
                    for (label , value) in std::iter::once((t!("category-all"), String::new())).chain(names.into_iter().map(|name| (name.clone(), name))) {
                        button {
                            key: "{value}",
                            class: "chip",
                            "aria-pressed": "{value == chosen}",
                            onclick: {
                                let value = value.clone();
                                move |_| {
                                    navigator.push(Route::Home { category: value.clone() });
                                }
                            },
                            "{label}"
                        }
                    }
                }
            }
        }
        if rest.is_empty() {
            p { class: "soft", if chosen.is_empty() { {t!("only-one-live")} } else { {t!("none-in-category", "category" => &chosen)} } }
        } else {
            Grid { channels: rest }
        }
        ShowMore { listing: live }
    }
}

#[component]
fn Featured(first: Channel) -> Element {
    let channel = use_signal(|| first);
    let now = channel.read();
    rsx! {
        section { class: "featured", "aria-label": t!("featured"),
            Player { channel, mode: Mode::Preview }
            div { class: "featured-text",
                div { class: "watch-facts",
                    if let Some(live) = &now.live {
                        span { class: "badge-live", {t!("live")} }
                        span { class: "tabular",
                            Icon { shape: lucide::EYE, size: 16 }
                            {counted("viewers", live.viewers)}
                        }
                    }
                    if !now.category.is_empty() {
                        span { "{now.category}" }
                    }
                }
                h1 {
                    Link { to: Route::channel(&now.handle), {title(&now)} }
                }
                div { class: "person",
                    Avatar { handle: now.handle.to_string(), name: name(&now) }
                    span { class: "person-name", {name(&now)} }
                }
                if !now.about.is_empty() {
                    p { class: "featured-about", "{now.about}" }
                }
                div { class: "actions",
                    Link { class: "button button-primary", to: Route::channel(&now.handle),
                        Icon { shape: lucide::PLAY }
                        {t!("watch")}
                    }
                }
            }
        }
    }
}

/// Nobody is live: whose show is first?
#[component]
fn DarkStage() -> Element {
    rsx! {
        section { class: "dark-stage",
            div {
                h1 { {t!("dark-title")} }
                p { {t!("dark-text")} }
                Link { class: "button button-primary button-large", to: Route::Studio {},
                    Icon { shape: lucide::RADIO }
                    {t!("go-live")}
                }
            }
            svg { class: "stage-drawing", view_box: "0 0 560 400", "aria-hidden": "true",
                defs {
                    linearGradient { id: "light", x1: "0", y1: "0", x2: "0.750", y2: "1",
                        stop { class: "light-from", offset: "0" }
                        stop { class: "light-to", offset: "1" }
                    }
                }
                path { class: "floor", d: "M40 352H540" }
                ellipse { class: "pool", cx: "398", cy: "352", rx: "128", ry: "15" }
                path { d: "M154 140 188.600 96 526 352H270z", fill: "url(#light)" }
                path { class: "bars", d: "M118 92V352M118 296l-38 56M118 296l38 56" }
                g { transform: "rotate(38 128 84)",
                    rect { class: "body", x: "72", y: "52", width: "90", height: "64", rx: "12" }
                    path { class: "body", d: "M160 50h16v68h-16z" }
                    rect { class: "lens", x: "174", y: "56", width: "9", height: "56", rx: "4.500" }
                }
            }
        }
    }
}
