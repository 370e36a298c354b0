//! What this computer can encode, and what is proposed.

use dioxus::prelude::*;
use klieg_studio_model::{Canvas, Command, Edit, Proposal, Upload, VideoSettings, figures};

use super::{Foot, Heading};
use crate::settings::encoding::Encoders;
use crate::studio::{STUDIO, act, edit};
use crate::upload::UploadTest;

#[component]
pub fn EncodersStep(onnext: EventHandler<()>, onback: EventHandler<()>) -> Element {
    let proposed = use_memo(|| {
        let studio = STUDIO.read();
        let upload = studio.upload.as_ref().and_then(Upload::kbit);
        studio.profile.video.proposed(&studio.probed, studio.collection.canvas, upload)
    });
    let is_measured = use_memo(|| STUDIO.read().account.is_some());
    let is_probing = use_memo(|| STUDIO.read().probing.is_some());
    let mut began = use_signal(|| false);
    use_hook(move || {
        if STUDIO.peek().probed.is_empty() && STUDIO.peek().probing.is_none() {
            act(Command::ProbeEncoders);
        }
    });
    // The processor is measured first, for sending takes some of it.
    use_effect(move || {
        let is_ready = !is_probing() && !STUDIO.read().probed.is_empty();
        if is_ready && !*began.peek() {
            began.set(true);
            if STUDIO.peek().account.is_some() && STUDIO.peek().upload.as_ref().and_then(Upload::kbit).is_none() {
                act(Command::MeasureUpload);
            }
        }
    });
    let finish = move |()| {
        if let Some(Proposal { canvas, video, .. }) = proposed.peek().clone() {
            if canvas != STUDIO.peek().collection.canvas {
                edit(Edit::SetCanvas { canvas });
            }
            act(Command::SetEncoding { video, audio: STUDIO.peek().profile.audio });
        }
        onnext.call(());
    };
    rsx! {
        Heading { words: "What can this computer and its connection do?" }
        p { class: "lead",
            if is_measured() {
                "Each encoder is tried with real frames, and the upload with real bytes, so that you do not find out on air."
            } else {
                "Each encoder is tried with real frames, so that you do not find out on air. Your upload is not measured without a Klieg server: you can say what it is."
            }
        }
        if let Some(Proposal { canvas, video, why }) = proposed() {
            div { class: "proposal",
                strong { "Proposed: {summary(canvas, &video)}" }
                p { "{why}" }
            }
        } else if is_probing() {
            div { class: "proposal", "aria-busy": "true",
                p { role: "status", "Trying each encoder. This takes up to a minute." }
                span { class: "skeleton skeleton-line" }
            }
        }
        UploadTest {}
        Encoders {}
        Foot { verb: if proposed().is_some() { "Use this and open the studio" } else { "Open the studio" }, onnext: finish, onback }
    }
}

fn summary(Canvas { width, height, fps }: Canvas, video: &VideoSettings) -> String {
    let encoder = if video.encoder == "auto" { "automatic" } else { &video.encoder };
    format!("{width} × {height} at {fps} fps, {encoder}, {}", figures::bitrate(f64::from(video.bitrate)))
}
