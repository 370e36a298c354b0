//! The keys that work everywhere in the window, and those that work on the stage.

use dioxus::prelude::*;
use klieg_studio_model::geometry::shifted;
use klieg_studio_model::{Command, Edit};
use wasm_bindgen::prelude::*;
use web_sys::{Element, KeyboardEvent as Pressed};

use crate::browser;
use crate::desk::{self, SELECTION};
use crate::studio::{self, Incoming, STUDIO, act, edit, edit_as, edited, new_gesture, tell};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortcut {
    Undo,
    Redo,
    SelectAll,
    Duplicate,
    Remove,
    Deselect,
    /// By so many pixels; `again` for a key that is held down.
    Nudge {
        x: i32,
        y: i32,
        again: bool,
    },
    Take,
}

/// Where the keyboard's focus is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Typing or setting something; the keys are its own.
    Field,
    Stage,
    Elsewhere,
}

fn shortcut(key: &str, command: bool, shift: bool, again: bool, place: Place) -> Option<Shortcut> {
    if place == Place::Field {
        return None;
    }
    let lower = key.to_lowercase();
    if command {
        return match (lower.as_str(), shift) {
            ("z", false) => Some(Shortcut::Undo),
            ("z", true) | ("y", false) => Some(Shortcut::Redo),
            ("a", false) => Some(Shortcut::SelectAll),
            ("d", false) => Some(Shortcut::Duplicate),
            ("enter", false) => Some(Shortcut::Take),
            _ => None,
        };
    }
    if place != Place::Stage {
        return None;
    }
    let far = if shift { 10 } else { 1 };
    let nudge = |x, y| Some(Shortcut::Nudge { x: x * far, y: y * far, again });
    match lower.as_str() {
        "delete" | "backspace" => Some(Shortcut::Remove),
        "escape" => Some(Shortcut::Deselect),
        "arrowleft" => nudge(-1, 0),
        "arrowright" => nudge(1, 0),
        "arrowup" => nudge(0, -1),
        "arrowdown" => nudge(0, 1),
        _ => None,
    }
}

/// Listens for as long as the window is open.
pub fn listen() {
    let heard = Closure::<dyn FnMut(Pressed)>::new(|event: Pressed| {
        let command = event.ctrl_key() || event.meta_key();
        if let Some(shortcut) = shortcut(&event.key(), command, event.shift_key(), event.repeat(), place(&event)) {
            event.prevent_default();
            tell(Incoming::Key(shortcut));
        }
    });
    if let Some(document) = browser::document() {
        let _ = document.add_event_listener_with_callback("keydown", heard.as_ref().unchecked_ref());
    }
    heard.forget();
}

fn place(event: &Pressed) -> Place {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return Place::Elsewhere;
    };
    let within = |selector: &str| target.closest(selector).ok().flatten().is_some();
    if within("dialog") || within("input:not([type=checkbox]), textarea, select") {
        Place::Field
    } else if within("[data-stage]") || target.tag_name() == "BODY" {
        Place::Stage
    } else {
        Place::Elsewhere
    }
}

/// Does what a key asks for.
pub fn act_on(shortcut: Shortcut) {
    let state = STUDIO.peek().clone();
    if !state.profile.welcomed {
        return;
    }
    let scene = edited(&state);
    let taken = desk::selected(&state);
    match shortcut {
        Shortcut::Undo => act(Command::Undo),
        Shortcut::Redo => act(Command::Redo),
        Shortcut::Take if state.preview.is_some() => act(Command::Take),
        Shortcut::Take => {}
        Shortcut::Deselect => SELECTION.write().clear(),
        Shortcut::SelectAll => {
            let items = state.collection.scene(&scene).map(|scene| scene.items.as_slice()).unwrap_or_default();
            let free = items.iter().filter(|item| !item.locked && !item.hidden);
            *SELECTION.write() = free.map(|item| item.id).collect();
        }
        Shortcut::Duplicate => {
            for item in taken {
                edit(Edit::DuplicateItem { scene: scene.clone(), id: item.id });
            }
        }
        Shortcut::Remove => {
            let gesture = Some(new_gesture());
            for item in taken.into_iter().filter(|item| !item.locked) {
                act(Command::Edit { edit: Edit::RemoveItem { scene: scene.clone(), id: item.id }, gesture });
            }
            SELECTION.write().clear();
        }
        Shortcut::Nudge { x, y, again } => {
            let gesture = nudge_gesture(again);
            for item in taken.into_iter().filter(|item| !item.locked) {
                let item = shifted(&item, f64::from(x), f64::from(y));
                let _ = edit_as(Edit::SetItem { scene: scene.clone(), item }, gesture);
            }
        }
    }
}

/// A key that is held down is one gesture.
fn nudge_gesture(again: bool) -> u32 {
    use std::cell::Cell;
    thread_local! {
        static LAST: Cell<u32> = const { Cell::new(0) };
    }
    if !again {
        LAST.set(studio::new_gesture());
    }
    LAST.get()
}
