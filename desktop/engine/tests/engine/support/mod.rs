//! What the tests share: running a show, waiting for what it reports, and looking at what came out.

pub(crate) mod compare;
pub(crate) mod decode;
pub(crate) mod faulty;
pub(crate) mod port;
pub(crate) mod portal;
pub(crate) mod pulse;
pub(crate) mod recorder;
pub(crate) mod running;
pub(crate) mod tls;
pub(crate) mod turn;
pub(crate) mod whip_server;
pub(crate) mod x11;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use klieg_engine::{Engine, Options, Prober};
use klieg_studio_model::{Event, OutputState, Show, SourceState};

/// Longer than anything here takes; reached only by what is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// The sources and the scene of a show with a picture that moves and a sound.
pub(crate) const BALL_AND_TONE: &str = "
[[sources]]
name = 'ball'
kind = 'test'
pattern = 'ball'
[[sources]]
name = 'tone'
kind = 'tone'
[[scene]]
source = 'ball'
[[scene]]
source = 'tone'
";

/// A show on air.
pub(crate) struct OnAir {
    engine: Option<Engine>,
    events: Receiver<Event>,
}

pub(crate) fn show(text: &str) -> Show {
    Show::parse(text, &[]).unwrap()
}

impl OnAir {
    pub(crate) fn start(text: &str) -> Self {
        Self::with(text, Prober::default())
    }

    /// With encoders that are tried so.
    pub(crate) fn with(text: &str, prober: Prober) -> Self {
        let (sender, events) = channel();
        let options = Options { events: Arc::new(move |event| drop(sender.send(event))), prober, ..Options::default() };
        Self { engine: Some(Engine::start(&show(text), options).unwrap()), events }
    }

    /// The first event from now on that `wanted` accepts.
    pub(crate) fn until(&self, what: &str, mut wanted: impl FnMut(&Event) -> bool) -> Event {
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

    pub(crate) fn until_live(&self, output: &str) {
        self.until("live", |event| matches!(event, Event::Output { name, state: OutputState::Live } if name == output));
    }

    /// Waits until `output` has sent `frames` more frames, by its health.
    pub(crate) fn frames(&self, output: &str, frames: f64) {
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
    pub(crate) fn frames_composed(&self, frames: f64) {
        let mut composed = 0.0;
        self.until("composed frames", |event| {
            if let Event::Program { fps, .. } = event {
                composed += fps;
            }
            composed >= frames
        });
    }

    pub(crate) fn engine(&mut self) -> &mut Engine {
        self.engine.as_mut().unwrap()
    }

    /// Stops the show and returns how long that took.
    pub(crate) fn stop(&mut self) -> Duration {
        let started = Instant::now();
        self.engine.take().unwrap().stop();
        started.elapsed()
    }

    /// How many frames were [`lost`] since the start. Of a show that has stopped.
    pub(crate) fn lost(&self) -> u64 {
        let mut last = 0;
        self.until("the end", |event| {
            last = lost(event).unwrap_or(last);
            matches!(event, Event::Stopped)
        });
        last
    }
}

/// Frames since the start that were not composed, or that no encoder could take, because the machine was busy; if an event tells.
pub(crate) fn lost(event: &Event) -> Option<u64> {
    let Event::Program { skipped, missed, .. } = event else { return None };
    Some(skipped + missed)
}

/// Waits until `happened`.
pub(crate) fn wait_for<T>(what: &str, mut happened: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(value) = happened() {
            return value;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("never happened: {what}");
}

/// Asserts that at most `allowed` frames are missing from a recording at 30 frames a second, once the show has settled: the
/// programme may repeat its first moment while its sources appear.
pub(crate) fn assert_steady(pictures: &[decode::Picture], allowed: u64) {
    let pictures = &pictures[10..];
    let (first, last) = (pictures[0].pts, pictures[pictures.len() - 1].pts);
    let expected = ((last - first).nseconds() as f64 * 30.0 / 1e9).round() as u64 + 1;
    let missing = expected - pictures.len() as u64;
    let gaps: Vec<_> = pictures
        .windows(2)
        .map(|pair| (pair[0].pts.mseconds(), (pair[1].pts - pair[0].pts).mseconds()))
        .filter(|(_, step)| *step > 40)
        .collect();
    assert!(missing <= allowed, "{missing} frames are missing, {allowed} were lost; gaps at (ms): {gaps:?}");
}

/// Runs a show with one file output for `frames` frames more once all its sources are there, and returns the finished recording.
pub(crate) fn recorded(directory: &Path, name: &str, text: &str, frames: f64) -> PathBuf {
    let path = directory.join(name);
    let text = format!("{text}\n[[outputs]]\nkind = 'file'\npath = '{}'\n", path.display());
    let mut awaited: BTreeSet<String> = show(&text).sources.iter().map(|source| source.name().to_owned()).collect();
    let mut on_air = OnAir::start(&text);
    let mut is_recorded = false;
    on_air.until("all of its sources, recorded", |event| {
        match event {
            Event::Source { name, state: SourceState::Live } => {
                awaited.remove(name);
            }
            Event::Output { state: OutputState::Live, .. } => is_recorded = true,
            _ => {}
        }
        is_recorded && awaited.is_empty()
    });
    on_air.frames("file", frames);
    on_air.stop();
    path
}
