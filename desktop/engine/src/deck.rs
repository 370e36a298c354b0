//! A deck composes one scene, in a live pipeline of its own.
//!
//! The structure of a deck never changes: which sources stand in it and how they are turned is fixed when it is built, and a
//! scene of another structure gets another deck, which takes over when it is ready (see [`crate::switcher`]). Positions,
//! sizes, opacities and the order of the items do change while it runs, all of one edit with the same frame; the frames that
//! wait already have the old crop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use klieg_studio_model::{Canvas, Collection, Item, ItemId, Scene, Source, Turn};
use parking_lot::Mutex;

use crate::EngineError;
use crate::element::{make, stop};
use crate::feed::{Feed, Feeding, Outlet};
use crate::format::{picture_caps, video_caps};
use crate::timebase::TimeBase;

/// How long a deck waits for a source's frame beyond its time. It delays everything, so it is short; a source that delivers
/// later is shown one frame later.
const PATIENCE: gst::ClockTime = gst::ClockTime::from_mseconds(12);
/// How long a source's last picture stands when no new one comes.
const PICTURE_HOLDS: gst::ClockTime = gst::ClockTime::from_seconds(2);
/// Raw frames that may wait before a place; more are skipped.
const WAITING: u64 = 4;
/// Frames until the sources that are on have surely been composed.
const SETTLED: u64 = 3;

/// Tells decks apart.
pub(crate) type DeckId = u64;

/// What takes the composed frames, in the deck's streaming thread.
pub(crate) type FrameSink = Arc<dyn Fn(DeckId, &gst::Buffer) + Send + Sync>;

pub(crate) struct Deck {
    pub(crate) id: DeckId,
    pub(crate) scene: String,
    pipeline: gst::Pipeline,
    /// When its running time begins, in the show's.
    start: gst::ClockTime,
    structure: Structure,
    places: Vec<Place>,
    pending: Arc<Mutex<Vec<Placement>>>,
    composed: Arc<AtomicU64>,
}

/// What cannot change while a deck runs.
#[derive(Clone, Debug, PartialEq)]
struct Structure {
    canvas: Canvas,
    clock: bool,
    places: Vec<(ItemId, String, Turn, bool)>,
}

/// Where an item's frames go in.
struct Place {
    item: ItemId,
    pad: gst::Pad,
    crop: gst::Element,
    _feeding: Feeding,
}

/// How one item is placed.
#[derive(Clone)]
struct Placement {
    pad: gst::Pad,
    crop: gst::Element,
    item: Item,
    layer: u32,
    canvas: Canvas,
    size: (u32, u32),
}

impl Structure {
    fn of(collection: &Collection, scene: &Scene) -> Self {
        let mut places: Vec<_> = shown(collection, scene)
            .map(|(item, source)| (item.id, item.source.clone(), item.turn, collection.is_translucent(source)))
            .collect();
        places.sort_by_key(|place| place.0);
        Self { canvas: collection.canvas, clock: collection.overlays.clock, places }
    }
}

/// The items of a scene that have a picture, from the bottom up.
fn shown<'a>(collection: &'a Collection, scene: &'a Scene) -> impl Iterator<Item = (&'a Item, &'a Source)> {
    let source = |item: &'a Item| collection.source(&item.source).filter(|source| source.has_picture());
    scene.items.iter().filter_map(move |item| source(item).map(|source| (item, source)))
}

/// Where decks find the pictures of sources, and the size in which each comes.
pub(crate) trait Pictures {
    fn outlet(&self, source: &str) -> Option<(Arc<Outlet>, (u32, u32))>;
}

