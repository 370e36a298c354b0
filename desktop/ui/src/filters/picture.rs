//! The fields of each picture filter.

use dioxus::prelude::*;
use klieg_studio_model::{Crop, PictureFilter};
use klieg_ui::{ColourWell, Number};

use super::dial::{Dial, Unit};
use crate::source::opaque;
use crate::transition::PathRow;

/// More than any picture has, in pixels.
const FAR: f64 = 32_768.0;

#[component]
pub fn PictureFields(
    place: usize,
    filter: PictureFilter,
    /// Why it does nothing, if it does nothing.
    trouble: Option<String>,
    onset: EventHandler<PictureFilter>,
    /// Another file is to be chosen.
    onpick: EventHandler<()>,
) -> Element {
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
            Dial {
                label: "Similar colours too",
                name: "key-similarity-{place}",
                unit: Unit::Share,
                value: similarity,
                least: 0.0,
                most: 1.0,
                onset: move |similarity| onset.call(PictureFilter::ChromaKey { colour, similarity, smoothness }),
            }
            Dial {
                label: "Soft edge",
                name: "key-smoothness-{place}",
                unit: Unit::Share,
                value: smoothness,
                least: 0.0,
                most: 1.0,
                onset: move |smoothness| onset.call(PictureFilter::ChromaKey { colour, similarity, smoothness }),
            }
        },
        PictureFilter::Colour { brightness, contrast, saturation, hue } => rsx! {
            Dial {
                label: "Brightness",
                name: "brightness-{place}",
                unit: Unit::Share,
                value: brightness,
                least: -1.0,
                most: 1.0,
                onset: move |brightness| onset.call(PictureFilter::Colour { brightness, contrast, saturation, hue }),
            }
            Dial {
                label: "Contrast",
                name: "contrast-{place}",
                unit: Unit::Share,
                value: contrast,
                least: -1.0,
                most: 1.0,
                onset: move |contrast| onset.call(PictureFilter::Colour { brightness, contrast, saturation, hue }),
            }
            Dial {
                label: "Saturation",
                name: "saturation-{place}",
                unit: Unit::Share,
                value: saturation,
                least: -1.0,
                most: 1.0,
                onset: move |saturation| onset.call(PictureFilter::Colour { brightness, contrast, saturation, hue }),
            }
            Dial {
                label: "Hue",
                name: "hue-{place}",
                unit: Unit::Degrees,
                value: hue,
                least: -180.0,
                most: 180.0,
                onset: move |hue| onset.call(PictureFilter::Colour { brightness, contrast, saturation, hue }),
            }
        },
        PictureFilter::Crop(crop) => rsx! {
            div { class: "numbers",
                Number { label: "Left", name: "cut-left-{place}", value: f64::from(crop.left), min: 0.0, max: FAR, unit: "px", onset: move |v: f64| onset.call(PictureFilter::Crop(Crop { left: v as u32, ..crop })) }
                Number { label: "Right", name: "cut-right-{place}", value: f64::from(crop.right), min: 0.0, max: FAR, unit: "px", onset: move |v: f64| onset.call(PictureFilter::Crop(Crop { right: v as u32, ..crop })) }
                Number { label: "Top", name: "cut-top-{place}", value: f64::from(crop.top), min: 0.0, max: FAR, unit: "px", onset: move |v: f64| onset.call(PictureFilter::Crop(Crop { top: v as u32, ..crop })) }
                Number { label: "Bottom", name: "cut-bottom-{place}", value: f64::from(crop.bottom), min: 0.0, max: FAR, unit: "px", onset: move |v: f64| onset.call(PictureFilter::Crop(Crop { bottom: v as u32, ..crop })) }
            }
            Trouble { trouble }
        },
        PictureFilter::Blur { radius } => rsx! {
            Dial {
                label: "Radius",
                name: "blur-{place}",
                unit: Unit::Pixels,
                value: radius,
                least: 0.5,
                most: 20.0,
                onset: move |radius| onset.call(PictureFilter::Blur { radius }),
            }
        },
        PictureFilter::Lut { path, strength } => {
            let (shown, now) = (path.display().to_string(), path.clone());
            rsx! {
                PathRow {
                    label: "Colour table",
                    path: shown,
                    verb: "Choose another",
                    onpick: move |()| onpick.call(()),
                }
                Trouble { trouble }
                Dial {
                    label: "Strength",
                    name: "lut-strength-{place}",
                    unit: Unit::Share,
                    value: strength,
                    least: 0.0,
                    most: 1.0,
                    onset: move |strength| onset.call(PictureFilter::Lut { path: now.clone(), strength }),
                }
            }
        }
    }
}

/// Why a filter does nothing, if it does nothing.
#[component]
fn Trouble(trouble: Option<String>) -> Element {
    rsx! {
        if let Some(trouble) = trouble {
            p { class: "field-error", role: "alert", "This filter does nothing: {trouble}." }
        }
    }
}
