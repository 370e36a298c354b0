//! H.264 (RFC 6184, packetization-mode 1) and HEVC (RFC 7798): single NAL units, aggregation packets for parameter
//! sets, fragmentation units.

use std::sync::Arc;

use bytes::Bytes;

use super::{MAX_PAYLOAD, pieces, timing};
use crate::codec::h264;

const H264_STAP_A: u8 = 24;
const H264_FU_A: u8 = 28;
const HEVC_AP: u8 = 48;
const HEVC_FU: u8 = 49;
const FU_START: u8 = 0x80;
const FU_END: u8 = 0x40;

pub(super) fn h264(parameter_sets: Option<[&Vec<Bytes>; 2]>, payload: &Bytes) -> Vec<Arc<[u8]>> {
    let mut out = Vec::new();
    if let Some(sets) = parameter_sets {
        // NRI 3: parameter sets must not be lost.
        aggregate(&[0x60 | H264_STAP_A], sets.into_iter().flatten(), &mut out, h264_unit);
    }
    for unit in h264::nals(payload).filter(|unit| !timing::h264(unit)) {
        h264_unit(&unit, &mut out);
    }
    out
}

fn h264_unit(unit: &Bytes, out: &mut Vec<Arc<[u8]>>) {
    let Some((&header, body)) = unit.split_first() else { return };
    if unit.len() <= MAX_PAYLOAD {
        out.push(Arc::from(&**unit));
        return;
    }
    fragment(&[header & 0xe0 | H264_FU_A], header & 0x1f, body, out);
}

pub(super) fn hevc(parameter_sets: Option<[&Vec<Bytes>; 3]>, payload: &Bytes) -> Vec<Arc<[u8]>> {
    let mut out = Vec::new();
    if let Some(sets) = parameter_sets {
        aggregate(&[HEVC_AP << 1, 1], sets.into_iter().flatten(), &mut out, hevc_unit);
    }
    for unit in h264::nals(payload).filter(|unit| !timing::hevc(unit)) {
        hevc_unit(&unit, &mut out);
    }
    out
}

fn hevc_unit(unit: &Bytes, out: &mut Vec<Arc<[u8]>>) {
    let [first, second, body @ ..] = &**unit else { return };
    if unit.len() <= MAX_PAYLOAD {
        out.push(Arc::from(&**unit));
        return;
    }
    fragment(&[first & 0x81 | HEVC_FU << 1, *second], first >> 1 & 0x3f, body, out);
}

/// One aggregation packet of all `units`, or each on its own if they do not fit.
fn aggregate<'a>(
    header: &[u8],
    units: impl Iterator<Item = &'a Bytes> + Clone,
    out: &mut Vec<Arc<[u8]>>,
    single: impl Fn(&Bytes, &mut Vec<Arc<[u8]>>),
) {
    let size = header.len() + units.clone().map(|unit| unit.len() + 2).sum::<usize>();
    if size > MAX_PAYLOAD {
        units.for_each(|unit| single(unit, out));
        return;
    }
    let mut packet = Vec::with_capacity(size);
    packet.extend_from_slice(header);
    for unit in units {
        packet.extend_from_slice(&(unit.len() as u16).to_be_bytes());
        packet.extend_from_slice(unit);
    }
    out.push(packet.into());
}

fn fragment(header: &[u8], kind: u8, body: &[u8], out: &mut Vec<Arc<[u8]>>) {
    let pieces = pieces(body, MAX_PAYLOAD - header.len() - 1);
    let last = pieces.len() - 1;
    for (index, piece) in pieces.enumerate() {
        let start = if index == 0 { FU_START } else { 0 };
        let end = if index == last { FU_END } else { 0 };
        let mut packet = Vec::with_capacity(header.len() + 1 + piece.len());
        packet.extend_from_slice(header);
        packet.push(start | end | kind);
        packet.extend_from_slice(piece);
        out.push(packet.into());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a receiver puts together again (RFC 6184, 5.6 to 5.8).
    fn reassemble_h264(packets: &[Arc<[u8]>]) -> Vec<Vec<u8>> {
        let mut units: Vec<Vec<u8>> = Vec::new();
        for packet in packets {
            match packet[0] & 0x1f {
                H264_FU_A => {
                    if packet[1] & FU_START != 0 {
                        units.push(vec![packet[0] & 0xe0 | packet[1] & 0x1f]);
                    }
                    units.last_mut().unwrap().extend_from_slice(&packet[2..]);
                }
                H264_STAP_A => {
                    let mut rest = &packet[1..];
                    while let [high, low, tail @ ..] = rest {
                        let (unit, next) = tail.split_at(usize::from(u16::from_be_bytes([*high, *low])));
                        units.push(unit.to_vec());
                        rest = next;
                    }
                }
                _ => units.push(packet.to_vec()),
            }
        }
        units
    }

    #[test]
    fn a_keyframe_begins_with_its_parameter_sets_in_one_packet() {
        let (sps, pps) = (vec![Bytes::from_static(&[0x67, 1])], vec![Bytes::from_static(&[0x68, 2])]);
        let slice = Bytes::from_static(&[0x65, 9]);
        let packets = h264(Some([&sps, &pps]), &h264::length_prefixed([&slice]));
        assert_eq!(&*packets[0], &[0x78, 0, 2, 0x67, 1, 0, 2, 0x68, 2]);
        assert_eq!(&*packets[1], &[0x65, 9]);
    }

    proptest! {
        #[test]
        fn units_of_any_size_arrive_as_they_were(sizes in prop::collection::vec(1usize..20_000, 1..5)) {
            let units: Vec<Bytes> =
                sizes.iter().map(|&size| (0..size).map(|at| if at == 0 { 0x65 } else { at as u8 }).collect()).collect();
            let packets = h264(None, &h264::length_prefixed(&units));
            prop_assert!(packets.iter().all(|packet| packet.len() <= MAX_PAYLOAD));
            prop_assert_eq!(reassemble_h264(&packets), units);
        }

        #[test]
        fn garbage_never_panics(data: Vec<u8>) {
            let data = Bytes::from(data);
            let _ = (h264(None, &data), hevc(None, &data));
        }
    }
}