impl Deck {
    /// Builds a deck for `scene` and starts it with the next frame of the show's time.
    pub(crate) fn start(
        id: DeckId,
        collection: &Collection,
        scene: &Scene,
        pictures: &impl Pictures,
        time: &TimeBase,
        sink: FrameSink,
    ) -> Result<Self, EngineError> {
        let pipeline = gst::Pipeline::with_name(&format!("scene {}", scene.name));
        let mut deck = Self {
            id,
            scene: scene.name.clone(),
            structure: Structure::of(collection, scene),
            pipeline,
            start: gst::ClockTime::ZERO,
            places: Vec::new(),
            pending: Arc::default(),
            composed: Arc::default(),
        };
        let canvas = collection.canvas;
        // Its running time begins on the grid that all decks share, so that frames of two of them belong together.
        let (second, fps) = (gst::ClockTime::SECOND.nseconds(), u64::from(canvas.fps.max(1)));
        let number = time.now().nseconds() / (second / fps) + 1;
        deck.start = gst::ClockTime::from_nseconds(number * second / fps);
        let compositor = make("compositor")?
            .create()
            .property_from_str("background", "black")
            .property("force-live", true)
            .property("ignore-inactive-pads", true)
            .property("latency", PATIENCE.nseconds())
            .build()?;
        let end = deck.end(&compositor, canvas)?;
        deck.tap(&end, canvas, sink)?;
        for (item, source) in shown(collection, scene) {
            let Some((outlet, size)) = pictures.outlet(&item.source) else { continue };
            let place = deck.place(&compositor, item, collection.is_translucent(source), &outlet)?;
            Placement::new(&place, item, 0, canvas, size).apply();
            deck.places.push(place);
        }
        for placement in deck.placements(collection, scene, pictures) {
            placement.apply();
        }
        time.rule_from(&deck.pipeline, deck.start);
        deck.pipeline.set_state(gst::State::Playing)?;
        Ok(deck)
    }

    /// The last element of the composition.
    fn end(&self, compositor: &gst::Element, canvas: Canvas) -> Result<gst::Element, EngineError> {
        self.pipeline.add(compositor)?;
        if !self.structure.places.iter().any(|(.., translucent)| *translucent) {
            return Ok(compositor.clone());
        }
        // Only a picture that could be clear itself takes in what is; it is composed over black all the same.
        let clear = picture_caps(true, canvas.width, canvas.height, canvas.fps);
        let filter = make("capsfilter")?.create().property("caps", &clear).build()?;
        let cover = make("videoconvert")?.create().build()?;
        self.pipeline.add_many([&filter, &cover])?;
        gst::Element::link_many([compositor, &filter, &cover])?;
        Ok(cover)
    }

    /// `end ! caps ! appsink`, whose buffers go to `sink`.
    fn tap(&self, end: &gst::Element, canvas: Canvas, sink: FrameSink) -> Result<(), EngineError> {
        make("appsink")?;
        let (id, start, composed, pending) = (self.id, self.start, self.composed.clone(), self.pending.clone());
        let caps = video_caps(canvas);
        let take = move |appsink: &gst_app::AppSink| {
            let sample = appsink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            if let Some(mut buffer) = sample.buffer_owned() {
                let pts = buffer.pts().map(|pts| pts + start);
                buffer.make_mut().set_pts(pts);
                composed.fetch_add(1, Ordering::Relaxed);
                sink(id, &buffer);
            }
            // Between two frames, so that a frame shows all of an edit or nothing of it.
            for placement in pending.lock().drain(..) {
                placement.apply();
            }
            Ok(gst::FlowSuccess::Ok)
        };
        let appsink = gst_app::AppSink::builder()
            .caps(&caps)
            .sync(false)
            .max_buffers(4)
            .callbacks(gst_app::AppSinkCallbacks::builder().new_sample(take).build())
            .build();
        self.pipeline.add(&appsink)?;
        end.link(&appsink)?;
        if self.structure.clock
            && let Some(pad) = appsink.static_pad("sink")
        {
            crate::clock::install(&pad, gst_video::VideoInfo::from_caps(&caps)?);
        }
        Ok(())
    }

    /// `appsrc ! turn ! crop ! compositor`, fed from `outlet`.
    fn place(
        &self,
        compositor: &gst::Element,
        item: &Item,
        translucent: bool,
        outlet: &Arc<Outlet>,
    ) -> Result<Place, EngineError> {
        make("appsrc")?;
        let appsrc = gst_app::AppSrc::builder().build();
        let mut chain: Vec<gst::Element> = vec![appsrc.clone().upcast()];
        if !item.turn.is_none() {
            if translucent {
                chain.push(make("videoconvert")?.create().build()?);
            }
            chain.push(turning(item.turn)?);
        }
        let crop = make("videocrop")?.create().build()?;
        chain.push(crop.clone());
        self.pipeline.add_many(&chain)?;
        gst::Element::link_many(&chain)?;
        let refused = || EngineError::Pipeline("the compositor gives no pad".to_owned());
        let pad = compositor.request_pad_simple("sink_%u").ok_or_else(refused)?;
        pad.set_property("max-last-buffer-repeat", PICTURE_HOLDS.nseconds());
        crop.static_pad("src").ok_or_else(refused)?.link(&pad).map_err(|_| refused())?;
        let feeding = outlet.connect(Feed::new(appsrc, WAITING).starting(self.start));
        Ok(Place { item: item.id, pad, crop, _feeding: feeding })
    }

