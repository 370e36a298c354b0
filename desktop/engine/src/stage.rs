//! The stage: sources, programme and mixer of a collection, on for as long as the studio is open, while outputs come and go.

use klieg_studio_model::{AudioSettings, Collection, Meters, Output, OutputState, Transition, VideoSettings};
use tokio::sync::watch;

use crate::EngineError;
use crate::engine::Options;

/// A collection that runs. Dropping it stops everything.
pub struct Stage {}

/// One of the pictures that the creator looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// What is on air.
    Programme,
    /// Studio mode: what would be on air next.
    Preview,
}

/// A JPEG, at most 960 pixels wide. Empty until there is one.
pub type Jpeg = std::sync::Arc<[u8]>;

impl Stage {
    /// Starts the collection with `scene` on air. Returns as soon as it runs; sources come on their own.
    pub fn open(_collection: &Collection, _scene: &str, _options: Options) -> Result<Self, EngineError> {
        todo!()
    }

    /// Makes what runs match the collection: sources start, stop or change, items move, strips and filters are set.
    /// Nothing that has not changed is disturbed. The canvas must be as it was; for another one, open another stage.
    pub fn set(&mut self, _collection: &Collection) -> Result<(), EngineError> {
        todo!()
    }

    /// Puts a scene on air. Returns at once; the transition runs by itself.
    pub fn show(&mut self, _scene: &str, _transition: &Transition) -> Result<(), EngineError> {
        todo!()
    }

    /// Studio mode: composes this scene for [`View::Preview`], or none.
    pub fn preview(&mut self, _scene: Option<&str>) -> Result<(), EngineError> {
        todo!()
    }

    /// Starts an output with a name that no running output has. It connects and reconnects by itself and tells its state by
    /// events; outputs with equal settings share one encode.
    pub fn start_output(
        &mut self,
        _output: &Output,
        _video: &VideoSettings,
        _audio: &AudioSettings,
    ) -> Result<(), EngineError> {
        todo!()
    }

    /// Ends an output properly, which may take two seconds. Nothing happens if there is none of that name.
    pub fn stop_output(&mut self, _name: &str) {
        todo!()
    }

    /// The state of each running output.
    pub fn outputs(&self) -> Vec<(String, OutputState)> {
        todo!()
    }

    /// Pictures of a view, the latest only. They are made only while somebody holds a receiver.
    pub fn pictures(&self, _view: View) -> watch::Receiver<Jpeg> {
        todo!()
    }

    /// What the strips and the mix sounded like since the last call.
    pub fn meters(&self) -> Meters {
        todo!()
    }

    /// Why the stage cannot go on, if it cannot.
    pub fn failure(&self) -> Option<String> {
        todo!()
    }
}
