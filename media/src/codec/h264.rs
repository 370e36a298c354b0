//! H.264: parameter sets, the decoder configuration record, and NAL units in both framings (ITU-T H.264, ISO/IEC
//! 14496-15).

use bytes::{BufMut, Bytes, BytesMut};

use super::bits::{BitReader, unescape};
use super::{VideoConfig, VideoSetup};

pub const NAL_IDR: u8 = 5;
pub const NAL_SPS: u8 = 7;
pub const NAL_PPS: u8 = 8;
pub const NAL_AUD: u8 = 9;

/// The type of a NAL unit, from its first byte; 0 for an empty one.
pub fn nal_type(nal: &[u8]) -> u8 {
    nal.first().map_or(0, |byte| byte & 0x1f)
}

/// What a sequence parameter set says that Klieg uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sps {
    pub profile: u8,
    pub constraints: u8,
    pub level: u8,
    /// In pixels, after cropping.
    pub width: u32,
    pub height: u32,
    /// chroma_format_idc: 0 is grey, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    pub chroma_format: u32,
    /// Bits of a sample, of brightness or colour, whichever has more.
    pub bit_depth: u32,
}

impl Sps {
    /// Parses a sequence parameter set (7.3.2.1.1), header byte included. `None` if it is cut short or nonsense.
    pub fn parse(nal: &[u8]) -> Option<Self> {
        if nal_type(nal) != NAL_SPS {
            return None;
        }
        let rbsp = unescape(nal.get(1..)?);
        let mut bits = BitReader::new(&rbsp);
        let profile = u8::try_from(bits.bits(8)?).ok()?;
        let constraints = u8::try_from(bits.bits(8)?).ok()?;
        let level = u8::try_from(bits.bits(8)?).ok()?;
        bits.ue()?; // seq_parameter_set_id
        let (mut chroma_format, mut bit_depth) = (1, 8);
        let mut separate_planes = false;
        if matches!(profile, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
            chroma_format = bits.ue()?;
            if chroma_format == 3 {
                separate_planes = bits.bit()?;
            }
            let (luma, chroma) = (bits.ue()?, bits.ue()?);
            bit_depth = luma.max(chroma).saturating_add(8);
            bits.bit()?; // qpprime_y_zero_transform_bypass_flag
            if bits.bit()? {
                let lists = if chroma_format == 3 { 12 } else { 8 };
                for list in 0..lists {
                    if bits.bit()? {
                        skip_scaling_list(&mut bits, if list < 6 { 16 } else { 64 })?;
                    }
                }
            }
        }
        bits.ue()?; // log2_max_frame_num_minus4
        match bits.ue()? {
            0 => {
                bits.ue()?; // log2_max_pic_order_cnt_lsb_minus4
            }
            1 => {
                bits.bit()?;
                bits.se()?;
                bits.se()?;
                for _ in 0..bits.ue()?.min(255) {
                    bits.se()?;
                }
            }
            _ => {}
        }
        bits.ue()?; // max_num_ref_frames
        bits.bit()?; // gaps_in_frame_num_value_allowed_flag
        let width_mbs = bits.ue()?.checked_add(1)?;
        let height_units = bits.ue()?.checked_add(1)?;
        let frame_mbs_only = bits.bit()?;
        if !frame_mbs_only {
            bits.bit()?; // mb_adaptive_frame_field_flag
        }
        bits.bit()?; // direct_8x8_inference_flag
        let (mut left, mut right, mut top, mut bottom) = (0, 0, 0, 0);
        if bits.bit()? {
            left = bits.ue()?;
            right = bits.ue()?;
            top = bits.ue()?;
            bottom = bits.ue()?;
        }
        let fields = if frame_mbs_only { 1 } else { 2 };
        let chroma_array = if separate_planes { 0 } else { chroma_format };
        let (crop_x, crop_y) = match chroma_array {
            1 => (2, 2 * fields),
            2 => (2, fields),
            _ => (1, fields),
        };
        let width = width_mbs.checked_mul(16)?.checked_sub(left.checked_add(right)?.checked_mul(crop_x)?)?;
        let height =
            height_units.checked_mul(16 * fields)?.checked_sub(top.checked_add(bottom)?.checked_mul(crop_y)?)?;
        (width > 0 && height > 0 && width <= 16_384 && height <= 16_384).then_some(Self {
            profile,
            constraints,
            level,
            width,
            height,
            chroma_format,
            bit_depth,
        })
    }
}

