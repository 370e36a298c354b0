//! How picture and sound are encoded, and what each encoder of this computer really does.

use dioxus::prelude::*;
use klieg_studio_model::{AudioSettings, Command, H264Profile, ProbedEncoder, Profile, VideoCodec, VideoSettings};
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Icon, Number, Select, Tone};

use crate::studio::{STUDIO, act, ask};
use crate::upload::UploadTest;
use crate::words;

const CODECS: [(VideoCodec, &str, &str); 3] = [
    (VideoCodec::H264, "h264", "H.264: plays everywhere"),
    (VideoCodec::Hevc, "hevc", "HEVC: smaller, not in every browser"),
    (VideoCodec::Av1, "av1", "AV1: smallest, takes most of the processor"),
];
const PROFILES: [(H264Profile, &str, &str); 3] = [
    (H264Profile::Baseline, "baseline", "Baseline: plays everywhere"),
    (H264Profile::Main, "main", "Main"),
    (H264Profile::High, "high", "High: most detail"),
];

/// What was changed here and is not saved yet. It stays when the page is left.
static DRAFT: GlobalSignal<Option<Draft>> = Signal::global(|| None);

/// How a profile encodes.
#[derive(Clone, Debug, PartialEq)]
struct Draft {
    profile: String,
    video: VideoSettings,
    audio: AudioSettings,
}

impl Draft {
    fn saved() -> Self {
        let Profile { name, video, audio, .. } = &STUDIO.read().profile;
        Self { profile: name.clone(), video: video.clone(), audio: *audio }
    }

    /// What is not saved of the profile in use.
    fn unsaved() -> Option<Self> {
        let draft = DRAFT()?;
        let saved = Self::saved();
        (draft.profile == saved.profile && draft != saved).then_some(draft)
    }

    fn shown() -> Self {
        Self::unsaved().unwrap_or_else(Self::saved)
    }

    fn keep(self) {
        *DRAFT.write() = Some(self);
    }
}

/// Whether something is changed here that is not saved.
pub fn is_unsaved() -> bool {
    Draft::unsaved().is_some()
}

/// What is saved by now is no draft any more: it is not to come back when something else is set.
pub fn forget_saved() {
    if DRAFT().is_some_and(|draft| draft == Draft::saved()) {
        *DRAFT.write() = None;
    }
}

fn change(with: impl FnOnce(&mut VideoSettings)) {
    let mut draft = Draft::shown();
    with(&mut draft.video);
    draft.keep();
}

