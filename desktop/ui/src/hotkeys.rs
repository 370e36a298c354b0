//! The creator's own hotkeys, while this window has the keyboard. Those that work everywhere reach the studio by themselves.

use std::cell::{Cell, RefCell};

use dioxus::prelude::ReadableExt;
use klieg_studio_model::{Action, Command, Keys};
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, KeyboardEvent};

use crate::browser;
use crate::studio::{Incoming, STUDIO, tell};

thread_local! {
    /// Keys are being chosen: they do nothing else.
    static CHOOSING: Cell<bool> = const { Cell::new(false) };
    /// Keys that are down, by their places, and what they do.
    static DOWN: RefCell<Vec<(String, Action)>> = const { RefCell::new(Vec::new()) };
}

/// While keys are being chosen, hotkeys wait.
pub fn choose(on: bool) {
    if CHOOSING.replace(on) != on {
        wasm_bindgen_futures::spawn_local(crate::bridge::choose_keys(on));
    }
}

/// Listens for as long as the window is open.
pub fn listen() {
    on("keydown", |event: KeyboardEvent| {
        let Some(action) = action(&event) else { return };
        event.prevent_default();
        if event.repeat() {
            return;
        }
        DOWN.with_borrow_mut(|down| down.push((event.code(), action.clone())));
        press(action, true);
    });
    on("keyup", |event: KeyboardEvent| release(|code| code == event.code()));
    // The key comes up where nobody here hears it.
    if let Some(window) = browser::window() {
        let left = Closure::<dyn FnMut(Event)>::new(|_| release(|_| true));
        let _ = window.add_event_listener_with_callback("blur", left.as_ref().unchecked_ref());
        left.forget();
    }
}

fn on(event: &str, hear: impl FnMut(KeyboardEvent) + 'static) {
    let heard = Closure::<dyn FnMut(KeyboardEvent)>::new(hear);
    if let Some(document) = browser::document() {
        let _ = document.add_event_listener_with_callback(event, heard.as_ref().unchecked_ref());
    }
    heard.forget();
}

fn release(is_up: impl Fn(&str) -> bool) {
    let up: Vec<_> = DOWN.with_borrow_mut(|down| down.extract_if(.., |(code, _)| is_up(code)).collect());
    for (_, action) in up {
        if action.is_held() {
            press(action, false);
        }
    }
}

fn press(action: Action, down: bool) {
    tell(Incoming::Ask(Command::Press { action, down }));
}

/// What the pressed keys do, if they are a hotkey here.
fn action(event: &KeyboardEvent) -> Option<Action> {
    if CHOOSING.get() {
        return None;
    }
    let held = [event.ctrl_key(), event.alt_key(), event.shift_key(), event.meta_key()];
    let keys = Keys::of_event(&event.code(), &event.key(), held)?;
    if keys.types() && is_typing(event) {
        return None;
    }
    let studio = STUDIO.peek();
    studio.profile.hotkeys.iter().find(|known| known.keys == keys).map(|known| known.action.clone())
}

/// In an open menu as well, where letters lead to lines.
fn is_typing(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let field = "input:not([type=checkbox]):not([type=range]):not([type=radio]), textarea, select, [role=menu]";
    target.is_some_and(|target| target.closest(field).ok().flatten().is_some())
}
