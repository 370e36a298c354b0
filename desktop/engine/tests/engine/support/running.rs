//! A show that the program runs, in a process with surroundings of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use klieg_studio_model::Event;
use rustix::process::{Pid, Signal, kill_process};

use super::PATIENCE;

pub(crate) const ENGINE: &str = env!("CARGO_BIN_EXE_klieg-engine");

pub(crate) struct Running {
    engine: Child,
    events: Receiver<Event>,
}

impl Running {
    pub(crate) fn start(engine: &mut Command, show: &Path) -> Self {
        let engine = engine.arg("run").arg(show).args(["--events", "json"]).stdout(Stdio::piped());
        let mut engine = engine.spawn().unwrap();
        let (sender, events) = channel();
        let lines = BufReader::new(engine.stdout.take().unwrap()).lines();
        std::thread::spawn(move || {
            for event in lines.map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok()) {
                let _ = sender.send(event);
            }
        });
        Self { engine, events }
    }

    pub(crate) fn until(&mut self, what: &str, mut wanted: impl FnMut(&Event) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let event = self.events.recv_timeout(left).unwrap_or_else(|_| panic!("never came: {what}"));
            if wanted(&event) {
                return;
            }
        }
    }

    /// Waits until its file has so many more frames.
    pub(crate) fn frames(&mut self, frames: f64) {
        let mut written = 0.0;
        self.until("frames", |event| {
            if let Event::Health { fps, .. } = event {
                written += fps;
            }
            written >= frames
        });
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(mut self) {
        self.engine.kill().unwrap();
        self.engine.wait().unwrap();
    }

    /// Ends it when its file has so many more frames.
    pub(crate) fn record(mut self, frames: f64) {
        self.frames(frames);
        kill_process(Pid::from_child(&self.engine), Signal::TERM).unwrap();
        let end = self.engine.wait().unwrap();
        assert!(end.success(), "{end}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Where a test has failed it still runs.
        let _ = self.engine.kill();
        let _ = self.engine.wait();
    }
}
