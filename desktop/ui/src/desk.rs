//! What this window alone knows: which items are selected, and which dialog is open.

use dioxus::prelude::*;
use klieg_studio_model::{DestinationKind, ItemId, Remedy, Studio};

use crate::bridge;
use crate::dialog::Question;
use crate::filters::Filters;
use crate::go_live::{EndShow, GoLive};
use crate::settings::{Page, Settings, destinations, encoding};
use crate::source::SourceSettings;
use crate::studio::{STUDIO, act, say};

/// The selected items of the edited scene, the last one taken last.
pub static SELECTION: GlobalSignal<Vec<ItemId>> = Signal::global(Vec::new);
pub static OPEN: GlobalSignal<Option<Open>> = Signal::global(|| None);

/// A dialog over the window.
#[derive(Clone, Debug, PartialEq)]
pub enum Open {
    GoLive,
    EndShow,
    /// A marker at this moment, Unix time in milliseconds.
    Marker {
        at: u64,
    },
    Settings(Page),
    /// The settings of the source with this name.
    Source(String),
    Filters(String),
    /// Something that asks once, and the settings behind it if it is asked there.
    Question(Box<Question>, Option<Page>),
}

/// Asks once whether something is to be done.
pub fn ask(question: Question) {
    let back = match &*OPEN.peek() {
        Some(Open::Settings(page)) => Some(*page),
        _ => None,
    };
    open(Open::Question(Box::new(question), back));
}

pub fn open(dialog: Open) {
    *OPEN.write() = Some(dialog);
}

pub fn close() {
    *OPEN.write() = None;
}

#[component]
pub fn Dialogs() -> Element {
    use_effect(encoding::forget_saved);
    match OPEN() {
        None => rsx! {},
        Some(Open::GoLive) => rsx! {
            GoLive {}
        },
        Some(Open::EndShow) => rsx! {
            EndShow {}
        },
        Some(Open::Marker { at }) => rsx! {
            crate::marker::Marker { at }
        },
        Some(Open::Settings(page)) => rsx! {
            Settings { page }
        },
        Some(Open::Source(name)) => rsx! {
            SourceSettings { key: "{name}", name }
        },
        Some(Open::Filters(source)) => rsx! {
            Filters { key: "{source}", source }
        },
        Some(Open::Question(question, back)) => rsx! {
            crate::dialog::Ask { question: *question, back }
        },
    }
}

/// Shows a folder in the system's own window.
pub fn show_folder(path: String) {
    wasm_bindgen_futures::spawn_local(async move {
        if let Err(why) = bridge::open_folder(&path).await {
            say(why);
        }
    });
}

/// Does what an advice proposes.
pub fn remedy(remedy: Remedy) {
    use klieg_studio_model::{Command, Destination, Edit, Item, Scene, Strip};
    let studio = STUDIO.peek().clone();
    match remedy {
        Remedy::Bitrate { bitrate, destination: None } => {
            let video = klieg_studio_model::VideoSettings { bitrate, ..studio.profile.video };
            act(Command::SetEncoding { video, audio: studio.profile.audio });
        }
        Remedy::Bitrate { bitrate, destination: Some(id) } if id == Destination::RECORDING => {
            let mut recording = studio.profile.recording;
            let Some(video) = &mut recording.video else { return };
            video.bitrate = bitrate;
            act(Command::SetRecording { recording });
        }
        Remedy::Bitrate { bitrate, destination: Some(id) } => {
            // It may have gone, or have no encoding of its own any more.
            let Some(mut destination) = studio.profile.destination(&id).cloned() else { return };
            let Some(video) = &mut destination.video else { return };
            video.bitrate = bitrate;
            act(Command::SetDestination { destination, key: None });
        }
        // A channel's key comes from its server.
        Remedy::Destination { id } if needs_account(&studio, &id) => open(Open::Settings(Page::Account)),
        Remedy::Destination { id } => destinations::change(id),
        Remedy::NewKey => crate::destination::renew_key(),
        Remedy::SignIn => open(Open::Settings(Page::Account)),
        Remedy::MeasureUpload => act(Command::MeasureUpload),
        Remedy::TryEncoders => act(Command::ProbeEncoders),
        Remedy::MonitorOutput => open(Open::Settings(Page::Sound)),
        Remedy::Unmute { source } => {
            let strip = studio.collection.strip(&source);
            if strip.muted {
                crate::studio::edit(Edit::SetStrip { source: source.clone(), strip: Strip { muted: false, ..strip } });
            }
            let scene = studio.on_air.clone();
            let is_muted = |item: &Item| item.source == source && item.muted;
            let heard = |scene: &Scene| Scene {
                items: scene.items.iter().map(|item| Item { muted: false, ..item.clone() }).collect(),
                ..scene.clone()
            };
            let aired = studio.aired.as_ref().zip(studio.collection.scene(&scene));
            let is_as_aired = aired.is_some_and(|(aired, now)| heard(aired) == heard(now));
            let in_copy = studio.aired.as_ref().is_some_and(|aired| aired.items.iter().any(is_muted));
            for item in studio.collection.scene(&scene).map(|scene| scene.items.clone()).unwrap_or_default() {
                if is_muted(&item) {
                    let item = Item { muted: false, ..item };
                    crate::studio::edit(Edit::SetItem { scene: scene.clone(), item });
                }
            }
            // Viewers hear the scene as it went on air: it is taken anew if nothing else of it was arranged since.
            if let Some(preview) = studio.preview.filter(|_| in_copy) {
                if is_as_aired {
                    act(Command::ShowScene { scene });
                    act(Command::Take);
                    act(Command::ShowScene { scene: preview });
                } else {
                    say("It is heard when you take the scene, which was arranged since it went on air.");
                }
            }
        }
    }
}

