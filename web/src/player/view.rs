//! The player as it is drawn: the picture, what is said over it, and the controls.

use std::rc::Rc;

use dioxus::prelude::*;
use dioxus_router::Link;
use klieg_api::channels::Channel;
use klieg_core::playback::State;
use klieg_ui::Icon;
use klieg_ui::icon::lucide;
use wasm_bindgen::JsCast;

use super::controls::Controls;
use super::driver::{Driver, Snapshot};
use super::keys;
use super::picture::Picture;
use crate::card::name;
use crate::chat::{LIVE_ENOUGH, Shown};
use crate::route::Route;
use crate::{browser, t};

/// Milliseconds without a movement until the controls fade.
const FADE: u64 = 2_600;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A channel's page.
    Full,
    /// Silent and without controls: a link to the channel.
    Preview,
}

/// Plays `channel` whenever it is live, and keeps the signal up to date.
#[component]
pub fn Player(
    channel: Signal<Channel>,
    mode: Mode,
    /// Told how far the picture is behind, in milliseconds.
    #[props(default)]
    latency: Option<Signal<Option<u32>>>,
    /// Told whether it plays.
    #[props(default)]
    playing: Option<Signal<bool>>,
    /// The chat that can be shown and hidden beside the picture.
    #[props(default)]
    chat: Option<Shown>,
) -> Element {
    let snapshot = use_signal(Snapshot::new);
    let behind = use_memo(move || {
        let now = snapshot.read();
        (now.state, now.latency.filter(|_| !now.paused), now.paused)
    });
    use_effect(move || {
        let (state, behind, is_paused) = behind();
        let plays = state == State::Playing && !is_paused;
        if let Some(mut playing) = playing.filter(|playing| *playing.peek() != plays) {
            playing.set(plays);
        }
        if let Some(mut latency) = latency {
            let before = *latency.peek();
            latency.set(match state {
                // Who pauses reads on: the chat is as far as the show, not as the picture that stands.
                _ if is_paused => None,
                // A picture that was behind falls further behind while it stands still.
                State::Stalled | State::Reconnecting(_) => {
                    before.map(|before| if before > LIVE_ENOUGH { u32::MAX } else { before })
                }
                _ => behind,
            });
        }
    });
    let mut driver = use_signal(|| None::<Rc<Driver>>);
    let mut listeners = use_signal(Vec::<browser::Listener>::new);
    let mut stage = use_signal(|| None::<web_sys::Element>);
    let mut touched = use_signal(browser::uptime);
    let mut is_idle = use_signal(|| false);
    let menu = use_signal(|| false);

    use_future(move || async move {
        loop {
            gloo_timers::future::TimeoutFuture::new(500).await;
            let idle = browser::uptime().saturating_sub(touched()) > FADE
                && snapshot.peek().state == State::Playing
                && !snapshot.peek().paused
                && !menu();
            if idle != *is_idle.peek() {
                is_idle.set(idle);
            }
        }
    });
    use_drop(move || {
        if let Some(driver) = driver.take() {
            driver.stop();
        }
    });
    let mut wake = move || {
        touched.set(browser::uptime());
        if *is_idle.peek() {
            is_idle.set(false);
        }
    };

    let begin = move |event: MountedEvent| {
        let Some(element) = event.data().downcast::<web_sys::Element>().cloned() else { return };
        let video = element.query_selector("video").ok().flatten().and_then(|found| found.dyn_into().ok());
        let canvas = element.query_selector("canvas").ok().flatten().and_then(|found| found.dyn_into().ok());
        stage.set(Some(element.clone()));
        if let Some((video, canvas)) = video.zip(canvas) {
            let picture = Picture::new(video, canvas);
            if mode == Mode::Full {
                picture.restore_sound();
            } else {
                picture.video.set_muted(true);
            }
            let started = Driver::start(picture, channel, snapshot);
            let weak = Rc::downgrade(&started);
            let (back, keyed) = (weak.clone(), weak.clone());
            let leaving = browser::listen("pagehide", move |_| {
                if let Some(driver) = weak.upgrade() {
                    driver.leave();
                }
            });
            let returning = browser::listen("pageshow", move |event| {
                let kept = event
                    .dyn_ref::<web_sys::PageTransitionEvent>()
                    .is_some_and(web_sys::PageTransitionEvent::persisted);
                if let Some(driver) = back.upgrade().filter(|_| kept) {
                    driver.come_back();
                }
            });
            let pressing = browser::listen("keydown", move |event| {
                let is_on = !matches!(snapshot.peek().state, State::Offline | State::Ended);
                if mode == Mode::Full
                    && let Some((driver, pressed)) = keyed.upgrade().zip(event.dyn_ref())
                    && keys::press(pressed, &driver, &element, chat, is_on)
                {
                    event.prevent_default();
                    wake();
                }
            });
            listeners.set([leaving, returning, pressing].into_iter().flatten().collect());
            driver.set(Some(started));
        }
    };

    let now = snapshot();
    let title = channel.read().title.clone();
    let is_playing = now.state == State::Playing;
    let hue = klieg_ui::hue(channel.read().handle.as_str());
    rsx! {
        div {
            class: if is_idle() { "stage idle hue-{hue}" } else { "stage hue-{hue}" },
            role: "region",
            "aria-label": t!("player-label"),
            tabindex: if mode == Mode::Full { "0" },
            onmounted: begin,
            onmousemove: move |_| wake(),
            ondoubleclick: move |_| {
                if mode == Mode::Full {
                    toggle_full_screen(stage().as_ref());
                }
            },
            video {
                "data-testid": "player",
                "data-state": now.state.as_str(),
                "data-transport": now.transport.as_str(),
                playsinline: true,
                "aria-label": "{title}",
                onclick: move |_| wake(),
            }
            canvas { class: "freeze", "aria-hidden": "true" }
            Overlay { channel, state: now.state, mode }
            if mode == Mode::Preview {
                Link {
                    class: "stage-link",
                    to: Route::channel(&channel.read().handle),
                    "aria-label": t!("watch-name", "name" => name(&channel.read())),
                }
            } else {
                if is_playing && now.muted {
                    button {
                        class: "button unmute",
                        "data-testid": "unmute",
                        onclick: move |_| {
                            if let Some(driver) = driver() {
                                driver.toggle_muted();
                            }
                        },
                        Icon { shape: lucide::VOLUME_X }
                        {t!("unmute")}
                    }
                }
                if !matches!(now.state, State::Offline | State::Ended) {
                    Controls { driver, snapshot, menu, chat, onfull: move |()| toggle_full_screen(stage().as_ref()) }
                }
            }
        }
    }
}

