//! AV1: OBUs, the sequence header and the codec configuration record (AV1 Bitstream & Decoding Process Specification;
//! AV1 Codec ISO Media File Format Binding, 2.3).

use bytes::{BufMut, Bytes, BytesMut};

use super::bits::BitReader;
use super::{VideoConfig, VideoSetup};

pub const OBU_SEQUENCE_HEADER: u8 = 1;
pub const OBU_TEMPORAL_DELIMITER: u8 = 2;

/// One OBU within a temporal unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obu {
    pub kind: u8,
    /// Header, size field and payload, as they stand.
    pub whole: Bytes,
    /// Without header and size field.
    pub payload: Bytes,
}

/// The OBUs of a temporal unit in the low-overhead format (5.2). One without a size field reaches to the end; stops at
/// the first that is cut short.
pub fn obus(unit: &Bytes) -> impl Iterator<Item = Obu> + '_ {
    let mut position = 0;
    std::iter::from_fn(move || {
        let header = *unit.get(position)?;
        if header & 0x80 != 0 {
            return None; // obu_forbidden_bit
        }
        let mut start = position + 1 + usize::from(header >> 2 & 1);
        let end = if header & 2 != 0 {
            let (size, length) = read_leb128(unit.get(start..)?)?;
            start += length;
            start.checked_add(usize::try_from(size).ok()?)?
        } else {
            unit.len()
        };
        if start > end || end > unit.len() {
            return None;
        }
        let obu = Obu { kind: header >> 3 & 0xf, whole: unit.slice(position..end), payload: unit.slice(start..end) };
        position = end;
        Some(obu)
    })
}

