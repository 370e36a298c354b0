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
use klieg_studio_model::{Canvas, Item, Show, Source, Turn};
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
    picture_caps(false, canvas.width, canvas.height, canvas.fps)
}

/// Raw picture of any size in a format of the programme's: translucent or not.
pub(crate) fn picture_caps(translucent: bool, width: u32, height: u32, fps: u32) -> gst::Caps {
    gst::Caps::builder("video/x-raw")
        .field("format", if translucent { "A420" } else { "I420" })
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
    /// The size in which the source has to come, in pixels.
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
        let placed = |item: &Item| show.source(&item.source).filter(|source| source.has_picture());
        let end = if show.scene.iter().filter_map(placed).any(Source::is_translucent) {
            // Only a picture that could be clear itself takes in what is; it is composed over black all the same.
            let clear = picture_caps(true, canvas.width, canvas.height, canvas.fps);
            let filter = make("capsfilter")?.create().property("caps", &clear).build()?;
            let cover = make("videoconvert")?.create().build()?;
            self.pipeline.add_many([&compositor, &filter, &cover])?;
            gst::Element::link_many([&compositor, &filter, &cover])?;
            cover
        } else {
            self.pipeline.add(&compositor)?;
            compositor.clone()
        };
        let sink = self.tap(&end, &caps, &self.picture, Some(self.composed.clone()))?;
        if show.overlays.clock {
            let info = gst_video::VideoInfo::from_caps(&caps)?;
            if let Some(pad) = sink.static_pad("sink") {
                clock::install(&pad, info);
            }
        }
        let mut items: Vec<_> = show.scene.iter().enumerate().collect();
        items.sort_by_key(|(index, item)| (item.z, *index));
        for (layer, (_, item)) in items.into_iter().enumerate() {
            let Some(source) = placed(item) else { continue };
            let size = wanted_size(show, source);
            let (width, height) = item.crop.rest(item.size(canvas));
            let shaping = shaping(item, source, size, canvas)?;
            let feed = self.feed(&compositor, &shaping, WAITING_PICTURES, |pad| {
                pad.set_property("xpos", item.x.saturating_add_unsigned(item.crop.left));
                pad.set_property("ypos", item.y.saturating_add_unsigned(item.crop.top));
                pad.set_property("width", width.cast_signed());
                pad.set_property("height", height.cast_signed());
                pad.set_property("alpha", item.opacity);
                pad.set_property("zorder", layer as u32);
                pad.set_property("max-last-buffer-repeat", PICTURE_HOLDS.nseconds());
            })?;
            let feeds = self.feeds.entry(item.source.clone()).or_default();
            feeds.size = size;
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
        self.pipeline.add(&mixer)?;
        self.tap(&mixer, &audio_caps(), &self.sound, None)?;
        for item in &show.scene {
            if !show.source(&item.source).is_some_and(Source::has_sound) {
                continue;
            }
            let feed = self.feed(&mixer, &[], WAITING_SOUNDS, |pad| {
                pad.set_property("volume", item.volume);
                pad.set_property("mute", item.muted);
            })?;
            feed.set_caps(&audio_caps());
            self.feeds.entry(item.source.clone()).or_default().sound.push(feed);
        }
        Ok(())
    }

    /// `last ! caps ! appsink`, whose buffers go to `tap`.
    fn tap(
        &self,
        last: &gst::Element,
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
        self.pipeline.add(&sink)?;
        last.link(&sink)?;
        Ok(sink)
    }

    /// A feed through `shaping` into a new pad of `mixer`.
    fn feed(
        &self,
        mixer: &gst::Element,
        shaping: &[gst::Element],
        limit: u64,
        place: impl Fn(&gst::Pad),
    ) -> Result<Feed, EngineError> {
        make("appsrc")?;
        let appsrc = gst_app::AppSrc::builder().build();
        self.pipeline.add(&appsrc)?;
        let mut last: gst::Element = appsrc.clone().upcast();
        for element in shaping {
            self.pipeline.add(element)?;
            last.link(element)?;
            last = element.clone();
        }
        let refused = || EngineError::Pipeline("the mixer gives no pad".to_owned());
        let pad = mixer.request_pad_simple("sink_%u").ok_or_else(refused)?;
        place(&pad);
        let source = last.static_pad("src").ok_or_else(refused)?;
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

/// The size in which a source has to come: the largest in which the scene shows it, in pixels before it is turned.
fn wanted_size(show: &Show, source: &Source) -> (u32, u32) {
    let items = show.scene.iter().filter(|item| item.source == source.name());
    items.fold((0, 0), |(width, height), item| {
        let (across, down) = item.size(show.canvas);
        let (across, down) = if item.turn.is_quarter() { (down, across) } else { (across, down) };
        (width.max(across), height.max(down))
    })
}

/// What an item's picture, that comes in `size`, passes through on its way to its place.
fn shaping(item: &Item, source: &Source, size: (u32, u32), canvas: Canvas) -> Result<Vec<gst::Element>, EngineError> {
    let mut elements = Vec::new();
    if !item.turn.is_none() {
        if source.is_translucent() {
            elements.push(make("videoconvert")?.create().build()?);
        }
        // GStreamer 1.22 does nothing when it is told by `method`.
        let direction = match item.turn {
            Turn::None => "identity",
            Turn::Right => "90r",
            Turn::Left => "90l",
            Turn::UpsideDown => "180",
            Turn::Mirror => "horiz",
        };
        let element = make("videoflip")?.create().build()?;
        element.set_property_from_str("video-direction", direction);
        elements.push(element);
    }
    if !item.crop.is_none() {
        let (across, down) = if item.turn.is_quarter() { (size.1, size.0) } else { size };
        let (width, height) = item.size(canvas);
        let share = |pixels: u32, of: u32, whole: u32| {
            (u64::from(pixels) * u64::from(of) / u64::from(whole.max(1))).try_into().unwrap_or(0i32)
        };
        let element = make("videocrop")?.create().build()?;
        element.set_property("left", share(item.crop.left, across, width));
        element.set_property("right", share(item.crop.right, across, width));
        element.set_property("top", share(item.crop.top, down, height));
        element.set_property("bottom", share(item.crop.bottom, down, height));
        elements.push(element);
    }
    Ok(elements)
}

impl Drop for Program {
    fn drop(&mut self) {
        stop(&self.pipeline);
    }
}
