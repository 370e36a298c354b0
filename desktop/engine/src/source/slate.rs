//! What stands in the place of a source that is lost: a calm plate with its name, until it returns.

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Canvas, Source};

use super::Wish;
use super::build::{Built, PICTURE_OUT, ends, escape};
use crate::EngineError;
use crate::element::{launch, named};
use crate::format::picture_caps;

/// Pictures a second.
const RATE: u32 = 5;
/// A dark grey with a breath of blue.
const GROUND: u32 = 0xff1c_2028;

/// The pipeline of a source's slate, of the size in which the source is wished, with the name that it has now.
pub(super) fn build(source: &Source, name: &str, canvas: Canvas, wish: &Wish) -> Result<Built, EngineError> {
    let (width, height) = (wish.size.0.next_multiple_of(2), wish.size.1.next_multiple_of(2));
    let drawn = picture_caps(false, width, height, RATE);
    let out = picture_caps(wish.is_translucent(source), width, height, canvas.fps);
    let pipeline = launch(&format!(
        "videotestsrc is-live=true pattern=solid-color foreground-color={GROUND} ! {drawn} ! textoverlay name=words \
         ! videorate ! videoconvert ! {out} ! {PICTURE_OUT}"
    ))?;
    let words: gst::Element = named(&pipeline, "words")?;
    words.set_property("text", format!("{} is away", escape(name)));
    words.set_property("font-desc", format!("Inter, DejaVu Sans {}px", (height / 14).clamp(10, 60)));
    words.set_property("auto-resize", false);
    words.set_property("color", 0xffb8_bec9_u32);
    words.set_property("draw-shadow", false);
    words.set_property("draw-outline", false);
    for (key, value) in [("halignment", "center"), ("valignment", "center")] {
        words.set_property_from_str(key, value);
    }
    Ok(ends(pipeline))
}
