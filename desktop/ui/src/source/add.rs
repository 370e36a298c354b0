//! New sources, with what can be guessed for them filled in.

use dioxus::core::spawn_forever;
use dioxus::prelude::*;
use klieg_studio_model::{
    Align, Browser, Camera, Colour, Edit, ImageFile, MediaFile, Microphone, Music, Pattern, Plain, Screen, ScreenCast,
    SoundSystem, Source, Studio, TestPicture, Text, Tone, Wave,
};

use super::window;
use crate::bridge::{self, Pick};
use crate::desk::{self, Open, SELECTION};
use crate::studio::{STUDIO, edit, edited, say};
use crate::words;

/// Adds what was chosen: a kind of source, or `again:` and the name of one there is.
pub fn chosen(choice: &str) {
    let studio = STUDIO.peek().clone();
    let scene = edited(&studio);
    if let Some(name) = choice.strip_prefix("again:") {
        *SELECTION.write() = vec![studio.collection.free_id()];
        let item = studio.collection.another(name, &scene, studio.shapes.get(name).copied());
        edit(Edit::AddItem { scene, item });
        return;
    }
    match choice {
        "file" => pick(Pick::Media, scene),
        "image" => pick(Pick::Image, scene),
        kind => {
            let Some(source) = fresh(kind, &studio) else { return };
            let name = source.name().to_owned();
            *SELECTION.write() = vec![studio.collection.free_id()];
            edit(Edit::AddSource { source, scene });
            if kind != "music" {
                desk::open(Open::Source(name));
            }
        }
    }
}

/// A file is chosen first; called off, nothing is added.
fn pick(kind: Pick, scene: String) {
    // Whatever was pressed may be gone before a file is chosen.
    spawn_forever(async move {
        match bridge::pick(kind).await {
            Ok(Some(path)) => edit(Edit::AddSource { source: from_file(kind, &path), scene }),
            Ok(None) => {}
            Err(why) => say(why),
        }
    });
}

fn from_file(kind: Pick, path: &str) -> Source {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let name = STUDIO.peek().collection.free_source_name(if stem.is_empty() { "File" } else { stem });
    match kind {
        Pick::Image => Source::Image(ImageFile { name, path: path.into() }),
        _ => Source::File(MediaFile { name, path: path.into(), repeat: true, from_start: true }),
    }
}

/// A source of a kind that needs no file, under a name that is free.
fn fresh(kind: &str, studio: &Studio) -> Option<Source> {
    let (_, usual, ..) = words::KINDS.into_iter().find(|(key, ..)| *key == kind)?;
    let name = studio.collection.free_source_name(usual);
    let devices = &studio.devices;
    Some(match kind {
        "test" => Source::Test(TestPicture { name, pattern: Pattern::default(), title: None, subtitle: None }),
        "tone" => Source::Tone(Tone { name, frequency: 440.0, wave: Wave::default(), amplitude: 0.1 }),
        "music" => Source::Music(Music { name, amplitude: 0.2 }),
        "text" => Source::Text(text(name)),
        "colour" => Source::Colour(Plain { name, colour: Colour::rgb(0x12, 0x16, 0x1d) }),
        "screen" => {
            let first = devices.screens.first().cloned().unwrap_or_default();
            let display = (!first.device.is_empty()).then_some(first.device);
            Source::Screen(Screen { name, display, monitor: first.monitor, area: first.area, cursor: true })
        }
        "screen-cast" => Source::ScreenCast(shared(name)),
        "window" => {
            let Some(open) = devices.windows.first() else {
                say("No window is open that could be shown. Open the program first, then add it.");
                return None;
            };
            Source::Window(window::of(name, open))
        }
        "browser" => {
            let url = Browser::BLANK.to_owned();
            Source::Browser(Browser { name, url, width: 1_280, height: 720, transparent: true, sound: false })
        }
        "camera" => {
            let device = devices.cameras.first().map_or("/dev/video0", |camera| camera.device.as_str());
            Source::Camera(Camera { name, device: device.into(), width: None, height: None })
        }
        "microphone" => Source::Microphone(Microphone { name, system: SoundSystem::default(), device: None }),
        "desktop-sound" => {
            let device = Some(Microphone::DESKTOP.to_owned());
            Source::Microphone(Microphone { name, system: SoundSystem::default(), device })
        }
        _ => return None,
    })
}

/// A screen cast that asks for itself.
pub fn shared(name: String) -> ScreenCast {
    let grant = format!("{name} {:08x}", (js_sys::Math::random() * f64::from(u32::MAX)) as u32);
    ScreenCast { name, grant: Some(grant), cursor: true }
}

fn text(name: String) -> Text {
    Text {
        name,
        text: "Your words".to_owned(),
        font: "Inter, DejaVu Sans".to_owned(),
        size: 72,
        colour: Colour::WHITE,
        outline: None,
        align: Align::Centre,
    }
}
