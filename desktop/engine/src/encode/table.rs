//! The encoders the engine knows, best first for each codec, and how each is told what we want: constant bitrate, no reordering,
//! no look-ahead, a keyframe at least every so often.

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{H264Profile, Preset, VideoCodec, VideoSettings};

/// An encoder and how to ask for it.
#[derive(Debug)]
pub struct EncoderKind {
    /// The GStreamer element.
    pub element: &'static str,
    pub codec: VideoCodec,
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
        codec: VideoCodec::H264,
        hardware: true,
        what: "NVIDIA NVENC",
        options: |v, distance| {
            format!("bitrate={} gop-size={distance} bframes=0 rc-mode=cbr zerolatency=true", v.bitrate)
        },
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "vah264enc",
        codec: VideoCodec::H264,
        hardware: true,
        what: "VA-API",
        options: |v, distance| format!("bitrate={} key-int-max={distance} b-frames=0 rate-control=cbr", v.bitrate),
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "qsvh264enc",
        codec: VideoCodec::H264,
        hardware: true,
        what: "Intel Quick Sync",
        options: |v, distance| {
            format!("bitrate={} gop-size={distance} b-frames=0 low-latency=true rate-control=cbr", v.bitrate)
        },
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "v4l2h264enc",
        codec: VideoCodec::H264,
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
        codec: VideoCodec::H264,
        hardware: false,
        what: "x264 on the processor",
        options: |v, distance| {
            format!(
                "tune=zerolatency speed-preset={} bitrate={} key-int-max={distance} bframes=0 vbv-buf-capacity=400 \
                 byte-stream=true threads={}",
                preset(v.preset),
                v.bitrate,
                threads(),
            )
        },
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "openh264enc",
        codec: VideoCodec::H264,
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
    EncoderKind {
        element: "nvh265enc",
        codec: VideoCodec::Hevc,
        hardware: true,
        what: "NVIDIA NVENC, HEVC",
        options: |v, distance| {
            format!("bitrate={} gop-size={distance} bframes=0 rc-mode=cbr zerolatency=true", v.bitrate)
        },
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "vah265enc",
        codec: VideoCodec::Hevc,
        hardware: true,
        what: "VA-API, HEVC",
        options: |v, distance| format!("bitrate={} key-int-max={distance} b-frames=0 rate-control=cbr", v.bitrate),
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "qsvh265enc",
        codec: VideoCodec::Hevc,
        hardware: true,
        what: "Intel Quick Sync, HEVC",
        options: |v, distance| {
            format!("bitrate={} gop-size={distance} b-frames=0 low-latency=true rate-control=cbr", v.bitrate)
        },
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "x265enc",
        codec: VideoCodec::Hevc,
        hardware: false,
        what: "x265 on the processor",
        options: |v, distance| {
            format!(
                "tune=zerolatency speed-preset={} bitrate={} key-int-max={distance} \
                 option-string=\"bframes=0:rc-lookahead=0:vbv-maxrate={}:vbv-bufsize={}:repeat-headers=1:log-level=none\"",
                preset(v.preset),
                v.bitrate,
                v.bitrate,
                v.bitrate / 2,
            )
        },
        bitrate: None,
    },
    EncoderKind {
        element: "nvav1enc",
        codec: VideoCodec::Av1,
        hardware: true,
        what: "NVIDIA NVENC, AV1",
        options: |v, distance| format!("bitrate={} gop-size={distance} rc-mode=cbr zerolatency=true", v.bitrate),
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "vaav1enc",
        codec: VideoCodec::Av1,
        hardware: true,
        what: "VA-API, AV1",
        options: |v, distance| format!("bitrate={} key-int-max={distance} rate-control=cbr", v.bitrate),
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "av1enc",
        codec: VideoCodec::Av1,
        hardware: false,
        what: "AOM AV1 on the processor",
        options: |v, distance| {
            format!(
                "usage-profile=realtime end-usage=vbr cpu-used={} target-bitrate={} keyframe-max-dist={distance} \
                 keyframe-mode=auto lag-in-frames=0 row-mt=true tile-columns=1 threads={}",
                if v.preset == Preset::Ultrafast { 10 } else { 9 },
                v.bitrate,
                threads(),
            )
        },
        // Told another bitrate while it runs, or a constant one, libaom may end the process by an assertion.
        bitrate: None,
    },
];

impl EncoderKind {
    pub fn named(element: &str) -> Option<&'static Self> {
        ENCODERS.iter().find(|kind| kind.element == element)
    }

    /// Whether its bitrate can change while it runs.
    pub(crate) fn adapts(&self) -> bool {
        self.bitrate.is_some()
    }

    /// Changes the bitrate of a running encoder, in kbit/s. Nothing happens if it cannot.
    pub(crate) fn set_bitrate(&self, encoder: &gst::Element, bitrate: u32) {
        if let Some((property, unit)) = self.bitrate {
            encoder.set_property(property, bitrate.saturating_mul(unit));
        }
    }

    /// The part of a pipeline description from raw I420 to whole access units: H.264 and HEVC in Annex B, AV1 in low-overhead
    /// units.
    pub(crate) fn description(&self, settings: &VideoSettings, fps: u32) -> String {
        let distance = (settings.keyframe_interval * f64::from(fps)).round().max(1.0) as u32;
        let coded = match self.codec {
            VideoCodec::H264 => format!(
                "video/x-h264,profile={} ! h264parse config-interval=-1 \
                 ! video/x-h264,stream-format=byte-stream,alignment=au",
                profile(settings.profile)
            ),
            VideoCodec::Hevc => "video/x-h265,profile=main ! h265parse config-interval=-1 \
                 ! video/x-h265,stream-format=byte-stream,alignment=au"
                .to_owned(),
            VideoCodec::Av1 => "av1parse ! video/x-av1,stream-format=obu-stream,alignment=tu".to_owned(),
        };
        format!("videoconvert ! {} name=encoder {} ! {coded}", self.element, (self.options)(settings, distance))
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get().min(4))
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
