//! The bar at the bottom: how long, how much, how well, and the one large button.

use dioxus::prelude::*;
use klieg_studio_model::{Destination, OutputState, Reach, figures};
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use crate::browser;
use crate::desk::{self, Open};
use crate::studio::STUDIO;
use crate::tape::Tape;

#[derive(Clone, PartialEq)]
struct Shown {
    show: Reach,
    is_recording: bool,
    /// Of all destinations together, in kbit/s.
    bitrate: f64,
    lost: String,
    has_lost: bool,
    /// Destinations that take the show, and all that shall.
    reached: (usize, usize),
}

fn shown() -> Shown {
    let studio = STUDIO.read();
    let destinations = || studio.outputs.iter().filter(|output| output.id != Destination::RECORDING);
    let dropped = destinations().map(|output| output.dropped).sum();
    let (skipped, missed) = (studio.program.skipped, studio.program.missed);
    Shown {
        show: studio.reach(),
        is_recording: studio.recording.is_some(),
        bitrate: destinations().map(|output| output.bitrate).sum(),
        lost: figures::lost(dropped, skipped, missed),
        has_lost: dropped + skipped + missed > 0,
        reached: (destinations().filter(|output| output.state == OutputState::Live).count(), destinations().count()),
    }
}

#[component]
pub fn Bar() -> Element {
    let now = use_memo(shown);
    let mut clock = use_signal(browser::now);
    use_future(move || async move {
        loop {
            gloo_timers::future::TimeoutFuture::new(500).await;
            let time = browser::now();
            let is_counting = now.peek().is_recording || now.peek().show.since().is_some();
            if is_counting && time / 1_000 != *clock.peek() / 1_000 {
                clock.set(time);
            }
        }
    });
    let now = now();
    let since = |start: u64| clock().saturating_sub(start) / 1_000;
    let is_off = now.show == Reach::Off;
    rsx! {
        footer { class: "bar", "aria-label": "The show",
            div { class: "bar-state", role: "status",
                match now.show {
                    Reach::Off => rsx! {
                        span { class: "bar-word", "Off air" }
                    },
                    Reach::Connecting => rsx! {
                        span { class: "dot-live waiting" }
                        span { class: "bar-word", "Connecting" }
                    },
                    Reach::Live { since: start } => rsx! {
                        span { class: "badge-live", "Live" }
                        span { class: "bar-clock tabular", role: "timer", {figures::clock(since(start))} }
                    },
                    Reach::Reconnecting { since: start, attempt } => rsx! {
                        span { class: "dot-live waiting" }
                        span { class: "bar-word", title: "Your show dropped: nobody takes it now. We are reconnecting (attempt {attempt}).", "Reconnecting" }
                        span { class: "bar-clock tabular", role: "timer", {figures::clock(since(start))} }
                    },
                    Reach::Ending => rsx! {
                        span { class: "bar-word", "Ending" }
                    },
                }
            }
            dl { class: "bar-figures tabular",
                if !is_off {
                    div {
                        dt { "Upload" }
                        dd { {figures::bitrate(now.bitrate)} }
                    }
                    div {
                        dt { "Reached" }
                        dd { "{now.reached.0} of {now.reached.1}" }
                    }
                }
                if !is_off || now.is_recording {
                    div { class: "bar-lost",
                        dt { "Frames" }
                        dd { class: if now.has_lost { "is-warn" }, title: "{now.lost}", "{now.lost}" }
                    }
                }
            }
            div { class: "bar-buttons",
                Tape { clock: clock() }
                if is_off {
                    button {
                        class: "button button-primary button-large go-live",
                        onclick: |_| desk::open(Open::GoLive),
                        Icon { shape: lucide::RADIO }
                        "Go live"
                    }
                } else {
                    button {
                        class: "button button-large end-show",
                        disabled: now.show == Reach::Ending,
                        onclick: |_| desk::open(Open::EndShow),
                        if now.show == Reach::Connecting {
                            "Call it off"
                        } else {
                            "End show"
                        }
                    }
                }
            }
        }
    }
}
