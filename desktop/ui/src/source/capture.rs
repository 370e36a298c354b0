//! The fields of what is captured: screens, cameras and microphones, chosen from what is plugged in.

use dioxus::prelude::*;
use klieg_studio_model::{Camera, Command, Device, Microphone, Screen, ScreenCast, SoundSystem, SourceState};
use klieg_ui::icon::lucide;
use klieg_ui::{Icon, Number, Segments, Select, Switch};

use crate::studio::{STUDIO, act};

/// Devices as a select takes them; the one in use is among them even if it is not plugged in.
pub fn options(devices: &[Device], now: &str, none: Option<&str>) -> Vec<(String, String)> {
    let mut all: Vec<_> = none.map(|words| (String::new(), words.to_owned())).into_iter().collect();
    all.extend(devices.iter().map(|device| (device.key(), device.name.clone())));
    if !all.iter().any(|(device, _)| device == now) {
        all.push((now.to_owned(), format!("{now} (not plugged in)")));
    }
    all
}

#[component]
pub fn LookAgain() -> Element {
    rsx! {
        button { class: "text-button", r#type: "button", onclick: |_| act(Command::LookForDevices),
            Icon { shape: lucide::REFRESH_CW, size: 16 }
            "Look again"
        }
    }
}

/// The entry that a screen is among devices: a monitor, even one that is not there, or else the display that it is a part of.
fn entry(devices: &[Device], screen: &Screen) -> String {
    let (display, monitor) = (screen.display.clone().unwrap_or_default(), screen.monitor.clone());
    let known = devices.iter().find(|device| device.is_shown_by(screen)).map(Device::key);
    known.unwrap_or_else(|| Device { monitor, ..Device::new("", display) }.key())
}

#[component]
pub fn ScreenForm(screen: Screen, onchange: EventHandler<Screen>) -> Element {
    let devices = use_memo(|| STUDIO.read().devices.screens.clone());
    let known = devices();
    let now = entry(&known, &screen);
    let choices = options(&known, &now, Some("The main screen"));
    let (a, b, c) = (screen.clone(), screen.clone(), screen.clone());
    // A monitor is no part that is set by numbers.
    let area = screen.area.filter(|_| screen.monitor.is_none());
    let sides = [("Left", 0.0, 0), ("Top", 0.0, 1), ("Width", 16.0, 2), ("Height", 16.0, 3)];
    rsx! {
        Select {
            label: "Screen",
            name: "screen-display",
            options: choices,
            value: now,
            onchoose: move |value: String| {
                if value.is_empty() {
                    onchange.call(Screen { display: None, monitor: None, area: None, ..a.clone() });
                } else if let Some(known) = known.iter().find(|known| known.key() == value) {
                    let Device { device, monitor, area, .. } = known.clone();
                    onchange.call(Screen { display: Some(device), monitor, area, ..a.clone() });
                }
            },
        }
        LookAgain {}
        Switch {
            label: "Show the pointer",
            name: "screen-cursor",
            on: screen.cursor,
            onset: move |cursor| onchange.call(Screen { cursor, ..b.clone() }),
        }
        Switch {
            label: "Only a part of the screen",
            name: "screen-part",
            on: area.is_some(),
            onset: move |on: bool| {
                let area = on.then(|| c.area.unwrap_or([0, 0, 1280, 720]));
                onchange.call(Screen { monitor: None, area, ..c.clone() });
            },
        }
        if let Some(area) = area {
            div { class: "numbers",
                for (label , least , place) in sides {
                    Number {
                        key: "{label}",
                        label,
                        name: "screen-{place}",
                        value: area.get(place).copied().map_or(0.0, f64::from),
                        min: least,
                        max: 16_384.0,
                        unit: "px",
                        onset: {
                            let screen = screen.clone();
                            move |value: f64| {
                                let mut area = area;
                                if let Some(side) = area.get_mut(place) {
                                    *side = value as u32;
                                }
                                onchange.call(Screen { area: Some(area), ..screen.clone() });
                            }
                        },
                    }
                }
            }
        }
    }
}

