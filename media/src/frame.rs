//! One encoded access unit and what a decoder must know beforehand.
//!
//! A frame is made once, at ingest, and from then on only shared: its payload is a [`Bytes`], its configuration an
//! [`Arc`], and everybody downstream holds an `Arc<Frame>`.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::codec::TrackConfig;
use crate::time::{MediaTime, WallTime};

/// One encoded access unit of one track.
#[derive(Debug)]
pub struct Frame {
    /// When it is shown or heard, on the broadcast's timeline.
    pub pts: MediaTime,
    /// When it must be decoded. Equal to `pts` unless the encoder reorders (B-frames). Never decreases in a rendition.
    pub dts: MediaTime,
    /// When the picture or sound was captured, as well as that is known: absolute capture time, RTCP sender report, or
    /// arrival.
    pub captured: WallTime,
    /// True if decoding can begin here. Always true for sound.
    pub keyframe: bool,
    /// Counts breaks of the publisher's clock (a new publisher session, a jump of its timestamps) within the broadcast.
    /// Two frames of one epoch are continuous.
    pub epoch: u32,
    /// The publisher's line stood still and held this back; newer ones follow faster than time. Who shows what is on now
    /// need not show it.
    pub held_back: bool,
    /// What a decoder must be told before this frame. The same `Arc` as long as nothing changes.
    pub config: Arc<TrackConfig>,
    /// The coded data.
    ///
    /// | codec | form |
    /// | --- | --- |
    /// | H.264, HEVC | NAL units, each behind its length in 4 bytes, big-endian; no parameter sets, no access unit delimiters |
    /// | AV1 | OBUs with size fields (low-overhead format), no temporal delimiter, no sequence header |
    /// | VP8, VP9 | the frame |
    /// | AAC | the raw access unit, no ADTS header |
    /// | Opus | the packet |
    pub payload: Bytes,
    /// The frame cut into RTP payloads, made by the first WebRTC worker that needs it and shared by all viewers.
    pub(crate) rtp_payloads: OnceLock<Box<[Arc<[u8]>]>>,
}

impl Frame {
    pub fn new(
        config: Arc<TrackConfig>,
        pts: MediaTime,
        dts: MediaTime,
        captured: WallTime,
        keyframe: bool,
        epoch: u32,
        payload: Bytes,
    ) -> Self {
        let (held_back, rtp_payloads) = (false, OnceLock::new());
        Self { pts, dts, captured, keyframe, epoch, held_back, config, payload, rtp_payloads }
    }

    /// The frame's RTP payloads, computed by `packetise` the first time anybody asks.
    pub fn rtp_payloads(&self, packetise: impl FnOnce(&Self) -> Box<[Arc<[u8]>]>) -> &[Arc<[u8]>] {
        self.rtp_payloads.get_or_init(|| packetise(self))
    }
}
