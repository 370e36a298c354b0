//! What the creator looks at: a picture of the programme or the preview as JPEG, the latest only, made only while somebody looks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use klieg_studio_model::Canvas;
use tokio::sync::watch;

use crate::EngineError;
use crate::element::{launch, named, stop};
use crate::feed::Feed;
use crate::format::video_caps;
use crate::timebase::TimeBase;

/// A JPEG, at most 960 pixels wide. Empty until there is one.
pub type Jpeg = Arc<[u8]>;

/// Widest picture, in pixels.
const WIDTH: u32 = 960;
/// Pictures a second at most: more are not seen in a control room, and cost as much as a small encoder.
const RATE: u64 = 30;

/// Makes JPEGs of raw frames.
pub(crate) struct Viewfinder {
    pipeline: gst::Pipeline,
    feed: Feed,
    latest: Arc<watch::Sender<Jpeg>>,
    interval: u64,
    next: AtomicU64,
}

impl Viewfinder {
    pub(crate) fn start(canvas: Canvas, time: &TimeBase) -> Result<Self, EngineError> {
        let width = canvas.width.min(WIDTH);
        let height = (u64::from(canvas.height) * u64::from(width) / u64::from(canvas.width.max(1))).max(2) as u32;
        let height = height.next_multiple_of(2);
        // JPEG has BT.601's full range, and says nothing of any other.
        let pipeline = launch(&format!(
            "appsrc name=in ! videoscale method=bilinear \
             ! video/x-raw,width={width},height={height},pixel-aspect-ratio=1/1 \
             ! videoconvert ! video/x-raw,format=I420,colorimetry=1:4:0:0 ! jpegenc quality=82 idct-method=ifast ! appsink name=out sync=false max-buffers=1 drop=true"
        ))?;
        let feed = Feed::new(named(&pipeline, "in")?, 1);
        feed.set_caps(&video_caps(canvas));
        let latest = Arc::new(watch::Sender::new(Jpeg::default()));
        let sender = latest.clone();
        let take = move |sink: &gst_app::AppSink| {
            let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            if let Some(map) = sample.buffer().and_then(|buffer| buffer.map_readable().ok()) {
                sender.send_replace(map.as_slice().into());
            }
            Ok(gst::FlowSuccess::Ok)
        };
        named::<gst_app::AppSink>(&pipeline, "out")?
            .set_callbacks(gst_app::AppSinkCallbacks::builder().new_sample(take).build());
        time.rule(&pipeline);
        pipeline.set_state(gst::State::Playing)?;
        let interval = gst::ClockTime::SECOND.nseconds() / RATE;
        Ok(Self { pipeline, feed, latest, interval, next: AtomicU64::new(0) })
    }

    /// Pictures from now on.
    pub(crate) fn watch(&self) -> watch::Receiver<Jpeg> {
        self.latest.subscribe()
    }

    /// Takes a frame, if somebody looks and it is time for one.
    pub(crate) fn frame(&self, buffer: &gst::Buffer) {
        if self.latest.receiver_count() == 0 {
            return;
        }
        let pts = buffer.pts().map_or(0, gst::ClockTime::nseconds);
        let next = self.next.load(Ordering::Relaxed);
        // A quarter of the interval early counts as in time, so that 30 frames a second are 30 pictures.
        if pts + self.interval / 4 >= next || next > pts + 2 * self.interval {
            self.next.store(next.max(pts) + self.interval, Ordering::Relaxed);
            self.feed.push(buffer.clone());
        }
    }
}

impl Drop for Viewfinder {
    fn drop(&mut self) {
        stop(&self.pipeline);
    }
}
