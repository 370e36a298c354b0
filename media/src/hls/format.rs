//! What fMP4 and playlists must know of a codec: its sample entry, its RFC 6381 name, its clock, how long a frame lasts.
//!
//! A codec that is not named here is not offered over HLS. Adding one means one arm in [`codecs`], [`sample_entry`] and,
//! for sound, [`samples`].

use bytes::Bytes;
use mp4_atom::{
    Atom, Audio, Av01, Av1c, Avc1, Avcc, Codec as Entry, Dops, Esds, FixedPoint, Hvc1, Hvcc, Mp4a, Opus, Visual, esds,
};

use crate::codec::bits::BitReader;
use crate::codec::{AudioConfig, AudioSetup, Kind, TrackConfig, VideoConfig, VideoSetup, av1, h264, hevc};

/// Ticks a second of every video track.
pub(super) const VIDEO_TIMESCALE: u32 = 90_000;

/// Whether players can be given this track as fMP4 over HLS.
pub(super) fn playable(config: &TrackConfig) -> bool {
    codecs(config).is_some()
}

/// The track's clock: 90 kHz for pictures, the sample rate for sound, so that samples can be counted exactly.
pub(super) fn timescale(config: &TrackConfig) -> u32 {
    match config {
        TrackConfig::Video(_) => VIDEO_TIMESCALE,
        TrackConfig::Audio(audio) => audio.sample_rate.max(1),
    }
}

/// The `CODECS` value (RFC 6381), or `None` for a codec that HLS players cannot play in fMP4.
pub(super) fn codecs(config: &TrackConfig) -> Option<String> {
    match config {
        TrackConfig::Video(video) => match &video.setup {
            VideoSetup::H264 { sps, .. } => Some(h264::rfc6381(sps)),
            VideoSetup::Hevc { sps, .. } => Some(hevc::rfc6381(sps)),
            VideoSetup::Av1 { sequence_header } => Some(av1::rfc6381(sequence_header)),
            VideoSetup::Vp8 | VideoSetup::Vp9 { .. } => None,
        },
        TrackConfig::Audio(audio) => match &audio.setup {
            AudioSetup::Aac { specific_config } => {
                Some(format!("mp4a.40.{}", AacConfig::parse(specific_config)?.object_type))
            }
            AudioSetup::Opus => Some("opus".to_owned()),
        },
    }
}

/// The track's sample entry (ISO/IEC 14496-12, 8.5.2), or `None` for a codec that is not offered or a broken setup.
pub(super) fn sample_entry(config: &TrackConfig) -> Option<Entry> {
    match config {
        TrackConfig::Video(video) => match &video.setup {
            VideoSetup::H264 { sps, pps } => {
                let avcc = Avcc::decode_body(&mut h264::avcc(sps, pps)).ok()?;
                let visual = visual(video);
                Some(
                    Avc1 { visual, avcc, btrt: None, colr: None, pasp: None, taic: None, fiel: None, spatial: None }
                        .into(),
                )
            }
            VideoSetup::Hevc { vps, sps, pps } => {
                let hvcc = Hvcc::decode_body(&mut hevc::hvcc(vps, sps, pps)).ok()?;
                Some(
                    Hvc1 {
                        visual: visual(video),
                        hvcc,
                        lhvc: None,
                        btrt: None,
                        colr: None,
                        pasp: None,
                        taic: None,
                        fiel: None,
                        ccst: None,
                        spatial: None,
                    }
                    .into(),
                )
            }
            VideoSetup::Av1 { sequence_header } => {
                let av1c = Av1c::decode_body(&mut av1::av1c(sequence_header)).ok()?;
                Some(Av01 { visual: visual(video), av1c, ..Av01::default() }.into())
            }
            VideoSetup::Vp8 | VideoSetup::Vp9 { .. } => None,
        },
        TrackConfig::Audio(audio) => match &audio.setup {
            AudioSetup::Aac { specific_config } => aac_entry(audio, specific_config),
            AudioSetup::Opus => {
                let dops = Dops {
                    output_channel_count: audio.channels,
                    pre_skip: 0,
                    input_sample_rate: 48_000,
                    output_gain: 0,
                    channel_mapping: None,
                };
                Some(Opus { audio: sound(audio, 48_000), dops, btrt: None }.into())
            }
        },
    }
}

fn visual(video: &VideoConfig) -> Visual {
    let pixels = |size: u32| u16::try_from(size).unwrap_or(u16::MAX);
    Visual { data_reference_index: 1, width: pixels(video.width), height: pixels(video.height), ..Visual::default() }
}

