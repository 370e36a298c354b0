//! AV1 (RTP Payload Format For AV1, 4.3 and 4.4): OBUs without size fields, each behind its length, cut wherever a
//! packet is full.

use std::sync::Arc;

use bytes::{Buf, Bytes};

use super::MAX_PAYLOAD;

const CONTINUES_PREVIOUS: u8 = 0x80;
const CONTINUED_IN_NEXT: u8 = 0x40;
const NEW_SEQUENCE: u8 = 0x08;
const HAS_EXTENSION: u8 = 0x04;
const HAS_SIZE: u8 = 0x02;
/// The longest element in a packet has a length of two bytes, and the aggregation header takes one.
const LENGTH_BYTES: usize = 2;

pub(super) fn packetise(sequence_header: Option<&Bytes>, payload: &Bytes) -> Vec<Arc<[u8]>> {
    let new_sequence = if sequence_header.is_some() { NEW_SEQUENCE } else { 0 };
    let mut out: Vec<Arc<[u8]>> = Vec::new();
    let mut packet = vec![new_sequence];
    for obu in sequence_header.into_iter().flat_map(obus).chain(obus(payload)) {
        let mut rest = &*obu;
        while !rest.is_empty() {
            if packet.len() + LENGTH_BYTES >= MAX_PAYLOAD {
                out.push(std::mem::replace(&mut packet, vec![0]).into());
            }
            let (now, later) = rest.split_at(rest.len().min(MAX_PAYLOAD - LENGTH_BYTES - packet.len()));
            put_leb128(now.len(), &mut packet);
            packet.extend_from_slice(now);
            rest = later;
            if !rest.is_empty() {
                if let Some(header) = packet.first_mut() {
                    *header |= CONTINUED_IN_NEXT;
                }
                out.push(std::mem::replace(&mut packet, vec![CONTINUES_PREVIOUS]).into());
            }
        }
    }
    if packet.len() > 1 {
        out.push(packet.into());
    }
    out
}

/// The OBUs of a low-overhead bitstream, their size fields removed. Stops at the first that is cut short.
fn obus(stream: &Bytes) -> Vec<Vec<u8>> {
    let mut stream = stream.clone();
    let mut out = Vec::new();
    while let Some(&header) = stream.first() {
        let head = if header & HAS_EXTENSION == 0 { 1 } else { 2 };
        let Some(mut obu) = stream.get(..head).map(<[u8]>::to_vec) else { break };
        stream.advance(head);
        let size = if header & HAS_SIZE == 0 { Some(stream.len()) } else { get_leb128(&mut stream) };
        let Some(body) = size.and_then(|size| stream.get(..size)) else { break };
        if let Some(first) = obu.first_mut() {
            *first &= !HAS_SIZE;
        }
        obu.extend_from_slice(body);
        let size = body.len();
        stream.advance(size);
        out.push(obu);
    }
    out
}

fn get_leb128(stream: &mut Bytes) -> Option<usize> {
    let mut value = 0usize;
    for shift in 0..8 {
        let byte = *stream.first()?;
        stream.advance(1);
        value |= usize::from(byte & 0x7f) << (shift * 7);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn put_leb128(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a receiver puts together again (4.4), for packets whose elements all have lengths.
    fn reassemble(packets: &[Arc<[u8]>]) -> Vec<Vec<u8>> {
        let mut out: Vec<Vec<u8>> = Vec::new();
        for packet in packets {
            let mut rest = Bytes::copy_from_slice(&packet[1..]);
            let mut continues = packet[0] & CONTINUES_PREVIOUS != 0;
            while !rest.is_empty() {
                let size = get_leb128(&mut rest).unwrap();
                let element = rest.split_to(size);
                if std::mem::take(&mut continues) {
                    out.last_mut().unwrap().extend_from_slice(&element);
                } else {
                    out.push(element.to_vec());
                }
            }
        }
        out
    }

    proptest! {
        #[test]
        fn units_of_any_size_arrive_without_their_size_fields(sizes in prop::collection::vec(0usize..5_000, 1..6)) {
            let (mut stream, mut bare) = (Vec::new(), Vec::new());
            for size in sizes {
                let body: Vec<u8> = (0..size).map(|at| at as u8).collect();
                stream.push(0x32);
                put_leb128(size, &mut stream);
                stream.extend_from_slice(&body);
                bare.push([vec![0x30], body].concat());
            }
            let packets = packetise(None, &stream.into());
            prop_assert!(packets.iter().all(|packet| packet.len() <= MAX_PAYLOAD));
            prop_assert_eq!(reassemble(&packets), bare);
        }

        #[test]
        fn garbage_never_panics(data: Vec<u8>) {
            let _ = packetise(None, &data.into());
        }
    }
}
