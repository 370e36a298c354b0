//! The sources of a stage: one runner for each, whatever scenes it stands in.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
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
pub(super) struct Sources {
    running: BTreeMap<String, Running>,
    ending: Endings,
}

struct Running {
    source: Source,
    outlet: Arc<Outlet>,
    strip: Strip,
    runner: Runner,
    wish: Wish,
    /// The size that it should have, and since when.
    wanted: ((u32, u32), Instant),
}

/// Sources that were asked to stop, which nobody waits for but those that need what they have.
#[derive(Default)]
struct Endings(Vec<(Source, JoinHandle<()>)>);

impl Endings {
    fn add(&mut self, running: &mut Running) {
        self.0.extend(running.runner.retire().map(|thread| (running.source.clone(), thread)));
    }

    /// Those that must have ended before `source` starts: what had its name, and of a camera each camera, which may be the same
    /// under another name.
    fn before(&mut self, source: &Source) -> Vec<JoinHandle<()>> {
        self.0.retain(|(_, thread)| !thread.is_finished());
        let is_camera = |source: &Source| matches!(source, Source::Camera(_));
        let (before, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|(ending, _)| ending.name() == source.name() || (is_camera(ending) && is_camera(source)));
        self.0 = others;
        before.into_iter().map(|(_, thread)| thread).collect()
    }
}

impl Sources {
    /// Starts, ends and changes sources until they are those of the collection.
    pub(super) fn set(&mut self, collection: &Collection, shared: &Shared) -> Result<(), EngineError> {
        for source in &collection.sources {
            self.rename(source, collection, shared);
        }
        let gone: Vec<_> = self.running.keys().filter(|name| collection.source(name).is_none()).cloned().collect();
        for name in gone {
            self.running.remove(&name).iter_mut().for_each(|running| self.ending.add(running));
            shared.mixer.close(&name);
        }
        for source in &collection.sources {
            let (name, strip) = (source.name(), collection.strip(source.name()));
            let (size, look) = (wanted_size(collection, name), collection.look(name).to_vec());
            if let Some(running) = self.running.get_mut(name) {
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
                    self.ending.add(running);
                    let others = self.ending.before(source);
                    running.runner = start(source, &running.outlet, &running.wish, shared, others)?;
                    running.source = source.clone();
                }
            } else {
                shared.mixer.set_strip(name, &strip);
                let (outlet, wish) = (Arc::new(Outlet::default()), Wish { size, look, clear: false, on_air: false });
                let runner = start(source, &outlet, &wish, shared, self.ending.before(source))?;
                let wanted = (size, Instant::now());
                let running = Running { source: source.clone(), outlet, strip, runner, wish, wanted };
                self.running.insert(name.to_owned(), running);
            }
        }
        Ok(())
    }

    /// Lets a source that runs go on as `now`, if it is that one under another name.
    fn rename(&mut self, now: &Source, collection: &Collection, shared: &Shared) {
        let is_it = |name: &str, source: &Source| {
            collection.source(name).is_none() && source.clone().renamed(now.name()) == *now
        };
        if self.running.contains_key(now.name()) {
            return;
        }
        let Some(was) =
            self.running.iter().find(|(name, running)| is_it(name, &running.source)).map(|(name, _)| name.clone())
        else {
            return;
        };
        if let Some(mut running) = self.running.remove(&was) {
            running.source = now.clone();
            running.runner.rename(now.name());
            shared.mixer.rename(&was, now.name());
            self.running.insert(now.name().to_owned(), running);
        }
    }

    /// Asks sources whose size has changed and stands to come in it.
    pub(super) fn resize(&mut self, now: Instant) {
        for running in self.running.values_mut() {
            let (size, since) = running.wanted;
            if running.wish.size != size && now.duration_since(since) >= STEADY {
                running.wish.size = size;
                running.runner.set(running.wish.clone());
            }
        }
    }

    /// Tells those that wait for it which of them are on air. One that has ended waits again at its beginning.
    pub(super) fn air(&mut self, is_on_air: impl Fn(&str) -> bool, shared: &Shared) {
        let mut ended = Vec::new();
        for (name, running) in self.running.iter_mut().filter(|(_, running)| running.source.waits_for_air()) {
            let on_air = is_on_air(name);
            if running.wish.on_air == on_air {
                continue;
            }
            running.wish.on_air = on_air;
            running.runner.set(running.wish.clone());
            if running.runner.has_ended() {
                ended.push(name.clone());
            }
        }
        for name in ended {
            if let Err(error) = self.restart(&name, shared) {
                tracing::error!(%error, name, "a file does not start again");
            }
        }
    }

    pub(super) fn restart(&mut self, name: &str, shared: &Shared) -> Result<(), EngineError> {
        if let Some(running) = self.running.get_mut(name) {
            self.ending.add(running);
            let others = self.ending.before(&running.source);
            running.runner = start(&running.source, &running.outlet, &running.wish, shared, others)?;
        }
        Ok(())
    }

    /// Lets a media file go on from another place.
    pub(super) fn seek(&mut self, name: &str, to: Duration, shared: &Shared) -> Result<(), EngineError> {
        if self.running.get(name).is_some_and(|running| !running.runner.seek(to)) {
            self.restart(name, shared)?;
            if let Some(running) = self.running.get(name) {
                running.runner.seek(to);
            }
        }
        Ok(())
    }

    /// Asks all to stop, without waiting.
    pub(super) fn ask_to_stop(&self) {
        self.running.values().for_each(|running| running.runner.ask_to_stop());
    }

    /// Asks all to stop. The threads in which they end.
    pub(super) fn take_ending(&mut self) -> Vec<JoinHandle<()>> {
        for running in self.running.values_mut() {
            self.ending.add(running);
        }
        self.running.clear();
        self.ending.0.drain(..).map(|(_, thread)| thread).collect()
    }
}

impl Pictures for Sources {
    fn outlet(&self, source: &str) -> Option<Arc<Outlet>> {
        self.running.get(source).map(|running| running.outlet.clone())
    }
}

/// Starts a source as soon as `others` have ended.
fn start(
    source: &Source,
    outlet: &Arc<Outlet>,
    wish: &Wish,
    shared: &Shared,
    others: Vec<JoinHandle<()>>,
) -> Result<Runner, EngineError> {
    let sound = source.has_sound().then(|| shared.mixer.open(source.name()));
    let ends = Ends { picture: outlet.clone(), sound };
    Runner::start_after(others, source.clone(), shared.room(), ends, wish.clone())
}
