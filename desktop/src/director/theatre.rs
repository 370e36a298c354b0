//! What the director needs of the engine. A trait, so that its decisions are tested without a pipeline.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use klieg_engine::{EngineError, Jpeg, Options, Stage, Trial, View};
use klieg_studio_model::{AudioSettings, Collection, Meters, Output, Transition, VideoSettings};
use tokio::sync::watch;

/// A collection that plays. See [`Stage`], whose methods these are.
pub trait Theatre {
    fn set(&mut self, collection: &Collection) -> Result<(), EngineError>;
    fn restart(&mut self, source: &str) -> Result<(), EngineError>;
    fn choose_again(&mut self, source: &str) -> Result<(), EngineError>;
    fn seek(&mut self, source: &str, to: Duration) -> Result<(), EngineError>;
    fn set_monitor_output(&mut self, output: Option<&str>);
    fn show(&mut self, scene: &str, transition: &Transition) -> Result<(), EngineError>;
    fn preview(&mut self, scene: Option<&str>) -> Result<(), EngineError>;
    fn trial(&self, output: &Output, video: &VideoSettings) -> Option<Trial>;
    /// With these settings, whatever the output says itself.
    fn start_output(
        &mut self,
        output: &Output,
        video: &VideoSettings,
        audio: &AudioSettings,
    ) -> Result<(), EngineError>;
    fn stop_output(&mut self, name: &str);
    fn set_bitrate(&mut self, outputs: &[&str], bitrate: u32) -> Vec<(String, String)>;
    fn pause_output(&mut self, name: &str, pause: bool) -> Result<(), EngineError>;
    fn split_output(&mut self, name: &str) -> Result<(), EngineError>;
    fn mark_output(&mut self, name: &str, text: &str, ago: Duration) -> Result<(), EngineError>;
    fn save_replay(&mut self, name: &str, path: &Path) -> Result<(), EngineError>;
    fn pictures(&self, view: View) -> watch::Receiver<Jpeg>;
    fn meters(&self) -> Meters;
    fn failure(&self) -> Option<String>;
}

/// Opens a theatre with a scene on air, in the director's thread.
pub type Opener = Arc<dyn Fn(&Collection, &str, Options) -> Result<Box<dyn Theatre>, EngineError> + Send + Sync>;

/// The engine.
pub fn real() -> Opener {
    Arc::new(|collection, scene, options| Ok(Box::new(Stage::open(collection, scene, options)?)))
}

impl Theatre for Stage {
    fn set(&mut self, collection: &Collection) -> Result<(), EngineError> {
        Self::set(self, collection)
    }

    fn restart(&mut self, source: &str) -> Result<(), EngineError> {
        Self::restart(self, source)
    }

    fn seek(&mut self, source: &str, to: Duration) -> Result<(), EngineError> {
        Self::seek(self, source, to)
    }

    fn choose_again(&mut self, source: &str) -> Result<(), EngineError> {
        Self::choose_again(self, source)
    }

    fn set_monitor_output(&mut self, output: Option<&str>) {
        Self::set_monitor_output(self, output);
    }

    fn show(&mut self, scene: &str, transition: &Transition) -> Result<(), EngineError> {
        Self::show(self, scene, transition)
    }

    fn preview(&mut self, scene: Option<&str>) -> Result<(), EngineError> {
        Self::preview(self, scene)
    }

    fn trial(&self, output: &Output, video: &VideoSettings) -> Option<Trial> {
        Self::trial(self, output, video)
    }

    fn start_output(
        &mut self,
        output: &Output,
        video: &VideoSettings,
        audio: &AudioSettings,
    ) -> Result<(), EngineError> {
        Self::start_output(self, output, video, audio)
    }

    fn stop_output(&mut self, name: &str) {
        Self::stop_output(self, name);
    }

    fn set_bitrate(&mut self, outputs: &[&str], bitrate: u32) -> Vec<(String, String)> {
        Self::set_bitrate(self, outputs, bitrate)
    }

    fn pause_output(&mut self, name: &str, pause: bool) -> Result<(), EngineError> {
        Self::pause_output(self, name, pause)
    }

    fn split_output(&mut self, name: &str) -> Result<(), EngineError> {
        Self::split_output(self, name)
    }

    fn mark_output(&mut self, name: &str, text: &str, ago: Duration) -> Result<(), EngineError> {
        Self::mark_output(self, name, text, ago)
    }

    fn save_replay(&mut self, name: &str, path: &Path) -> Result<(), EngineError> {
        Self::save_replay(self, name, path)
    }

    fn pictures(&self, view: View) -> watch::Receiver<Jpeg> {
        Self::pictures(self, view)
    }

    fn meters(&self) -> Meters {
        Self::meters(self)
    }

    fn failure(&self) -> Option<String> {
        Self::failure(self)
    }
}
