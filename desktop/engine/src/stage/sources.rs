//! The sources of a stage: one runner for each, whatever scenes it stands in.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use klieg_studio_model::{Collection, Source, Strip};

use super::Shared;
use crate::EngineError;
use crate::deck::{Pictures, wanted_size};
use crate::feed::Outlet;
use crate::source::{Ends, Runner, Wish};

/// How long an item's size must have stood before its source is asked to come in that size: while a creator pulls at a corner
/// the compositor scales.
const STEADY: Duration = Duration::from_millis(250);

#[derive(Default)]
pub(super) struct Sources(BTreeMap<String, Running>);

struct Running {
    source: Source,
    outlet: Arc<Outlet>,
    strip: Strip,
    runner: Runner,
    wish: Wish,
    /// The size that it should have, and since when.
    wanted: ((u32, u32), Instant),
}

impl Sources {
    /// Starts, ends and changes sources until they are those of the collection.
    pub(super) fn set(&mut self, collection: &Collection, shared: &Shared) -> Result<(), EngineError> {
        for source in &collection.sources {
            self.rename(source, collection, shared);
        }
        let gone: Vec<_> = self.0.keys().filter(|name| collection.source(name).is_none()).cloned().collect();
        for name in gone {
            self.0.remove(&name);
            shared.mixer.close(&name);
        }
        for source in &collection.sources {
            let (name, strip) = (source.name(), collection.strip(source.name()));
            let (size, look) = (wanted_size(collection, name), collection.look(name).to_vec());
            if let Some(running) = self.0.get_mut(name) {
                if running.strip != strip {
                    shared.mixer.set_strip(name, &strip);
                    running.strip = strip;
                }
                if running.wanted.0 != size {
                    running.wanted = (size, Instant::now());
                }
                if running.wish.look != look {
                    running.wish.look = look;
                    running.runner.set(running.wish.clone());
                }
                if running.source != *source {
                    running.runner = start(source, &running.outlet, &running.wish, shared)?;
                    running.source = source.clone();
                }
            } else {
                shared.mixer.set_strip(name, &strip);
                let (outlet, wish) = (Arc::new(Outlet::default()), Wish { size, look, clear: false });
                let runner = start(source, &outlet, &wish, shared)?;
                let wanted = (size, Instant::now());
                self.0.insert(name.to_owned(), Running { source: source.clone(), outlet, strip, runner, wish, wanted });
            }
        }
        Ok(())
    }

    /// Lets a source that runs go on as `now`, if it is that one under another name.
    fn rename(&mut self, now: &Source, collection: &Collection, shared: &Shared) {
        let is_it = |name: &str, source: &Source| {
            collection.source(name).is_none() && source.clone().renamed(now.name()) == *now
        };
        if self.0.contains_key(now.name()) {
            return;
        }
        let Some(was) =
            self.0.iter().find(|(name, running)| is_it(name, &running.source)).map(|(name, _)| name.clone())
        else {
            return;
        };
        if let Some(mut running) = self.0.remove(&was) {
            running.source = now.clone();
            running.runner.rename(now.name());
            shared.mixer.rename(&was, now.name());
            self.0.insert(now.name().to_owned(), running);
        }
    }

    /// Asks sources whose size has changed and stands to come in it. Whether there were any.
    pub(super) fn resize(&mut self, now: Instant) -> bool {
        let mut resized = false;
        for running in self.0.values_mut() {
            let (size, since) = running.wanted;
            if running.wish.size != size && now.duration_since(since) >= STEADY {
                running.wish.size = size;
                running.runner.set(running.wish.clone());
                resized = true;
            }
        }
        resized
    }

    pub(super) fn restart(&mut self, name: &str, shared: &Shared) -> Result<(), EngineError> {
        if let Some(running) = self.0.get_mut(name) {
            running.runner = start(&running.source, &running.outlet, &running.wish, shared)?;
        }
        Ok(())
    }

    /// Lets a media file go on from another place.
    pub(super) fn seek(&mut self, name: &str, to: Duration, shared: &Shared) -> Result<(), EngineError> {
        if self.0.get(name).is_some_and(|running| !running.runner.seek(to)) {
            self.restart(name, shared)?;
            if let Some(running) = self.0.get(name) {
                running.runner.seek(to);
            }
        }
        Ok(())
    }

    /// Asks all to stop, without waiting.
    pub(super) fn ask_to_stop(&self) {
        self.0.values().for_each(|running| running.runner.ask_to_stop());
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Pictures for Sources {
    fn outlet(&self, source: &str) -> Option<(Arc<Outlet>, (u32, u32))> {
        self.0.get(source).map(|running| (running.outlet.clone(), running.wish.size))
    }
}

fn start(source: &Source, outlet: &Arc<Outlet>, wish: &Wish, shared: &Shared) -> Result<Runner, EngineError> {
    let sound = source.has_sound().then(|| shared.mixer.open(source.name()));
    let ends = Ends { picture: outlet.clone(), sound };
    Runner::start(source.clone(), shared.room(), ends, wish.clone())
}