/// leb128() (4.10.5): the value and how many bytes it takes.
fn read_leb128(data: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (index, byte) in data.iter().take(8).enumerate() {
        value |= u64::from(byte & 0x7f) << (index * 7);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

fn put_leb128(out: &mut BytesMut, mut value: usize) {
    while value >= 0x80 {
        out.put_u8(value as u8 & 0x7f | 0x80);
        value >>= 7;
    }
    out.put_u8(value as u8);
}

/// What a sequence header says that Klieg uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SequenceHeader {
    /// seq_profile, 0 to 2.
    pub profile: u8,
    /// seq_level_idx of the first operating point.
    pub level: u8,
    pub high_tier: bool,
    /// Bits of a sample: 8, 10 or 12.
    pub bit_depth: u8,
    pub monochrome: bool,
    pub subsampling_x: bool,
    pub subsampling_y: bool,
    pub chroma_sample_position: u8,
    /// max_frame_width and max_frame_height in pixels.
    pub width: u32,
    pub height: u32,
}

impl SequenceHeader {
    /// Parses a sequence header OBU (5.5.1), its header included. `None` if it is cut short or another OBU.
    pub fn parse(obu: &Bytes) -> Option<Self> {
        let obu = obus(obu).next().filter(|obu| obu.kind == OBU_SEQUENCE_HEADER)?;
        let mut bits = BitReader::new(&obu.payload);
        let mut out = Self { profile: bits.bits(3)? as u8, ..Self::default() };
        bits.skip(1)?; // still_picture
        let reduced = bits.bit()?;
        if reduced {
            out.level = bits.bits(5)? as u8;
        } else {
            (out.level, out.high_tier) = read_operating_points(&mut bits)?;
        }
        let (width_bits, height_bits) = (bits.bits(4)? + 1, bits.bits(4)? + 1);
        out.width = bits.bits(width_bits)? + 1;
        out.height = bits.bits(height_bits)? + 1;
        if !reduced && bits.bit()? {
            bits.skip(7)?; // frame id lengths
        }
        bits.skip(3)?; // 128x128 superblocks, filter intra, intra edge filter
        if !reduced {
            skip_tools(&mut bits)?;
        }
        bits.skip(3)?; // superres, cdef, restoration
        out.read_color(&mut bits)?;
        Some(out)
    }

    /// color_config (5.5.2).
    fn read_color(&mut self, bits: &mut BitReader<'_>) -> Option<()> {
        let high = bits.bit()?;
        let twelve = self.profile == 2 && high && bits.bit()?;
        self.bit_depth = match (high, twelve) {
            (_, true) => 12,
            (true, false) => 10,
            (false, false) => 8,
        };
        self.monochrome = self.profile != 1 && bits.bit()?;
        let description = if bits.bit()? { (bits.bits(8)?, bits.bits(8)?, bits.bits(8)?) } else { (2, 2, 2) };
        (self.subsampling_x, self.subsampling_y) = (true, true);
        if self.monochrome {
            return bits.skip(1);
        }
        if description == (1, 13, 0) {
            // sRGB in the identity matrix is never subsampled.
            (self.subsampling_x, self.subsampling_y) = (false, false);
            return Some(());
        }
        bits.skip(1)?; // color_range
        (self.subsampling_x, self.subsampling_y) = match self.profile {
            0 => (true, true),
            1 => (false, false),
            _ if self.bit_depth == 12 => {
                let x = bits.bit()?;
                (x, x && bits.bit()?)
            }
            _ => (true, false),
        };
        if self.subsampling_x && self.subsampling_y {
            self.chroma_sample_position = bits.bits(2)? as u8;
        }
        Some(())
    }
}

/// From timing_info_present_flag to the last operating point: level and tier of the first point.
fn read_operating_points(bits: &mut BitReader<'_>) -> Option<(u8, bool)> {
    let mut delay_bits = None;
    if bits.bit()? {
        bits.skip(64)?; // num_units_in_display_tick, time_scale
        if bits.bit()? {
            bits.ue()?; // num_ticks_per_picture_minus_1, uvlc()
        }
        if bits.bit()? {
            delay_bits = Some(bits.bits(5)? as usize + 1);
            bits.skip(32 + 5 + 5)?;
        }
    }
    let initial_display_delay = bits.bit()?;
    let count = bits.bits(5)? + 1;
    let mut first = None;
    for _ in 0..count {
        bits.skip(12)?; // operating_point_idc
        let level = bits.bits(5)? as u8;
        let tier = level > 7 && bits.bit()?;
        first.get_or_insert((level, tier));
        if let Some(width) = delay_bits
            && bits.bit()?
        {
            bits.skip(2 * width + 1)?;
        }
        if initial_display_delay && bits.bit()? {
            bits.skip(4)?;
        }
    }
    first
}

/// From enable_interintra_compound to order_hint_bits_minus_1.
fn skip_tools(bits: &mut BitReader<'_>) -> Option<()> {
    bits.skip(4)?; // interintra, masked, warped motion, dual filter
    let order_hint = bits.bit()?;
    if order_hint {
        bits.skip(2)?; // jnt_comp, ref_frame_mvs
    }
    let screen_content = bits.bit()? || bits.bit()?;
    if screen_content && !bits.bit()? {
        bits.skip(1)?; // seq_force_integer_mv
    }
    if order_hint {
        bits.skip(3)?;
    }
    Some(())
}

/// A video configuration from a sequence header OBU, to which a size field is added if it has none. `None` if it cannot
/// be read.
pub fn config(sequence_header: &Bytes) -> Option<VideoConfig> {
    let parsed = SequenceHeader::parse(sequence_header)?;
    let obu = obus(sequence_header).next()?;
    let sized = obu.whole.first()? & 2 != 0;
    let sequence_header = if sized { obu.whole } else { with_size(&obu.whole, &obu.payload)? };
    Some(VideoConfig { width: parsed.width, height: parsed.height, setup: VideoSetup::Av1 { sequence_header } })
}

fn with_size(whole: &Bytes, payload: &Bytes) -> Option<Bytes> {
    let header = whole.get(..whole.len().checked_sub(payload.len())?)?;
    let (first, extension) = header.split_first()?;
    let mut out = BytesMut::with_capacity(whole.len() + 2);
    out.put_u8(first | 2);
    out.put_slice(extension);
    put_leb128(&mut out, payload.len());
    out.put_slice(payload);
    Some(out.freeze())
}

/// Reads an AV1CodecConfigurationRecord. `None` if it is cut short or holds no sequence header.
pub fn parse_av1c(record: &Bytes) -> Option<VideoConfig> {
    if *record.first()? != 0x81 || record.len() < 4 {
        return None;
    }
    let obus_part = record.slice(4..);
    let header = obus(&obus_part).find(|obu| obu.kind == OBU_SEQUENCE_HEADER)?;
    config(&header.whole)
}

/// Writes the AV1CodecConfigurationRecord. Fields of an unreadable sequence header are 0.
pub fn av1c(sequence_header: &Bytes) -> Bytes {
    let parsed = SequenceHeader::parse(sequence_header).unwrap_or_default();
    let flag = |set: bool, bit: u32| u8::from(set) << bit;
    let mut out = BytesMut::with_capacity(4 + sequence_header.len());
    out.put_u8(0x81);
    out.put_u8(parsed.profile << 5 | parsed.level & 0x1f);
    out.put_u8(
        flag(parsed.high_tier, 7)
            | flag(parsed.bit_depth > 8, 6)
            | flag(parsed.bit_depth == 12, 5)
            | flag(parsed.monochrome, 4)
            | flag(parsed.subsampling_x, 3)
            | flag(parsed.subsampling_y, 2)
            | parsed.chroma_sample_position & 3,
    );
    out.put_u8(0);
    out.put_slice(sequence_header);
    out.freeze()
}

/// The `codecs` value of RFC 6381 (AV1 in ISOBMFF, 5), such as `av01.0.04M.08`.
pub fn rfc6381(sequence_header: &Bytes) -> String {
    let Some(parsed) = SequenceHeader::parse(sequence_header) else {
        return "av01.0.08M.08".to_owned();
    };
    let tier = if parsed.high_tier { 'H' } else { 'M' };
    format!("av01.{}.{:02}{tier}.{:02}", parsed.profile, parsed.level, parsed.bit_depth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_unit_is_cut_into_its_obus() {
        let unit = Bytes::from_static(&[0x12, 0x00, 0x32, 0x02, 0xaa, 0xbb, 0x30, 0xcc]);
        let kinds: Vec<_> = obus(&unit).map(|obu| (obu.kind, obu.payload)).collect();
        let expected = [(2, Bytes::new()), (6, Bytes::from_static(&[0xaa, 0xbb])), (6, Bytes::from_static(&[0xcc]))];
        assert_eq!(kinds, expected);
    }

    proptest! {
        #[test]
        fn garbage_never_panics(data: Vec<u8>) {
            let mut header = vec![0x08];
            header.extend(&data);
            let (data, header) = (Bytes::from(data), Bytes::from(header));
            let _ = (obus(&data).count(), parse_av1c(&data), SequenceHeader::parse(&header), config(&header), av1c(&header), rfc6381(&header));
        }

        #[test]
        fn sizes_survive_a_round_trip(value in 0usize..(1 << 30)) {
            let mut out = BytesMut::new();
            put_leb128(&mut out, value);
            prop_assert_eq!(read_leb128(&out), Some((value as u64, out.len())));
        }
    }
}
