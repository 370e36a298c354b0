//! The filters of a source's picture, as the last part of its pipeline.

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Canvas, PictureFilter, Source};

use super::{Wish, picture};

/// From raw pictures of any kind to those that are wished: `… ! size ! filters ! format`. Ends without a `!`.
pub(super) fn tail(source: &Source, canvas: Canvas, wish: &Wish) -> String {
    let size = format!("capsfilter name=size caps=\"{}\"", size_caps(source, canvas, wish));
    if wish.look.is_empty() {
        return size;
    }
    let filters = wish.look.iter().enumerate().map(|(index, filter)| {
        let element = match filter {
            PictureFilter::ChromaKey { .. } => "alpha method=custom",
            PictureFilter::Colour { .. } => "videobalance",
            PictureFilter::Blur { .. } => "gaussianblur",
        };
        let settings =
            settings(filter).into_iter().fold(String::new(), |text, (key, value)| format!("{text} {key}={value}"));
        format!("videoconvert ! {element} name=look{index}{settings} ! ")
    });
    format!("{size} ! {}videoconvert ! {}", filters.collect::<String>(), picture(source, canvas, wish))
}

/// What the element named `size` lets through.
pub(super) fn size_caps(source: &Source, canvas: Canvas, wish: &Wish) -> gst::Caps {
    let mut caps = picture(source, canvas, wish);
    if !wish.look.is_empty()
        && let Some(structure) = caps.make_mut().structure_mut(0)
    {
        // The filters want formats of their own.
        structure.remove_fields(["format", "colorimetry", "interlace-mode"]);
    }
    caps
}

/// Gives a running pipeline's filters new numbers. False if they are not of the same kinds.
pub(super) fn adapt(pipeline: &gst::Pipeline, now: &Wish, wish: &Wish) -> bool {
    let same = |(a, b): (&PictureFilter, &PictureFilter)| std::mem::discriminant(a) == std::mem::discriminant(b);
    if now.look.len() != wish.look.len() || !now.look.iter().zip(&wish.look).all(same) {
        return false;
    }
    for (index, filter) in wish.look.iter().enumerate() {
        let Some(element) = pipeline.by_name(&format!("look{index}")) else { return false };
        for (key, value) in settings(filter) {
            element.set_property_from_str(key, &value);
        }
    }
    true
}

/// A filter's numbers as its element has them.
fn settings(filter: &PictureFilter) -> Vec<(&'static str, String)> {
    match *filter {
        PictureFilter::ChromaKey { colour, similarity, smoothness } => vec![
            ("target-r", colour.red.to_string()),
            ("target-g", colour.green.to_string()),
            ("target-b", colour.blue.to_string()),
            ("angle", (similarity * 90.0).to_string()),
            ("noise-level", (smoothness * 64.0).to_string()),
        ],
        PictureFilter::Colour { brightness, contrast, saturation, hue } => vec![
            ("brightness", brightness.to_string()),
            ("contrast", (contrast + 1.0).to_string()),
            ("saturation", (saturation + 1.0).to_string()),
            ("hue", (hue / 180.0).to_string()),
        ],
        PictureFilter::Blur { radius } => vec![("sigma", radius.to_string())],
    }
}
