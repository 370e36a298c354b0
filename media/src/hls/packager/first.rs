//! The first segment: who leads, and which rhythm the broadcast gets from it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::{Entry, KEYFRAME_PATIENCE, Output, Packager, age};
use crate::codec::Kind;
use crate::frame::Frame;
use crate::hls::cadence::{Cadence, LONGEST_TARGET};
use crate::hls::format;

/// The most that is kept while the first segment is awaited.
const FIRST_SEGMENT_BYTES: usize = 96 << 20;
const FIRST_SEGMENT_FRAMES: usize = 8_000;

impl Packager {
    /// The rendition that would lead: the publisher's own video first, any video next, then sound.
    fn choose_leader(&self) -> Option<usize> {
        let rank = |entry: &Entry| {
            let kind = entry.held.front().map(|frame| frame.config.kind())?;
            Some((kind == Kind::Audio, !entry.source))
        };
        self.entries.iter().enumerate().filter_map(|(id, entry)| Some((rank(entry)?, id))).min().map(|(_, id)| id)
    }

    /// The leader, what is known of its first segment's length, and whether that segment is complete.
    pub(super) fn first_segment(&self) -> Option<(usize, Duration, bool)> {
        let leader = self.choose_leader()?;
        let held = &self.entries.get(leader)?.held;
        let first = held.front()?;
        if first.config.kind() == Kind::Audio {
            let span = held.back()?.pts.since(first.pts);
            return Some((leader, self.wanted, span >= self.wanted));
        }
        let end = held.iter().find(|frame| {
            frame.epoch != first.epoch
                || frame.keyframe && frame.dts.since(first.dts) + Duration::from_millis(20) >= self.wanted / 2
        });
        let length = |frame: &Frame| frame.dts.since(first.dts);
        Some(match end {
            Some(end) if end.epoch == first.epoch => (leader, length(end), true),
            Some(_) => (leader, self.wanted, true),
            None => (leader, length(held.back()?), false),
        })
    }

    pub(super) fn try_settle(&mut self, out: &mut Vec<Output>) {
        let Some((leader, length, complete)) = self.first_segment() else { return };
        let frames: usize = self.entries.iter().map(|entry| entry.held.len()).sum();
        let too_much = self.held_bytes > FIRST_SEGMENT_BYTES || frames > FIRST_SEGMENT_FRAMES;
        if complete || too_much || length >= Duration::from_secs(LONGEST_TARGET) {
            self.settle(length, out);
        } else if length > self.wanted + KEYFRAME_PATIENCE {
            out.push(Output::WantKeyframe(leader));
        }
    }

    pub(super) fn settle(&mut self, first_segment: Duration, out: &mut Vec<Output>) {
        let Some(leader) = self.choose_leader() else { return };
        let (mut video, mut audio) = (Vec::new(), Vec::new());
        for entry in &self.entries {
            let (Some(first), Some(step)) = (entry.held.front(), usual_step(&entry.held)) else { continue };
            match first.config.kind() {
                Kind::Video => video.push(step),
                Kind::Audio => audio.push(samples_step(first).unwrap_or(step)),
            }
        }
        let cadence = Cadence::new(self.wanted, self.wanted_part, first_segment, &video, &audio);
        out.push(Output::Settled(cadence));
        self.cadence = Some(cadence);
        self.leader = leader;
        self.longest_gop = longest_gop(&self.entries[leader].held);
        self.held_bytes = 0;
        let mut frames: Vec<_> = Vec::new();
        for (id, entry) in self.entries.iter_mut().enumerate() {
            frames.extend(entry.held.drain(..).map(|frame| (id, frame)));
        }
        frames.sort_by(|(_, a), (_, b)| age(a.epoch, b.epoch).cmp(&0).then(a.dts.cmp(&b.dts)));
        for (id, frame) in frames {
            self.route(id, frame, out);
        }
    }
}

/// The usual time from one frame to the next.
fn usual_step(frames: &VecDeque<Arc<Frame>>) -> Option<Duration> {
    let first = frames.front()?;
    let run = frames.iter().take_while(|frame| frame.epoch == first.epoch);
    let (count, last) = run.enumerate().last()?;
    (count > 0).then(|| last.dts.since(first.dts) / count as u32)
}

fn samples_step(frame: &Frame) -> Option<Duration> {
    let samples = format::samples(&frame.config, &frame.payload)?;
    Some(Duration::from_secs_f64(f64::from(samples) / f64::from(format::timescale(&frame.config))))
}

fn longest_gop(frames: &VecDeque<Arc<Frame>>) -> Duration {
    let mut keyframes = frames.iter().filter(|frame| frame.keyframe);
    let Some(mut last) = keyframes.next() else { return Duration::ZERO };
    let mut longest = Duration::ZERO;
    for keyframe in keyframes {
        if keyframe.epoch == last.epoch {
            longest = longest.max(keyframe.pts.since(last.pts));
        }
        last = keyframe;
    }
    longest
}
