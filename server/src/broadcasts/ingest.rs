//! The health of an ingest, from the live plane's meters.

use std::time::Instant;

use klieg_api::ingest::{IngestHealth, TrackHealth};
use klieg_media::hls;
use klieg_media::rendition::{Origin, Rendition};
use klieg_media::stream::Stream;

use super::advice::{Ingest, advise};
use crate::channels::live::{codec_name, kind_name, started_at, state};

/// How the broadcast's ingest is doing now; `None` once it is over.
pub fn health(stream: &Stream) -> Option<IngestHealth> {
    let state = state(stream)?;
    let publisher = stream.ingest();
    let mut tracks = Vec::new();
    let (mut average_bitrate, mut reorders) = (0, false);
    let (mut not_by_hls, mut not_in_browsers) = (None, false);
    for rendition in stream.renditions().iter().filter(|rendition| rendition.origin() == Origin::Source) {
        if let Some((track, average)) = track(rendition) {
            average_bitrate += average;
            reorders |= rendition.reorders();
            tracks.push(track);
        }
        if let Some(config) = rendition.config()
            && let Some(video) = config.video()
        {
            not_by_hls = not_by_hls.or_else(|| (!hls::carries(&config)).then(|| config.codec().name()));
            not_in_browsers |= !video.suits_browsers();
        }
    }
    let age = stream.age();
    let advice = advise(&Ingest {
        state,
        age,
        tracks: &tracks,
        reorders,
        b_frames_by_whip: publisher.b_frames,
        not_by_hls,
        not_in_browsers,
        average_bitrate,
        ignored: &publisher.ignored,
    });
    Some(IngestHealth {
        broadcast_id: stream.id.to_string(),
        started_at: started_at(stream),
        state,
        protocol: publisher.protocol.name().to_owned(),
        encoder: publisher.encoder,
        reconnects: publisher.reconnects,
        viewers: stream.viewers() as u64,
        tracks,
        advice,
    })
}

/// The track's figures, and its bitrate since who sends it now began.
fn track(rendition: &Rendition) -> Option<(TrackHealth, u64)> {
    let config = rendition.config()?;
    let report = rendition.meter().report(Instant::now());
    let track = TrackHealth {
        rendition: rendition.name().to_owned(),
        kind: kind_name(rendition.kind()).to_owned(),
        codec: codec_name(config.codec()).to_owned(),
        bitrate: report.bitrate,
        frame_rate: report.frame_rate,
        // Every sound can be joined anywhere: its interval says nothing.
        keyframe_interval_ms: config.video().and(report.keyframe_interval_ms),
        frames: report.frames,
        lost_frames: report.lost_frames,
    };
    Some((track, report.average_bitrate))
}
