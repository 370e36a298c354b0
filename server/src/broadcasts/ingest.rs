//! The health of an ingest, from the live plane's meters.

use std::time::Instant;

use klieg_api::ingest::{IngestHealth, TrackHealth};
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
    for rendition in stream.renditions().iter().filter(|rendition| rendition.origin() == Origin::Source) {
        if let Some((track, average)) = track(rendition) {
            average_bitrate += average;
            reorders |= rendition.reorders();
            tracks.push(track);
        }
    }
    let age = stream.age();
    let advice =
        advise(&Ingest { state, age, tracks: &tracks, reorders, average_bitrate, ignored: &publisher.ignored });
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
