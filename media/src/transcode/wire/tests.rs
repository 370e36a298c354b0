//! Whatever is said arrives, and whatever arrives is survived.

use super::*;
use crate::codec::{AudioConfig, AudioSetup, VideoConfig, VideoSetup};
use proptest::collection::vec;
use proptest::prelude::*;

fn blob() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..40).prop_map(Bytes::from)
}

fn config() -> impl Strategy<Value = TrackConfig> {
    let set = || vec(blob(), 0..4);
    let setup = prop_oneof![
        (set(), set()).prop_map(|(sps, pps)| VideoSetup::H264 { sps, pps }),
        (set(), set(), set()).prop_map(|(vps, sps, pps)| VideoSetup::Hevc { vps, sps, pps }),
        blob().prop_map(|sequence_header| VideoSetup::Av1 { sequence_header }),
        Just(VideoSetup::Vp8),
        any::<u8>().prop_map(|profile| VideoSetup::Vp9 { profile }),
    ];
    let sound =
        prop_oneof![blob().prop_map(|specific_config| AudioSetup::Aac { specific_config }), Just(AudioSetup::Opus)];
    prop_oneof![
        (setup, any::<u32>(), any::<u32>()).prop_map(|(setup, width, height)| TrackConfig::Video(VideoConfig {
            setup,
            width,
            height
        })),
        (sound, any::<u32>(), any::<u8>()).prop_map(|(setup, sample_rate, channels)| TrackConfig::Audio(AudioConfig {
            setup,
            sample_rate,
            channels
        })),
    ]
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        any::<u32>().prop_map(|bitrate| Target::Opus { bitrate }),
        any::<u32>().prop_map(|bitrate| Target::Aac { bitrate }),
        any::<(u16, u16, u32, i64)>().prop_map(|(width, height, bitrate, from)| Target::H264(H264Target {
            width,
            height,
            bitrate,
            from: MediaTime::from_nanos(from)
        })),
    ]
}

fn frame() -> impl Strategy<Value = CodedFrame> {
    (any::<(i64, i64, i64, bool, u32)>(), vec(any::<u8>(), 0..3_000)).prop_map(
        |((pts, dts, captured, keyframe, epoch), payload)| CodedFrame {
            pts: MediaTime::from_nanos(pts),
            dts: MediaTime::from_nanos(dts),
            captured: WallTime::from_micros(captured),
            keyframe,
            epoch,
            payload: payload.into(),
        },
    )
}

fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        any::<u16>().prop_map(|version| Message::Hello { version }),
        (any::<u16>(), any::<u16>(), target()).prop_map(|(rendition, track, target)| Message::Start {
            rendition,
            track,
            target
        }),
        any::<u16>().prop_map(|rendition| Message::Stop { rendition }),
        any::<u16>().prop_map(|rendition| Message::Keyframe { rendition }),
        (any::<u16>(), config()).prop_map(|(track, config)| Message::Config { track, config }),
        (any::<u16>(), frame()).prop_map(|(track, frame)| Message::Frame { track, frame }),
        any::<(u16, u64, u64, u64)>().prop_map(|(rendition, frames_in, frames_out, dropped)| Message::Stats {
            rendition,
            stats: Stats { frames_in, frames_out, dropped }
        }),
        (any::<u16>(), ".{0,60}").prop_map(|(rendition, reason)| Message::Failed { rendition, reason }),
        Just(Message::Bye),
    ]
}

fn drain(decoder: &mut Decoder, into: &mut Vec<Message>) -> Result<(), WireError> {
    while let Some(message) = decoder.next()? {
        into.push(message);
    }
    Ok(())
}

proptest! {
    #[test]
    fn messages_survive_however_the_socket_cuts_them(messages in vec(message(), 0..12), cut in 1usize..700) {
        let mut stream = BytesMut::new();
        for message in &messages {
            let (head, payload) = message.encode();
            stream.put(head);
            stream.put(payload);
        }
        let (mut decoder, mut read) = (Decoder::default(), Vec::new());
        for piece in stream.chunks(cut) {
            decoder.buffer().put_slice(piece);
            drain(&mut decoder, &mut read).unwrap();
        }
        prop_assert_eq!(read, messages);
    }

    #[test]
    fn garbage_is_refused_or_waited_for_and_never_panics(garbage in vec(any::<u8>(), 0..2_000)) {
        let mut decoder = Decoder::default();
        decoder.buffer().put_slice(&garbage);
        let _ = drain(&mut decoder, &mut Vec::new());
    }

    #[test]
    fn a_message_with_a_flipped_byte_never_panics(message in message(), at: prop::sample::Index, flip in 1u8..) {
        let (head, payload) = message.encode();
        let mut bytes = [head, payload].concat();
        let index = at.index(bytes.len());
        if let Some(byte) = bytes.get_mut(index) {
            *byte ^= flip;
        }
        let mut decoder = Decoder::default();
        decoder.buffer().put_slice(&bytes);
        let _ = drain(&mut decoder, &mut Vec::new());
    }
}

#[test]
fn a_length_beyond_the_limit_is_refused_before_it_arrives() {
    let mut decoder = Decoder::default();
    decoder.buffer().put_slice(&[0x7f, 0, 0, 0, FRAME]);
    assert_eq!(decoder.next(), Err(WireError::TooLong(0x7f00_0000)));
    let mut decoder = Decoder::default();
    decoder.buffer().put_slice(&[0, 0x10, 0, 0, FAILED]);
    assert_eq!(decoder.next(), Err(WireError::TooLong(0x10_0000)));
}
