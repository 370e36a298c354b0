//! Where an item's frames go into a deck: turned, cropped and handed to a pad of the compositor.
//!
//! The compositor moves, scales and layers, and cannot turn. An item that stands askew is turned by us ([`crate::turning`]),
//! between two halves of its branch; all others pass as they are.
//!
//! A picture that keeps its shape stands in the middle of its item, as large as fits. How large it comes shows when it does, and may
//! change at any time, so an item is placed anew by whoever notices: who edits the scene, or who brings the pictures.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use klieg_studio_model::geometry::{Outline, Rect, margins};
use klieg_studio_model::{Canvas, Crop, Item, ItemId, Shape, Turn};
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
    spot: Arc<Spot>,
    /// Whether a picture of it has reached the compositor, or its source has none yet.
    is_there: Arc<AtomicBool>,
    _feeding: Feeding,
}

/// Where the compositor shows an item's picture, and what is known of both.
struct Spot {
    pad: gst::Pad,
    shaping: Shaping,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    wanted: Option<Wanted>,
    /// Of the picture that comes, before it is cropped.
    size: Option<(u32, u32)>,
}

/// What makes the item's part of the picture.
enum Shaping {
    Crop(gst::Element),
    /// How its frames are turned; none while it is not seen.
    Turn(Arc<Mutex<Option<Turning>>>),
}

/// How an item is to stand.
struct Wanted {
    item: Item,
    is_hidden: bool,
    /// From the bottom.
    layer: u32,
    canvas: Canvas,
    keeps_shape: bool,
}

/// How one item is placed from now on.
pub(crate) struct Placement {
    spot: Arc<Spot>,
    wanted: Wanted,
}

/// What is seen of an item's picture, in pixels of the canvas.
#[derive(Debug, PartialEq)]
struct Seen {
    /// Where it stands while it is upright.
    corner: (i32, i32),
    size: (u32, u32),
    /// All of the picture, and what of it is cut off.
    whole: (u32, u32),
    cut: Crop,
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
        let (shaping, first, last): (_, gst::Element, gst::Element) = if is_askew(item) {
            make("appsink")?;
            let (turning, turned) = (Arc::default(), gst_app::AppSrc::builder().build());
            let turner = turner(canvas, &turning, &is_there, Feed::new(turned.clone(), WAITING).catching_up());
            pipeline.add(&turned)?;
            (Shaping::Turn(turning), turner.upcast(), turned.upcast())
        } else {
            let crop = make("videocrop")?.create().build()?;
            (Shaping::Crop(crop.clone()), crop.clone(), crop)
        };
        let spot = Arc::new(Spot { pad: pad.clone(), shaping, known: Mutex::default() });
        spot.measure(&first.static_pad("sink").ok_or_else(refused)?);
        chain.push(first);
        pipeline.add_many(&chain)?;
        gst::Element::link_many(&chain)?;
        last.static_pad("src").ok_or_else(refused)?.link(&pad).map_err(|_| refused())?;
        let seen = is_there.clone();
        pad.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
            seen.store(true, Ordering::Relaxed);
            gst::PadProbeReturn::Remove
        });
        let feeding = outlet.connect(Feed::new(appsrc, WAITING).starting(start).catching_up());
        Ok(Self { item: item.id, spot, is_there, _feeding: feeding })
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
    /// `layer` counts from the bottom.
    pub(crate) fn new(
        place: &Place,
        item: &Item,
        is_hidden: bool,
        layer: u32,
        canvas: Canvas,
        keeps_shape: bool,
    ) -> Self {
        Self { spot: place.spot.clone(), wanted: Wanted { item: item.clone(), is_hidden, layer, canvas, keeps_shape } }
    }

    pub(crate) fn apply(self) {
        let mut known = self.spot.known.lock();
        known.wanted = Some(self.wanted);
        self.spot.place(&known);
    }
}

impl Spot {
    /// Places the item anew whenever pictures of another size are about to come to `pad`.
    fn measure(self: &Arc<Self>, pad: &gst::Pad) {
        // The pad is a part of what this holds.
        let spot = Arc::downgrade(self);
        pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, probe| {
            if let Some(gst::EventView::Caps(caps)) = probe.event().map(|event| event.view())
                && let Ok(picture) = gst_video::VideoInfo::from_caps(caps.caps())
                && let Some(spot) = spot.upgrade()
            {
                let mut known = spot.known.lock();
                known.size = Some((picture.width(), picture.height()));
                spot.place(&known);
            }
            gst::PadProbeReturn::Ok
        });
    }

    fn place(&self, known: &Known) {
        let Some(wanted) = &known.wanted else { return };
        let seen = wanted.seen(known.size);
        let is_seen = seen.is_some() && !wanted.is_hidden;
        self.pad.set_property("alpha", if is_seen { wanted.item.opacity } else { 0.0 });
        self.pad.set_property("zorder", wanted.layer);
        match &self.shaping {
            Shaping::Crop(crop) => {
                if let Some(seen) = &seen {
                    self.put(seen.corner, seen.size);
                }
                cut_off(crop, seen.as_ref(), known.size);
            }
            Shaping::Turn(turning) => {
                let turned = seen.filter(|_| is_seen).map(|seen| wanted.turned(&seen));
                if let Some((corner, turned)) = &turned {
                    self.put(*corner, (turned.side(), turned.side()));
                }
                *turning.lock() = turned.map(|(_, turned)| turned);
            }
        }
    }

    fn put(&self, (x, y): (i32, i32), (width, height): (u32, u32)) {
        self.pad.set_property("xpos", x);
        self.pad.set_property("ypos", y);
        self.pad.set_property("width", width.cast_signed());
        self.pad.set_property("height", height.cast_signed());
    }
}

