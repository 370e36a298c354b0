//! The row of controls at the picture's foot, and the menu of what to play.

use std::rc::Rc;

use dioxus::prelude::*;
use klieg_core::playback::{State, Transport};
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use super::driver::{Driver, Snapshot};
use crate::chat::Shown;
use crate::{browser, t};

#[component]
pub fn Controls(
    driver: Signal<Option<Rc<Driver>>>,
    snapshot: Signal<Snapshot>,
    menu: Signal<bool>,
    chat: Option<Shown>,
    onfull: EventHandler<()>,
) -> Element {
    let mut menu = menu;
    let now = snapshot();
    let with = move |act: fn(&Rc<Driver>)| {
        if let Some(driver) = driver() {
            act(&driver);
        }
    };
    let play = if now.paused { t!("play") } else { t!("pause") };
    let mute = if now.muted { t!("sound-on") } else { t!("sound-off") };
    let speaker = match now.volume {
        _ if now.muted => lucide::VOLUME_X,
        volume if volume < 0.5 => lucide::VOLUME_1,
        _ => lucide::VOLUME_2,
    };
    let volume = if now.muted { 0.0 } else { now.volume };
    rsx! {
        if menu() {
            Menu { driver, snapshot, menu }
        }
        div { class: "controls", ondoubleclick: move |event| event.stop_propagation(),
            Control { label: "{play} (k)", shape: if now.paused { lucide::PLAY } else { lucide::PAUSE }, onpress: move |()| with(Driver::toggle_paused) }
            Control { label: "{mute} (m)", shape: speaker, onpress: move |()| with(|driver| driver.toggle_muted()) }
            input {
                class: "volume",
                r#type: "range",
                min: "0",
                max: "1",
                step: "0.05",
                value: "{volume}",
                "aria-label": t!("volume"),
                oninput: move |event| {
                    if let (Some(driver), Ok(volume)) = (driver(), event.value().parse::<f64>()) {
                        driver.set_volume(volume);
                    }
                },
            }
            if now.state == State::Playing {
                span { class: "badge-live", {t!("live")} }
            }
            span { class: "spacer" }
            button {
                class: "latency tabular",
                "data-testid": "latency",
                "data-ms": now.latency.map(|ms| ms.to_string()),
                "aria-expanded": "{menu()}",
                title: t!("latency-hint"),
                onclick: move |_| menu.toggle(),
                if let Some(ms) = now.latency {
                    span { {seconds(ms)} }
                }
                span { class: "way", {way(now.transport)} }
                Icon { shape: lucide::SETTINGS_2 }
                span { class: "visually-hidden", {t!("player-settings")} }
            }
            if has_picture_in_picture() {
                span { class: "pip",
                    Control { label: t!("picture-in-picture"), shape: lucide::PICTURE_IN_PICTURE_2, onpress: move |()| with(picture_in_picture) }
                }
            }
            if let Some(chat) = chat {
                Control {
                    label: if chat.is_on() { t!("chat-hide") } else { t!("chat-show") },
                    shape: lucide::MESSAGE_CIRCLE,
                    onpress: move |()| chat.toggle(),
                }
            }
            Control { label: t!("full-screen"), shape: lucide::MAXIMIZE, onpress: move |()| onfull.call(()) }
        }
    }
}

#[component]
fn Control(label: String, shape: &'static [&'static str], onpress: EventHandler<()>) -> Element {
    rsx! {
        button {
            class: "icon-button",
            title: "{label}",
            "aria-label": "{label}",
            onclick: move |_| onpress.call(()),
            Icon { shape }
        }
    }
}

#[component]
fn Menu(driver: Signal<Option<Rc<Driver>>>, snapshot: Signal<Snapshot>, menu: Signal<bool>) -> Element {
    let mut menu = menu;
    let now = snapshot();
    let ways = [
        (None, "transport-auto", t!("way-auto"), t!("way-auto-hint")),
        (Some(Transport::Whep), "transport-whep", t!("way-whep"), t!("way-whep-hint")),
        (Some(Transport::Hls), "transport-hls", t!("way-hls"), t!("way-hls-hint")),
    ];
    let levels = (now.levels.len() > 1).then(|| {
        let automatic = (-1, t!("quality-auto"));
        let shown = now.levels.iter().map(|level| {
            let rate = f64::from(level.bitrate) / 1_000_000.0;
            (level.index, format!("{}p · {rate:.1} Mbit/s", level.height))
        });
        std::iter::once(automatic).chain(shown).collect::<Vec<_>>()
    });
    rsx! {
        div {
            class: "menu",
            onkeydown: move |event| {
                if event.key() == Key::Escape {
                    menu.set(false);
                }
                event.stop_propagation();
            },
            fieldset {
                legend { class: "legend", {t!("connection")} }
                for (choice , id , label , hint) in ways {
                    label { class: "choice", key: "{id}",
                        input {
                            r#type: "radio",
                            name: "transport",
                            "data-testid": id,
                            checked: now.choice == choice,
                            onchange: move |_| {
                                if let Some(driver) = driver() {
                                    driver.choose(choice);
                                }
                                menu.set(false);
                            },
                        }
                        Icon { shape: lucide::CHECK }
                        span { "{label}" }
                        small { "{hint}" }
                    }
                }
            }
            if let Some(levels) = levels {
                fieldset {
                    legend { class: "legend", {t!("quality")} }
                    for (index , label) in levels {
                        label { class: "choice", key: "{index}",
                            input {
                                r#type: "radio",
                                name: "quality",
                                checked: now.level == index,
                                onchange: move |_| {
                                    if let Some(driver) = driver() {
                                        driver.choose_level(index);
                                    }
                                    menu.set(false);
                                },
                            }
                            Icon { shape: lucide::CHECK }
                            span { class: "tabular", "{label}" }
                        }
                    }
                }
            }
        }
    }
}

fn way(transport: Transport) -> String {
    match transport {
        Transport::Whep => t!("way-whep-short"),
        Transport::Hls => t!("way-hls-short"),
    }
}

fn seconds(ms: u32) -> String {
    format!("{:.1} s", f64::from(ms) / 1000.0)
}

fn has_picture_in_picture() -> bool {
    browser::document()
        .and_then(|document| js_sys::Reflect::get(&document, &"pictureInPictureEnabled".into()).ok())
        .is_some_and(|value| value.is_truthy())
}

fn picture_in_picture(driver: &Rc<Driver>) {
    use js_sys::{Function, Reflect};
    use wasm_bindgen::{JsCast, JsValue};
    let Some(document) = browser::document() else { return };
    let call = |object: &JsValue, name: &str| {
        if let Some(function) =
            Reflect::get(object, &name.into()).ok().and_then(|value| value.dyn_into::<Function>().ok())
        {
            // Refused before the first frame: nothing to show then.
            let _ = function.call0(object);
        }
    };
    if Reflect::get(&document, &"pictureInPictureElement".into()).is_ok_and(|element| element.is_truthy()) {
        call(&document, "exitPictureInPicture");
    } else {
        call(&driver.picture.video, "requestPictureInPicture");
    }
}
