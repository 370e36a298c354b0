//! A collection with what it was before: undo and redo.

use crate::collection::Collection;
use crate::edit::{Edit, Refused};
use crate::event::Shape;
use crate::layout::{is_placed_as, shaped};
use crate::show::Item;
use crate::source::Source;

/// Steps that can be undone; older ones are forgotten.
const STEPS: usize = 200;

/// A collection that remembers.
#[derive(Clone, Debug, Default)]
pub struct History {
    now: Collection,
    before: Vec<Collection>,
    after: Vec<Collection>,
    gesture: Option<u32>,
    /// Items of sources that keep their shape, which came where the collection puts new ones.
    fresh: Vec<Fresh>,
}

/// An item as it came, and the shape that it was given since.
#[derive(Clone, Debug)]
struct Fresh {
    item: Item,
    shape: Option<Shape>,
}

impl History {
    pub fn new(collection: Collection) -> Self {
        Self { now: collection, ..Self::default() }
    }

    pub fn collection(&self) -> &Collection {
        &self.now
    }

    /// Makes a change. Changes of the same gesture, such as all positions of one drag, are undone as one.
    pub fn apply(&mut self, edit: Edit, gesture: Option<u32>) -> Result<(), Refused> {
        let mut next = self.now.clone();
        let adds = matches!(edit, Edit::AddSource { .. } | Edit::AddItem { .. });
        let copies = matches!(edit, Edit::DuplicateItems { .. } | Edit::DuplicateScene { .. });
        next.apply(edit)?;
        if next == self.now {
            return Ok(());
        }
        if adds || copies {
            self.remember(&next, adds);
        }
        let before = std::mem::replace(&mut self.now, next);
        if gesture.is_none() || gesture != self.gesture {
            if self.before.len() == STEPS {
                self.before.remove(0);
            }
            self.before.push(before);
        }
        self.gesture = gesture;
        self.after.clear();
        Ok(())
    }

    /// Remembers which items that are new in `next` nobody has placed: those that came where the collection puts them, if they were added,
    /// and copies of such items.
    fn remember(&mut self, next: &Collection, adds: bool) {
        let items = || self.now.scenes.iter().flat_map(|scene| &scene.items);
        let (mut new, mut fresh) = (Vec::new(), Vec::new());
        for scene in &next.scenes {
            for item in scene.items.iter().filter(|item| !items().any(|known| known.id == item.id)) {
                new.push(item.id);
                if !next.source(&item.source).is_some_and(Source::keeps_shape) {
                    continue;
                }
                let is_like = |known: &Item| known.source == item.source && is_placed_as(known, item);
                let is_copy = |of: &&Fresh| items().any(|known| known.id == of.item.id && is_like(known));
                let is_put = || {
                    let has_come = self.now.source(&item.source).is_none();
                    has_come || is_placed_as(item, &self.now.another(&item.source, &scene.name, None))
                };
                if let Some(of) = self.fresh.iter().find(is_copy) {
                    fresh.push(Fresh { item: Item { id: item.id, ..of.item.clone() }, shape: of.shape });
                } else if adds && is_put() {
                    fresh.push(Fresh { item: item.clone(), shape: None });
                }
            }
        }
        // Numbers are given again.
        self.fresh.retain(|known| !new.contains(&known.item.id));
        self.fresh.append(&mut fresh);
    }

    /// Mutes a source or lets it be heard, now and in every step: so it is no step itself, and none opens a microphone again
    /// whose key was let go.
    pub fn mute(&mut self, source: &str, muted: bool) -> Result<(), Refused> {
        if self.now.source(source).is_none() {
            return Err(Refused::NoSource(source.to_owned()));
        }
        self.everywhere(source, |step, name| mute(step, name, muted));
        Ok(())
    }

    /// It with the items of a source in the source's shape which nobody has placed yet: now and in every step, so this is no step
    /// itself. None if there is no such item, or all have that shape.
    #[must_use]
    pub fn shaped(&self, source: &str, shape: Shape) -> Option<Self> {
        if self.fresh.is_empty() {
            return None;
        }
        let (mut next, mut changed) = (self.clone(), false);
        for mut fresh in std::mem::take(&mut next.fresh) {
            let mut is_its = false;
            next.everywhere(source, |step, name| {
                let canvas = step.canvas;
                let stood = fresh.shape.map_or_else(|| fresh.item.clone(), |was| shaped(&fresh.item, canvas, was));
                let to = shaped(&fresh.item, canvas, shape);
                let items = step.scenes.iter_mut().flat_map(|scene| &mut scene.items);
                for item in items.filter(|item| item.id == fresh.item.id && item.source == name) {
                    is_its = true;
                    if is_placed_as(item, &stood) && !is_placed_as(item, &to) {
                        (item.x, item.y, item.width, item.height) = (to.x, to.y, to.width, to.height);
                        changed = true;
                    }
                }
            });
            if is_its {
                changed |= fresh.shape.replace(shape) != Some(shape);
            }
            next.fresh.push(fresh);
        }
        changed.then_some(next)
    }

    /// Changes something of a source now and in every step, under the name that it has there.
    fn everywhere(&mut self, source: &str, mut change: impl FnMut(&mut Collection, &str)) {
        for steps in [&mut self.before, &mut self.after] {
            let (mut beside, mut name) = (&self.now, source.to_owned());
            for step in steps.iter_mut().rev() {
                if let Some(known) = called(&name, beside, step) {
                    name = known;
                    change(step, &name);
                    beside = step;
                }
            }
        }
        change(&mut self.now, source);
    }

    /// Takes the last change back. Whether there was one.
    pub fn undo(&mut self) -> bool {
        Self::step(&mut self.now, &mut self.before, &mut self.after, &mut self.gesture)
    }

    /// Makes the change again that was taken back last. Whether there was one.
    pub fn redo(&mut self) -> bool {
        Self::step(&mut self.now, &mut self.after, &mut self.before, &mut self.gesture)
    }

    fn step(
        now: &mut Collection,
        from: &mut Vec<Collection>,
        to: &mut Vec<Collection>,
        gesture: &mut Option<u32>,
    ) -> bool {
        *gesture = None;
        let Some(next) = from.pop() else { return false };
        to.push(std::mem::replace(now, next));
        true
    }

    pub fn can_undo(&self) -> bool {
        !self.before.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.after.is_empty()
    }
}

fn mute(collection: &mut Collection, source: &str, muted: bool) {
    if collection.strip(source).muted != muted {
        collection.strips.entry(source.to_owned()).or_default().muted = muted;
    }
}

/// What a source of one collection is called in the one a step away, if it is there.
fn called(name: &str, from: &Collection, to: &Collection) -> Option<String> {
    if to.source(name).is_some() {
        return Some(name.to_owned());
    }
    let place = from.sources.iter().position(|source| source.name() == name)?;
    let is_renamed = from.sources.len() == to.sources.len();
    to.sources.get(place).filter(|_| is_renamed).map(Source::name).map(str::to_owned)
}
