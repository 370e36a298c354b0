//! Scene collections: which there are, and moving them between computers.

use dioxus::prelude::*;
use klieg_studio_model::{Command, Edit, figures};
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use super::moving;
use crate::bridge::{self, Pick};
use crate::desk;
use crate::dialog::Question;
use crate::name::NameField;
use crate::studio::{STUDIO, act, edit};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Naming {
    New,
    Open,
    /// A copy of this one.
    Copy(String),
}

/// `NAME copy`, or the first of `NAME copy 2`, `NAME copy 3` ... that no collection has.
fn copy_name(name: &str) -> String {
    let studio = STUDIO.read();
    let numbered = (2..).map(|number: u32| format!("{name} copy {number}"));
    let mut names = std::iter::once(format!("{name} copy")).chain(numbered);
    names.find(|name| !studio.collections.contains(name)).unwrap_or_default()
}

#[component]
pub fn Collections() -> Element {
    let names = use_memo(|| STUDIO.read().collections.clone());
    let now = use_memo(|| STUDIO.read().collection.name.clone());
    let size = use_memo(|| {
        let collection = &STUDIO.read().collection;
        let scenes = figures::counted(collection.scenes.len() as u64, "scene");
        format!("{scenes}, {}", figures::counted(collection.sources.len() as u64, "source"))
    });
    let is_live = use_memo(|| !STUDIO.read().show.is_off());
    let mut naming = use_signal(|| None::<Naming>);
    let import = move |_| {
        moving::import(Pick::Collection, |text| Command::ImportCollection { text }, "The collection is imported.");
    };
    let export = move |_| moving::export("collection", bridge::export_collection());
    let added = naming().and_then(|kind| {
        let suggested = match &kind {
            Naming::New => "New show".to_owned(),
            Naming::Copy(of) => copy_name(of),
            Naming::Open => return None,
        };
        Some((kind, suggested))
    });
    rsx! {
        h3 { "Collections" }
        p { class: "lead", "A collection holds scenes, sources, filters and the transition: one for each kind of show you make. Stream keys are never in it. The addresses of its web pages are, with any key that they hold: look at them before you share what you export." }
        if is_live() {
            p { class: "soft small", "Another collection can be opened when the show is over." }
        }
        ul { class: "cards",
            for name in names() {
                li { class: "card collection", key: "{name}",
                    if name == now() && naming() == Some(Naming::Open) {
                        NameField {
                            label: "Name of the collection",
                            name: name.clone(),
                            ondone: move |new: String| {
                                naming.set(None);
                                if new != now() {
                                    edit(Edit::Rename { name: new });
                                }
                            },
                        }
                    } else {
                        div { class: "destination-words",
                            strong { class: "row-name", "{name}" }
                            if name == now() {
                                p { class: "soft small", "Open: {size}" }
                            }
                        }
                    }
                    if name == now() {
                        button { class: "icon-button small-button", title: "Rename", "aria-label": "Rename {name}", onclick: move |_| naming.set(Some(Naming::Open)),
                            Icon { shape: lucide::PENCIL, size: 16 }
                        }
                        button { class: "icon-button small-button", title: "Duplicate", "aria-label": "Duplicate {name}", onclick: move |_| naming.set(Some(Naming::Copy(now()))),
                            Icon { shape: lucide::COPY, size: 16 }
                        }
                    } else {
                        Other {
                            name: name.clone(),
                            is_live: is_live(),
                            oncopy: move |()| naming.set(Some(Naming::Copy(name.clone()))),
                        }
                    }
                }
            }
            if let Some((kind, suggested)) = added {
                li { class: "card collection",
                    NameField {
                        key: "{suggested}",
                        label: if kind == Naming::New { "Name of the new collection" } else { "Name of the copy" },
                        name: suggested.clone(),
                        ondone: move |name: String| {
                            naming.set(None);
                            act(match kind.clone() {
                                Naming::Copy(collection) => Command::DuplicateCollection { collection, name },
                                _ => Command::NewCollection { name },
                            });
                        },
                        oncancel: move |()| naming.set(None),
                    }
                }
            }
        }
        div { class: "actions",
            button { class: "button button-plain", disabled: is_live(), onclick: move |_| naming.set(Some(Naming::New)),
                Icon { shape: lucide::PLUS, size: 18 }
                "New"
            }
            button { class: "button button-plain", onclick: import,
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

/// What can be done with a collection that is not open.
#[component]
fn Other(name: String, is_live: bool, oncopy: EventHandler<()>) -> Element {
    let opened = name.clone();
    let gone = name.clone();
    rsx! {
        button {
            class: "button button-plain",
            "aria-label": "Open {name}",
            disabled: is_live,
            onclick: move |_| act(Command::OpenCollection { name: opened.clone(), sources_off: false }),
            "Open"
        }
        button { class: "icon-button small-button", title: "Duplicate", "aria-label": "Duplicate {name}", onclick: move |_| oncopy.call(()),
            Icon { shape: lucide::COPY, size: 16 }
        }
        button {
            class: "icon-button small-button",
            title: "Remove",
            "aria-label": "Remove {name}",
            onclick: move |_| desk::ask(Question {
                title: format!("Remove “{gone}”?"),
                text: "All its scenes and sources go, and this cannot be undone. Export it first if you may want it back.".to_owned(),
                verb: "Remove collection".to_owned(),
                keep: "Keep it",
                can_undo: false,
                command: Command::RemoveCollection { name: gone.clone() },
            }),
            Icon { shape: lucide::TRASH, size: 16 }
        }
    }
}
