//! The chat beside the player: the connection to the room, and what the viewer likes.

mod socket;

use dioxus::prelude::*;
use dioxus_router::{Link as RouteLink, use_route};
use fluent_bundle::FluentArgs;
use futures_util::StreamExt;
use gloo_timers::future::TimeoutFuture;
use klieg_api::Handle;
use klieg_core::room::{Link, Room};
use klieg_ui::chat::{Chat, ChatLink, Taste};

use crate::client::{self, VIEWER, Viewer};
use crate::route::Route;
use crate::{browser, i18n, t};
use socket::{Socket, Told};

/// What is drawn at most so often, in milliseconds, however much is said.
const DRAW: u32 = 80;
/// A picture less far behind than this is live: nothing is held back for it, in milliseconds.
const LIVE_ENOUGH: u32 = 700;
/// Where the viewer's taste is kept.
const TASTE: &str = "chat";

/// The chat of a channel.
#[component]
pub fn ChatPanel(
    handle: Handle,
    /// How far the picture is behind, in milliseconds, while it is known.
    latency: Signal<Option<u32>>,
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
            Joined { key: "{handle} {key}", handle: handle.clone(), viewer, latency }
        }
    }
}

#[component]
fn Joined(handle: Handle, viewer: Option<Handle>, latency: Signal<Option<u32>>) -> Element {
    let here = use_route::<Route>();
    let room = use_hook(|| CopyValue::new(Room::new(handle, &browser::random())));
    let open = use_hook(|| CopyValue::new(None::<Socket>));
    let version = use_signal(|| 0);
    let taste = use_signal(kept);
    let me = use_signal(|| viewer);
    let send = use_callback(move |texts: Vec<String>| {
        if let Some(socket) = &*open.read() {
            texts.iter().for_each(|text| socket.send(text));
        }
    });
    let link = ChatLink { room, version, send, me, taste, words, clock };

    use_effect(move || keep(&taste.read()));
    use_future(move || connect(link, open));
    use_future(move || draw(link, latency));
    rsx! {
        Chat {
            link,
            guest: rsx! {
                div { class: "chat-guest",
                    RouteLink { class: "button button-plain", to: Route::log_in(&here), {t!("chat-log-in")} }
                }
            },
        }
    }
}

/// Keeps the connection to the room.
async fn connect(link: ChatLink, mut open: CopyValue<Option<Socket>>) {
    let mut room = link.room;
    loop {
        // Whoever is logged in and cannot be let in now is not a guest for that.
        let told = match client::token().await {
            Ok(token) => Socket::open(&browser::live_address()).map(|(socket, told)| (socket, told, token)),
            Err(_) => None,
        };
        if let Some((socket, mut told, token)) = told {
            open.set(Some(socket));
            let mut token = Some(token);
            while let Some(event) = told.next().await {
                let now = browser::uptime();
                let texts = match event {
                    Told::Opened => room.write().opened(token.take().flatten()),
                    Told::Text(text) => room.write().received(now, &text),
                    Told::Closed(code) => {
                        room.write().closed(now, Some(code));
                        break;
                    }
                };
                if !texts.is_empty() {
                    link.send.call(texts);
                }
                if matches!(room.read().link(), Link::Waiting { .. } | Link::Over(_)) {
                    break;
                }
            }
            open.set(None);
        } else {
            room.write().closed(browser::uptime(), None);
        }
        let state = room.read().link();
        let Link::Waiting { until } = state else { return };
        let wait = until.saturating_sub(browser::uptime());
        TimeoutFuture::new(u32::try_from(wait).unwrap_or(u32::MAX)).await;
    }
}

/// Draws what is new, and shows what is due.
async fn draw(link: ChatLink, latency: Signal<Option<u32>>) {
    let (mut room, mut version) = (link.room, link.version);
    let mut drawn = 0;
    loop {
        TimeoutFuture::new(DRAW).await;
        let behind = latency.peek().filter(|behind| link.taste.peek().in_step && *behind > LIVE_ENOUGH);
        let revision = {
            let mut room = room.write();
            room.set_delay(behind.map_or(0, u64::from));
            room.tick(browser::uptime());
            room.revision()
        };
        if revision != drawn {
            drawn = revision;
            version += 1;
        }
    }
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

fn kept() -> Taste {
    let usual = Taste::default();
    let Some(kept) = browser::stored(TASTE) else { return usual };
    let mut parts = kept.split(' ');
    Taste {
        size: parts.next().and_then(|size| size.parse().ok()).filter(|size| *size <= 2).unwrap_or(usual.size),
        times: parts.next().map_or(usual.times, |times| times == "true"),
        in_step: parts.next().map_or(usual.in_step, |in_step| in_step == "true"),
    }
}

fn keep(taste: &Taste) {
    let Taste { size, times, in_step } = taste;
    browser::store(TASTE, Some(&format!("{size} {times} {in_step}")));
}
