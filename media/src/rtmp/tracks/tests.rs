#![expect(clippy::indexing_slicing, reason = "a failed test may panic")]

use proptest::prelude::*;

use super::*;

/// x264, 1280x720.
const SPS: &[u8] = &[
    0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00,
    0x03, 0x03, 0xc0, 0xf1, 0x83, 0x19, 0x60,
];
const PPS: &[u8] = &[0x68, 0xeb, 0xe3, 0xcb];
/// The number of `PPS` with other content.
const OTHER_PPS: &[u8] = &[0x68, 0xeb, 0xec, 0xb2, 0x2c];
const IDR: &[u8] = &[0x65, 1, 2, 3];
const AUD: &[u8] = &[0x09, 0xf0];

fn units(nals: &[&'static [u8]]) -> Bytes {
    h264::length_prefixed(&nals.iter().map(|nal| Bytes::from_static(nal)).collect::<Vec<_>>())
}

fn h264_config() -> Packet {
    let record = h264::avcc(&[Bytes::from_static(SPS)], &[Bytes::from_static(PPS)]);
    Packet::Config { codec: Codec::H264, record }
}

fn h264_frame(data: Bytes) -> Packet {
    Packet::Frame { codec: Codec::H264, keyframe: true, composition: 80, data }
}

fn configured() -> Tracks {
    let mut tracks = Tracks::default();
    assert!(tracks.accept(0, h264_config()).unwrap().is_none());
    tracks
}

fn frame(tracks: &mut Tracks, timestamp: u32, packet: Packet) -> SourceFrame {
    tracks.accept(timestamp, packet).unwrap().unwrap()
}

#[test]
fn a_frame_carries_its_configuration_and_times() {
    let mut tracks = configured();
    let frame = frame(&mut tracks, 40, h264_frame(units(&[IDR])));
    let video = frame.config.video().unwrap();
    assert_eq!((video.width, video.height, frame.keyframe), (1_280, 720, true));
    assert_eq!((frame.dts.millis(), frame.pts.millis()), (40, 120));
}

#[test]
fn video_before_its_configuration_is_dropped() {
    let early = Tracks::default().accept(0, h264_frame(units(&[IDR])));
    assert_eq!(early.unwrap_err(), TrackError::NoConfig(Codec::H264));
}

#[test]
fn delimiters_and_parameter_sets_leave_the_payload_without_a_copy() {
    let mut tracks = configured();
    let data = units(&[AUD, SPS, PPS, IDR, IDR]);
    let payload = frame(&mut tracks, 0, h264_frame(data.clone())).payload;
    assert_eq!(payload, units(&[IDR, IDR]));
    assert_eq!(payload.as_ptr(), data[data.len() - payload.len()..].as_ptr());
    let between = frame(&mut tracks, 0, h264_frame(units(&[IDR, AUD, IDR]))).payload;
    assert_eq!(between, units(&[IDR, IDR]));
    assert!(tracks.accept(0, h264_frame(units(&[AUD]))).unwrap().is_none(), "nothing is left of it");
}

#[test]
fn short_lengths_become_four_bytes() {
    let mut record = h264::avcc(&[Bytes::from_static(SPS)], &[Bytes::from_static(PPS)]).to_vec();
    record[4] = 0xfd;
    let mut tracks = Tracks::default();
    tracks.accept(0, Packet::Config { codec: Codec::H264, record: record.into() }).unwrap();
    let data = Bytes::from_static(&[0, 4, 0x65, 1, 2, 3]);
    assert_eq!(frame(&mut tracks, 0, h264_frame(data)).payload, units(&[IDR]));
}

#[test]
fn the_configuration_stays_the_same_until_its_content_changes() {
    let mut tracks = configured();
    let first = frame(&mut tracks, 0, h264_frame(units(&[IDR]))).config;
    tracks.accept(20, h264_config()).unwrap();
    let again = frame(&mut tracks, 40, h264_frame(units(&[SPS, PPS, IDR]))).config;
    assert!(Arc::ptr_eq(&first, &again));
    let changed = frame(&mut tracks, 80, h264_frame(units(&[OTHER_PPS, IDR]))).config;
    let expected = VideoSetup::H264 { sps: vec![Bytes::from_static(SPS)], pps: vec![Bytes::from_static(OTHER_PPS)] };
    assert_eq!(changed.video().unwrap().setup, expected);
}

#[test]
fn damaged_frames_are_dropped() {
    let mut tracks = configured();
    let damaged = Bytes::from_static(&[0, 0, 0, 9, 0x65]);
    assert_eq!(tracks.accept(0, h264_frame(damaged)).unwrap_err(), TrackError::Frame(Codec::H264));
    assert!(tracks.accept(0, h264_frame(units(&[IDR]))).unwrap().is_some());
}

#[test]
fn the_clock_goes_on_when_32_bits_wrap() {
    let mut clock = Clock::default();
    let times: Vec<_> = [u32::MAX - 10, 10, 5, u32::MAX].map(|timestamp| clock.unwrap(timestamp)).into();
    let base = i64::from(u32::MAX);
    assert_eq!(times, [base - 10, base + 11, base + 6, base]);
}

#[test]
fn rounded_sound_is_placed_by_its_samples_and_a_gap_is_kept() {
    let mut tracks = Tracks::default();
    let record = Bytes::from_static(&[0x11, 0x90]);
    tracks.accept(0, Packet::Config { codec: Codec::Aac, record }).unwrap();
    let mut time = |timestamp| {
        let packet =
            Packet::Frame { codec: Codec::Aac, keyframe: true, composition: 0, data: Bytes::from_static(b"x") };
        tracks.accept(timestamp, packet).unwrap().unwrap().dts.ticks(48_000)
    };
    for count in 0..1_000i64 {
        let rounded = (count * 1_024 * 1_000 + 24_000) / 48_000;
        assert_eq!(time(rounded as u32), count * 1_024);
    }
    assert_eq!(time(30_000), 30 * 48_000);
}

#[test]
fn opus_needs_no_header_but_obeys_one() {
    let packet =
        || Packet::Frame { codec: Codec::Opus, keyframe: true, composition: 0, data: Bytes::from_static(b"x") };
    let mut tracks = Tracks::default();
    assert_eq!(frame(&mut tracks, 0, packet()).config.audio().unwrap().channels, 2);
    let record = Bytes::from_static(b"OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00");
    tracks.accept(0, Packet::Config { codec: Codec::Opus, record }).unwrap();
    assert_eq!(frame(&mut tracks, 20, packet()).config.audio().unwrap().channels, 1);
}

proptest! {
    #[test]
    fn garbage_never_panics(data: Vec<u8>, codec in 0usize..6) {
        let codec = [Codec::H264, Codec::Hevc, Codec::Av1, Codec::Vp9, Codec::Aac, Codec::Opus][codec];
        let data = Bytes::from(data);
        let mut tracks = configured();
        let _ = tracks.accept(0, h264_frame(data.clone()));
        let _ = tracks.accept(0, Packet::Config { codec, record: data.clone() });
        let _ = tracks.accept(0, Packet::Frame { codec, keyframe: true, composition: 0, data });
    }
}
