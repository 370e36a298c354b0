//! The encoders the engine knows, best first for each codec, and how each is told what we want: constant bitrate, no reordering,
//! no look-ahead, a keyframe at least every so often.
//!
//! Rows for hardware are written after GStreamer's documentation. Each is tried before it is used, so one that is wrong is only
//! never chosen; docs/studio.md says which have never run.

mod options;

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{H264Profile, Preset, VideoCodec, VideoSettings};

use self::options::{amf, media_foundation, video_toolbox};

/// An encoder and how to ask for it.
#[derive(Clone, Copy, Debug)]
pub struct EncoderKind {
    /// The GStreamer element.
    pub element: &'static str,
    pub codec: VideoCodec,
    /// Whether it leaves the processor to everything else. Such a one has to be fast enough to be used at all.
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
        element: "vah264lpenc",
        codec: VideoCodec::H264,
        hardware: true,
        what: "VA-API, low power",
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
        element: "amfh264enc",
        codec: VideoCodec::H264,
        hardware: true,
        what: "AMD AMF",
        options: |v, distance| amf("amfh264enc", v, distance),
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "vtenc_h264_hw",
        codec: VideoCodec::H264,
        hardware: true,
        what: "Apple VideoToolbox",
        options: |v, distance| video_toolbox("vtenc_h264_hw", v, distance),
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "mfh264enc",
        codec: VideoCodec::H264,
        hardware: true,
        what: "Windows Media Foundation",
        options: |v, distance| media_foundation("mfh264enc", v, distance),
        bitrate: None,
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
        element: "vah265lpenc",
        codec: VideoCodec::Hevc,
        hardware: true,
        what: "VA-API, low power, HEVC",
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
        element: "amfh265enc",
        codec: VideoCodec::Hevc,
        hardware: true,
        what: "AMD AMF, HEVC",
        options: |v, distance| amf("amfh265enc", v, distance),
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "vtenc_h265_hw",
        codec: VideoCodec::Hevc,
        hardware: true,
        what: "Apple VideoToolbox, HEVC",
        options: |v, distance| video_toolbox("vtenc_h265_hw", v, distance),
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "mfh265enc",
        codec: VideoCodec::Hevc,
        hardware: true,
        what: "Windows Media Foundation, HEVC",
        options: |v, distance| media_foundation("mfh265enc", v, distance),
        bitrate: None,
    },
    EncoderKind {
        element: "v4l2h265enc",
        codec: VideoCodec::Hevc,
        hardware: true,
        what: "the system-on-chip's encoder (V4L2), HEVC",
        options: |v, distance| {
            format!(
                "extra-controls=\"controls,video_bitrate={},video_bitrate_mode=1,video_gop_size={distance},video_b_frames=0\"",
                v.bitrate.saturating_mul(1_000)
            )
        },
        bitrate: None,
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
        element: "qsvav1enc",
        codec: VideoCodec::Av1,
        hardware: true,
        what: "Intel Quick Sync, AV1",
        options: |v, distance| format!("bitrate={} gop-size={distance} low-latency=true rate-control=cbr", v.bitrate),
        bitrate: Some(("bitrate", 1)),
    },
    EncoderKind {
        element: "amfav1enc",
        codec: VideoCodec::Av1,
        hardware: true,
        what: "AMD AMF, AV1",
        options: |v, distance| amf("amfav1enc", v, distance),
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

    /// Whether this computer's system can have it at all: what only Windows or macOS brings is looked for nowhere else.
    pub fn is_possible(&self) -> bool {
        match self.element {
            element if element.starts_with("vtenc") => cfg!(target_os = "macos"),
            element if element.starts_with("amf") || element.starts_with("mf") => cfg!(windows),
            element if element.starts_with("va") || element.starts_with("v4l2") => cfg!(target_os = "linux"),
            _ => true,
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::{exists, launch};

    #[test]
    fn every_codec_has_hardware_before_software_and_software_at_last() {
        for codec in VideoCodec::ALL {
            let kinds: Vec<_> = ENCODERS.iter().filter(|kind| kind.codec == codec).collect();
            assert!(kinds.is_sorted_by_key(|kind| !kind.hardware), "{codec:?}");
            assert!(kinds.last().is_some_and(|kind| !kind.hardware && kind.is_possible()), "{codec:?}");
        }
        let mut names: Vec<_> = ENCODERS.iter().map(|kind| kind.element).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ENCODERS.len());
    }

    #[test]
    fn what_is_installed_here_understands_its_row() {
        gst::init().unwrap();
        let installed = ENCODERS.iter().filter(|kind| exists(kind.element));
        for kind in installed {
            let description = kind.description(&VideoSettings::default(), 30);
            launch(&format!("fakesrc ! {description} ! fakesink"))
                .unwrap_or_else(|error| panic!("{description}: {error}"));
        }
    }
}
