//! Changes to a collection, each checked before it is made: after any of them the collection is whole.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::check::{Problem, item_problems, look_problems, source_problems, strip_problems, transition_problems};
use crate::collection::{Collection, Scene};
use crate::group::Group;
use crate::look::PictureFilter;
use crate::show::{Canvas, Item, ItemId};
use crate::sound::Strip;
use crate::source::Source;
use crate::transition::Transition;

/// One change that can be undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// A new source, which also becomes an item of `scene`: over the whole canvas, or smaller where something fills that already. The
    /// item takes the shape of the source's picture once that is known, until somebody places it.
    AddSource {
        source: Source,
        scene: String,
    },
    /// Other settings, another name, or both.
    SetSource {
        name: String,
        source: Source,
    },
    /// Takes the source out of every scene.
    RemoveSource {
        name: String,
    },
    SetStrip {
        source: String,
        strip: Strip,
    },
    SetLook {
        source: String,
        look: Vec<PictureFilter>,
    },
    AddScene {
        name: String,
    },
    /// A copy of a scene, which stands after it.
    DuplicateScene {
        scene: String,
        name: String,
    },
    RenameScene {
        scene: String,
        name: String,
    },
    /// The last scene cannot be removed.
    RemoveScene {
        scene: String,
    },
    /// `to` is the place in the list, from 0.
    MoveScene {
        scene: String,
        to: usize,
    },
    /// A source that exists, as one more item on top; its `id` is given by the collection. Where a new source would be put, it takes the
    /// shape of the source's picture as that does.
    AddItem {
        scene: String,
        item: Item,
    },
    /// Everything of an item but its number.
    SetItem {
        scene: String,
        item: Item,
    },
    /// Of all the items, everything but their numbers.
    SetItems {
        scene: String,
        items: Vec<Item>,
    },
    /// Hides all items of a source in a scene, or shows them. What their group hides stays hidden.
    SetHidden {
        scene: String,
        source: String,
        hidden: bool,
    },
    RemoveItems {
        scene: String,
        ids: Vec<ItemId>,
    },
    /// Puts items together into a group, or into none. `to` is the place among the others, from 0: the bottom.
    MoveItems {
        scene: String,
        ids: Vec<ItemId>,
        to: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
    },
    /// A copy above each; of a whole group a group of its own.
    DuplicateItems {
        scene: String,
        ids: Vec<ItemId>,
    },
    /// Makes items a group, where the topmost one stands.
    Group {
        scene: String,
        ids: Vec<ItemId>,
        name: String,
    },
    /// Another name, hidden or locked.
    SetGroup {
        scene: String,
        name: String,
        group: Group,
    },
    /// `to` is the place among the items of no or of other groups, from 0: the bottom.
    MoveGroup {
        scene: String,
        name: String,
        to: usize,
    },
    /// Ends a group; its items stay where they are.
    Ungroup {
        scene: String,
        name: String,
    },
    SetCanvas {
        canvas: Canvas,
    },
    SetTransition {
        transition: Transition,
    },
    Rename {
        name: String,
    },
}

/// Why a change was not made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    #[error("there is no source named `{0}`")]
    NoSource(String),
    #[error("there is no scene named `{0}`")]
    NoScene(String),
    #[error("the scene `{scene}` has no item {id}")]
    NoItem { scene: String, id: ItemId },
    #[error("the scene `{scene}` has no item of `{source_name}`")]
    NotInScene { scene: String, source_name: String },
    #[error("the scene `{scene}` has no group named `{group}`")]
    NoGroup { scene: String, group: String },
    #[error("there is a group named `{0}` already; choose another name")]
    GroupExists(String),
    #[error("nothing is chosen; choose at least one item")]
    NothingChosen,
    #[error("there is a source named `{0}` already; choose another name")]
    SourceExists(String),
    #[error("there is a scene named `{0}` already; choose another name")]
    SceneExists(String),
    #[error("a name is missing")]
    NoName,
    #[error("a show needs a scene; add another one before removing this one")]
    LastScene,
    #[error("{0}")]
    Problem(Problem),
}

/// Longest name of a source, a scene or a collection, in characters.
pub const MAX_NAME: usize = 100;

