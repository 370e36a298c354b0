//! How busy an encoder is: the share of time in which it could take no further frame.
//!
//! One thread carries every frame from the queue through the encoder, and is taken up until it comes back for the next. That
//! is what decides whether frames have to be skipped: neither the time until a frame comes out, which is delay, nor the
//! processor's time, which is spread over the encoder's own threads. An encoder in hardware that goes on by itself counts only
//! while it lets nothing more in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use parking_lot::Mutex;

/// Counts the time for which the thread of a queue is taken up.
#[derive(Clone, Debug)]
pub(super) struct Busy(Arc<Mutex<Spent>>);

#[derive(Debug)]
struct Spent {
    /// Since when a frame has been on its way, as far as that is not counted in `busy`.
    since: Option<Instant>,
    busy: Duration,
    told: Instant,
}

impl Busy {
    /// Watches what goes out of `queue`, which nobody else may ask to tell when it is empty.
    pub(super) fn of(queue: &gst_app::AppSrc) -> Self {
        let busy = Self::starting(Instant::now());
        if let Some(pad) = queue.static_pad("src") {
            let busy = busy.clone();
            pad.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
                busy.takes(Instant::now());
                gst::PadProbeReturn::Ok
            });
        }
        let (waiting, callbacks) = (busy.clone(), gst_app::AppSrcCallbacks::builder());
        queue.set_callbacks(callbacks.need_data(move |_, _| waiting.waits(Instant::now())).build());
        busy
    }

    fn starting(now: Instant) -> Self {
        Self(Arc::new(Mutex::new(Spent { since: None, busy: Duration::ZERO, told: now })))
    }

    /// A frame goes in.
    fn takes(&self, now: Instant) {
        let mut spent = self.0.lock();
        spent.count(now);
        spent.since = Some(now);
    }

    /// It is done with all frames there are.
    fn waits(&self, now: Instant) {
        let mut spent = self.0.lock();
        spent.count(now);
        spent.since = None;
    }

    /// The share of the time since the last call, 0 to 1.
    pub(super) fn share(&self, now: Instant) -> f64 {
        let mut spent = self.0.lock();
        spent.count(now);
        let passed = now.duration_since(std::mem::replace(&mut spent.told, now));
        let busy = std::mem::take(&mut spent.busy);
        if passed.is_zero() { 0.0 } else { busy.div_duration_f64(passed).min(1.0) }
    }
}

impl Spent {
    fn count(&mut self, now: Instant) {
        if let Some(since) = &mut self.since {
            self.busy += now.duration_since(*since);
            *since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::{launch, named, stop};

    #[test]
    fn a_frame_counts_until_the_next_one_is_waited_for() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let busy = Busy::starting(start);
        busy.takes(at(10));
        busy.waits(at(30));
        assert!((busy.share(at(100)) - 0.2).abs() < 1e-9);
        // Two in a row without a wait, the second of which never ends.
        busy.takes(at(150));
        busy.takes(at(180));
        assert!((busy.share(at(200)) - 0.5).abs() < 1e-9);
        assert!((busy.share(at(300)) - 1.0).abs() < 1e-9);
        busy.waits(at(300));
        assert!(busy.share(at(400)).abs() < 1e-9);
    }

    #[test]
    fn what_is_slow_in_a_pipeline_is_seen_and_rest_as_well() {
        gst::init().unwrap();
        let pipeline =
            launch("appsrc name=in format=time ! identity sleep-time=5000 ! appsink name=out sync=false").unwrap();
        let queue: gst_app::AppSrc = named(&pipeline, "in").unwrap();
        let sink: gst_app::AppSink = named(&pipeline, "out").unwrap();
        let started = Instant::now();
        let busy = Busy::of(&queue);
        pipeline.set_state(gst::State::Playing).unwrap();
        for _ in 0..4 {
            queue.push_buffer(gst::Buffer::new()).unwrap();
        }
        for _ in 0..4 {
            sink.pull_sample().unwrap();
        }
        let now = Instant::now();
        let spent = busy.share(now) * now.duration_since(started).as_secs_f64();
        assert!(spent > 0.019, "four frames of 5 ms took {spent} s");
        let deadline = now + Duration::from_secs(20);
        while busy.share(Instant::now()) > 0.0 {
            assert!(Instant::now() < deadline, "a pipeline at rest is never at rest");
            std::thread::yield_now();
        }
        stop(&pipeline);
    }
}
