//! Audio and video messages of one publisher, one after another. Each is two bytes (kind, then length of its body) and
//! the body.

#![no_main]

use bytes::Bytes;
use klieg_media::codec::{VideoSetup, av1, h264, hevc};
use klieg_media::rtmp::flv;
use klieg_media::rtmp::tracks::Tracks;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut tracks = Tracks::default();
    let mut rest = Bytes::copy_from_slice(data);
    let mut timestamp = 0u32;
    while rest.len() >= 2 {
        let head = rest.split_to(2);
        let body = rest.split_to(usize::from(head[1]).min(rest.len()));
        // Mostly small steps, sometimes a jump.
        timestamp = timestamp.wrapping_add(if head[0] & 2 == 0 { 40 } else { u32::from(head[0]) << 24 });
        let packet = if head[0] & 1 == 0 { flv::video(body) } else { flv::audio(body) };
        let Ok(packet) = packet else { continue };
        let Ok(Some(frame)) = tracks.accept(timestamp, packet) else { continue };
        assert!(!frame.payload.is_empty());
        match frame.config.video().map(|video| &video.setup) {
            Some(VideoSetup::H264 { sps, pps }) => {
                let size: usize = h264::nals(&frame.payload).map(|nal| nal.len() + 4).sum();
                assert_eq!(size, frame.payload.len(), "whole NAL units behind four bytes each");
                let _ = (h264::avcc(sps, pps), h264::rfc6381(sps));
            }
            Some(VideoSetup::Hevc { vps, sps, pps }) => {
                let size: usize = h264::nals(&frame.payload).map(|nal| nal.len() + 4).sum();
                assert_eq!(size, frame.payload.len(), "whole NAL units behind four bytes each");
                let _ = (hevc::hvcc(vps, sps, pps), hevc::rfc6381(sps));
            }
            Some(VideoSetup::Av1 { sequence_header }) => {
                assert!(av1::parse_av1c(&av1::av1c(sequence_header)).is_some());
                let _ = av1::rfc6381(sequence_header);
            }
            _ => {}
        }
    }
});
