//! The fields of each sound filter.

use dioxus::prelude::*;
use klieg_studio_model::{SoundFilter, figures};
use klieg_ui::Slider;

#[component]
pub fn SoundFields(place: usize, filter: SoundFilter, onset: EventHandler<SoundFilter>) -> Element {
    use SoundFilter::{Compressor, Gain, Gate, Limiter, NoiseSuppression};
    match filter {
        NoiseSuppression => rsx! {
            p { class: "field-hint", "Nothing to set: fans and hum go, the voice stays." }
        },
        Gain { gain } => rsx! {
            Decibels { label: "Gain", name: "gain-{place}", value: gain, least: -30.0, most: 30.0, onset: move |gain| onset.call(Gain { gain }) }
        },
        Gate { open, close, attack, hold, release } => rsx! {
            Decibels {
                label: "Opens above",
                name: "gate-open-{place}",
                value: open,
                least: -80.0,
                most: 0.0,
                // What closes above where it opens would flutter.
                onset: move |open: f64| onset.call(Gate { open, close: close.min(open), attack, hold, release }),
            }
            Decibels {
                label: "Closes below",
                name: "gate-close-{place}",
                value: close,
                least: -80.0,
                most: 0.0,
                onset: move |close: f64| onset.call(Gate { open: open.max(close), close, attack, hold, release }),
            }
            Time { label: "Attack", name: "gate-attack-{place}", value: attack, least: 0.0, most: 200.0, onset: move |attack| onset.call(Gate { open, close, attack, hold, release }) }
            Time { label: "Hold", name: "gate-hold-{place}", value: hold, least: 0.0, most: 1_000.0, onset: move |hold| onset.call(Gate { open, close, attack, hold, release }) }
            Time { label: "Release", name: "gate-release-{place}", value: release, least: 0.0, most: 1_000.0, onset: move |release| onset.call(Gate { open, close, attack, hold, release }) }
        },
        Compressor { threshold, ratio, attack, release, makeup } => rsx! {
            Decibels {
                label: "Threshold",
                name: "compressor-threshold-{place}",
                value: threshold,
                least: -60.0,
                most: 0.0,
                onset: move |threshold| onset.call(Compressor { threshold, ratio, attack, release, makeup }),
            }
            Slider {
                label: "Ratio",
                name: "compressor-ratio-{place}",
                value: ratio,
                min: 1.0,
                max: 20.0,
                step: 0.5,
                text: format!("{ratio:.1} : 1"),
                onset: move |ratio| onset.call(Compressor { threshold, ratio, attack, release, makeup }),
            }
            Time { label: "Attack", name: "compressor-attack-{place}", value: attack, least: 1.0, most: 200.0, onset: move |attack| onset.call(Compressor { threshold, ratio, attack, release, makeup }) }
            Time { label: "Release", name: "compressor-release-{place}", value: release, least: 1.0, most: 1_000.0, onset: move |release| onset.call(Compressor { threshold, ratio, attack, release, makeup }) }
            Decibels {
                label: "Makeup gain",
                name: "compressor-makeup-{place}",
                value: makeup,
                least: -30.0,
                most: 30.0,
                onset: move |makeup| onset.call(Compressor { threshold, ratio, attack, release, makeup }),
            }
        },
        Limiter { ceiling, release } => rsx! {
            Decibels {
                label: "Ceiling",
                name: "limiter-ceiling-{place}",
                value: ceiling,
                least: -30.0,
                most: 0.0,
                onset: move |ceiling| onset.call(Limiter { ceiling, release }),
            }
            Time { label: "Release", name: "limiter-release-{place}", value: release, least: 1.0, most: 1_000.0, onset: move |release| onset.call(Limiter { ceiling, release }) }
        },
    }
}

#[component]
fn Decibels(label: String, name: String, value: f64, least: f64, most: f64, onset: EventHandler<f64>) -> Element {
    rsx! {
        Slider {
            label,
            name,
            value,
            min: least,
            max: most,
            step: 0.5,
            text: figures::decibels(Some(value)),
            onset: move |value| onset.call(value),
        }
    }
}

#[component]
fn Time(label: String, name: String, value: f64, least: f64, most: f64, onset: EventHandler<f64>) -> Element {
    rsx! {
        Slider {
            label,
            name,
            value,
            min: least,
            max: most,
            step: 1.0,
            text: format!("{value:.0} ms"),
            onset: move |value| onset.call(value),
        }
    }
}
