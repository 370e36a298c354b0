//! A marker with a text. The moment that counts is the one at which the dialog was opened.

use dioxus::prelude::*;
use klieg_studio_model::{MAX_MARKER, MAX_MARKER_AGO};

use crate::dialog::Dialog;
use crate::{browser, desk, tape};

/// `at` is Unix time in milliseconds.
#[component]
pub fn Marker(at: u64) -> Element {
    let mut text = use_signal(String::new);
    let set = move || {
        let ago = u32::try_from(browser::now().saturating_sub(at)).unwrap_or(u32::MAX).min(MAX_MARKER_AGO);
        tape::mark(text.peek().trim().to_owned(), ago);
        desk::close();
    };
    rsx! {
        Dialog { title: "Mark this moment", onclose: move |()| desk::close(),
            form {
                onsubmit: move |event| {
                    event.prevent_default();
                    set();
                },
                div { class: "dialog-body",
                    div { class: "field",
                        label { r#for: "marker-text", "Text" }
                        input {
                            class: "input",
                            id: "marker-text",
                            name: "marker-text",
                            r#type: "text",
                            // As soon as the dialog is open: one types at once.
                            autofocus: true,
                            autocomplete: "off",
                            maxlength: "{MAX_MARKER}",
                            placeholder: "What happens here",
                            value: "{text}",
                            "aria-describedby": "marker-text-note",
                            oninput: move |event| text.set(event.value()),
                        }
                        p { class: "field-hint", id: "marker-text-note", "The moment is the one at which you opened this." }
                    }
                }
                footer { class: "dialog-foot",
                    button { class: "button button-quiet", r#type: "button", onclick: move |_| desk::close(), "Cancel" }
                    button { class: "button button-primary", r#type: "submit", "Set marker" }
                }
            }
        }
    }
}
