//! What the tests share: running a show, waiting for what it reports, and looking at what came out.

pub mod decode;
pub mod whip_server;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use klieg_engine::{Engine, Options, Prober};
use klieg_studio_model::{Event, OutputState, Show};

/// Longer than anything here takes; reached only by what is broken.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// A show on air.
pub struct OnAir {
    engine: Option<Engine>,
    events: Receiver<Event>,
}

pub fn show(text: &str) -> Show {
    Show::parse(text, &[]).unwrap()
}

impl OnAir {
    pub fn start(text: &str) -> Self {
        let (sender, events) = channel();
        let options =
            Options { events: Arc::new(move |event| drop(sender.send(event))), prober: Prober::default() };
        Self { engine: Some(Engine::start(&show(text), options).unwrap()), events }
    }

    /// The first event from now on that `wanted` accepts.
    pub fn until(&self, what: &str, mut wanted: impl FnMut(&Event) -> bool) -> Event {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        while let Ok(event) = self.events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            if wanted(&event) {
                return event;
            }
            seen.push(event);
        }
        panic!("never came: {what}; but {:?}", &seen[seen.len().saturating_sub(12)..]);
    }

    pub fn until_live(&self, output: &str) {
        self.until("live", |event| {
            matches!(event, Event::Output { name, state: OutputState::Live } if name == output)
        });
    }

    /// Waits until `output` has sent `frames` more frames, by its health.
    pub fn frames(&self, output: &str, frames: f64) {
        let mut sent = 0.0;
        self.until("frames", |event| {
            if let Event::Health { name, fps, .. } = event
                && name == output
            {
                sent += fps;
            }
            sent >= frames
        });
    }

    /// Waits until the programme has composed `frames` more frames.
    pub fn frames_composed(&self, frames: f64) {
        let mut composed = 0.0;
        self.until("composed frames", |event| {
            if let Event::Program { fps, .. } = event {
                composed += fps;
            }
            composed >= frames
        });
    }

    pub fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    /// Stops the show and returns how long that took.
    pub fn stop(&mut self) -> Duration {
        let started = Instant::now();
        self.engine.take().unwrap().stop();
        started.elapsed()
    }
}

/// Waits until `happened`.
pub fn wait_for<T>(what: &str, mut happened: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(value) = happened() {
            return value;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("never happened: {what}");
}

/// Runs a show with one file output for `frames` frames and returns the finished recording.
pub fn recorded(directory: &Path, name: &str, text: &str, frames: f64) -> PathBuf {
    let path = directory.join(name);
    let mut on_air = OnAir::start(&format!("{text}\n[[outputs]]\nkind = 'file'\npath = '{}'\n", path.display()));
    on_air.until_live("file");
    on_air.frames("file", frames);
    on_air.stop();
    path
}
