//! The fields of each sound filter.

use dioxus::prelude::*;
use klieg_studio_model::SoundFilter;

use super::dial::{Dial, Unit};

#[component]
pub fn SoundFields(place: usize, filter: SoundFilter, onset: EventHandler<SoundFilter>) -> Element {
    use SoundFilter::{Compressor, Gain, Gate, Limiter, NoiseSuppression};
    match filter {
        NoiseSuppression => rsx! {
            p { class: "field-hint", "Nothing to set: fans and hum go, the voice stays." }
        },
        Gain { gain } => rsx! {
            Dial { label: "Gain", name: "gain-{place}", unit: Unit::Decibels, value: gain, least: -30.0, most: 30.0, onset: move |gain| onset.call(Gain { gain }) }
        },
        Gate { open, close, attack, hold, release } => rsx! {
            Dial {
                label: "Opens above",
                name: "gate-open-{place}",
                unit: Unit::Decibels,
                value: open,
                least: -80.0,
                most: 0.0,
                // What closes above where it opens would flutter.
                onset: move |open: f64| onset.call(Gate { open, close: close.min(open), attack, hold, release }),
            }
            Dial {
                label: "Closes below",
                name: "gate-close-{place}",
                unit: Unit::Decibels,
                value: close,
                least: -80.0,
                most: 0.0,
                onset: move |close: f64| onset.call(Gate { open: open.max(close), close, attack, hold, release }),
            }
            Dial { label: "Attack", name: "gate-attack-{place}", unit: Unit::Milliseconds, value: attack, least: 0.0, most: 200.0, onset: move |attack| onset.call(Gate { open, close, attack, hold, release }) }
            Dial { label: "Hold", name: "gate-hold-{place}", unit: Unit::Milliseconds, value: hold, least: 0.0, most: 1_000.0, onset: move |hold| onset.call(Gate { open, close, attack, hold, release }) }
            Dial { label: "Release", name: "gate-release-{place}", unit: Unit::Milliseconds, value: release, least: 0.0, most: 1_000.0, onset: move |release| onset.call(Gate { open, close, attack, hold, release }) }
        },
        Compressor { threshold, ratio, attack, release, makeup } => rsx! {
            Dial {
                label: "Threshold",
                name: "compressor-threshold-{place}",
                unit: Unit::Decibels,
                value: threshold,
                least: -60.0,
                most: 0.0,
                onset: move |threshold| onset.call(Compressor { threshold, ratio, attack, release, makeup }),
            }
            Dial {
                label: "Ratio",
                name: "compressor-ratio-{place}",
                unit: Unit::Ratio,
                value: ratio,
                least: 1.0,
                most: 20.0,
                onset: move |ratio| onset.call(Compressor { threshold, ratio, attack, release, makeup }),
            }
            Dial { label: "Attack", name: "compressor-attack-{place}", unit: Unit::Milliseconds, value: attack, least: 1.0, most: 200.0, onset: move |attack| onset.call(Compressor { threshold, ratio, attack, release, makeup }) }
            Dial { label: "Release", name: "compressor-release-{place}", unit: Unit::Milliseconds, value: release, least: 1.0, most: 1_000.0, onset: move |release| onset.call(Compressor { threshold, ratio, attack, release, makeup }) }
            Dial {
                label: "Makeup gain",
                name: "compressor-makeup-{place}",
                unit: Unit::Decibels,
                value: makeup,
                least: -30.0,
                most: 30.0,
                onset: move |makeup| onset.call(Compressor { threshold, ratio, attack, release, makeup }),
            }
        },
        Limiter { ceiling, release } => rsx! {
            Dial {
                label: "Ceiling",
                name: "limiter-ceiling-{place}",
                unit: Unit::Decibels,
                value: ceiling,
                least: -30.0,
                most: 0.0,
                onset: move |ceiling| onset.call(Limiter { ceiling, release }),
            }
            Dial { label: "Release", name: "limiter-release-{place}", unit: Unit::Milliseconds, value: release, least: 1.0, most: 1_000.0, onset: move |release| onset.call(Limiter { ceiling, release }) }
        },
    }
}
