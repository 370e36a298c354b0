//! All renditions of one broadcast packaged in step. Sans-IO: fed with frames, gives events.
//!
//! One rendition leads: the publisher's first video that can be packaged, or its sound if there is no picture. Where the
//! leader's segments begin, everybody's do ([`Boundary`]), so that media sequence numbers and discontinuities are the
//! same in all playlists. Other renditions are held back until the leader has passed their place on the timeline, but
//! not for longer than [`HOLD`].
//!
//! Nothing comes out before the leader's first segment is complete: its length decides the [`Cadence`].

mod first;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::cadence::Cadence;
use super::format;
use super::track::{Event, Head, Track};
use crate::codec::Kind;
use crate::frame::Frame;
use crate::time::{MediaTime, WallTime};

/// A rendition runs ahead of the leader by no more than this before it is let go.
const HOLD: Duration = Duration::from_millis(500);
/// The same where a new session begins: its picture and sound should begin together, and a keyframe may need a moment.
const HOLD_AT_SESSION: Duration = Duration::from_secs(3);
/// Boundaries remembered for renditions that come late (a transcoder's).
const BOUNDARIES: usize = 32;
/// A rendition without a frame for this many segments is given up: its segments are announced as gaps.
const LATE_SEGMENTS: u64 = 4;
/// A moment of capture further than this from arrival is a wrong clock.
const CAPTURE_TRUSTED: MediaTime = MediaTime::from_millis(30_000);
/// How long after the wanted end of a segment a keyframe should have come by itself.
const KEYFRAME_PATIENCE: Duration = Duration::from_millis(50);
/// The longest that a publisher is thought to take for a keyframe it is asked for.
const LONGEST_KEYFRAME_DELAY: Duration = Duration::from_millis(800);

/// Where a segment begins, in every rendition.
#[derive(Clone, Copy, Debug)]
struct Boundary {
    msn: u64,
    at: MediaTime,
    epoch: u32,
    discontinuity: bool,
    /// Discontinuities so far, this one included.
    era: u64,
    /// What to add to the timeline's moment to get the moment of capture.
    captured: MediaTime,
}

/// What the packager wants done.
#[derive(Debug)]
pub(crate) enum Output {
    /// The rhythm is decided: comes once, before everything else.
    Settled(Cadence),
    Event(usize, Event),
    /// This rendition's publisher should send a keyframe.
    WantKeyframe(usize),
}

#[derive(Debug, Default)]
struct Entry {
    source: bool,
    held: VecDeque<Arc<Frame>>,
    track: Option<Track>,
}

pub(crate) struct Packager {
    wanted: Duration,
    wanted_part: Duration,
    started: WallTime,
    cadence: Option<Cadence>,
    entries: Vec<Entry>,
    leader: usize,
    /// The leader's newest frame.
    leader_at: Option<(u32, MediaTime)>,
    last_keyframe: Option<(u32, MediaTime)>,
    longest_gop: Duration,
    /// Since when a keyframe is asked for in vain.
    asked: Option<MediaTime>,
    /// How long the last keyframe took that was asked for: the next is asked for so much earlier.
    keyframe_delay: Duration,
    boundaries: VecDeque<Boundary>,
    discontinuity_wanted: bool,
    held_bytes: usize,
}

impl Packager {
    /// For a broadcast whose timeline's zero is `started`.
    pub(crate) fn new(wanted_part: Duration, wanted: Duration, started: WallTime) -> Self {
        Self {
            wanted,
            wanted_part,
            started,
            cadence: None,
            entries: Vec::new(),
            leader: 0,
            leader_at: None,
            last_keyframe: None,
            longest_gop: Duration::ZERO,
            asked: None,
            keyframe_delay: Duration::ZERO,
            boundaries: VecDeque::new(),
            discontinuity_wanted: false,
            held_bytes: 0,
        }
    }

    /// A new rendition's number. `source` if it comes from the publisher itself, without a detour.
    pub(crate) fn add(&mut self, source: bool) -> usize {
        self.entries.push(Entry { source, ..Entry::default() });
        self.entries.len() - 1
    }

