//! A button for what cannot be undone: the first press asks, the second does it.

use dioxus::prelude::*;
use gloo_timers::future::TimeoutFuture;

/// A second press that comes sooner belongs to the first: a double click, or a key that is held. In milliseconds.
const TOO_SOON: u32 = 500;
/// After so many milliseconds more it asks anew.
const PATIENCE: u32 = 5_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Not,
    JustNow,
    Yes,
}

/// `children` is what it shows at first; without them that is its `label`.
#[component]
pub(super) fn Sure(
    class: String,
    label: String,
    sure: String,
    onsure: EventHandler<()>,
    children: Option<Element>,
) -> Element {
    let mut asked = use_signal(|| Asked::Not);
    // Each asking has its own patience.
    let mut times = use_signal(|| 0_u32);
    let is_armed = asked() != Asked::Not;
    let armed_class = if is_armed { "button button-quiet button-danger" } else { class.as_str() };
    rsx! {
        button {
            class: armed_class,
            title: "{label}",
            "aria-label": if is_armed { "{sure} {label}" } else { "{label}" },
            onclick: move |_| match asked() {
                Asked::JustNow => {}
                Asked::Yes => {
                    asked.set(Asked::Not);
                    onsure.call(());
                }
                Asked::Not => {
                    asked.set(Asked::JustNow);
                    times += 1;
                    let mine = *times.peek();
                    spawn(async move {
                        TimeoutFuture::new(TOO_SOON).await;
                        if *times.peek() == mine && *asked.peek() == Asked::JustNow {
                            asked.set(Asked::Yes);
                        }
                        TimeoutFuture::new(PATIENCE).await;
                        if *times.peek() == mine {
                            asked.set(Asked::Not);
                        }
                    });
                }
            },
            onblur: move |_| asked.set(Asked::Not),
            if is_armed {
                "{sure}"
            } else if let Some(children) = children {
                {children}
            } else {
                "{label}"
            }
        }
    }
}