/// Whether a destination is a channel whose account nobody is signed in to any more, and somebody can: on air nobody signs in.
fn needs_account(studio: &Studio, id: &str) -> bool {
    let is_klieg = studio.profile.destination(id).is_some_and(|destination| destination.kind == DestinationKind::Klieg);
    is_klieg && studio.show.is_off() && (studio.account.is_none() || studio.session_ended)
}

/// What a remedy's button says.
pub fn remedy_words(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Bitrate { bitrate, .. } => {
            format!("Lower to {}", klieg_studio_model::figures::bitrate(f64::from(*bitrate)))
        }
        Remedy::Destination { id } if needs_account(&STUDIO.peek(), id) => "Sign in".to_owned(),
        Remedy::Destination { id } => match STUDIO.peek().profile.destination(id) {
            Some(destination) => format!("Change {}", destination.name),
            None => "Open destinations".to_owned(),
        },
        Remedy::NewKey => "Make a new key".to_owned(),
        Remedy::SignIn => "Sign in again".to_owned(),
        Remedy::MeasureUpload => "Measure it".to_owned(),
        Remedy::TryEncoders => "Try them".to_owned(),
        Remedy::MonitorOutput => "Choose an output".to_owned(),
        Remedy::Unmute { .. } => "Unmute".to_owned(),
    }
}

/// Selects one item, or with `more` adds it, or takes it away if it was there.
pub fn select(id: ItemId, more: bool) {
    select_all(&[id], more);
}

/// Selects an item with its whole group.
pub fn select_whole(id: ItemId, more: bool) {
    let studio = STUDIO.peek();
    let scene = studio.collection.scene(&crate::studio::edited(&studio));
    select_all(&scene.map_or_else(|| vec![id], |scene| scene.with_groups(&[id])), more);
}

/// Selects items, or with `more` adds them, or takes them away if all of them were there.
pub fn select_all(ids: &[ItemId], more: bool) {
    let mut selection = SELECTION.write();
    if !more {
        *selection = ids.to_vec();
    } else if ids.iter().all(|id| selection.contains(id)) {
        selection.retain(|known| !ids.contains(known));
    } else {
        selection.retain(|known| !ids.contains(known));
        selection.extend(ids);
    }
}

/// The selected items that may be moved, in the order of the scene.
pub fn free(studio: &Studio) -> Vec<klieg_studio_model::Item> {
    let scene = studio.collection.scene(&crate::studio::edited(studio));
    selected(studio).into_iter().filter(|item| scene.is_some_and(|scene| !scene.is_locked(item))).collect()
}

/// The selected items that there still are, in the order of the scene.
pub fn selected(studio: &Studio) -> Vec<klieg_studio_model::Item> {
    let selection = SELECTION.read();
    let scene = studio.collection.scene(&crate::studio::edited(studio));
    let items = scene.map(|scene| scene.items.as_slice()).unwrap_or_default();
    items.iter().filter(|item| selection.contains(&item.id)).cloned().collect()
}
