//! What an audio or video message holds: FLV tag bodies (Adobe FLV 10.1, E.4) and Enhanced RTMP's (v2, "Enhanced Audio"
//! and "Enhanced Video").
//!
//! Only cuts; what is cut out is interpreted in [`tracks`](super::tracks). Of several tracks the first is taken.

#![deny(clippy::indexing_slicing)]

use bytes::{Buf, Bytes};

use crate::codec::Codec;

/// What one tag says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// What a decoder must know: the codec's configuration record, for Opus the identification header.
    Config { codec: Codec, record: Bytes },
    Frame {
        codec: Codec,
        keyframe: bool,
        /// Presentation time less decode time in milliseconds; RTMP's timestamp is the decode time.
        composition: i32,
        data: Bytes,
    },
    /// Nothing that matters to a broadcast: an end of sequence, metadata, a command.
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    #[error("an FLV tag is cut short")]
    Truncated,
    #[error("{0} is not supported")]
    Unsupported(String),
    #[error("only the first of several tracks is taken; track {0} is not")]
    OtherTrack(u8),
}

const FRAME_COMMAND: u8 = 5;
const SOUND_ENHANCED: u8 = 9;
const SOUND_AAC: u8 = 10;
const MULTITRACK_MANY: u8 = 1;
const MULTITRACK_MANY_CODECS: u8 = 2;

mod video_packet {
    pub(super) const SEQUENCE_START: u8 = 0;
    pub(super) const CODED_FRAMES: u8 = 1;
    pub(super) const SEQUENCE_END: u8 = 2;
    pub(super) const CODED_FRAMES_X: u8 = 3;
    pub(super) const METADATA: u8 = 4;
    pub(super) const MPEG2TS_SEQUENCE_START: u8 = 5;
    pub(super) const MULTITRACK: u8 = 6;
    pub(super) const MOD_EX: u8 = 7;
}

mod audio_packet {
    pub(super) const SEQUENCE_START: u8 = 0;
    pub(super) const CODED_FRAMES: u8 = 1;
    pub(super) const SEQUENCE_END: u8 = 2;
    pub(super) const MULTICHANNEL_CONFIG: u8 = 4;
    pub(super) const MULTITRACK: u8 = 5;
    pub(super) const MOD_EX: u8 = 7;
}

/// The name of a picture's CodecID (FLV 10.1, E.4.3.1) that is not taken.
fn old_video(codec: u8) -> String {
    let name = match codec {
        2 => "Sorenson H.263",
        3 | 6 => "Screen Video",
        4 | 5 => "VP6",
        other => return format!("video of FLV's codec {other}"),
    };
    format!("{name} video")
}

/// The name of a SoundFormat (FLV 10.1, E.4.2.1) that is not taken.
fn old_sound(format: u8) -> String {
    let name = match format {
        0 | 3 => "PCM",
        1 => "ADPCM",
        2 | 14 => "MP3",
        4..=6 => "Nellymoser",
        7 | 8 => "G.711",
        11 => "Speex",
        other => return format!("sound of FLV's format {other}"),
    };
    format!("{name} sound")
}

