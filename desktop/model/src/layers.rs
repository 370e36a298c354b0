//! A scene's items as a list of rows, topmost first, with the members of a group below its head; and where a row may be put.

use crate::collection::Scene;
use crate::edit::Edit;
use crate::show::ItemId;

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The head of a group. The rows of its members follow if it is open.
    Group {
        name: String,
        is_open: bool,
    },
    Item {
        id: ItemId,
        group: Option<String>,
    },
}

/// What is moved within the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    Group(String),
    Items(Vec<ItemId>),
}

/// Which way a row goes by a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Up,
    Down,
}

/// The rows of a scene. The members of `closed` groups have none.
pub fn layers(scene: &Scene, closed: &[String]) -> Vec<Layer> {
    let mut rows = Vec::new();
    let mut last: Option<&str> = None;
    for item in scene.items.iter().rev() {
        let group = item.group.as_deref();
        let is_open = group.is_none_or(|name| !closed.iter().any(|closed| closed == name));
        if let Some(name) = group.filter(|_| group != last) {
            rows.push(Layer::Group { name: name.to_owned(), is_open });
        }
        if is_open {
            rows.push(Layer::Item { id: item.id, group: item.group.clone() });
        }
        last = group;
    }
    rows
}

/// What a row stands for.
pub fn moved(row: &Layer) -> Moved {
    match row {
        Layer::Group { name, .. } => Moved::Group(name.clone()),
        Layer::Item { id, .. } => Moved::Items(vec![*id]),
    }
}

/// The edit that puts something before row `gap` of the list; behind the last one if there is no such row.
///
/// Between two members of a group, and right below its head, an item joins the group. Below a group's last member it stays in
/// the group if it belongs to it, and outside if it does not.
pub fn put(scene: &Scene, rows: &[Layer], moved: Moved, gap: usize) -> Edit {
    let (before, after) = rows.split_at(gap.min(rows.len()));
    let ids: Vec<_> = match &moved {
        Moved::Group(name) => scene.members(name).map(|item| item.id).collect(),
        Moved::Items(ids) => ids.clone(),
    };
    let stays = |row: &&Layer| match row {
        Layer::Group { name, .. } => scene.members(name).any(|item| !ids.contains(&item.id)),
        Layer::Item { id, .. } => !ids.contains(id),
    };
    let (above, below) = (before.iter().rev().find(stays), after.iter().find(stays));
    let others = scene.items.iter().filter(|item| !ids.contains(&item.id));
    let to = below.map_or(0, |row| {
        let is_top = |item: &crate::show::Item| match row {
            Layer::Group { name, .. } => item.group.as_ref() == Some(name),
            Layer::Item { id, .. } => item.id == *id,
        };
        others.enumerate().filter(|(_, item)| is_top(item)).last().map_or(0, |(place, _)| place + 1)
    });
    let scene_name = scene.name.clone();
    match moved {
        Moved::Group(name) => Edit::MoveGroup { scene: scene_name, name, to },
        Moved::Items(ids) => {
            let below = below.and_then(group_of);
            let group = match above {
                Some(Layer::Group { name, is_open: true }) => Some(name.clone()),
                Some(Layer::Item { group: Some(name), .. }) => {
                    let is_own = ids.iter().all(|id| scene.item(*id).is_some_and(|i| i.group.as_ref() == Some(name)));
                    (below == Some(name.as_str()) || is_own).then(|| name.clone())
                }
                _ => None,
            };
            Edit::MoveItems { scene: scene_name, ids, to, group }
        }
    }
}

/// The edit that moves a row by one step; none at the end of the list. An item enters and leaves groups as it passes their edges.
pub fn step(scene: &Scene, rows: &[Layer], row: usize, step: Step) -> Option<Edit> {
    match rows.get(row)? {
        layer @ Layer::Group { name, .. } => {
            let is_own = |other: &Layer| group_of(other) == Some(name.as_str());
            let gap = match step {
                Step::Up => {
                    let above = rows.get(row.checked_sub(1)?)?;
                    match group_of(above) {
                        Some(group) => head_of(rows, group)?,
                        None => row - 1,
                    }
                }
                Step::Down => {
                    let next = (row + 1..rows.len()).find(|place| !rows.get(*place).is_some_and(is_own))?;
                    match rows.get(next)? {
                        Layer::Group { name, .. } => {
                            let inside = |other: &Layer| group_of(other) == Some(name.as_str());
                            (next + 1..rows.len()).find(|p| !rows.get(*p).is_some_and(inside)).unwrap_or(rows.len())
                        }
                        Layer::Item { .. } => next + 1,
                    }
                }
            };
            Some(put(scene, rows, moved(layer), gap))
        }
        Layer::Item { id, group } => {
            let stay = |group: Option<String>| {
                let to = scene.items.iter().position(|item| item.id == *id)?;
                Some(Edit::MoveItems { scene: scene.name.clone(), ids: vec![*id], to, group })
            };
            let next = rows.get(row + 1);
            let by_one = |gap| Some(put(scene, rows, Moved::Items(vec![*id]), gap));
            match (step, group) {
                (Step::Up, Some(own)) if head_of(rows, own) == row.checked_sub(1) => stay(None),
                (Step::Up, None) => match group_of(rows.get(row.checked_sub(1)?)?) {
                    Some(entered) => stay(Some(entered.to_owned())),
                    None => by_one(row - 1),
                },
                (Step::Up, Some(_)) => by_one(row.checked_sub(1)?),
                (Step::Down, Some(own)) if next.and_then(group_of) != Some(own.as_str()) => stay(None),
                (Step::Down, _) => match next? {
                    Layer::Group { name, is_open: true } => stay(Some(name.clone())),
                    _ => by_one(row + 2),
                },
            }
        }
    }
}

/// The group that a member's row belongs to.
fn group_of(row: &Layer) -> Option<&str> {
    match row {
        Layer::Item { group, .. } => group.as_deref(),
        Layer::Group { .. } => None,
    }
}

fn head_of(rows: &[Layer], group: &str) -> Option<usize> {
    rows.iter().position(|row| matches!(row, Layer::Group { name, .. } if name == group))
}
