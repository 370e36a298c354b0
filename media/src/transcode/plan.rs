//! What a broadcast needs made, as its renditions stand now. Decides only; starts nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::wire::{H264Target, Target};
use crate::codec::{Codec, Kind};
use crate::rendition::{Origin, Rendition};
use crate::stream::Stream;
use crate::time::MediaTime;

/// The publisher's picture.
const SOURCE: &str = "source";
/// The picture for WebRTC where players could not show the publisher's.
const REALTIME: &str = "realtime";
const OPUS_BITRATE: u32 = 128_000;
const AAC_BITRATE: u32 = 160_000;
/// How long an on-demand rendition is still made after its last subscriber left.
pub(super) const LINGER: Duration = Duration::from_secs(10);

/// A rendition to be made from another.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) name: &'static str,
    pub(super) source: Arc<Rendition>,
    pub(super) make: Make,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Make {
    Opus,
    Aac,
    /// H.264 without B-frames, while somebody subscribes.
    Realtime,
}

impl Make {
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Opus | Self::Aac => Kind::Audio,
            Self::Realtime => Kind::Video,
        }
    }

    pub(super) const fn origin(self) -> Origin {
        match self {
            Self::Opus | Self::Aac => Origin::Transcoder,
            Self::Realtime => Origin::Realtime,
        }
    }

    /// One frame's length; zero where it varies.
    pub(super) const fn frame_duration(self) -> MediaTime {
        match self {
            Self::Opus => MediaTime::from_millis(20),
            Self::Aac => MediaTime::from_nanos(1_024 * 1_000_000_000 / 48_000),
            Self::Realtime => MediaTime::ZERO,
        }
    }

    pub(super) const fn on_demand(self) -> bool {
        matches!(self, Self::Realtime)
    }

    /// The order to the transcoder, as of now.
    pub(super) fn target(self, source: &Rendition) -> Target {
        match self {
            Self::Opus => Target::Opus { bitrate: OPUS_BITRATE },
            Self::Aac => Target::Aac { bitrate: AAC_BITRATE },
            Self::Realtime => Target::H264(H264Target {
                width: 0,
                height: 0,
                bitrate: source.meter().report(Instant::now()).bitrate.clamp(500_000, 20_000_000) as u32,
                from: source.newest().map_or(MediaTime::ZERO, |newest| newest.dts),
            }),
        }
    }
}

/// Everything that is to be made. `ours` tells whether the transcoder published a rendition's newest frame.
pub(super) fn wanted(stream: &Stream, ours: impl Fn(&Rendition) -> bool) -> Vec<Wanted> {
    sound(stream, ours).into_iter().chain(realtime(stream)).collect()
}

/// AAC where the publisher sends Opus, and the other way round.
///
/// A publisher that takes over may send the other codec: what was made then comes from the publisher now. The newest
/// epoch is the present publisher's.
fn sound(stream: &Stream, ours: impl Fn(&Rendition) -> bool) -> Option<Wanted> {
    let published = stream.renditions_of(Kind::Audio).into_iter().filter_map(|rendition| {
        let codec = rendition.config()?.codec();
        let newest = rendition.newest()?;
        (!ours(&rendition)).then_some(((newest.epoch, newest.dts), codec, rendition))
    });
    let mut published: Vec<_> = published.collect();
    published.sort_by_key(|(newest, ..)| std::cmp::Reverse(*newest));
    let mut published = published.into_iter();
    let ((epoch, _), codec, source) = published.next()?;
    let (name, make) = match codec {
        Codec::Aac => ("opus", Make::Opus),
        Codec::Opus => ("aac", Make::Aac),
        _ => return None,
    };
    let both_sent = published.any(|((other, _), _, rendition)| other == epoch && rendition.name() == name);
    (!both_sent).then_some(Wanted { name, source, make })
}

/// A picture that WebRTC players can show, where the publisher's has B-frames or a codec they lack.
fn realtime(stream: &Stream) -> Option<Wanted> {
    let source = stream.rendition(SOURCE)?;
    let needed = match source.config()?.codec() {
        Codec::H264 => source.reorders(),
        Codec::Hevc => true,
        _ => false,
    };
    needed.then_some(Wanted { name: REALTIME, source, make: Make::Realtime })
}
