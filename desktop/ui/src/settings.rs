//! The settings: a dialog with a page for each thing that stays from show to show.

mod account;
mod canvas;
mod collections;
pub mod destinations;
pub mod encoding;
mod hotkeys;
mod moving;
mod profiles;
mod recording;
mod remote;
mod sound;

use dioxus::prelude::*;
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use crate::desk::{self, Open};
use crate::destination::draft;
use crate::dialog::Dialog;
use crate::studio::say;
use crate::transition::TransitionEditor;
use crate::words::Shape;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    Destinations,
    Encoding,
    Canvas,
    Sound,
    Recording,
    Transition,
    Collections,
    Profiles,
    Hotkeys,
    Account,
    Remote,
}

const PAGES: [(Page, &str, Shape); 11] = [
    (Page::Destinations, "Destinations", lucide::RADIO),
    (Page::Encoding, "Encoding", lucide::CPU),
    (Page::Canvas, "Canvas", lucide::MONITOR),
    (Page::Sound, "Sound", lucide::HEADPHONES),
    (Page::Recording, "Recording", lucide::HARD_DRIVE),
    (Page::Transition, "Transition", lucide::BLEND),
    (Page::Collections, "Collections", lucide::LAYERS),
    (Page::Profiles, "Profiles", lucide::SLIDERS_HORIZONTAL),
    (Page::Hotkeys, "Hotkeys", lucide::KEYBOARD),
    (Page::Account, "Account", lucide::USER_ROUND),
    (Page::Remote, "Remote control", lucide::PLUG),
];

/// The pages with something that is not saved, and what that is.
fn drafted() -> Vec<(Page, &'static str)> {
    let pages = [
        (Page::Destinations, "The destination that you typed", !draft::unsaved().is_empty()),
        (Page::Encoding, "The encoding that you changed", encoding::is_unsaved()),
        (Page::Recording, "The encoding of recordings that you changed", recording::is_unsaved()),
    ];
    pages.into_iter().filter(|(.., is_drafted)| *is_drafted).map(|(page, what, _)| (page, what)).collect()
}

#[component]
pub fn Settings(page: Page) -> Element {
    let title = PAGES.iter().find(|(known, ..)| *known == page).map_or("", |(_, name, _)| name);
    let drafted = use_memo(drafted);
    let unsaved = move |page: Page| drafted.read().iter().any(|(known, _)| *known == page);
    let close = move |()| {
        match drafted().as_slice() {
            [] => {}
            [(_, what)] => say(format!("{what} is not saved. It waits in the settings.")),
            _ => say("Some of what you changed is not saved. It waits in the settings."),
        }
        desk::close();
    };
    rsx! {
        Dialog { title: "Settings", shape: "settings", onclose: close,
            div { class: "settings",
                nav { class: "settings-pages", "aria-label": "Settings",
                    for (known , name , shape) in PAGES {
                        button {
                            key: "{name}",
                            class: "settings-link",
                            r#type: "button",
                            // A narrow window shows the icon alone.
                            title: if unsaved(known) { "{name}: not saved" } else { "{name}" },
                            "aria-current": if known == page { "page" },
                            onclick: move |_| desk::open(Open::Settings(known)),
                            Icon { shape: if unsaved(known) { lucide::PENCIL } else { shape }, size: 18 }
                            "{name}"
                        }
                    }
                }
                section { class: "settings-page", "aria-label": "{title}",
                    match page {
                        Page::Destinations => rsx! {
                            destinations::Destinations {}
                        },
                        Page::Encoding => rsx! {
                            encoding::Encoding {}
                        },
                        Page::Canvas => rsx! {
                            canvas::CanvasPage {}
                        },
                        Page::Sound => rsx! {
                            sound::Sound {}
                        },
                        Page::Recording => rsx! {
                            recording::Recording {}
                        },
                        Page::Transition => rsx! {
                            h3 { "Transition" }
                            p { class: "lead", "How one scene becomes the next on air." }
                            TransitionEditor {}
                        },
                        Page::Collections => rsx! {
                            collections::Collections {}
                        },
                        Page::Profiles => rsx! {
                            profiles::Profiles {}
                        },
                        Page::Hotkeys => rsx! {
                            hotkeys::Hotkeys {}
                        },
                        Page::Account => rsx! {
                            account::AccountPage {}
                        },
                        Page::Remote => rsx! {
                            remote::Remote {}
                        },
                    }
                }
            }
        }
    }
}
