//! The fields of each picture filter.

use dioxus::prelude::*;
use klieg_studio_model::PictureFilter;
use klieg_ui::{ColourWell, Slider};

use crate::source::opaque;

#[component]
pub fn PictureFields(place: usize, filter: PictureFilter, onset: EventHandler<PictureFilter>) -> Element {
    match filter {
        PictureFilter::ChromaKey { colour, similarity, smoothness } => rsx! {
            ColourWell {
                label: "Colour to take away",
                name: "key-colour-{place}",
                value: opaque(colour),
                onset: move |value: String| {
                    if let Ok(colour) = value.parse() {
                        onset.call(PictureFilter::ChromaKey { colour, similarity, smoothness });
                    }
                },
            }
            Share {
                label: "Similar colours too",
                name: "key-similarity-{place}",
                value: similarity,
                least: 0.0,
                onset: move |similarity| onset.call(PictureFilter::ChromaKey { colour, similarity, smoothness }),
            }
            Share {
                label: "Soft edge",
                name: "key-smoothness-{place}",
                value: smoothness,
                least: 0.0,
                onset: move |smoothness| onset.call(PictureFilter::ChromaKey { colour, similarity, smoothness }),
            }
        },
        PictureFilter::Colour { brightness, contrast, saturation, hue } => rsx! {
            Share {
                label: "Brightness",
                name: "brightness-{place}",
                value: brightness,
                least: -1.0,
                onset: move |brightness| onset.call(PictureFilter::Colour { brightness, contrast, saturation, hue }),
            }
            Share {
                label: "Contrast",
                name: "contrast-{place}",
                value: contrast,
                least: -1.0,
                onset: move |contrast| onset.call(PictureFilter::Colour { brightness, contrast, saturation, hue }),
            }
            Share {
                label: "Saturation",
                name: "saturation-{place}",
                value: saturation,
                least: -1.0,
                onset: move |saturation| onset.call(PictureFilter::Colour { brightness, contrast, saturation, hue }),
            }
            Slider {
                label: "Hue",
                name: "hue-{place}",
                value: hue,
                min: -180.0,
                max: 180.0,
                step: 1.0,
                text: format!("{hue:.0}°"),
                onset: move |hue| onset.call(PictureFilter::Colour { brightness, contrast, saturation, hue }),
            }
        },
        PictureFilter::Blur { radius } => rsx! {
            Slider {
                label: "Radius",
                name: "blur-{place}",
                value: radius,
                min: 0.5,
                max: 20.0,
                step: 0.5,
                text: format!("{radius:.1} px"),
                onset: move |radius| onset.call(PictureFilter::Blur { radius }),
            }
        },
    }
}

/// From `least` to 1, in per cent.
#[component]
fn Share(label: String, name: String, value: f64, least: f64, onset: EventHandler<f64>) -> Element {
    rsx! {
        Slider {
            label,
            name,
            value,
            min: least,
            max: 1.0,
            step: 0.01,
            text: format!("{:.0} %", value * 100.0),
            onset: move |value| onset.call(value),
        }
    }
}
