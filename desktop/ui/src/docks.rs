//! The column at the right: the selected item, how the show does, and what has happened.

use dioxus::prelude::*;
use klieg_studio_model::{
    Advice, Command, Destination, EncoderReport, OutputState, OutputStatus, ProgramHealth, ReplayState, figures,
};
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Icon, Tone};

use crate::activity::ACTIVITY;
use crate::chat::ChatDock;
use crate::studio::{STUDIO, act};
use crate::transform::Transform;
use crate::{browser, desk, words};

/// The share of the processor from which on it is called busy.
const BUSY: f64 = 0.85;

#[component]
pub fn Docks() -> Element {
    rsx! {
        aside { class: "docks", "aria-label": "Item, health, chat and activity",
            Transform {}
            Health {}
            ChatDock {}
            Activity {}
        }
    }
}

#[derive(Clone, PartialEq)]
struct Shown {
    advice: Vec<Advice>,
    outputs: Vec<OutputStatus>,
    encoders: Vec<EncoderReport>,
    program: ProgramHealth,
    replay: Option<ReplayState>,
    /// Whether the recording is paused.
    is_paused: bool,
    is_off: bool,
    fps: u32,
}

#[component]
fn Health() -> Element {
    let shown = use_memo(|| {
        let studio = STUDIO.read();
        Shown {
            advice: studio.advice.clone(),
            outputs: studio.outputs.clone(),
            encoders: studio.encoders.clone(),
            program: studio.program,
            replay: studio.replay.clone(),
            is_paused: studio.recording.as_ref().is_some_and(|recording| recording.paused),
            is_off: studio.show.is_off(),
            fps: studio.collection.canvas.fps,
        }
    });
    let now = shown();
    let is_quiet = now.outputs.is_empty() && now.advice.is_empty();
    rsx! {
        section { class: "dock health", "aria-labelledby": "health-title",
            header { class: "list-head",
                h2 { id: "health-title", "Health" }
            }
            div { class: "advice", "aria-live": "polite",
                for advice in now.advice.iter().cloned() {
                    AdviceRow { key: "{advice.key}", advice }
                }
                if now.advice.is_empty() && !now.outputs.is_empty() {
                    Alert { tone: Tone::Good, "All is well." }
                }
            }
            if is_quiet && now.is_off {
                p { class: "soft small dock-empty", "When you go live or record, each destination’s state stands here, and what to do if something is wrong." }
            }
            for output in now.outputs.iter().cloned() {
                OutputRow { key: "{output.id}", is_paused: now.is_paused, output }
            }
            dl { class: "facts tabular",
                div {
                    dt { "Drawn" }
                    dd { title: "Frames drawn in the last second", "{now.program.fps:.0} of {now.fps} fps" }
                }
                div {
                    dt { "Processor" }
                    dd { class: if now.program.load > BUSY { "is-warn" },
                        "{now.program.load * 100.0:.0} %"
                        if now.program.load > BUSY {
                            " busy"
                        }
                    }
                }
                if let Some(left) = now.program.disk_left {
                    div {
                        dt { "Disk" }
                        dd {
                            "{figures::bytes(left)} left"
                            if let Some(time) = now.program.disk_time {
                                span { class: "soft", ", room for {figures::duration(time)}" }
                            }
                        }
                    }
                }
            }
            if let Some(replay) = now.replay.clone() {
                p { class: "small replay-line",
                    Icon { shape: lucide::ROTATE_CCW_CLOCK, size: 16 }
                    span { class: "tabular", "The last {replay.held:.0} s are held for a replay ({figures::bytes(replay.bytes)})" }
                }
            }
            for encoder in now.encoders.iter().cloned() {
                div { class: "encoder", key: "{encoder.encoder}",
                    p {
                        Icon { shape: if encoder.hardware { lucide::ZAP } else { lucide::CPU }, size: 16 }
                        strong { "{encoder.encoder}" }
                        span { class: "soft", if encoder.hardware { "in hardware" } else { "on the processor" } }
                    }
                    p { class: "soft small", "{encoder.reason}" }
                }
            }
        }
    }
}

