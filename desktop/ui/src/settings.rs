//! The settings: a dialog with a page for each thing that stays from show to show.

mod account;
mod canvas;
mod collections;
mod destinations;
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

#[component]
pub fn Settings(page: Page) -> Element {
    let title = PAGES.iter().find(|(known, ..)| *known == page).map_or("", |(_, name, _)| name);
    let is_unsaved = use_memo(encoding::is_unsaved);
    let unsaved = move |page: Page| page == Page::Encoding && is_unsaved();
    let close = move |()| {
        if is_unsaved() {
            say("The encoding that you changed is not saved. It waits in the settings.");
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
