//! A deck composes one scene, in a live pipeline of its own.
//!
//! The structure of a deck never changes: which sources stand in it, their quarter turns and which of them stand askew is fixed
//! when it is built, and a scene of another structure gets another deck, which takes over when it is ready (see
//! [`crate::switcher`]). Positions, sizes, opacities and the order of the items do change while it runs, all of one edit with
//! the same frame; the frames that wait already have the old crop and the old angle.

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
use crate::feed::Outlet;
use crate::format::{picture_caps, video_caps};
use crate::place::{Place, Placement, is_askew};
use crate::timebase::TimeBase;

/// How long a deck waits for a source's frame beyond its time. It delays everything, so it is short; a source that delivers
/// later is shown one frame later.
const PATIENCE: gst::ClockTime = gst::ClockTime::from_mseconds(12);
/// Frames until the sources that are on have surely been composed.
const SETTLED: u64 = 3;

/// Tells decks apart.
pub(crate) type DeckId = u64;

/// What takes the composed frames, in the deck's streaming thread.
pub(crate) type FrameSink = Arc<dyn Fn(DeckId, &gst::Buffer) + Send + Sync>;

pub(crate) struct Deck {
    pub(crate) id: DeckId,
    /// As it was placed last.
    pub(crate) scene: Scene,
    pipeline: gst::Pipeline,
    /// When its running time begins, in the show's.
    start: gst::ClockTime,
    structure: Structure,
    places: Vec<Place>,
    pending: Arc<Mutex<Vec<Placement>>>,
    composed: Arc<AtomicU64>,
    /// The frames that were composed when a picture was still missing.
    incomplete: AtomicU64,
}

/// What cannot change while a deck runs.
#[derive(Clone, Debug, PartialEq)]
struct Structure {
    canvas: Canvas,
    clock: bool,
    places: Vec<Build>,
}

/// What cannot change of one place.
#[derive(Clone, Debug, PartialEq)]
struct Build {
    item: ItemId,
    source: String,
    turn: Turn,
    is_askew: bool,
    translucent: bool,
}

impl Structure {
    fn of(collection: &Collection, scene: &Scene) -> Self {
        let mut places: Vec<_> = shown(collection, scene)
            .map(|(item, source)| Build {
                item: item.id,
                source: item.source.clone(),
                turn: item.turn,
                is_askew: is_askew(item),
                translucent: collection.is_translucent(source),
            })
            .collect();
        places.sort_by_key(|place| place.item);
        Self { canvas: collection.canvas, clock: collection.overlays.clock, places }
    }
}

/// The items of a scene that have a picture, from the bottom up.
fn shown<'a>(collection: &'a Collection, scene: &'a Scene) -> impl Iterator<Item = (&'a Item, &'a Source)> {
    let source = |item: &'a Item| collection.source(&item.source).filter(|source| source.has_picture());
    scene.items.iter().filter_map(move |item| source(item).map(|source| (item, source)))
}

/// Where decks find the pictures of sources.
pub(crate) trait Pictures {
    fn outlet(&self, source: &str) -> Option<Arc<Outlet>>;
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
            scene: scene.clone(),
            structure: Structure::of(collection, scene),
            pipeline,
            start: gst::ClockTime::ZERO,
            places: Vec::new(),
            pending: Arc::default(),
            composed: Arc::default(),
            incomplete: AtomicU64::new(0),
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
        for (item, _) in shown(collection, scene) {
            let Some(outlet) = pictures.outlet(&item.source) else { continue };
            let place = Place::build(&deck.pipeline, &compositor, item, canvas, (&outlet, deck.start))?;
            deck.places.push(place);
        }
        for placement in deck.placements(collection, scene) {
            placement.apply();
        }
        time.rule_from(&deck.pipeline, deck.start);
        deck.pipeline.set_state(gst::State::Playing)?;
        Ok(deck)
    }

    /// The last element of the composition.
    fn end(&self, compositor: &gst::Element, canvas: Canvas) -> Result<gst::Element, EngineError> {
        self.pipeline.add(compositor)?;
        if !self.structure.places.iter().any(|place| place.translucent || place.is_askew) {
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

    /// Whether the scene can be shown by placing the items anew.
    pub(crate) fn fits(&self, collection: &Collection, scene: &Scene) -> bool {
        self.structure == Structure::of(collection, scene)
    }

    /// Places the items anew, all with the same frame. The scene must fit.
    pub(crate) fn set(&mut self, collection: &Collection, scene: &Scene) {
        self.scene.clone_from(scene);
        let placements = self.placements(collection, scene);
        *self.pending.lock() = placements;
    }

    fn placements(&self, collection: &Collection, scene: &Scene) -> Vec<Placement> {
        let mut items: Vec<_> = scene.items.iter().enumerate().collect();
        items.sort_by_key(|(index, item)| (item.z, *index));
        let layered = items.into_iter().enumerate();
        let placed = layered.filter_map(|(layer, (_, item))| {
            let place = self.places.iter().find(|place| place.item == item.id)?;
            let keeps_shape = collection.source(&item.source)?.keeps_shape();
            Some(Placement::new(place, item, scene.is_hidden(item), layer as u32, collection.canvas, keeps_shape))
        });
        placed.collect()
    }

    /// Whether it has composed enough frames to be shown, with a picture of every source that has one.
    pub(crate) fn is_settled(&self) -> bool {
        let composed = self.composed.load(Ordering::Relaxed);
        if !self.places.iter().all(Place::is_there) {
            self.incomplete.store(composed, Ordering::Relaxed);
            return false;
        }
        composed >= self.incomplete.load(Ordering::Relaxed) + SETTLED
    }

    /// Lets it stand still, as if it hung.
    #[cfg(test)]
    pub(crate) fn halt(&self) {
        let _ = self.pipeline.set_state(gst::State::Paused);
    }

    /// The reason why it broke, if it did.
    pub(crate) fn failure(&self) -> Option<String> {
        crate::element::failure(&self.pipeline)
    }
}

impl Drop for Deck {
    fn drop(&mut self) {
        self.places.clear();
        stop(&self.pipeline);
    }
}

/// The size in which a source has to come, or into which it has to fit if it keeps its shape: the largest in which any scene shows
/// it, in pixels before it is turned. The canvas' if none does.
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

#[cfg(test)]
mod tests {
    use klieg_studio_model::{Colour, Edit, Plain};

    use super::*;

    #[test]
    fn only_the_first_turn_and_the_last_need_another_deck() {
        let mut collection = Collection::default();
        let source = Source::Colour(Plain { name: "ground".to_owned(), colour: Colour::BLACK });
        collection.apply(Edit::AddSource { source, scene: "Scene".to_owned() }).unwrap();
        let mut at = |angle: f64| {
            let item = Item { angle, x: angle as i32, ..collection.scenes[0].items[0].clone() };
            collection.apply(Edit::SetItem { scene: "Scene".to_owned(), item }).unwrap();
            Structure::of(&collection, &collection.scenes[0])
        };
        let (upright, askew) = (at(0.0), at(10.0));
        assert!(upright != askew);
        assert!([-170.0, 0.1, 90.0, 180.0].into_iter().all(|angle| at(angle) == askew));
        assert_eq!(at(0.0), upright);
    }
}
