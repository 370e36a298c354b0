//! Fields of a form: a label, the control, a hint, and what is wrong, tied together for screen readers.

use dioxus::prelude::*;

use crate::Icon;
use crate::icon::lucide;

/// One line of text.
#[component]
pub fn Field(
    label: String,
    /// The control's `id` and name.
    name: String,
    value: Signal<String>,
    #[props(default = "text".to_owned())] kind: String,
    #[props(default)] autocomplete: String,
    #[props(default)] placeholder: String,
    #[props(default)] hint: String,
    #[props(default)] error: Option<String>,
    #[props(default)] required: bool,
    #[props(default = 256)] max: u32,
    /// The id of a `datalist` of suggestions.
    #[props(default)]
    list: Option<String>,
    /// For a password: the words of the button that shows it, and of the one that hides it again.
    #[props(default)]
    reveal: Option<(String, String)>,
) -> Element {
    let mut value = value;
    let mut shown = use_signal(|| false);
    let kind = if shown() { "text".to_owned() } else { kind };
    let words = reveal.map(|(show, hide)| if shown() { hide } else { show });
    rsx! {
        div { class: "field",
            label { r#for: "{name}", "{label}" }
            div { class: if words.is_some() { "with-action" },
                input {
                    class: "input",
                    id: "{name}",
                    name: "{name}",
                    r#type: "{kind}",
                    value: "{value}",
                    required,
                    maxlength: "{max}",
                    list,
                    placeholder: "{placeholder}",
                    autocomplete: "{autocomplete}",
                    autocapitalize: "none",
                    spellcheck: "false",
                    "aria-invalid": if error.is_some() { "true" },
                    "aria-describedby": "{name}-note",
                    oninput: move |event| value.set(event.value()),
                }
                if let Some(words) = &words {
                    button {
                        class: "icon-button",
                        r#type: "button",
                        title: "{words}",
                        "aria-label": "{words}",
                        onclick: move |_| shown.toggle(),
                        Icon { shape: if shown() { lucide::EYE_OFF } else { lucide::EYE } }
                    }
                }
            }
            Note { name: name.clone(), hint, error: error.clone() }
        }
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    label: String,
    name: String,
    value: Signal<String>,
    #[props(default)] hint: String,
    #[props(default)] error: Option<String>,
    #[props(default = 2000)] max: u32,
) -> Element {
    let mut value = value;
    rsx! {
        div { class: "field",
            label { r#for: "{name}", "{label}" }
            textarea {
                class: "input",
                id: "{name}",
                name: "{name}",
                maxlength: "{max}",
                "aria-invalid": if error.is_some() { "true" },
                "aria-describedby": "{name}-note",
                value: "{value}",
                oninput: move |event| value.set(event.value()),
            }
            Note { name: name.clone(), hint, error: error.clone() }
        }
    }
}

#[component]
fn Note(name: String, hint: String, error: Option<String>) -> Element {
    rsx! {
        if let Some(error) = error {
            p { class: "field-error", id: "{name}-note", role: "alert",
                Icon { shape: lucide::CIRCLE_ALERT, size: 16 }
                "{error}"
            }
        } else if !hint.is_empty() {
            p { class: "field-hint", id: "{name}-note", "{hint}" }
        }
    }
}

/// Yes or no.
#[component]
pub fn Check(label: String, name: String, value: Signal<bool>, #[props(default)] hint: String) -> Element {
    let mut value = value;
    rsx! {
        label { class: "check",
            input {
                r#type: "checkbox",
                name: "{name}",
                checked: value(),
                onchange: move |event| value.set(event.checked()),
            }
            span { "{label}" }
            if !hint.is_empty() {
                span { class: "field-hint", "{hint}" }
            }
        }
    }
}

/// One of a few, all in sight.
#[component]
pub fn Segments(
    /// Says what is chosen, to screen readers.
    label: String,
    name: String,
    /// Value and label.
    options: Vec<(String, String)>,
    value: String,
    onchoose: EventHandler<String>,
) -> Element {
    rsx! {
        div { class: "segments", role: "radiogroup", "aria-label": "{label}",
            for (option , text) in options {
                label { key: "{option}",
                    input {
                        r#type: "radio",
                        name: "{name}",
                        value: "{option}",
                        checked: option == value,
                        onchange: {
                            let option = option.clone();
                            move |_| onchoose.call(option.clone())
                        },
                    }
                    "{text}"
                }
            }
        }
    }
}
