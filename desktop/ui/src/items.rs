//! What the edited scene is made of, topmost first.

use dioxus::prelude::*;
use klieg_studio_model::{Command, Edit, Item, Source};
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use crate::desk::{self, Open, SELECTION};
use crate::dialog::Question;
use crate::menu::{Line, Menu};
use crate::name::NameField;
use crate::reorder::{self, Reorder, use_reorder};
use crate::source::add;
use crate::studio::{STUDIO, act, edit, edited};
use crate::words::{self, Shape};

/// What a row shows of an item; it stays equal while the item is dragged over the canvas.
#[derive(Clone, PartialEq)]
struct Listed {
    id: u32,
    source: String,
    kind: &'static str,
    shape: Shape,
    has_picture: bool,
    has_sound: bool,
    hidden: bool,
    locked: bool,
    trouble: Option<String>,
    /// In how many places of the collection it stands.
    uses: usize,
}

fn listed() -> Vec<Listed> {
    let studio = STUDIO.read();
    let collection = &studio.collection;
    let items = collection.scene(&edited(&studio)).map(|scene| scene.items.as_slice()).unwrap_or_default();
    let all = || collection.scenes.iter().flat_map(|scene| &scene.items);
    let row = |item: &Item| {
        let source = collection.source(&item.source);
        let (kind, shape) = source.map_or(("Source", lucide::LAYERS), words::kind);
        Listed {
            id: item.id,
            source: item.source.clone(),
            kind,
            shape,
            has_picture: source.is_some_and(Source::has_picture),
            has_sound: source.is_some_and(Source::has_sound),
            hidden: item.hidden,
            locked: item.locked,
            trouble: studio.sources.get(&item.source).and_then(words::source_trouble),
            uses: all().filter(|other| other.source == item.source).count(),
        }
    };
    items.iter().rev().map(row).collect()
}

/// The item itself, and its scene.
fn found(id: u32) -> Option<(String, Item)> {
    let studio = STUDIO.peek();
    let scene = edited(&studio);
    let item = studio.collection.scene(&scene)?.item(id)?.clone();
    Some((scene, item))
}

fn change(id: u32, with: impl FnOnce(&mut Item)) {
    if let Some((scene, mut item)) = found(id) {
        with(&mut item);
        edit(Edit::SetItem { scene, item });
    }
}

/// `to` is counted from the top.
fn move_to(id: u32, to: usize, rows: usize) {
    if let Some((scene, _)) = found(id) {
        edit(Edit::MoveItem { scene, id, to: rows.saturating_sub(1 + to) });
    }
}

#[component]
pub fn Items() -> Element {
    let list = use_memo(listed);
    let scene = use_memo(|| edited(&STUDIO.read()));
    let existing = use_memo(|| {
        let studio = STUDIO.read();
        studio.collection.sources.iter().map(|s| (s.name().to_owned(), words::kind(s).1)).collect::<Vec<_>>()
    });
    let renaming = use_signal(|| None::<u32>);
    let reorder = use_reorder();
    let rows = list.read().len();
    let mut lines: Vec<_> =
        words::KINDS.iter().map(|(key, name, shape, hint)| Line::new(*key, *name).icon(shape).hint(*hint)).collect();
    lines.extend(
        existing().into_iter().map(|(name, shape)| {
            Line::new(format!("again:{name}"), name).icon(shape).hint("Already in this collection")
        }),
    );
    rsx! {
        section { class: "list-panel items", "aria-labelledby": "items-title",
            header { class: "list-head",
                h2 { id: "items-title", title: "What “{scene}” is made of, topmost first", "Sources" }
                Menu { label: "Add a source", lines, onchoose: add::chosen, Icon { shape: lucide::PLUS, size: 18 } }
            }
            if rows == 0 {
                div { class: "list-empty",
                    p { "“{scene}” shows nothing yet. Add a camera, your screen or a picture with the plus above." }
                }
            }
            ul {
                class: "rows",
                onpointermove: move |event| reorder.drag(&event, rows),
                onpointerup: move |_| {
                    if let Some((from, to)) = reorder.release() && let Some(item) = list.peek().get(from) {
                        move_to(item.id, to, rows);
                    }
                },
                for (row , item) in list().into_iter().enumerate() {
                    ItemRow { key: "{item.id}", item, row, rows, renaming, reorder }
                }
            }
        }
    }
}