/// Reads a video message's body.
pub fn video(mut body: Bytes) -> Result<Packet, TagError> {
    if body.is_empty() {
        return Ok(Packet::Nothing);
    }
    let first = byte(&mut body)?;
    let frame_type = first >> 4 & 7;
    let keyframe = frame_type == 1;
    if first & 0x80 == 0 {
        let codec = match first & 0xf {
            7 => Codec::H264,
            12 => Codec::Hevc, // never in the standard, yet sent by encoders older than Enhanced RTMP
            other => return Err(TagError::Unsupported(old_video(other))),
        };
        if frame_type == FRAME_COMMAND {
            return Ok(Packet::Nothing);
        }
        let packet = byte(&mut body)?;
        let composition = signed_24(&mut body)?;
        return Ok(match packet {
            0 => Packet::Config { codec, record: body },
            1 => Packet::Frame { codec, keyframe, composition, data: body },
            _ => Packet::Nothing,
        });
    }
    let packet = skip_modifiers(&mut body, first & 0xf, video_packet::MOD_EX)?;
    if packet == video_packet::METADATA || packet == video_packet::MULTITRACK && body.is_empty() {
        return Ok(Packet::Nothing);
    }
    if frame_type == FRAME_COMMAND {
        return Ok(Packet::Nothing);
    }
    let (packet, name, mut body) = first_track(body, packet, video_packet::MULTITRACK)?;
    let codec = match &name {
        b"avc1" => Codec::H264,
        b"hvc1" => Codec::Hevc,
        b"av01" => Codec::Av1,
        b"vp09" => Codec::Vp9,
        other => return Err(TagError::Unsupported(format!("video of codec {}", other.escape_ascii()))),
    };
    Ok(match packet {
        video_packet::SEQUENCE_START => Packet::Config { codec, record: body },
        video_packet::CODED_FRAMES => {
            let offset = matches!(codec, Codec::H264 | Codec::Hevc);
            let composition = if offset { signed_24(&mut body)? } else { 0 };
            Packet::Frame { codec, keyframe, composition, data: body }
        }
        video_packet::CODED_FRAMES_X => Packet::Frame { codec, keyframe, composition: 0, data: body },
        video_packet::SEQUENCE_END | video_packet::METADATA | video_packet::MPEG2TS_SEQUENCE_START => Packet::Nothing,
        other => return Err(TagError::Unsupported(format!("a video packet of type {other}"))),
    })
}

/// Reads an audio message's body.
pub fn audio(mut body: Bytes) -> Result<Packet, TagError> {
    if body.is_empty() {
        return Ok(Packet::Nothing);
    }
    let first = byte(&mut body)?;
    let frame = |codec, data| Packet::Frame { codec, keyframe: true, composition: 0, data };
    match first >> 4 {
        SOUND_AAC => {
            return Ok(match byte(&mut body)? {
                0 => Packet::Config { codec: Codec::Aac, record: body },
                1 => frame(Codec::Aac, body),
                _ => Packet::Nothing,
            });
        }
        SOUND_ENHANCED => {}
        other => return Err(TagError::Unsupported(old_sound(other))),
    }
    let packet = skip_modifiers(&mut body, first & 0xf, audio_packet::MOD_EX)?;
    let (packet, name, body) = first_track(body, packet, audio_packet::MULTITRACK)?;
    let codec = match &name {
        b"Opus" => Codec::Opus,
        b"mp4a" => Codec::Aac,
        other => return Err(TagError::Unsupported(format!("sound of codec {}", other.escape_ascii()))),
    };
    Ok(match packet {
        audio_packet::SEQUENCE_START => Packet::Config { codec, record: body },
        audio_packet::CODED_FRAMES => frame(codec, body),
        audio_packet::SEQUENCE_END | audio_packet::MULTICHANNEL_CONFIG => Packet::Nothing,
        other => return Err(TagError::Unsupported(format!("a sound packet of type {other}"))),
    })
}

/// Skips ModEx packets: the type of the packet they modify.
fn skip_modifiers(body: &mut Bytes, mut packet: u8, mod_ex: u8) -> Result<u8, TagError> {
    while packet == mod_ex {
        let mut size = usize::from(byte(body)?) + 1;
        if size == 256 {
            size = usize::from(body.try_get_u16().map_err(|_| TagError::Truncated)?) + 1;
        }
        take(body, size)?;
        packet = byte(body)? & 0xf;
    }
    Ok(packet)
}

/// The packet type, FourCC and body of the only track, or of track 0 among several.
fn first_track(mut body: Bytes, packet: u8, multitrack: u8) -> Result<(u8, [u8; 4], Bytes), TagError> {
    if packet != multitrack {
        return Ok((packet, four_cc(&mut body)?, body));
    }
    let layout = byte(&mut body)?;
    let (layout, packet) = (layout >> 4, layout & 0xf);
    let shared = if layout == MULTITRACK_MANY_CODECS { None } else { Some(four_cc(&mut body)?) };
    let mut other = None;
    loop {
        let name = match shared {
            Some(name) => name,
            None => four_cc(&mut body)?,
        };
        let track = byte(&mut body)?;
        let own = if matches!(layout, MULTITRACK_MANY | MULTITRACK_MANY_CODECS) {
            let size = body.try_get_uint(3).map_err(|_| TagError::Truncated)?;
            take(&mut body, size as usize)?
        } else {
            std::mem::take(&mut body)
        };
        if track == 0 {
            return Ok((packet, name, own));
        }
        other.get_or_insert(track);
        if body.is_empty() {
            return Err(TagError::OtherTrack(other.unwrap_or(track)));
        }
    }
}