fn sound(audio: &AudioConfig, rate: u32) -> Audio {
    Audio {
        data_reference_index: 1,
        channel_count: u16::from(audio.channels),
        sample_size: 16,
        // 16.16 fixed point: rates it cannot hold are 0, and decoders read the codec's own configuration.
        sample_rate: FixedPoint::from(u16::try_from(rate).unwrap_or(0)),
    }
}

fn aac_entry(audio: &AudioConfig, specific_config: &Bytes) -> Option<Entry> {
    let parsed = AacConfig::parse(specific_config)?;
    let dec_specific = esds::DecoderSpecific {
        profile: parsed.object_type,
        freq_index: 0,
        chan_conf: audio.channels,
        raw: specific_config.to_vec(),
    };
    let dec_config = esds::DecoderConfig {
        object_type_indication: 0x40,
        stream_type: 5,
        dec_specific: Some(dec_specific),
        ..esds::DecoderConfig::default()
    };
    let es_desc = esds::EsDescriptor { es_id: 1, dec_config, ..esds::EsDescriptor::default() };
    Some(Mp4a { audio: sound(audio, audio.sample_rate), esds: Esds { es_desc }, btrt: None, taic: None }.into())
}

/// How many samples, in the track's clock, a frame of sound lasts. `None` for pictures and for a broken packet.
pub(super) fn samples(config: &TrackConfig, payload: &[u8]) -> Option<u32> {
    match &config.audio()?.setup {
        AudioSetup::Aac { specific_config } => Some(AacConfig::parse(specific_config)?.frame_samples),
        AudioSetup::Opus => opus_samples(payload),
    }
}

/// The samples at 48 kHz in an Opus packet (RFC 6716, 3.1 and 3.2). `None` if it is empty or longer than 120 ms.
fn opus_samples(packet: &[u8]) -> Option<u32> {
    let toc = *packet.first()?;
    let shift = u32::from(toc >> 3 & 3);
    let frame = match toc >> 3 {
        0..=11 => [480, 960, 1_920, 2_880][shift as usize],
        12..=15 => 480 << (shift & 1),
        _ => 120 << shift,
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(packet.get(1)? & 0x3f),
    };
    let total: u32 = frame * count;
    (1..=5_760).contains(&total).then_some(total)
}

/// What an AudioSpecificConfig says that counts here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct AacConfig {
    object_type: u8,
    /// Samples a frame decodes to, at the output rate.
    frame_samples: u32,
}

impl AacConfig {
    /// Reads ISO/IEC 14496-3, 1.6.2.1. `None` if it is cut short.
    fn parse(config: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(config);
        let mut object_type = bits.bits(5)?;
        if object_type == 31 {
            object_type = 32 + bits.bits(6)?;
        }
        if bits.bits(4)? == 15 {
            bits.skip(24)?;
        }
        bits.skip(4)?;
        // With spectral band replication signalled (5, and 29 with parametric stereo) a frame decodes to twice as much.
        let doubled = matches!(object_type, 5 | 29);
        let short = if doubled { Some(false) } else { bits.bit() };
        let base = if short == Some(true) { 960 } else { 1_024 };
        Some(Self {
            object_type: u8::try_from(object_type).ok()?,
            frame_samples: if doubled { base * 2 } else { base },
        })
    }
}

/// True for tracks every frame of which can be decoded alone.
pub(super) fn all_independent(kind: Kind) -> bool {
    kind == Kind::Audio
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn aac_profiles_have_their_frame_lengths() {
        assert_eq!(AacConfig::parse(&[0x11, 0x90]), Some(AacConfig { object_type: 2, frame_samples: 1_024 }));
        assert_eq!(AacConfig::parse(&[0x2b, 0x11, 0x88, 0x00]).map(|aac| aac.frame_samples), Some(2_048));
        assert_eq!(AacConfig::parse(&[0x11]), None);
    }

    #[test]
    fn opus_packets_tell_how_long_they_are() {
        assert_eq!(opus_samples(&[0xfc, 0]), Some(960)); // CELT, full band, 20 ms, one frame
        assert_eq!(opus_samples(&[0x08, 0]), Some(960)); // SILK, narrow band, 20 ms
        assert_eq!(opus_samples(&[0xfb, 3, 0]), Some(2_880)); // three frames of 20 ms
        assert_eq!(opus_samples(&[0x78, 0]), Some(960)); // hybrid, 20 ms
        assert_eq!(opus_samples(&[]), None);
    }

    proptest! {
        #[test]
        fn broken_sound_never_panics(data: Vec<u8>) {
            let _ = (opus_samples(&data), AacConfig::parse(&data));
        }
    }
}
