//! What stands around every page: the bar, the rail of followed channels, and on phones the bar at the foot.

use dioxus::prelude::*;
use dioxus_router::{Link, Outlet, use_route};
use klieg_api::Page;
use klieg_api::channels::Channel;
use klieg_core::calls;
use klieg_ui::icon::lucide;
use klieg_ui::{Avatar, AvatarSize, Icon};

use crate::bell::Bell;
use crate::card::name;
use crate::client::{self, VIEWER, Viewer};
use crate::route::Route;
use crate::search_box::SearchBox;
use crate::{browser, t};

/// Raised when the viewer follows a channel or stops: lists of followed channels ask again.
pub static FOLLOWS: GlobalSignal<u32> = Signal::global(|| 0);

/// Milliseconds between two looks at who of the followed is live.
const REFRESH: u32 = 30_000;

#[component]
pub fn Frame() -> Element {
    use_future(client::recognise);
    let route = use_route::<Route>();
    let path = route.to_string().split('?').next().unwrap_or_default().to_owned();
    let mut last = use_signal(|| path.clone());
    use_effect(use_reactive!(|path| {
        if *last.peek() != path {
            last.set(path);
            // A reader of the screen begins at the new page.
            browser::focus("page");
        }
    }));
    rsx! {
        a { class: "button button-primary skip", href: "#page", {t!("skip")} }
        div { class: "shell",
            TopBar {}
            nav { class: "rail", "aria-label": t!("nav-label"), Rail {} }
            main { class: "page", id: "page", tabindex: "-1", Outlet::<Route> {} }
            nav { class: "bottombar", "aria-label": t!("nav-label"),
                Tab { to: Route::home(), shape: lucide::HOUSE, label: t!("nav-home"), current: matches!(route, Route::Home { .. }) }
                Tab {
                    to: Route::Search { q: String::new() },
                    shape: lucide::SEARCH,
                    label: t!("nav-search"),
                    current: matches!(route, Route::Search { .. }),
                }
                Tab { to: Route::Following {}, shape: lucide::HEART, label: t!("nav-following"), current: route == Route::Following {} }
                Tab { to: Route::Settings {}, shape: lucide::USER_ROUND, label: t!("nav-me"), current: route == Route::Settings {} }
            }
        }
    }
}

#[component]
fn TopBar() -> Element {
    let route = use_route::<Route>();
    let looked_for = if let Route::Search { q } = &route { q.clone() } else { String::new() };
    let here = match &route {
        Route::LogIn { .. } | Route::SignUp { .. } => Route::home(),
        other => other.clone(),
    };
    rsx! {
        header { class: "topbar",
            Link { class: "brand", to: Route::home(), "aria-label": t!("brand-home"),
                svg { view_box: "0 0 32 32", width: "30", height: "30", "aria-hidden": "true",
                    path { class: "beam", d: "M13 11 29 4v24L13 21z" }
                    path { class: "body", d: "M4 10.500A2.500 2.500 0 0 1 6.500 8H10a3 3 0 0 1 3 3v10a3 3 0 0 1-3 3H6.500A2.500 2.500 0 0 1 4 21.500z" }
                    circle { class: "lens", cx: "12.500", cy: "16", r: "4.500" }
                }
                span { "Klieg" }
            }
            SearchBox { name: "q", q: looked_for }
            div { class: "topbar-end",
                match &*VIEWER.read() {
                    Viewer::Anonymous => rsx! {
                        Link { class: "icon-button wide", to: Route::Settings {}, title: t!("settings"), "aria-label": t!("settings"),
                            Icon { shape: lucide::SETTINGS }
                        }
                        Link { class: "button button-quiet", to: Route::log_in(&here), {t!("log-in")} }
                        Link { class: "button button-primary", to: Route::sign_up(&here), {t!("sign-up")} }
                    },
                    Viewer::Unknown => rsx! {
                        span { class: "skeleton avatar" }
                    },
                    Viewer::Known(me) => rsx! {
                        Link { class: "button button-primary", to: Route::Studio {},
                            Icon { shape: lucide::RADIO }
                            {t!("go-live")}
                        }
                        Bell {}
                        Link { class: "icon-button wide", to: Route::Settings {}, title: t!("settings"), "aria-label": t!("settings"),
                            Avatar { handle: me.handle.to_string(), name: name(&me.channel), live: me.channel.live.is_some() }
                        }
                    },
                }
            }
        }
    }
}

#[component]
fn Tab(to: Route, shape: &'static [&'static str], label: String, current: bool) -> Element {
    rsx! {
        Link { class: "rail-link", to, "aria-current": if current { "page" } else { "false" },
            Icon { shape, size: 22 }
            span { class: "name", "{label}" }
        }
    }
}

#[component]
fn Rail() -> Element {
    let route = use_route::<Route>();
    let mut followed = use_resource(|| async move {
        FOLLOWS();
        if VIEWER.read().me().is_none() {
            return Vec::new();
        }
        // The rail is a convenience: when it cannot be filled it stays short.
        client::send::<Page<Channel>>(calls::following(None)).await.map(|page| page.items).unwrap_or_default()
    });
    use_future(move || async move {
        loop {
            gloo_timers::future::TimeoutFuture::new(REFRESH).await;
            if browser::is_visible() {
                followed.restart();
            }
        }
    });
    let mut people = followed().unwrap_or_default();
    people.sort_by_key(|channel| std::cmp::Reverse(channel.live.as_ref().map(|live| live.viewers + 1)));
    rsx! {
        ul {
            li { Tab { to: Route::home(), shape: lucide::HOUSE, label: t!("nav-home"), current: matches!(route, Route::Home { .. }) } }
            li { Tab { to: Route::Following {}, shape: lucide::HEART, label: t!("nav-following"), current: route == Route::Following {} } }
            li { Tab { to: Route::Studio {}, shape: lucide::RADIO, label: t!("nav-studio"), current: route == Route::Studio {} } }
        }
        if !people.is_empty() {
            ul { class: "rail-people", "aria-label": t!("nav-following"),
                for channel in people.into_iter().take(12) {
                    li { key: "{channel.handle}", class: if channel.live.is_none() { "offline" },
                        Link {
                            class: "rail-link",
                            to: Route::channel(&channel.handle),
                            title: if channel.live.is_some() { t!("is-live", "name" => name(&channel)) } else { name(&channel) },
                            Avatar {
                                handle: channel.handle.to_string(),
                                name: name(&channel),
                                size: AvatarSize::Medium,
                                live: channel.live.is_some(),
                            }
                            span { class: "name", {name(&channel)} }
                        }
                    }
                }
            }
        }
    }
}
