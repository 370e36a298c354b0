//! Recordings on this computer.

use dioxus::prelude::*;
use klieg_studio_model::{Command, Container, RecordingSettings, figures};
use klieg_ui::icon::lucide;
use klieg_ui::{Entry, Icon, Segments, Switch};

use crate::bridge;
use crate::studio::{STUDIO, act, say};

#[component]
pub fn Recording() -> Element {
    let settings = use_memo(|| STUDIO.read().profile.recording.clone());
    let left = use_memo(|| STUDIO.read().program.disk_left);
    let now = settings();
    let mut folder = use_signal(|| None::<String>);
    let shown = now.folder.as_ref().map(|folder| folder.display().to_string()).unwrap_or_default();
    let set = |recording: RecordingSettings| act(Command::SetRecording { recording });
    let container = now.container.ending();
    let open = shown.clone();
    rsx! {
        h3 { "Recording" }
        p { class: "lead", "Recordings play up to their last second, even after a power cut." }
        div { class: "form",
            div { onfocusout: move |_| {
                    if let Some(typed) = folder.take() {
                        let typed = typed.trim().to_owned();
                        let folder = (!typed.is_empty()).then(|| typed.into());
                        if folder != settings.peek().folder {
                            set(RecordingSettings { folder, ..settings.peek().clone() });
                        }
                    }
                },
                Entry {
                    label: "Folder",
                    name: "recording-folder",
                    value: shown.clone(),
                    placeholder: "Your videos folder",
                    hint: left().map(|left| format!("{} left on its disk", figures::bytes(left))).unwrap_or_default(),
                    onset: move |typed| folder.set(Some(typed)),
                }
            }
            if !shown.is_empty() {
                button {
                    class: "text-button",
                    onclick: move |_| {
                        let path = open.clone();
                        spawn(async move {
                            if let Err(why) = bridge::open_folder(&path).await {
                                say(why);
                            }
                        });
                    },
                    Icon { shape: lucide::FOLDER_OPEN, size: 16 }
                    "Open the folder"
                }
            }
            div { class: "field",
                span { class: "legend", "File" }
                Segments {
                    label: "Container",
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
                hint: "The recording begins and ends with the show",
                onset: move |with_show| set(RecordingSettings { with_show, ..settings.peek().clone() }),
            }
        }
    }
}