#[component]
fn ItemRow(item: Listed, row: usize, rows: usize, renaming: Signal<Option<u32>>, reorder: Reorder) -> Element {
    let mut renaming = renaming;
    let (id, name) = (item.id, item.source.clone());
    let is_selected = SELECTION.read().contains(&id);
    let mut lines = vec![Line::new("settings", "Settings").icon(lucide::SETTINGS_2)];
    if item.has_picture || item.has_sound {
        lines.push(Line::new("filters", "Filters").icon(lucide::WAND_SPARKLES));
    }
    lines.extend([
        Line::new("rename", "Rename").icon(lucide::PENCIL),
        Line::new("duplicate", "Duplicate").icon(lucide::COPY),
        Line::new("up", "Move up").icon(lucide::ARROW_UP).disabled(row == 0),
        Line::new("down", "Move down").icon(lucide::ARROW_DOWN).disabled(row + 1 == rows),
        Line::new("remove", "Remove from this scene").icon(lucide::TRASH).danger(),
    ]);
    let source = name.clone();
    let chosen = move |choice: String| match choice.as_str() {
        "settings" => desk::open(Open::Source(source.clone())),
        "filters" => desk::open(Open::Filters(source.clone())),
        "rename" => renaming.set(Some(id)),
        "duplicate" => {
            if let Some((scene, _)) = found(id) {
                edit(Edit::DuplicateItem { scene, id });
            }
        }
        "up" => move_to(id, row.saturating_sub(1), rows),
        "down" => move_to(id, row + 1, rows),
        _ => remove(id),
    };
    let source = name.clone();
    let keys = move |event: KeyboardEvent| {
        if let Some(to) = reorder::by_key(&event, row, rows) {
            event.prevent_default();
            move_to(id, to, rows);
            return;
        }
        match event.key() {
            Key::F2 => renaming.set(Some(id)),
            Key::Delete => remove(id),
            Key::Enter => {
                event.prevent_default();
                desk::open(Open::Source(source.clone()));
            }
            _ => {}
        }
    };
    let old = name.clone();
    let renamed = move |new: String| {
        renaming.set(None);
        if new != old
            && let Some(source) = STUDIO.peek().collection.source(&old).cloned()
        {
            edit(Edit::SetSource { name: old.clone(), source: crate::source::renamed(source, new) });
        }
    };
    let hide = if item.hidden { "Show" } else { "Hide" };
    let lock = if item.locked { "Unlock" } else { "Lock in place" };
    let class = format!(
        "row{}{}{}",
        if is_selected { " current" } else { "" },
        if item.hidden { " hidden-item" } else { "" },
        reorder.class(row)
    );
    rsx! {
        li { class, onpointerdown: move |event| reorder.press(&event, row),
            if renaming() == Some(id) {
                NameField { label: "Name of the source", name: name.clone(), ondone: renamed }
            } else {
                button {
                    class: "row-main",
                    "aria-pressed": "{is_selected}",
                    title: "{name} ({item.kind}): click to select, double-click to rename, Enter for settings, Alt and the arrow keys to move",
                    onclick: move |event| desk::select(id, event.modifiers().ctrl() || event.modifiers().meta()),
                    ondoubleclick: move |_| renaming.set(Some(id)),
                    onkeydown: keys,
                    Icon { shape: item.shape, size: 16 }
                    span { class: "row-name", "{name}" }
                    if let Some(trouble) = item.trouble {
                        span { class: "row-trouble", title: "{trouble}",
                            Icon { shape: lucide::TRIANGLE_ALERT, size: 16 }
                            span { class: "visually-hidden", "{trouble}" }
                        }
                    }
                }
                button {
                    class: if item.locked { "icon-button small-button" } else { "icon-button small-button on-hover" },
                    title: "{lock}",
                    "aria-label": "{lock}: {name}",
                    "aria-pressed": "{item.locked}",
                    onclick: move |_| change(id, |item| item.locked = !item.locked),
                    Icon { shape: if item.locked { lucide::LOCK } else { lucide::LOCK_OPEN }, size: 16 }
                }
                button {
                    class: if item.hidden { "icon-button small-button" } else { "icon-button small-button on-hover" },
                    title: "{hide}",
                    "aria-label": "{hide}: {name}",
                    "aria-pressed": "{item.hidden}",
                    onclick: move |_| change(id, |item| item.hidden = !item.hidden),
                    Icon { shape: if item.hidden { lucide::EYE_OFF } else { lucide::EYE }, size: 16 }
                }
                Menu { label: "More for {name}", lines, onchoose: chosen, Icon { shape: lucide::ELLIPSIS, size: 16 } }
            }
        }
    }
}

/// Takes an item out of the scene, and its source out of the collection if it stands nowhere else; that asks first.
fn remove(id: u32) {
    let Some((scene, item)) = found(id) else { return };
    let uses =
        STUDIO.peek().collection.scenes.iter().flat_map(|s| &s.items).filter(|i| i.source == item.source).count();
    if uses > 1 {
        act(Command::Edit { edit: Edit::RemoveItem { scene, id }, gesture: None });
        return;
    }
    desk::open(Open::Question(Question {
        title: format!("Remove “{}”?", item.source),
        text: "It stands nowhere else, so its settings and filters go with it. Undo brings it back.".to_owned(),
        verb: "Remove source".to_owned(),
        command: Command::Edit { edit: Edit::RemoveSource { name: item.source }, gesture: None },
    }));
}
