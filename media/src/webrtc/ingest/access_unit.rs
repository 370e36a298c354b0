//! From a depacketised frame to the form of [`Frame`](crate::frame::Frame): parameter sets lifted out, the picture's
//! size read from the keyframe. Nothing passes before the first keyframe.

#![deny(clippy::indexing_slicing)]

use std::sync::Arc;

use bytes::Bytes;

use crate::codec::bits::BitReader;
use crate::codec::{AudioConfig, AudioSetup, Codec, TrackConfig, VideoConfig, VideoSetup, av1, h264, hevc};

const NAL_END_OF_SEQUENCE: u8 = 10;
const NAL_END_OF_STREAM: u8 = 11;
const NAL_FILLER: u8 = 12;
/// End of sequence, end of bitstream and filler data of HEVC.
const HEVC_NALS_WITHOUT_PICTURE: std::ops::RangeInclusive<u8> = 36..=38;
const OBU_FRAME_HEADER: u8 = 3;
const OBU_FRAME: u8 = 6;
const OBU_TILE_LIST: u8 = 8;
const OBU_PADDING: u8 = 15;

/// What one track has told so far.
#[derive(Debug, Default)]
pub(crate) struct AccessUnits {
    config: Option<Arc<TrackConfig>>,
}

/// A frame in the live plane's form.
#[derive(Debug)]
pub(crate) struct AccessUnit {
    pub(crate) config: Arc<TrackConfig>,
    pub(crate) keyframe: bool,
    pub(crate) payload: Bytes,
}

impl AccessUnits {
    /// Takes a depacketised frame of `codec`. `None` if it cannot be used: a keyframe is needed first.
    pub(crate) fn take(&mut self, codec: Codec, data: Bytes) -> Option<AccessUnit> {
        match codec {
            Codec::H264 => self.h264(&data),
            Codec::Hevc => self.hevc(&data),
            Codec::Av1 => self.av1(&data),
            Codec::Vp8 => {
                let size = vp8_keyframe(&data);
                self.sized(size.map(|size| (VideoSetup::Vp8, size)), codec, data)
            }
            Codec::Vp9 => {
                let key = vp9_keyframe(&data);
                self.sized(key.map(|(profile, size)| (VideoSetup::Vp9 { profile }, size)), codec, data)
            }
            Codec::Opus => {
                let config = AudioConfig { setup: AudioSetup::Opus, sample_rate: 48_000, channels: 2 };
                Some(AccessUnit { config: self.adopt(TrackConfig::Audio(config)), keyframe: true, payload: data })
            }
            Codec::Aac => None,
        }
    }

    fn h264(&mut self, stream: &Bytes) -> Option<AccessUnit> {
        let (mut sps, mut pps, mut units) = (Vec::new(), Vec::new(), Vec::new());
        for unit in h264::annex_b_nals(stream) {
            match h264::nal_type(&unit) {
                h264::NAL_SPS => sps.push(unit),
                h264::NAL_PPS => pps.push(unit),
                h264::NAL_AUD | NAL_END_OF_SEQUENCE | NAL_END_OF_STREAM | NAL_FILLER => {}
                _ => units.push(unit),
            }
        }
        if !(sps.is_empty() && pps.is_empty()) {
            if let Some(VideoSetup::H264 { sps: known_sps, pps: known_pps }) = self.setup() {
                if sps.is_empty() {
                    sps.clone_from(known_sps);
                }
                if pps.is_empty() {
                    pps.clone_from(known_pps);
                }
            }
            if let Some(config) = h264::config(owned(&sps), owned(&pps)) {
                self.adopt(TrackConfig::Video(config));
            }
        }
        let keyframe = units.iter().any(|unit| h264::nal_type(unit) == h264::NAL_IDR);
        let config = self.config.clone().filter(|config| config.codec() == Codec::H264)?;
        (!units.is_empty()).then(|| AccessUnit { config, keyframe, payload: h264::length_prefixed(&units) })
    }

