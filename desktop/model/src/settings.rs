//! How picture and sound are encoded. Outputs with equal settings share one encode, so these compare.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VideoSettings {
    pub codec: VideoCodec,
    /// `auto`, or the name of one encoder as `klieg-engine probe` prints it.
    pub encoder: String,
    /// In kbit/s, 100 to 100,000.
    pub bitrate: u32,
    /// Speed against quality; encoders in hardware ignore it.
    pub preset: Preset,
    pub profile: H264Profile,
    /// Longest distance between two keyframes in seconds, 0.5 to 10. Viewers may cause more of them.
    pub keyframe_interval: f64,
}

impl Default for VideoSettings {
    fn default() -> Self {
        Self {
            codec: VideoCodec::H264,
            encoder: "auto".to_owned(),
            bitrate: 2_500,
            preset: Preset::Veryfast,
            profile: H264Profile::Baseline,
            keyframe_interval: 2.0,
        }
    }
}

impl VideoSettings {
    /// What a simulcast layer is encoded with, from 0: a quarter of the points of the one before take a third of its bits.
    #[must_use]
    pub fn layer(&self, layer: usize) -> Self {
        let bitrate = (0..layer).fold(self.bitrate, |bitrate, _| bitrate / 3);
        Self { bitrate: bitrate.max(100).min(self.bitrate), ..self.clone() }
    }

    /// Whether the other settings are these with another bitrate.
    pub fn differs_in_bitrate_only(&self, other: &Self) -> bool {
        self.bitrate != other.bitrate && *self == Self { bitrate: self.bitrate, ..other.clone() }
    }

    /// The same for what takes H.264 only, as RTMP does: by whichever encoder works.
    #[must_use]
    pub fn in_h264(self) -> Self {
        if self.codec == VideoCodec::H264 {
            return self;
        }
        Self { codec: VideoCodec::H264, encoder: "auto".to_owned(), ..self }
    }

    /// What all of so many layers take together, in kbit/s.
    pub fn bitrate_of(&self, layers: u8) -> u32 {
        (0..usize::from(layers.max(1))).map(|layer| self.layer(layer).bitrate).sum()
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VideoCodec {
    /// Plays everywhere.
    #[default]
    H264,
    /// About a third smaller; not in every browser.
    Hevc,
    /// About half as large; takes much of a processor where no hardware encodes it.
    Av1,
}

impl VideoCodec {
    pub const ALL: [Self; 3] = [Self::H264, Self::Hevc, Self::Av1];

    pub const fn name(self) -> &'static str {
        match self {
            Self::H264 => "H.264",
            Self::Hevc => "HEVC",
            Self::Av1 => "AV1",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    Ultrafast,
    Superfast,
    #[default]
    Veryfast,
    Faster,
    Fast,
    Medium,
}

/// The default is the one that every WebRTC browser must play (RFC 7742, 6.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum H264Profile {
    /// Constrained baseline.
    #[default]
    Baseline,
    Main,
    High,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AudioSettings {
    /// In kbit/s, 16 to 320. Always 48 kHz stereo.
    pub bitrate: u32,
}

impl Default for AudioSettings {
    fn default() -> Self {
        Self { bitrate: 128 }
    }
}
