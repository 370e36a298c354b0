//! A button that opens a menu under or over itself, moved through with the arrow keys, Home, End and the first letters of its lines, as
//! the WAI-ARIA pattern for menus has it.

use dioxus::prelude::*;
use klieg_ui::Icon;

use crate::browser;

/// One line of a menu.
#[derive(Clone, PartialEq)]
pub struct Line {
    /// Handed to `onchoose`.
    pub value: String,
    pub label: String,
    /// In small letters below the label.
    pub hint: String,
    pub shape: Option<&'static [&'static str]>,
    /// Of a choice: whether this is what holds.
    pub checked: Option<bool>,
    /// Removes or ends something.
    pub danger: bool,
    pub disabled: bool,
}

impl Line {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            hint: String::new(),
            shape: None,
            checked: None,
            danger: false,
            disabled: false,
        }
    }

    pub fn icon(self, shape: &'static [&'static str]) -> Self {
        Self { shape: Some(shape), ..self }
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    pub fn checked(self, checked: bool) -> Self {
        Self { checked: Some(checked), ..self }
    }

    pub fn danger(self) -> Self {
        Self { danger: true, ..self }
    }

    pub fn disabled(self, disabled: bool) -> Self {
        Self { disabled, ..self }
    }
}

/// Where the menu goes: its edges, in pixels from the window's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Place {
    left: Option<f64>,
    right: Option<f64>,
    top: Option<f64>,
    bottom: Option<f64>,
}

impl Place {
    /// Beside a button, towards where there is more room.
    fn beside(rect: &web_sys::DomRect, width: f64, height: f64) -> Self {
        let mut place = Self::default();
        if rect.left() < width / 2.0 {
            place.left = Some(rect.left());
        } else {
            place.right = Some(width - rect.right());
        }
        if rect.top() < height / 2.0 {
            place.top = Some(rect.bottom() + 4.0);
        } else {
            place.bottom = Some(height - rect.top() + 4.0);
        }
        place
    }
}

fn pixels(length: Option<f64>) -> String {
    length.map_or_else(|| "auto".to_owned(), |length| format!("{length}px"))
}

/// Of the lines of a menu those that can be chosen.
const LINES: &str = "button:not([disabled])";

/// Which of these lines a key leads to from the one that has the focus, if it leads to one.
fn led_to(key: &Key, now: Option<usize>, labels: &[String]) -> Option<usize> {
    let count = labels.len();
    let last = count.checked_sub(1)?;
    let next = now.map_or(0, |now| (now + 1) % count);
    match key {
        Key::ArrowDown => Some(next),
        Key::ArrowUp => Some(now.map_or(last, |now| (now + last) % count)),
        Key::Home => Some(0),
        Key::End => Some(last),
        Key::Character(typed) => {
            let typed = typed.to_lowercase();
            let mut behind = labels.iter().cycle().skip(next).take(count);
            let found = behind.position(|label| label.to_lowercase().starts_with(&typed))?;
            Some((next + found) % count)
        }
        _ => None,
    }
}

