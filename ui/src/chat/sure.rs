//! A button for what cannot be undone: the first press asks, the second does it.

use dioxus::prelude::*;
use gloo_timers::future::TimeoutFuture;

/// After so many milliseconds it asks anew.
const PATIENCE: u32 = 5_000;

/// `children` is what it shows at first; without them that is its `label`.
#[component]
pub(super) fn Sure(
    class: String,
    label: String,
    sure: String,
    onsure: EventHandler<()>,
    children: Option<Element>,
) -> Element {
    let mut is_armed = use_signal(|| false);
    let armed_class = if is_armed() { "button button-quiet button-danger" } else { class.as_str() };
    rsx! {
        button {
            class: armed_class,
            title: "{label}",
            "aria-label": if is_armed() { "{sure}" } else { "{label}" },
            onclick: move |_| {
                if is_armed() {
                    is_armed.set(false);
                    onsure.call(());
                    return;
                }
                is_armed.set(true);
                spawn(async move {
                    TimeoutFuture::new(PATIENCE).await;
                    is_armed.set(false);
                });
            },
            onblur: move |_| is_armed.set(false),
            if is_armed() {
                "{sure}"
            } else if let Some(children) = children {
                {children}
            } else {
                "{label}"
            }
        }
    }
}