/// A sentence with the button that does something about it.
#[component]
pub fn AdviceRow(advice: Advice) -> Element {
    let remedy = advice.remedy.clone().map(|remedy| (desk::remedy_words(&remedy), remedy));
    rsx! {
        Alert { tone: words::tone(advice.severity),
            p { "{advice.text}" }
            if let Some((words, remedy)) = remedy {
                button { class: "text-button", r#type: "button", onclick: move |_| desk::remedy(remedy.clone()), "{words}" }
            }
        }
    }
}

#[component]
fn OutputRow(output: OutputStatus, is_paused: bool) -> Element {
    let (tone, state) = match &output.state {
        OutputState::Live if output.id == Destination::RECORDING && is_paused => (Tone::Warn, "Paused".to_owned()),
        OutputState::Live if output.id == Destination::RECORDING => (Tone::Good, "Writing".to_owned()),
        state => words::output(state),
    };
    let (class, shape) = match tone {
        Tone::Good => ("tone-good", lucide::CIRCLE_CHECK),
        Tone::Warn => ("tone-warn", lucide::TRIANGLE_ALERT),
        Tone::Bad => ("tone-bad", lucide::CIRCLE_ALERT),
    };
    let lost = if output.dropped == 0 {
        "none lost".to_owned()
    } else {
        format!("{} not sent", figures::counted(output.dropped, "frame"))
    };
    rsx! {
        div { class: "output {class}",
            p { class: "output-head",
                Icon { shape, size: 16 }
                strong { class: "row-name", "{output.name}" }
            }
            p { class: "small", "{state}" }
            p { class: "soft small tabular", "{figures::bitrate(output.bitrate)} · {output.fps:.0} fps · {lost}" }
        }
    }
}

#[component]
fn Activity() -> Element {
    let notices = use_memo(|| STUDIO.read().notices.clone());
    let mut now = use_signal(browser::now);
    use_future(move || async move {
        loop {
            gloo_timers::future::TimeoutFuture::new(20_000).await;
            now.set(browser::now());
        }
    });
    let entries = ACTIVITY.read();
    rsx! {
        section { class: "dock activity", "aria-labelledby": "activity-title",
            header { class: "list-head",
                h2 { id: "activity-title", "Activity" }
            }
            div { class: "advice", "aria-live": "polite",
                for notice in notices() {
                    div { class: "notice-row", key: "{notice.id}",
                        Alert { tone: words::tone(notice.severity), "{notice.text}" }
                        button {
                            class: "icon-button small-button",
                            title: "Dismiss",
                            "aria-label": "Dismiss: {notice.text}",
                            onclick: move |_| act(Command::Dismiss { notice: notice.id }),
                            Icon { shape: lucide::X, size: 16 }
                        }
                    }
                }
            }
            if entries.is_empty() && notices.read().is_empty() {
                p { class: "soft small dock-empty", "Nothing has happened yet. Connections, drops and recordings are noted here." }
            }
            ol { class: "log",
                for entry in entries.iter() {
                    li { key: "{entry.id}", class: match words::tone(entry.severity) { Tone::Good => "", Tone::Warn => "tone-warn", Tone::Bad => "tone-bad" },
                        time { class: "soft tabular", title: time_of_day(entry.at), {ago(now(), entry.at)} }
                        span { "{entry.text}" }
                    }
                }
            }
        }
    }
}

fn ago(now: u64, then: u64) -> String {
    match now.saturating_sub(then) / 60_000 {
        0 => "now".to_owned(),
        minutes if minutes < 60 => format!("{minutes} min"),
        minutes => format!("{} h", minutes / 60),
    }
}

fn time_of_day(at: u64) -> String {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at as f64));
    format!("{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds())
}
