//! The bar's buttons for what is kept: recording, replay, markers.

use dioxus::prelude::*;
use klieg_studio_model::{Command, Marks, RecordingState, ReplayState, figures};
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use crate::browser;
use crate::desk::{self, Open};
use crate::menu::{Line, Menu};
use crate::settings::Page;
use crate::studio::{STUDIO, act, ask, say};

/// `clock` is now, in Unix milliseconds, as far as the bar shows it.
#[component]
pub fn Tape(clock: u64) -> Element {
    let recording = use_memo(|| STUDIO.read().recording.clone());
    let replay = use_memo(|| STUDIO.read().replay.clone());
    let begins = use_memo(|| STUDIO.read().is_recording_beginning());
    let marks = use_memo(|| STUDIO.read().marks());
    let seconds = use_memo(|| STUDIO.read().profile.replay.seconds);
    rsx! {
        if can_mark(marks()) {
            button {
                class: "button button-plain tape-button",
                title: "Mark this moment{where_to(marks())}",
                "aria-label": "Mark this moment",
                onclick: |_| mark(String::new(), 0),
                Icon { shape: lucide::BOOKMARK, size: 18 }
                span { class: "wide-words", "Mark" }
            }
        }
        if let Some(replay) = replay() {
            SaveReplay { replay }
        }
        if let Some(recording) = recording().filter(|_| !begins()) {
            Recording { recording: recording.clone(), elapsed: recording.elapsed(clock) / 1_000 }
        } else {
            // It keeps the keyboard's focus, so it is not taken out of its order.
            button {
                class: "button button-plain",
                title: if begins() { "The recording begins as soon as its encoder and its disk are ready" } else { "Record to this computer" },
                "aria-disabled": if begins() { "true" },
                "aria-busy": if begins() { "true" },
                onclick: move |_| {
                    if !begins() {
                        act(Command::StartRecording);
                    }
                },
                Icon { shape: lucide::CIRCLE, size: 18 }
                if begins() {
                    "Starting"
                } else {
                    "Record"
                }
            }
        }
        Menu {
            label: "Recording, replay and markers",
            class: "icon-button tape-more",
            lines: lines(recording().as_ref(), replay().as_ref(), marks(), seconds()),
            onchoose: |choice: String| choose(&choice),
            Icon { shape: lucide::ELLIPSIS }
        }
    }
}

#[component]
fn SaveReplay(replay: ReplayState) -> Element {
    let held = figures::counted(replay.held as u64, "second");
    let words = if replay.saving { "Saving the replay" } else { "Save replay" };
    rsx! {
        button {
            class: "button button-plain tape-button",
            title: "{words}: the last {held}",
            "aria-label": "{words}",
            disabled: replay.saving || replay.held < 1.0,
            onclick: |_| act(Command::SaveReplay),
            Icon { shape: lucide::ROTATE_CCW_CLOCK, size: 18 }
            span { class: "wide-words", "{words}" }
        }
    }
}

#[component]
fn Recording(recording: RecordingState, elapsed: u64) -> Element {
    let paused = recording.paused;
    let words = if paused { "Go on recording" } else { "Pause the recording" };
    let part = if recording.part > 1 { format!(", file {}", recording.part) } else { String::new() };
    rsx! {
        button {
            class: "button button-plain tape-button",
            title: "{words}",
            "aria-label": "{words}",
            onclick: move |_| act(if paused { Command::ResumeRecording } else { Command::PauseRecording }),
            Icon { shape: if paused { lucide::PLAY } else { lucide::PAUSE }, size: 18 }
            span { class: "wide-words", if paused { "Go on" } else { "Pause" } }
        }
        button {
            class: if paused { "button button-plain recording is-paused" } else { "button button-plain recording" },
            title: "Stop recording{part}",
            "aria-label": "Stop recording",
            onclick: |_| act(Command::StopRecording),
            Icon { shape: lucide::CIRCLE_STOP, size: 18 }
            span { class: "button-words", if paused { "Paused" } else { "Stop recording" } }
            span { class: "tabular", role: "timer", {figures::clock(elapsed)} }
        }
    }
}

fn lines(recording: Option<&RecordingState>, replay: Option<&ReplayState>, marks: Marks, seconds: u32) -> Vec<Line> {
    let kept = replay.map_or_else(
        || "Saved with one press when something has happened".to_owned(),
        |replay| format!("{:.0} s are held, {}", replay.held, figures::bytes(replay.bytes)),
    );
    vec![
        Line::new("mark", "Mark with a text")
            .icon(lucide::BOOKMARK)
            .hint("The moment counts at which you choose this")
            .disabled(!can_mark(marks)),
        Line::new("split", "Go on in another file")
            .icon(lucide::SCISSORS)
            .hint("Nothing between the two is lost")
            .disabled(recording.is_none_or(|recording| recording.file.is_none())),
        Line::new("replay", format!("Keep the last {seconds} seconds")).checked(replay.is_some()).hint(kept),
        Line::new("settings", "Recording settings").icon(lucide::SETTINGS_2),
    ]
}

fn choose(choice: &str) {
    match choice {
        "mark" => desk::open(Open::Marker { at: browser::now() }),
        "split" => act(Command::SplitRecording),
        "replay" if STUDIO.peek().replay.is_some() => act(Command::StopReplay),
        "replay" => act(Command::StartReplay),
        _ => desk::open(Open::Settings(Page::Recording)),
    }
}

fn can_mark(marks: Marks) -> bool {
    marks.recording || marks.broadcast
}

fn where_to(marks: Marks) -> &'static str {
    match (marks.recording, marks.broadcast) {
        (true, true) => " in the recording and on your broadcast",
        (true, false) => " in the recording",
        (false, true) => " on your broadcast",
        (false, false) => "",
    }
}

/// Marks the moment `ago` milliseconds before now, and says where it went.
pub fn mark(text: String, ago: u32) {
    let marks = STUDIO.peek().marks();
    wasm_bindgen_futures::spawn_local(async move {
        match ask(Command::Mark { text, ago }).await {
            Ok(()) => say(format!("Marked{}.", where_to(marks))),
            Err(why) => say(why),
        }
    });
}
