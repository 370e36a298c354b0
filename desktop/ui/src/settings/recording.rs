//! Recordings on this computer, and replays.

use dioxus::prelude::*;
use klieg_studio_model::{Command, Container, RecordingSettings, ReplaySettings, Split, VideoSettings, figures};
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Entry, Icon, Number, Segments, Slider, Switch, Tone};

use crate::desk;
use crate::destination::encoding::OwnEncoding;
use crate::studio::{STUDIO, act, ask};

/// What the limits are when they are switched on.
const MINUTES: u32 = 60;
const MEGABYTES: u32 = 4_000;

#[component]
pub fn Recording() -> Element {
    let settings = use_memo(|| STUDIO.read().profile.recording.clone());
    let left = use_memo(|| {
        let program = STUDIO.read().program;
        let time = program.disk_time.map(|time| format!(", room for {}", figures::duration(time))).unwrap_or_default();
        program.disk_left.map(|left| format!("{} left on its disk{time}", figures::bytes(left))).unwrap_or_default()
    });
    let recordings = use_memo(|| STUDIO.read().recordings.display().to_string());
    let now = settings();
    let mut folder = use_signal(|| None::<String>);
    let shown = now.folder.as_ref().map(|folder| folder.display().to_string()).unwrap_or_default();
    let set = |recording: RecordingSettings| act(Command::SetRecording { recording });
    let mut take_typed = move || {
        if let Some(typed) = folder.take() {
            let typed = typed.trim().to_owned();
            let folder = (!typed.is_empty()).then(|| typed.into());
            if folder != settings.peek().folder {
                set(RecordingSettings { folder, ..settings.peek().clone() });
            }
        }
    };
    let container = now.container.ending();
    rsx! {
        h3 { "Recording" }
        p { class: "lead", "Recordings play up to their last second after a crash, and up to the last two or three after a power cut." }
        div { class: "form",
            div {
                onfocusout: move |_| take_typed(),
                onkeydown: move |event: KeyboardEvent| {
                    if event.key() == Key::Enter {
                        take_typed();
                    }
                },
                Entry {
                    label: "Folder",
                    name: "recording-folder",
                    value: shown.clone(),
                    placeholder: recordings(),
                    hint: left(),
                    onset: move |typed| folder.set(Some(typed)),
                }
            }
            button { class: "text-button", onclick: move |_| desk::show_folder(recordings()),
                Icon { shape: lucide::FOLDER_OPEN, size: 16 }
                "Open the folder"
            }
            div { class: "field",
                span { class: "legend", "File format" }
                Segments {
                    label: "File format",
                    name: "recording-container",
                    options: vec![("mp4".to_owned(), "MP4".to_owned()), ("mkv".to_owned(), "Matroska (MKV)".to_owned())],
                    value: container,
                    onchoose: move |value: String| {
                        let container = if value == "mkv" { Container::Mkv } else { Container::Mp4 };
                        set(RecordingSettings { container, ..settings.peek().clone() });
                    },
                }
            }
            Switch {
                label: "Record whenever a show is live",
                name: "recording-with-show",
                on: now.with_show,
                hint: "The recording begins with the show and ends when you end it",
                onset: move |with_show| set(RecordingSettings { with_show, ..settings.peek().clone() }),
            }
            Splitting { settings: now.clone() }
            Encoded {}
        }
        Replay {}
    }
}

/// What was changed here and is not saved yet. It stays when the page is left.
static DRAFT: GlobalSignal<Option<Draft>> = Signal::global(|| None);

#[derive(Clone, PartialEq)]
struct Draft {
    profile: String,
    /// What was saved when it was changed: what is set elsewhere since is newer.
    saved: Option<VideoSettings>,
    own: Option<VideoSettings>,
}

/// What is not saved of the profile in use.
fn unsaved() -> Option<Draft> {
    let profile = &STUDIO.read().profile;
    DRAFT().filter(|draft| draft.profile == profile.name && draft.saved == profile.recording.video)
}

/// Whether something is changed here that is not saved.
pub fn is_unsaved() -> bool {
    unsaved().is_some()
}

fn keep(own: Option<VideoSettings>) {
    let (profile, saved) = {
        let profile = &STUDIO.peek().profile;
        (profile.name.clone(), profile.recording.video.clone())
    };
    let draft = (own != saved).then_some(Draft { profile, saved, own });
    if *DRAFT.peek() != draft {
        *DRAFT.write() = draft;
    }
}

