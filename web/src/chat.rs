//! The chat beside the player: whose it is, and what the viewer likes.

mod shown;

use std::rc::Rc;

use dioxus::prelude::*;
use dioxus_router::{Link, use_navigator, use_route};
use fluent_bundle::FluentArgs;
use klieg_api::Handle;
use klieg_ui::chat::{Address, Chat, Host, Taste, use_chat};

use crate::client::{self, VIEWER, Viewer};
use crate::route::Route;
use crate::{bell, browser, i18n, t};
pub use shown::{Shown, use_shown};

/// A picture less far behind than this is live: nothing is held back for it, in milliseconds.
pub const LIVE_ENOUGH: u32 = 700;
/// Where the viewer's taste is kept.
const TASTE: &str = "chat";

/// The chat of a channel.
#[component]
pub fn ChatPanel(
    handle: Handle,
    /// How far the picture is behind, in milliseconds, while it is known.
    latency: Signal<Option<u32>>,
    /// Whether it plays.
    playing: Signal<bool>,
) -> Element {
    // Somebody else at this window is somebody else in the room.
    let viewer = match &*VIEWER.read() {
        Viewer::Unknown => return rsx! { section { class: "chat", "aria-busy": "true" } },
        Viewer::Anonymous => None,
        Viewer::Known(me) => Some(me.handle.clone()),
    };
    let key = viewer.as_ref().map_or("", Handle::as_str).to_owned();
    rsx! {
        for viewer in [viewer] {
            Joined { key: "{handle} {key}", handle: handle.clone(), viewer, latency, playing }
        }
    }
}

#[component]
fn Joined(handle: Handle, viewer: Option<Handle>, latency: Signal<Option<u32>>, playing: Signal<bool>) -> Element {
    let here = use_route::<Route>();
    let navigator = use_navigator();
    let host = Host {
        words,
        clock,
        moment,
        now: browser::now,
        uptime: browser::uptime,
        random: browser::random,
        has_picture: true,
        // This page is the server's own.
        picture: |path| Some(path.to_owned()),
        page: |path| Some(path.to_owned()),
        news: bell::hear,
    };
    let behind = move |taste: &Taste| {
        let behind = latency.peek().filter(|behind| taste.in_step && *behind > LIVE_ENOUGH);
        behind.map_or(0, u64::from)
    };
    let is_known = viewer.is_some();
    let link = use_chat(handle, viewer, host, kept, address, behind);
    use_effect(move || keep(&link.taste.read()));
    // What is chosen in another window holds here as well, where else the next choice would undo it.
    use_hook(move || {
        let mut taste = link.taste;
        Rc::new(browser::listen("storage", move |_| {
            let now = kept();
            if *taste.peek() != now {
                taste.set(now);
            }
        }))
    });
    use_effect(move || link.set_playing(playing()));
    // While this connection is there, the bell needs none of its own.
    let brings_news = use_memo(move || {
        (link.version)();
        is_known && link.room.read().link() == klieg_core::room::Link::Joined
    });
    use_effect(move || bell::set_brought(brings_news()));
    use_drop(|| bell::set_brought(false));
    rsx! {
        Chat {
            link,
            visit: move |channel: Handle| {
                navigator.push(Route::Channel { handle: channel.to_string() });
            },
            guest: rsx! {
                div { class: "chat-guest",
                    Link { class: "button button-plain", to: Route::log_in(&here), {t!("chat-log-in")} }
                }
            },
        }
    }
}

async fn address() -> Option<Address> {
    // Whoever is logged in and cannot be let in now is not a guest for that.
    let token = client::token().await.ok()?;
    Some(Address { url: browser::live_address(), token })
}

fn words(name: &'static str, values: &[(&'static str, String)]) -> String {
    let mut args = FluentArgs::new();
    for (name, value) in values {
        match value.parse::<u64>() {
            // The number chooses the form, and is shown as it is written here.
            Ok(number) if *name == "count" => {
                args.set(*name, number as f64);
                args.set("shown", i18n::text(browser::grouped(number, i18n::language())));
            }
            _ => args.set(*name, i18n::text(value)),
        }
    }
    i18n::message(name, Some(&args))
}

fn clock(at: time::OffsetDateTime) -> String {
    browser::time_of_day(at, i18n::language())
}

fn moment(at: time::OffsetDateTime) -> String {
    browser::moment(at, i18n::language())
}

fn kept() -> Taste {
    browser::stored(TASTE).map_or_else(Taste::default, |kept| Taste::parse(&kept))
}

fn keep(taste: &Taste) {
    browser::store(TASTE, Some(&taste.to_string()));
}
