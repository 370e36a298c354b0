//! One running encode of the picture.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use klieg_studio_model::{Canvas, Encode, EncoderReport, VideoSettings};
use parking_lot::Mutex;

use super::adapt::Adaptation;
use super::busy::Busy;
use super::entry::is_entry;
use super::table::EncoderKind;
use crate::EngineError;
use crate::element::{launch, named, stop};
use crate::fanout::{Fanout, Kind, Packet};
use crate::feed::{Feed, Taking, Tap};
use crate::format::video_caps;
use crate::timebase::TimeBase;

/// Raw frames that may wait for the encoder: enough to ride out a busy moment of the machine. A frame later than that is
/// skipped, for an encoder that is always too slow would only add delay.
const WAITING: u64 = 8;
/// However many viewers ask, a keyframe is made at most this often.
const KEYFRAME_PAUSE: Duration = Duration::from_millis(300);

/// Asks an encoder for a keyframe.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keyframes(Arc<Mutex<Wish>>);

#[derive(Debug, Default)]
struct Wish {
    wanted: bool,
    granted: Option<Instant>,
}

impl Keyframes {
    /// The next frame will be a keyframe, or one soon after if there has just been one.
    pub(crate) fn request(&self) {
        self.0.lock().wanted = true;
    }

    fn due(&self, now: Instant) -> bool {
        let mut wish = self.0.lock();
        let rested = wish.granted.is_none_or(|last| now.duration_since(last) >= KEYFRAME_PAUSE);
        if !(wish.wanted && rested) {
            return false;
        }
        *wish = Wish { wanted: false, granted: Some(now) };
        true
    }
}

pub(crate) struct VideoEncoder {
    // Dropped first: what is taken goes into the pipeline.
    _taking: Taking,
    pipeline: gst::Pipeline,
    settings: Mutex<VideoSettings>,
    pub(crate) layer: usize,
    pub(crate) report: EncoderReport,
    pub(crate) fanout: Fanout,
    pub(crate) keyframes: Keyframes,
    pub(crate) kind: &'static EncoderKind,
    feed: Feed,
    element: gst::Element,
    busy: Busy,
    pace: Mutex<Pace>,
}

/// How much it sends, and the outputs because of which it is less than is wanted.
struct Pace {
    adaptation: Adaptation,
    slow: Vec<String>,
}