/// What recordings are encoded with. A change is not used before it is saved: one that runs may have to begin anew for it.
#[component]
fn Encoded() -> Element {
    let saved = use_memo(|| STUDIO.read().profile.recording.video.clone());
    let runs = use_memo(|| STUDIO.read().recording.is_some());
    let mut own = use_signal(|| unsaved().map_or_else(|| saved.peek().clone(), |draft| draft.own));
    let mut known = use_signal(|| saved.peek().clone());
    let mut busy = use_signal(|| false);
    let mut wrong = use_signal(|| None::<String>);
    // It may be set elsewhere, by an advice or another program.
    use_effect(move || {
        let now = saved();
        if *known.peek() != now {
            known.set(now.clone());
            own.set(now);
        }
    });
    use_effect(move || keep(own()));
    let is_changed = own() != saved();
    let save = move |_| {
        let recording = RecordingSettings { video: own.peek().clone(), ..STUDIO.peek().profile.recording.clone() };
        busy.set(true);
        spawn(async move {
            let answer = ask(Command::SetRecording { recording }).await;
            busy.set(false);
            wrong.set(answer.err());
        });
    };
    rsx! {
        OwnEncoding {
            own,
            only_h264: false,
            of: "recording",
            shared: "As the show",
            hint: "What is encoded alike is encoded once, and gets worse with your line. An encoding of its own does not, and takes more of your processor.",
        }
        if let Some(wrong) = wrong() {
            Alert { tone: Tone::Bad, "{wrong}" }
        }
        if is_changed {
            div { class: "actions",
                button { class: "button button-primary", disabled: busy(), onclick: save,
                    if runs() {
                        "Use it from now on"
                    } else {
                        "Save encoding"
                    }
                }
                button { class: "button button-quiet", onclick: move |_| own.set(saved.peek().clone()), "Undo changes" }
            }
        }
    }
}

/// When a recording goes on in another file.
#[component]
fn Splitting(settings: RecordingSettings) -> Element {
    let kept = settings.split;
    let set = move |split: Split| {
        act(Command::SetRecording { recording: RecordingSettings { split, ..settings.clone() } });
    };
    let (by_time, by_size, minutes, megabytes) = (set.clone(), set.clone(), set.clone(), set);
    rsx! {
        Switch {
            label: "Begin another file after some time",
            name: "recording-split-time",
            on: kept.minutes.is_some(),
            hint: "Nothing between two files is lost",
            onset: move |on: bool| by_time(Split { minutes: on.then_some(MINUTES), ..kept }),
        }
        if let Some(value) = kept.minutes {
            Number {
                label: "Length of a file",
                name: "recording-split-minutes",
                value: f64::from(value),
                min: 1.0,
                max: 1_440.0,
                unit: "minutes",
                onset: move |value: f64| minutes(Split { minutes: Some(value as u32), ..kept }),
            }
        }
        Switch {
            label: "Begin another file before one is too large",
            name: "recording-split-size",
            on: kept.megabytes.is_some(),
            hint: "For disks and sites that take files up to a size only",
            onset: move |on: bool| by_size(Split { megabytes: on.then_some(MEGABYTES), ..kept }),
        }
        if let Some(value) = kept.megabytes {
            Number {
                label: "Largest file",
                name: "recording-split-megabytes",
                value: f64::from(value),
                min: 20.0,
                max: 1_000_000.0,
                unit: "MB",
                onset: move |value: f64| megabytes(Split { megabytes: Some(value as u32), ..kept }),
            }
        }
    }
}

/// The replay buffer.
#[component]
fn Replay() -> Element {
    let settings = use_memo(|| STUDIO.read().profile.replay);
    let memory = use_memo(|| {
        let profile = &STUDIO.read().profile;
        profile.replay.memory(&profile.video, profile.audio)
    });
    let runs = use_memo(|| STUDIO.read().replay.is_some());
    let now = settings();
    rsx! {
        h3 { "Replay" }
        p { class: "lead", "Keeps the last seconds of your show in memory. When something has happened, one press saves them as a file." }
        div { class: "form",
            Slider {
                label: "Length",
                name: "replay-seconds",
                value: f64::from(now.seconds),
                min: f64::from(ReplaySettings::LEAST),
                max: f64::from(ReplaySettings::MOST),
                step: 5.0,
                text: figures::counted(now.seconds.into(), "second"),
                onset: move |seconds: f64| {
                    act(Command::SetReplay { replay: ReplaySettings { seconds: seconds as u32, ..settings() } });
                },
            }
            p { class: "soft small", "Takes about {figures::bytes(memory())} of memory with your encoding." }
            Switch {
                label: "Keep the last seconds now",
                name: "replay-on",
                on: runs(),
                hint: "Also while you neither broadcast nor record; encoding takes some of the processor",
                onset: move |on: bool| act(if on { Command::StartReplay } else { Command::StopReplay }),
            }
            Switch {
                label: "Keep them whenever a show is live",
                name: "replay-with-show",
                on: now.with_show,
                onset: move |with_show| {
                    act(Command::SetReplay { replay: ReplaySettings { with_show, ..settings() } });
                },
            }
        }
    }
}
