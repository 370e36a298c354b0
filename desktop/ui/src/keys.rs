//! The keys that work everywhere in the window, and those that work on the stage.

use std::collections::BTreeSet;

use dioxus::prelude::*;
use klieg_studio_model::geometry::{shifted, turned_all};
use klieg_studio_model::{Command, Edit, Studio};
use wasm_bindgen::prelude::*;
use web_sys::{Element, KeyboardEvent as Pressed};

use crate::browser;
use crate::desk::{self, SELECTION};
use crate::focus;
use crate::remove;
use crate::studio::{self, Incoming, STUDIO, act, edit, edit_as, edited, new_gesture, tell};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shortcut {
    Undo,
    Redo,
    SelectAll,
    Duplicate,
    Group,
    Ungroup,
    Remove,
    Deselect,
    /// By so many pixels; `again` for a key that is held down.
    Nudge {
        x: i32,
        y: i32,
        again: bool,
    },
    /// By so many degrees.
    Turn {
        by: f64,
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

fn shortcut(key: &str, (command, shift, alt): (bool, bool, bool), again: bool, place: Place) -> Option<Shortcut> {
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
            ("g", false) => Some(Shortcut::Group),
            ("g", true) => Some(Shortcut::Ungroup),
            ("enter", false) => Some(Shortcut::Take),
            _ => None,
        };
    }
    if place != Place::Stage {
        return None;
    }
    if alt {
        let by = if shift { 15.0 } else { 1.0 };
        return match lower.as_str() {
            "arrowleft" => Some(Shortcut::Turn { by: -by, again }),
            "arrowright" => Some(Shortcut::Turn { by, again }),
            _ => None,
        };
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
        // What has dealt with a key says so, and may be gone by now.
        if event.default_prevented() || focus::strays(&event) {
            return;
        }
        let held = (event.ctrl_key() || event.meta_key(), event.shift_key(), event.alt_key());
        if let Some(shortcut) = shortcut(&event.key(), held, event.repeat(), place(&event)) {
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
    let (taken, free) = (desk::selected(&state), desk::free(&state));
    match shortcut {
        Shortcut::Undo => act(Command::Undo),
        Shortcut::Redo => act(Command::Redo),
        Shortcut::Take if state.preview.is_some() => act(Command::Take),
        Shortcut::Deselect => SELECTION.write().clear(),
        Shortcut::SelectAll => {
            let known = state.collection.scene(&scene);
            let free = known.into_iter().flat_map(|s| s.items.iter().filter(|i| !s.is_locked(i) && !s.is_hidden(i)));
            *SELECTION.write() = free.map(|item| item.id).collect();
        }
        Shortcut::Duplicate if !taken.is_empty() => {
            edit(Edit::DuplicateItems { scene, ids: taken.iter().map(|item| item.id).collect() });
        }
        Shortcut::Group => group(&state),
        Shortcut::Ungroup => ungroup(&state),
        Shortcut::Remove if !free.is_empty() => remove::ask(free.iter().map(|item| item.id).collect()),
        Shortcut::Nudge { x, y, again } if !free.is_empty() => {
            let items = free.iter().map(|item| shifted(item, f64::from(x), f64::from(y))).collect();
            let _ = edit_as(Edit::SetItems { scene, items }, nudge_gesture(again));
        }
        Shortcut::Turn { by, again } if !free.is_empty() => {
            let items = turned_all(&free, state.collection.canvas, by);
            let _ = edit_as(Edit::SetItems { scene, items }, nudge_gesture(again));
        }
        Shortcut::Take | Shortcut::Duplicate | Shortcut::Remove | Shortcut::Nudge { .. } | Shortcut::Turn { .. } => {}
    }
}

/// Makes the selected items a group.
pub fn group(studio: &Studio) {
    let name = edited(studio);
    let Some(scene) = studio.collection.scene(&name) else { return };
    let ids: Vec<_> = desk::selected(studio).iter().map(|item| item.id).collect();
    if !ids.is_empty() {
        edit(Edit::Group { ids, name: scene.free_group_name("Group"), scene: name });
    }
}

/// Ends the groups of the selected items.
pub fn ungroup(studio: &Studio) {
    let scene = edited(studio);
    let gesture = Some(new_gesture());
    let groups: BTreeSet<String> = desk::selected(studio).into_iter().filter_map(|item| item.group).collect();
    for name in groups {
        act(Command::Edit { edit: Edit::Ungroup { scene: scene.clone(), name }, gesture });
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