    /// A frame of rendition `id`. Frames of codecs that cannot be packaged are passed over.
    pub(crate) fn push(&mut self, id: usize, frame: Arc<Frame>, out: &mut Vec<Output>) {
        if !format::playable(&frame.config) {
            return;
        }
        let Some(entry) = self.entries.get_mut(id) else { return };
        if self.cadence.is_some() {
            self.route(id, frame, out);
            return;
        }
        // Before its first keyframe a picture cannot be shown.
        if entry.held.is_empty() && !frame.keyframe {
            out.push(Output::WantKeyframe(id));
            return;
        }
        self.held_bytes += frame.payload.len();
        entry.held.push_back(frame);
        self.try_settle(out);
    }

    /// The broadcast is over: brings out all that is held and completes every segment.
    pub(crate) fn finish(&mut self, out: &mut Vec<Output>) {
        if self.cadence.is_none() {
            let first = self.first_segment().map_or(self.wanted, |(_, length, _)| length);
            self.settle(first, out);
        }
        for id in 0..self.entries.len() {
            while let Some(frame) = self.entries.get_mut(id).and_then(|entry| entry.held.pop_front()) {
                self.follow(id, &frame, out);
            }
            if let Some(track) = self.entries.get_mut(id).and_then(|entry| entry.track.as_mut()) {
                track.finish(&mut |event| out.push(Output::Event(id, event)));
            }
        }
    }

    fn route(&mut self, id: usize, frame: Arc<Frame>, out: &mut Vec<Output>) {
        self.promote(id, &frame);
        if id == self.leader {
            self.lead(&frame, out);
            for other in (0..self.entries.len()).filter(|&other| other != id) {
                self.release(other, out);
            }
        } else if let Some(entry) = self.entries.get_mut(id) {
            entry.held.push_back(frame);
            self.release(id, out);
        }
    }

    /// A picture that comes after the sound takes the lead.
    fn promote(&mut self, id: usize, frame: &Frame) {
        let led_by_sound = self
            .entries
            .get(self.leader)
            .and_then(|entry| entry.track.as_ref())
            .is_some_and(|track| track.config().kind() == Kind::Audio);
        if led_by_sound && frame.config.kind() == Kind::Video && frame.keyframe {
            self.leader = id;
            self.last_keyframe = None;
        }
    }

    fn lead(&mut self, frame: &Arc<Frame>, out: &mut Vec<Output>) {
        let Some(cadence) = self.cadence else { return };
        if frame.keyframe {
            if let Some(asked) = self.asked.take() {
                self.keyframe_delay = frame.pts.since(asked).min(LONGEST_KEYFRAME_DELAY);
            }
            if let Some((epoch, last)) = self.last_keyframe
                && epoch == frame.epoch
            {
                self.longest_gop = self.longest_gop.max(frame.pts.since(last)).min(cadence.limit());
            }
            self.last_keyframe = Some((frame.epoch, frame.pts));
        }
        let newest = self.boundaries.back().copied();
        let track = self.entries.get(self.leader).and_then(|entry| entry.track.as_ref());
        match (newest, track) {
            (None, _) if frame.keyframe => self.declare(frame, false),
            (Some(newest), _) if age(frame.epoch, newest.epoch) > 0 => {
                if frame.keyframe {
                    self.declare(frame, true);
                } else {
                    out.push(Output::WantKeyframe(self.leader));
                }
            }
            (Some(newest), Some(track)) if track.msn() == newest.msn && track.epoch() == frame.epoch => {
                let elapsed = track.elapsed(frame);
                let changed = *track.config() != frame.config;
                let sound = frame.config.kind() == Kind::Audio;
                if frame.keyframe && (changed || self.discontinuity_wanted) {
                    self.declare(frame, true);
                } else if sound && !changed && elapsed + track.usual_frame() / 2 >= cadence.wanted
                    || !sound && frame.keyframe && cadence.cut_at_keyframe(elapsed, self.longest_gop)
                    || !sound && !changed && elapsed + track.usual_frame() > cadence.limit()
                {
                    self.declare(frame, false);
                } else if !sound && elapsed + self.keyframe_delay > cadence.wanted + KEYFRAME_PATIENCE {
                    self.asked.get_or_insert(frame.pts);
                    out.push(Output::WantKeyframe(self.leader));
                }
            }
            _ => {}
        }
        // A session that has not had its first keyframe has not begun, and its sound waits.
        if self.boundaries.back().is_some_and(|newest| newest.epoch == frame.epoch) {
            self.leader_at = Some((frame.epoch, frame.dts));
        }
        self.follow(self.leader, frame, out);
    }

