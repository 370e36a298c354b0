//! One GStreamer pipeline: buffers go in at an appsrc, samples come out at an appsink, nothing waits for a clock.

use std::sync::{Arc, Mutex, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use klieg_media::time::MediaTime;

use crate::check;

/// Added to a place on the timeline to get a GStreamer time, which is never negative.
const ORIGIN: i64 = 3_600_000_000_000;

/// Why a pipeline cannot be built.
#[derive(Debug)]
pub(crate) struct BuildError(pub(crate) String);

impl From<gst::glib::BoolError> for BuildError {
    fn from(error: gst::glib::BoolError) -> Self {
        Self(error.to_string())
    }
}

impl From<gst::StateChangeError> for BuildError {
    fn from(error: gst::StateChangeError) -> Self {
        Self(error.to_string())
    }
}

/// An element with its properties, written as `gst-launch` does.
pub(crate) fn element(name: &str, properties: &[(&str, &str)]) -> Result<gst::Element, BuildError> {
    let mut builder = gst::ElementFactory::make(name);
    for (property, value) in properties {
        builder = builder.property_from_str(property, value);
    }
    builder.build().map_err(|_| {
        BuildError(format!("the GStreamer element {name} is missing: apt-get install {}", check::package(name)))
    })
}

/// A capsfilter.
pub(crate) fn filter(caps: &gst::Caps) -> Result<gst::Element, BuildError> {
    let filter = element("capsfilter", &[])?;
    filter.set_property("caps", caps);
    Ok(filter)
}

/// A place on the timeline in GStreamer's time. `None` if it is an hour before the broadcast.
pub(crate) fn clock_time(time: MediaTime) -> Option<gst::ClockTime> {
    u64::try_from(time.nanos().saturating_add(ORIGIN)).ok().map(gst::ClockTime::from_nseconds)
}

/// When a sample is presented, on the timeline. (Encoders move both their timestamps and their segment.)
pub(crate) fn sample_time(sample: &gst::Sample) -> Option<MediaTime> {
    let pts = sample.buffer()?.pts()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let running = segment.to_running_time(pts)?;
    i64::try_from(running.nseconds()).ok().map(|nanos| MediaTime::from_nanos(nanos - ORIGIN))
}

/// A running pipeline; stopped when dropped.
pub(crate) struct Stage {
    pipeline: gst::Pipeline,
    source: gst_app::AppSrc,
    sink: gst_app::AppSink,
    error: Arc<Mutex<Option<String>>>,
}

impl Stage {
    /// Chains the elements between buffers of `caps` and `take`, which is called on the pipeline's thread.
    pub(crate) fn start(
        caps: &gst::Caps,
        elements: &[gst::Element],
        mut take: impl FnMut(&gst::Sample) + Send + 'static,
    ) -> Result<Self, BuildError> {
        let source = gst_app::AppSrc::builder()
            .caps(caps)
            .format(gst::Format::Time)
            .is_live(true)
            .block(false)
            .max_bytes(0)
            .max_buffers(0)
            .max_time(gst::ClockTime::ZERO)
            .build();
        let callbacks = gst_app::AppSinkCallbacks::builder()
            .new_sample(move |sink| {
                let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                take(&sample);
                Ok(gst::FlowSuccess::Ok)
            })
            .build();
        let sink = gst_app::AppSink::builder()
            .sync(false)
            .async_(false)
            .enable_last_sample(false)
            .callbacks(callbacks)
            .build();
        let pipeline = gst::Pipeline::new();
        let error = Arc::new(Mutex::new(None));
        let first_error = error.clone();
        if let Some(bus) = pipeline.bus() {
            bus.set_sync_handler(move |_, message| {
                if let gst::MessageView::Error(failure) = message.view() {
                    let mut error = first_error.lock().unwrap_or_else(PoisonError::into_inner);
                    error.get_or_insert_with(|| failure.error().to_string());
                }
                gst::BusSyncReply::Drop
            });
        }
        let mut chain = vec![source.clone().upcast::<gst::Element>()];
        chain.extend(elements.iter().cloned());
        chain.push(sink.clone().upcast());
        pipeline.add_many(&chain)?;
        gst::Element::link_many(&chain)?;
        let stage = Self { pipeline, source, sink, error };
        stage.pipeline.set_state(gst::State::Playing)?;
        Ok(stage)
    }

    /// Queues a buffer. Never waits.
    pub(crate) fn push(&self, buffer: gst::Buffer) {
        // Refused only after an error, which is on the bus as well.
        let _ = self.source.push_buffer(buffer);
    }

    /// Buffers that the first element has not taken yet.
    pub(crate) fn queued(&self) -> u64 {
        self.source.current_level_buffers()
    }

    /// Sends an event against the stream.
    pub(crate) fn send_upstream(&self, event: gst::Event) {
        self.sink.send_event(event);
    }

    /// What went wrong, if it did; nothing comes out afterwards.
    pub(crate) fn error(&self) -> Option<String> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}