/// What is said over the picture.
#[component]
fn Overlay(channel: Signal<Channel>, state: State, mode: Mode) -> Element {
    let name = name(&channel.read());
    let (title, text) = match state {
        State::Playing => return rsx! {},
        State::Offline => (t!("state-offline", "name" => &name), t!("state-offline-next")),
        State::Ended => (t!("state-ended"), t!("state-ended-next", "name" => &name)),
        State::Connecting => (t!("state-connecting"), String::new()),
        State::Stalled => (t!("state-stalled"), t!("state-stalled-next")),
        State::Awaiting => (t!("state-awaiting"), t!("state-awaiting-next", "name" => &name)),
        State::Reconnecting(attempt) => (t!("state-reconnecting"), t!("state-reconnecting-next", "attempt" => attempt)),
    };
    let is_over = matches!(state, State::Offline | State::Ended);
    let is_busy = !is_over;
    rsx! {
        div {
            class: if is_over { "stage-state opaque" } else { "stage-state" },
            "data-testid": "player-state",
            role: "status",
            if is_busy {
                div { class: "pulse", "aria-hidden": "true", i {} i {} i {} }
            }
            strong { "{title}" }
            if !text.is_empty() {
                p { "{text}" }
            }
        }
    }
}

/// Fills the screen with the picture and what is watched with it, or gives the screen back.
pub fn toggle_full_screen(stage: Option<&web_sys::Element>) {
    let Some((document, stage)) = browser::document().zip(stage) else { return };
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else {
        let watch = stage.closest(".watch").ok().flatten();
        // Refused where the browser has no full screen: the picture stays as it is.
        let _ = watch.as_ref().unwrap_or(stage).request_fullscreen();
    }
}