    /// A segment begins with `frame`, in every rendition.
    fn declare(&mut self, frame: &Frame, discontinuity: bool) {
        let before = self.boundaries.back();
        let captured = match before {
            Some(before) if before.epoch == frame.epoch => before.captured,
            _ => {
                let offset = frame.captured.minus(self.started.plus(frame.pts));
                if offset.nanos().abs() < CAPTURE_TRUSTED.nanos() { offset } else { MediaTime::ZERO }
            }
        };
        let msn = before.map_or(0, |before| before.msn + 1);
        let era = before.map_or(0, |before| before.era) + u64::from(discontinuity);
        self.boundaries.push_back(Boundary { msn, at: frame.pts, epoch: frame.epoch, discontinuity, era, captured });
        if self.boundaries.len() > BOUNDARIES {
            self.boundaries.pop_front();
        }
        self.discontinuity_wanted &= !discontinuity;
        self.asked = None;
    }

    /// Lets go what the leader has passed, and what was held long enough.
    fn release(&mut self, id: usize, out: &mut Vec<Output>) {
        while let Some(entry) = self.entries.get_mut(id) {
            let (Some(front), Some(back)) = (entry.held.front(), entry.held.back()) else { return };
            let passed = self
                .leader_at
                .is_some_and(|(epoch, dts)| age(epoch, front.epoch) > 0 || epoch == front.epoch && dts >= front.pts);
            let session_begun = self.boundaries.back().is_some_and(|newest| age(front.epoch, newest.epoch) <= 0);
            let hold = if session_begun { HOLD } else { HOLD_AT_SESSION };
            let long = back.epoch != front.epoch || back.pts.since(front.pts) > hold;
            if !passed && !long {
                return;
            }
            let Some(frame) = entry.held.pop_front() else { return };
            self.follow(id, &frame, out);
        }
    }

    /// The segment a frame belongs to.
    fn boundary_of(&self, frame: &Frame) -> Option<Boundary> {
        let tolerance = match frame.config.kind() {
            Kind::Video => MediaTime::from_millis(5),
            Kind::Audio => MediaTime::from_millis(10),
        };
        self.boundaries
            .iter()
            .rev()
            .find(|boundary| boundary.epoch == frame.epoch && boundary.at <= frame.pts + tolerance)
            .copied()
    }

    fn head(&self, boundary: &Boundary, at: MediaTime) -> Head {
        let date = self.started.plus(at + boundary.captured);
        Head { msn: boundary.msn, discontinuity: boundary.discontinuity, era: boundary.era, init: 0, date }
    }

    /// Where the leader is silent, sound goes on alone: it declares what the leader would have.
    fn lead_instead(&mut self, id: usize, frame: &Frame) {
        let (Some(cadence), Some(newest)) = (self.cadence, self.boundaries.back()) else { return };
        if id == self.leader || frame.config.kind() != Kind::Audio {
            return;
        }
        let Some(track) = self.entries.get(id).and_then(|entry| entry.track.as_ref()) else { return };
        if age(frame.epoch, newest.epoch) > 0 {
            self.declare(frame, true);
        } else if track.msn() == newest.msn
            && track.epoch() == frame.epoch
            && track.elapsed(frame) + track.usual_frame() * 2 > cadence.limit()
        {
            self.declare(frame, false);
        }
    }