#[component]
pub fn Encoding() -> Element {
    let draft = use_memo(Draft::shown);
    let is_changed = use_memo(is_unsaved);
    let mut busy = use_signal(|| false);
    let mut wrong = use_signal(|| None::<String>);
    let save = move |_| {
        let Draft { video, audio, .. } = Draft::shown();
        busy.set(true);
        spawn(async move {
            let answer = ask(Command::SetEncoding { video, audio }).await;
            busy.set(false);
            wrong.set(answer.err());
        });
    };
    let Draft { video, audio, .. } = draft();
    let is_live = use_memo(|| !STUDIO.read().show.is_off());
    let preset =
        words::PRESETS.iter().find(|(preset, ..)| *preset == video.preset).map_or("veryfast", |(_, key, _)| key);
    let profile = PROFILES.iter().find(|(profile, ..)| *profile == video.profile).map_or("baseline", |(_, key, _)| key);
    rsx! {
        h3 { "Encoding" }
        p { class: "lead", "For every destination and for recordings, unless one has its own." }
        div { class: "form",
            div { class: "form-row",
                Number {
                    label: "Bitrate of the picture",
                    name: "video-bitrate",
                    value: f64::from(video.bitrate),
                    min: 100.0,
                    max: 100_000.0,
                    step: 100.0,
                    unit: "kbit/s",
                    hint: "2,500 for 720p, 6,000 for 1080p",
                    onset: move |value: f64| change(|video| video.bitrate = value as u32),
                }
                Number {
                    label: "Bitrate of the sound",
                    name: "audio-bitrate",
                    value: f64::from(audio.bitrate),
                    min: 16.0,
                    max: 320.0,
                    step: 16.0,
                    unit: "kbit/s",
                    onset: |value: f64| Draft { audio: AudioSettings { bitrate: value as u32 }, ..Draft::shown() }.keep(),
                }
            }
            CodecSelect {
                name: "codec",
                value: video.codec,
                hint: "RTMP carries H.264 whatever is chosen here",
                onchoose: move |codec: VideoCodec| change(|video| (video.codec, video.encoder) = (codec, "auto".to_owned())),
            }
            EncoderSelect { name: "encoder", codec: video.codec, value: video.encoder.clone(), onchoose: move |encoder: String| change(|video| video.encoder.clone_from(&encoder)) }
            div { class: "form-row",
                Select {
                    label: "Preset",
                    name: "preset",
                    options: words::PRESETS.iter().map(|(_, key, name)| ((*key).to_owned(), (*name).to_owned())).collect::<Vec<_>>(),
                    value: preset.to_owned(),
                    hint: "Encoders in hardware have their own",
                    onchoose: move |value: String| {
                        if let Some((preset, ..)) = words::PRESETS.into_iter().find(|(_, key, _)| *key == value) {
                            change(|video| video.preset = preset);
                        }
                    },
                }
                Number {
                    label: "Keyframe every",
                    name: "keyframes",
                    value: video.keyframe_interval,
                    min: 0.5,
                    max: 10.0,
                    step: 0.5,
                    unit: "s",
                    hint: "New viewers start at one",
                    onset: move |value: f64| change(|video| video.keyframe_interval = value),
                }
            }
            if video.codec == VideoCodec::H264 {
                Select {
                    label: "H.264 profile",
                    name: "h264-profile",
                    options: PROFILES.iter().map(|(_, key, name)| ((*key).to_owned(), (*name).to_owned())).collect::<Vec<_>>(),
                    value: profile.to_owned(),
                    onchoose: move |value: String| {
                        if let Some((profile, ..)) = PROFILES.into_iter().find(|(_, key, _)| *key == value) {
                            change(|video| video.profile = profile);
                        }
                    },
                }
            }
            if let Some(wrong) = wrong() {
                Alert { tone: Tone::Bad, "{wrong}" }
            }
            div { class: "actions",
                button { class: "button button-primary", disabled: !is_changed() || busy(), onclick: save,
                    if busy() {
                        "Saving"
                    } else if is_live() {
                        "Use it from now on"
                    } else {
                        "Save encoding"
                    }
                }
                if is_changed() {
                    button { class: "button button-quiet", onclick: |_| *DRAFT.write() = None, "Undo changes" }
                }
            }
        }
        UploadTest {}
        Encoders {}
    }
}

#[component]
pub fn CodecSelect(
    name: String,
    value: VideoCodec,
    #[props(default)] hint: String,
    onchoose: EventHandler<VideoCodec>,
) -> Element {
    rsx! {
        Select {
            label: "Codec",
            name,
            options: CODECS.iter().map(|(_, key, words)| ((*key).to_owned(), (*words).to_owned())).collect::<Vec<_>>(),
            value: CODECS.iter().find(|(codec, ..)| *codec == value).map_or("h264", |(_, key, _)| key),
            hint,
            onchoose: move |chosen: String| {
                if let Some((codec, ..)) = CODECS.into_iter().find(|(_, key, _)| *key == chosen) {
                    onchoose.call(codec);
                }
            },
        }
    }
}

