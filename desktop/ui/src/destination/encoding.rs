//! How the picture of a destination or of recordings is encoded: as the show, or its own way.

use dioxus::prelude::*;
use klieg_studio_model::{VideoCodec, VideoSettings, figures};
use klieg_ui::{Number, Select};

use crate::settings::encoding::{CodecSelect, EncoderSelect};
use crate::studio::STUDIO;

#[component]
pub fn OwnEncoding(
    /// None where it is the profile's, which is the show's.
    own: Signal<Option<VideoSettings>>,
    only_h264: bool,
    /// What the names of its fields begin with.
    of: &'static str,
    /// What having none is called.
    shared: &'static str,
    /// What an encoding of its own means.
    hint: &'static str,
) -> Element {
    let mut own = own;
    let usual = use_memo(|| STUDIO.read().profile.video.clone());
    let bitrate = figures::bitrate(f64::from(usual.read().bitrate));
    let options = vec![
        ("profile".to_owned(), format!("{shared}: {}, {bitrate}", usual.read().codec.name())),
        ("own".to_owned(), "Its own".to_owned()),
    ];
    let shown = own().map(|video| if only_h264 { video.in_h264() } else { video });
    let change = move |with: &dyn Fn(&mut VideoSettings)| {
        let mut own = own;
        if let Some(video) = &mut *own.write() {
            if only_h264 {
                *video = video.clone().in_h264();
            }
            with(video);
        }
    };
    rsx! {
        Select {
            label: "Encoding",
            name: "{of}-encoding",
            options,
            value: if own.read().is_some() { "own" } else { "profile" },
            hint,
            onchoose: move |chosen: String| own.set((chosen == "own").then(|| usual.peek().clone())),
        }
        if let Some(video) = shown {
            Number {
                label: "Bitrate of the picture",
                name: "{of}-bitrate",
                value: f64::from(video.bitrate),
                min: 100.0,
                max: 100_000.0,
                step: 100.0,
                unit: "kbit/s",
                onset: move |value: f64| change(&|video| video.bitrate = value as u32),
            }
            if !only_h264 {
                CodecSelect {
                    name: "{of}-codec",
                    value: video.codec,
                    onchoose: move |codec: VideoCodec| change(&|video| (video.codec, video.encoder) = (codec, "auto".to_owned())),
                }
            }
            EncoderSelect {
                name: "{of}-encoder",
                codec: video.codec,
                value: video.encoder.clone(),
                onchoose: move |encoder: String| change(&|video| video.encoder.clone_from(&encoder)),
            }
        }
    }
}
