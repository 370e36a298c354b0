//! Where a media file is, going on from another place of it, and playing it again and again without a gap.
//!
//! A file that is repeated is played as a segment: at its end the demultiplexer says so in place of ending the stream, and is sent
//! back to the beginning while decoders and queues still have what came last. A format that cannot do that, such as MPEG-TS, is played to
//! its end and started anew, and so is a file that is too short.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Playing, Source};

/// Between two reports of where it is.
const REPORTED: Duration = Duration::from_secs(1);
/// How long after a jump it is told where it went: it has arrived by then.
const ARRIVED: Duration = Duration::from_millis(100);
/// Between two starts of a file that is repeated, at least: a shorter one stands still until then.
pub(super) const SHORTEST: Duration = Duration::from_millis(250);
/// How long it may take until it plays, from its start or a jump on.
const BEGINS: gst::ClockTime = gst::ClockTime::from_seconds(5);
/// Turns without a frame after which a file counts as empty, whatever length it tells; queues take some of them in advance.
const IDLE: u32 = 40;

pub(super) struct Player<'a> {
    pipeline: &'a gst::Pipeline,
    due: Instant,
    repeat: Repeat,
    refuses: &'a AtomicBool,
    /// Turns since a frame came, and how many frames had come then.
    idle: (u32, u64),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeat {
    /// It plays to its end.
    Off,
    /// As soon as it is known how long it is.
    Wanted,
    /// Without a gap.
    On,
}

impl<'a> Player<'a> {
    /// None of a source that is no file. `refuses` keeps, from one pipeline to the next, that the file cannot be played as a segment.
    pub(super) fn of(source: &Source, refuses: &'a AtomicBool, pipeline: &'a gst::Pipeline) -> Option<Self> {
        let Source::File(file) = source else { return None };
        let repeat = if file.repeat && !refuses.load(Ordering::Relaxed) { Repeat::Wanted } else { Repeat::Off };
        Some(Self { pipeline, due: Instant::now(), repeat, refuses, idle: (0, 0) })
    }

    /// The state in which the pipeline starts: it cannot be said that it is a segment before there is one.
    pub(super) fn first_state(&self) -> gst::State {
        if self.repeat == Repeat::Wanted { gst::State::Paused } else { gst::State::Playing }
    }

    /// The pipeline has its first frame: a file that is repeated begins to play. False if it refuses to be played as a segment, after
    /// which such a pipeline plays nothing any more.
    pub(super) fn begin(&mut self) -> bool {
        if self.repeat != Repeat::Wanted {
            return true;
        }
        let is_long = self.duration().is_some_and(|duration| Duration::from(duration) >= SHORTEST);
        if is_long && !self.go(gst::ClockTime::ZERO, gst::SeekFlags::FLUSH | gst::SeekFlags::SEGMENT) {
            self.refuses.store(true, Ordering::Relaxed);
            return false;
        }
        self.repeat = if is_long { Repeat::On } else { Repeat::Off };
        // One that cannot says so on the bus.
        let _ = self.pipeline.set_state(gst::State::Playing);
        true
    }

    /// It has been read to its end: sends it back to the beginning. False if that does not help; `frames` have come so far.
    pub(super) fn turn(&mut self, frames: u64) -> bool {
        self.idle = if self.idle.1 == frames { (self.idle.0 + 1, frames) } else { (0, frames) };
        self.idle.0 < IDLE && self.plays() && self.go(gst::ClockTime::ZERO, gst::SeekFlags::SEGMENT)
    }

    /// Whether it plays, which is waited for: a short file has been read to its end before. Going back waits for the demultiplexer, that
    /// for room in its queues, and these for sinks that play; but while it waits nothing of the pipeline can begin to.
    fn plays(&self) -> bool {
        self.pipeline.state(BEGINS).1 == gst::State::Playing
    }

    /// Goes on from `to`, or from a moment before the end if there is less of it.
    pub(super) fn seek(&mut self, to: Duration) {
        let to = gst::ClockTime::from_mseconds(to.as_millis() as u64);
        let last = self.duration().map(|duration| duration.saturating_sub(gst::ClockTime::from_mseconds(100)));
        let to = last.map_or(to, |last| to.min(last));
        let segment = if self.repeat == Repeat::On { gst::SeekFlags::SEGMENT } else { gst::SeekFlags::empty() };
        if let Some(bus) = self.pipeline.bus() {
            // The end of what is left now is none.
            while bus.pop_filtered(&[gst::MessageType::SegmentDone]).is_some() {}
        }
        if !self.go(to, gst::SeekFlags::FLUSH | segment) {
            tracing::warn!("this file can be played from its beginning only");
        }
        self.due = Instant::now() + ARRIVED;
    }

    fn go(&self, to: gst::ClockTime, flags: gst::SeekFlags) -> bool {
        // A segment without an end would end where its last buffer begins: each round would be shorter by that.
        let end = self.duration().filter(|_| flags.contains(gst::SeekFlags::SEGMENT));
        let until = if end.is_some() { gst::SeekType::Set } else { gst::SeekType::None };
        self.pipeline.seek(1.0, flags | gst::SeekFlags::ACCURATE, gst::SeekType::Set, to, until, end).is_ok()
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
