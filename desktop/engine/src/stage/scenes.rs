//! The scenes of a stage: which deck composes which, which is on air, and how the next one takes over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use klieg_studio_model::{Collection, Scene, Transition};

use super::cue::{Cue, Gains};
use super::sources::Sources;
use super::stinger::{STRIP, Stinger};
use super::{SETTLING, Shared};
use crate::EngineError;
use crate::deck::{Deck, DeckId, FrameSink};
use crate::feed::Taking;
use crate::switcher::Switcher;
use crate::view::Viewfinder;

pub(super) struct Scenes {
    decks: BTreeMap<DeckId, Deck>,
    next: DeckId,
    /// The scene that is on air, or about to be.
    on_air: String,
    /// The one that is heard until that is seen.
    heard: String,
    cue: Cue,
    /// The deck that takes over when it has settled.
    waiting: Option<Waiting>,
    /// The video that plays over a change.
    stinger: Option<Stinger>,
    /// Studio mode: the deck of the preview; 0 for none.
    preview: Arc<AtomicU64>,
    switcher: Arc<Switcher>,
    _view: Taking,
}

struct Waiting {
    deck: DeckId,
    way: Way,
    since: Instant,
}

/// How a deck takes over.
enum Way {
    Change(Transition),
    /// In the place of another one of the same scene.
    Replace(DeckId),
}

impl Scenes {
    pub(super) fn new(switcher: Arc<Switcher>, programme: Arc<Viewfinder>) -> Self {
        let view = switcher.tap.add(move |buffer| programme.frame(buffer));
        Self {
            decks: BTreeMap::new(),
            next: 1,
            on_air: String::new(),
            heard: String::new(),
            cue: Cue::default(),
            waiting: None,
            stinger: None,
            preview: Arc::default(),
            switcher,
            _view: view,
        }
    }

    /// Puts a scene on air.
    pub(super) fn show(
        &mut self,
        collection: &Collection,
        scene: &str,
        transition: &Transition,
        sources: &Sources,
        shared: &Shared,
    ) -> Result<(), EngineError> {
        let scene = find(collection, scene)?;
        // A copy of the scene on air under another name is cut to by placing its items anew.
        let is_cut = *transition == Transition::Cut;
        let stays = |deck: &Deck| (is_cut || deck.scene.name == scene.name) && deck.fits(collection, scene);
        if let Some(id) = self.newest_on_air()
            && let Some(deck) = self.decks.get_mut(&id)
            && stays(deck)
        {
            deck.set(collection, scene);
            self.go_on_as(collection, scene, shared);
            return Ok(());
        }
        // What the preview shows is ready already, whether it is this scene or the one that this is a copy of.
        let preview = self.preview.load(Ordering::Relaxed);
        let ready = self.decks.get_mut(&preview).filter(|deck| deck.fits(collection, scene));
        let deck = if let Some(ready) = ready {
            ready.set(collection, scene);
            self.preview.store(0, Ordering::Relaxed);
            preview
        } else {
            self.build(collection, scene, sources, shared)?
        };
        let was = std::mem::replace(&mut self.on_air, scene.name.clone());
        let gains = gains(collection, scene);
        if self.switcher.on_air().is_empty() {
            // There is nothing that it could follow.
            self.cue = Cue::default();
            self.cue.set(gains, None, &shared.mixer);
        } else {
            if !self.cue.is_waiting() {
                self.heard = was;
            }
            self.cue = Cue::new(gains, Duration::from_millis(transition.duration().into()));
        }
        // Another scene that was about to take over does not come any more, nor does a video that played over it.
        self.waiting = None;
        if let Some(stinger) = self.stinger.take() {
            stinger.end(shared);
        }
        if let Transition::Stinger { path, cut } = transition {
            self.stinger = Some(Stinger::start(path, *cut, deck, shared)?);
            return Ok(());
        }
        self.waiting = Some(Waiting { deck, way: Way::Change(transition.clone()), since: Instant::now() });
        self.take_over(Instant::now(), shared);
        Ok(())
    }