    fn follow(&mut self, id: usize, frame: &Arc<Frame>, out: &mut Vec<Output>) {
        self.lead_instead(id, frame);
        let (Some(cadence), Some(boundary)) = (self.cadence, self.boundary_of(frame)) else { return };
        let head = self.head(&boundary, frame.pts);
        let between: Vec<Boundary> = {
            let from = self.entries.get(id).and_then(|entry| entry.track.as_ref()).map_or(u64::MAX, Track::msn);
            self.boundaries.iter().filter(|other| other.msn > from && other.msn <= boundary.msn).copied().collect()
        };
        let heads: Vec<Head> = between.iter().map(|other| self.head(other, other.at)).collect();
        let Some(entry) = self.entries.get_mut(id) else { return };
        let mut emit = |event| out.push(Output::Event(id, event));
        let Some(track) = entry.track.as_mut() else {
            if frame.keyframe {
                entry.track = Track::begin(&cadence, frame, head, &mut emit);
            } else {
                out.push(Output::WantKeyframe(id));
            }
            return;
        };
        let changed = *track.config() != frame.config;
        let broken = track.epoch() != frame.epoch;
        // A picture shown before the segment's keyframe though decoded after it stays where it is decoded.
        let leading = frame.config.kind() == Kind::Video && boundary.msn < track.msn();
        if boundary.msn == track.msn() || leading {
            if changed {
                self.discontinuity_wanted |= frame.keyframe;
            } else if !broken && track.is_open() {
                track.push(frame, &mut emit);
            }
            return;
        }
        if boundary.msn < track.msn() {
            return; // too late: its segment is complete
        }
        if changed && !between.iter().any(|other| other.discontinuity) {
            self.discontinuity_wanted |= frame.keyframe;
            return;
        }
        let must_restart = changed || broken || boundary.discontinuity || !track.is_open();
        if !frame.keyframe {
            if must_restart {
                out.push(Output::WantKeyframe(id));
                return;
            }
            let overdue = id == self.leader || track.elapsed(frame) + track.usual_frame() > cadence.limit();
            if !overdue {
                track.push(frame, &mut emit);
                out.push(Output::WantKeyframe(id));
                return;
            }
        }
        // Segments that this rendition has nothing for.
        for (pair, head) in between.windows(2).zip(&heads) {
            track.gap(*head, pair[1].at, cadence.limit(), &mut emit);
        }
        if must_restart || between.len() > 1 {
            track.restart(frame, head, &mut emit);
        } else {
            track.cut(frame, head, &mut emit);
        }
        self.give_up_the_silent(boundary.msn, out);
    }

    /// Renditions that have been silent for too long get gaps instead of segments, so that nobody waits for them.
    fn give_up_the_silent(&mut self, msn: u64, out: &mut Vec<Output>) {
        let Some(cadence) = self.cadence else { return };
        for id in 0..self.entries.len() {
            let Some(reached) = self.entries.get(id).and_then(|entry| entry.track.as_ref()).map(Track::msn) else {
                continue;
            };
            if reached + LATE_SEGMENTS > msn {
                continue;
            }
            let missing: Vec<(Head, MediaTime)> = self
                .boundaries
                .iter()
                .zip(self.boundaries.iter().skip(1))
                .filter(|(boundary, _)| boundary.msn > reached && boundary.msn + 2 <= msn)
                .map(|(boundary, next)| (self.head(boundary, boundary.at), next.at))
                .collect();
            if let Some(track) = self.entries.get_mut(id).and_then(|entry| entry.track.as_mut()) {
                for (head, end) in missing {
                    track.gap(head, end, cadence.limit(), &mut |event| out.push(Output::Event(id, event)));
                }
            }
        }
    }
}

/// How much newer epoch `a` is than `b`; epochs wrap.
fn age(a: u32, b: u32) -> i32 {
    a.wrapping_sub(b) as i32
}
