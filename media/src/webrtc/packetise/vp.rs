//! VP8 (RFC 7741) and VP9 (RFC 9628) with the smallest payload descriptor: no picture id, one layer.

use std::sync::Arc;

use super::{MAX_PAYLOAD, pieces};

const VP8_START: u8 = 0x10;
const VP9_INTER: u8 = 0x40;
const VP9_START: u8 = 0x08;
const VP9_END: u8 = 0x04;

pub(super) fn vp8(payload: &[u8]) -> Vec<Arc<[u8]>> {
    described(payload, |start, _| if start { VP8_START } else { 0 })
}

pub(super) fn vp9(keyframe: bool, payload: &[u8]) -> Vec<Arc<[u8]>> {
    let inter = if keyframe { 0 } else { VP9_INTER };
    described(payload, |start, end| inter | if start { VP9_START } else { 0 } | if end { VP9_END } else { 0 })
}

fn described(payload: &[u8], descriptor: impl Fn(bool, bool) -> u8) -> Vec<Arc<[u8]>> {
    let pieces = pieces(payload, MAX_PAYLOAD - 1);
    let count = pieces.len();
    pieces
        .enumerate()
        .map(|(index, piece)| {
            let mut packet = Vec::with_capacity(piece.len() + 1);
            packet.push(descriptor(index == 0, index + 1 == count));
            packet.extend_from_slice(piece);
            packet.into()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_and_last_packet_say_so() {
        let frame = vec![7; MAX_PAYLOAD * 2];
        let descriptors = |packets: Vec<Arc<[u8]>>| packets.iter().map(|packet| packet[0]).collect::<Vec<_>>();
        assert_eq!(descriptors(vp8(&frame)), [0x10, 0, 0]);
        assert_eq!(descriptors(vp9(false, &frame)), [0x48, 0x40, 0x44]);
        assert_eq!(descriptors(vp9(true, &[1])), [0x0c]);
    }
}
