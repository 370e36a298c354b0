//! The source `camera`: a V4L2 camera, in the mode that moves as the canvas does.
//!
//! A camera has its larger pictures raw at a few frames a second only, since its cable carries no more, and compressed (motion JPEG) at
//! all of them. Left to itself GStreamer takes what comes first.

use std::cmp::Reverse;

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Camera, Canvas};

use super::build::{Built, PICTURE_OUT, ends, path};
use super::fitting::fitted;
use crate::EngineError;
use crate::element::{launch, named};

/// Frames a second from which on a picture moves rather than jumps.
const MOVES: u32 = 24;

/// Fails with a reason if the camera is there and has no such mode.
pub(super) fn build(camera: &Camera, canvas: Canvas, tail: &str) -> Result<Built, EngineError> {
    let description =
        format!("v4l2src name=camera ! capsfilter name=mode ! decodebin ! {} ! {PICTURE_OUT}", fitted(tail));
    let pipeline = launch(&description)?;
    let device: gst::Element = named(&pipeline, "camera")?;
    device.set_property("device", path(&camera.device));
    // An open one tells its modes. One that does not open says why on the bus.
    if device.set_state(gst::State::Ready).is_ok()
        && let Some(pad) = device.static_pad("src")
    {
        let size = camera.width.zip(camera.height);
        match (choose(&pad.query_caps(None), size, canvas), size) {
            (Some(mode), _) => {
                tracing::info!(source = camera.name, %mode, "the camera's mode");
                named::<gst::Element>(&pipeline, "mode")?.set_property("caps", mode);
            }
            (None, Some((width, height))) => {
                let _ = device.set_state(gst::State::Null);
                return Err(EngineError::Source(format!(
                    "it has no picture of {width} × {height}: choose another size"
                )));
            }
            // A kind of its own, which the decoder may know.
            (None, None) => {}
        }
    }
    Ok(ends(pipeline))
}

/// What is to be said of a camera that runs, if it is too slow for a picture that moves.
pub(super) fn slowness(pipeline: &gst::Pipeline, name: &str) -> Option<String> {
    let caps = pipeline.by_name("camera")?.static_pad("src")?.current_caps()?;
    Mode::of(caps.structure(0)?, (0, 0), 0).filter(|mode| (1..MOVES).contains(&mode.rate)).map(|mode| {
        let Mode { width, height, rate, .. } = mode;
        format!("{name} sends {rate} frames a second in {width} × {height}: choose a smaller picture of it.")
    })
}

/// The mode of exactly this size, or of about the canvas', that is best for so many frames a second: one that moves, of those the
/// nearest in size, then the fastest, and raw rather than compressed.
fn choose(modes: &gst::CapsRef, size: Option<(u32, u32)>, canvas: Canvas) -> Option<gst::Caps> {
    let wanted = size.unwrap_or((canvas.width, canvas.height));
    let all = modes.iter().filter_map(|mode| Mode::of(mode, wanted, canvas.fps));
    let fitting = all.filter(|mode| size.is_none_or(|size| size == (mode.width, mode.height)));
    let moves = canvas.fps.min(MOVES);
    let best = fitting.min_by_key(|mode| {
        let distance = mode.width.abs_diff(wanted.0) + mode.height.abs_diff(wanted.1);
        (mode.rate < moves, distance, Reverse(mode.rate.min(canvas.fps)), mode.is_compressed)
    });
    best.map(|mode| gst::Caps::from(mode.structure))
}

/// A size and a rate that a camera has in a format.
struct Mode {
    structure: gst::Structure,
    width: u32,
    height: u32,
    /// Frames a second, rounded.
    rate: u32,
    is_compressed: bool,
}

