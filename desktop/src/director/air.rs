//! What the stage plays of the collection. In studio mode the programme is a copy of its scene as it went on air, so that viewers see
//! nothing of what is arranged in the preview before it is taken, not even that a source has gone; and sources that are off are not
//! played.

use std::time::{Duration, Instant};

use klieg_studio_model::{Collection, Scene, Source, Strip, Transition};

use super::Refusal;
use super::desk::Desk;
use crate::library::Shown;

/// What a copy is called on the stage. Each has a name of its own, so that one can go over into the next.
fn copy_name(takes: u64) -> String {
    format!("\u{1}take {takes}")
}

impl Desk {
    /// What is played when the collection becomes `next`.
    pub(super) fn played(&self, next: &Collection) -> Collection {
        let now = self.history.collection();
        let mut played = next.clone();
        played.sources.retain(|source| !self.is_off(source.name(), now, next));
        if let Some(mut copy) = self.studio.aired.clone() {
            follow_sources(&mut copy, now, next);
            for name in copy.items.iter().map(|item| &item.source) {
                if next.source(name).is_some() || self.off.contains(name) || played.source(name).is_some() {
                    continue;
                }
                if let Some(from) = [now, &self.kept].into_iter().find(|from| from.source(name).is_some()) {
                    copy_source(from, name, &mut played);
                }
            }
            played.scenes.push(Scene { name: copy_name(self.takes), ..copy });
        }
        played
    }

    /// The collection was `before`: what has gone from it since and is on air is kept until it is on air no more.
    pub(super) fn keep_aired(&mut self, before: &Collection) {
        let now = self.history.collection();
        for name in self.studio.aired.iter().flat_map(|aired| &aired.items).map(|item| &item.source) {
            if before.source(name).is_some() && now.source(name).is_none() {
                self.kept.sources.retain(|known| known.name() != name);
                copy_source(before, name, &mut self.kept);
            }
        }
    }

    /// What the scene on air is called on the stage.
    pub(super) fn on_stage(&self) -> String {
        if self.studio.aired.is_some() { copy_name(self.takes) } else { self.studio.on_air.clone() }
    }

    /// What is shown now, to be taken up again when the collection is opened the next time.
    pub(super) fn shown(&self) -> Shown {
        Shown { on_air: self.studio.on_air.clone(), preview: self.studio.preview.clone() }
    }

    /// Puts a scene on air as it stands now: in studio mode a copy of it.
    pub(super) fn air(&mut self, scene: &str, transition: &Transition) -> Result<(), Refusal> {
        let copy = self.studio.collection.scene(scene).filter(|_| self.studio.preview.is_some()).cloned();
        if let Some(copy) = &copy {
            let name = copy_name(self.takes + 1);
            // The copy before is played on until this one is on air.
            let mut played = self.played(&self.studio.collection);
            played.scenes.push(Scene { name: name.clone(), ..copy.clone() });
            if let Some(theatre) = &mut self.theatre {
                theatre.set(&played)?;
                theatre.show(&name, transition)?;
            }
            self.takes += 1;
        } else if let Some(theatre) = &mut self.theatre {
            theatre.show(scene, transition)?;
        }
        self.studio.aired = copy;
        // It was kept for the copy before; this one shows what is in the collection. A stinger may be long.
        self.kept = Collection::default();
        let over = match transition {
            Transition::Stinger { .. } => Duration::from_secs(30),
            transition => Duration::from_millis(transition.duration().into()),
        };
        self.swept_at = Some(Instant::now() + over);
        scene.clone_into(&mut self.studio.on_air);
        Ok(())
    }

    /// Whether viewers see the scene on air as it stands.
    pub(super) fn is_aired(&self) -> bool {
        let Some(aired) = &self.studio.aired else { return true };
        self.studio.collection.scene(&self.studio.on_air) == Some(aired)
    }

    /// Lets the stage go of the copy before, and of what only that showed: a camera that was removed is not open any longer.
    pub(super) fn sweep(&mut self) {
        if self.swept_at.take_if(|at| *at <= Instant::now()).is_none() {
            return;
        }
        let played = self.played(&self.studio.collection);
        if let Some(theatre) = &mut self.theatre
            && let Err(error) = theatre.set(&played)
        {
            tracing::error!(%error, "what was on air before stays on the stage");
        }
    }

    pub(super) fn studio_mode(&mut self, on: bool) -> Result<(), Refusal> {
        if on == self.studio.preview.is_some() {
            return Ok(());
        }
        let (scene, before) = (self.studio.on_air.clone(), self.studio.preview.clone());
        // What was arranged and not taken is seen when studio mode ends, as everything is from then on.
        let transition = if self.is_aired() { Transition::Cut } else { self.studio.collection.transition.clone() };
        self.studio.preview = on.then(|| scene.clone());
        if let Err(refusal) = self.air(&scene, &transition) {
            self.studio.preview = before;
            return Err(refusal);
        }
        self.show_preview();
        if !on {
            // Nobody shows the copy any more.
            let played = self.played(&self.studio.collection);
            if let Some(theatre) = &mut self.theatre {
                theatre.set(&played)?;
            }
        }
        Ok(())
    }
}

/// Adds a source to a collection that has none of its name, with its strip and filters. It is heard in the copy that has it and in no
/// other scene any more: what is taken next is without it.
fn copy_source(from: &Collection, name: &str, to: &mut Collection) {
    to.sources.extend(from.source(name).cloned());
    to.strips.insert(name.to_owned(), Strip { everywhere: false, ..from.strip(name) });
    to.looks.insert(name.to_owned(), from.look(name).to_vec());
}

/// Lets the items of a scene follow sources that got another name.
pub(super) fn follow_sources(scene: &mut Scene, before: &Collection, now: &Collection) {
    for item in &mut scene.items {
        if let Some(name) = renamed(before, now, &item.source) {
            name.clone_into(&mut item.source);
        }
    }
}

/// The name that a source has now, if it got another one.
pub(super) fn renamed<'a>(before: &Collection, now: &'a Collection, name: &str) -> Option<&'a str> {
    if now.source(name).is_some() || before.sources.len() != now.sources.len() {
        return None;
    }
    let place = before.sources.iter().position(|source| source.name() == name)?;
    now.sources.get(place).map(Source::name)
}
