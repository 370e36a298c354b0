//! Arranging: edits with undo, which scene is on air, and studio mode. Stage, files and state follow the collection.

use std::time::Duration;

use klieg_studio_model::{Collection, Edit, Shape, Source, Strip, Transition};

use super::Refusal;
use super::air::follow_sources;
use super::desk::Desk;

impl Desk {
    pub(super) fn edit(&mut self, edit: Edit, gesture: Option<u32>) -> Result<(), Refusal> {
        let mut next = self.history.collection().clone();
        next.apply(edit.clone())?;
        // One that was off and has gone may have had the name of this one.
        if let Edit::AddSource { source, .. } = &edit {
            if self.kept.source(source.name()).is_some() {
                return Err(Refusal::Busy("viewers see a source of this name until the next take"));
            }
            self.off.remove(source.name());
        }
        self.rehearse(&next)?;
        let before = self.history.collection().clone();
        self.history.apply(edit, gesture)?;
        self.adopt(&before)
    }

    /// For as long as a key is held.
    pub(super) fn mute(&mut self, source: &str, muted: bool) -> Result<(), Refusal> {
        let before = self.history.collection().clone();
        let mut next = before.clone();
        let strip = Strip { muted, ..before.strip(source) };
        next.apply(Edit::SetStrip { source: source.to_owned(), strip })?;
        self.rehearse(&next)?;
        self.history.mute(source, muted)?;
        self.adopt(&before)
    }

    pub(super) fn undo(&mut self) -> Result<(), Refusal> {
        let mut next = self.history.clone();
        if !next.undo() {
            return Err(Refusal::NothingToUndo);
        }
        self.step(next)
    }

    pub(super) fn redo(&mut self) -> Result<(), Refusal> {
        let mut next = self.history.clone();
        if !next.redo() {
            return Err(Refusal::NothingToRedo);
        }
        self.step(next)
    }

    /// A source tells how large its picture is, which its item takes as its shape if nobody has placed it yet.
    pub(super) fn take_shape(&mut self, source: &str, shape: Shape) {
        self.studio.shapes.insert(source.to_owned(), shape);
        let Some(next) = self.history.shaped(source, shape) else { return };
        if next.collection() == self.history.collection() {
            self.history = next;
        } else if let Err(refusal) = self.step(next) {
            tracing::warn!(source, %refusal, "its item does not take its shape");
        }
    }

    fn step(&mut self, next: klieg_studio_model::History) -> Result<(), Refusal> {
        self.rehearse(next.collection())?;
        let before = std::mem::replace(&mut self.history, next);
        self.adopt(before.collection())
    }

    /// Puts what the collection would be on the stage, or says why it cannot be and leaves all as it is.
    fn rehearse(&mut self, next: &Collection) -> Result<(), Refusal> {
        if self.studio.crashed.is_some() {
            return Err(Refusal::Crashed);
        }
        let now = self.history.collection();
        if next.name != now.name && self.library.names().contains(&next.name) {
            return Err(crate::library::LibraryError::Exists(next.name.clone()).into());
        }
        if next.canvas != now.canvas {
            return self.not_busy("the canvas cannot change under them");
        }
        let on_air = &self.studio.on_air;
        if self.is_busy() && next.scenes.len() < now.scenes.len() && next.scene(on_air).is_none() {
            return Err(Refusal::OnAir(on_air.clone()));
        }
        let (next, now) = (self.played(next), self.played(now));
        if let Some(theatre) = &mut self.theatre
            && let Err(error) = theatre.set(&next)
        {
            if let Err(error) = theatre.set(&now) {
                tracing::error!(%error, "the stage does not go back to what it was");
            }
            return Err(error.into());
        }
        Ok(())
    }