impl VideoEncoder {
    /// Builds the encode and couples it to the programme's picture. It waits for
    /// [`play`](Self::play). `layer` is that of [`Packet`].
    pub(crate) fn build(
        (kind, report): (&'static EncoderKind, EncoderReport),
        settings: &VideoSettings,
        canvas: Canvas,
        layer: usize,
        picture: &Tap,
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
        let encoder: gst::Element = named(&pipeline, "encoder")?;
        let queue: gst_app::AppSrc = named(&pipeline, "in")?;
        let busy = Busy::of(&queue);
        let feed = Feed::new(queue, WAITING);
        feed.set_caps(&video_caps(canvas));
        let (fanout, keyframes) = (Fanout::default(), Keyframes::default());
        collect(&named(&pipeline, "out")?, Kind::Video, layer, fanout.clone());

        let (taken, wishes, asked) = (feed.clone(), keyframes.clone(), encoder.clone());
        let taking = picture.add(move |buffer| {
            if wishes.due(Instant::now()) {
                asked.send_event(gst_video::UpstreamForceKeyUnitEvent::builder().all_headers(true).build());
            }
            taken.push(buffer.clone());
        });
        Ok(Self {
            _taking: taking,
            pipeline,
            settings: Mutex::new(settings.clone()),
            layer,
            report,
            fanout,
            keyframes,
            kind,
            feed,
            element: encoder,
            busy,
            pace: Mutex::new(Pace { adaptation: Adaptation::new(settings.bitrate), slow: Vec::new() }),
        })
    }

    /// Frames it could not take in time, since the start.
    pub(crate) fn skipped(&self) -> u64 {
        self.feed.skipped()
    }

    /// What it is set to, of which another encode may be the same.
    pub(crate) fn settings(&self) -> VideoSettings {
        self.settings.lock().clone()
    }

    /// Whether its bitrate can change while it runs.
    pub(crate) fn adapts(&self) -> bool {
        self.kind.adapts()
    }

    /// Goes on at another bitrate, in kbit/s and of the whole picture, if it can.
    pub(crate) fn set_bitrate(&self, bitrate: u32) {
        let wanted = VideoSettings { bitrate, ..self.settings() }.layer(self.layer);
        let mut pace = self.pace.lock();
        pace.adaptation.want(wanted.bitrate);
        self.kind.set_bitrate(&self.element, pace.adaptation.now());
        *self.settings.lock() = wanted;
    }

    /// Takes note of one more second, and of the outputs that did not keep up in it.
    pub(crate) fn adapt(&self, slow: Vec<String>) {
        let mut pace = self.pace.lock();
        if !self.adapts() {
            pace.slow = slow;
            return;
        }
        let changed = pace.adaptation.second(!slow.is_empty());
        let (now, wanted) = (pace.adaptation.now(), pace.adaptation.wanted());
        if slow.is_empty() && now == wanted {
            pace.slow.clear();
        }
        for name in slow {
            if !pace.slow.contains(&name) {
                pace.slow.push(name);
            }
        }
        if changed.is_some() {
            self.kind.set_bitrate(&self.element, now);
            let (encoder, layer) = (&self.report.encoder, self.layer);
            tracing::info!(encoder, layer, bitrate = now, wanted, "the bitrate follows the connection");
        }
    }

    /// How it is, as taken by these outputs. Its load is that since the last call.
    pub(crate) fn state(&self, outputs: Vec<String>) -> Encode {
        let pace = self.pace.lock();
        Encode {
            report: self.report.clone(),
            layer: self.layer,
            wanted: pace.adaptation.wanted(),
            bitrate: pace.adaptation.now(),
            adapts: self.adapts(),
            load: self.busy.share(Instant::now()),
            slow: pace.slow.iter().filter(|name| outputs.contains(name)).cloned().collect(),
            outputs,
        }
    }

    pub(crate) fn play(&self, time: &TimeBase) -> Result<(), EngineError> {
        time.rule(&self.pipeline);
        match self.pipeline.set_state(gst::State::Playing) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.failure().map_or_else(|| error.into(), EngineError::Pipeline)),
        }
    }

    /// The reason why it broke, if it did.
    pub(crate) fn failure(&self) -> Option<String> {
        crate::element::failure(&self.pipeline)
    }

    /// Breaks it, as a driver does.
    #[cfg(test)]
    pub(crate) fn break_down(&self, reason: &str) {
        gst::element_error!(self.element, gst::StreamError::Encode, ("{reason}"));
    }
}

impl Drop for VideoEncoder {
    fn drop(&mut self) {
        stop(&self.pipeline);
    }
}

/// The size of a simulcast layer: each has half the width and height of the one before, in even numbers.
pub(crate) fn layer_canvas(canvas: Canvas, layer: usize) -> Canvas {
    let part = |side: u32| ((side >> layer) & !1).max(2);
    Canvas { width: part(canvas.width), height: part(canvas.height), ..canvas }
}

/// Sends what comes out of `sink` to `fanout`, on the show's time.
///
/// Nothing may be lost here, for every later frame builds on it. h264parse at times leaves a keyframe that follows another
/// without its presentation time; it has its decoding time, which is the same, as no encoder here reorders.
pub(super) fn collect(sink: &gst_app::AppSink, kind: Kind, layer: usize, fanout: Fanout) {
    let mut next = gst::ClockTime::ZERO;
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_sample(move |sink| {
                let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                let running = |time| sample.segment()?.downcast_ref::<gst::ClockTime>()?.to_running_time(time);
                if let (Some(buffer), Some(caps)) = (sample.buffer_owned(), sample.caps_owned()) {
                    let pts = buffer.pts().or(buffer.dts()).and_then(running).unwrap_or(next);
                    next = pts + buffer.duration().unwrap_or_default();
                    let keyframe = is_entry(&buffer, &caps);
                    fanout.publish(&Packet { kind, buffer, caps, pts, keyframe, layer });
                }
                Ok(gst::FlowSuccess::Ok)
            })
            .build(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_requests_make_one_keyframe_and_a_late_one_is_kept() {
        let keyframes = Keyframes::default();
        let start = Instant::now();
        assert!(!keyframes.due(start));
        keyframes.request();
        keyframes.request();
        assert!(keyframes.due(start));
        assert!(!keyframes.due(start));
        keyframes.request();
        assert!(!keyframes.due(start + KEYFRAME_PAUSE / 2));
        assert!(keyframes.due(start + KEYFRAME_PAUSE));
    }
}
