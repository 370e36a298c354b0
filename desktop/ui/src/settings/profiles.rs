//! Profiles: which there are, which one is in use, and moving them between computers.

use dioxus::prelude::*;
use klieg_studio_model::{Command, Profile, figures};
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use super::moving;
use crate::bridge::{self, Pick};
use crate::desk;
use crate::dialog::Question;
use crate::name::NameField;
use crate::studio::{STUDIO, act};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    New,
    Copy,
    Current,
}

/// What tells one profile from another.
fn summary(profile: &Profile) -> String {
    let places = figures::counted(profile.destinations.len() as u64, "destination");
    format!("{}, {places}", figures::bitrate(f64::from(profile.video.bitrate)))
}

#[component]
pub fn Profiles() -> Element {
    let names = use_memo(|| STUDIO.read().profiles.clone());
    let now = use_memo(|| STUDIO.read().profile.name.clone());
    let holds = use_memo(|| summary(&STUDIO.read().profile));
    let is_busy = use_memo(|| !STUDIO.read().show.is_off() || STUDIO.read().recording.is_some());
    let mut naming = use_signal(|| None::<Naming>);
    let import = move |_| {
        let done = "The profile is imported and in use. Its destinations came without keys.";
        moving::import(Pick::Profile, |text| Command::ImportProfile { text }, done);
    };
    let export = move |_| moving::export("profile", bridge::export_profile());
    let added = naming().filter(|kind| *kind != Naming::Current).map(|kind| match kind {
        Naming::Copy => (kind, format!("{now} copy")),
        _ => (kind, "New profile".to_owned()),
    });
    rsx! {
        h3 { "Profiles" }
        p { class: "lead", "A profile holds how you broadcast: encoding, destinations, recordings and hotkeys. Stream keys stay in your keyring, a file never has them. The addresses of destinations are in it, with any key that they hold: look at them before you share what you export." }
        if is_busy() {
            p { class: "soft small", "Another profile can be used when the show and the recording are over." }
        }
        ul { class: "cards",
            for name in names() {
                li { class: "card collection", key: "{name}",
                    if name == now() && naming() == Some(Naming::Current) {
                        NameField {
                            label: "Name of the profile",
                            name: name.clone(),
                            ondone: move |new: String| {
                                naming.set(None);
                                if new != now() {
                                    act(Command::RenameProfile { name: new });
                                }
                            },
                        }
                    } else {
                        div { class: "destination-words",
                            strong { class: "row-name", "{name}" }
                            if name == now() {
                                p { class: "soft small", "In use: {holds}" }
                            }
                        }
                    }
                    if name == now() {
                        button { class: "icon-button small-button", title: "Rename", "aria-label": "Rename {name}", onclick: move |_| naming.set(Some(Naming::Current)),
                            Icon { shape: lucide::PENCIL, size: 16 }
                        }
                        button {
                            class: "icon-button small-button",
                            title: "Duplicate",
                            "aria-label": "Duplicate {name}",
                            disabled: is_busy(),
                            onclick: move |_| naming.set(Some(Naming::Copy)),
                            Icon { shape: lucide::COPY, size: 16 }
                        }
                    } else {
                        Other { name: name.clone(), is_busy: is_busy() }
                    }
                }
            }
            if let Some((kind, suggested)) = added {
                li { class: "card collection",
                    NameField {
                        key: "{suggested}",
                        label: "Name of the new profile",
                        name: suggested.clone(),
                        ondone: move |name: String| {
                            naming.set(None);
                            act(match kind {
                                Naming::Copy => Command::DuplicateProfile { name },
                                _ => Command::NewProfile { name },
                            });
                        },
                        oncancel: move |()| naming.set(None),
                    }
                }
            }
        }
        div { class: "actions",
            button { class: "button button-plain", disabled: is_busy(), onclick: move |_| naming.set(Some(Naming::New)),
                Icon { shape: lucide::PLUS, size: 18 }
                "New"
            }
            button { class: "button button-plain", disabled: is_busy(), onclick: import,
                Icon { shape: lucide::DOWNLOAD, size: 18 }
                "Import"
            }
            button { class: "button button-plain", onclick: export,
                Icon { shape: lucide::UPLOAD, size: 18 }
                "Export “{now}”"
            }
        }
    }
}

/// What can be done with a profile that is not in use.
#[component]
fn Other(name: String, is_busy: bool) -> Element {
    let taken = name.clone();
    let gone = name.clone();
    rsx! {
        button {
            class: "button button-plain",
            "aria-label": "Use {name}",
            disabled: is_busy,
            onclick: move |_| act(Command::OpenProfile { name: taken.clone() }),
            "Use"
        }
        button {
            class: "icon-button small-button",
            title: "Remove",
            "aria-label": "Remove {name}",
            onclick: move |_| desk::ask(Question {
                title: format!("Remove “{gone}”?"),
                text: "Its settings and the keys of its destinations go, and this cannot be undone. Export it first if you may want it back.".to_owned(),
                verb: "Remove profile".to_owned(),
                keep: "Keep it",
                can_undo: false,
                command: Command::RemoveProfile { name: gone.clone() },
            }),
            Icon { shape: lucide::TRASH, size: 16 }
        }
    }
}
