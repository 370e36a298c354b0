//! A name that is changed where it stands.

use dioxus::prelude::*;
use klieg_studio_model::MAX_NAME;
use wasm_bindgen::JsCast;

/// The field that stands in the name's place until it is changed or left.
#[component]
pub fn NameField(
    /// What is named, for screen readers.
    label: String,
    name: String,
    /// The new name; the old one if nothing was changed or it was called off.
    ondone: EventHandler<String>,
    /// Where the name is of something that is not there yet: it was called off, or left as it was suggested.
    oncancel: Option<EventHandler<()>>,
) -> Element {
    let old = name.clone();
    let mut text = use_signal(|| name.clone());
    let mut is_done = use_signal(|| false);
    let mut finish = move |name: String, is_off: bool| {
        if is_done.replace(true) {
            return;
        }
        match oncancel.filter(|_| is_off) {
            Some(oncancel) => oncancel.call(()),
            None => ondone.call(name),
        }
    };
    let kept = old.clone();
    rsx! {
        input {
            class: "name-field",
            "aria-label": "{label}",
            maxlength: "{MAX_NAME}",
            spellcheck: "false",
            autocomplete: "off",
            value: "{text}",
            onmounted: |event| {
                let field = event.data().downcast::<web_sys::Element>().cloned();
                if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok()) {
                    let _ = field.focus();
                    field.select();
                }
            },
            oninput: move |event| text.set(event.value()),
            onpointerdown: |event| event.stop_propagation(),
            onkeydown: move |event| {
                match event.key() {
                    Key::Enter => finish(or(&text.peek(), &kept), false),
                    Key::Escape => {
                        // The dialog around it stays open.
                        event.prevent_default();
                        finish(kept.clone(), true);
                    }
                    _ => {}
                }
                event.stop_propagation();
            },
            onblur: move |_| {
                let typed = or(&text.peek(), &old);
                let is_same = typed == old;
                finish(typed, is_same);
            },
        }
    }
}

fn or(new: &str, old: &str) -> String {
    let new = new.trim();
    if new.is_empty() { old.to_owned() } else { new.to_owned() }
}
