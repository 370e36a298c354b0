//! Frames cut into RTP payloads.
//!
//! A frame is packetised once ([`Frame::rtp_payloads`]) whatever the number of viewers, so nothing here may depend on
//! a viewer: sequence numbers, timestamps and payload types are added by each session. The last payload of a frame
//! carries the marker bit. No payload is longer than [`MAX_PAYLOAD`].

mod av1;
mod nal;
mod timing;
mod vp;

use std::sync::Arc;

use crate::codec::{AudioSetup, TrackConfig, VideoSetup};
use crate::frame::Frame;

/// The longest RTP payload in bytes: with header, extensions and authentication tag a packet stays under 1,200 bytes.
pub(crate) const MAX_PAYLOAD: usize = 1_160;

/// The RTP payloads of a frame; empty if there is nothing to send.
pub(crate) fn packetise(frame: &Frame) -> Box<[Arc<[u8]>]> {
    let payloads = match &*frame.config {
        TrackConfig::Audio(audio) => match audio.setup {
            AudioSetup::Opus => vec![Arc::from(&*frame.payload)],
            AudioSetup::Aac { .. } => Vec::new(),
        },
        TrackConfig::Video(video) => match &video.setup {
            VideoSetup::H264 { sps, pps } => nal::h264(frame.keyframe.then_some([sps, pps]), &frame.payload),
            VideoSetup::Hevc { vps, sps, pps } => nal::hevc(frame.keyframe.then_some([vps, sps, pps]), &frame.payload),
            VideoSetup::Av1 { sequence_header } => {
                av1::packetise(frame.keyframe.then_some(sequence_header), &frame.payload)
            }
            VideoSetup::Vp8 => vp::vp8(&frame.payload),
            VideoSetup::Vp9 { .. } => vp::vp9(frame.keyframe, &frame.payload),
        },
    };
    payloads.into_boxed_slice()
}

/// `data` in as few pieces of at most `limit` bytes as possible, all equal in size but the last: datagrams of one size
/// can be handed to the kernel together.
fn pieces(data: &[u8], limit: usize) -> std::slice::Chunks<'_, u8> {
    let count = data.len().div_ceil(limit).max(1);
    data.chunks(data.len().div_ceil(count).max(1))
}
