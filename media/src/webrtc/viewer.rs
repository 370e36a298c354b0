//! A viewer's side of a session: which renditions it gets, and each frame's packets with this viewer's own numbers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use str0m::Rtc;
use str0m::media::{Mid, Pt};
use str0m::rtp::RtpWrite;
use uuid::Uuid;

use super::negotiate::codec_of;
use super::packetise::packetise;
use super::show::Wish;
use crate::codec::{Codec, Kind, TrackConfig, VideoSetup};
use crate::frame::Frame;
use crate::rendition::Rendition;
use crate::stream::{Stream, ViewerGuard};
use crate::time::MediaTime;

/// A cached group of pictures longer than this is not sent to a new viewer when the publisher answers who asks for a
/// keyframe instead.
const BACKLOG_LIMIT: MediaTime = MediaTime::from_millis(2_500);
/// The most that is sent to a new viewer at once: two seconds of a line of 25 Mbit/s. Of more than that the viewer gets
/// the keyframe alone.
const BACKLOG_BYTES: usize = 6 << 20;
/// Packets written before they are drained: str0m's queue keeps the room for the most that ever was in it. A backlog
/// leaves in such parts, one every [`CATCH_UP_INTERVAL`](super::worker::CATCH_UP_INTERVAL).
const PACKETS_AT_ONCE: usize = 16;
/// Between two frames of the backlog on the viewer's clock: it is decoded at once and never adds delay.
const CATCH_UP_STEP: MediaTime = MediaTime::from_millis(1);

pub(crate) struct Viewer {
    pub(crate) stream: Arc<Stream>,
    pub(crate) tracks: Vec<Outgoing>,
    /// Counts this viewer while it is connected.
    pub(crate) counted: Option<ViewerGuard>,
    /// NACKs that were in the last statistics.
    pub(crate) nacks: u64,
    /// What the viewer asked for; `None` leaves the choice to the server.
    pub(crate) wish: Option<Box<Wish>>,
}

/// One section of a viewer's session.
pub(crate) struct Outgoing {
    pub(crate) kind: Kind,
    pub(crate) mid: Mid,
    /// What the viewer decodes, in its order of preference.
    formats: Vec<Format>,
    /// The rendition sent now.
    pub(crate) rendition: Option<Arc<Rendition>>,
    /// The rendition that is sent from its next keyframe on.
    pub(crate) next: Option<Arc<Rendition>>,
    /// The configuration of the last frame, and the payload type that goes with it.
    payload_type: Option<(Arc<TrackConfig>, Pt)>,
    sequence: u64,
    offset: u32,
    last_timestamp: Option<u32>,
    /// The last frame written or waiting here.
    reached: Option<MediaTime>,
    /// False until the first frame that others can follow.
    pub(crate) started: bool,
    /// Whether the frames before the next were left out because the publisher's line had held them back.
    left_out: bool,
    /// Frames to be written, and where on the timeline they are shown.
    waiting: VecDeque<(Arc<Frame>, MediaTime)>,
    /// Packets of the first waiting frame that are written already.
    written: usize,
}

#[derive(Clone, Copy, Debug)]
struct Format {
    codec: Codec,
    payload_type: Pt,
    profile: Option<u32>,
    rate: u32,
}

/// A frame whose codec the viewer did not agree to: the session cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Undecodable;

impl Viewer {
    pub(crate) fn new(stream: Arc<Stream>, rtc: &Rtc, media: &[(Kind, Mid)]) -> Self {
        let mut viewer = Self { stream, tracks: Vec::new(), counted: None, nacks: 0, wish: None };
        viewer.agree(rtc, media);
        viewer
    }

    /// The sections that the viewer has agreed to.
    pub(crate) fn agree(&mut self, rtc: &Rtc, media: &[(Kind, Mid)]) {
        self.tracks = media.iter().map(|&(kind, mid)| Outgoing::new(kind, mid, rtc)).collect();
    }

    pub(crate) fn show(&self) -> Uuid {
        self.stream.id
    }

    pub(crate) fn is_video(&self, mid: Mid) -> bool {
        self.tracks.iter().any(|track| track.mid == mid && track.kind == Kind::Video)
    }

    /// True while there is something to be written.
    pub(crate) fn is_behind(&self) -> bool {
        self.tracks.iter().any(|track| !track.waiting.is_empty())
    }

    /// True while more waits than the newest frame of each track: it is sent in parts.
    pub(crate) fn has_backlog(&self) -> bool {
        self.tracks.iter().any(|track| track.waiting.len() > 1)
    }
}

