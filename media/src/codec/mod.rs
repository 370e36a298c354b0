//! Codecs as the live plane needs to know them: what a decoder must be told beforehand, and what playlists say.

pub mod aac;
pub mod av1;
pub mod bits;
pub mod h264;
pub mod hevc;
pub mod vp9;

use bytes::Bytes;

/// A picture or a sound: the two kinds of track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Video,
    Audio,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    H264,
    Hevc,
    Av1,
    Vp8,
    Vp9,
    Aac,
    Opus,
}

impl Codec {
    pub const fn kind(self) -> Kind {
        match self {
            Self::H264 | Self::Hevc | Self::Av1 | Self::Vp8 | Self::Vp9 => Kind::Video,
            Self::Aac | Self::Opus => Kind::Audio,
        }
    }

    /// The name people know it by, for the interface and the logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::H264 => "H.264",
            Self::Hevc => "HEVC",
            Self::Av1 => "AV1",
            Self::Vp8 => "VP8",
            Self::Vp9 => "VP9",
            Self::Aac => "AAC",
            Self::Opus => "Opus",
        }
    }
}

/// What a decoder must be told before a track's frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrackConfig {
    Video(VideoConfig),
    Audio(AudioConfig),
}

impl TrackConfig {
    pub fn codec(&self) -> Codec {
        match self {
            Self::Video(video) => video.setup.codec(),
            Self::Audio(audio) => audio.setup.codec(),
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Video(_) => Kind::Video,
            Self::Audio(_) => Kind::Audio,
        }
    }

    pub fn video(&self) -> Option<&VideoConfig> {
        match self {
            Self::Video(video) => Some(video),
            Self::Audio(_) => None,
        }
    }

    pub fn audio(&self) -> Option<&AudioConfig> {
        match self {
            Self::Audio(audio) => Some(audio),
            Self::Video(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoConfig {
    pub setup: VideoSetup,
    /// Displayed size in pixels, after cropping; 0 if the setup does not say.
    pub width: u32,
    pub height: u32,
}

impl VideoConfig {
    /// False where it is known that browsers do not show it: H.264 in another format than 4:2:0 with 8 bits.
    pub fn suits_browsers(&self) -> bool {
        let VideoSetup::H264 { sps, .. } = &self.setup else { return true };
        let sps = sps.first().and_then(|sps| h264::Sps::parse(sps));
        sps.is_none_or(|sps| sps.chroma_format <= 1 && sps.bit_depth == 8)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VideoSetup {
    /// NAL units without start code or length, at least one of each.
    H264 {
        sps: Vec<Bytes>,
        pps: Vec<Bytes>,
    },
    Hevc {
        vps: Vec<Bytes>,
        sps: Vec<Bytes>,
        pps: Vec<Bytes>,
    },
    /// The sequence header OBU, with its header and size field.
    Av1 {
        sequence_header: Bytes,
    },
    Vp8,
    /// Profile 0 to 3.
    Vp9 {
        profile: u8,
    },
}

impl VideoSetup {
    pub const fn codec(&self) -> Codec {
        match self {
            Self::H264 { .. } => Codec::H264,
            Self::Hevc { .. } => Codec::Hevc,
            Self::Av1 { .. } => Codec::Av1,
            Self::Vp8 => Codec::Vp8,
            Self::Vp9 { .. } => Codec::Vp9,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioConfig {
    pub setup: AudioSetup,
    /// Samples a second of the decoded sound (always 48,000 for Opus).
    pub sample_rate: u32,
    /// 1 to 8.
    pub channels: u8,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudioSetup {
    /// The AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1).
    Aac {
        specific_config: Bytes,
    },
    Opus,
}

impl AudioSetup {
    pub const fn codec(&self) -> Codec {
        match self {
            Self::Aac { .. } => Codec::Aac,
            Self::Opus => Codec::Opus,
        }
    }
}
