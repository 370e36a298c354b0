//! Pictures in their own shape. How large one comes shows when it does; it is made as large as fits into what is wished, and what its
//! shape leaves free there is nobody's picture: a scene places it (see [`crate::place`]), and what is behind is seen.

use std::sync::Arc;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_video as gst_video;
use klieg_studio_model::{Canvas, Shape, Source};
use parking_lot::Mutex;

use super::cropping::{Cropping, Cutters};
use super::{Wish, look};
use crate::EngineError;

/// The element to which the picture comes as it is shown: whole and upright.
const WHOLE: &str = "whole";

/// An interlaced picture becomes two that are whole, one after the other; a progressive one passes as it is.
const PROGRESSIVE: &str = "videoconvert ! deinterlace method=greedyl";

/// From pictures as they come to those that are wished.
pub(super) fn fitted(tail: &str) -> String {
    format!("{PROGRESSIVE} ! {}", scaled(tail))
}

/// The same for a film, which is turned as its tags say.
pub(super) fn fitted_upright(tail: &str) -> String {
    format!("{PROGRESSIVE} ! {} ! {}", upright("auto"), scaled(tail))
}

/// The same for a single picture, which is turned as `videoflip` calls it, and scaled before its colours are halved.
pub(super) fn fitted_once(turn: &str, tail: &str) -> String {
    format!(
        "{} ! videoconvert name={WHOLE} ! videoscale add-borders=false ! video/x-raw,format=AYUV ! videoconvert \
         ! imagefreeze is-live=true ! {tail}",
        upright(turn)
    )
}

fn upright(turn: &str) -> String {
    format!("videoconvert ! videoflip video-direction={turn}")
}

fn scaled(tail: &str) -> String {
    format!("videoconvert name={WHOLE} ! videoscale add-borders=false ! videorate skip-to-first=true ! {tail}")
}

/// Makes a pipeline's picture as large as it fits into what is wished, whatever shape it comes in.
#[derive(Clone)]
pub(super) struct Fitting(Arc<Inner>);

struct Inner {
    source: Source,
    canvas: Canvas,
    /// The element named `size`.
    size: gst::Element,
    cutters: Cutters,
    known: Mutex<Known>,
    seen: Mutex<Seen>,
}

struct Known {
    wish: Wish,
    came: Option<Came>,
}

/// A picture before it is cropped.
#[derive(Clone, Copy)]
struct Came {
    /// In its own pixels.
    size: (u32, u32),
    shape: Shape,
}

impl Came {
    /// The shape of what a look leaves of it.
    fn cropped(self, cropping: &Cropping<'_>) -> Shape {
        let Self { size, shape } = self;
        let part = |whole: u32, part: u32, of: u32| {
            let of = u64::from(of.max(1));
            u32::try_from((u64::from(whole) * u64::from(part) + of / 2) / of).unwrap_or(whole).max(1)
        };
        let (across, down) = cropping.rest();
        Shape { width: part(shape.width, across, size.0), height: part(shape.height, down, size.1) }
    }
}

/// Apart from what is known, so that no picture waits while sizes are settled.
#[derive(Default)]
struct Seen {
    /// Of what is about to come. How a picture was held is told after its format, so this may be another shape at first.
    announced: Option<Came>,
    /// The last picture that came.
    came: Option<Came>,
}

impl Fitting {
    /// None of a picture that has no shape of its own, or comes in the size that is wished all the same.
    pub(super) fn of(
        pipeline: &gst::Pipeline,
        source: &Source,
        canvas: Canvas,
        wish: &Wish,
    ) -> Result<Option<Self>, EngineError> {
        let ends = pipeline.by_name("size").zip(pipeline.by_name(WHOLE)).filter(|_| wish.keeps_shape(source));
        let Some((size, whole)) = ends else { return Ok(None) };
        let Some(pad) = whole.static_pad("sink") else { return Ok(None) };
        let cutters = Cutters::of(pipeline, &whole, &wish.look)?;
        let known = Mutex::new(Known { wish: wish.clone(), came: None });
        let inner = Inner { source: source.clone(), canvas, size, cutters, known, seen: Mutex::default() };
        let fitting = Self(Arc::new(inner));
        let fits = fitting.clone();
        // What comes after it is settled only then.
        pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM | gst::PadProbeType::BUFFER, move |_, probe| {
            match probe.event().map(|event| event.view()) {
                Some(gst::EventView::Caps(caps)) => {
                    if let Some(came) = came(caps.caps()) {
                        fits.0.seen.lock().announced = Some(came);
                        fits.change(|known| known.came = Some(came));
                    }
                }
                Some(_) => {}
                None => {
                    let mut seen = fits.0.seen.lock();
                    seen.came = seen.announced;
                }
            }
            gst::PadProbeReturn::Ok
        });
        Ok(Some(fitting))
    }

    /// How large the picture is that came last, once one did, without what is cropped.
    pub(super) fn shape(&self) -> Option<Shape> {
        let came = self.0.seen.lock().came?;
        Some(came.cropped(&Cropping::of(&self.0.known.lock().wish.look, came.size)))
    }

    /// The same in its own pixels, and with that.
    pub(super) fn size(&self) -> Option<(u32, u32)> {
        self.0.seen.lock().came.map(|came| came.size)
    }

    pub(super) fn wish(&self, wish: &Wish) {
        self.change(|known| known.wish.clone_from(wish));
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        let Inner { source, canvas, size, cutters, known, .. } = &*self.0;
        let mut known = known.lock();
        change(&mut known);
        if let Some(came) = known.came {
            let cropping = Cropping::of(&known.wish.look, came.size);
            let Shape { width, height } = came.cropped(&cropping);
            let plan = cropping.plan(fit((width, height), known.wish.size));
            let caps = look::size_caps(source, *canvas, &known.wish, Some(plan.size));
            cutters.set(&plan, || {
                if size.property::<gst::Caps>("caps") != caps {
                    size.set_property("caps", caps);
                }
            });
        }
    }
}