impl Outgoing {
    fn new(kind: Kind, mid: Mid, rtc: &Rtc) -> Self {
        let agreed = rtc.media(mid).map(|media| media.remote_pts().to_vec()).unwrap_or_default();
        let formats = agreed
            .iter()
            .filter_map(|&pt| {
                let params = rtc.codec_config().params().iter().find(|params| params.pt() == pt)?;
                let (spec, codec) = (params.spec(), codec_of(params.spec().codec)?);
                let profile = spec.format.profile_level_id;
                Some(Format { codec, payload_type: pt, profile, rate: spec.clock_rate.get() })
            })
            .collect();
        Self {
            kind,
            mid,
            formats,
            rendition: None,
            next: None,
            payload_type: None,
            // Below 2^15, so that the first packets are of rollover 0 even if some are lost (RFC 3711, 3.3.1).
            sequence: u64::from(rand::random::<u16>() >> 1),
            offset: rand::random(),
            last_timestamp: None,
            reached: None,
            started: kind == Kind::Audio,
            left_out: false,
            waiting: VecDeque::new(),
            written: 0,
        }
    }

    pub(crate) fn decodes(&self, codec: Codec) -> bool {
        self.formats.iter().any(|format| format.codec == codec)
    }

    /// Begins with `rendition`. The feed must run already, so that no frame falls between backlog and feed.
    pub(crate) fn join(&mut self, rendition: &Arc<Rendition>) {
        self.rendition = Some(rendition.clone());
        self.next = None;
        self.begin_anew(rendition);
    }

    fn begin_anew(&mut self, rendition: &Rendition) {
        self.waiting.clear();
        self.written = 0;
        self.reached = None;
        self.left_out = false;
        self.started = self.kind == Kind::Audio;
        if self.kind == Kind::Video {
            self.begin(rendition);
        }
    }

    /// Begins with the cached group of pictures, unless that is long and a keyframe comes as soon as it is asked for.
    ///
    /// Of a group that is large the keyframe is sent alone. The rest would fill the viewer's line for seconds, be lost on
    /// a slow one, and leave a broken picture; so they see at once what is on and hear it, and the picture moves from
    /// the next keyframe on.
    fn begin(&mut self, rendition: &Rendition) {
        let backlog = rendition.subscribe().take_backlog();
        let ends = backlog.front().zip(backlog.back()).filter(|(first, _)| first.keyframe);
        let Some((span, last, reached)) = ends.map(|(first, last)| (last.pts - first.pts, last.pts, last.dts)) else {
            rendition.request_keyframe();
            return;
        };
        let large = backlog.iter().map(|frame| frame.payload.len()).sum::<usize>() > BACKLOG_BYTES;
        if large || span > BACKLOG_LIMIT {
            // Also of who is not known to answer: that is how it becomes known.
            rendition.request_keyframe();
            if rendition.answers_requests() {
                return;
            }
        }
        let count = if large { 1 } else { backlog.len() as i64 };
        self.reached = Some(reached);
        self.started = !large;
        self.waiting = (1..=count)
            .zip(backlog)
            .map(|(number, frame)| (frame, last - MediaTime::from_nanos(CATCH_UP_STEP.nanos() * (count - number))))
            .collect();
    }

    /// Gets nothing until there is something to join.
    pub(crate) fn leave(&mut self) {
        self.rendition = None;
        self.next = None;
        self.waiting.clear();
        self.written = 0;
    }

    /// Asks again for the keyframe that this track still waits for. Where nobody answers any more, it begins with the
    /// group of pictures that is there.
    pub(crate) fn ask_again(&mut self) {
        if !self.started
            && let Some(rendition) = self.rendition.clone()
        {
            rendition.request_keyframe();
            if self.reached.is_none() && !rendition.answers_requests() {
                self.begin(&rendition);
            }
        }
        if let Some(next) = &self.next {
            next.request_keyframe();
        }
    }

    /// The renditions whose frames this track gets.
    pub(crate) fn joined(&self) -> impl Iterator<Item = &Arc<Rendition>> {
        self.rendition.iter().chain(&self.next)
    }

    /// Will go over to `rendition` at its next keyframe, which is asked for; until then nothing changes.
    pub(crate) fn prepare(&mut self, rendition: &Arc<Rendition>) {
        rendition.request_keyframe();
        self.next = Some(rendition.clone());
    }

