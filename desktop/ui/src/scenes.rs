//! The scenes: which there are, which one is on air, and which one is edited.

use dioxus::prelude::*;
use klieg_studio_model::{Command, Edit};
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use crate::desk::{self, SELECTION};
use crate::dialog::Question;
use crate::menu::{Line, Menu};
use crate::name::NameField;
use crate::reorder::{self, use_reorder};
use crate::studio::{STUDIO, act, edit, edited, say};

#[derive(Clone, PartialEq)]
struct Listed {
    names: Vec<String>,
    on_air: String,
    preview: Option<String>,
    edited: String,
    is_live: bool,
}

#[component]
pub fn Scenes() -> Element {
    let listed = use_memo(|| {
        let studio = STUDIO.read();
        Listed {
            names: studio.collection.scenes.iter().map(|scene| scene.name.clone()).collect(),
            on_air: studio.on_air.clone(),
            preview: studio.preview.clone(),
            edited: edited(&studio),
            is_live: !studio.show.is_off(),
        }
    });
    let mut renaming = use_signal(|| None::<String>);
    let reorder = use_reorder();
    let list = listed();
    let rows = list.names.len();
    let names = list.names.clone();
    let add = move |_| {
        let (name, shows) = {
            let studio = STUDIO.peek();
            // Viewers would see nothing: it has nothing in it yet.
            (studio.collection.free_scene_name("Scene"), studio.show.is_off() || studio.preview.is_some())
        };
        edit(Edit::AddScene { name: name.clone() });
        if shows {
            act(Command::ShowScene { scene: name.clone() });
        } else {
            say("You are live, so the new scene is not shown. Switch studio mode on to fill it before it goes on air.");
        }
        renaming.set(Some(name));
    };
    rsx! {
        section { class: "list-panel scenes", "aria-labelledby": "scenes-title",
            header { class: "list-head",
                h2 { id: "scenes-title", "Scenes" }
                button { class: "icon-button small-button", title: "Add a scene", "aria-label": "Add a scene", onclick: add,
                    Icon { shape: lucide::PLUS, size: 18 }
                }
            }
            ul {
                class: "rows",
                onpointermove: move |event| reorder.drag(&event, rows),
                onpointerup: move |_| {
                    if let Some((from, to)) = reorder.release() && let Some(scene) = names.get(from) {
                        edit(Edit::MoveScene { scene: scene.clone(), to });
                    }
                },
                for (row , name) in list.names.iter().enumerate() {
                    SceneRow {
                        key: "{name}",
                        name: name.clone(),
                        row,
                        rows,
                        on_air: *name == list.on_air,
                        live: list.is_live,
                        in_preview: list.preview.as_ref() == Some(name),
                        current: *name == list.edited,
                        renaming,
                        reorder,
                    }
                }
            }
        }
    }
}

#[component]
fn SceneRow(
    name: String,
    row: usize,
    rows: usize,
    on_air: bool,
    live: bool,
    in_preview: bool,
    current: bool,
    renaming: Signal<Option<String>>,
    reorder: reorder::Reorder,
) -> Element {
    let mut renaming = renaming;
    let is_renamed = renaming().as_ref() == Some(&name);
    let lines = vec![
        Line::new("rename", "Rename").icon(lucide::PENCIL),
        Line::new("duplicate", "Duplicate").icon(lucide::COPY),
        Line::new("up", "Move up").icon(lucide::ARROW_UP).disabled(row == 0),
        Line::new("down", "Move down").icon(lucide::ARROW_DOWN).disabled(row + 1 == rows),
        Line::new("remove", "Remove").icon(lucide::TRASH).danger().disabled(rows == 1),
    ];
    let scene = name.clone();
    let chosen = move |choice: String| match choice.as_str() {
        "rename" => renaming.set(Some(scene.clone())),
        "duplicate" => {
            let name = STUDIO.peek().collection.free_scene_name(&scene);
            edit(Edit::DuplicateScene { scene: scene.clone(), name });
        }
        "up" => edit(Edit::MoveScene { scene: scene.clone(), to: row.saturating_sub(1) }),
        "down" => edit(Edit::MoveScene { scene: scene.clone(), to: row + 1 }),
        _ => remove(&scene),
    };
    let scene = name.clone();
    let show = move |_| {
        SELECTION.write().clear();
        act(Command::ShowScene { scene: scene.clone() });
    };
    let scene = name.clone();
    let keys = move |event: KeyboardEvent| {
        if let Some(to) = reorder::by_key(&event, row, rows) {
            event.prevent_default();
            edit(Edit::MoveScene { scene: scene.clone(), to });
            return;
        }
        match event.key() {
            Key::F2 => renaming.set(Some(scene.clone())),
            Key::Delete if rows > 1 => remove(&scene),
            _ => {}
        }
    };
    let old = name.clone();
    let renamed = move |name: String| {
        renaming.set(None);
        if name != old {
            edit(Edit::RenameScene { scene: old.clone(), name });
        }
    };
    let scene = name.clone();
    let current_class = if current { " current" } else { "" };
    rsx! {
        li {
            class: "row{current_class}{reorder.class(row)}",
            onpointerdown: move |event| reorder.press(&event, row),
            if is_renamed {
                NameField { label: "Name of the scene", name: name.clone(), ondone: renamed }
            } else {
                button {
                    class: "row-main",
                    "aria-current": if current { "true" },
                    title: "{name}: click to show, double-click to rename, Alt and the arrow keys to move",
                    onclick: show,
                    ondoubleclick: move |_| renaming.set(Some(scene.clone())),
                    onkeydown: keys,
                    span { class: "row-name", "{name}" }
                    if on_air && live {
                        span { class: "mark mark-live", "On air" }
                    } else if on_air {
                        span { class: "mark", "Programme" }
                    } else if in_preview {
                        span { class: "mark", "Preview" }
                    }
                }
                Menu { label: "More for {name}", lines, onchoose: chosen, Icon { shape: lucide::ELLIPSIS, size: 16 } }
            }
        }
    }
}

/// Asks whether a scene goes.
fn remove(scene: &str) {
    let (items, stays) = {
        let collection = &STUDIO.peek().collection;
        let items = collection.scene(scene).map(|scene| scene.items.as_slice()).unwrap_or_default();
        (items.len(), items.iter().any(|item| collection.is_everywhere(&item.source)))
    };
    let text = if items == 0 {
        "There is nothing in it. Undo brings it back.".to_owned()
    } else {
        let what = klieg_studio_model::figures::counted(items as u64, "item");
        let but = if stays { ", but for what is heard in every scene" } else { "" };
        format!(
            "The scene and its {what} go, and the sources that stand in no other scene{but}. Undo brings all of it back."
        )
    };
    desk::ask(Question {
        title: format!("Remove “{scene}”?"),
        text,
        verb: "Remove scene".to_owned(),
        keep: "Keep it",
        can_undo: true,
        command: Command::Edit { edit: Edit::RemoveScene { scene: scene.to_owned() }, gesture: None },
    });
}
