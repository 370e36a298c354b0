//! The programme: one live pipeline that composes the picture and mixes the sound, whatever its sources do.
//!
//! Sources push raw frames into its feeds, already in the canvas' format, and it passes on what it made to the encoders.
//! Neither side can stop it: a feed that is empty leaves its place dark or silent, a slow encoder skips frames.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use klieg_studio_model::{Canvas, Show};
use parking_lot::Mutex;

use crate::element::{make, stop};
use crate::timebase::TimeBase;
use crate::{EngineError, clock};

/// How long the programme waits for a source's frame beyond its time. It delays everything, so it is short; a source that
/// delivers later is shown one frame later.
const VIDEO_PATIENCE: gst::ClockTime = gst::ClockTime::from_mseconds(12);
const AUDIO_PATIENCE: gst::ClockTime = gst::ClockTime::from_mseconds(30);
const AUDIO_BLOCK: gst::ClockTime = gst::ClockTime::from_mseconds(10);
/// How long a source's last picture stands when no new one comes.
const PICTURE_HOLDS: gst::ClockTime = gst::ClockTime::from_seconds(2);
/// Raw frames that may wait before a feed; more are skipped.
const WAITING_PICTURES: u64 = 4;
const WAITING_SOUNDS: u64 = 50;

/// Raw sound everywhere in the engine.
pub(crate) fn audio_caps() -> gst::Caps {
    gst::Caps::builder("audio/x-raw")
        .field("format", "F32LE")
        .field("layout", "interleaved")
        .field("rate", 48_000)
        .field("channels", 2)
        .field("channel-mask", gst::Bitmask(3))
        .build()
}

/// Raw picture of the programme.
pub(crate) fn video_caps(canvas: Canvas) -> gst::Caps {
    picture_caps(canvas.width, canvas.height, canvas.fps)
}

/// Raw picture of any size in the programme's format.
pub(crate) fn picture_caps(width: u32, height: u32, fps: u32) -> gst::Caps {
    gst::Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", width.cast_signed())
        .field("height", height.cast_signed())
        .field("framerate", gst::Fraction::new(fps.cast_signed(), 1))
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .field("interlace-mode", "progressive")
        .field("colorimetry", "bt709")
        .build()
}

/// Where raw buffers go in: of a source into the programme, or of the programme into an encoder.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    appsrc: gst_app::AppSrc,
    limit: u64,
    skipped: Arc<AtomicU64>,
}

impl Feed {
    pub(crate) fn new(appsrc: gst_app::AppSrc, limit: u64) -> Self {
        appsrc.set_is_live(true);
        appsrc.set_format(gst::Format::Time);
        appsrc.set_block(false);
        appsrc.set_max_bytes(0);
        Self { appsrc, limit, skipped: Arc::default() }
    }

    /// Passes a buffer on, or skips it if too many wait already.
    pub(crate) fn push(&self, buffer: gst::Buffer) {
        if self.appsrc.current_level_buffers() >= self.limit {
            self.skipped.fetch_add(1, Ordering::Relaxed);
        } else {
            // Refused only while its pipeline stops.
            let _ = self.appsrc.push_buffer(buffer);
        }
    }

    pub(crate) fn set_caps(&self, caps: &gst::Caps) {
        if self.appsrc.caps().as_ref() != Some(caps) {
            self.appsrc.set_caps(Some(caps));
        }
    }

    pub(crate) fn skipped(&self) -> u64 {
        self.skipped.load(Ordering::Relaxed)
    }
}

/// What takes a raw buffer of the programme.
type Taker = Box<dyn Fn(&gst::Buffer) + Send>;

/// The programme's raw picture or sound, for encoders to take.
#[derive(Clone, Default)]
pub(crate) struct Tap(Arc<Mutex<Vec<Taker>>>);

impl Tap {
    /// `take` is called for every buffer in the programme's streaming thread, so it must not wait.
    pub(crate) fn add(&self, take: impl Fn(&gst::Buffer) + Send + 'static) {
        self.0.lock().push(Box::new(take));
    }
}

/// The feeds of one source: one for each place it has in the scene.
#[derive(Clone, Debug, Default)]
pub(crate) struct Feeds {
    pub picture: Vec<Feed>,
    pub sound: Vec<Feed>,
    /// The largest size in which the source is shown, in pixels.
    pub size: (u32, u32),
}

pub(crate) struct Program {
    pipeline: gst::Pipeline,
    pub(crate) picture: Tap,
    pub(crate) sound: Tap,
    feeds: HashMap<String, Feeds>,
    composed: Arc<AtomicU64>,
}

impl Program {
    pub(crate) fn build(show: &Show) -> Result<Self, EngineError> {
        let pipeline = gst::Pipeline::with_name("programme");
        let mut program = Self {
            pipeline,
            picture: Tap::default(),
            sound: Tap::default(),
            feeds: HashMap::new(),
            composed: Arc::default(),
        };
        program.add_picture(show)?;
        program.add_sound(show)?;
        Ok(program)
    }

