//! The head of a group in the list of a scene's items: it opens and closes the group, and stands for all of its members.

use dioxus::prelude::*;
use klieg_studio_model::layers::Step;
use klieg_studio_model::{Edit, Group, ItemId};
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use super::toggles::Toggles;
use super::{CLOSED, change_group, step_row};
use crate::desk::{self, SELECTION};
use crate::menu::{Line, Menu};
use crate::name::NameField;
use crate::remove;
use crate::reorder::{self, Reorder};
use crate::studio::{STUDIO, edit, edited};

fn open(group: &str, is_open: bool) {
    let scene = edited(&STUDIO.peek());
    let mut closed = CLOSED.write();
    closed.retain(|(known, name)| *known != scene || name != group);
    if !is_open {
        closed.push((scene, group.to_owned()));
    }
}

/// Asks for an edit of the group's scene.
fn ask(with: impl FnOnce(String) -> Edit) {
    edit(with(edited(&STUDIO.peek())));
}

#[component]
pub fn HeadRow(
    group: Group,
    is_open: bool,
    members: Vec<ItemId>,
    row: usize,
    rows: usize,
    renaming: Signal<Option<String>>,
    reorder: Reorder,
) -> Element {
    let mut renaming = renaming;
    let (name, count) = (group.name.clone(), members.len());
    let key = format!("group {name}");
    let is_selected = members.iter().all(|id| SELECTION.read().contains(id));
    let is_last = if is_open { row + count + 1 == rows } else { row + 1 == rows };
    let lines = vec![
        Line::new("rename", "Rename").icon(lucide::PENCIL),
        Line::new("duplicate", "Duplicate").icon(lucide::COPY),
        Line::new("up", "Move up").icon(lucide::ARROW_UP).disabled(row == 0),
        Line::new("down", "Move down").icon(lucide::ARROW_DOWN).disabled(is_last),
        Line::new("ungroup", "Ungroup").icon(lucide::UNGROUP).hint("Its items stay where they are"),
        Line::new("remove", "Remove from this scene").icon(lucide::TRASH).danger(),
    ];
    let (of_menu, all, start) = (name.clone(), members.clone(), key.clone());
    let chosen = move |choice: String| match choice.as_str() {
        "rename" => renaming.set(Some(start.clone())),
        "duplicate" => ask(|scene| Edit::DuplicateItems { scene, ids: all.clone() }),
        "up" => step_row(row, Step::Up),
        "down" => step_row(row, Step::Down),
        "ungroup" => ask(|scene| Edit::Ungroup { scene, name: of_menu.clone() }),
        _ => remove::ask(all.clone()),
    };
    let (of_keys, all, start) = (name.clone(), members.clone(), key.clone());
    let pressed = move |event: KeyboardEvent| {
        if let Some(way) = reorder::way(&event) {
            event.prevent_default();
            step_row(row, way);
            return;
        }
        match event.key() {
            Key::F2 => renaming.set(Some(start.clone())),
            Key::Delete => remove::ask(all.clone()),
            Key::ArrowRight => open(&of_keys, true),
            Key::ArrowLeft => open(&of_keys, false),
            _ => {}
        }
    };
    let known = group.clone();
    let renamed = move |new: String| {
        renaming.set(None);
        if new != known.name {
            change_group(&known, |group| group.name = new);
        }
    };
    let (for_lock, for_eye, for_fold, of_start) = (group.clone(), group.clone(), name.clone(), key.clone());
    let fold = if is_open { "Close" } else { "Open" };
    let class = format!(
        "row head{}{}{}",
        if is_selected { " current" } else { "" },
        if group.hidden { " hidden-item" } else { "" },
        reorder.class(row)
    );
    rsx! {
        li { class, onpointerdown: move |event| reorder.press(&event, row),
            if renaming() == Some(key.clone()) {
                NameField { label: "Name of the group", name: name.clone(), ondone: renamed }
            } else {
                button {
                    class: "icon-button small-button fold",
                    title: "{fold} the group",
                    "aria-label": "{fold} {name}",
                    "aria-expanded": "{is_open}",
                    onclick: move |_| open(&for_fold, !is_open),
                    Icon { shape: if is_open { lucide::CHEVRON_DOWN } else { lucide::CHEVRON_RIGHT }, size: 16 }
                }
                button {
                    class: "row-main",
                    "aria-pressed": "{is_selected}",
                    title: "{name}: click to select all of it, double-click to rename, the left and right arrow keys close and open it, Alt and the arrow keys move it",
                    onclick: move |event| {
                        let keys = event.modifiers();
                        desk::select_all(&members, keys.ctrl() || keys.meta() || keys.shift());
                    },
                    ondoubleclick: move |_| renaming.set(Some(of_start.clone())),
                    onkeydown: pressed,
                    span { class: "row-name", "{name}" }
                    span { class: "row-count", "aria-label": "{count} items", "{count}" }
                }
                Toggles {
                    name: name.clone(),
                    locked: group.locked,
                    hidden: group.hidden,
                    onlock: move |()| change_group(&for_lock, |group| group.locked = !group.locked),
                    onhide: move |()| change_group(&for_eye, |group| group.hidden = !group.hidden),
                }
                Menu { label: "More for {name}", lines, onchoose: chosen, Icon { shape: lucide::ELLIPSIS, size: 16 } }
            }
        }
    }
}
