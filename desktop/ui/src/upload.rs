//! What the upload carries: measured when asked, with progress and a way out, or as the creator says.

use dioxus::prelude::*;
use klieg_studio_model::{Command, Upload, figures};
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Entry, Icon, Tone};

use crate::browser;
use crate::studio::{STUDIO, act};

/// The measurement as it stands.
#[component]
pub fn UploadTest() -> Element {
    let account = use_memo(|| STUDIO.read().account.clone());
    let upload = use_memo(|| STUDIO.read().upload.clone());
    let is_busy = use_memo(|| !STUDIO.read().show.is_off() || STUDIO.read().recording.is_some());
    let again = |words: &'static str| {
        rsx! {
            button { class: "text-button", disabled: is_busy(), onclick: |_| act(Command::MeasureUpload),
                Icon { shape: lucide::REFRESH_CW, size: 16 }
                "{words}"
            }
        }
    };
    rsx! {
        section { class: "upload-test", "aria-label": "Upload",
            h3 { "Upload" }
            match (account(), upload()) {
                (None, _) => rsx! {
                    SaidUpload {}
                },
                (Some(_), None) => rsx! {
                    p { class: "soft small", "Not measured yet. It takes five seconds." }
                    {again("Measure it")}
                },
                (Some(account), Some(Upload::Measuring { done })) => rsx! {
                    p { class: "soft small", id: "upload-measuring", role: "status", "Sending to {account.server} to see what gets through." }
                    div { class: "upload-progress",
                        progress { value: "{done}", max: "1", "aria-labelledby": "upload-measuring" }
                        button { class: "button button-quiet", onclick: |_| act(Command::StopMeasuring), "Stop" }
                    }
                },
                (Some(_), Some(Upload::Measured { kbit, at, server })) => rsx! {
                    p {
                        strong { class: "tabular", {figures::bitrate(f64::from(kbit))} }
                        " to {server}, {ago(at)}"
                    }
                    {again("Measure again")}
                },
                (Some(_), Some(Upload::Old { kbit, at, server })) => rsx! {
                    p { class: "soft small",
                        "It carried {figures::bitrate(f64::from(kbit))} to {server} {ago(at)}. Lines change: what it carries now is not known."
                    }
                    {again("Measure again")}
                },
                (Some(_), Some(Upload::Said { kbit })) => rsx! {
                    p {
                        strong { class: "tabular", {figures::bitrate(f64::from(kbit))} }
                        ", as you said"
                    }
                    {again("Measure it")}
                },
                (Some(_), Some(Upload::Failed { reason })) => rsx! {
                    Alert { tone: Tone::Warn, "The upload was not measured: {reason}." }
                    {again("Try again")}
                },
            }
        }
    }
}

/// `3 days ago`.
fn ago(at: u64) -> String {
    format!("{} ago", figures::duration(browser::now().saturating_sub(at) / 1_000))
}

/// Nothing measures it: what can be known is what the creator knows.
#[component]
fn SaidUpload() -> Element {
    let kbit = use_memo(|| STUDIO.read().upload.as_ref().and_then(Upload::kbit));
    let mut wrong = use_signal(|| false);
    let needed = use_memo(|| figures::bitrate(f64::from(STUDIO.read().profile.video.bitrate) * 1.5));
    let shown = kbit().map(|kbit| (f64::from(kbit) / 1_000.0).to_string()).unwrap_or_default();
    rsx! {
        p { class: "soft small",
            "It is not measured: only a Klieg server that you are signed in to does that, other services take no test. If you know what your line sends, enter it."
        }
        Entry {
            label: "Upload of your line, in Mbit/s",
            name: "upload",
            value: shown,
            placeholder: "20",
            max: 8,
            hint: "As in your contract, or as any speed test shows",
            onset: move |typed: String| {
                let read = Upload::read(&typed);
                wrong.set(read.is_none() && !typed.trim().is_empty());
                if let Some(kbit) = read {
                    act(Command::SayUpload { kbit });
                }
            },
        }
        if wrong() {
            Alert { tone: Tone::Warn, "That is no upload: enter a number of Mbit/s, from 0.1 to 10,000." }
        } else if kbit().is_none() {
            Alert { tone: Tone::Warn,
                "Nobody knows yet whether your show gets through. As it is set now it takes an upload of {needed()} or more; with less it stutters."
            }
        }
    }
}
