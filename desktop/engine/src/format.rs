//! The formats of raw pictures and sound in the engine.

use gstreamer as gst;
use klieg_studio_model::Canvas;

/// Raw picture of the programme.
pub(crate) fn video_caps(canvas: Canvas) -> gst::Caps {
    picture_caps(false, canvas.width, canvas.height, canvas.fps)
}

/// Raw picture of this size in a format of the programme's: translucent or not.
pub(crate) fn picture_caps(translucent: bool, width: u32, height: u32, fps: u32) -> gst::Caps {
    let mut caps = format_caps(translucent, fps);
    set_size(caps.make_mut(), (width, height));
    caps
}

/// Settles the size of raw pictures.
pub(crate) fn set_size(caps: &mut gst::CapsRef, (width, height): (u32, u32)) {
    caps.set("width", width.cast_signed());
    caps.set("height", height.cast_signed());
}

/// Raw picture of any size in a format of the programme's.
pub(crate) fn format_caps(translucent: bool, fps: u32) -> gst::Caps {
    gst::Caps::builder("video/x-raw")
        .field("format", if translucent { "A420" } else { "I420" })
        .field("framerate", gst::Fraction::new(fps.cast_signed(), 1))
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .field("interlace-mode", "progressive")
        .field("colorimetry", "bt709")
        .build()
}

/// Raw sound everywhere in the engine.
pub(crate) fn audio_caps() -> gst::Caps {
    gst::Caps::builder("audio/x-raw")
        .field("format", "F32LE")
        .field("layout", "interleaved")
        .field("rate", 48_000)
        .field("channels", 2)
        .field("channel-mask", gst::Bitmask(3))
        .build()
}
