//! The fields of one window of a program, chosen from those that are open.

use dioxus::prelude::*;
use klieg_studio_model::{OpenWindow, Window};
use klieg_ui::{Select, Switch};

use super::capture::LookAgain;
use crate::studio::STUDIO;

/// The window of this name that is meant by `open`.
pub fn of(name: String, open: &OpenWindow) -> Window {
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    Window { name, display: None, application: some(&open.application), title: some(&open.title), cursor: true }
}

/// A window in words.
fn in_words(window: &OpenWindow) -> String {
    match (window.title.as_str(), window.application.as_str()) {
        ("", application) => application.to_owned(),
        (title, "") => title.to_owned(),
        (title, application) => format!("{application}: {title}"),
    }
}

#[component]
pub fn WindowForm(window: Window, onchange: EventHandler<Window>) -> Element {
    let open = use_memo(|| STUDIO.read().devices.windows.clone());
    let chosen = open.read().iter().position(|open| window.is_of(&open.application, &open.title));
    let mut options: Vec<_> =
        open.read().iter().enumerate().map(|(place, open)| (place.to_string(), in_words(open))).collect();
    let away = "away".to_owned();
    if chosen.is_none() {
        let (title, application) =
            (window.title.clone().unwrap_or_default(), window.application.clone().unwrap_or_default());
        options.push((away.clone(), format!("{} (not open)", in_words(&OpenWindow { application, title }))));
    }
    let of_this_display = window.display.is_none();
    let (a, b, c) = (window.clone(), window.clone(), window.clone());
    rsx! {
        Select {
            label: "Window",
            name: "window-which",
            options,
            value: chosen.map_or(away, |place| place.to_string()),
            hint: "It is shown whole, whatever covers it, while it is not minimised.",
            disabled: !of_this_display,
            onchoose: move |value: String| {
                let place = value.parse().ok().and_then(|place: usize| open.peek().get(place).cloned());
                if let Some(open) = place {
                    onchange.call(Window { cursor: a.cursor, ..of(a.name.clone(), &open) });
                }
            },
        }
        LookAgain {}
        if let Some(application) = window.application.clone() {
            Switch {
                label: "Any window of {application}",
                name: "window-any",
                hint: "Finds it under another title too, and may show a window that you did not mean.",
                on: window.title.is_none(),
                onset: move |any: bool| {
                    let open = open.peek();
                    let first = open.iter().find(|open| open.application == application);
                    let title = if any { None } else { first.map(|open| open.title.clone()) };
                    onchange.call(Window { title, ..b.clone() });
                },
            }
        }
        Switch {
            label: "Show the pointer",
            name: "window-cursor",
            on: window.cursor,
            onset: move |cursor| onchange.call(Window { cursor, ..c.clone() }),
        }
    }
}
