//! The main window: scenes and sources, the stage, the docks, the mixer and the bar.

use dioxus::prelude::*;
use klieg_studio_model::{Command, Reach};
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use crate::bar::Bar;
use crate::browser;
use crate::desk::{self, Open};
use crate::docks::Docks;
use crate::items::Items;
use crate::menu::{Line, Menu};
use crate::mixer::Mixer;
use crate::scenes::Scenes;
use crate::settings::Page;
use crate::stage::Stage;
use crate::studio::{STUDIO, act};

#[component]
pub fn Window() -> Element {
    let on_air = use_memo(|| !STUDIO.read().show.is_off());
    let is_reached = use_memo(|| matches!(STUDIO.read().reach(), Reach::Live { .. }));
    let class = match (on_air(), is_reached()) {
        (true, true) => "window on-air",
        (true, false) => "window on-air waiting",
        _ => "window",
    };
    rsx! {
        div { class,
            Top {}
            div { class: "side",
                Scenes {}
                Items {}
            }
            main { class: "centre", Stage {} }
            Docks {}
            Mixer {}
            Bar {}
        }
    }
}

#[component]
fn Top() -> Element {
    let name = use_memo(|| STUDIO.read().collection.name.clone());
    let others = use_memo(|| STUDIO.read().collections.clone());
    let can = use_memo(|| (STUDIO.read().can_undo, STUDIO.read().can_redo));
    let studio_mode = use_memo(|| STUDIO.read().preview.is_some());
    let account = use_memo(|| STUDIO.read().account.clone());
    let has_ended = use_memo(|| STUDIO.read().session_ended);
    let on_air = use_memo(|| !STUDIO.read().show.is_off());
    let mut theme = use_signal(browser::theme);
    let is_dark = theme().as_deref() != Some("light");
    let mut lines: Vec<_> =
        others().iter().map(|other| Line::new(format!("open:{other}"), other).checked(*other == name())).collect();
    lines.push(Line::new("manage", "Manage collections").icon(lucide::LAYERS));
    let chosen = |choice: String| match choice.strip_prefix("open:") {
        Some(name) if name != STUDIO.peek().collection.name => {
            act(Command::OpenCollection { name: name.to_owned(), sources_off: false });
        }
        Some(_) => {}
        None => desk::open(Open::Settings(Page::Collections)),
    };
    rsx! {
        header { class: "top",
            Mark {}
            Menu { label: "Scene collection", class: "button button-quiet collection-button", lines, onchoose: chosen,
                span { class: "row-name", "{name}" }
                Icon { shape: lucide::CHEVRON_DOWN, size: 16 }
            }
            div { class: "top-group",
                button {
                    class: "icon-button small-button",
                    title: "Undo (Ctrl+Z)",
                    "aria-label": "Undo",
                    disabled: !can().0,
                    onclick: |_| act(Command::Undo),
                    Icon { shape: lucide::UNDO_2, size: 18 }
                }
                button {
                    class: "icon-button small-button",
                    title: "Redo (Ctrl+Shift+Z)",
                    "aria-label": "Redo",
                    disabled: !can().1,
                    onclick: |_| act(Command::Redo),
                    Icon { shape: lucide::REDO_2, size: 18 }
                }
            }
            span { class: "spacer" }
            button {
                class: if studio_mode() { "button button-quiet is-on mode" } else { "button button-quiet mode" },
                title: "Prepare a scene in the preview before it goes on air",
                "aria-pressed": "{studio_mode}",
                onclick: move |_| act(Command::StudioMode { on: !studio_mode() }),
                Icon { shape: lucide::COLUMNS_2, size: 18 }
                "Studio mode"
            }
            if has_ended() {
                button {
                    class: "button button-plain",
                    title: if on_air() { "Your session has ended; sign in again after the show" } else { "Your session has ended; your channel’s stream key is still good" },
                    disabled: on_air(),
                    onclick: |_| desk::open(Open::Settings(Page::Account)),
                    Icon { shape: lucide::LOG_IN, size: 18 }
                    "Sign in again"
                }
            } else if let Some(account) = account() {
                button {
                    class: "button button-quiet account-button",
                    title: "Signed in to {account.server}",
                    onclick: |_| desk::open(Open::Settings(Page::Account)),
                    klieg_ui::Avatar { handle: account.handle.clone(), name: account.handle.clone(), size: klieg_ui::AvatarSize::Small }
                    span { class: "row-name", "{account.handle}" }
                }
            }
            button {
                class: "icon-button small-button",
                title: if is_dark { "Use the light theme" } else { "Use the dark theme" },
                "aria-label": if is_dark { "Use the light theme" } else { "Use the dark theme" },
                onclick: move |_| {
                    browser::set_theme(if is_dark { "light" } else { "dark" });
                    theme.set(browser::theme());
                },
                Icon { shape: if is_dark { lucide::SUN } else { lucide::MOON }, size: 18 }
            }
            button {
                class: "icon-button small-button",
                title: "Settings",
                "aria-label": "Settings",
                onclick: |_| desk::open(Open::Settings(Page::Destinations)),
                Icon { shape: lucide::SETTINGS, size: 18 }
            }
        }
    }
}

/// Klieg's lamp.
#[component]
pub fn Mark() -> Element {
    rsx! {
        svg { class: "mark-lamp", view_box: "0 0 32 32", width: "24", height: "24", "aria-hidden": "true",
            path { class: "beam", d: "M13 11 27.5 5v22L13 21z" }
            path { class: "body", d: "M5 10.5A2.5 2.5 0 0 1 7.5 8H11a3 3 0 0 1 3 3v10a3 3 0 0 1-3 3H7.5A2.5 2.5 0 0 1 5 21.5z" }
            circle { class: "lens", cx: "13.5", cy: "16", r: "4.5" }
        }
    }
}

/// The window's shape while the studio starts.
#[component]
pub fn Skeleton() -> Element {
    rsx! {
        div { class: "window", "aria-busy": "true",
            header { class: "top", Mark {} span { class: "soft", "Starting the studio" } }
            div { class: "side",
                for row in 0..5 {
                    span { key: "{row}", class: "skeleton row-skeleton" }
                }
            }
            main { class: "centre",
                div { class: "skeleton stage-skeleton" }
            }
            aside { class: "docks" }
            div { class: "mixer",
                for row in 0..3 {
                    span { key: "{row}", class: "skeleton strip-skeleton" }
                }
            }
            footer { class: "bar" }
        }
    }
}