    /// Makes everything else follow the collection, which was `before`.
    fn adopt(&mut self, before: &Collection) -> Result<(), Refusal> {
        let now = self.history.collection().clone();
        self.studio.can_undo = self.history.can_undo();
        self.studio.can_redo = self.history.can_redo();
        if now == *before {
            return Ok(());
        }
        let follow = |scene: &String| before.follow(scene, &now).map_or_else(String::new, |scene| scene.name.clone());
        let (on_air, preview) = (follow(&self.studio.on_air), self.studio.preview.as_ref().map(follow));
        let (shown, previewed) = (on_air != self.studio.on_air, preview != self.studio.preview);
        // One that got another name is on air as it was.
        let gone = shown && now.scenes.len() < before.scenes.len();
        if let Some(aired) = &mut self.studio.aired {
            follow_sources(aired, before, &now);
            aired.name.clone_from(&on_air);
        }
        self.keep_aired(before);
        (self.studio.on_air, self.studio.preview) = (on_air, preview);
        self.studio.sources.retain(|name, _| now.source(name).is_some());
        self.keep_off(before);
        self.studio.looks.retain(|name, _| now.source(name).is_some());
        self.studio.soundless.retain(|name| now.source(name).is_some());
        self.studio.frozen.retain(|name| now.source(name).is_some());
        self.studio.shapes.retain(|name, _| now.source(name).is_some());
        self.studio.playing.retain(|name, _| now.source(name).is_some());
        let mut kept = self.library.keep(&now);
        if self.studio.profile.follow(before, &now) {
            kept = kept.and(self.library.keep_profile(&self.studio.profile));
        }
        self.studio.collections = self.library.names();
        let resized = now.canvas != before.canvas;
        self.studio.collection = now;
        if resized {
            self.forget_probed();
            self.open_stage();
        } else {
            if gone || (shown && self.studio.aired.is_none()) {
                let scene = self.studio.on_air.clone();
                self.air(&scene, &Transition::Cut)?;
            }
            // The preview's deck may have gone on air.
            if previewed || (gone && self.studio.preview.is_some()) {
                self.show_preview();
            }
        }
        Ok(kept?)
    }

    /// Starts a source again from its beginning, or for the first time.
    pub(super) fn restart_source(&mut self, source: &str) -> Result<(), Refusal> {
        if self.studio.collection.source(source).is_none() {
            return Err(Refusal::NoSource(source.to_owned()));
        }
        if self.off.contains(source) {
            return self.start_sources(Some(source));
        }
        Ok(self.stage()?.restart(source)?)
    }

    pub(super) fn seek(&mut self, source: &str, position: u64) -> Result<(), Refusal> {
        match self.studio.collection.source(source) {
            Some(Source::File(_)) => Ok(self.stage()?.seek(source, Duration::from_millis(position))?),
            Some(_) => Err(Refusal::NotPlayed(source.to_owned())),
            None => Err(Refusal::NoSource(source.to_owned())),
        }
    }

    pub(super) fn choose_again(&mut self, source: &str) -> Result<(), Refusal> {
        match self.studio.collection.source(source) {
            Some(Source::ScreenCast(_)) => Ok(self.stage()?.choose_again(source)?),
            Some(_) => Err(Refusal::NothingToChoose(source.to_owned())),
            None => Err(Refusal::NoSource(source.to_owned())),
        }
    }

    /// Puts a scene on air, or in studio mode into the preview.
    pub(super) fn show_scene(&mut self, scene: &str) -> Result<(), Refusal> {
        if self.studio.collection.scene(scene).is_none() {
            return Err(Refusal::NoScene(scene.to_owned()));
        }
        if self.studio.preview.is_some() {
            self.studio.preview = Some(scene.to_owned());
            self.show_preview();
            return Ok(());
        }
        self.put_on_air(scene)
    }

    pub(super) fn take(&mut self) -> Result<(), Refusal> {
        let next = self.studio.preview.clone().ok_or(Refusal::NoPreview)?;
        let before = self.studio.on_air.clone();
        self.put_on_air(&next)?;
        self.studio.preview = Some(before);
        self.show_preview();
        Ok(())
    }

    fn put_on_air(&mut self, scene: &str) -> Result<(), Refusal> {
        if scene == self.studio.on_air && self.is_aired() {
            return Ok(());
        }
        let transition = self.studio.collection.transition.clone();
        self.air(scene, &transition)
    }

    /// A preview that fails is no reason to refuse what led to it.
    pub(super) fn show_preview(&mut self) {
        if let Some(theatre) = &mut self.theatre
            && let Err(error) = theatre.preview(self.studio.preview.as_deref())
        {
            let text = format!("The preview does not work: {error}.");
            self.notice(klieg_studio_model::Severity::Bad, text);
        }
    }
}