    fn hevc(&mut self, stream: &Bytes) -> Option<AccessUnit> {
        let (mut vps, mut sps, mut pps, mut units) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for unit in h264::annex_b_nals(stream) {
            match hevc::nal_type(&unit) {
                hevc::NAL_VPS => vps.push(unit),
                hevc::NAL_SPS => sps.push(unit),
                hevc::NAL_PPS => pps.push(unit),
                kind if kind == hevc::NAL_AUD || HEVC_NALS_WITHOUT_PICTURE.contains(&kind) => {}
                _ => units.push(unit),
            }
        }
        if !(vps.is_empty() && sps.is_empty() && pps.is_empty()) {
            if let Some(VideoSetup::Hevc { vps: known_vps, sps: known_sps, pps: known_pps }) = self.setup() {
                for (sets, known) in [(&mut vps, known_vps), (&mut sps, known_sps), (&mut pps, known_pps)] {
                    if sets.is_empty() {
                        sets.clone_from(known);
                    }
                }
            }
            if let Some(config) = hevc::config(owned(&vps), owned(&sps), owned(&pps)) {
                self.adopt(TrackConfig::Video(config));
            }
        }
        let keyframe = units.iter().any(|unit| hevc::is_random_access(hevc::nal_type(unit)));
        let config = self.config.clone().filter(|config| config.codec() == Codec::Hevc)?;
        (!units.is_empty()).then(|| AccessUnit { config, keyframe, payload: h264::length_prefixed(&units) })
    }

    fn av1(&mut self, unit: &Bytes) -> Option<AccessUnit> {
        let (mut kept, mut keyframe, mut position) = (Vec::new(), false, 0);
        for obu in av1::obus(unit) {
            let start = position;
            position += obu.whole.len();
            match obu.kind {
                av1::OBU_TEMPORAL_DELIMITER | OBU_TILE_LIST | OBU_PADDING => continue,
                av1::OBU_SEQUENCE_HEADER => {
                    let known = matches!(self.setup(), Some(VideoSetup::Av1 { sequence_header }) if *sequence_header == obu.whole);
                    if !known && let Some(config) = av1::config(&Bytes::copy_from_slice(&obu.whole)) {
                        self.adopt(TrackConfig::Video(config));
                    }
                    continue;
                }
                OBU_FRAME_HEADER | OBU_FRAME => keyframe |= shows_key_frame(&obu.payload),
                _ => {}
            }
            kept.push(start..position);
        }
        let config = self.config.clone().filter(|config| config.codec() == Codec::Av1)?;
        let (first, last) = (kept.first()?.start, kept.last()?.end);
        let payload = if kept.iter().map(ExactSizeIterator::len).sum::<usize>() == last - first {
            unit.slice(first..last)
        } else {
            kept.into_iter().flat_map(|range| unit.slice(range)).collect()
        };
        Some(AccessUnit { config, keyframe, payload })
    }

    fn sized(&mut self, key: Option<(VideoSetup, (u32, u32))>, codec: Codec, payload: Bytes) -> Option<AccessUnit> {
        let keyframe = key.is_some();
        if let Some((setup, (width, height))) = key {
            self.adopt(TrackConfig::Video(VideoConfig { setup, width, height }));
        }
        let config = self.config.clone().filter(|config| config.codec() == codec)?;
        Some(AccessUnit { config, keyframe, payload })
    }

    fn setup(&self) -> Option<&VideoSetup> {
        self.config.as_ref()?.video().map(|video| &video.setup)
    }

    /// The shared configuration, the same `Arc` as long as nothing changes.
    fn adopt(&mut self, config: TrackConfig) -> Arc<TrackConfig> {
        match &self.config {
            Some(known) if **known == config => known.clone(),
            _ => self.config.insert(Arc::new(config)).clone(),
        }
    }
}

/// Copies of parameter sets, which do not keep a whole keyframe alive.
fn owned(sets: &[Bytes]) -> Vec<Bytes> {
    sets.iter().map(|set| Bytes::copy_from_slice(set)).collect()
}

/// Whether an AV1 frame header begins a shown key frame (5.9.2): show_existing_frame 0, frame_type KEY_FRAME, show_frame 1.
fn shows_key_frame(header: &[u8]) -> bool {
    header.first().is_some_and(|first| first & 0xf0 == 0x10)
}

/// The size in a VP8 key frame's header (RFC 6386, 9.1); `None` for any other frame.
fn vp8_keyframe(frame: &[u8]) -> Option<(u32, u32)> {
    let &[tag, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, ..] = frame else { return None };
    let size = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    (tag & 1 == 0).then_some((size(w0, w1), size(h0, h1)))
}