/// The button is `children`; its label is read out and shown as a tooltip.
#[component]
pub fn Menu(
    label: String,
    #[props(default = "icon-button small-button")] class: &'static str,
    lines: Vec<Line>,
    onchoose: EventHandler<String>,
    #[props(default)] disabled: bool,
    children: Element,
) -> Element {
    let mut place = use_signal(|| None::<Place>);
    let mut button = use_signal(|| None::<web_sys::Element>);
    let mut list = use_signal(|| None::<web_sys::Element>);
    let mut shut = move || {
        place.set(None);
        list.set(None);
        if let Some(button) = button.peek().clone() {
            use wasm_bindgen::JsCast;
            if let Ok(button) = button.dyn_into::<web_sys::HtmlElement>() {
                let _ = button.focus();
            }
        }
    };
    let toggle = move |_| {
        if place.peek().is_some() {
            shut();
        } else if let (Some(button), Some(window)) = (button.peek().as_ref(), browser::window()) {
            let side = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|v| v.as_f64()).unwrap_or(0.0);
            let rect = button.get_bounding_client_rect();
            place.set(Some(Place::beside(&rect, side(window.inner_width()), side(window.inner_height()))));
        }
    };
    let labels: Vec<_> = lines.iter().filter(|line| !line.disabled).map(|line| line.label.clone()).collect();
    let keys = move |event: KeyboardEvent| {
        let (key, held) = (event.key(), event.modifiers());
        if matches!(key, Key::Escape | Key::Tab) {
            event.prevent_default();
            event.stop_propagation();
            return shut();
        }
        if held.ctrl() || held.alt() || held.meta() {
            return;
        }
        if let Some(list) = list.peek().as_ref() {
            browser::focus_within(list, LINES, |now| {
                let place = led_to(&key, now, &labels)?;
                event.prevent_default();
                event.stop_propagation();
                Some(place)
            });
        }
    };
    rsx! {
        button {
            class: "{class}",
            r#type: "button",
            title: "{label}",
            "aria-label": "{label}",
            "aria-haspopup": "menu",
            "aria-expanded": "{place().is_some()}",
            disabled,
            onmounted: move |event| button.set(event.data().downcast::<web_sys::Element>().cloned()),
            onclick: toggle,
            {children}
        }
        if let Some(at) = place() {
            div { class: "menu-behind", onpointerdown: move |_| shut() }
            div {
                class: "menu",
                role: "menu",
                "aria-label": "{label}",
                left: pixels(at.left),
                right: pixels(at.right),
                top: pixels(at.top),
                bottom: pixels(at.bottom),
                onmounted: move |event| {
                    let mounted = event.data().downcast::<web_sys::Element>().cloned();
                    if let Some(element) = &mounted {
                        browser::focus_within(element, LINES, |_| Some(0));
                    }
                    list.set(mounted);
                },
                onkeydown: keys,
                for line in lines {
                    button {
                        key: "{line.value}",
                        class: if line.danger { "menu-line menu-danger" } else { "menu-line" },
                        r#type: "button",
                        role: if line.checked.is_some() { "menuitemradio" } else { "menuitem" },
                        "aria-checked": line.checked.map(|checked| checked.to_string()),
                        tabindex: "-1",
                        disabled: line.disabled,
                        onclick: {
                            let value = line.value.clone();
                            move |_| {
                                shut();
                                onchoose.call(value.clone());
                            }
                        },
                        if line.checked == Some(true) {
                            Icon { shape: klieg_ui::icon::lucide::CHECK, size: 16 }
                        } else if let Some(shape) = line.shape {
                            Icon { shape, size: 16 }
                        } else {
                            span { class: "menu-gap" }
                        }
                        span { class: "menu-words",
                            "{line.label}"
                            if !line.hint.is_empty() {
                                small { "{line.hint}" }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_round_and_letters_to_the_next_line_that_begins_so() {
        let labels = ["Rename", "Duplicate", "Remove", "Éteindre"].map(str::to_owned);
        let led = |key: Key, now| led_to(&key, now, &labels);
        assert_eq!([led(Key::ArrowDown, Some(3)), led(Key::ArrowUp, Some(0))], [Some(0), Some(3)]);
        assert_eq!([led(Key::ArrowDown, None), led(Key::ArrowUp, None)], [Some(0), Some(3)]);
        assert_eq!([led(Key::Home, Some(2)), led(Key::End, Some(0))], [Some(0), Some(3)]);
        let typed = |letter: &str, now| led(Key::Character(letter.to_owned()), now);
        assert_eq!([typed("r", Some(0)), typed("R", Some(2)), typed("r", None)], [Some(2), Some(0), Some(0)]);
        assert_eq!([typed("d", Some(1)), typed("é", Some(0)), typed("x", Some(0))], [Some(1), Some(3), None]);
        assert_eq!(typed(" ", Some(0)), None, "it presses the line");
        assert_eq!(led_to(&Key::Home, None, &[]), None);
    }
}
