//! Where an item's frames go into a deck: turned, cropped and handed to a pad of the compositor.
//!
//! The compositor moves, scales and layers, and cannot turn. An item that stands askew is turned by us ([`crate::turning`]),
//! between two halves of its branch; all others pass as they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use klieg_studio_model::{Canvas, Item, ItemId, Turn};
use parking_lot::Mutex;

use crate::EngineError;
use crate::element::make;
use crate::feed::{Feed, Feeding, Outlet};
use crate::format::picture_caps;
use crate::frame::{Planes, drawn};
use crate::turning::{Picture, Turning};

/// How long a source's last picture stands when no new one comes.
const PICTURE_HOLDS: gst::ClockTime = gst::ClockTime::from_seconds(2);
/// Raw frames that may wait before a place; more are skipped.
const WAITING: u64 = 4;

/// Where an item's frames go in.
pub(crate) struct Place {
    pub(crate) item: ItemId,
    pad: gst::Pad,
    shaping: Shaping,
    /// Whether a picture of it has reached the compositor, or its source has none yet.
    is_there: Arc<AtomicBool>,
    _feeding: Feeding,
}

/// What makes the item's part of the picture.
#[derive(Clone)]
enum Shaping {
    Crop(gst::Element),
    /// How its frames are turned; none while it is not seen.
    Turn(Arc<Mutex<Option<Turning>>>),
}

/// How one item is placed.
#[derive(Clone)]
pub(crate) struct Placement {
    pad: gst::Pad,
    shaping: Shaping,
    item: Item,
    is_hidden: bool,
    layer: u32,
    canvas: Canvas,
    size: (u32, u32),
}

/// Whether an item stands askew, which is fixed when its place is built.
pub(crate) fn is_askew(item: &Item) -> bool {
    item.angle != 0.0
}

impl Place {
    /// `appsrc ! turn ! crop ! compositor`, or `appsrc ! turn ! appsink`, our own turning and `appsrc ! compositor`, fed from
    /// `outlet`. The pipeline's running time begins at `start` of the show's.
    pub(crate) fn build(
        pipeline: &gst::Pipeline,
        compositor: &gst::Element,
        item: &Item,
        canvas: Canvas,
        (outlet, start): (&Arc<Outlet>, gst::ClockTime),
    ) -> Result<Self, EngineError> {
        make("appsrc")?;
        let appsrc = gst_app::AppSrc::builder().build();
        let mut chain: Vec<gst::Element> = vec![appsrc.clone().upcast()];
        if !item.turn.is_none() {
            // What is turned by a quarter must not have A420, which a source may begin to have at any time.
            for element in
                [make("videoconvert")?.create().build()?, turning(item.turn)?, make("videoconvert")?.create().build()?]
            {
                chain.push(element);
            }
        }
        let refused = || EngineError::Pipeline("the compositor gives no pad".to_owned());
        let pad = compositor.request_pad_simple("sink_%u").ok_or_else(refused)?;
        pad.set_property("max-last-buffer-repeat", PICTURE_HOLDS.nseconds());
        let is_there = Arc::new(AtomicBool::new(!outlet.has_picture()));
        let (shaping, last) = if is_askew(item) {
            make("appsink")?;
            let (turning, turned) = (Arc::default(), gst_app::AppSrc::builder().build());
            chain.push(turner(canvas, &turning, &is_there, Feed::new(turned.clone(), WAITING).catching_up()).upcast());
            pipeline.add(&turned)?;
            (Shaping::Turn(turning), turned.upcast())
        } else {
            let crop = make("videocrop")?.create().build()?;
            chain.push(crop.clone());
            (Shaping::Crop(crop.clone()), crop)
        };
        pipeline.add_many(&chain)?;
        gst::Element::link_many(&chain)?;
        last.static_pad("src").ok_or_else(refused)?.link(&pad).map_err(|_| refused())?;
        let seen = is_there.clone();
        pad.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
            seen.store(true, Ordering::Relaxed);
            gst::PadProbeReturn::Remove
        });
        let feeding = outlet.connect(Feed::new(appsrc, WAITING).starting(start).catching_up());
        Ok(Self { item: item.id, pad, shaping, is_there, _feeding: feeding })
    }

    /// Whether there is no picture of it that the compositor still lacks.
    pub(crate) fn is_there(&self) -> bool {
        self.is_there.load(Ordering::Relaxed)
    }
}

/// The end of an askew item's first half, whose frames go on turned into `feed`.
fn turner(
    canvas: Canvas,
    turning: &Arc<Mutex<Option<Turning>>>,
    is_there: &Arc<AtomicBool>,
    feed: Feed,
) -> gst_app::AppSink {
    let caps = gst::Caps::builder("video/x-raw").field("format", gst::List::new(["I420", "A420"])).build();
    let (turning, is_there) = (turning.clone(), is_there.clone());
    let take = move |appsink: &gst_app::AppSink| {
        let sample = appsink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let now = *turning.lock();
        if now.is_none() {
            is_there.store(true, Ordering::Relaxed);
        }
        if let (Some(turning), Some(caps), Some(buffer)) = (now, sample.caps(), sample.buffer()) {
            let side = turning.side();
            let out = picture_caps(true, side, side, canvas.fps);
            if let Some(buffer) = turned(&turning, caps, buffer, &out) {
                feed.set_caps(&out);
                feed.push(buffer);
            }
        }
        Ok(gst::FlowSuccess::Ok)
    };
    gst_app::AppSink::builder()
        .caps(&caps)
        .sync(false)
        .max_buffers(1)
        .callbacks(gst_app::AppSinkCallbacks::builder().new_sample(take).build())
        .build()
}

