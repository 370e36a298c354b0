//! Sources that are off: after a crash a creator looks at everything first, and starts what did not cause it.

use klieg_studio_model::{Collection, Source, SourceState};

use super::Refusal;
use super::air::renamed;
use super::desk::Desk;

impl Desk {
    /// Whether a source of `next`, which the collection becomes, is to be off.
    pub(super) fn is_off(&self, name: &str, now: &Collection, next: &Collection) -> bool {
        self.off.contains(name) || self.off.iter().any(|off| renamed(now, next, off) == Some(name))
    }

    /// The collection was `before`: sources that are off stay so under another name, and are shown as that.
    pub(super) fn keep_off(&mut self, before: &Collection) {
        let now = self.history.collection();
        let new: Vec<_> = self.off.iter().filter_map(|off| renamed(before, now, off)).map(str::to_owned).collect();
        self.off.extend(new);
        let off = now.sources.iter().map(Source::name).filter(|name| self.off.contains(*name));
        self.studio.sources.extend(off.map(|name| (name.to_owned(), SourceState::Off)));
    }

    /// Starts one source that is off, or all.
    pub(super) fn start_sources(&mut self, only: Option<&str>) -> Result<(), Refusal> {
        self.stage()?;
        let is_meant = |name: &String| only.is_none_or(|only| name == only);
        let before = self.off.clone();
        self.off.retain(|name| !is_meant(name));
        let played = self.played(self.history.collection());
        if let Err(error) = self.stage()?.set(&played) {
            self.off = before;
            return Err(error.into());
        }
        self.studio.sources.retain(|name, state| *state != SourceState::Off || !is_meant(name));
        Ok(())
    }
}