impl Collection {
    /// Makes a change, or says why not and leaves everything as it is. A source goes with its last item; one that is heard in every
    /// scene stays when a scene goes with that item.
    pub fn apply(&mut self, edit: Edit) -> Result<(), Refused> {
        let used = self.in_use();
        match edit {
            Edit::AddSource { source, scene } => self.add_source(source, &scene)?,
            Edit::SetSource { name, source } => self.set_source(&name, source)?,
            Edit::RemoveSource { name } => {
                self.known_source(&name)?;
                self.sources.retain(|source| source.name() != name);
                self.strips.remove(&name);
                self.looks.remove(&name);
                for scene in &mut self.scenes {
                    scene.items.retain(|item| item.source != name);
                }
            }
            Edit::SetStrip { source, strip } => {
                self.known_source(&source)?;
                fits(strip_problems(&strip))?;
                self.strips.insert(source, strip);
            }
            Edit::SetLook { source, look } => {
                self.known_source(&source)?;
                fits(look_problems(&look))?;
                if look.is_empty() {
                    self.looks.remove(&source)
                } else {
                    self.looks.insert(source, look)
                };
            }
            Edit::AddScene { name } => {
                self.free_scene(&name)?;
                self.scenes.push(Scene { name, ..Scene::default() });
            }
            Edit::DuplicateScene { scene, name } => self.duplicate_scene(&scene, name)?,
            Edit::RenameScene { scene, name } => {
                if scene != name {
                    self.free_scene(&name)?;
                }
                self.scene_mut(&scene)?.name = name;
            }
            Edit::RemoveScene { scene } => {
                self.scene_mut(&scene)?;
                if self.scenes.len() == 1 {
                    return Err(Refused::LastScene);
                }
                self.scenes.retain(|known| known.name != scene);
            }
            Edit::MoveScene { scene, to } => {
                let from = self.scenes.iter().position(|known| known.name == scene);
                let from = from.ok_or(Refused::NoScene(scene))?;
                shift(&mut self.scenes, from, to);
            }
            Edit::AddItem { scene, mut item } => {
                self.known_source(&item.source)?;
                item.id = self.free_id();
                fits(item_problems(&item, self.canvas))?;
                self.scene_mut(&scene)?.items.push(item);
            }
            Edit::SetItem { scene, item } => self.set_items(&scene, vec![item])?,
            Edit::SetItems { scene, items } => self.set_items(&scene, items)?,
            Edit::SetHidden { scene, source, hidden } => self.scene_mut(&scene)?.set_hidden(source, hidden)?,
            Edit::RemoveItems { scene, ids } => self.remove_items(&scene, &ids)?,
            Edit::MoveItems { scene, ids, to, group } => {
                let scene = self.scene_mut(&scene)?;
                if let Some(name) = group.as_deref().filter(|name| scene.group(name).is_none()) {
                    return Err(scene.no_group(name));
                }
                scene.move_items(&ids, to)?;
                for item in scene.items.iter_mut().filter(|item| ids.contains(&item.id)) {
                    item.group.clone_from(&group);
                }
            }
            Edit::DuplicateItems { scene, ids } => {
                let free = self.free_id();
                self.scene_mut(&scene)?.duplicate(&ids, free)?;
            }
            Edit::Group { scene, ids, name } => self.scene_mut(&scene)?.gather(&ids, name)?,
            Edit::SetGroup { scene, name, group } => self.scene_mut(&scene)?.set_group(&name, group)?,
            Edit::MoveGroup { scene, name, to } => {
                let scene = self.scene_mut(&scene)?;
                let ids: Vec<_> = scene.members(&name).map(|item| item.id).collect();
                if ids.is_empty() {
                    return Err(scene.no_group(&name));
                }
                scene.move_items(&ids, to)?;
            }
            Edit::Ungroup { scene, name } => self.scene_mut(&scene)?.disperse(&name)?,
            Edit::SetCanvas { canvas } => {
                fits(canvas.problems())?;
                self.take_canvas(canvas);
            }
            Edit::SetTransition { transition } => {
                fits(transition_problems(&transition))?;
                self.transition = transition;
            }
            Edit::Rename { name } => self.name = named(name)?,
        }
        self.let_go(&used);
        self.tidy();
        Ok(())
    }