    /// Whether the scene can be shown by placing the items anew.
    pub(crate) fn fits(&self, collection: &Collection, scene: &Scene) -> bool {
        self.structure == Structure::of(collection, scene)
    }

    /// Places the items anew, all with the same frame. The scene must fit.
    pub(crate) fn set(&mut self, collection: &Collection, scene: &Scene, pictures: &impl Pictures) {
        self.scene.clone_from(&scene.name);
        let placements = self.placements(collection, scene, pictures);
        *self.pending.lock() = placements;
    }

    fn placements(&self, collection: &Collection, scene: &Scene, pictures: &impl Pictures) -> Vec<Placement> {
        let mut items: Vec<_> = scene.items.iter().enumerate().collect();
        items.sort_by_key(|(index, item)| (item.z, *index));
        let layered = items.into_iter().enumerate();
        let placed = layered.filter_map(|(layer, (_, item))| {
            let place = self.places.iter().find(|place| place.item == item.id)?;
            let (_, size) = pictures.outlet(&item.source)?;
            Some(Placement::new(place, item, layer as u32, collection.canvas, size))
        });
        placed.collect()
    }

    /// Whether it has composed enough frames to be shown.
    pub(crate) fn is_settled(&self) -> bool {
        self.composed.load(Ordering::Relaxed) >= SETTLED
    }

    /// The reason why it broke, if it did.
    pub(crate) fn failure(&self) -> Option<String> {
        crate::element::failure(&self.pipeline)
    }
}

impl Placement {
    fn new(place: &Place, item: &Item, layer: u32, canvas: Canvas, size: (u32, u32)) -> Self {
        Self { pad: place.pad.clone(), crop: place.crop.clone(), item: item.clone(), layer, canvas, size }
    }

    fn apply(&self) {
        let Self { pad, crop, item, layer, canvas, size } = self;
        let (width, height) = item.crop.rest(item.size(*canvas));
        pad.set_property("xpos", item.x.saturating_add_unsigned(item.crop.left));
        pad.set_property("ypos", item.y.saturating_add_unsigned(item.crop.top));
        pad.set_property("width", width.cast_signed());
        pad.set_property("height", height.cast_signed());
        pad.set_property("alpha", if item.hidden { 0.0 } else { item.opacity });
        pad.set_property("zorder", *layer);
        let (across, down) = if item.turn.is_quarter() { (size.1, size.0) } else { *size };
        let (width, height) = item.size(*canvas);
        let share = |pixels: u32, of: u32, whole: u32| {
            (u64::from(pixels) * u64::from(of) / u64::from(whole.max(1))).try_into().unwrap_or(0i32)
        };
        for (side, pixels) in [
            ("left", share(item.crop.left, across, width)),
            ("right", share(item.crop.right, across, width)),
            ("top", share(item.crop.top, down, height)),
            ("bottom", share(item.crop.bottom, down, height)),
        ] {
            if crop.property::<i32>(side) != pixels {
                crop.set_property(side, pixels);
            }
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

impl Drop for Deck {
    fn drop(&mut self) {
        self.places.clear();
        stop(&self.pipeline);
    }
}

/// The size in which a source has to come: the largest in which any scene shows it, in pixels before it is turned. The
/// canvas' if none does.
pub(crate) fn wanted_size(collection: &Collection, source: &str) -> (u32, u32) {
    let canvas = collection.canvas;
    let items = collection.scenes.iter().flat_map(|scene| &scene.items).filter(|item| item.source == source);
    let largest = items.fold((0, 0), |(width, height), item| {
        let (across, down) = item.size(canvas);
        let (across, down) = if item.turn.is_quarter() { (down, across) } else { (across, down) };
        (width.max(across), height.max(down))
    });
    if largest == (0, 0) { (canvas.width, canvas.height) } else { largest }
}
