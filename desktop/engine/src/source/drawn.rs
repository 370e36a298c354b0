//! Sources that are drawn once and stand: still pictures, words, plain colours. What is clear in them is clear in the scene.

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Align, Colour, ImageFile, Plain, Text};

use super::build::{Built, PICTURE_OUT, ends, path};
use super::fitting::fitted_once;
use super::orientation;
use crate::EngineError;
use crate::element::{launch, named};

/// From one picture to many.
fn standing(tail: &str) -> String {
    format!("imagefreeze is-live=true ! {tail} ! {PICTURE_OUT}")
}

/// What is drawn for one size has to be drawn anew for another.
fn drawn(pipeline: gst::Pipeline) -> Built {
    Built { size: None, ..ends(pipeline) }
}

/// A picture from a file.
pub(super) fn image(image: &ImageFile, tail: &str) -> Result<Built, EngineError> {
    let turn = orientation::turn(&image.path).unwrap_or("auto");
    let fitted = fitted_once(turn, tail);
    let pipeline = launch(&format!("filesrc name=file ! decodebin ! {fitted} ! {PICTURE_OUT}"))?;
    named::<gst::Element>(&pipeline, "file")?.set_property("location", path(&image.path));
    Ok(drawn(pipeline))
}

/// Words, from the top of `size` downward.
pub(super) fn text(text: &Text, size: (u32, u32), tail: &str) -> Result<Built, EngineError> {
    let pipeline = launch(&format!(
        "videotestsrc num-buffers=1 pattern=solid-color foreground-color=0 \
         ! video/x-raw,format=AYUV,width={},height={},framerate=1/1 ! textoverlay name=words ! videoconvert ! {}",
        size.0.next_multiple_of(2),
        size.1.next_multiple_of(2),
        standing(tail)
    ))?;
    let words: gst::Element = named(&pipeline, "words")?;
    words.set_property("text", super::build::escape(&text.text));
    words.set_property("font-desc", format!("{} {}px", text.font, text.size));
    words.set_property("auto-resize", false);
    words.set_property("color", text.colour.argb());
    words.set_property("draw-shadow", false);
    words.set_property("draw-outline", text.outline.is_some());
    words.set_property("outline-color", text.outline.unwrap_or(Colour::BLACK).argb());
    let side = match text.align {
        Align::Left => "left",
        Align::Centre => "center",
        Align::Right => "right",
    };
    for name in ["halignment", "line-alignment"] {
        words.set_property_from_str(name, side);
    }
    words.set_property_from_str("valignment", "top");
    words.set_property("xpad", 0);
    words.set_property("ypad", 0);
    Ok(drawn(pipeline))
}

/// A plain colour.
pub(super) fn colour(plain: &Plain, tail: &str) -> Result<Built, EngineError> {
    let argb = plain.colour.argb();
    Ok(drawn(launch(&format!(
        "videotestsrc num-buffers=1 pattern=solid-color foreground-color={argb} ! video/x-raw,format=AYUV ! videoconvert ! {}",
        standing(tail)
    ))?))
}
