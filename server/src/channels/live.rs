//! What the API says of a broadcast that is on.

use klieg_api::channels::{Live, LiveState, Playback, Rendition};
use klieg_media::codec::{Codec, Kind};
use klieg_media::rendition::{Origin, Rendition as Source};
use klieg_media::stream::{Stream, StreamState};
use time::OffsetDateTime;

/// The broadcast as viewers may know it; `None` once it is over.
pub fn live(stream: &Stream) -> Option<Live> {
    Some(Live {
        broadcast_id: stream.id.to_string(),
        started_at: started_at(stream),
        viewers: stream.viewers() as u64,
        state: state(stream)?,
        // What exists only for players that cannot show B-frames is no choice of its own.
        renditions: stream
            .renditions()
            .iter()
            .filter(|r| r.origin() != Origin::Realtime)
            .filter_map(|r| rendition(r))
            .collect(),
        playback: Playback {
            whep: format!("/whep/{}", stream.handle),
            hls: format!("/hls/{}/index.m3u8", stream.handle),
        },
        chapters: Vec::new(),
    })
}

pub fn state(stream: &Stream) -> Option<LiveState> {
    match stream.state() {
        StreamState::Live => Some(LiveState::Live),
        StreamState::Waiting { .. } => Some(LiveState::Waiting),
        StreamState::Ended => None,
    }
}

pub fn started_at(stream: &Stream) -> OffsetDateTime {
    crate::database::moment(stream.started.millis())
}

fn rendition(source: &Source) -> Option<Rendition> {
    let config = source.config()?;
    let (width, height) = config.video().map_or((0, 0), |video| (video.width, video.height));
    Some(Rendition {
        name: source.name().to_owned(),
        kind: kind_name(source.kind()).to_owned(),
        codec: codec_name(config.codec()).to_owned(),
        width,
        height,
        bitrate: source.meter().report(std::time::Instant::now()).bitrate,
    })
}

pub const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Video => "video",
        Kind::Audio => "audio",
    }
}

pub const fn codec_name(codec: Codec) -> &'static str {
    match codec {
        Codec::H264 => "h264",
        Codec::Hevc => "hevc",
        Codec::Av1 => "av1",
        Codec::Vp8 => "vp8",
        Codec::Vp9 => "vp9",
        Codec::Aac => "aac",
        Codec::Opus => "opus",
    }
}