/// Its shape is in square pixels, none of which is lost.
fn came(caps: &gst::CapsRef) -> Option<Came> {
    let info = gst_video::VideoInfo::from_caps(caps).ok()?;
    let pixel = [info.par().numer(), info.par().denom()].map(|side| u64::from(side.unsigned_abs().max(1)));
    let longer = |side: u32, by: u64, of: u64| u32::try_from((u64::from(side) * by + of / 2) / of).unwrap_or(side);
    let (width, height) = (info.width(), info.height());
    let shape = if pixel[0] >= pixel[1] {
        Shape { width: longer(width, pixel[0], pixel[1]), height }
    } else {
        Shape { width, height: longer(height, pixel[1], pixel[0]) }
    };
    Some(Came { size: (width, height), shape })
}

/// The largest size of the shape of `picture` that fits into `place`; both sides are even, so one may be off by a pixel.
fn fit(picture: (u32, u32), place: (u32, u32)) -> (u32, u32) {
    let even = |side: u32| u64::from(side.max(2) / 2 * 2);
    let [width, height] = [picture.0, picture.1].map(|side| u64::from(side.max(1)));
    let (across, down) = (even(place.0), even(place.1));
    let nearest = |part: u64, of: u64, most: u64| ((part + of) / (2 * of) * 2).clamp(2, most) as u32;
    if width * down > height * across {
        (across as u32, nearest(across * height, width, down))
    } else {
        (nearest(down * width, height, across), down as u32)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use klieg_studio_model::{Crop, MediaFile, PictureFilter};

    use super::*;
    use crate::format::picture_caps;

    #[test]
    fn a_picture_keeps_its_shape_wherever_it_is_put() {
        assert_eq!(fit((1920, 1080), (640, 640)), (640, 360));
        assert_eq!(fit((100, 400), (640, 360)), (90, 360));
        assert_eq!(fit((40, 20), (160, 160)), (160, 80));
        assert_eq!(fit((1, 4_000), (64, 64)), (2, 64));
        assert_eq!(fit((1366, 768), (1280, 720)), (1280, 720));
        assert_eq!(fit((1920, 1080), (641, 361)), (640, 360));
    }

    #[test]
    fn the_shape_of_a_picture_is_told_when_it_has_come() {
        gst::init().unwrap();
        let pipeline = crate::element::launch(&format!(
            "videoconvert name={WHOLE} ! videoscale ! capsfilter name=size ! fakesink async=false"
        ));
        let pipeline = pipeline.unwrap();
        let film =
            MediaFile { name: "film".to_owned(), path: PathBuf::from("film.mp4"), repeat: true, from_start: false };
        let wish = Wish { size: (64, 64), look: Vec::new(), clear: false, on_air: false };
        let fitting = Fitting::of(&pipeline, &Source::File(film), Canvas { width: 64, height: 64, fps: 30 }, &wish);
        let fitting = fitting.unwrap().unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();
        let pad = pipeline.by_name(WHOLE).unwrap().static_pad("sink").unwrap();
        let come = |width: u32, height: u32| {
            pad.send_event(gst::event::Caps::new(&picture_caps(false, width, height, 30)));
            fitting.shape()
        };
        pad.send_event(gst::event::StreamStart::new("film"));
        assert_eq!(come(64, 32), None);
        assert_eq!(come(32, 64), None, "it was only turned");
        pad.send_event(gst::event::Segment::new(&gst::FormattedSegment::<gst::ClockTime>::new()));
        // Whether it goes on from here is nothing to the shape.
        let _ = pad.chain(gst::Buffer::with_size(32 * 64 * 3 / 2).unwrap());
        assert_eq!(fitting.shape(), Some(Shape { width: 32, height: 64 }));
        pipeline.set_state(gst::State::Null).unwrap();
    }

    #[test]
    fn what_is_cropped_of_pixels_that_are_not_square_is_as_wide_as_it_was_seen() {
        gst::init().unwrap();
        let caps: gst::Caps = "video/x-raw,format=I420,width=720,height=576,pixel-aspect-ratio=64/45".parse().unwrap();
        let look = [PictureFilter::Crop(Crop { left: 360, top: 76, right: 0, bottom: 0 })];
        let came = came(&caps).unwrap();
        let Shape { width, height } = came.cropped(&Cropping::of(&look, came.size));
        assert_eq!((width, height), (512, 500));
    }

    #[test]
    fn a_picture_of_pixels_that_are_not_square_is_as_wide_or_as_tall_as_it_is_seen() {
        gst::init().unwrap();
        let shape = |size: &str| {
            let caps: gst::Caps = format!("video/x-raw,format=I420,framerate=25/1,{size}").parse().unwrap();
            came(&caps).map(|came| (came.shape.width, came.shape.height))
        };
        assert_eq!(shape("width=720,height=576"), Some((720, 576)));
        assert_eq!(shape("width=720,height=576,pixel-aspect-ratio=64/45"), Some((1024, 576)));
        assert_eq!(shape("width=720,height=480,pixel-aspect-ratio=8/9"), Some((720, 540)));
    }
}
