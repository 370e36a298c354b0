//! The first questions: where to, what is plugged in, and what this computer can encode.

mod devices;
mod encoders;
mod place;

use dioxus::prelude::*;
use klieg_studio_model::Command;

use self::devices::DevicesStep;
use self::encoders::EncodersStep;
use self::place::PlaceStep;
use crate::focus;
use crate::studio::act;
use crate::window::Mark;

const STEPS: [&str; 3] = ["Where to", "Cameras and sound", "Encoder"];

#[component]
pub fn Welcome() -> Element {
    let mut step = use_signal(|| 0_usize);
    let mut next = move || {
        if step() + 1 < STEPS.len() {
            step += 1;
        } else {
            act(Command::Welcomed);
        }
    };
    let back = move |()| step -= 1;
    rsx! {
        div { class: "welcome",
            header { class: "welcome-head",
                Mark {}
                strong { "Klieg Studio" }
                span { class: "spacer" }
                button { class: "button button-quiet", onclick: |_| act(Command::Welcomed), "Skip all of this" }
            }
            ol { class: "steps-line", "aria-label": "Steps",
                for (place , name) in STEPS.into_iter().enumerate() {
                    li {
                        key: "{name}",
                        class: if place < step() { "done" } else if place == step() { "now" } else { "" },
                        "aria-current": if place == step() { "step" },
                        span { class: "step-number tabular", "{place + 1}" }
                        "{name}"
                    }
                }
            }
            main { class: "welcome-page",
                match step() {
                    0 => rsx! {
                        PlaceStep { onnext: move |()| next() }
                    },
                    1 => rsx! {
                        DevicesStep { onnext: move |()| next(), onback: back }
                    },
                    _ => rsx! {
                        EncodersStep { onnext: move |()| next(), onback: back }
                    },
                }
            }
        }
    }
}

/// What a step asks. The keyboard goes on from here, and a screen reader says it: the button that led here has gone.
#[component]
fn Heading(words: String) -> Element {
    rsx! {
        h1 { tabindex: "-1", onmounted: |event| focus::follow(&event), "{words}" }
    }
}

/// The row of buttons at the foot of a step.
#[component]
fn Foot(
    verb: String,
    onnext: EventHandler<()>,
    onback: Option<EventHandler<()>>,
    #[props(default)] skips: bool,
) -> Element {
    rsx! {
        div { class: "welcome-foot",
            if let Some(onback) = onback {
                button { class: "button button-quiet", onclick: move |_| onback.call(()), "Back" }
            }
            span { class: "spacer" }
            button { class: if skips { "button button-plain button-large" } else { "button button-primary button-large" }, onclick: move |_| onnext.call(()), "{verb}" }
        }
    }
}
