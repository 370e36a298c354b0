//! What this computer can encode, and what is proposed.

use dioxus::prelude::*;
use klieg_studio_model::{Command, figures};
use klieg_ui::{Alert, Tone};

use super::Foot;
use crate::settings::encoding::Encoders;
use crate::studio::{STUDIO, act, ask};

#[component]
pub fn EncodersStep(onnext: EventHandler<()>, onback: EventHandler<()>) -> Element {
    let proposed = use_memo(|| {
        let studio = STUDIO.read();
        studio.profile.video.proposed(&studio.probed, studio.collection.canvas)
    });
    let mut busy = use_signal(|| false);
    let mut wrong = use_signal(|| None::<String>);
    use_hook(move || {
        if STUDIO.peek().probed.is_empty() {
            busy.set(true);
            spawn(async move {
                let answer = ask(Command::ProbeEncoders).await;
                busy.set(false);
                wrong.set(answer.err());
            });
        }
    });
    let finish = move |()| {
        if let Some((video, _)) = proposed.peek().clone() {
            act(Command::SetEncoding { video, audio: STUDIO.peek().profile.audio });
        }
        onnext.call(());
    };
    rsx! {
        h1 { "What can this computer encode?" }
        p { class: "lead", "Each encoder is tried with real frames, so that you do not find out on air." }
        if let Some(wrong) = wrong() {
            Alert { tone: Tone::Bad, "{wrong}" }
        }
        if let Some((video, why)) = proposed() {
            div { class: "proposal",
                strong {
                    if video.encoder == "auto" {
                        "Proposed: automatic, {figures::bitrate(f64::from(video.bitrate))}"
                    } else {
                        "Proposed: {video.encoder}, {figures::bitrate(f64::from(video.bitrate))}"
                    }
                }
                p { "{why}" }
            }
        } else if busy() {
            div { class: "proposal", "aria-busy": "true",
                p { role: "status", "Trying each encoder. This takes up to a minute." }
                span { class: "skeleton skeleton-line" }
            }
        }
        Encoders {}
        Foot { verb: if proposed().is_some() { "Use this and open the studio" } else { "Open the studio" }, onnext: finish, onback }
    }
}
