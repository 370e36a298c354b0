//! Pictures from one encoding to another: decode, scale if asked, encode without B-frames.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_video as gst_video;
use klieg_media::codec::{TrackConfig, VideoConfig, VideoSetup, h264};
use klieg_media::time::MediaTime;
use klieg_media::transcode::wire::{CodedFrame, H264Target};
use tracing::warn;

use crate::emitter::Emitter;
use crate::job::Chain;
use crate::stage::{BuildError, Stage, clock_time, element, filter, sample_time};

/// Access units waiting for the decoder, at most: then it is too slow, and goes on at the next keyframe. More than the
/// backlog of a stream with a keyframe every four seconds at 60 frames a second, which comes at once.
const QUEUE: u64 = 300;
/// A viewer that lost a frame waits no longer than this, even if its request is lost.
const KEYFRAME_INTERVAL: Duration = Duration::from_secs(2);

/// Decoder and encoder of one rendition.
pub(crate) struct VideoChain {
    stage: Stage,
    setup: VideoSetup,
    emitter: Emitter,
    last_keyframe: Option<MediaTime>,
    resync: bool,
}

impl VideoChain {
    pub(crate) fn start(config: &VideoConfig, target: H264Target, emitter: Emitter) -> Result<Self, BuildError> {
        let (media, decoder) = match config.setup {
            VideoSetup::H264 { .. } => ("video/x-h264", "avdec_h264"),
            VideoSetup::Hevc { .. } => ("video/x-h265", "avdec_h265"),
            _ => return Err(BuildError(format!("{} is not decoded here", config.setup.codec().name()))),
        };
        let caps = gst::Caps::builder(media).field("stream-format", "byte-stream").field("alignment", "au").build();
        // One frame after the other: threads that work on frames at once each hold one back.
        let decoder = element(decoder, &[("max-threads", "2"), ("thread-type", "slice")])?;
        let convert = element("videoconvert", &[])?;
        leave_out_before(&convert, target.from);
        let mut elements = vec![decoder, convert];
        let mut raw = gst::Caps::builder("video/x-raw").field("format", "I420");
        if target.width > 0 && target.height > 0 {
            elements.push(element("videoscale", &[])?);
            raw = raw.field("width", i32::from(target.width)).field("height", i32::from(target.height));
        }
        elements.push(filter(&raw.build())?);
        elements.push(element(
            "x264enc",
            &[
                ("tune", "zerolatency"),
                ("speed-preset", "superfast"),
                ("bframes", "0"),
                ("aud", "false"),
                ("bitrate", &(target.bitrate / 1_000).max(100).to_string()),
                ("vbv-buf-capacity", "500"),
                ("key-int-max", "1000"),
            ],
        )?);
        let coded = gst::Caps::builder("video/x-h264")
            .field("stream-format", "byte-stream")
            .field("alignment", "au")
            .field("profile", "constrained-baseline");
        elements.push(filter(&coded.build())?);
        let mut encoded = Encoded { emitter: emitter.clone(), sets: None };
        let stage = Stage::start(&caps, &elements, move |sample| encoded.take(sample))?;
        Ok(Self { stage, setup: config.setup.clone(), emitter, last_keyframe: None, resync: true })
    }
}

impl Chain for VideoChain {
    fn push(&mut self, frame: &CodedFrame) -> bool {
        self.resync |= self.stage.queued() >= QUEUE;
        if self.resync && (!frame.keyframe || self.stage.queued() >= QUEUE) {
            return false;
        }
        let Some((pts, dts)) = clock_time(frame.pts).zip(clock_time(frame.dts)) else { return false };
        self.resync = false;
        self.emitter.note_captured(frame.pts, frame.captured);
        if self.last_keyframe.is_none_or(|last| frame.dts.since(last) >= KEYFRAME_INTERVAL) {
            if self.last_keyframe.is_some() {
                self.request_keyframe();
            }
            self.last_keyframe = Some(frame.dts);
        }
        let mut buffer = gst::Buffer::from_slice(annex_b(&self.setup, frame));
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(pts);
            buffer.set_dts(dts);
            if !frame.keyframe {
                buffer.set_flags(gst::BufferFlags::DELTA_UNIT);
            }
        }
        self.stage.push(buffer);
        true
    }

    fn request_keyframe(&mut self) {
        self.stage.send_upstream(gst_video::UpstreamForceKeyUnitEvent::builder().all_headers(true).build());
    }

    fn error(&self) -> Option<String> {
        self.stage.error()
    }
}

/// Decoded pictures that end here need not be encoded.
fn leave_out_before(element: &gst::Element, from: MediaTime) {
    let Some((pad, from)) = element.static_pad("sink").zip(clock_time(from)) else { return };
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| match info.buffer().and_then(|buffer| buffer.pts()) {
        Some(pts) if pts < from => gst::PadProbeReturn::Drop,
        _ => gst::PadProbeReturn::Ok,
    });
}

/// An access unit as a byte stream (ITU-T H.264 and H.265, annex B), with parameter sets before a keyframe.
fn annex_b(setup: &VideoSetup, frame: &CodedFrame) -> Bytes {
    let mut out = BytesMut::with_capacity(frame.payload.len() + 512);
    let mut put = |nal: &Bytes| {
        out.put_u32(1);
        out.put_slice(nal);
    };
    if frame.keyframe {
        match setup {
            VideoSetup::H264 { sps, pps } => sps.iter().chain(pps).for_each(&mut put),
            VideoSetup::Hevc { vps, sps, pps } => vps.iter().chain(sps).chain(pps).for_each(&mut put),
            VideoSetup::Av1 { .. } | VideoSetup::Vp8 | VideoSetup::Vp9 { .. } => {}
        }
    }
    h264::nals(&frame.payload).for_each(|nal| put(&nal));
    out.freeze()
}

/// Takes what the encoder makes.
struct Encoded {
    emitter: Emitter,
    /// The parameter sets last sent.
    sets: Option<(Vec<Bytes>, Vec<Bytes>)>,
}

impl Encoded {
    fn take(&mut self, sample: &gst::Sample) {
        let Some((buffer, pts)) = sample.buffer_owned().zip(sample_time(sample)) else { return };
        let keyframe = !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
        let Ok(mapped) = buffer.into_mapped_buffer_readable() else { return };
        let (mut sps, mut pps, mut slices) = (Vec::new(), Vec::new(), Vec::new());
        for nal in h264::annex_b_nals(&Bytes::from_owner(mapped)) {
            match h264::nal_type(&nal) {
                h264::NAL_SPS => sps.push(Bytes::copy_from_slice(&nal)),
                h264::NAL_PPS => pps.push(Bytes::copy_from_slice(&nal)),
                1..=h264::NAL_IDR => slices.push(nal),
                _ => {}
            }
        }
        if !sps.is_empty() && !pps.is_empty() {
            self.configure(sps, pps);
        }
        if !slices.is_empty() && self.sets.is_some() {
            self.emitter.frame(pts, keyframe, h264::length_prefixed(&slices));
        }
    }

    fn configure(&mut self, sps: Vec<Bytes>, pps: Vec<Bytes>) {
        if self.sets.as_ref().is_some_and(|known| known.0 == sps && known.1 == pps) {
            return;
        }
        self.sets = Some((sps.clone(), pps.clone()));
        if let Some(config) = h264::config(sps, pps) {
            self.emitter.config(TrackConfig::Video(config));
        } else {
            warn!("the encoder's parameter sets cannot be read");
        }
    }
}
