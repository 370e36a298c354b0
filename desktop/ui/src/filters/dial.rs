//! One number of a filter.

use dioxus::prelude::*;
use klieg_studio_model::figures;
use klieg_ui::Slider;

/// What a number counts, which says how fine it is set and how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// From 0 or -1 to 1, as per cent.
    Share,
    Decibels,
    Milliseconds,
    Degrees,
    Pixels,
    /// To one.
    Ratio,
}

impl Unit {
    fn step(self) -> f64 {
        match self {
            Self::Share => 0.01,
            Self::Decibels | Self::Pixels | Self::Ratio => 0.5,
            Self::Milliseconds | Self::Degrees => 1.0,
        }
    }

    fn written(self, value: f64) -> String {
        match self {
            Self::Share => format!("{:.0} %", value * 100.0),
            Self::Decibels => figures::decibels(Some(value)),
            Self::Milliseconds => format!("{value:.0} ms"),
            Self::Degrees => format!("{value:.0}°"),
            Self::Pixels => format!("{value:.1} px"),
            Self::Ratio => format!("{value:.1} : 1"),
        }
    }
}

#[component]
pub fn Dial(
    label: String,
    name: String,
    unit: Unit,
    value: f64,
    least: f64,
    most: f64,
    onset: EventHandler<f64>,
) -> Element {
    rsx! {
        Slider {
            label,
            name,
            value,
            min: least,
            max: most,
            step: unit.step(),
            text: unit.written(value),
            onset: move |value| onset.call(value),
        }
    }
}
