//! Dialogs: the browser's own, so that the focus stays inside, Escape closes, and what is behind cannot be pressed.

use dioxus::prelude::*;
use klieg_studio_model::Command;
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use crate::desk;
use crate::studio::act;

/// What has the focus first: what is meant to, or the first control that is not the way out. Of several choices it is the one that holds.
const FIRST: [&str; 2] = [
    "[autofocus], [aria-current]",
    ":scope > :not(.dialog-head) :is(button, select, textarea, input:not([type=radio]), input:checked):not(:disabled)",
];

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
                // Refused only where it is open already.
                let _ = dialog.show_modal();
                let first = FIRST.iter().find_map(|first| dialog.query_selector(first).ok().flatten());
                if let Some(Ok(first)) = first.map(JsCast::dyn_into::<web_sys::HtmlElement>) {
                    let _ = first.focus();
                }
            }
        }
    };
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
    pub command: Command,
}

#[component]
pub fn Ask(question: Question) -> Element {
    let command = question.command.clone();
    rsx! {
        Dialog { title: question.title.clone(), onclose: move |()| desk::close(),
            div { class: "dialog-body",
                p { "{question.text}" }
            }
            footer { class: "dialog-foot",
                button { class: "button button-quiet", onclick: move |_| desk::close(), "{question.keep}" }
                button {
                    class: "button button-danger",
                    onclick: move |_| {
                        act(command.clone());
                        desk::close();
                    },
                    "{question.verb}"
                }
            }
        }
    }
}
