//! Parameter sets that come within frames: they replace the known ones of the same number.

#![deny(clippy::indexing_slicing)]

use bytes::Bytes;

use crate::codec::bits::{BitReader, unescape};
use crate::codec::{VideoConfig, h264, hevc};

/// A parameter set's identifiers stand in its first bytes, except in an HEVC SPS.
const IDENTIFIED_WITHIN: usize = 16;

/// The H.264 configuration after the parameter sets among `nals`; `None` if they change nothing or make no sense.
pub(super) fn merge_h264<'a>(
    sps: &[Bytes],
    pps: &[Bytes],
    nals: impl Iterator<Item = &'a Bytes>,
) -> Option<VideoConfig> {
    let (mut new_sps, mut new_pps) = (sps.to_vec(), pps.to_vec());
    let mut changed = false;
    for nal in nals {
        changed |= match h264::nal_type(nal) {
            h264::NAL_SPS => put(&mut new_sps, nal, |nal| first_code(nal.get(4..)?, 31)),
            h264::NAL_PPS => put(&mut new_pps, nal, |nal| first_code(nal.get(1..)?, 255)),
            _ => false,
        };
    }
    if changed { h264::config(new_sps, new_pps) } else { None }
}

/// As [`merge_h264`] for HEVC.
pub(super) fn merge_hevc<'a>(
    vps: &[Bytes],
    sps: &[Bytes],
    pps: &[Bytes],
    nals: impl Iterator<Item = &'a Bytes>,
) -> Option<VideoConfig> {
    let (mut new_vps, mut new_sps, mut new_pps) = (vps.to_vec(), sps.to_vec(), pps.to_vec());
    let mut changed = false;
    for nal in nals {
        changed |= match hevc::nal_type(nal) {
            hevc::NAL_VPS => put(&mut new_vps, nal, |nal| nal.get(2).map(|byte| u32::from(byte >> 4))),
            hevc::NAL_SPS => put(&mut new_sps, nal, |nal| hevc::Sps::parse(nal).map(|sps| sps.id)),
            hevc::NAL_PPS => put(&mut new_pps, nal, |nal| first_code(nal.get(2..)?, 63)),
            _ => false,
        };
    }
    if changed { hevc::config(new_vps, new_sps, new_pps) } else { None }
}

/// Replaces the set of the same number or adds this one. Returns whether anything changed.
///
/// The set is copied, so that the configuration does not hold on to the frame it came in.
fn put(known: &mut Vec<Bytes>, nal: &Bytes, id: impl Fn(&[u8]) -> Option<u32>) -> bool {
    if known.contains(nal) {
        return false;
    }
    let Some(number) = id(nal) else { return false };
    let copy = Bytes::copy_from_slice(nal);
    match known.iter_mut().find(|other| id(other) == Some(number)) {
        Some(same) => *same = copy,
        None => known.push(copy),
    }
    true
}

/// The Exp-Golomb code that `data` begins with, if it is at most `max`.
fn first_code(data: &[u8], max: u32) -> Option<u32> {
    let rbsp = unescape(data.get(..IDENTIFIED_WITHIN).unwrap_or(data));
    BitReader::new(&rbsp).ue().filter(|code| *code <= max)
}
