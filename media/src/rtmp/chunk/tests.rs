#![expect(clippy::indexing_slicing, reason = "a failed test may panic")]

use proptest::prelude::*;

use super::*;

fn message(timestamp: u32, kind: u8, body: &[u8]) -> Message {
    Message { timestamp, kind, stream: 1, body: Bytes::copy_from_slice(body) }
}

fn reader() -> ChunkReader {
    let mut reader = ChunkReader::default();
    reader.set_limits(Limits::PUBLISHER);
    reader
}

fn read_all(reader: &mut ChunkReader, wire: &[u8]) -> Result<Vec<Message>, ChunkError> {
    let mut input = BytesMut::from(wire);
    let mut messages = Vec::new();
    while let Some(message) = reader.read(&mut input)? {
        messages.push(message);
    }
    Ok(messages)
}

fn any_timestamp() -> impl Strategy<Value = u32> {
    prop_oneof![0u32..100_000, EXTENDED - 2..EXTENDED + 2, any::<u32>()]
}

fn any_message() -> impl Strategy<Value = Message> {
    (any_timestamp(), prop::sample::select(vec![8u8, 9, 18, 20]), 0u32..3, prop::collection::vec(any::<u8>(), 0..600))
        .prop_map(|(timestamp, kind, stream, body)| Message { timestamp, kind, stream, body: body.into() })
}

proptest! {
    /// Messages on several chunk streams, their chunks interleaved at random, the wire cut at random.
    #[test]
    fn messages_survive_any_chunk_size_interleaving_and_cut(
        size in 1u32..700,
        queues in prop::collection::vec((2u32..70_000, prop::collection::vec(any_message(), 1..6)), 1..5),
        choices in prop::collection::vec(any::<prop::sample::Index>(), 1..64),
        cut in 1usize..300,
    ) {
        let mut writer = ChunkWriter::default();
        writer.set_chunk_size(size);
        let mut wire = Vec::new();
        for chunk in ChunkWriter::default().chunks(2, &Message::set_chunk_size(size)) {
            wire.extend_from_slice(&chunk);
        }
        let mut lanes: Vec<(u32, Vec<Message>, Vec<Bytes>)> = Vec::new();
        for (id, messages) in queues {
            let id = if id > 65_599 { 3 } else { id.max(3) };
            if lanes.iter().all(|(known, ..)| *known != id) {
                let mut chunks: Vec<_> = messages.iter().flat_map(|message| writer.chunks(id, message)).collect();
                chunks.reverse();
                lanes.push((id, messages, chunks));
            }
        }
        let sent: Vec<_> = lanes.iter().flat_map(|(_, messages, _)| messages.clone()).collect();
        for turn in 0.. {
            lanes.retain(|(.., chunks)| !chunks.is_empty());
            if lanes.is_empty() {
                break;
            }
            let lane = choices[turn % choices.len()].index(lanes.len());
            wire.extend_from_slice(&lanes[lane].2.pop().unwrap());
        }
        let (mut reader, mut input, mut received) = (reader(), BytesMut::new(), Vec::new());
        for piece in wire.chunks(cut) {
            input.extend_from_slice(piece);
            while let Some(message) = reader.read(&mut input).unwrap() {
                received.push(message);
            }
        }
        prop_assert_eq!(received.len(), sent.len());
        for message in sent {
            let position = received.iter().position(|other| *other == message);
            prop_assert!(position.is_some(), "{:?} was lost", message);
            received.remove(position.unwrap());
        }
        prop_assert_eq!(reader.pending, 0);
    }

    #[test]
    fn garbage_never_panics(data: Vec<u8>, cut in 1usize..50) {
        let (mut reader, mut input) = (reader(), BytesMut::new());
        'wire: for piece in data.chunks(cut) {
            input.extend_from_slice(piece);
            loop {
                match reader.read(&mut input) {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(_) => break 'wire,
                }
            }
        }
    }
}

