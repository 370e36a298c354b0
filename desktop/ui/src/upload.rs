//! What the upload carries: measured when asked, with progress and a way out.

use dioxus::prelude::*;
use klieg_studio_model::{Command, Upload, figures};
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Icon, Tone};

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
                    p { class: "soft small", "It can be measured once you are signed in to a Klieg server: others take no test." }
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
                (Some(account), Some(Upload::Measured { kbit })) => rsx! {
                    p {
                        strong { class: "tabular", {figures::bitrate(f64::from(kbit))} }
                        " to {account.server}"
                    }
                    {again("Measure again")}
                },
                (Some(_), Some(Upload::Failed { reason })) => rsx! {
                    Alert { tone: Tone::Warn, "The upload was not measured: {reason}." }
                    {again("Try again")}
                },
            }
        }
    }
}
