//! HEVC: parameter sets and the decoder configuration record (ITU-T H.265, ISO/IEC 14496-15).

use std::fmt::Write as _;

use bytes::{BufMut, Bytes, BytesMut};

use super::bits::{BitReader, unescape};
use super::{VideoConfig, VideoSetup};

pub const NAL_VPS: u8 = 32;
pub const NAL_SPS: u8 = 33;
pub const NAL_PPS: u8 = 34;
pub const NAL_AUD: u8 = 35;

/// The type of a NAL unit, from its first byte; 0 for an empty one.
pub fn nal_type(nal: &[u8]) -> u8 {
    nal.first().map_or(0, |byte| byte >> 1 & 0x3f)
}

/// Whether decoding can begin at a NAL unit of this type (IRAP pictures, 3.68).
pub const fn is_random_access(nal_type: u8) -> bool {
    matches!(nal_type, 16..=23)
}

/// What a sequence parameter set says that Klieg uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sps {
    pub id: u32,
    /// general_profile_space, 0 to 3.
    pub profile_space: u8,
    /// True for the high tier.
    pub high_tier: bool,
    pub profile: u8,
    pub compatibility: u32,
    /// The six bytes of constraint flags after the compatibility flags.
    pub constraints: [u8; 6],
    /// general_level_idc: 30 times the level.
    pub level: u8,
    pub temporal_layers: u8,
    pub temporal_id_nested: bool,
    /// 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    pub chroma_format: u8,
    /// Bits of a luma sample, 8 to 16.
    pub luma_bits: u8,
    pub chroma_bits: u8,
    /// In pixels, after the conformance window.
    pub width: u32,
    pub height: u32,
}

impl Sps {
    /// Parses a sequence parameter set (7.3.2.2.1), header included. `None` if it is cut short or nonsense.
    pub fn parse(nal: &[u8]) -> Option<Self> {
        if nal_type(nal) != NAL_SPS {
            return None;
        }
        let rbsp = unescape(nal.get(2..)?);
        let mut bits = BitReader::new(&rbsp);
        bits.skip(4)?; // sps_video_parameter_set_id
        let sub_layers = bits.bits(3)?;
        let temporal_id_nested = bits.bit()?;
        let profile_space = bits.bits(2)? as u8;
        let high_tier = bits.bit()?;
        let profile = bits.bits(5)? as u8;
        let compatibility = bits.bits(32)?;
        let mut constraints = [0; 6];
        for byte in &mut constraints {
            *byte = bits.bits(8)? as u8;
        }
        let level = bits.bits(8)? as u8;
        skip_sub_layers(&mut bits, sub_layers)?;
        let id = bits.ue()?;
        let chroma_format = u8::try_from(bits.ue()?).ok().filter(|format| *format <= 3)?;
        let separate_planes = chroma_format == 3 && bits.bit()?;
        let (mut width, mut height) = (bits.ue()?, bits.ue()?);
        if bits.bit()? {
            let (unit_x, unit_y) = match chroma_format {
                1 => (2, 2),
                2 => (2, 1),
                _ => (1, 1),
            };
            let (left, right, top, bottom) = (bits.ue()?, bits.ue()?, bits.ue()?, bits.ue()?);
            width = width.checked_sub(left.checked_add(right)?.checked_mul(unit_x)?)?;
            height = height.checked_sub(top.checked_add(bottom)?.checked_mul(unit_y)?)?;
        }
        let depth = |code: u32| u8::try_from(code).ok().filter(|code| *code <= 8).map(|code| code + 8);
        let (luma_bits, chroma_bits) = (depth(bits.ue()?)?, depth(bits.ue()?)?);
        let sane = |size: u32| (1..=16_384).contains(&size);
        (id <= 15 && sane(width) && sane(height)).then_some(Self {
            id,
            profile_space,
            high_tier,
            profile,
            compatibility,
            constraints,
            level,
            temporal_layers: sub_layers as u8 + 1,
            temporal_id_nested,
            chroma_format: if separate_planes { 0 } else { chroma_format },
            luma_bits,
            chroma_bits,
            width,
            height,
        })
    }
}

/// The sub-layers' part of profile_tier_level (7.3.3).
fn skip_sub_layers(bits: &mut BitReader<'_>, sub_layers: u32) -> Option<()> {
    if sub_layers == 0 {
        return Some(());
    }
    let mut size = 0;
    for _ in 0..sub_layers {
        size += if bits.bit()? { 88 } else { 0 };
        size += if bits.bit()? { 8 } else { 0 };
    }
    bits.skip(2 * (8 - sub_layers as usize))?;
    bits.skip(size)
}