    fn add_source(&mut self, source: Source, scene: &str) -> Result<(), Refused> {
        let name = named(source.name().to_owned())?;
        if self.source(&name).is_some() {
            return Err(Refused::SourceExists(name));
        }
        fits(source_problems(&source))?;
        let id = self.free_id();
        let known = self.scene(scene).ok_or_else(|| Refused::NoScene(scene.to_owned()))?;
        let (item, place) = (self.placed(&source, known), self.place_of(&source, known));
        self.scene_mut(scene)?.items.insert(place, Item { id, ..item });
        self.sources.push(source);
        Ok(())
    }

    fn set_source(&mut self, name: &str, source: Source) -> Result<(), Refused> {
        let place = self.sources.iter().position(|known| known.name() == name);
        let place = place.ok_or_else(|| Refused::NoSource(name.to_owned()))?;
        let renamed = named(source.name().to_owned())?;
        if renamed != name && self.source(&renamed).is_some() {
            return Err(Refused::SourceExists(renamed));
        }
        fits(source_problems(&source))?;
        if let Some(known) = self.sources.get_mut(place) {
            *known = source;
        }
        if renamed != name {
            if let Some(strip) = self.strips.remove(name) {
                self.strips.insert(renamed.clone(), strip);
            }
            if let Some(look) = self.looks.remove(name) {
                self.looks.insert(renamed.clone(), look);
            }
            for item in self.scenes.iter_mut().flat_map(|scene| &mut scene.items) {
                if item.source == name {
                    item.source.clone_from(&renamed);
                }
            }
        }
        Ok(())
    }

    /// All of them or none. Which group an item belongs to is not set so.
    fn set_items(&mut self, scene: &str, items: Vec<Item>) -> Result<(), Refused> {
        for item in &items {
            self.known_source(&item.source)?;
            fits(item_problems(item, self.canvas))?;
        }
        let scene = self.scene_mut(scene)?;
        scene.known(&items.iter().map(|item| item.id).collect::<Vec<_>>())?;
        for item in items {
            if let Some(known) = scene.items.iter_mut().find(|known| known.id == item.id) {
                *known = Item { group: known.group.take(), ..item };
            }
        }
        Ok(())
    }

    /// Whoever removes a source's last item means the source, also if it is heard in every scene.
    fn remove_items(&mut self, scene: &str, ids: &[ItemId]) -> Result<(), Refused> {
        let scene = self.scene_mut(scene)?;
        scene.known(ids)?;
        let items = std::mem::take(&mut scene.items);
        let (removed, left): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| ids.contains(&item.id));
        scene.items = left;
        let gone: Vec<_> = removed.iter().map(|item| &item.source).filter(|source| !self.stands(source)).collect();
        for source in gone {
            if let Some(strip) = self.strips.get_mut(source) {
                strip.everywhere = false;
            }
        }
        Ok(())
    }

    fn duplicate_scene(&mut self, scene: &str, name: String) -> Result<(), Refused> {
        self.free_scene(&name)?;
        let place = self.scenes.iter().position(|known| known.name == scene);
        let place = place.ok_or_else(|| Refused::NoScene(scene.to_owned()))?;
        let mut copy = Scene { name, ..self.scenes.get(place).cloned().unwrap_or_default() };
        for (id, item) in (self.free_id()..).zip(&mut copy.items) {
            item.id = id;
        }
        self.scenes.insert(place + 1, copy);
        Ok(())
    }

    fn known_source(&self, name: &str) -> Result<(), Refused> {
        self.source(name).map(|_| ()).ok_or_else(|| Refused::NoSource(name.to_owned()))
    }

    fn free_scene(&self, name: &str) -> Result<(), Refused> {
        let name = named(name.to_owned())?;
        if self.scene(&name).is_some() { Err(Refused::SceneExists(name)) } else { Ok(()) }
    }

    fn scene_mut(&mut self, name: &str) -> Result<&mut Scene, Refused> {
        let scene = self.scenes.iter_mut().find(|scene| scene.name == name);
        scene.ok_or_else(|| Refused::NoScene(name.to_owned()))
    }
}

pub(crate) fn named(name: String) -> Result<String, Refused> {
    if name.trim().is_empty() || name.chars().count() > MAX_NAME { Err(Refused::NoName) } else { Ok(name) }
}

fn fits(problems: Vec<Problem>) -> Result<(), Refused> {
    problems.into_iter().next().map_or(Ok(()), |problem| Err(Refused::Problem(problem)))
}

fn shift<T>(list: &mut Vec<T>, from: usize, to: usize) {
    let element = list.remove(from);
    list.insert(to.min(list.len()), element);
}
