//! The fields of each kind of source.

use dioxus::prelude::*;
use klieg_studio_model::{
    Colour, Command, ImageFile, MediaFile, Music, Pattern, Plain, Playing, Source, TestPicture, Tone, Wave, fader,
    figures,
};
use klieg_ui::icon::lucide;
use klieg_ui::{ColourWell, Entry, Icon, Number, Select, Slider, Switch};

use super::browser::BrowserForm;
use super::capture::{CameraForm, MicrophoneForm, ScreenCastForm, ScreenForm};
use super::text::TextForm;
use super::window::WindowForm;
use crate::bridge::{self, Pick};
use crate::studio::{STUDIO, act, say, tell_edit};
use crate::transition::PathRow;

#[component]
pub fn Form(source: Source, onchange: EventHandler<Source>) -> Element {
    match source {
        Source::Test(test) => rsx! {
            TestForm { test, onchange: move |test| onchange.call(Source::Test(test)) }
        },
        Source::Tone(tone) => rsx! {
            ToneForm { tone, onchange: move |tone| onchange.call(Source::Tone(tone)) }
        },
        Source::Music(music) => rsx! {
            Loudness {
                amplitude: music.amplitude,
                onset: move |amplitude| onchange.call(Source::Music(Music { amplitude, ..music.clone() })),
            }
        },
        Source::File(file) => rsx! {
            FileForm { file, onchange: move |file| onchange.call(Source::File(file)) }
        },
        Source::Image(image) => rsx! {
            PathRow {
                label: "Picture",
                path: image.path.display().to_string(),
                verb: "Choose another",
                onpick: move |()| another(Pick::Image, Source::Image(image.clone())),
            }
        },
        Source::Text(text) => rsx! {
            TextForm { text, onchange: move |text| onchange.call(Source::Text(text)) }
        },
        Source::Colour(plain) => rsx! {
            PlainForm { plain, onchange: move |plain| onchange.call(Source::Colour(plain)) }
        },
        Source::Screen(screen) => rsx! {
            ScreenForm { screen, onchange: move |screen| onchange.call(Source::Screen(screen)) }
        },
        Source::ScreenCast(cast) => rsx! {
            ScreenCastForm { cast, onchange: move |cast| onchange.call(Source::ScreenCast(cast)) }
        },
        Source::Window(window) => rsx! {
            WindowForm { window, onchange: move |window| onchange.call(Source::Window(window)) }
        },
        Source::Browser(page) => rsx! {
            BrowserForm { page, onchange: move |page| onchange.call(Source::Browser(page)) }
        },
        Source::Camera(camera) => rsx! {
            CameraForm { camera, onchange: move |camera| onchange.call(Source::Camera(camera)) }
        },
        Source::Microphone(microphone) => rsx! {
            MicrophoneForm { microphone, onchange: move |microphone| onchange.call(Source::Microphone(microphone)) }
        },
    }
}

/// Lets another file be chosen for a source.
fn another(kind: Pick, source: Source) {
    wasm_bindgen_futures::spawn_local(async move {
        let path = match bridge::pick(kind).await {
            Ok(Some(path)) => path.into(),
            Ok(None) => return,
            Err(why) => return say(why),
        };
        let name = source.name().to_owned();
        let source = match source {
            Source::Image(image) => Source::Image(ImageFile { path, ..image }),
            Source::File(file) => Source::File(MediaFile { path, ..file }),
            other => other,
        };
        tell_edit(klieg_studio_model::Edit::SetSource { name, source });
    });
}

const PATTERNS: [(Pattern, &str, &str); 12] = [
    (Pattern::Klieg, "klieg", "Klieg: lamps over a dark stage"),
    (Pattern::Smpte, "smpte", "Colour bars"),
    (Pattern::Ball, "ball", "A moving ball"),
    (Pattern::Gradient, "gradient", "Gradient"),
    (Pattern::Checkers, "checkers", "Checkers"),
    (Pattern::Snow, "snow", "Snow"),
    (Pattern::ZonePlate, "zone-plate", "Rings: hard to encode"),
    (Pattern::Black, "black", "Black"),
    (Pattern::White, "white", "White"),
    (Pattern::Red, "red", "Red"),
    (Pattern::Green, "green", "Green"),
    (Pattern::Blue, "blue", "Blue"),
];

#[component]
fn TestForm(test: TestPicture, onchange: EventHandler<TestPicture>) -> Element {
    let key = PATTERNS.iter().find(|(pattern, ..)| *pattern == test.pattern).map_or("klieg", |(_, key, _)| key);
    let (a, b, c) = (test.clone(), test.clone(), test.clone());
    let some = |text: String| (!text.is_empty()).then_some(text);
    rsx! {
        Select {
            label: "Pattern",
            name: "test-pattern",
            options: PATTERNS.iter().map(|(_, key, name)| ((*key).to_owned(), (*name).to_owned())).collect::<Vec<_>>(),
            value: key.to_owned(),
            onchoose: move |value: String| {
                if let Some((pattern, ..)) = PATTERNS.into_iter().find(|(_, key, _)| *key == value) {
                    onchange.call(TestPicture { pattern, ..a.clone() });
                }
            },
        }
        if test.pattern == Pattern::Klieg {
            Entry {
                label: "Title",
                name: "test-title",
                value: test.title.clone().unwrap_or_default(),
                max: 80,
                onset: move |title| onchange.call(TestPicture { title: some(title), ..b.clone() }),
            }
            Entry {
                label: "Below the title",
                name: "test-subtitle",
                value: test.subtitle.clone().unwrap_or_default(),
                max: 120,
                onset: move |text| onchange.call(TestPicture { subtitle: some(text), ..c.clone() }),
            }
        }
    }
}

