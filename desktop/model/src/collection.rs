//! A scene collection: all that a creator arranges. One readable file; no stream keys, no destinations, no state. The addresses of
//! web pages stand in it as they are, and may hold keys of their own.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::group::Group;
use crate::look::PictureFilter;
use crate::show::{Canvas, Item, ItemId, Overlays, Show};
use crate::sound::Strip;
use crate::source::Source;
use crate::transition::Transition;

/// Sources, the scenes that they stand in, and what happens to their picture and sound.
///
/// Sources and scenes are known by their names, which are unique; items by their numbers. There is always a scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collection {
    pub name: String,
    #[serde(default)]
    pub canvas: Canvas,
    #[serde(default)]
    pub transition: Transition,
    #[serde(default)]
    pub overlays: Overlays,
    #[serde(default)]
    pub sources: Vec<Source>,
    /// By the source's name; a source without one is at its own volume, without filters.
    #[serde(default)]
    pub strips: BTreeMap<String, Strip>,
    /// By the source's name, in the order in which the picture passes them.
    #[serde(default)]
    pub looks: BTreeMap<String, Vec<PictureFilter>>,
    pub scenes: Vec<Scene>,
}

/// What is seen and heard at one time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    pub name: String,
    /// Groups of items; each has members.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Later ones cover earlier ones.
    #[serde(default)]
    pub items: Vec<Item>,
}

impl Scene {
    pub fn item(&self, id: ItemId) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }
}

impl Default for Collection {
    /// One empty scene.
    fn default() -> Self {
        Self {
            name: "My show".to_owned(),
            canvas: Canvas::default(),
            transition: Transition::default(),
            overlays: Overlays::default(),
            sources: Vec::new(),
            strips: BTreeMap::new(),
            looks: BTreeMap::new(),
            scenes: vec![Scene { name: "Scene".to_owned(), ..Scene::default() }],
        }
    }
}

impl Collection {
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name() == name)
    }

    pub fn scene(&self, name: &str) -> Option<&Scene> {
        self.scenes.iter().find(|scene| scene.name == name)
    }

    /// The scene a collection opens with.
    pub fn first_scene(&self) -> &str {
        self.scenes.first().map_or("", |scene| scene.name.as_str())
    }

    /// What has become of a scene now that the collection is `later`: itself, the one with its new name, or what stands in its place.
    pub fn follow<'a>(&self, scene: &str, later: &'a Self) -> Option<&'a Scene> {
        later.scene(scene).or_else(|| {
            let place = self.scenes.iter().position(|known| known.name == scene).unwrap_or_default();
            later.scenes.get(place).or_else(|| later.scenes.last())
        })
    }

    /// The strip of a source, or that of one that was never touched.
    pub fn strip(&self, source: &str) -> Strip {
        self.strips.get(source).cloned().unwrap_or_default()
    }

    /// Whether a source is heard in every scene.
    pub fn is_everywhere(&self, source: &str) -> bool {
        self.strips.get(source).is_some_and(|strip| strip.everywhere)
    }

    /// Whether a source stands in any scene.
    pub fn stands(&self, source: &str) -> bool {
        self.scenes.iter().flat_map(|scene| &scene.items).any(|item| item.source == source)
    }

    /// The sources that belong to the sound of a scene, and how loud it plays each: a linear gain, 0 where it mutes one. A source that
    /// stands in it several times is heard once, as loud as the loudest of its items; one that is heard in every scene and does
    /// not stand in this one, as it is.
    pub fn gains<'a>(&'a self, scene: &'a Scene) -> Vec<(&'a str, f64)> {
        let mut gains: Vec<(&str, f64)> = Vec::new();
        for item in scene.items.iter().filter(|item| !scene.is_hidden(item)) {
            let gain = if item.muted { 0.0 } else { item.volume };
            match gains.iter_mut().find(|known| known.0 == item.source) {
                Some((_, loudest)) => *loudest = loudest.max(gain),
                None => gains.push((item.source.as_str(), gain)),
            }
        }
        let stands_here = |name: &str| scene.items.iter().any(|item| item.source == name);
        let others =
            self.sources.iter().map(Source::name).filter(|name| self.is_everywhere(name) && !stands_here(name));
        gains.extend(others.map(|name| (name, 1.0)));
        gains
    }

    /// The picture filters of a source.
    pub fn look(&self, source: &str) -> &[PictureFilter] {
        self.looks.get(source).map_or(&[], Vec::as_slice)
    }

    /// Whether what is behind a source may shine through it.
    pub fn is_translucent(&self, source: &Source) -> bool {
        source.is_translucent() || self.look(source.name()).iter().any(PictureFilter::makes_clear)
    }

    /// A number that no item has.
    pub fn free_id(&self) -> ItemId {
        let taken = self.scenes.iter().flat_map(|scene| &scene.items).map(|item| item.id).max();
        taken.unwrap_or(0).saturating_add(1)
    }

    /// `wanted`, or the first of `wanted 2`, `wanted 3` ... that is no source's name.
    pub fn free_source_name(&self, wanted: &str) -> String {
        free(wanted, |name| self.source(name).is_some())
    }

    /// `wanted`, or the first of `wanted 2`, `wanted 3` ... that is no scene's name.
    pub fn free_scene_name(&self, wanted: &str) -> String {
        free(wanted, |name| self.scene(name).is_some())
    }

    /// The names of the sources that stand in a scene or are heard in every one.
    pub(crate) fn in_use(&self) -> HashSet<String> {
        let standing = self.scenes.iter().flat_map(|scene| &scene.items).map(|item| &item.source);
        let heard = self.strips.iter().filter(|(_, strip)| strip.everywhere).map(|(name, _)| name);
        standing.chain(heard).cloned().collect()
    }

    /// Lets go of the sources that are not in use any more since these were, with their strips and filters: nobody would see that their
    /// camera or microphone is on. What a file names and no scene ever showed stays.
    pub(crate) fn let_go(&mut self, before: &HashSet<String>) {
        let now = self.in_use();
        let stays = |name: &str| now.contains(name) || !before.contains(name);
        self.sources.retain(|source| stays(source.name()));
        self.strips.retain(|name, _| stays(name));
        self.looks.retain(|name, _| stays(name));
    }

    /// Sees to it that the members of groups stand together.
    pub(crate) fn tidy(&mut self) {
        self.scenes.iter_mut().for_each(Scene::tidy);
    }

    /// Gives every item a number of its own where a file, written by hand, left them out or has them twice.
    pub fn number_items(&mut self) {
        let mut seen = HashSet::from([0]);
        let mut next = self.free_id();
        for item in self.scenes.iter_mut().flat_map(|scene| &mut scene.items) {
            if !seen.insert(item.id) {
                item.id = next;
                seen.insert(next);
                next += 1;
            }
        }
    }
}

pub(crate) fn free(wanted: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number: u32| format!("{wanted} {number}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}

impl From<&Show> for Collection {
    /// The show's sources in one scene, called `main`; how it is encoded and where it goes is left out.
    fn from(show: &Show) -> Self {
        let mut items: Vec<_> = show.scene.clone();
        items.sort_by_key(|item| item.z);
        let mut collection = Self {
            name: "show".to_owned(),
            canvas: show.canvas,
            transition: Transition::Cut,
            overlays: show.overlays,
            sources: show.sources.clone(),
            strips: show.strips.clone(),
            looks: show.looks.clone(),
            scenes: vec![Scene { name: "main".to_owned(), items, ..Scene::default() }],
        };
        collection.number_items();
        collection.tidy();
        collection
    }
}