/// A video configuration from parameter sets. `None` if one kind is missing or the first SPS cannot be read.
pub fn config(vps: Vec<Bytes>, sps: Vec<Bytes>, pps: Vec<Bytes>) -> Option<VideoConfig> {
    let parsed = Sps::parse(sps.first()?)?;
    (!vps.is_empty() && !pps.is_empty()).then(|| VideoConfig {
        width: parsed.width,
        height: parsed.height,
        setup: VideoSetup::Hevc { vps, sps, pps },
    })
}

/// Reads an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1): the configuration and how many bytes (1, 2 or 4)
/// its NAL unit lengths have. `None` if it is cut short.
pub fn parse_hvcc(record: &Bytes) -> Option<(VideoConfig, usize)> {
    let length_size = usize::from(record.get(21)? & 3) + 1;
    let arrays = *record.get(22)?;
    let (mut vps, mut sps, mut pps) = (Vec::new(), Vec::new(), Vec::new());
    let mut position = 23;
    for _ in 0..arrays {
        let kind = record.get(position)? & 0x3f;
        let count = u16::from_be_bytes([*record.get(position + 1)?, *record.get(position + 2)?]);
        position += 3;
        for _ in 0..count {
            let length = usize::from(u16::from_be_bytes([*record.get(position)?, *record.get(position + 1)?]));
            let start = position + 2;
            position = start + length;
            if length == 0 || position > record.len() {
                return None;
            }
            match kind {
                NAL_VPS => vps.push(record.slice(start..position)),
                NAL_SPS => sps.push(record.slice(start..position)),
                NAL_PPS => pps.push(record.slice(start..position)),
                _ => {}
            }
        }
    }
    Some((config(vps, sps, pps)?, length_size))
}

/// Writes the HEVCDecoderConfigurationRecord with 4-byte lengths. Fields of an unreadable SPS are 0.
pub fn hvcc(vps: &[Bytes], sps: &[Bytes], pps: &[Bytes]) -> Bytes {
    let parsed = sps.first().and_then(|sps| Sps::parse(sps));
    let field = |read: fn(&Sps) -> u8| parsed.as_ref().map_or(0, read);
    let depth = |bits: u8| bits.saturating_sub(8) & 7;
    let mut out = BytesMut::new();
    out.put_u8(1);
    out.put_u8(field(|sps| sps.profile_space << 6 | u8::from(sps.high_tier) << 5 | sps.profile));
    out.put_u32(parsed.as_ref().map_or(0, |sps| sps.compatibility));
    out.put_slice(&parsed.as_ref().map_or([0; 6], |sps| sps.constraints));
    out.put_u8(field(|sps| sps.level));
    out.put_u16(0xf000); // min_spatial_segmentation_idc: not known
    out.put_u8(0xfc); // parallelismType: not known
    out.put_u8(0xfc | field(|sps| sps.chroma_format));
    out.put_u8(0xf8 | depth(field(|sps| sps.luma_bits)));
    out.put_u8(0xf8 | depth(field(|sps| sps.chroma_bits)));
    out.put_u16(0); // avgFrameRate: not known
    out.put_u8(field(|sps| (sps.temporal_layers & 7) << 3 | u8::from(sps.temporal_id_nested) << 2) | 3);
    out.put_u8(3);
    for (kind, nals) in [(NAL_VPS, vps), (NAL_SPS, sps), (NAL_PPS, pps)] {
        out.put_u8(0x80 | kind);
        out.put_u16(nals.len() as u16);
        for nal in nals {
            out.put_u16(nal.len() as u16);
            out.put_slice(nal);
        }
    }
    out.freeze()
}

/// The `codecs` value of RFC 6381 for `hvc1` (ISO/IEC 14496-15, annex E.3), such as `hvc1.1.6.L93.B0`.
pub fn rfc6381(sps: &[Bytes]) -> String {
    let Some(sps) = sps.first().and_then(|sps| Sps::parse(sps)) else {
        return "hvc1".to_owned();
    };
    let space = ["", "A", "B", "C"].get(usize::from(sps.profile_space)).copied().unwrap_or_default();
    let tier = if sps.high_tier { 'H' } else { 'L' };
    let mut out = format!("hvc1.{space}{}.{:X}.{tier}{}", sps.profile, sps.compatibility.reverse_bits(), sps.level);
    let used = sps.constraints.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    for byte in sps.constraints.iter().take(used) {
        let _ = write!(out, ".{byte:X}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn garbage_of_the_right_type_is_refused() {
        assert_eq!(Sps::parse(&[0x42, 0x01, 0xff]), None);
        assert_eq!(parse_hvcc(&Bytes::from_static(&[1; 23])), None);
    }

    proptest! {
        #[test]
        fn garbage_never_panics(data: Vec<u8>) {
            let mut nal = vec![0x42, 0x01];
            nal.extend(&data);
            let data = Bytes::from(data);
            let sets = [Bytes::from(nal.clone())];
            let _ = (Sps::parse(&nal), parse_hvcc(&data), hvcc(&sets, &sets, &sets), rfc6381(&sets));
        }
    }
}