#[component]
pub fn EncoderSelect(name: String, codec: VideoCodec, value: String, onchoose: EventHandler<String>) -> Element {
    let probed = use_memo(|| STUDIO.read().probed.clone());
    let mut options = vec![("auto".to_owned(), "Automatic: the best that works".to_owned())];
    let fitting = probed.read();
    options.extend(fitting.iter().filter(|encoder| encoder.codec == codec).filter_map(|encoder| {
        let fps = encoder.result.as_ref().ok()?;
        Some((encoder.encoder.clone(), format!("{} ({fps:.0} fps)", encoder.what)))
    }));
    if !options.iter().any(|(key, _)| *key == value) {
        options.push((value.clone(), format!("{value} (not tried yet)")));
    }
    let hint = if fitting.is_empty() { "To choose one, let Settings → Encoding try them all" } else { "" };
    rsx! {
        Select { label: "Encoder", name, options, value, hint, onchoose: move |value| onchoose.call(value) }
    }
}

/// Every encoder, and what came of trying it.
#[component]
pub fn Encoders() -> Element {
    let probed = use_memo(|| STUDIO.read().probed.clone());
    let canvas = use_memo(|| STUDIO.read().collection.canvas);
    let probing = use_memo(|| STUDIO.read().probing.clone());
    let is_old = use_memo(|| STUDIO.read().probed_is_old);
    let size = format!("{} × {}", canvas().width, canvas().height);
    let verb = if probed.read().is_empty() { "Try all encoders" } else { "Try again" };
    rsx! {
        section { class: "encoders", "aria-labelledby": "encoders-title", "aria-busy": if probing().is_some() { "true" } else { "false" },
            header { class: "list-head",
                h3 { id: "encoders-title", "Encoders of this computer" }
                if probing().is_some() {
                    button { class: "text-button", onclick: |_| act(Command::StopProbing),
                        Icon { shape: lucide::X, size: 16 }
                        "Stop"
                    }
                } else {
                    button { class: "text-button", onclick: |_| act(Command::ProbeEncoders),
                        Icon { shape: lucide::REFRESH_CW, size: 16 }
                        "{verb}"
                    }
                }
            }
            if let Some(what) = probing() {
                p { class: "soft small", role: "status",
                    if what.is_empty() {
                        "Each encodes a few frames at {size}. This takes up to a minute."
                    } else {
                        "{what} encodes a few frames at {size}."
                    }
                }
            }
            if probed.read().is_empty() {
                if probing().is_some() {
                    for row in 0..3 {
                        span { key: "{row}", class: "skeleton row-skeleton" }
                    }
                } else if is_old() {
                    p { class: "soft small", "They were tried more than a week ago, or with other drivers: what they do now is not known." }
                } else {
                    p { class: "soft small", "None has been tried yet. Trying shows which ones work here, and how fast." }
                }
            }
            ul { class: "encoder-list",
                for encoder in best_first(probed()) {
                    EncoderRow { key: "{encoder.encoder}", encoder, fps: canvas().fps }
                }
            }
        }
    }
}

/// Those that work stand before those that do not, in the order in which they are preferred.
fn best_first(mut probed: Vec<ProbedEncoder>) -> Vec<ProbedEncoder> {
    probed.sort_by_key(|encoder| encoder.result.is_err());
    probed
}

#[component]
fn EncoderRow(encoder: ProbedEncoder, fps: u32) -> Element {
    let (class, shape, words) = match &encoder.result {
        Ok(speed) if *speed >= f64::from(fps) * 1.5 => ("tone-good", lucide::CIRCLE_CHECK, format!("{speed:.0} fps")),
        Ok(speed) if *speed >= f64::from(fps) => {
            ("tone-warn", lucide::TRIANGLE_ALERT, format!("{speed:.0} fps: just enough"))
        }
        Ok(speed) => ("tone-bad", lucide::CIRCLE_ALERT, format!("{speed:.0} fps: too slow")),
        Err(why) => ("tone-off", lucide::X, why.clone()),
    };
    rsx! {
        li { class: "encoder-row {class}",
            Icon { shape, size: 16 }
            div {
                strong { "{encoder.what}" }
                if encoder.hardware {
                    span { class: "soft small", " in hardware" }
                }
                p { class: "soft small", code { "{encoder.encoder}" } }
            }
            span { class: "encoder-result small tabular", "{words}" }
        }
    }
}