    fn add_picture(&mut self, show: &Show) -> Result<(), EngineError> {
        let canvas = show.canvas;
        let compositor = make("compositor")?
            .create()
            .property_from_str("background", "black")
            .property("force-live", true)
            .property("ignore-inactive-pads", true)
            .property("latency", VIDEO_PATIENCE.nseconds())
            .build()?;
        let caps = video_caps(canvas);
        let sink = self.tap(&compositor, &caps, &self.picture, Some(self.composed.clone()))?;
        if show.overlays.clock {
            let info = gst_video::VideoInfo::from_caps(&caps)?;
            if let Some(pad) = sink.static_pad("sink") {
                clock::install(&pad, info);
            }
        }
        let mut items: Vec<_> = show.scene.iter().enumerate().collect();
        items.sort_by_key(|(index, item)| (item.z, *index));
        for (layer, (_, item)) in items.into_iter().enumerate() {
            if !show.source(&item.source).is_some_and(klieg_studio_model::Source::has_picture) {
                continue;
            }
            let (width, height) = item.size(canvas);
            let feed = self.feed(&compositor, WAITING_PICTURES, |pad| {
                pad.set_property("xpos", item.x);
                pad.set_property("ypos", item.y);
                pad.set_property("width", width.cast_signed());
                pad.set_property("height", height.cast_signed());
                pad.set_property("alpha", item.opacity);
                pad.set_property("zorder", layer as u32);
                pad.set_property("max-last-buffer-repeat", PICTURE_HOLDS.nseconds());
            })?;
            let feeds = self.feeds.entry(item.source.clone()).or_default();
            feeds.size = (feeds.size.0.max(width), feeds.size.1.max(height));
            feeds.picture.push(feed);
        }
        Ok(())
    }

    fn add_sound(&mut self, show: &Show) -> Result<(), EngineError> {
        let mixer = make("audiomixer")?
            .create()
            .property("force-live", true)
            .property("ignore-inactive-pads", true)
            .property("latency", AUDIO_PATIENCE.nseconds())
            .property("output-buffer-duration", AUDIO_BLOCK.nseconds())
            .build()?;
        self.tap(&mixer, &audio_caps(), &self.sound, None)?;
        for item in &show.scene {
            if !show.source(&item.source).is_some_and(klieg_studio_model::Source::has_sound) {
                continue;
            }
            let feed = self.feed(&mixer, WAITING_SOUNDS, |pad| {
                pad.set_property("volume", item.volume);
                pad.set_property("mute", item.muted);
            })?;
            feed.set_caps(&audio_caps());
            self.feeds.entry(item.source.clone()).or_default().sound.push(feed);
        }
        Ok(())
    }

    /// `mixer ! caps ! appsink`, whose buffers go to `tap`.
    fn tap(
        &self,
        mixer: &gst::Element,
        caps: &gst::Caps,
        tap: &Tap,
        count: Option<Arc<AtomicU64>>,
    ) -> Result<gst_app::AppSink, EngineError> {
        make("appsink")?;
        let takers = tap.0.clone();
        let sink = gst_app::AppSink::builder()
            .caps(caps)
            .sync(false)
            .max_buffers(4)
            .callbacks(
                gst_app::AppSinkCallbacks::builder()
                    .new_sample(move |sink| {
                        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                        if let Some(buffer) = sample.buffer_owned() {
                            for take in takers.lock().iter() {
                                take(&buffer);
                            }
                            if let Some(count) = &count {
                                count.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                        Ok(gst::FlowSuccess::Ok)
                    })
                    .build(),
            )
            .build();
        self.pipeline.add_many([mixer, sink.upcast_ref()])?;
        mixer.link(&sink)?;
        Ok(sink)
    }

    /// A feed into a new pad of `mixer`.
    fn feed(&self, mixer: &gst::Element, limit: u64, place: impl Fn(&gst::Pad)) -> Result<Feed, EngineError> {
        make("appsrc")?;
        let appsrc = gst_app::AppSrc::builder().build();
        self.pipeline.add(&appsrc)?;
        let refused = || EngineError::Pipeline("the mixer gives no pad".to_owned());
        let pad = mixer.request_pad_simple("sink_%u").ok_or_else(refused)?;
        place(&pad);
        let source = appsrc.static_pad("src").ok_or_else(refused)?;
        source.link(&pad).map_err(|_| refused())?;
        Ok(Feed::new(appsrc, limit))
    }

    /// Where the source of this name puts its frames.
    pub(crate) fn feeds(&self, source: &str) -> Feeds {
        self.feeds.get(source).cloned().unwrap_or_default()
    }

    /// Frames composed since the start.
    pub(crate) fn composed(&self) -> u64 {
        self.composed.load(Ordering::Relaxed)
    }

    /// Starts. Its first frame is that of running time zero, so that should be now.
    pub(crate) fn play(&self, time: &TimeBase) -> Result<(), EngineError> {
        time.rule(&self.pipeline);
        self.pipeline.set_state(gst::State::Playing)?;
        Ok(())
    }

    /// The reason why it broke, if it did.
    pub(crate) fn failure(&self) -> Option<String> {
        let message = self.pipeline.bus()?.pop_filtered(&[gst::MessageType::Error])?;
        match message.view() {
            gst::MessageView::Error(error) => Some(crate::element::said(error)),
            _ => None,
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        stop(&self.pipeline);
    }
}
