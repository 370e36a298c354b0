//! One rendition's frames made into parts and segments. Sans-IO.
//!
//! The track owns its decode timeline: within an unbroken run every sample begins exactly where the one before ended,
//! whatever jitter the publisher's timestamps have. Pictures keep their presentation times through composition offsets;
//! sound is counted in samples and follows the timestamps only when they drift away.
//!
//! That freedom also keeps parts within PART-TARGET when frames come unevenly: a frame that lasts longer than the rest
//! of a part is given what is left of it, and those after it are decoded a little early until the timeline has caught
//! up.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::cadence::{Cadence, FULL_PERMILLE};
use super::cmaf::{self, Sample};
use super::format;
use crate::codec::{Kind, TrackConfig};
use crate::frame::Frame;
use crate::time::{MediaTime, WallTime};

/// Sound may be this far from its timestamps before it is moved: publishers that count in milliseconds wander less, and
/// picture and sound of a segment must begin within 50 ms of one another.
const DRIFT: Duration = Duration::from_millis(30);

/// What stands before a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Media sequence number.
    pub(crate) msn: u64,
    pub(crate) discontinuity: bool,
    /// How many discontinuities the broadcast has had, this one included: its discontinuity sequence number.
    pub(crate) era: u64,
    /// Which init segment it needs.
    pub(crate) init: u32,
    /// When its first frame was captured.
    pub(crate) date: WallTime,
}

/// What a track brings forth, in order.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A new init segment; they are numbered as they come.
    Init {
        config: Arc<TrackConfig>,
        data: Bytes,
    },
    Begin(Head),
    Part {
        duration: Duration,
        independent: bool,
        frames: u32,
        data: Bytes,
    },
    /// The segment is complete. `independent` is false if it did not begin with a keyframe.
    End {
        independent: bool,
    },
    /// A whole segment for which there is no media.
    Gap {
        head: Head,
        duration: Duration,
    },
}

#[derive(Debug)]
pub(super) struct Track {
    kind: Kind,
    config: Arc<TrackConfig>,
    init: u32,
    timescale: u32,
    part_target: u64,
    /// The longest a segment may be, in ticks.
    limit: u64,
    epoch: u32,
    segment: OpenSegment,
    /// The last frame: how long it lasts is known when the next one comes.
    last: Option<Arc<Frame>>,
    /// Where `last` begins on the decode timeline, in ticks.
    position: u64,
    /// How long a frame lasted lately, in ticks. None is given more than a part.
    usual: u64,
    part: Vec<Sample>,
    part_start: u64,
    sequence: u32,
}

#[derive(Clone, Copy, Debug)]
struct OpenSegment {
    msn: u64,
    start: u64,
    independent: bool,
}

impl Track {
    /// A track whose first segment begins with `frame`. `None` for a codec that cannot be packaged.
    pub(super) fn begin(
        cadence: &Cadence,
        frame: &Arc<Frame>,
        mut head: Head,
        out: &mut impl FnMut(Event),
    ) -> Option<Self> {
        let data = cmaf::init(&frame.config)?;
        let timescale = format::timescale(&frame.config);
        head.init = 0;
        out(Event::Init { config: frame.config.clone(), data });
        out(Event::Begin(head));
        let position = place(frame, timescale);
        Some(Self {
            kind: frame.config.kind(),
            config: frame.config.clone(),
            init: 0,
            timescale,
            part_target: ticks(cadence.part_target, timescale),
            limit: ticks(cadence.limit(), timescale),
            epoch: frame.epoch,
            segment: OpenSegment { msn: head.msn, start: position, independent: frame.keyframe },
            last: Some(frame.clone()),
            position,
            usual: u64::from(timescale) / 30,
            part: Vec::new(),
            part_start: position,
            sequence: 0,
        })
    }

    pub(super) fn msn(&self) -> u64 {
        self.segment.msn
    }

    /// Whether a segment is open. Only [`restart`](Self::restart) opens one again.
    pub(super) fn is_open(&self) -> bool {
        self.last.is_some()
    }

    pub(super) fn epoch(&self) -> u32 {
        self.epoch
    }

    pub(super) fn config(&self) -> &Arc<TrackConfig> {
        &self.config
    }

    /// How long the open segment is when `frame` comes next. After a stall that is less than the time gone by.
    pub(super) fn elapsed(&self, frame: &Frame) -> Duration {
        let begins = place(frame, self.timescale).min(self.position + self.part_target);
        duration(begins.saturating_sub(self.segment.start), self.timescale)
    }

    /// How long a frame lasted lately.
    pub(super) fn usual_frame(&self) -> Duration {
        duration(self.usual, self.timescale)
    }

    /// The next frame of the open segment.
    pub(super) fn push(&mut self, frame: &Arc<Frame>, out: &mut impl FnMut(Event)) {
        let start = place(frame, self.timescale);
        if self.kind == Kind::Audio && start + ticks(DRIFT, self.timescale) < self.position + self.nominal() {
            return; // sound that overlaps what was heard already
        }
        self.settle_last(Some(start), out);
        self.last = Some(frame.clone());
    }

    /// Ends the open segment and begins the next with `frame`, which follows on without a break.
    pub(super) fn cut(&mut self, frame: &Arc<Frame>, mut head: Head, out: &mut impl FnMut(Event)) {
        self.settle_last(Some(place(frame, self.timescale)), out);
        self.end_segment(out);
        head.init = self.init;
        out(Event::Begin(head));
        self.open(frame, head.msn);
    }

