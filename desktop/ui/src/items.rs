//! What the edited scene is made of, topmost first.

mod head;
mod toggles;

use dioxus::prelude::*;
use klieg_studio_model::layers::{Layer, Moved, Step, layers, moved, put, step};
use klieg_studio_model::{Command, Edit, Group, Item, ItemId, Scene, Source, SourceState, Studio};
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use self::head::HeadRow;
use self::toggles::Toggles;
use crate::desk::{self, Open, SELECTION};
use crate::keys;
use crate::menu::{Line, Menu};
use crate::name::NameField;
use crate::remove;
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
    /// The group whose member it is.
    group: Option<String>,
    /// Whether its group hides it.
    is_covered: bool,
    trouble: Option<String>,
    is_off: bool,
}

/// One row: a group's head, or an item.
#[derive(Clone, PartialEq)]
enum Row {
    Head { group: Group, is_open: bool, members: Vec<ItemId> },
    Item(Listed),
}

/// The groups whose members have no rows now, with the scene that each belongs to.
static CLOSED: GlobalSignal<Vec<(String, String)>> = Signal::global(Vec::new);

fn rows(scene: &Scene) -> Vec<Layer> {
    let closed = CLOSED.read();
    let of_scene = closed.iter().filter(|(name, _)| *name == scene.name);
    layers(scene, &of_scene.map(|(_, group)| group.clone()).collect::<Vec<_>>())
}

fn listed() -> Vec<Row> {
    let studio = STUDIO.read();
    let collection = &studio.collection;
    let Some(scene) = collection.scene(&edited(&studio)) else { return Vec::new() };
    let row = |layer: Layer| match layer {
        Layer::Group { name, is_open } => {
            let members = scene.members(&name).map(|item| item.id).collect();
            Some(Row::Head { group: scene.group(&name)?.clone(), is_open, members })
        }
        Layer::Item { id, group } => {
            let item = scene.item(id)?;
            let source = collection.source(&item.source);
            let (kind, shape) = source.map_or(("Source", lucide::LAYERS), words::kind);
            Some(Row::Item(Listed {
                id,
                source: item.source.clone(),
                kind,
                shape,
                has_picture: source.is_some_and(Source::has_picture),
                has_sound: source.is_some_and(Source::has_sound),
                hidden: item.hidden,
                locked: item.locked,
                group,
                is_covered: scene.is_hidden(item) && !item.hidden,
                trouble: trouble(&studio, &item.source),
                is_off: studio.sources.get(&item.source) == Some(&SourceState::Off),
            }))
        }
    };
    rows(scene).into_iter().filter_map(row).collect()
}

/// What is wrong with a source or its filters, if anything.
fn trouble(studio: &Studio, source: &str) -> Option<String> {
    let of_source = studio.sources.get(source).and_then(words::source_trouble);
    let problem = || studio.looks.get(source)?.first().map(|problem| format!("A filter does nothing: {problem}."));
    of_source.or_else(problem)
}

/// The item itself, and its scene.
fn found(id: ItemId) -> Option<(String, Item)> {
    let studio = STUDIO.peek();
    let scene = edited(&studio);
    let item = studio.collection.scene(&scene)?.item(id)?.clone();
    Some((scene, item))
}

fn change(id: ItemId, with: impl FnOnce(&mut Item)) {
    if let Some((scene, mut item)) = found(id) {
        with(&mut item);
        edit(Edit::SetItem { scene, item });
    }
}

fn change_group(group: &Group, with: impl FnOnce(&mut Group)) {
    let (scene, name, mut group) = (edited(&STUDIO.peek()), group.name.clone(), group.clone());
    with(&mut group);
    edit(Edit::SetGroup { scene, name, group });
}

/// Makes an edit of the edited scene and its rows, if there is one to make.
fn arrange(with: impl FnOnce(&Scene, &[Layer]) -> Option<Edit>) {
    let studio = STUDIO.peek();
    let Some(scene) = studio.collection.scene(&edited(&studio)) else { return };
    if let Some(change) = with(scene, &rows(scene)) {
        edit(change);
    }
}

fn step_row(row: usize, way: Step) {
    arrange(|scene, rows| step(scene, rows, row, way));
}