/// Profile and size in a VP9 key frame's uncompressed header (VP9 bitstream specification, 6.2); `None` for any other.
fn vp9_keyframe(frame: &[u8]) -> Option<(u8, (u32, u32))> {
    let mut bits = BitReader::new(frame);
    if bits.bits(2)? != 2 {
        return None;
    }
    let profile = bits.bits(1)? | bits.bits(1)? << 1;
    if profile == 3 && bits.bit()? {
        return None;
    }
    let (shows_existing, inter) = (bits.bit()?, bits.bit()?);
    bits.skip(2)?; // show_frame, error_resilient_mode
    if shows_existing || inter || bits.bits(24)? != 0x49_8342 {
        return None;
    }
    if profile >= 2 {
        bits.skip(1)?; // ten_or_twelve_bit
    }
    let srgb = bits.bits(3)? == 7;
    // color_range, subsampling and a reserved bit, as far as the profile has them.
    match (srgb, profile & 1 == 1) {
        (false, true) => bits.skip(4)?,
        (false, false) | (true, true) => bits.skip(1)?,
        (true, false) => return None,
    }
    Some((profile as u8, (bits.bits(16)? + 1, bits.bits(16)? + 1)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SPS: &[u8] = &[
        0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00,
        0x00, 0x03, 0x03, 0xc0, 0xf1, 0x83, 0x19, 0x60,
    ];

    fn annex_b(units: &[&[u8]]) -> Bytes {
        units.iter().flat_map(|unit| [&[0, 0, 0, 1], *unit].concat()).collect()
    }

    #[test]
    fn h264_waits_for_its_parameter_sets_and_keeps_them_out_of_the_payload() {
        let mut units = AccessUnits::default();
        assert!(units.take(Codec::H264, annex_b(&[&[0x41, 1]])).is_none());
        let key = units.take(Codec::H264, annex_b(&[&[9, 0x10], SPS, &[0x68, 1], &[0x65, 7]])).unwrap();
        assert!(key.keyframe);
        assert_eq!(&*key.payload, &[0, 0, 0, 2, 0x65, 7]);
        assert_eq!(key.config.video().map(|video| (video.width, video.height)), Some((1280, 720)));
        let next = units.take(Codec::H264, annex_b(&[&[0x41, 2]])).unwrap();
        assert!(!next.keyframe && Arc::ptr_eq(&key.config, &next.config));
        let same = units.take(Codec::H264, annex_b(&[SPS, &[0x68, 1], &[0x65, 8]])).unwrap();
        assert!(Arc::ptr_eq(&key.config, &same.config));
        let changed = units.take(Codec::H264, annex_b(&[&[0x68, 2], &[0x65, 9]])).unwrap();
        assert!(!Arc::ptr_eq(&key.config, &changed.config));
    }

    #[test]
    fn vp8_and_vp9_tell_their_size_in_keyframes() {
        let mut units = AccessUnits::default();
        let key = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01, 0, 0];
        let frame = units.take(Codec::Vp8, Bytes::copy_from_slice(&key)).unwrap();
        assert_eq!(frame.config.video().map(|video| (video.width, video.height)), Some((640, 360)));
        // Profile 0, key frame, shown; 4:2:0; 352x288.
        let key = [0x82, 0x49, 0x83, 0x42, 0x00, 0x15, 0xf0, 0x11, 0xf0];
        assert_eq!(vp9_keyframe(&key), Some((0, (352, 288))));
    }

    #[test]
    fn av1_keeps_sequence_headers_and_delimiters_out_of_the_payload() {
        // 320x180, main profile, as libaom writes it.
        const SEQUENCE: &[u8] = &[0x0a, 0x0b, 0, 0, 0, 0x04, 0x3c, 0xfe, 0xcc, 0xda, 0xf9, 0, 0x40];
        let mut units = AccessUnits::default();
        let unit = |parts: &[&[u8]]| Bytes::from(parts.concat());
        let (key, inter) = ([0x32, 2, 0x10, 7], [0x32, 2, 0x30, 8]);
        assert!(units.take(Codec::Av1, unit(&[&inter])).is_none());
        let first = units.take(Codec::Av1, unit(&[&[0x12, 0], SEQUENCE, &key])).unwrap();
        assert!(first.keyframe && *first.payload == key);
        assert!(matches!(first.config.video().unwrap().setup, VideoSetup::Av1 { .. }));
        // A key frame that repeats no sequence header is one all the same.
        let second = units.take(Codec::Av1, unit(&[&key])).unwrap();
        assert!(second.keyframe && Arc::ptr_eq(&first.config, &second.config));
        let metadata = [0x2a, 1, 9];
        let third = units.take(Codec::Av1, unit(&[&metadata, &[0x7a, 1, 0], &inter])).unwrap();
        assert!(!third.keyframe);
        assert_eq!(*third.payload, [&metadata[..], &inter].concat());
    }

    proptest! {
        #[test]
        fn garbage_never_panics(data: Vec<u8>) {
            for codec in [Codec::H264, Codec::Hevc, Codec::Av1, Codec::Vp8, Codec::Vp9, Codec::Opus] {
                let mut units = AccessUnits::default();
                units.take(codec, data.clone().into());
                units.take(codec, data.clone().into());
            }
        }
    }
}
