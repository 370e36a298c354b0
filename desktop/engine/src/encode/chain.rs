//! The pipeline of an encode, from its queue of raw frames to its fan-out: what is torn down and built anew when an encoder breaks
//! on air.
//!
//! An encoder may also hang without an error. What goes in is counted against what comes out, not against a clock: on a machine
//! that is too busy to compose frames, none are missed behind the encoder either.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use klieg_studio_model::{Canvas, VideoSettings};
use parking_lot::Mutex;

use super::busy::Busy;
use super::collect::collect;
use super::keyframes::Keyframes;
use super::table::EncoderKind;
use super::video::layer_canvas;
use crate::EngineError;
use crate::element::{failure, launch, named, stop};
use crate::ending::finish_within;
use crate::fanout::{Fanout, Kind};
use crate::feed::{Feed, Taking, Tap};
use crate::format::video_caps;
use crate::timebase::TimeBase;

/// Raw frames that may wait for the encoder: enough to ride out a busy moment of the machine. A frame later than that is
/// skipped, for an encoder that is always too slow would only add delay.
const WAITING: u64 = 8;
/// How many seconds of frames may go in while nothing comes out.
const SILENCE: u32 = 3;
/// The same for a canvas of very few frames a second, in frames: an encoder may keep some.
const LEAST_SILENCE: u32 = 15;
/// How long the next encoder waits for the end of this one. A driver that hangs is left to itself.
const FAREWELL: Duration = Duration::from_millis(500);

pub(crate) struct Chain {
    taking: Option<Taking>,
    mouth: Mouth,
    pipeline: gst::Pipeline,
    element: gst::Element,
    feed: Feed,
    silence: Silence,
    busy: Busy,
}

/// Where it publishes, for as long as it may.
type Mouth = Arc<Mutex<Option<Fanout>>>;

impl Chain {
    /// Builds it and couples it to the programme's picture. It waits for [`play`](Self::play). `layer` and `run` are those of
    /// [`Packet`](crate::fanout::Packet).
    pub(super) fn build(
        kind: &EncoderKind,
        settings: &VideoSettings,
        canvas: Canvas,
        (layer, run): (usize, u32),
        picture: &Tap,
        (fanout, keyframes): (&Fanout, &Keyframes),
    ) -> Result<Self, EngineError> {
        let scale = if layer == 0 {
            String::new()
        } else {
            let Canvas { width, height, .. } = layer_canvas(canvas, layer);
            format!("videoscale ! video/x-raw,width={width},height={height},pixel-aspect-ratio=1/1 ! ")
        };
        let description = format!(
            "appsrc name=in ! {scale}{} ! appsink name=out sync=false max-buffers=32",
            kind.description(settings, canvas.fps)
        );
        let pipeline = launch(&description)?;
        let element: gst::Element = named(&pipeline, "encoder")?;
        let queue: gst_app::AppSrc = named(&pipeline, "in")?;
        let busy = Busy::of(&queue);
        let feed = Feed::new(queue, WAITING);
        feed.set_caps(&video_caps(canvas));
        let mouth: Mouth = Arc::new(Mutex::new(Some(fanout.clone())));
        let silence = Silence::within(canvas);

        let (open, ended) = (mouth.clone(), silence.clone());
        collect(&named(&pipeline, "out")?, Kind::Video, (layer, run), move |packet| {
            ended.came_out();
            if let Some(fanout) = &*open.lock() {
                fanout.publish(packet);
            }
        });
        let (taken, begun, wishes, asked) = (feed.clone(), silence.clone(), keyframes.clone(), element.clone());
        let taking = picture.add(move |buffer| {
            if wishes.due(Instant::now()) {
                asked.send_event(gst_video::UpstreamForceKeyUnitEvent::builder().all_headers(true).build());
            }
            begun.goes_in();
            taken.push(buffer.clone());
        });
        Ok(Self { taking: Some(taking), mouth, pipeline, element, feed, silence, busy })
    }

    pub(super) fn play(&self, time: &TimeBase) -> Result<(), EngineError> {
        time.rule(&self.pipeline);
        let started = self.pipeline.set_state(gst::State::Playing);
        // What a driver takes to start counts for nothing.
        self.silence.came_out();
        match started {
            Ok(_) => Ok(()),
            Err(error) => Err(failure(&self.pipeline).map_or_else(|| error.into(), EngineError::Pipeline)),
        }
    }

    /// Goes on at another bitrate, in kbit/s, if this kind of encoder can.
    pub(super) fn set_bitrate(&self, kind: &EncoderKind, bitrate: u32) {
        kind.set_bitrate(&self.element, bitrate);
    }

    /// Frames that it could not take in time.
    pub(super) fn skipped(&self) -> u64 {
        self.feed.skipped()
    }

    /// See [`Busy::share`].
    pub(super) fn load(&self) -> f64 {
        self.busy.share(Instant::now())
    }

    /// The reason why it broke, if it did since it was last asked, or that it hangs.
    pub(super) fn failure(&self) -> Option<String> {
        failure(&self.pipeline).or_else(|| {
            let frames = self.silence.excess()?;
            Some(format!("it hung: {frames} frames went in and nothing came out"))
        })
    }

    /// Ends it; nothing more comes from it, however long its driver takes for its own end.
    pub(crate) fn end(mut self) {
        self.cut();
        match std::thread::Builder::new().name("encoder-end".to_owned()).spawn(move || drop(self)) {
            Ok(thread) => {
                finish_within(thread, FAREWELL);
            }
            // It has ended here.
            Err(error) => tracing::warn!(%error, "no thread for the end of an encoder"),
        }
    }

    fn cut(&mut self) {
        drop(self.taking.take());
        *self.mouth.lock() = None;
    }

    /// Breaks it, as a driver does.
    #[cfg(test)]
    pub(super) fn break_down(&self, reason: &str) {
        gst::element_error!(self.element, gst::StreamError::Encode, ("{reason}"));
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        self.cut();
        stop(&self.pipeline);
    }
}

/// Frames that went in since something came out.
#[derive(Clone, Debug)]
struct Silence {
    frames: Arc<AtomicU64>,
    most: u64,
}

impl Silence {
    fn within(canvas: Canvas) -> Self {
        let most = canvas.fps.saturating_mul(SILENCE).max(LEAST_SILENCE);
        Self { frames: Arc::default(), most: most.into() }
    }

    /// A frame goes in, or would if there were room.
    fn goes_in(&self) {
        self.frames.fetch_add(1, Ordering::Relaxed);
    }

    fn came_out(&self) {
        self.frames.store(0, Ordering::Relaxed);
    }

    /// How many, if they are too many.
    fn excess(&self) -> Option<u64> {
        Some(self.frames.load(Ordering::Relaxed)).filter(|frames| *frames > self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_hangs_that_takes_three_seconds_of_frames_and_gives_nothing() {
        for (fps, most) in [(30, 90), (60, 180), (1, 15)] {
            let silence = Silence::within(Canvas { width: 320, height: 180, fps });
            for _ in 0..10 {
                (0..most).for_each(|_| silence.goes_in());
                assert_eq!(silence.excess(), None);
                silence.came_out();
            }
            (0..=most).for_each(|_| silence.goes_in());
            assert_eq!(silence.excess(), Some(most + 1));
        }
    }
}
