//! Pictures in their own shape. How large one comes shows when it does; it is made as large as fits into what is wished, and what its
//! shape leaves free there is nobody's picture: a scene places it (see [`crate::place`]), and what is behind is seen.

use std::sync::Arc;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_video as gst_video;
use klieg_studio_model::{Canvas, Shape, Source};
use parking_lot::Mutex;

use super::{Wish, look};

/// The element to which the picture comes as it is.
const WHOLE: &str = "whole";

/// From pictures as they come to those that are wished. An interlaced one becomes two that are whole, one after the other; a
/// progressive one passes as it is.
pub(super) fn fitted(tail: &str) -> String {
    format!(
        "videoconvert name={WHOLE} ! deinterlace method=greedyl ! videoconvert ! videoscale add-borders=false \
         ! videorate skip-to-first=true ! {tail}"
    )
}

/// The same for a single picture, which is scaled before its colours are halved.
pub(super) fn fitted_once(tail: &str) -> String {
    format!(
        "videoconvert name={WHOLE} ! videoscale add-borders=false ! video/x-raw,format=AYUV ! videoconvert \
         ! imagefreeze is-live=true ! {tail}"
    )
}

/// Makes a pipeline's picture as large as it fits into what is wished, whatever shape it comes in.
#[derive(Clone)]
pub(super) struct Fitting(Arc<Inner>);

struct Inner {
    source: Source,
    canvas: Canvas,
    /// The element named `size`.
    size: gst::Element,
    known: Mutex<Known>,
}

struct Known {
    wish: Wish,
    shape: Option<Shape>,
}

impl Fitting {
    /// None of a picture that has no shape of its own, or comes in the size that is wished all the same.
    pub(super) fn of(pipeline: &gst::Pipeline, source: &Source, canvas: Canvas, wish: &Wish) -> Option<Self> {
        if !wish.keeps_shape(source) {
            return None;
        }
        let (size, pad) = (pipeline.by_name("size")?, pipeline.by_name(WHOLE)?.static_pad("sink")?);
        let known = Mutex::new(Known { wish: wish.clone(), shape: None });
        let fitting = Self(Arc::new(Inner { source: source.clone(), canvas, size, known }));
        let seen = fitting.clone();
        // What comes after it is settled only then.
        pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, probe| {
            if let Some(gst::EventView::Caps(caps)) = probe.event().map(|event| event.view())
                && let Some(shape) = shape_of(caps.caps())
            {
                seen.change(|known| known.shape = Some(shape));
            }
            gst::PadProbeReturn::Ok
        });
        Some(fitting)
    }

    /// How large the picture is that comes, once one does.
    pub(super) fn shape(&self) -> Option<Shape> {
        self.0.known.lock().shape
    }

    pub(super) fn wish(&self, wish: &Wish) {
        self.change(|known| known.wish.clone_from(wish));
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        let Inner { source, canvas, size, known } = &*self.0;
        let mut known = known.lock();
        change(&mut known);
        if let Some(Shape { width, height }) = known.shape {
            let fitted = fit((width, height), known.wish.size);
            let caps = look::size_caps(source, *canvas, &known.wish, Some(fitted));
            if size.property::<gst::Caps>("caps") != caps {
                size.set_property("caps", caps);
            }
        }
    }
}

/// In square pixels, none of which is lost.
fn shape_of(caps: &gst::CapsRef) -> Option<Shape> {
    let info = gst_video::VideoInfo::from_caps(caps).ok()?;
    let pixel = [info.par().numer(), info.par().denom()].map(|side| u64::from(side.unsigned_abs().max(1)));
    let longer = |side: u32, by: u64, of: u64| u32::try_from((u64::from(side) * by + of / 2) / of).unwrap_or(side);
    let (width, height) = (info.width(), info.height());
    Some(if pixel[0] >= pixel[1] {
        Shape { width: longer(width, pixel[0], pixel[1]), height }
    } else {
        Shape { width, height: longer(height, pixel[1], pixel[0]) }
    })
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
    use super::*;

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
    fn a_picture_of_pixels_that_are_not_square_is_as_wide_or_as_tall_as_it_is_seen() {
        gst::init().unwrap();
        let shape = |size: &str| {
            let caps: gst::Caps = format!("video/x-raw,format=I420,framerate=25/1,{size}").parse().unwrap();
            shape_of(&caps).map(|Shape { width, height }| (width, height))
        };
        assert_eq!(shape("width=720,height=576"), Some((720, 576)));
        assert_eq!(shape("width=720,height=576,pixel-aspect-ratio=64/45"), Some((1024, 576)));
        assert_eq!(shape("width=720,height=480,pixel-aspect-ratio=8/9"), Some((720, 540)));
    }
}