    /// The scene on air, or about to be, is this one from now on.
    fn go_on_as(&mut self, collection: &Collection, scene: &Scene, shared: &Shared) {
        let heard = collection.scene(&self.heard).map(|scene| gains(collection, scene));
        self.cue.set(gains(collection, scene), heard, &shared.mixer);
        scene.name.clone_into(&mut self.on_air);
    }

    /// Lets the scene on air, or about to be, go on as it was edited, and with it the transition or the stinger that leads there.
    fn edit(
        &mut self,
        collection: &Collection,
        scene: &Scene,
        sources: &Sources,
        shared: &Shared,
    ) -> Result<(), EngineError> {
        self.go_on_as(collection, scene, shared);
        let newest = self.newest_on_air();
        if let Some(id) = newest
            && let Some(deck) = self.decks.get_mut(&id)
            && deck.fits(collection, scene)
        {
            deck.set(collection, scene);
            return Ok(());
        }
        let (deck, since) = (self.build(collection, scene, sources, shared)?, Instant::now());
        if let Some(waiting) = &mut self.waiting {
            (waiting.deck, waiting.since) = (deck, since);
        } else if let Some(stinger) = self.stinger.as_mut().filter(|stinger| !stinger.has_cut()) {
            (stinger.to, stinger.since) = (deck, since);
        } else {
            let way = newest.map_or(Way::Change(Transition::Cut), Way::Replace);
            self.waiting = Some(Waiting { deck, way, since });
        }
        Ok(())
    }

    /// Lets another deck compose the scene on air, which takes over at once when it has settled.
    pub(super) fn renew(
        &mut self,
        collection: &Collection,
        sources: &Sources,
        shared: &Shared,
    ) -> Result<(), EngineError> {
        let deck = self.build(collection, find(collection, &self.on_air)?, sources, shared)?;
        if let Some(stinger) = self.stinger.take() {
            stinger.end(shared);
        }
        self.waiting = Some(Waiting { deck, way: Way::Change(Transition::Cut), since: Instant::now() });
        Ok(())
    }

    /// Lets all decks stand still, as if they hung.
    #[cfg(test)]
    pub(super) fn halt(&self) {
        self.decks.values().for_each(Deck::halt);
    }

    /// Composes a scene for the preview, or none.
    pub(super) fn preview(
        &mut self,
        collection: &Collection,
        scene: Option<&str>,
        sources: &Sources,
        shared: &Shared,
    ) -> Result<(), EngineError> {
        let deck = match scene {
            None => 0,
            Some(name) => {
                let scene = find(collection, name)?;
                let current = self.decks.get(&self.preview.load(Ordering::Relaxed));
                if current.is_some_and(|deck| deck.scene.name == scene.name && deck.fits(collection, scene)) {
                    return Ok(());
                }
                self.build(collection, scene, sources, shared)?
            }
        };
        self.preview.store(deck, Ordering::Relaxed);
        Ok(())
    }

    /// Makes the decks match a changed collection. What is on air under another name is on air as it was.
    pub(super) fn set(
        &mut self,
        before: &Collection,
        collection: &Collection,
        sources: &Sources,
        shared: &Shared,
    ) -> Result<(), EngineError> {
        let follow =
            |scene: &str| before.follow(scene, collection).ok_or_else(|| EngineError::NoScene(scene.to_owned()));
        let on_air = follow(&self.on_air)?;
        let may_be_renamed = before.scene(&self.heard).is_some() && before.scenes.len() == collection.scenes.len();
        if may_be_renamed && let Some(heard) = before.follow(&self.heard, collection) {
            heard.name.clone_into(&mut self.heard);
        }
        self.place(collection);
        self.edit(collection, on_air, sources, shared)?;
        let preview = self.decks.get(&self.preview.load(Ordering::Relaxed)).map(|deck| deck.scene.name.clone());
        if let Some(name) = preview {
            self.preview(collection, Some(&follow(&name)?.name), sources, shared)?;
        }
        Ok(())
    }

