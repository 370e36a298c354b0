//! Sources that are drawn once and stand: still pictures, words, plain colours. What is clear in them is clear in the scene.

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Align, Colour, ImageFile, Plain, Text};

use super::build::{Built, PICTURE_OUT, ends, path};
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

/// A picture from a file, as large as fits into `size`, in the middle.
pub(super) fn image(image: &ImageFile, size: (u32, u32), tail: &str) -> Result<Built, EngineError> {
    let pipeline = launch(&format!(
        "filesrc name=file ! decodebin name=decode ! videoconvert name=convert ! videoscale add-borders=false ! capsfilter name=fitted \
         ! videobox autocrop=true border-alpha=0 ! video/x-raw,format=AYUV,width={},height={} ! videoconvert ! {}",
        size.0.next_multiple_of(2),
        size.1.next_multiple_of(2),
        standing(tail)
    ))?;
    named::<gst::Element>(&pipeline, "file")?.set_property("location", path(&image.path));
    let fitted: gst::Element = named(&pipeline, "fitted")?;
    // How large it is shows when it has been decoded.
    named::<gst::Element>(&pipeline, "decode")?.connect_pad_added(move |_, pad| {
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let Some(structure) = caps.structure(0) else { return };
        let side = |name: &str| structure.get::<i32>(name).ok().and_then(|side| u32::try_from(side).ok());
        if let (Some(width), Some(height)) = (side("width"), side("height")) {
            let (width, height) = fit((width, height), size);
            let caps = gst::Caps::builder("video/x-raw")
                .field("format", "AYUV")
                .field("width", width.cast_signed())
                .field("height", height.cast_signed())
                .field("pixel-aspect-ratio", gst::Fraction::new(1, 1));
            fitted.set_property("caps", caps.build());
        }
    });
    Ok(drawn(pipeline))
}

/// The largest size of the shape of `picture` that fits into `place`, both sides even.
pub(super) fn fit(picture: (u32, u32), place: (u32, u32)) -> (u32, u32) {
    let [width, height, across, down] = [picture.0, picture.1, place.0, place.1].map(|side| u64::from(side.max(1)));
    let (across, down) =
        if width * down > height * across { (across, height * across / width) } else { (width * down / height, down) };
    let even = |side: u64| (side.max(2) / 2 * 2) as u32;
    (even(across), even(down))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_shape_wherever_it_is_put() {
        assert_eq!(fit((1920, 1080), (640, 640)), (640, 360));
        assert_eq!(fit((100, 400), (640, 360)), (90, 360));
        assert_eq!(fit((40, 20), (160, 160)), (160, 80));
        assert_eq!(fit((1, 4_000), (64, 64)), (2, 64));
    }
}
