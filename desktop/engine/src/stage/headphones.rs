//! What the creator hears: the strips that are monitored, on the system's default output.

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Collection, Event, Monitor};

use super::Shared;
use crate::EngineError;
use crate::element::{failure, launch, named, stop};
use crate::feed::{Feed, Taking};
use crate::format::audio_caps;

/// Blocks of 10 ms that may wait: what is heard later than that is of no use to who speaks.
const WAITING: u64 = 10;

#[derive(Default)]
pub(super) struct Headphones {
    playing: Option<Playing>,
    /// They failed, and are not tried again before no strip is monitored any more.
    broken: bool,
}

struct Playing {
    // Dropped first: what is taken goes into the pipeline.
    _taking: Taking,
    pipeline: gst::Pipeline,
}

impl Headphones {
    /// Plays while a strip of the collection is monitored.
    pub(super) fn set(&mut self, collection: &Collection, shared: &Shared) {
        let wanted = collection.strips.values().any(|strip| strip.monitor != Monitor::Off);
        if !wanted {
            *self = Self::default();
        } else if self.playing.is_none() && !self.broken {
            match Playing::start(shared) {
                Ok(playing) => self.playing = Some(playing),
                Err(error) => self.give_up(&error.to_string(), shared),
            }
        }
    }

    /// Gives up if the system takes no sound.
    pub(super) fn check(&mut self, shared: &Shared) {
        if let Some(reason) = self.playing.as_ref().and_then(|playing| failure(&playing.pipeline)) {
            self.playing = None;
            self.give_up(&reason, shared);
        }
    }

    fn give_up(&mut self, reason: &str, shared: &Shared) {
        self.broken = true;
        shared.report.say(Event::Warning { text: format!("You hear nothing of what is monitored: {reason}.") });
    }
}

impl Playing {
    fn start(shared: &Shared) -> Result<Self, EngineError> {
        let pipeline = launch(
            "appsrc name=in ! audioconvert ! audioresample ! pulsesink sync=false buffer-time=60000 latency-time=10000",
        )?;
        let feed = Feed::new(named(&pipeline, "in")?, WAITING);
        feed.set_caps(&audio_caps());
        let taking = shared.mixer.monitor().add(move |buffer| feed.push(buffer.clone()));
        shared.time.rule(&pipeline);
        let playing = Self { _taking: taking, pipeline };
        playing.pipeline.set_state(gst::State::Playing)?;
        Ok(playing)
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        stop(&self.pipeline);
    }
}