    fn build(
        &mut self,
        collection: &Collection,
        scene: &Scene,
        sources: &Sources,
        shared: &Shared,
    ) -> Result<DeckId, EngineError> {
        let id = self.next;
        self.next += 1;
        let (switcher, preview, view) = (self.switcher.clone(), self.preview.clone(), shared.preview.clone());
        let sink: FrameSink = Arc::new(move |deck, buffer| {
            switcher.frame(deck, buffer);
            if preview.load(Ordering::Relaxed) == deck {
                view.frame(buffer);
            }
        });
        let deck = Deck::start(id, collection, scene, sources, &shared.time, sink)?;
        self.decks.insert(id, deck);
        Ok(id)
    }

    /// The deck that is on air, or about to be.
    fn newest_on_air(&self) -> Option<DeckId> {
        let waiting = self.waiting.as_ref().map(|waiting| waiting.deck);
        let covered = self.stinger.as_ref().map(|stinger| stinger.to);
        waiting.or(covered).or_else(|| self.switcher.on_air().last().copied())
    }

    /// Lets the waiting deck take over if it has settled. Whether one still waits.
    pub(super) fn take_over(&mut self, now: Instant, shared: &Shared) -> bool {
        if let Some(stinger) = &mut self.stinger {
            if stinger.cuts(now, shared) {
                let (deck, since) = (stinger.to, stinger.since);
                self.waiting = Some(Waiting { deck, way: Way::Change(Transition::Cut), since });
            }
            if stinger.is_over() {
                self.stinger.take().into_iter().for_each(|stinger| stinger.end(shared));
            }
        }
        let is_due = |waiting: &mut Waiting| {
            let is_late = now.saturating_duration_since(waiting.since) >= SETTLING;
            is_late || self.decks.get(&waiting.deck).is_some_and(Deck::is_settled)
        };
        if let Some(Waiting { deck, way, .. }) = self.waiting.take_if(is_due) {
            match way {
                Way::Change(transition) => self.switcher.change(deck, &transition, self.cue.give(&shared.mixer)),
                Way::Replace(other) => self.switcher.replace(other, deck),
            }
            if let Some(stinger) = &mut self.stinger {
                stinger.to = deck;
            }
        }
        self.waiting.is_some() || self.stinger.is_some()
    }

    /// Takes out the decks that are done.
    pub(super) fn take_done(&mut self) -> Vec<Deck> {
        let mut needed = self.switcher.on_air();
        needed.extend(self.waiting.as_ref().map(|waiting| waiting.deck));
        needed.extend(self.stinger.as_ref().map(|stinger| stinger.to));
        needed.push(self.preview.load(Ordering::Relaxed));
        let done: Vec<_> = self.decks.keys().filter(|id| !needed.contains(id)).copied().collect();
        done.into_iter().filter_map(|id| self.decks.remove(&id)).collect()
    }

    pub(super) fn take_decks(&mut self) -> Vec<Deck> {
        std::mem::take(&mut self.decks).into_values().collect()
    }

    /// Places the items of all decks anew, where that is all that a scene needs.
    fn place(&mut self, collection: &Collection) {
        for deck in self.decks.values_mut() {
            if let Some(scene) = collection.scene(&deck.scene.name)
                && deck.fits(collection, scene)
            {
                deck.set(collection, scene);
            }
        }
    }

    /// Whether viewers see or hear a source: it belongs to the scene that is on air or, during a transition, to one of the two. A scene
    /// that was taken out of the collection leaves as it was.
    pub(super) fn is_on_air(&self, collection: &Collection, source: &str) -> bool {
        let decks = self.switcher.on_air();
        let decks = decks.iter().filter_map(|id| self.decks.get(id));
        let mut scenes = decks.map(|deck| collection.scene(&deck.scene.name).unwrap_or(&deck.scene));
        scenes.any(|scene| collection.gains(scene).iter().any(|(name, _)| *name == source))
    }

    /// The reason why a deck broke, if one did.
    pub(super) fn failure(&self) -> Option<String> {
        self.decks.values().find_map(Deck::failure)
    }
}

/// How loud each source is in a scene, and the video of a stinger over it.
fn gains(collection: &Collection, scene: &Scene) -> Gains {
    let gains = collection.gains(scene).into_iter().map(|(source, gain)| (source.to_owned(), gain));
    gains.chain([(STRIP.to_owned(), 1.0)]).collect()
}

