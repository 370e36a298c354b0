//! Whether the chat is shown beside the picture: on the page, and where the picture fills the screen. Each is remembered.

use std::rc::Rc;

use dioxus::prelude::*;

use crate::browser;

/// Under which name it is kept that the chat is hidden on the page, and in full screen.
const ON_PAGE: &str = "chat-hidden";
const IN_FULL: &str = "chat-hidden-full";

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    on_page: Signal<bool>,
    in_full: Signal<bool>,
    is_full: Signal<bool>,
}

impl Shown {
    pub fn is_on(self) -> bool {
        if (self.is_full)() { (self.in_full)() } else { (self.on_page)() }
    }

    pub fn toggle(self) {
        let is_full = *self.is_full.peek();
        let (mut shown, name) = if is_full { (self.in_full, IN_FULL) } else { (self.on_page, ON_PAGE) };
        shown.toggle();
        let is_hidden = !*shown.peek();
        browser::store(name, is_hidden.then_some("true"));
    }
}

/// The chat is shown where it was not hidden at the last visit.
pub fn use_shown() -> Shown {
    let on_page = use_signal(|| browser::stored(ON_PAGE).is_none());
    let in_full = use_signal(|| browser::stored(IN_FULL).is_none());
    let mut is_full = use_signal(browser::is_full_screen);
    use_hook(move || Rc::new(browser::listen("fullscreenchange", move |_| is_full.set(browser::is_full_screen()))));
    Shown { on_page, in_full, is_full }
}
