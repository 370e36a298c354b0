//! Dialogs: the browser's own, so that the focus stays inside, Escape closes, and what is behind cannot be pressed.

use dioxus::prelude::*;
use klieg_studio_model::Command;
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use crate::desk::{self, Open};
use crate::focus;
use crate::settings::Page;
use crate::studio::act;

/// `children` are the dialog's sections: usually `.dialog-body` and `.dialog-foot`.
#[component]
pub fn Dialog(
    title: String,
    /// `narrow`, or `wide` for several columns.
    #[props(default = "narrow")]
    shape: &'static str,
    onclose: EventHandler<()>,
    children: Element,
) -> Element {
    let show = move |event: MountedEvent| {
        if let Some(dialog) = event.data().downcast::<web_sys::Element>().cloned() {
            use wasm_bindgen::JsCast;
            if let Ok(dialog) = dialog.dyn_into::<web_sys::HtmlDialogElement>() {
                focus::note();
                // Refused only where it is open already.
                let _ = dialog.show_modal();
                focus::enter(&dialog);
            }
        }
    };
    use_drop(focus::give_back);
    rsx! {
        dialog {
            class: "dialog dialog-{shape}",
            "aria-labelledby": "dialog-title",
            onmounted: show,
            oncancel: move |event| {
                event.prevent_default();
                onclose.call(());
            },
            header { class: "dialog-head",
                h2 { id: "dialog-title", "{title}" }
                button {
                    class: "icon-button",
                    r#type: "button",
                    title: "Close",
                    "aria-label": "Close",
                    onclick: move |_| onclose.call(()),
                    Icon { shape: lucide::X }
                }
            }
            {children}
        }
    }
}

/// Something that asks once before it is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    pub title: String,
    /// The consequence.
    pub text: String,
    /// What the button says.
    pub verb: String,
    /// What the one beside it says, which changes nothing.
    pub keep: &'static str,
    /// Whether undo brings it back: then Enter does it. For anything else the focus is on what changes nothing.
    pub can_undo: bool,
    pub command: Command,
}

/// `back` is the page of the settings that opens again behind it.
#[component]
pub fn Ask(question: Question, back: Option<Page>) -> Element {
    let command = question.command.clone();
    let close = move |()| match back {
        Some(page) => desk::open(Open::Settings(page)),
        None => desk::close(),
    };
    rsx! {
        Dialog { title: question.title.clone(), onclose: close,
            div { class: "dialog-body",
                p { "{question.text}" }
            }
            footer { class: "dialog-foot",
                button { class: "button button-quiet", onclick: move |_| close(()), "{question.keep}" }
                button {
                    class: "button button-danger",
                    autofocus: question.can_undo,
                    onclick: move |_| {
                        act(command.clone());
                        close(());
                    },
                    "{question.verb}"
                }
            }
        }
    }
}
