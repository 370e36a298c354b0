//! The column at the right: the selected item, how the show does, and what has happened.

use dioxus::prelude::*;
use klieg_studio_model::{
    Advice, Command, Destination, Encode, OutputState, OutputStatus, ProgramHealth, ReplayState, figures,
};
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Icon, Tone};

use crate::activity::ACTIVITY;
use crate::audience::Audience;
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
            Audience {}
            ChatDock {}
            Activity {}
        }
    }
}

#[derive(Clone, PartialEq)]
struct Shown {
    advice: Vec<Advice>,
    outputs: Vec<OutputStatus>,
    encoders: Vec<Encode>,
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
    // A second is not always cut where a frame ends.
    let drawn = now.program.fps.min(f64::from(now.fps));
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
                    dd { title: "Frames drawn in the last second", "{drawn:.0} of {now.fps} fps" }
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
                if let Some(charge) = now.program.battery {
                    div {
                        dt { "Power" }
                        dd { "Battery, {charge * 100.0:.0} % left" }
                    }
                }
            }
            if let Some(replay) = now.replay.clone() {
                p { class: "small replay-line",
                    Icon { shape: lucide::ROTATE_CCW_CLOCK, size: 16 }
                    span { class: "tabular", "The last {replay.held:.0} s are held for a replay ({figures::bytes(replay.bytes)})" }
                }
            }
            for (place, encode) in now.encoders.iter().cloned().enumerate() {
                EncodeRow { key: "{place}", encode }
            }
        }
    }
}

#[component]
fn EncodeRow(encode: Encode) -> Element {
    let size = match encode.layer {
        0 => "",
        1 => ", half size",
        _ => ", quarter size",
    };
    let rate = figures::bitrate(f64::from(encode.bitrate));
    let rate =
        if encode.is_lowered() { format!("{rate} of {}", figures::bitrate(f64::from(encode.wanted))) } else { rate };
    let report = &encode.report;
    rsx! {
        div { class: "encoder",
            p {
                Icon { shape: if report.hardware { lucide::ZAP } else { lucide::CPU }, size: 16 }
                strong { "{report.encoder}" }
                span { class: "soft",
                    if report.hardware {
                        "in hardware{size}"
                    } else {
                        "on the processor{size}"
                    }
                }
            }
            p { class: "small tabular encoder-load", title: "The share of the time in which it could take no further frame. At 100 % it skips some.",
                span { class: if encode.load >= Encode::BUSY { "is-warn" }, "{encode.load * 100.0:.0} % busy" }
                span { class: "soft", " · {rate}" }
            }
            p { class: "soft small", "{report.reason}" }
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
    let is_recording = output.id == Destination::RECORDING;
    let (tone, state) = if is_recording && is_paused && output.state == OutputState::Live {
        (Tone::Warn, "Paused".to_owned())
    } else {
        words::output(&output)
    };
    let (class, shape) = match tone {
        Tone::Good => ("tone-good", lucide::CIRCLE_CHECK),
        Tone::Warn => ("tone-warn", lucide::TRIANGLE_ALERT),
        Tone::Bad => ("tone-bad", lucide::CIRCLE_ALERT),
    };
    let lost = if output.dropped == 0 {
        "no frame lost".to_owned()
    } else {
        format!("{} not sent", figures::counted(output.dropped, "frame"))
    };
    let since = output.since.filter(|_| !(is_recording && is_paused));
    let since = since.map(|since| figures::clock(browser::now().saturating_sub(since) / 1_000));
    let has_given_up = !is_recording && matches!(output.state, OutputState::Failed { .. });
    let id = output.id.clone();
    let connection = figures::connection(output.round_trip, output.lost).filter(|_| output.since.is_some());
    rsx! {
        div { class: "output {class}",
            p { class: "output-head",
                Icon { shape, size: 16 }
                strong { class: "row-name", "{output.name}" }
            }
            p { class: "small tabular",
                "{state}"
                if let Some(since) = since {
                    " for {since}"
                }
            }
            p { class: "soft small tabular", "{figures::bitrate(output.bitrate)} · {output.fps:.0} fps · {lost}" }
            if let Some(connection) = connection {
                p { class: "soft small tabular output-connection", "{connection}" }
            }
            if has_given_up {
                button {
                    class: "text-button",
                    r#type: "button",
                    "aria-label": "Try {output.name} again",
                    onclick: move |_| act(Command::RetryDestination { id: id.clone() }),
                    "Try again"
                }
            }
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
                p { class: "soft small dock-empty", "Nothing has happened yet. Connections, drops, recordings, raids and rewards are noted here." }
            }
            ol { class: "log",
                for entry in entries.iter() {
                    li { key: "{entry.id}", class: match words::tone(entry.severity) { Tone::Good => "", Tone::Warn => "tone-warn", Tone::Bad => "tone-bad" },
                        time { class: "soft tabular", title: time_of_day(entry.at), {ago(now(), entry.at)} }
                        span {
                            "{entry.text}"
                            if let Some(folder) = entry.folder.clone() {
                                " "
                                button { class: "text-button", r#type: "button", onclick: move |_| desk::show_folder(folder.clone()), "Show it" }
                            }
                        }
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