fn skip_scaling_list(bits: &mut BitReader<'_>, size: usize) -> Option<()> {
    let (mut last, mut next) = (8i32, 8i32);
    for _ in 0..size {
        if next != 0 {
            next = last.checked_add(bits.se()?)?.checked_add(256)? % 256;
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

/// A video configuration from parameter sets. `None` if there is none of either kind or the first SPS cannot be read.
pub fn config(sps: Vec<Bytes>, pps: Vec<Bytes>) -> Option<VideoConfig> {
    let parsed = Sps::parse(sps.first()?)?;
    pps.first()?;
    Some(VideoConfig { width: parsed.width, height: parsed.height, setup: VideoSetup::H264 { sps, pps } })
}

/// Reads an AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1): the configuration and how many bytes (1, 2 or 4)
/// its NAL unit lengths have. `None` if it is cut short.
pub fn parse_avcc(record: &Bytes) -> Option<(VideoConfig, usize)> {
    if *record.first()? != 1 {
        return None;
    }
    let length_size = usize::from(record.get(4)? & 3) + 1;
    let mut position = 5;
    let mut sets = |mask: u8| -> Option<Vec<Bytes>> {
        let count = record.get(position)? & mask;
        position += 1;
        (0..count)
            .map(|_| {
                let length = usize::from(u16::from_be_bytes([*record.get(position)?, *record.get(position + 1)?]));
                let start = position + 2;
                position = start + length;
                (length > 0 && position <= record.len()).then(|| record.slice(start..position))
            })
            .collect()
    };
    let sps = sets(0x1f)?;
    let pps = sets(0xff)?;
    Some((config(sps, pps)?, length_size))
}

/// Writes the AVCDecoderConfigurationRecord with 4-byte lengths.
pub fn avcc(sps: &[Bytes], pps: &[Bytes]) -> Bytes {
    let first = sps.first().map_or(&[][..], |sps| sps);
    let at = |index: usize| first.get(index).copied().unwrap_or(0);
    let mut out = BytesMut::new();
    out.put_slice(&[1, at(1), at(2), at(3), 0xff, 0xe0 | (sps.len().min(31) as u8)]);
    for nal in sps.iter().take(31) {
        out.put_u16(nal.len() as u16);
        out.put_slice(nal);
    }
    out.put_u8(pps.len().min(255) as u8);
    for nal in pps.iter().take(255) {
        out.put_u16(nal.len() as u16);
        out.put_slice(nal);
    }
    if matches!(at(1), 100 | 110 | 122 | 144) {
        // 4:2:0, 8 bits: what every encoder a broadcast comes from sends.
        out.put_slice(&[0xfd, 0xf8, 0xf8, 0]);
    }
    out.freeze()
}

/// The `codecs` value of RFC 6381: `avc1.PPCCLL`.
pub fn rfc6381(sps: &[Bytes]) -> String {
    let at = |index: usize| sps.first().and_then(|sps| sps.get(index)).copied().unwrap_or(0);
    format!("avc1.{:02x}{:02x}{:02x}", at(1), at(2), at(3))
}

/// The NAL units of a payload with 4-byte lengths. Stops at the first that is cut short.
pub fn nals(payload: &Bytes) -> impl Iterator<Item = Bytes> + '_ {
    let mut position = 0usize;
    std::iter::from_fn(move || {
        let header: [u8; 4] = payload.get(position..position.checked_add(4)?)?.try_into().ok()?;
        let start = position + 4;
        let end = start.checked_add(u32::from_be_bytes(header) as usize)?;
        (end <= payload.len()).then(|| {
            position = end;
            payload.slice(start..end)
        })
    })
}

/// The NAL units of a byte stream with start codes (Annex B), without copying.
pub fn annex_b_nals(stream: &Bytes) -> Vec<Bytes> {
    let mut starts = Vec::new();
    let mut index = 0;
    while let Some(window) = stream.get(index..index + 3) {
        if window == [0, 0, 1] {
            starts.push((index, index + 3));
            index += 3;
        } else {
            index += 1;
        }
    }
    starts
        .iter()
        .enumerate()
        .filter_map(|(number, &(_, start))| {
            let mut end = starts.get(number + 1).map_or(stream.len(), |&(next, _)| next);
            while end > start && stream[end - 1] == 0 {
                end -= 1;
            }
            (end > start).then(|| stream.slice(start..end))
        })
        .collect()
}

/// A payload with 4-byte lengths from NAL units.
pub fn length_prefixed<'a>(nals: impl IntoIterator<Item = &'a Bytes> + Clone) -> Bytes {
    let size = nals.clone().into_iter().map(|nal| nal.len() + 4).sum();
    let mut out = BytesMut::with_capacity(size);
    for nal in nals {
        out.put_u32(nal.len() as u32);
        out.put_slice(nal);
    }
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// x264, 1280x720, high profile, level 3.1.
    const SPS_720P: &[u8] = &[
        0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00,
        0x00, 0x03, 0x03, 0xc0, 0xf1, 0x83, 0x19, 0x60,
    ];

    #[test]
    fn the_size_is_read_from_the_parameter_set() {
        let sps = Sps::parse(SPS_720P).unwrap();
        assert_eq!((sps.profile, sps.level, sps.width, sps.height), (100, 31, 1280, 720));
        assert_eq!((sps.chroma_format, sps.bit_depth), (1, 8));
    }

    #[test]
    fn colour_format_and_depth_are_read_from_the_parameter_set() {
        // x264, 320x180.
        let sets: [(&[u8], u32, u32); 3] = [
            (
                &[
                    0x67, 0x7a, 0x00, 0x0d, 0xbc, 0xd9, 0x41, 0x41, 0x9f, 0x8d, 0xc0, 0x44, 0x00, 0x00, 0x03, 0x00,
                    0x04, 0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x50, 0xa6, 0x58,
                ],
                2,
                8,
            ),
            (
                &[
                    0x67, 0xf4, 0x00, 0x0d, 0x91, 0x9b, 0x28, 0x28, 0x33, 0xf1, 0xb8, 0x08, 0x80, 0x00, 0x00, 0x03,
                    0x00, 0x80, 0x00, 0x00, 0x1e, 0x07, 0x8a, 0x14, 0xcb,
                ],
                3,
                8,
            ),
            (
                &[
                    0x67, 0x6e, 0x00, 0x0d, 0xa6, 0xcd, 0x94, 0x14, 0x19, 0xf9, 0xf0, 0x11, 0x00, 0x00, 0x03, 0x00,
                    0x01, 0x00, 0x00, 0x03, 0x00, 0x3c, 0x0f, 0x14, 0x29, 0x96,
                ],
                1,
                10,
            ),
        ];
        for (set, chroma_format, bit_depth) in sets {
            let sps = Sps::parse(set).unwrap();
            assert_eq!((sps.chroma_format, sps.bit_depth), (chroma_format, bit_depth));
            assert_eq!((sps.width, sps.height), (320, 180));
            let (sps, pps) = (vec![Bytes::copy_from_slice(set)], vec![Bytes::from_static(&[0x68, 0xeb, 0xe3, 0xcb])]);
            assert!(!config(sps, pps).unwrap().suits_browsers());
        }
    }

    #[test]
    fn the_configuration_record_reads_back_as_written() {
        let (sps, pps) = (vec![Bytes::from_static(SPS_720P)], vec![Bytes::from_static(&[0x68, 0xeb, 0xe3, 0xcb])]);
        let (config, length_size) = parse_avcc(&avcc(&sps, &pps)).unwrap();
        assert_eq!((config.setup, length_size), (VideoSetup::H264 { sps, pps }, 4));
    }

    #[test]
    fn both_framings_hold_the_same_units() {
        let units = [Bytes::from_static(&[0x65, 1, 2]), Bytes::from_static(&[0x41, 9])];
        let stream = Bytes::from_static(&[0, 0, 0, 1, 0x65, 1, 2, 0, 0, 1, 0x41, 9]);
        assert_eq!(annex_b_nals(&stream), units);
        assert_eq!(nals(&length_prefixed(&units)).collect::<Vec<_>>(), units);
    }

    proptest! {
        #[test]
        fn garbage_never_panics(data: Vec<u8>) {
            let data = Bytes::from(data);
            let _ = (Sps::parse(&data), parse_avcc(&data), nals(&data).count(), annex_b_nals(&data));
        }
    }
}
