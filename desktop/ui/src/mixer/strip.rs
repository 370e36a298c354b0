//! One source's strip.

use dioxus::prelude::*;
use klieg_studio_model::{Edit, Monitor, Strip, fader, figures};
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use super::meter::{Channel, Meter};
use crate::desk::{self, Open};
use crate::gesture::use_gesture;
use crate::menu::{Line, Menu};
use crate::studio::{STUDIO, edit, edit_as, say};
use crate::words;

#[component]
pub fn StripView(source: String, is_here: bool) -> Element {
    let name = source.clone();
    let strip = use_memo(move || STUDIO.read().collection.strip(&name));
    let name = source.clone();
    let stands = use_memo(move || STUDIO.read().collection.stands(&name));
    let gesture = use_gesture();
    let now = strip();
    let level = figures::decibels(fader::decibels(now.volume));
    let lines: Vec<_> = words::MONITORS
        .iter()
        .map(|(monitor, key, name, hint)| Line::new(*key, *name).hint(*hint).checked(*monitor == now.monitor))
        .collect();
    let set = {
        let source = source.clone();
        move |strip: Strip| edit(Edit::SetStrip { source: source.clone(), strip })
    };
    let monitor = {
        let set = set.clone();
        move |value: String| {
            if let Some((monitor, ..)) = words::MONITORS.into_iter().find(|(_, key, ..)| *key == value) {
                set(Strip { monitor, ..strip.peek().clone() });
            }
        }
    };
    let pin = {
        let set = set.clone();
        move |_| set(Strip { everywhere: !strip.peek().everywhere, ..strip.peek().clone() })
    };
    let mute = move |_| set(Strip { muted: !strip.peek().muted, ..strip.peek().clone() });
    let slide = {
        let source = source.clone();
        move |volume: f64| {
            let strip = Strip { volume, ..strip.peek().clone() };
            if let Err(why) = edit_as(Edit::SetStrip { source: source.clone(), strip }, gesture.number()) {
                say(why.to_string());
            }
        }
    };
    let reset = {
        let slide = slide.clone();
        move |_| {
            gesture.begin();
            slide(1.0);
        }
    };
    let filters = now.filters.len();
    let verb = if now.muted { "Unmute" } else { "Mute" };
    let class = format!("strip{}{}", if now.muted { " muted" } else { "" }, if is_here { "" } else { " elsewhere" });
    let open = source.clone();
    let monitor_class =
        if now.monitor == Monitor::Off { "icon-button small-button" } else { "icon-button small-button is-on" };
    let hint = if is_here { source.clone() } else { format!("{source}: not in this scene") };
    let (pin_class, pin_hint) = match (now.everywhere, stands()) {
        (false, _) => ("icon-button small-button strip-pin", "Let it be heard in every scene"),
        (true, true) => ("icon-button small-button strip-pin is-on", "Heard in every scene"),
        (true, false) => (
            "icon-button small-button strip-pin is-on",
            "Heard in every scene, and stands in none: when you switch this off, the source goes",
        ),
    };
    let filter_hint = if filters > 0 { format!("Filters: {filters}") } else { "Filters".to_owned() };
    rsx! {
        div { class, role: "group", "aria-label": "{source}",
            div { class: "strip-head",
                span { class: "strip-name", title: "{hint}", "{source}" }
                button {
                    class: pin_class,
                    title: pin_hint,
                    "aria-label": "{source} in every scene",
                    "aria-pressed": "{now.everywhere}",
                    onclick: pin,
                    Icon { shape: lucide::PIN, size: 16 }
                }
                button { class: "strip-level tabular", title: "Back to 0 dB", "aria-label": "{source} at {level}: back to 0 dB", onclick: reset, "{level}" }
            }
            Meter { channel: Channel::Source(source.clone()) }
            input {
                class: "range fader",
                r#type: "range",
                min: "0",
                max: "1",
                step: "0.005",
                value: "{fader::place_of_volume(now.volume)}",
                "aria-label": "Volume of {source}",
                "aria-valuetext": "{level}",
                onpointerdown: move |_| gesture.begin(),
                onfocus: move |_| gesture.begin(),
                oninput: move |event| {
                    if let Ok(place) = event.value().parse() {
                        slide(fader::volume_at(place));
                    }
                },
            }
            div { class: "strip-buttons",
                button {
                    class: if now.muted { "icon-button small-button is-off" } else { "icon-button small-button" },
                    title: "{verb}",
                    "aria-label": "{verb} {source}",
                    onclick: mute,
                    Icon { shape: if now.muted { lucide::VOLUME_X } else { lucide::VOLUME_2 }, size: 18 }
                }
                Menu {
                    label: "Who hears {source}",
                    class: monitor_class,
                    lines,
                    onchoose: monitor,
                    Icon { shape: lucide::HEADPHONES, size: 18 }
                }
                button {
                    class: if filters > 0 { "icon-button small-button is-on" } else { "icon-button small-button" },
                    title: "{filter_hint}",
                    "aria-label": "Filters of {source}",
                    onclick: move |_| desk::open(Open::Filters(open.clone())),
                    Icon { shape: lucide::SLIDERS_HORIZONTAL, size: 18 }
                }
            }
        }
    }
}
