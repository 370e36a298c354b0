//! Changes to a collection, each checked before it is made: after any of them the collection is whole.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::check::{Problem, item_problems, look_problems, source_problems, strip_problems, transition_problems};
use crate::collection::{Collection, Scene};
use crate::look::PictureFilter;
use crate::show::{Canvas, Item, ItemId};
use crate::sound::Strip;
use crate::source::Source;
use crate::transition::Transition;

/// One change that can be undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// A new source, which also becomes the topmost item of `scene`, over the whole canvas.
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
    /// A source that exists, as one more item on top; its `id` is given by the collection.
    AddItem {
        scene: String,
        item: Item,
    },
    /// Everything of an item but its number.
    SetItem {
        scene: String,
        item: Item,
    },
    RemoveItem {
        scene: String,
        id: ItemId,
    },
    /// `to` is the place in the list, from 0: the bottom.
    MoveItem {
        scene: String,
        id: ItemId,
        to: usize,
    },
    DuplicateItem {
        scene: String,
        id: ItemId,
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
    /// Makes a change, or says why not and leaves everything as it is.
    pub fn apply(&mut self, edit: Edit) -> Result<(), Refused> {
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
                self.scenes.push(Scene { name, items: Vec::new() });
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
            Edit::SetItem { scene, item } => {
                self.known_source(&item.source)?;
                fits(item_problems(&item, self.canvas))?;
                let (place, scene) = self.place(&scene, item.id)?;
                if let Some(known) = scene.items.get_mut(place) {
                    *known = item;
                }
            }
            Edit::RemoveItem { scene, id } => {
                let (place, scene) = self.place(&scene, id)?;
                scene.items.remove(place);
            }
            Edit::MoveItem { scene, id, to } => {
                let (place, scene) = self.place(&scene, id)?;
                shift(&mut scene.items, place, to);
            }
            Edit::DuplicateItem { scene, id } => {
                let free = self.free_id();
                let (place, scene) = self.place(&scene, id)?;
                if let Some(item) = scene.items.get(place).cloned() {
                    scene.items.insert(place + 1, Item { id: free, ..item });
                }
            }
            Edit::SetCanvas { canvas } => {
                fits(canvas.problems())?;
                self.canvas = canvas;
            }
            Edit::SetTransition { transition } => {
                fits(transition_problems(&transition))?;
                self.transition = transition;
            }
            Edit::Rename { name } => self.name = named(name)?,
        }
        Ok(())
    }

    fn add_source(&mut self, source: Source, scene: &str) -> Result<(), Refused> {
        let name = named(source.name().to_owned())?;
        if self.source(&name).is_some() {
            return Err(Refused::SourceExists(name));
        }
        fits(source_problems(&source))?;
        let id = self.free_id();
        self.scene_mut(scene)?.items.push(Item { id, ..Item::full(name) });
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

    fn duplicate_scene(&mut self, scene: &str, name: String) -> Result<(), Refused> {
        self.free_scene(&name)?;
        let place = self.scenes.iter().position(|known| known.name == scene);
        let place = place.ok_or_else(|| Refused::NoScene(scene.to_owned()))?;
        let mut copy =
            Scene { name, items: self.scenes.get(place).map(|scene| scene.items.clone()).unwrap_or_default() };
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

    fn place(&mut self, scene: &str, id: ItemId) -> Result<(usize, &mut Scene), Refused> {
        let scene = self.scene_mut(scene)?;
        match scene.items.iter().position(|item| item.id == id) {
            Some(place) => Ok((place, scene)),
            None => Err(Refused::NoItem { scene: scene.name.clone(), id }),
        }
    }
}

fn named(name: String) -> Result<String, Refused> {
    if name.trim().is_empty() || name.chars().count() > MAX_NAME { Err(Refused::NoName) } else { Ok(name) }
}

fn fits(problems: Vec<Problem>) -> Result<(), Refused> {
    problems.into_iter().next().map_or(Ok(()), |problem| Err(Refused::Problem(problem)))
}

fn shift<T>(list: &mut Vec<T>, from: usize, to: usize) {
    let element = list.remove(from);
    list.insert(to.min(list.len()), element);
}