/// Puts a row, and with it all that is selected if it is, where it was dropped.
fn drop_row(from: usize, to: usize) {
    let gap = if to > from { to + 1 } else { to };
    arrange(|scene, rows| {
        let what = match moved(rows.get(from)?) {
            Moved::Items(ids) if ids.iter().all(|id| SELECTION.peek().contains(id)) => {
                Moved::Items(SELECTION.peek().iter().filter(|id| scene.item(**id).is_some()).copied().collect())
            }
            what => what,
        };
        Some(put(scene, rows, what, gap))
    });
}

/// Selects all rows from the one that was selected last to this one.
fn select_to(id: ItemId) {
    let last = SELECTION.peek().last().copied();
    let ids: Vec<_> = listed()
        .into_iter()
        .filter_map(|row| match row {
            Row::Item(item) => Some(item.id),
            Row::Head { .. } => None,
        })
        .collect();
    let place = |id: ItemId| ids.iter().position(|known| *known == id);
    let (Some(from), Some(to)) = (last.and_then(place), place(id)) else { return desk::select(id, false) };
    // The last one stays the last, so that the range can be changed.
    let mut range = ids.get(from.min(to)..=from.max(to)).unwrap_or_default().to_vec();
    range.retain(|id| Some(*id) != last);
    range.extend(last);
    desk::select_all(&range, false);
}

#[component]
pub fn Items() -> Element {
    let list = use_memo(listed);
    let scene = use_memo(|| edited(&STUDIO.read()));
    let existing = use_memo(|| {
        let studio = STUDIO.read();
        studio.collection.sources.iter().map(|s| (s.name().to_owned(), words::kind(s).1)).collect::<Vec<_>>()
    });
    let renaming = use_signal(|| None::<String>);
    let reorder = use_reorder();
    let are_off = use_memo(|| STUDIO.read().sources.values().any(|state| *state == SourceState::Off));
    let rows = list.read().len();
    let kinds = use_memo(|| words::kinds(&STUDIO.read().devices));
    let mut lines: Vec<_> =
        kinds().into_iter().map(|(key, name, shape, hint)| Line::new(key, name).icon(shape).hint(hint)).collect();
    lines.extend(
        existing().into_iter().map(|(name, shape)| {
            Line::new(format!("again:{name}"), name).icon(shape).hint("Already in this collection")
        }),
    );
    rsx! {
        section { class: "list-panel items", "aria-labelledby": "items-title",
            header { class: "list-head",
                h2 { id: "items-title", title: "What “{scene}” is made of, topmost first", "Sources" }
                Menu { label: "Add a source", lines, onchoose: |choice: String| add::chosen(&choice), Icon { shape: lucide::PLUS, size: 18 } }
            }
            if are_off() {
                div { class: "list-note",
                    span { class: "soft small", "Sources are off." }
                    button { class: "text-button", onclick: |_| act(Command::StartSources),
                        Icon { shape: lucide::PLAY, size: 16 }
                        "Start all"
                    }
                }
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
                    if let Some((from, to)) = reorder.release() {
                        drop_row(from, to);
                    }
                },
                for (place , row) in list().into_iter().enumerate() {
                    match row {
                        Row::Head { group, is_open, members } => rsx! {
                            HeadRow { key: "group-{group.name}", group, is_open, members, row: place, rows, renaming, reorder }
                        },
                        Row::Item(item) => rsx! {
                            ItemRow { key: "{item.id}", item, row: place, rows, renaming, reorder }
                        },
                    }
                }
            }
        }
    }
}

