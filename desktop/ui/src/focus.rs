//! The keyboard's focus around dialogs: where it goes when one opens, that it is not lost in it, and that it comes back when the last
//! of them closes.

use std::cell::RefCell;

use dioxus::prelude::MountedEvent;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::browser;

/// What has the focus first: what is meant to, or the first control that is not the way out. Of several choices it is the one that holds.
const FIRST: [&str; 2] = [
    "[autofocus], [aria-current]",
    ":scope > :not(.dialog-head) :is(button, select, textarea, input:not([type=radio]), input:checked):not(:disabled)",
];

thread_local! {
    /// What had the focus before the first of the dialogs that follow each other.
    static BEFORE: RefCell<Option<Element>> = const { RefCell::new(None) };
}

/// Notes what has the focus, before a dialog takes it.
pub fn note() {
    let Some(active) = active() else { return };
    if active.tag_name() != "BODY" && active.closest("dialog").ok().flatten().is_none() {
        BEFORE.set(Some(active));
    }
}

/// Gives the focus to the first thing in a dialog that has just been shown.
pub fn enter(dialog: &Element) {
    let first = FIRST.iter().find_map(|first| dialog.query_selector(first).ok().flatten());
    if let Some(first) = first {
        take(&first);
    }
}

/// Gives the focus to what has just come in the place of what had it.
pub fn follow(event: &MountedEvent) {
    if let Some(element) = event.data().downcast::<Element>().cloned() {
        take(&element);
    }
}

/// Whether a key goes to a dialog that has lost the focus, as when the form that had it is saved and gone. Escape closes it, which the
/// browser does only for one that has it, and after any other key it has the focus again.
pub fn strays(event: &KeyboardEvent) -> bool {
    let Some(dialog) = open() else { return false };
    if active().is_some_and(|active| active.tag_name() != "BODY") {
        return false;
    }
    if event.key() != "Escape" {
        enter(&dialog);
    } else if let Ok(Some(close)) = dialog.query_selector(".dialog-head button") {
        close.unchecked_ref::<HtmlElement>().click();
    }
    true
}

/// Gives the focus back to what had it, unless another dialog has taken this one's place.
pub fn give_back() {
    // The dialog that closes is still there, and keeps the focus from everything else.
    browser::next_frame(|| {
        if open().is_some() {
            return;
        }
        let Some(before) = BEFORE.take() else { return };
        take(&before);
        // The buttons of a row are there only while it has the focus.
        if active().as_ref() != Some(&before)
            && let Ok(Some(row)) = before.closest(".row")
            && let Ok(Some(main)) = row.query_selector(".row-main")
        {
            take(&main);
        }
    });
}

fn open() -> Option<Element> {
    browser::document()?.query_selector("dialog[open]").ok().flatten()
}

fn active() -> Option<Element> {
    browser::document()?.active_element()
}

fn take(element: &Element) {
    // The canvas is SVG, whose elements take the focus as those of HTML do.
    let _ = element.unchecked_ref::<HtmlElement>().focus();
}