fn turned(turning: &Turning, caps: &gst::CapsRef, buffer: &gst::BufferRef, out: &gst::CapsRef) -> Option<gst::Buffer> {
    let info = gst_video::VideoInfo::from_caps(caps).ok()?;
    let planes = Planes::of(buffer, &info)?;
    let picture = Picture {
        size: (info.width() as usize, info.height() as usize),
        planes: [planes.plane(0)?, planes.plane(1)?, planes.plane(2)?],
        alpha: if info.has_alpha() { Some(planes.plane(3)?) } else { None },
    };
    drawn(&gst_video::VideoInfo::from_caps(out).ok()?, buffer, |plane, out| {
        if plane == 3 {
            turning.alpha(&picture, out);
        } else {
            turning.colour(&picture, plane as usize, out);
        }
        Some(())
    })
}

impl Placement {
    /// `layer` counts from the bottom; `size` is that of the source's picture.
    pub(crate) fn new(
        place: &Place,
        item: &Item,
        is_hidden: bool,
        layer: u32,
        canvas: Canvas,
        size: (u32, u32),
    ) -> Self {
        let (pad, shaping) = (place.pad.clone(), place.shaping.clone());
        Self { pad, shaping, item: item.clone(), is_hidden, layer, canvas, size }
    }

    pub(crate) fn apply(&self) {
        self.pad.set_property("alpha", if self.is_hidden { 0.0 } else { self.item.opacity });
        self.pad.set_property("zorder", self.layer);
        match &self.shaping {
            Shaping::Crop(crop) => self.place_upright(crop),
            Shaping::Turn(turning) => self.place_askew(turning),
        }
    }

    fn put(&self, (x, y): (i32, i32), (width, height): (u32, u32)) {
        self.pad.set_property("xpos", x);
        self.pad.set_property("ypos", y);
        self.pad.set_property("width", width.cast_signed());
        self.pad.set_property("height", height.cast_signed());
    }

    fn place_upright(&self, element: &gst::Element) {
        let Item { crop, turn, .. } = self.item;
        let (width, height) = self.item.size(self.canvas);
        let corner = (self.item.x.saturating_add_unsigned(crop.left), self.item.y.saturating_add_unsigned(crop.top));
        self.put(corner, crop.rest((width, height)));
        let (across, down) = if turn.is_quarter() { (self.size.1, self.size.0) } else { self.size };
        let share = |pixels: u32, of: u32, whole: u32| {
            (u64::from(pixels) * u64::from(of) / u64::from(whole.max(1))).try_into().unwrap_or(0i32)
        };
        for (side, pixels) in [
            ("left", share(crop.left, across, width)),
            ("right", share(crop.right, across, width)),
            ("top", share(crop.top, down, height)),
            ("bottom", share(crop.bottom, down, height)),
        ] {
            if element.property::<i32>(side) != pixels {
                element.set_property(side, pixels);
            }
        }
    }

    fn place_askew(&self, turning: &Mutex<Option<Turning>>) {
        let Item { crop, angle, .. } = self.item;
        let (width, height) = self.item.size(self.canvas);
        let seen = crop.rest((width, height));
        let part = |cut: u32, whole: u32| f64::from(cut) / f64::from(whole.max(1));
        let cut = [part(crop.left, width), part(crop.top, height), part(crop.right, width), part(crop.bottom, height)];
        let mut now = Turning { angle, size: seen, cut, off: (0.0, 0.0) };
        let side = now.side();
        // The pad stands on whole pixels; the rest of the way is drawn.
        let corner = |edge: i32, cut: u32, seen: u32| {
            let corner = f64::from(edge) + f64::from(cut) + (f64::from(seen) - f64::from(side)) / 2.0;
            (corner.floor() as i32, corner - corner.floor())
        };
        let ((x, across), (y, down)) = (corner(self.item.x, crop.left, seen.0), corner(self.item.y, crop.top, seen.1));
        now.off = (across, down);
        self.put((x, y), (side, side));
        *turning.lock() = (!self.is_hidden).then_some(now);
    }
}

fn turning(turn: Turn) -> Result<gst::Element, EngineError> {
    // GStreamer 1.22 does nothing when it is told by `method`.
    let direction = match turn {
        Turn::None => "identity",
        Turn::Right => "90r",
        Turn::Left => "90l",
        Turn::UpsideDown => "180",
        Turn::Mirror => "horiz",
    };
    let element = make("videoflip")?.create().build()?;
    element.set_property_from_str("video-direction", direction);
    Ok(element)
}
