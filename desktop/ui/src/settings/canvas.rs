//! The size and rate of the composed picture.

use dioxus::prelude::*;
use klieg_studio_model::{Canvas, Edit, MAX_SIDE, MIN_SIDE};
use klieg_ui::{Alert, Number, Select, Tone};

use crate::studio::{STUDIO, edit};

const SIZES: [(&str, &str, u32, u32); 6] = [
    ("720", "1280 × 720 (720p)", 1280, 720),
    ("1080", "1920 × 1080 (1080p)", 1920, 1080),
    ("1440", "2560 × 1440 (1440p)", 2560, 1440),
    ("480", "854 × 480 (480p)", 854, 480),
    ("upright-720", "720 × 1280 (upright)", 720, 1280),
    ("upright-1080", "1080 × 1920 (upright)", 1080, 1920),
];

const RATES: [u32; 6] = [24, 25, 30, 48, 50, 60];

#[component]
pub fn CanvasPage() -> Element {
    let canvas = use_memo(|| STUDIO.read().collection.canvas);
    let why_not = use_memo(|| {
        let studio = STUDIO.read();
        if !studio.show.is_off() {
            Some("The size and rate cannot change while you are live: viewers’ players would stop. End the show first.")
        } else if studio.recording.is_some() {
            Some("The size and rate cannot change while you record. Stop the recording first.")
        } else {
            None
        }
    });
    let now = canvas();
    let disabled = why_not().is_some();
    let preset = SIZES.iter().find(|(_, _, width, height)| (*width, *height) == (now.width, now.height));
    let mut own = use_signal(|| preset.is_none());
    let set = |canvas: Canvas| edit(Edit::SetCanvas { canvas });
    let mut sizes: Vec<_> = SIZES.iter().map(|(key, name, ..)| ((*key).to_owned(), (*name).to_owned())).collect();
    sizes.push(("own".to_owned(), "Another size".to_owned()));
    let mut rates: Vec<_> = RATES.iter().map(|rate| (rate.to_string(), format!("{rate} frames a second"))).collect();
    if !RATES.contains(&now.fps) {
        rates.push((now.fps.to_string(), format!("{} frames a second", now.fps)));
    }
    let key = preset.filter(|_| !own()).map_or("own", |(key, ..)| key);
    // Encoders halve the colours, so an odd side is not taken.
    let even = |side: f64| (side as u32) / 2 * 2;
    rsx! {
        h3 { "Canvas" }
        p { class: "lead", "The picture that your scenes make. When it changes, what is as large as the canvas stays so, and all else keeps its place." }
        if let Some(why) = why_not() {
            Alert { tone: Tone::Warn, "{why}" }
        }
        div { class: "form",
            Select {
                label: "Size",
                name: "canvas-size",
                options: sizes,
                value: key.to_owned(),
                disabled,
                onchoose: move |value: String| {
                    own.set(value == "own");
                    if let Some((_, _, width, height)) = SIZES.into_iter().find(|(key, ..)| *key == value) {
                        set(Canvas { width, height, ..canvas() });
                    }
                },
            }
            if key == "own" {
                div { class: "form-row",
                    Number {
                        label: "Width",
                        name: "canvas-width",
                        value: f64::from(now.width),
                        min: f64::from(MIN_SIDE),
                        max: f64::from(MAX_SIDE),
                        step: 2.0,
                        unit: "px",
                        disabled,
                        onset: move |side: f64| set(Canvas { width: even(side), ..canvas() }),
                    }
                    Number {
                        label: "Height",
                        name: "canvas-height",
                        value: f64::from(now.height),
                        min: f64::from(MIN_SIDE),
                        max: f64::from(MAX_SIDE),
                        step: 2.0,
                        unit: "px",
                        disabled,
                        onset: move |side: f64| set(Canvas { height: even(side), ..canvas() }),
                    }
                }
            }
            Select {
                label: "Rate",
                name: "canvas-rate",
                options: rates,
                value: now.fps.to_string(),
                disabled,
                onchoose: move |value: String| {
                    if let Ok(fps) = value.parse() {
                        set(Canvas { fps, ..canvas() });
                    }
                },
            }
        }
    }
}