    /// Takes a frame of `name`. With a keyframe of the rendition that was prepared it goes over to that one; what it had
    /// before is returned.
    pub(crate) fn offer(&mut self, name: &str, frame: &Arc<Frame>) -> Option<Arc<Rendition>> {
        if self.rendition.as_ref().is_some_and(|rendition| rendition.name() == name) {
            self.take(frame);
            return None;
        }
        let next = self.next.take_if(|next| next.name() == name && frame.keyframe)?;
        let left = self.rendition.replace(next);
        self.reached = None;
        self.take(frame);
        left
    }

    /// Takes a frame of the rendition this track is joined to, to be written next.
    ///
    /// What a line held back is left out: it would fill the viewer's line, only to be thrown away by a player that wants
    /// to be live. The picture begins anew with the newest group.
    fn take(&mut self, frame: &Arc<Frame>) {
        if frame.held_back {
            self.left_out = true;
            return;
        }
        if self.left_out
            && let Some(rendition) = self.rendition.clone()
        {
            self.begin_anew(&rendition);
        }
        let behind = self.reached.is_some_and(|reached| frame.dts <= reached);
        if behind || !(self.started || frame.keyframe) {
            return;
        }
        self.started = true;
        self.reached = Some(frame.dts);
        self.waiting.push_back((frame.clone(), frame.pts));
    }

    /// Writes some packets of what was taken. `moment` is the time of day to report for a place on the timeline.
    pub(crate) fn write(&mut self, rtc: &mut Rtc, moment: impl Fn(MediaTime) -> Instant) -> Result<(), Undecodable> {
        let mut room = PACKETS_AT_ONCE;
        while room > 0
            && let Some((frame, place)) = self.waiting.front().cloned()
        {
            let payloads = frame.rtp_payloads(packetise);
            let part = payloads.get(self.written..).unwrap_or_default();
            let part = part.get(..room).unwrap_or(part);
            let first = self.written == 0;
            self.written += part.len();
            let last = self.written >= payloads.len();
            self.write_part(part, first, last, &frame, place, rtc, moment(place))?;
            room -= part.len();
            if last {
                self.waiting.pop_front();
                self.written = 0;
            }
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "what belongs to one packet")]
    fn write_part(
        &mut self,
        part: &[Arc<[u8]>],
        first: bool,
        last: bool,
        frame: &Frame,
        place: MediaTime,
        rtc: &mut Rtc,
        moment: Instant,
    ) -> Result<(), Undecodable> {
        let format = self.format(&frame.config).ok_or(Undecodable)?;
        let talkspurt = self.last_timestamp.is_none();
        let timestamp = self.timestamp(place, format.rate, first);
        let mut api = rtc.direct_api();
        let Some(stream) = api.stream_tx_by_mid(self.mid, None) else { return Ok(()) };
        for (index, payload) in part.iter().enumerate() {
            let marker = match self.kind {
                Kind::Video => last && index + 1 == part.len(),
                // The first packet of a talkspurt (RFC 7587, 4.1).
                Kind::Audio => talkspurt,
            };
            let packet = RtpWrite::new(format.payload_type, self.sequence.into(), timestamp, moment, payload.clone());
            stream.write_rtp(packet.marker(marker).nackable(true));
            self.sequence += 1;
        }
        Ok(())
    }

    /// The RTP timestamp of a place, which increases from frame to frame.
    fn timestamp(&mut self, place: MediaTime, rate: u32, first: bool) -> u32 {
        let exact = (place.ticks(rate) as u32).wrapping_add(self.offset);
        let timestamp = match self.last_timestamp {
            Some(last) if !first => last,
            Some(last) if (exact.wrapping_sub(last) as i32) <= 0 => last.wrapping_add(1),
            _ => exact,
        };
        self.last_timestamp = Some(timestamp);
        timestamp
    }

    /// The agreed format for a configuration: for H.264 the one whose profile is nearest.
    fn format(&mut self, config: &Arc<TrackConfig>) -> Option<Format> {
        if let Some((known, payload_type)) = &self.payload_type
            && Arc::ptr_eq(known, config)
        {
            return self.formats.iter().find(|format| format.payload_type == *payload_type).copied();
        }
        let codec = config.codec();
        let profile = config.video().and_then(|video| match &video.setup {
            VideoSetup::H264 { sps, .. } => sps.first()?.get(1).map(|&profile| u32::from(profile)),
            _ => None,
        });
        let matching = || self.formats.iter().filter(|format| format.codec == codec);
        let exact = matching().find(|format| format.profile.map(|profile| profile >> 16) == profile);
        let format = *exact.or_else(|| matching().next())?;
        self.payload_type = Some((config.clone(), format.payload_type));
        Some(format)
    }
}
