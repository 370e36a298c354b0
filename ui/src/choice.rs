//! Controls whose value lives elsewhere: each is given what is chosen now and says what was chosen instead.

use dioxus::prelude::*;

/// One of many, in a menu of the system's own.
#[component]
pub fn Select(
    label: String,
    /// The control's `id` and name.
    name: String,
    /// Value and label.
    options: Vec<(String, String)>,
    value: String,
    #[props(default)] hint: String,
    #[props(default)] disabled: bool,
    onchoose: EventHandler<String>,
) -> Element {
    rsx! {
        div { class: "field",
            label { r#for: "{name}", "{label}" }
            select {
                class: "input select",
                id: "{name}",
                name: "{name}",
                disabled,
                "aria-describedby": described_by(&name, &hint),
                onchange: move |event| onchoose.call(event.value()),
                for (option , text) in options {
                    option { key: "{option}", value: "{option}", selected: option == value, "{text}" }
                }
            }
            Hint { name: name.clone(), hint: hint.clone() }
        }
    }
}

/// On or off, at once.
#[component]
pub fn Switch(
    label: String,
    name: String,
    on: bool,
    #[props(default)] hint: String,
    #[props(default)] disabled: bool,
    onset: EventHandler<bool>,
) -> Element {
    rsx! {
        label { class: "switch",
            span { class: "switch-words",
                span { "{label}" }
                if !hint.is_empty() {
                    span { class: "field-hint", "{hint}" }
                }
            }
            input {
                r#type: "checkbox",
                role: "switch",
                name: "{name}",
                checked: on,
                disabled,
                onchange: move |event| onset.call(event.checked()),
            }
        }
    }
}

/// A value on a scale, with the value in words beside its label.
#[component]
pub fn Slider(
    label: String,
    name: String,
    value: f64,
    min: f64,
    max: f64,
    #[props(default = 1.0)] step: f64,
    /// The value as people read it.
    text: String,
    #[props(default)] disabled: bool,
    onset: EventHandler<f64>,
) -> Element {
    rsx! {
        div { class: "field slider",
            label { r#for: "{name}", "{label}" }
            output { class: "tabular", "for": "{name}", "{text}" }
            input {
                class: "range",
                id: "{name}",
                name: "{name}",
                r#type: "range",
                min: "{min}",
                max: "{max}",
                step: "{step}",
                value: "{value}",
                disabled,
                "aria-valuetext": "{text}",
                oninput: move |event| {
                    if let Ok(value) = event.value().parse() {
                        onset.call(value);
                    }
                },
            }
        }
    }
}

/// A number that is typed or stepped; what is out of range is not taken and goes when the field is left.
#[component]
pub fn Number(
    label: String,
    name: String,
    value: f64,
    min: f64,
    max: f64,
    #[props(default = 1.0)] step: f64,
    #[props(default)] unit: String,
    #[props(default)] hint: String,
    #[props(default)] disabled: bool,
    onset: EventHandler<f64>,
) -> Element {
    let mut typed = use_signal(|| None::<String>);
    let shown = typed().unwrap_or_else(|| format!("{}", (value * 100.0).round() / 100.0));
    let wrong = typed().is_some_and(|text| !text.parse().is_ok_and(|value| (min..=max).contains(&value)));
    // What can be typed, in every language.
    let hint = if wrong { format!("{min} – {max} {unit}").trim_end().to_owned() } else { hint };
    rsx! {
        div { class: "field",
            label { r#for: "{name}", "{label}" }
            div { class: "with-unit",
                input {
                    class: "input tabular",
                    id: "{name}",
                    name: "{name}",
                    r#type: "number",
                    min: "{min}",
                    max: "{max}",
                    step: "{step}",
                    value: "{shown}",
                    disabled,
                    "aria-invalid": if wrong { "true" },
                    "aria-describedby": described_by(&name, &hint),
                    oninput: move |event| {
                        let text = event.value();
                        if let Ok(value) = text.parse() && (min..=max).contains(&value) {
                            onset.call(value);
                        }
                        typed.set(Some(text));
                    },
                    onblur: move |_| typed.set(None),
                }
                if !unit.is_empty() {
                    span { class: "unit", "aria-hidden": "true", "{unit}" }
                }
            }
            Hint { name: name.clone(), hint: hint.clone() }
        }
    }
}

/// Text that counts with every letter.
#[component]
pub fn Entry(
    label: String,
    name: String,
    value: String,
    #[props(default)] several_lines: bool,
    #[props(default)] placeholder: String,
    #[props(default)] hint: String,
    #[props(default)] disabled: bool,
    #[props(default = 2000)] max: u32,
    /// Of one line: the id of a `datalist` of suggestions.
    #[props(default)]
    list: Option<String>,
    onset: EventHandler<String>,
) -> Element {
    let mut typed = use_signal(|| None::<String>);
    let shown = typed().unwrap_or(value);
    let mut take = move |text: String| {
        typed.set(Some(text.clone()));
        onset.call(text);
    };
    rsx! {
        div { class: "field",
            label { r#for: "{name}", "{label}" }
            if several_lines {
                textarea {
                    class: "input",
                    id: "{name}",
                    name: "{name}",
                    maxlength: "{max}",
                    placeholder: "{placeholder}",
                    disabled,
                    value: "{shown}",
                    oninput: move |event| take(event.value()),
                    onblur: move |_| typed.set(None),
                }
            } else {
                input {
                    class: "input",
                    id: "{name}",
                    name: "{name}",
                    r#type: "text",
                    maxlength: "{max}",
                    list,
                    placeholder: "{placeholder}",
                    autocomplete: "off",
                    spellcheck: "false",
                    disabled,
                    value: "{shown}",
                    oninput: move |event| take(event.value()),
                    onblur: move |_| typed.set(None),
                }
            }
            Hint { name: name.clone(), hint: hint.clone() }
        }
    }
}

/// A colour as `#rrggbb`.
#[component]
pub fn ColourWell(label: String, name: String, value: String, onset: EventHandler<String>) -> Element {
    rsx! {
        div { class: "field",
            label { r#for: "{name}", "{label}" }
            div { class: "well",
                input {
                    id: "{name}",
                    name: "{name}",
                    r#type: "color",
                    value: "{value}",
                    oninput: move |event| onset.call(event.value()),
                }
                code { "{value}" }
            }
        }
    }
}

/// The `id` of a control's hint, if there is one.
fn described_by(name: &str, hint: &str) -> Option<String> {
    (!hint.is_empty()).then(|| format!("{name}-note"))
}

#[component]
fn Hint(name: String, hint: String) -> Element {
    rsx! {
        if !hint.is_empty() {
            p { class: "field-hint", id: "{name}-note", "{hint}" }
        }
    }
}
