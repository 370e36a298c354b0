//! A publisher's media on its way into the broadcast: depacketised frames in, [`SourceFrame`]s out.

mod access_unit;
mod clock;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use str0m::media::{MediaData, Mid, Rid, SenderFeedback};
use tracing::warn;

use self::access_unit::AccessUnits;
use self::clock::SourceClock;
use super::negotiate::codec_of;
use crate::codec::Kind;
use crate::hub::StopReason;
use crate::publisher::{Publisher, SourceFrame};
use crate::time::{MediaTime, WallTime};

/// Between two requests for the keyframe that a track needs before anything of it can be used.
const FIRST_KEYFRAME_INTERVAL: Duration = Duration::from_millis(500);
/// Frames kept while the publisher is let in; what comes beyond is lost.
const MAX_EARLY: usize = 400;
/// So many pictures that are shown before one that came earlier are no accident: they are B-frames.
const B_FRAMES: u8 = 3;
/// Simulcast layers and sections beyond this are ignored.
const MAX_TRACKS: usize = 8;

/// One RTP stream: a section, and the layer if it is simulcast.
pub(crate) type Layer = (Mid, Option<Rid>);

/// What is to be done after a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The publisher must send a keyframe of this layer: something was lost, or nothing could be used yet.
    pub(crate) wants_keyframe: bool,
    /// The layer's rendition was opened by this frame.
    pub(crate) opened: bool,
}

pub(crate) struct Ingest {
    /// `None` until the session is connected and let in.
    publisher: Option<Publisher>,
    /// What came before that, in order.
    early: Vec<MediaData>,
    clock: SourceClock<Layer>,
    tracks: HashMap<Layer, Track>,
    started: Instant,
    /// The simulcast layers that were offered.
    layers: Vec<String>,
}

struct Track {
    rendition: String,
    units: AccessUnits,
    opened: bool,
    keyframe_asked: Option<Instant>,
    /// The latest timestamp yet.
    newest: i64,
    /// Pictures that came after one that is shown later.
    reordered: u8,
}

impl Ingest {
    pub(crate) fn new(now: Instant, layers: Vec<String>) -> Self {
        Self {
            publisher: None,
            early: Vec::new(),
            clock: SourceClock::default(),
            tracks: HashMap::new(),
            started: now,
            layers,
        }
    }

    /// Lets the publisher in; what came before goes first.
    pub(crate) fn admit(&mut self, mut publisher: Publisher, now: Instant) -> Result<Vec<(Layer, Taken)>, StopReason> {
        publisher.expect(std::mem::take(&mut self.layers));
        self.publisher = Some(publisher);
        let early = std::mem::take(&mut self.early);
        early.into_iter().map(|data| Ok(((data.mid, data.rid), self.take(data, now)?))).collect()
    }

    pub(crate) fn publisher(&self) -> Option<&Publisher> {
        self.publisher.as_ref()
    }

    /// Nothing comes from the publisher any more: its show waits, if it was let in. It may be back within `patience`.
    pub(crate) fn wait(&mut self, patience: Duration) {
        if let Some(publisher) = &mut self.publisher {
            publisher.wait(patience);
        }
    }

    /// The publisher's place in the broadcast, given up.
    pub(crate) fn into_publisher(self: Box<Self>) -> Option<Publisher> {
        self.publisher
    }

