//! Where a media file is, when it begins to play, going on from another place of it, and playing it again and again without a gap.
//!
//! A file that plays from its beginning when it comes on air is loaded and stands at its first frame until then. When it is on air no
//! more, its pipeline is built anew, which stands there again.
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
const BEGINS: Duration = Duration::from_secs(5);
/// Turns without a frame after which a file counts as empty, whatever length it tells; queues take some of them in advance.
const IDLE: u32 = 40;

pub(super) struct Player<'a> {
    pipeline: &'a gst::Pipeline,
    due: Instant,
    phase: Phase,
    /// Whether it plays on air only.
    waits_for_air: bool,
    /// Whether it was put elsewhere while it waited.
    has_moved: bool,
    repeat: Repeat,
    refuses: &'a AtomicBool,
    /// Turns since a frame came, and how many frames had come then.
    idle: (u32, u64),
    /// Since when it has been read to its end and is to be sent back.
    read: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Its first frame is not there yet.
    Loading,
    /// It stands there.
    Ready,
    /// It plays, or is about to.
    Playing,
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
        // It cannot be said that it is a segment before there is one.
        let begins_later = repeat == Repeat::Wanted || file.from_start;
        Some(Self {
            pipeline,
            due: Instant::now(),
            phase: if begins_later { Phase::Loading } else { Phase::Playing },
            waits_for_air: file.from_start,
            has_moved: false,
            repeat,
            refuses,
            idle: (0, 0),
            read: None,
        })
    }

    /// The state in which the pipeline starts.
    pub(super) fn first_state(&self) -> gst::State {
        if self.phase == Phase::Loading { gst::State::Paused } else { gst::State::Playing }
    }

    /// The pipeline has the frame at which it stands. Whether it waits there until it comes on air.
    pub(super) fn load(&mut self) -> bool {
        if self.phase == Phase::Loading {
            self.phase = Phase::Ready;
        }
        self.waits()
    }

    /// Whether it stands at a frame until it comes on air.
    pub(super) fn waits(&self) -> bool {
        self.waits_for_air && self.phase == Phase::Ready
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.phase != Phase::Loading
    }

    /// Lets it play as soon as it may. False if another pipeline is needed: it is on air no more, or refuses to be played as a segment,
    /// after which such a pipeline plays nothing any more.
    pub(super) fn cue(&mut self, on_air: bool) -> bool {
        let may_play = on_air || !self.waits_for_air;
        match self.phase {
            Phase::Ready if may_play => self.begin(),
            Phase::Playing => may_play,
            Phase::Loading | Phase::Ready => true,
        }
    }

    /// Has a file that waits make the frame at which it stands again, which is wished in another way now.
    pub(super) fn renew(&self) {
        if self.waits() {
            let at = self.pipeline.query_position().unwrap_or(gst::ClockTime::ZERO);
            // Where it cannot be made again it comes as it was, until the file plays.
            let _ = self.go(at, gst::SeekFlags::FLUSH);
        }
    }

    fn begin(&mut self) -> bool {
        self.phase = Phase::Playing;
        if self.repeat == Repeat::Wanted {
            let is_long = self.duration().is_some_and(|duration| Duration::from(duration) >= SHORTEST);
            self.repeat = if is_long { Repeat::On } else { Repeat::Off };
        }
        if self.repeat == Repeat::On {
            if !self.go(gst::ClockTime::ZERO, gst::SeekFlags::FLUSH | gst::SeekFlags::SEGMENT) {
                self.refuses.store(true, Ordering::Relaxed);
                return false;
            }
        } else if self.has_moved && !self.go(gst::ClockTime::ZERO, gst::SeekFlags::FLUSH) {
            return false;
        }
        // One that cannot says so on the bus.
        let _ = self.pipeline.set_state(gst::State::Playing);
        true
    }

    /// It has been read to its end: sends it back to the beginning as soon as it plays. False if that does not help; `frames` have come
    /// so far.
    pub(super) fn turn(&mut self, frames: u64, now: Instant) -> bool {
        self.idle = if self.idle.1 == frames { (self.idle.0 + 1, frames) } else { (0, frames) };
        self.read = Some(now);
        self.idle.0 < IDLE && self.go_back(now)
    }

    /// Sends it back to the beginning if it has been read to its end and plays. False if it refuses, or does not begin to play.
    ///
    /// A short file has been read to its end before. Going back waits for the demultiplexer, that for room in its queues, and these for
    /// sinks that play; but while it waits nothing of the pipeline can begin to.
    pub(super) fn go_back(&mut self, now: Instant) -> bool {
        let Some(since) = self.read else { return true };
        if self.pipeline.state(gst::ClockTime::ZERO).1 != gst::State::Playing {
            return now.saturating_duration_since(since) < BEGINS;
        }
        self.read = None;
        self.go(gst::ClockTime::ZERO, gst::SeekFlags::SEGMENT)
    }

    /// Goes on from `to`, or from a moment before the end if there is less of it.
    pub(super) fn seek(&mut self, to: Duration) {
        let to = gst::ClockTime::from_mseconds(to.as_millis() as u64);
        let last = self.duration().map(|duration| duration.saturating_sub(gst::ClockTime::from_mseconds(100)));
        let to = last.map_or(to, |last| to.min(last));
        let segment = if self.repeat == Repeat::On { gst::SeekFlags::SEGMENT } else { gst::SeekFlags::empty() };
        // The end of what is left now is none.
        self.read = None;
        if let Some(bus) = self.pipeline.bus() {
            // What is not among these is taken off the bus as well.
            let ends = [gst::MessageType::SegmentDone, gst::MessageType::Eos, gst::MessageType::Error];
            let taken: Vec<_> = std::iter::from_fn(|| bus.pop_filtered(&ends)).collect();
            for error in taken.into_iter().filter(|message| message.type_() == gst::MessageType::Error) {
                let _ = bus.post(error);
            }
        }
        self.has_moved = true;
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

#[cfg(test)]
mod tests {
    use klieg_studio_model::MediaFile;

    use super::*;

    fn film(repeat: bool) -> Source {
        Source::File(MediaFile { name: "film".to_owned(), path: "film.mp4".into(), repeat, from_start: false })
    }

    /// A pipeline that does not play. Before it is ready its bus takes nothing.
    fn ready() -> gst::Pipeline {
        gst::init().unwrap();
        let pipeline = gst::Pipeline::new();
        pipeline.set_state(gst::State::Ready).unwrap();
        pipeline
    }

    #[test]
    fn an_end_from_before_a_jump_is_none_and_an_error_is_one() {
        let pipeline = ready();
        let bus = pipeline.bus().unwrap();
        let refuses = AtomicBool::new(false);
        let mut player = Player::of(&film(false), &refuses, &pipeline).unwrap();
        let broken = gst::message::Error::builder(gst::StreamError::Decode, "it is broken");
        for message in [gst::message::Eos::builder().src(&pipeline).build(), broken.src(&pipeline).build()] {
            bus.post(message).unwrap();
        }
        player.seek(Duration::from_secs(1));
        let is_error = |message: gst::Message| message.type_() == gst::MessageType::Error;
        assert!(bus.pop_filtered(&[gst::MessageType::Eos, gst::MessageType::Error]).is_some_and(is_error));
        pipeline.set_state(gst::State::Null).unwrap();
    }

    #[test]
    fn who_is_read_to_the_end_before_it_plays_is_sent_back_later_and_nobody_waits_for_that() {
        let pipeline = ready();
        let (refuses, now) = (AtomicBool::new(false), Instant::now());
        let mut player = Player::of(&film(true), &refuses, &pipeline).unwrap();
        assert!(player.turn(1, now) && player.go_back(now + BEGINS / 2));
        assert!(!player.go_back(now + BEGINS), "it does not begin");
        // Nor is it sent back once it was put elsewhere.
        player.seek(Duration::from_secs(1));
        assert!(player.go_back(now + BEGINS));
        pipeline.set_state(gst::State::Null).unwrap();
    }
}
