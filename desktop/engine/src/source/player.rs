//! Where a media file is, and going on from another place of it.

use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::Playing;

/// Between two reports of where it is.
const REPORTED: Duration = Duration::from_secs(1);
/// How long after a jump it is told where it went: it has arrived by then.
const ARRIVED: Duration = Duration::from_millis(100);

pub(super) struct Player<'a> {
    pipeline: &'a gst::Pipeline,
    due: Instant,
}

impl<'a> Player<'a> {
    pub(super) fn new(pipeline: &'a gst::Pipeline) -> Self {
        Self { pipeline, due: Instant::now() }
    }

    /// Goes on from `to`, or from a moment before the end if there is less of it.
    pub(super) fn seek(&mut self, to: Duration) {
        let to = gst::ClockTime::from_mseconds(to.as_millis() as u64);
        let last = self.duration().map(|duration| duration.saturating_sub(gst::ClockTime::from_mseconds(100)));
        let to = last.map_or(to, |last| to.min(last));
        if let Err(error) = self.pipeline.seek_simple(gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE, to) {
            tracing::warn!(%error, "this file can be played from its beginning only");
        }
        self.due = Instant::now() + ARRIVED;
    }

    /// Where it is, whenever that is due. None of a file whose length is not known, as of a stream.
    pub(super) fn news(&mut self) -> Option<Playing> {
        if Instant::now() < self.due {
            return None;
        }
        self.due = Instant::now() + REPORTED;
        let duration = self.duration()?.mseconds();
        let position = self.pipeline.query_position::<gst::ClockTime>()?.mseconds();
        Some(Playing { position: position.min(duration), duration })
    }

    fn duration(&self) -> Option<gst::ClockTime> {
        self.pipeline.query_duration()
    }
}