fn find<'a>(collection: &'a Collection, scene: &str) -> Result<&'a Scene, EngineError> {
    collection.scene(scene).ok_or_else(|| EngineError::NoScene(scene.to_owned()))
}

#[cfg(test)]
mod tests {
    use klieg_studio_model::{Canvas, Colour, Edit, Plain, Source, Strip, Tone, Wave};

    use super::*;
    use crate::stage::{Options, Stage, State};

    #[test]
    fn a_scene_that_was_about_to_come_does_not_come_behind_a_stinger() {
        let canvas = Canvas { width: 64, height: 36, fps: 10 };
        let mut collection = Collection { canvas, ..Collection::default() };
        let first = collection.first_scene().to_owned();
        let source = Source::Colour(Plain { name: "ground".to_owned(), colour: Colour::BLACK });
        collection.apply(Edit::AddScene { name: "two".to_owned() }).unwrap();
        collection.apply(Edit::AddSource { source, scene: "two".to_owned() }).unwrap();
        let stage = Stage::open(&collection, &first, Options::default()).unwrap();
        // Locked all the time, so that nothing takes over between the two.
        let mut state = stage.shared.state.lock();
        let State { collection, scenes, sources, .. } = &mut *state;
        scenes.show(collection, "two", &Transition::Cut, sources, &stage.shared).unwrap();
        let stinger = Transition::Stinger { path: "/nowhere/stinger.mov".into(), cut: 500 };
        scenes.show(collection, &first, &stinger, sources, &stage.shared).unwrap();
        assert!(scenes.stinger.is_some() && scenes.waiting.is_none());
    }

    #[test]
    fn the_scene_that_is_heard_until_the_next_is_seen_is_known_under_another_name() {
        let canvas = Canvas { width: 64, height: 36, fps: 10 };
        let mut collection = Collection { canvas, ..Collection::default() };
        let first = collection.first_scene().to_owned();
        collection.apply(Edit::AddScene { name: "two".to_owned() }).unwrap();
        let stage = Stage::open(&collection, &first, Options::default()).unwrap();
        let mut state = stage.shared.state.lock();
        let State { collection, scenes, sources, .. } = &mut *state;
        scenes.take_over(Instant::now() + SETTLING, &stage.shared);
        scenes.show(collection, "two", &Transition::Fade { duration: 500 }, sources, &stage.shared).unwrap();
        let before = collection.clone();
        collection.apply(Edit::RenameScene { scene: first, name: "Intro".to_owned() }).unwrap();
        scenes.set(&before, collection, sources, &stage.shared).unwrap();
        assert_eq!(scenes.heard, "Intro");
    }

    #[test]
    fn what_is_heard_in_every_scene_is_on_air_but_where_its_own_item_is_hidden() {
        let canvas = Canvas { width: 64, height: 36, fps: 10 };
        let mut collection = Collection { canvas, ..Collection::default() };
        let first = collection.first_scene().to_owned();
        let source =
            Source::Tone(Tone { name: "voice".to_owned(), frequency: 440.0, wave: Wave::Sine, amplitude: 0.2 });
        let strip = Strip { everywhere: true, ..Strip::default() };
        collection.apply(Edit::AddSource { source, scene: first.clone() }).unwrap();
        collection.apply(Edit::SetStrip { source: "voice".to_owned(), strip }).unwrap();
        collection.apply(Edit::SetHidden { scene: first.clone(), source: "voice".to_owned(), hidden: true }).unwrap();
        collection.apply(Edit::AddScene { name: "two".to_owned() }).unwrap();
        let stage = Stage::open(&collection, "two", Options::default()).unwrap();
        let mut state = stage.shared.state.lock();
        let State { collection, scenes, sources, .. } = &mut *state;
        for (scene, is_on_air) in [("two", true), (first.as_str(), false)] {
            scenes.show(collection, scene, &Transition::Cut, sources, &stage.shared).unwrap();
            // Whether it has settled or not.
            scenes.take_over(Instant::now() + SETTLING, &stage.shared);
            assert_eq!(scenes.is_on_air(collection, "voice"), is_on_air, "{scene}");
        }
    }
}