#[component]
pub fn ScreenCastForm(cast: ScreenCast, onchange: EventHandler<ScreenCast>) -> Element {
    let name = cast.name.clone();
    let shown = use_memo(use_reactive!(|name| STUDIO.read().sources.get(&name) == Some(&SourceState::Live)));
    let source = cast.name.clone();
    rsx! {
        p { class: "field-hint",
            "Your desktop asks you which screen or window to show, and the studio remembers it. The desktop can end it at any time."
        }
        button {
            class: "button button-plain",
            r#type: "button",
            onclick: move |_| act(Command::ChooseAgain { source: source.clone() }),
            Icon { shape: lucide::MONITOR, size: 18 }
            if shown() { "Choose another" } else { "Choose a screen or window" }
        }
        Switch {
            label: "Show the pointer",
            name: "cast-cursor",
            on: cast.cursor,
            onset: move |cursor| onchange.call(ScreenCast { cursor, ..cast.clone() }),
        }
    }
}

/// A value, its label and the size.
type Mode = (&'static str, &'static str, Option<(u32, u32)>);

/// Modes worth asking a camera for.
const MODES: [Mode; 4] = [
    ("own", "As the camera likes", None),
    ("480", "640 × 480", Some((640, 480))),
    ("720", "1280 × 720", Some((1280, 720))),
    ("1080", "1920 × 1080", Some((1920, 1080))),
];

#[component]
pub fn CameraForm(camera: Camera, onchange: EventHandler<Camera>) -> Element {
    let devices = use_memo(|| STUDIO.read().devices.cameras.clone());
    let named = camera.device.display().to_string();
    // An older collection has another name for it than the list.
    let known = devices.read().iter().find(|device| device.is(&named)).map(|device| device.device.clone());
    let now = known.unwrap_or(named);
    let size = camera.width.zip(camera.height);
    let mode = MODES.iter().find(|(_, _, known)| *known == size).map(|(key, ..)| (*key).to_owned());
    let mut modes: Vec<_> = MODES.iter().map(|(key, name, _)| ((*key).to_owned(), (*name).to_owned())).collect();
    if let (None, Some((width, height))) = (&mode, size) {
        modes.push(("other".to_owned(), format!("{width} × {height}")));
    }
    let (a, b) = (camera.clone(), camera.clone());
    rsx! {
        if devices.read().is_empty() {
            p { class: "field-hint", "No camera is plugged in. One that is plugged in now appears here by itself." }
        }
        Select {
            label: "Camera",
            name: "camera-device",
            options: options(&devices.read(), &now, None),
            value: now,
            onchoose: move |value: String| onchange.call(Camera { device: value.into(), ..a.clone() }),
        }
        LookAgain {}
        Select {
            label: "Picture",
            name: "camera-mode",
            options: modes,
            value: mode.unwrap_or_else(|| "other".to_owned()),
            onchoose: move |value: String| {
                if let Some((.., size)) = MODES.into_iter().find(|(key, ..)| *key == value) {
                    let (width, height) = (size.map(|(width, _)| width), size.map(|(_, height)| height));
                    onchange.call(Camera { width, height, ..b.clone() });
                }
            },
        }
    }
}

#[component]
pub fn MicrophoneForm(microphone: Microphone, onchange: EventHandler<Microphone>) -> Element {
    let devices = use_memo(|| {
        let desktop = Device::new("Desktop sound: the output in use", Microphone::DESKTOP);
        [vec![desktop], STUDIO.read().devices.microphones.clone()].concat()
    });
    let now = microphone.device.clone().unwrap_or_default();
    let system = match microphone.system {
        SoundSystem::Pulse => "pulse",
        SoundSystem::Pipewire => "pipewire",
    };
    let (a, b) = (microphone.clone(), microphone);
    rsx! {
        if devices.read().len() == 1 {
            p { class: "field-hint", "No microphone is plugged in. One that is plugged in now appears here by itself." }
        }
        Select {
            label: "Device",
            name: "microphone-device",
            options: options(&devices.read(), &now, Some("The system’s usual microphone")),
            value: now,
            hint: "“Monitor” devices are what one output plays, whether it is in use or not.",
            onchoose: move |value: String| {
                onchange.call(Microphone { device: (!value.is_empty()).then_some(value), ..a.clone() });
            },
        }
        LookAgain {}
        div { class: "field",
            span { class: "legend", "Sound system" }
            Segments {
                label: "Sound system",
                name: "microphone-system",
                options: vec![
                    ("pulse".to_owned(), "PulseAudio".to_owned()),
                    ("pipewire".to_owned(), "PipeWire".to_owned()),
                ],
                value: system.to_owned(),
                onchoose: move |value: String| {
                    let system = if value == "pipewire" { SoundSystem::Pipewire } else { SoundSystem::Pulse };
                    onchange.call(Microphone { system, ..b.clone() });
                },
            }
        }
    }
}