    /// Ends the open segment and begins another with `frame` somewhere ahead on the timeline: after a discontinuity or a
    /// gap.
    pub(super) fn restart(&mut self, frame: &Arc<Frame>, mut head: Head, out: &mut impl FnMut(Event)) {
        self.finish(out);
        if *self.config != *frame.config
            && let Some(data) = cmaf::init(&frame.config)
        {
            let timescale = format::timescale(&frame.config);
            let rescale = |value: u64| (u128::from(value) * u128::from(timescale) / u128::from(self.timescale)) as u64;
            (self.position, self.usual) = (rescale(self.position), rescale(self.usual));
            (self.part_target, self.limit) = (rescale(self.part_target), rescale(self.limit));
            self.timescale = timescale;
            self.config = frame.config.clone();
            self.init += 1;
            out(Event::Init { config: frame.config.clone(), data });
        }
        head.init = self.init;
        out(Event::Begin(head));
        self.position = self.position.max(place(frame, self.timescale));
        self.epoch = frame.epoch;
        self.open(frame, head.msn);
    }

    /// Announces that a whole segment has no media, until `end` on the broadcast's timeline or at least for `least`.
    pub(super) fn gap(&mut self, mut head: Head, end: MediaTime, limit: Duration, out: &mut impl FnMut(Event)) {
        self.finish(out);
        head.init = self.init;
        let until = u64::try_from(end.ticks(self.timescale)).unwrap_or(0);
        let missing = duration(until.saturating_sub(self.position), self.timescale);
        let duration = missing.clamp(Duration::from_millis(1), limit);
        self.position += ticks(duration, self.timescale);
        self.segment.msn = head.msn;
        out(Event::Gap { head, duration });
    }

    /// Brings out what is held and completes the open segment, if there is one.
    pub(super) fn finish(&mut self, out: &mut impl FnMut(Event)) {
        if self.last.is_some() {
            self.settle_last(None, out);
            self.end_segment(out);
        }
    }

    fn open(&mut self, frame: &Arc<Frame>, msn: u64) {
        self.segment = OpenSegment { msn, start: self.position, independent: frame.keyframe };
        self.part_start = self.position;
        self.last = Some(frame.clone());
    }

    fn end_segment(&mut self, out: &mut impl FnMut(Event)) {
        self.end_part(out);
        out(Event::End { independent: self.segment.independent });
    }

    /// What the last frame lasts if nothing else is known.
    fn nominal(&self) -> u64 {
        let counted = self.last.as_ref().and_then(|last| format::samples(&self.config, &last.payload));
        counted.map_or(self.usual, u64::from)
    }

    /// Puts the last frame into the open part. The one after it begins at `next`, in ticks, if that is known.
    fn settle_last(&mut self, next: Option<u64>, out: &mut impl FnMut(Event)) {
        let nominal = self.nominal();
        let Some(last) = self.last.take() else { return };
        let mut lasts = match (self.kind, next) {
            (_, None) => nominal,
            (Kind::Video, Some(next)) => next.saturating_sub(self.position),
            (Kind::Audio, Some(next)) => {
                let drift = next.saturating_sub(self.position + nominal);
                if drift > ticks(DRIFT, self.timescale) { nominal + drift } else { nominal }
            }
        }
        .max(1);
        if next.is_some() {
            self.usual = lasts.min(self.part_target);
        }
        let held = self.position - self.part_start;
        if !self.part.is_empty() && held + lasts > self.part_target {
            if self.is_full(held) {
                self.end_part(out);
            } else {
                lasts = self.part_target - held;
            }
        }
        let left = (self.segment.start + self.limit).saturating_sub(self.position);
        let lasts = lasts.min(self.part_target).min(left.max(1));
        let composition = last.pts.ticks(self.timescale) - self.position as i64;
        self.part.push(Sample {
            duration: lasts as u32,
            composition: composition.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32,
            sync: last.keyframe,
            payload: last.payload.clone(),
        });
        self.position += lasts;
        // Out with it as soon as another frame would not fit.
        let held = self.position - self.part_start;
        if held + self.usual > self.part_target && self.is_full(held) {
            self.end_part(out);
        }
    }

    fn is_full(&self, held: u64) -> bool {
        u128::from(held) * 1_000 >= u128::from(self.part_target) * FULL_PERMILLE
    }

    fn end_part(&mut self, out: &mut impl FnMut(Event)) {
        if self.part.is_empty() {
            return;
        }
        self.sequence = self.sequence.wrapping_add(1);
        if let Some(data) = cmaf::fragment(self.kind, self.sequence, self.part_start, &self.part) {
            out(Event::Part {
                duration: duration(self.position - self.part_start, self.timescale),
                independent: self.part.iter().any(|sample| sample.sync),
                frames: self.part.len() as u32,
                data,
            });
        }
        self.part.clear();
        self.part_start = self.position;
    }
}

/// Where a frame belongs on the track's decode timeline, in ticks.
fn place(frame: &Frame, timescale: u32) -> u64 {
    let time = match frame.config.kind() {
        Kind::Video => frame.dts,
        Kind::Audio => frame.pts,
    };
    u64::try_from(time.ticks(timescale)).unwrap_or(0)
}

fn ticks(duration: Duration, timescale: u32) -> u64 {
    (duration.as_nanos() * u128::from(timescale) / 1_000_000_000) as u64
}

fn duration(ticks: u64, timescale: u32) -> Duration {
    Duration::from_nanos((u128::from(ticks) * 1_000_000_000 / u128::from(timescale.max(1))) as u64)
}