#[test]
fn a_third_format_message_repeats_the_last_delta() {
    let mut wire = vec![0x03, 0, 0, 10, 0, 0, 1, 9, 1, 0, 0, 0, 0xaa];
    wire.extend([0x83, 0, 0, 40, 0xbb, 0xc3, 0xcc]);
    let times: Vec<_> = read_all(&mut reader(), &wire).unwrap().iter().map(|message| message.timestamp).collect();
    assert_eq!(times, [10, 50, 90]);
}

#[test]
fn an_extended_timestamp_may_be_left_out_of_further_chunks() {
    let body = [7; 200];
    let mut wire = vec![0x03, 0xff, 0xff, 0xff, 0, 0, 200, 9, 1, 0, 0, 0, 1, 0, 0, 0];
    wire.extend_from_slice(&body[..128]);
    wire.push(0xc3);
    let without = [&wire[..], &body[128..]].concat();
    let with = [&wire[..], &[1, 0, 0, 0], &body[128..]].concat();
    for wire in [without, with] {
        assert_eq!(read_all(&mut reader(), &wire).unwrap(), [message(0x0100_0000, 9, &body)]);
    }
}

#[test]
fn the_largest_chunk_size_is_that_of_the_largest_message() {
    let mut wire = BytesMut::new();
    let mut writer = ChunkWriter::default();
    writer.write(&mut wire, 2, &Message::set_chunk_size(LARGEST_CHUNK_SIZE));
    writer.set_chunk_size(LARGEST_CHUNK_SIZE);
    let long = message(1, 9, &[7; 1_000]);
    writer.write(&mut wire, 4, &long);
    assert_eq!(read_all(&mut reader(), &wire).unwrap(), [long]);
}

#[test]
fn impossible_chunk_sizes_are_refused() {
    for size in [0, LARGEST_CHUNK_SIZE + 1, u32::MAX] {
        let mut wire = BytesMut::new();
        ChunkWriter::default().write(&mut wire, 2, &Message::set_chunk_size(size));
        assert_eq!(read_all(&mut reader(), &wire), Err(ChunkError::ChunkSize(size)));
    }
}

#[test]
fn an_aborted_message_is_forgotten() {
    let mut writer = ChunkWriter::default();
    let mut wire = BytesMut::from(&writer.chunks(4, &message(0, 9, &[1; 300]))[0][..]);
    let abort = Message { timestamp: 0, kind: kind::ABORT, stream: 0, body: Bytes::from_static(&[0, 0, 0, 4]) };
    writer.write(&mut wire, 2, &abort);
    writer.write(&mut wire, 4, &message(5, 9, &[2; 10]));
    assert_eq!(read_all(&mut reader(), &wire).unwrap(), [message(5, 9, &[2; 10])]);
}

#[test]
fn a_stranger_may_not_send_long_messages_or_keep_many_open() {
    let mut stranger = ChunkReader::default();
    let long = [0x03, 0, 0, 0, 0xff, 0xff, 0xff, 9, 1, 0, 0, 0];
    assert_eq!(read_all(&mut stranger, &long), Err(ChunkError::MessageTooLong(0xff_ffff)));

    let mut wire = Vec::new();
    for id in 3..10u8 {
        wire.extend([id, 0, 0, 0, 0, 0xf0, 0, 9, 1, 0, 0, 0]);
        wire.extend([0; 128]);
    }
    assert_eq!(read_all(&mut ChunkReader::default(), &wire), Err(ChunkError::TooMuchPending));
}

#[test]
fn a_continuation_of_nothing_is_refused() {
    assert_eq!(read_all(&mut reader(), &[0xc5, 0]), Err(ChunkError::NoHeader(5)));
    assert_eq!(read_all(&mut reader(), &[0x45, 0, 0, 0, 0, 0, 0, 0]), Err(ChunkError::NoHeader(5)));
}