    /// A depacketised frame. Fails when this publisher must stop.
    pub(crate) fn take(&mut self, data: MediaData, now: Instant) -> Result<Taken, StopReason> {
        let layer = (data.mid, data.rid);
        let (ticks, rate) = (i64::try_from(data.time.numer()).unwrap_or(0), data.time.denom());
        let arrival = MediaTime::ZERO + data.network_time.saturating_duration_since(self.started);
        let clocked = self.clock.place(layer, ticks, rate, arrival, WallTime::now());
        let Some(publisher) = &mut self.publisher else {
            if self.early.len() < MAX_EARLY {
                self.early.push(data);
            }
            return Ok(Taken::default());
        };
        let Some(codec) = codec_of(data.params.spec().codec) else { return Ok(Taken::default()) };
        if self.tracks.len() >= MAX_TRACKS && !self.tracks.contains_key(&layer) {
            return Ok(Taken::default());
        }
        let track = self.tracks.entry(layer).or_insert_with(|| Track::new(codec.kind(), data.rid));
        if codec.kind() == Kind::Video && track.has_b_frames(ticks, rate) {
            let broadcast = publisher.stream();
            warn!(broadcast = %broadcast.id, "an encoder sends B-frames by WHIP, which cannot carry them");
            broadcast.note_b_frames();
        }
        let lost = !data.contiguous && codec.kind() == Kind::Video;
        let unit = track.units.take(codec, Bytes::from_owner(data.data));
        let Some(unit) = unit.filter(|unit| track.opened || unit.keyframe) else {
            let asked = track.keyframe_asked;
            let wants_keyframe = asked.is_none_or(|asked| now.duration_since(asked) >= FIRST_KEYFRAME_INTERVAL);
            if wants_keyframe {
                track.keyframe_asked = Some(now);
            }
            return Ok(Taken { wants_keyframe, opened: false });
        };
        let opened = !std::mem::replace(&mut track.opened, true);
        let frame = SourceFrame {
            pts: clocked.time,
            dts: clocked.time,
            captured: clocked.captured,
            keyframe: unit.keyframe,
            config: unit.config,
            payload: unit.payload,
        };
        let keyframe = frame.keyframe;
        publisher.push(&track.rendition, frame)?;
        let rendition = publisher.stream().rendition(&track.rendition);
        let wants_keyframe = lost && !keyframe && rendition.is_some_and(|rendition| rendition.request_keyframe());
        Ok(Taken { wants_keyframe, opened })
    }

    pub(crate) fn report(&mut self, feedback: &SenderFeedback) {
        let info = &feedback.sender_info;
        // A report from before the first packet says nothing about the stream's clock.
        if info.sender_packet_count > 0 {
            let moment = WallTime::from(info.ntp_time);
            self.clock.report(&(feedback.mid, feedback.rid), moment, info.rtp_time.numer() as u32);
        }
    }

    /// The rendition a layer is published under, once there is one.
    pub(crate) fn rendition(&self, layer: Layer) -> Option<&str> {
        self.tracks.get(&layer).filter(|track| track.opened).map(|track| track.rendition.as_str())
    }
}

impl Track {
    fn new(kind: Kind, rid: Option<Rid>) -> Self {
        let rendition = match (kind, rid) {
            (Kind::Audio, _) => "opus".to_owned(),
            (Kind::Video, None) => "source".to_owned(),
            (Kind::Video, Some(rid)) => rid.to_string(),
        };
        Self {
            rendition,
            units: AccessUnits::default(),
            opened: false,
            keyframe_asked: None,
            newest: i64::MIN,
            reordered: 0,
        }
    }

    /// A picture came, to be shown at `ticks` of a clock of `rate` ticks a second. Returns whether it is the one by which
    /// B-frames are known. A step back of a second or more is a clock that was set.
    fn has_b_frames(&mut self, ticks: i64, rate: u32) -> bool {
        let back = self.newest.saturating_sub(ticks);
        let jumped = back >= i64::from(rate);
        self.newest = if jumped { ticks } else { self.newest.max(ticks) };
        if back <= 0 || jumped || self.reordered == B_FRAMES {
            return false;
        }
        self.reordered += 1;
        self.reordered == B_FRAMES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often a track is told to have B-frames that shows pictures at these times, in frames at 30 a second.
    fn told(times: impl IntoIterator<Item = i64>) -> usize {
        let mut track = Track::new(Kind::Video, None);
        times.into_iter().filter(|time| track.has_b_frames(time * 3_000, 90_000)).count()
    }

    #[test]
    fn b_frames_are_known_by_their_timestamps_and_told_once() {
        assert_eq!(told([0, 3, 1, 2, 6, 4, 5, 9, 7, 8]), 1);
        assert_eq!(told([0, 3, 1, 2, 6]), 0, "too few to be sure");
        assert_eq!(told(0..300), 0);
        assert_eq!(told([900, 901, 0, 1, 600, 300, 301, 0]), 0, "a clock that is set is no B-frame");
    }
}