impl Mode {
    /// Of what a camera says of itself, which may leave a choice, what is nearest to this size and rate. None of kinds other than raw
    /// pictures and JPEG.
    fn of(said: &gst::StructureRef, (width, height): (u32, u32), fps: u32) -> Option<Self> {
        let is_compressed = match said.name().as_str() {
            "video/x-raw" => false,
            "image/jpeg" => true,
            _ => return None,
        };
        // Interlaced pictures are taken, but not field by field, which is another kind of raw.
        if said.get::<&str>("interlace-mode").is_ok_and(|mode| mode == "alternate") {
            return None;
        }
        let mut structure = said.to_owned();
        // What is settled already stays as it is.
        structure.fixate_field_nearest_int("width", width.cast_signed());
        structure.fixate_field_nearest_int("height", height.cast_signed());
        structure.fixate_field_nearest_fraction("framerate", gst::Fraction::new(fps.cast_signed(), 1));
        let side = |name: &str| structure.get::<i32>(name).ok().and_then(|side| u32::try_from(side).ok());
        let (width, height) = (side("width")?, side("height")?);
        let rate = structure.get::<gst::Fraction>("framerate").ok()?;
        let rate = (f64::from(rate.numer()) / f64::from(rate.denom().max(1))).round() as u32;
        Some(Self { structure, width, height, rate, is_compressed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Canvas = Canvas { width: 1_920, height: 1_080, fps: 30 };
    const HALF: Canvas = Canvas { width: 1_280, height: 720, fps: 30 };

    /// As webcams on USB 2 are.
    const WEBCAM: &str = "video/x-raw, format=YUY2, width=640, height=480, framerate={ 30/1, 15/1 };
        video/x-raw, format=YUY2, width=1280, height=720, framerate={ 10/1, 5/1 };
        video/x-raw, format=YUY2, width=1920, height=1080, framerate={ 5/1 };
        video/x-h264, width=1920, height=1080, framerate=30/1;
        image/jpeg, width=640, height=480, framerate={ 30/1, 15/1 };
        image/jpeg, width=1280, height=720, framerate={ 60/1, 30/1 };
        image/jpeg, width=1920, height=1080, framerate={ 30000/1001, 15/1 }";

    fn chosen(modes: &str, size: Option<(u32, u32)>, canvas: Canvas) -> Option<String> {
        gst::init().unwrap();
        let modes: gst::Caps = modes.parse().unwrap();
        let mode = choose(&modes, size, canvas)?;
        assert!(modes.can_intersect(&mode), "the camera has it");
        let mode = Mode::of(mode.structure(0).unwrap(), (0, 0), 0).unwrap();
        let kind = if mode.is_compressed { "JPEG" } else { "raw" };
        Some(format!("{kind} {} × {} at {}", mode.width, mode.height, mode.rate))
    }

    #[test]
    fn jpeg_is_taken_where_raw_pictures_are_too_slow_and_nowhere_else() {
        let of = |size| chosen(WEBCAM, Some(size), FULL).unwrap();
        assert_eq!(of((1_920, 1_080)), "JPEG 1920 × 1080 at 30");
        assert_eq!(of((1_280, 720)), "JPEG 1280 × 720 at 30");
        assert_eq!(of((640, 480)), "raw 640 × 480 at 30");
        let quick = chosen(WEBCAM, Some((1_280, 720)), Canvas { fps: 60, ..FULL });
        assert_eq!(quick.unwrap(), "JPEG 1280 × 720 at 60");
    }

    #[test]
    fn without_a_size_that_of_the_canvas_is_taken_if_it_moves() {
        assert_eq!(chosen(WEBCAM, None, FULL).unwrap(), "JPEG 1920 × 1080 at 30");
        assert_eq!(chosen(WEBCAM, None, HALF).unwrap(), "JPEG 1280 × 720 at 30");
        let (raw, _) = WEBCAM.split_once("video/x-h264").unwrap();
        let raw = raw.trim().trim_end_matches(';');
        assert_eq!(chosen(raw, None, FULL).unwrap(), "raw 640 × 480 at 30");
        let range = "video/x-raw, format=YUY2, width=[ 2, 8192 ], height=[ 2, 8192 ], framerate=[ 0/1, 120/1 ]";
        assert_eq!(chosen(range, None, HALF).unwrap(), "raw 1280 × 720 at 30");
    }

    #[test]
    fn interlaced_pictures_are_taken_but_not_field_by_field() {
        let card = "video/x-raw(format:Interlaced), format=UYVY, width=720, height=576, framerate=25/1, interlace-mode=alternate;
            video/x-raw, format=UYVY, width=720, height=576, framerate=25/1, interlace-mode=interleaved";
        assert_eq!(chosen(card, None, FULL).unwrap(), "raw 720 × 576 at 25");
    }

    #[test]
    fn a_size_that_is_not_there_and_a_kind_that_is_not_known_are_no_mode() {
        assert_eq!(chosen(WEBCAM, Some((4_096, 2_160)), FULL), None);
        assert_eq!(chosen("video/x-h264, width=1920, height=1080, framerate=30/1", None, FULL), None);
    }
}
