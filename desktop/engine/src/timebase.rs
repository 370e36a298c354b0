//! One clock for all pipelines of a show.
//!
//! Every pipeline counts its running time on the same clock from the same moment, so a time stamp means the same in each of
//! them and buffers cross from one to another without translation.

use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;

#[derive(Clone, Debug)]
pub(crate) struct TimeBase {
    clock: gst::Clock,
    base: gst::ClockTime,
    started: Instant,
}

impl TimeBase {
    /// Running time zero is now.
    pub(crate) fn start() -> Self {
        let clock = gst::SystemClock::obtain();
        let started = Instant::now();
        Self { base: clock.time(), clock, started }
    }

    /// Puts `pipeline` on this time. Its running time is ours.
    pub(crate) fn rule(&self, pipeline: &gst::Pipeline) {
        pipeline.use_clock(Some(&self.clock));
        pipeline.set_start_time(gst::ClockTime::NONE);
        pipeline.set_base_time(self.base);
    }

    /// Puts `pipeline` on this time, with its running time beginning at `start` of ours.
    pub(crate) fn rule_from(&self, pipeline: &gst::Pipeline, start: gst::ClockTime) {
        self.rule(pipeline);
        pipeline.set_base_time(self.base + start);
    }

    /// Lets `pipeline` count from its own start, on our clock.
    pub(crate) fn lend_clock(&self, pipeline: &gst::Pipeline) {
        pipeline.use_clock(Some(&self.clock));
    }

    /// A running time of a pipeline that counts from `base`, as a running time of ours. Zero if it lies before.
    pub(crate) fn translate(&self, running: gst::ClockTime, base: gst::ClockTime) -> gst::ClockTime {
        (running + base).saturating_sub(self.base)
    }

    /// Running time of this moment.
    pub(crate) fn now(&self) -> gst::ClockTime {
        self.clock.time().saturating_sub(self.base)
    }

    /// The moment of a running time.
    pub(crate) fn instant(&self, running: gst::ClockTime) -> Instant {
        self.started + Duration::from(running)
    }
}