impl Wanted {
    /// What is seen of a picture that comes in this size, or of one that fills its place while that is not known. None if all of it is
    /// cut off.
    fn seen(&self, size: Option<(u32, u32)>) -> Option<Seen> {
        let (item, place) = (&self.item, self.item.size(self.canvas));
        let shape = size.filter(|_| self.keeps_shape).map(|(width, height)| Shape { width, height });
        let free = shape.map_or_else(Crop::default, |shape| margins(shape, place));
        let Crop { left, top, right, bottom } = item.crop;
        let edges = Crop {
            left: left.max(free.left),
            top: top.max(free.top),
            right: right.max(free.right),
            bottom: bottom.max(free.bottom),
        };
        let size = edges.rest(place);
        (size.0 > 0 && size.1 > 0).then(|| Seen {
            corner: (item.x.saturating_add_unsigned(edges.left), item.y.saturating_add_unsigned(edges.top)),
            size,
            whole: free.rest(place),
            cut: Crop {
                left: edges.left - free.left,
                top: edges.top - free.top,
                right: edges.right - free.right,
                bottom: edges.bottom - free.bottom,
            },
        })
    }

    /// How what is seen is turned, and the corner of the square that holds it then.
    fn turned(&self, seen: &Seen) -> ((i32, i32), Turning) {
        let part = |cut: u32, whole: u32| f64::from(cut) / f64::from(whole.max(1));
        let (Crop { left, top, right, bottom }, (across, down)) = (seen.cut, seen.whole);
        let cut = [part(left, across), part(top, down), part(right, across), part(bottom, down)];
        let mut turning = Turning { angle: self.item.angle, size: seen.size, cut, off: (0.0, 0.0) };
        let upright = Rect::new(
            f64::from(seen.corner.0),
            f64::from(seen.corner.1),
            f64::from(seen.size.0),
            f64::from(seen.size.1),
        );
        // The item turns around its own middle, in which its picture need not stand.
        let middle = Outline::of_item(&self.item, self.canvas).at(upright.centre());
        // The pad stands on whole pixels; the rest of the way is drawn.
        let half = f64::from(turning.side()) / 2.0;
        let corner = |middle: f64| ((middle - half).floor() as i32, (middle - half) - (middle - half).floor());
        let ((x, across), (y, down)) = (corner(middle.0), corner(middle.1));
        turning.off = (across, down);
        ((x, y), turning)
    }
}

/// Cuts off what is cropped of pictures of this size. It is refused where nothing would be left, so then it is nothing.
fn cut_off(element: &gst::Element, seen: Option<&Seen>, size: Option<(u32, u32)>) {
    let Some((across, down)) = size else { return };
    let (cut, whole) = seen.map_or((Crop::default(), (1, 1)), |seen| (seen.cut, seen.whole));
    let share = |pixels: u32, of: u32, whole: u32| {
        (u64::from(pixels) * u64::from(of) / u64::from(whole.max(1))).try_into().unwrap_or(0i32)
    };
    for (side, pixels) in [
        ("left", share(cut.left, across, whole.0)),
        ("right", share(cut.right, across, whole.0)),
        ("top", share(cut.top, down, whole.1)),
        ("bottom", share(cut.bottom, down, whole.1)),
    ] {
        if element.property::<i32>(side) != pixels {
            element.set_property(side, pixels);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(width: u32, height: u32, crop: Crop, angle: f64) -> Wanted {
        let item = Item { x: 10, y: 20, width: Some(width), height: Some(height), crop, angle, ..Item::full("cam") };
        Wanted { item, is_hidden: false, layer: 0, canvas: Canvas::default(), keeps_shape: true }
    }

    #[test]
    fn a_picture_stands_in_the_middle_of_its_item_and_is_cut_off_where_the_item_is() {
        let old = Some((640, 480));
        let seen = |width, height, crop| wanted(width, height, crop, 0.0).seen(old);
        let whole = Seen { corner: (30, 20), size: (120, 90), whole: (120, 90), cut: Crop::default() };
        assert_eq!(seen(160, 90, Crop::default()), Some(whole));
        // On the left more is cut off than is free, on the right less.
        let crop = Crop { left: 50, right: 5, ..Crop::default() };
        let cut = Crop { left: 30, ..Crop::default() };
        assert_eq!(seen(160, 90, crop), Some(Seen { corner: (60, 20), size: (90, 90), whole: (120, 90), cut }));
        assert_eq!(seen(160, 90, Crop { left: 145, ..Crop::default() }), None, "nothing of it is left");
        let filled = Wanted { keeps_shape: false, ..wanted(160, 90, Crop::default(), 0.0) }.seen(old);
        assert_eq!(filled.map(|seen| (seen.corner, seen.size)), Some(((10, 20), (160, 90))));
    }

    #[test]
    fn an_item_turns_around_its_own_middle() {
        // Of the picture, 120 wide from 30 on, the right half is seen: from 90 to 150. Of the item that is from 90 to 170.
        let wanted = wanted(160, 90, Crop { left: 80, ..Crop::default() }, 90.0);
        let seen = wanted.seen(Some((640, 480))).unwrap();
        assert_eq!((seen.corner, seen.size), ((90, 20), (60, 90)));
        let ((x, y), turning) = wanted.turned(&seen);
        let side = f64::from(turning.side());
        let middle = (f64::from(x) + turning.off.0 + side / 2.0, f64::from(y) + turning.off.1 + side / 2.0);
        // Ten to the left of the item's middle is ten above it after a quarter turn.
        assert!((middle.0 - 130.0).abs() < 1e-9 && (middle.1 - 55.0).abs() < 1e-9, "{middle:?}");
        assert!((turning.cut[0] - 0.5).abs() < 1e-9 && turning.cut[2].abs() < 1e-9, "{:?}", turning.cut);
    }
}