#[component]
fn ItemRow(item: Listed, row: usize, rows: usize, renaming: Signal<Option<String>>, reorder: Reorder) -> Element {
    let mut renaming = renaming;
    let (id, name) = (item.id, item.source.clone());
    let is_selected = SELECTION.read().contains(&id);
    let mut lines = vec![Line::new("settings", "Settings").icon(lucide::SETTINGS_2)];
    if item.is_off {
        lines.insert(0, Line::new("start", "Start").icon(lucide::PLAY));
    }
    if item.has_picture || item.has_sound {
        lines.push(Line::new("filters", "Filters").icon(lucide::WAND_SPARKLES));
    }
    lines.extend([
        Line::new("rename", "Rename").icon(lucide::PENCIL),
        Line::new("duplicate", "Duplicate").icon(lucide::COPY),
        Line::new("up", "Move up").icon(lucide::ARROW_UP).disabled(row == 0),
        Line::new("down", "Move down").icon(lucide::ARROW_DOWN).disabled(row + 1 == rows && item.group.is_none()),
    ]);
    if SELECTION.read().len() > 1 && is_selected {
        lines.push(Line::new("group", "Group what is selected").icon(lucide::GROUP).hint("Ctrl+G"));
    }
    if item.group.is_some() {
        lines.push(Line::new("out", "Take out of the group").icon(lucide::UNGROUP));
    }
    lines.push(Line::new("remove", "Remove from this scene").icon(lucide::TRASH).danger());
    let source = name.clone();
    let chosen = move |choice: String| match choice.as_str() {
        "start" => act(Command::RestartSource { source: source.clone() }),
        "settings" => desk::open(Open::Source(source.clone())),
        "filters" => desk::open(Open::Filters(source.clone())),
        "rename" => renaming.set(Some(id.to_string())),
        "duplicate" => {
            if let Some((scene, _)) = found(id) {
                edit(Edit::DuplicateItems { scene, ids: vec![id] });
            }
        }
        "up" => step_row(row, Step::Up),
        "down" => step_row(row, Step::Down),
        "group" => keys::group(&STUDIO.peek().clone()),
        "out" => arrange(|scene, _| {
            // Above the group, so that the others need not move.
            let group = scene.item(id)?.group.clone()?;
            let others = scene.items.iter().filter(|item| item.id != id);
            let to =
                others.enumerate().filter(|(_, i)| i.group.as_ref() == Some(&group)).last().map_or(0, |(p, _)| p + 1);
            Some(Edit::MoveItems { scene: scene.name.clone(), ids: vec![id], to, group: None })
        }),
        _ => remove::ask(vec![id]),
    };
    let source = name.clone();
    let pressed = move |event: KeyboardEvent| {
        if let Some(way) = reorder::way(&event) {
            event.prevent_default();
            step_row(row, way);
            return;
        }
        match event.key() {
            Key::F2 => renaming.set(Some(id.to_string())),
            Key::Delete => remove::ask(vec![id]),
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
            edit(Edit::SetSource { name: old.clone(), source: source.renamed(&new) });
        }
    };
    let class = format!(
        "row{}{}{}{}",
        if item.group.is_some() { " member" } else { "" },
        if is_selected { " current" } else { "" },
        if item.hidden || item.is_covered { " hidden-item" } else { "" },
        reorder.class(row)
    );
    rsx! {
        li { class, onpointerdown: move |event| reorder.press(&event, row),
            if renaming() == Some(id.to_string()) {
                NameField { label: "Name of the source", name: name.clone(), ondone: renamed }
            } else {
                button {
                    class: "row-main",
                    "aria-pressed": "{is_selected}",
                    title: "{name} ({item.kind}): click to select, double-click to rename, Enter for settings, Alt and the arrow keys to move",
                    onclick: move |event| {
                        if event.modifiers().shift() {
                            select_to(id);
                        } else {
                            desk::select(id, event.modifiers().ctrl() || event.modifiers().meta());
                        }
                    },
                    ondoubleclick: move |_| renaming.set(Some(id.to_string())),
                    onkeydown: pressed,
                    Icon { shape: item.shape, size: 16 }
                    span { class: "row-name", "{name}" }
                    if let Some(trouble) = item.trouble {
                        span { class: "row-trouble", title: "{trouble}",
                            Icon { shape: lucide::TRIANGLE_ALERT, size: 16 }
                            span { class: "visually-hidden", "{trouble}" }
                        }
                    }
                }
                Toggles {
                    name: name.clone(),
                    locked: item.locked,
                    hidden: item.hidden,
                    onlock: move |()| change(id, |item| item.locked = !item.locked),
                    onhide: move |()| change(id, |item| item.hidden = !item.hidden),
                }
                Menu { label: "More for {name}", lines, onchoose: chosen, Icon { shape: lucide::ELLIPSIS, size: 16 } }
            }
        }
    }
}
