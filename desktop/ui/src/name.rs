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
) -> Element {
    let old = name.clone();
    let mut text = use_signal(|| name.clone());
    let mut is_done = use_signal(|| false);
    let mut finish = move |name: String| {
        if !is_done.replace(true) {
            ondone.call(name);
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
                    Key::Enter => finish(or(&text.peek(), &kept)),
                    Key::Escape => finish(kept.clone()),
                    _ => {}
                }
                event.stop_propagation();
            },
            onblur: move |_| finish(or(&text.peek(), &old)),
        }
    }
}

fn or(new: &str, old: &str) -> String {
    let new = new.trim();
    if new.is_empty() { old.to_owned() } else { new.to_owned() }
}