fn byte(body: &mut Bytes) -> Result<u8, TagError> {
    body.try_get_u8().map_err(|_| TagError::Truncated)
}

fn signed_24(body: &mut Bytes) -> Result<i32, TagError> {
    let unsigned = body.try_get_uint(3).map_err(|_| TagError::Truncated)? as u32;
    Ok((unsigned << 8).cast_signed() >> 8)
}

fn four_cc(body: &mut Bytes) -> Result<[u8; 4], TagError> {
    body.try_get_u32().map(u32::to_be_bytes).map_err(|_| TagError::Truncated)
}

fn take(body: &mut Bytes, count: usize) -> Result<Bytes, TagError> {
    if count > body.len() {
        return Err(TagError::Truncated);
    }
    Ok(body.split_to(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(parts: &[&[u8]]) -> Bytes {
        parts.concat().into()
    }

    #[test]
    fn a_legacy_h264_frame_has_a_signed_composition_time() {
        let expected = |composition| Packet::Frame {
            codec: Codec::H264,
            keyframe: true,
            composition,
            data: Bytes::from_static(b"x"),
        };
        assert_eq!(video(bytes(&[&[0x17, 1, 0, 0, 80], b"x"])), Ok(expected(80)));
        assert_eq!(video(bytes(&[&[0x17, 1, 0xff, 0xff, 0xff], b"x"])), Ok(expected(-1)));
    }

    #[test]
    fn only_avc_and_hevc_frames_carry_a_composition_time() {
        let frame = |codec, composition| Packet::Frame {
            codec,
            keyframe: false,
            composition,
            data: Bytes::from_static(b"data"),
        };
        assert_eq!(video(bytes(&[&[0xa1], b"hvc1", &[0, 0, 33], b"data"])), Ok(frame(Codec::Hevc, 33)));
        assert_eq!(video(bytes(&[&[0xa3], b"hvc1", b"data"])), Ok(frame(Codec::Hevc, 0)));
        assert_eq!(video(bytes(&[&[0xa1], b"av01", b"data"])), Ok(frame(Codec::Av1, 0)));
    }

    #[test]
    fn modifiers_are_skipped() {
        // A nanosecond offset of three bytes before a sequence start.
        let tag = bytes(&[&[0x97, 2, 1, 2, 3, 0x00], b"vp09", b"record"]);
        assert_eq!(video(tag), Ok(Packet::Config { codec: Codec::Vp9, record: Bytes::from_static(b"record") }));
    }

    #[test]
    fn of_several_tracks_the_first_is_taken() {
        let many = bytes(&[&[0x95, 0x11], b"Opus", &[1, 0, 0, 2], b"no", &[0, 0, 0, 3], b"yes"]);
        let wanted =
            Packet::Frame { codec: Codec::Opus, keyframe: true, composition: 0, data: Bytes::from_static(b"yes") };
        assert_eq!(audio(many), Ok(wanted));
        let one = bytes(&[&[0x95, 0x01], b"Opus", &[3], b"no"]);
        assert_eq!(audio(one), Err(TagError::OtherTrack(3)));
        let codecs = bytes(&[&[0x95, 0x20], b"ac-3", &[1, 0, 0, 2], b"no", b"mp4a", &[0, 0, 0, 2], &[0x11, 0x90]]);
        assert_eq!(audio(codecs), Ok(Packet::Config { codec: Codec::Aac, record: Bytes::from_static(&[0x11, 0x90]) }));
    }

    #[test]
    fn what_is_not_supported_is_named() {
        assert_eq!(video(bytes(&[&[0x91], b"vvc1"])), Err(TagError::Unsupported("video of codec vvc1".into())));
        assert_eq!(audio(bytes(&[&[0x2f, 0]])).unwrap_err().to_string(), "MP3 sound is not supported");
    }

    proptest! {
        #[test]
        fn garbage_never_panics(data: Vec<u8>) {
            let _ = (video(data.clone().into()), audio(data.into()));
        }
    }
}