const WAVES: [(Wave, &str, &str); 6] = [
    (Wave::Sine, "sine", "Sine"),
    (Wave::Square, "square", "Square"),
    (Wave::Triangle, "triangle", "Triangle"),
    (Wave::Ticks, "ticks", "A beep every second"),
    (Wave::PinkNoise, "pink-noise", "Pink noise"),
    (Wave::Silence, "silence", "Silence"),
];

#[component]
fn ToneForm(tone: Tone, onchange: EventHandler<Tone>) -> Element {
    let key = WAVES.iter().find(|(wave, ..)| *wave == tone.wave).map_or("sine", |(_, key, _)| key);
    let (a, b, c) = (tone.clone(), tone.clone(), tone.clone());
    rsx! {
        Select {
            label: "Wave",
            name: "tone-wave",
            options: WAVES.iter().map(|(_, key, name)| ((*key).to_owned(), (*name).to_owned())).collect::<Vec<_>>(),
            value: key.to_owned(),
            onchoose: move |value: String| {
                if let Some((wave, ..)) = WAVES.into_iter().find(|(_, key, _)| *key == value) {
                    onchange.call(Tone { wave, ..a.clone() });
                }
            },
        }
        Number {
            label: "Frequency",
            name: "tone-frequency",
            value: tone.frequency,
            min: 20.0,
            max: 20_000.0,
            unit: "Hz",
            onset: move |frequency| onchange.call(Tone { frequency, ..b.clone() }),
        }
        Loudness { amplitude: tone.amplitude, onset: move |amplitude| onchange.call(Tone { amplitude, ..c.clone() }) }
    }
}

/// An amplitude from 0 to 1, as a fader up to full scale.
#[component]
fn Loudness(amplitude: f64, onset: EventHandler<f64>) -> Element {
    rsx! {
        Slider {
            label: "Loudness",
            name: "loudness",
            value: fader::place_of_volume(amplitude),
            min: 0.0,
            max: fader::place_of(0.0),
            step: 0.005,
            text: figures::decibels(fader::decibels(amplitude)),
            onset: move |place: f64| onset.call(fader::volume_at(place).min(1.0)),
        }
    }
}

#[component]
fn FileForm(file: MediaFile, onchange: EventHandler<MediaFile>) -> Element {
    let (a, b, c) = (file.clone(), file.clone(), file.clone());
    let (name, of_slider) = (file.name.clone(), file.name.clone());
    let looked_up = file.name.clone();
    let playing = use_memo(use_reactive!(|looked_up| STUDIO.read().playing.get(&looked_up).copied()));
    rsx! {
        PathRow {
            label: "File",
            path: file.path.display().to_string(),
            verb: "Choose another",
            onpick: move |()| another(Pick::Media, Source::File(a.clone())),
        }
        if let Some(Playing { position, duration }) = playing() {
            Slider {
                label: "Position",
                name: "file-position",
                value: position as f64 / 1_000.0,
                min: 0.0,
                max: (duration as f64 / 1_000.0).max(1.0),
                text: format!("{} of {}", figures::clock(position / 1_000), figures::clock(duration / 1_000)),
                onset: move |seconds: f64| {
                    act(Command::Seek { source: of_slider.clone(), position: (seconds * 1_000.0) as u64 });
                },
            }
        }
        button {
            class: "button button-plain",
            r#type: "button",
            onclick: move |_| act(Command::RestartSource { source: name.clone() }),
            Icon { shape: lucide::PLAY, size: 18 }
            "Play from the beginning"
        }
        Switch {
            label: "Play it again when it ends",
            name: "file-loop",
            on: file.repeat,
            onset: move |repeat| onchange.call(MediaFile { repeat, ..b.clone() }),
        }
        Switch {
            label: "Play from the beginning when it comes on air",
            name: "file-from-start",
            hint: "Until then it waits there, in the preview too. From one scene to another that both show it, it goes on.",
            on: file.from_start,
            onset: move |from_start| onchange.call(MediaFile { from_start, ..c.clone() }),
        }
    }
}

#[component]
fn PlainForm(plain: Plain, onchange: EventHandler<Plain>) -> Element {
    let (a, b) = (plain.clone(), plain.clone());
    rsx! {
        ColourWell {
            label: "Colour",
            name: "plain-colour",
            value: opaque(plain.colour),
            onset: move |value: String| {
                if let Ok(colour) = value.parse::<Colour>() {
                    onchange.call(Plain { colour: Colour { alpha: a.colour.alpha, ..colour }, ..a.clone() });
                }
            },
        }
        Slider {
            label: "Opacity",
            name: "plain-alpha",
            value: f64::from(plain.colour.alpha),
            min: 0.0,
            max: 255.0,
            text: format!("{:.0} %", f64::from(plain.colour.alpha) / 2.55),
            onset: move |alpha: f64| {
                onchange.call(Plain { colour: Colour { alpha: alpha as u8, ..b.colour }, ..b.clone() });
            },
        }
    }
}

/// A colour as the browser's own field takes it.
pub fn opaque(colour: Colour) -> String {
    Colour { alpha: 255, ..colour }.to_string()
}
