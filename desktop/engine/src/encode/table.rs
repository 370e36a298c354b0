//! The H.264 encoders the engine knows, best first, and how each is told what we want: constant bitrate, no reordering, no
//! look-ahead, a keyframe at least every so often.

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{H264Profile, Preset, VideoSettings};

/// An encoder and how to ask for it.
#[derive(Debug)]
pub struct EncoderKind {
    /// The GStreamer element.
    pub element: &'static str,
    /// Encoders in hardware are tried in a child process: drivers crash and hang.
    pub hardware: bool,
    /// In words.
    pub what: &'static str,
    options: fn(&VideoSettings, u32) -> String,
    /// Its property for the bitrate and what one kbit/s is in it, if that may change while it runs.
    bitrate: Option<(&'static str, u32)>,
}

/// Best first: hardware leaves the processor to the picture, and x264 is better than openh264 at the same bitrate.
pub const ENCODERS: &[EncoderKind] = &[
    EncoderKind {
        element: "nvh264enc",
        hardware: true,
        what: "NVIDIA NVENC",
        options: |v, distance| {
            format!("bitrate={} gop-size={distance} bframes=0 rc-mode=cbr zerolatency=true", v.bitrate)
        },
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "vah264enc",
        hardware: true,
        what: "VA-API",
        options: |v, distance| format!("bitrate={} key-int-max={distance} b-frames=0 rate-control=cbr", v.bitrate),
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "qsvh264enc",
        hardware: true,
        what: "Intel Quick Sync",
        options: |v, distance| {
            format!("bitrate={} gop-size={distance} b-frames=0 low-latency=true rate-control=cbr", v.bitrate)
        },
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "v4l2h264enc",
        hardware: true,
        what: "the system-on-chip's encoder (V4L2)",
        options: |v, distance| {
            format!(
                "extra-controls=\"controls,video_bitrate={},h264_i_frame_period={distance},video_b_frames=0\"",
                v.bitrate.saturating_mul(1_000)
            )
        },
        bitrate: None,
    },
    EncoderKind {
        element: "x264enc",
        hardware: false,
        what: "x264 on the processor",
        options: |v, distance| {
            format!(
                "tune=zerolatency speed-preset={} bitrate={} key-int-max={distance} bframes=0 vbv-buf-capacity=400 \
                 byte-stream=true threads={}",
                preset(v.preset),
                v.bitrate,
                std::thread::available_parallelism().map_or(1, |n| n.get().min(4)),
            )
        },
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "openh264enc",
        hardware: false,
        what: "OpenH264 on the processor",
        options: |v, distance| {
            format!(
                "bitrate={} gop-size={distance} rate-control=bitrate complexity=low",
                v.bitrate.saturating_mul(1_000)
            )
        },
        bitrate: Some(("bitrate", 1_000)),
    },
];

impl EncoderKind {
    pub fn named(element: &str) -> Option<&'static Self> {
        ENCODERS.iter().find(|kind| kind.element == element)
    }

    /// Changes the bitrate of a running encoder, in kbit/s. False if it cannot.
    pub(crate) fn set_bitrate(&self, encoder: &gst::Element, bitrate: u32) -> bool {
        let Some((property, unit)) = self.bitrate else { return false };
        encoder.set_property(property, bitrate.saturating_mul(unit));
        true
    }

    /// The part of a pipeline description from raw I420 to H.264, in Annex B, whole access units.
    pub(crate) fn description(&self, settings: &VideoSettings, fps: u32) -> String {
        let distance = (settings.keyframe_interval * f64::from(fps)).round().max(1.0) as u32;
        format!(
            "videoconvert ! {} name=encoder {} ! video/x-h264,profile={} ! h264parse config-interval=-1 \
             ! video/x-h264,stream-format=byte-stream,alignment=au",
            self.element,
            (self.options)(settings, distance),
            profile(settings.profile),
        )
    }
}

fn preset(preset: Preset) -> &'static str {
    match preset {
        Preset::Ultrafast => "ultrafast",
        Preset::Superfast => "superfast",
        Preset::Veryfast => "veryfast",
        Preset::Faster => "faster",
        Preset::Fast => "fast",
        Preset::Medium => "medium",
    }
}

fn profile(profile: H264Profile) -> &'static str {
    match profile {
        H264Profile::Baseline => "constrained-baseline",
        H264Profile::Main => "main",
        H264Profile::High => "high",
    }
}
