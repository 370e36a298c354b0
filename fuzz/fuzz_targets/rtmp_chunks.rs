//! An RTMP connection after its handshake, before and after it may publish. The input's first byte says how the rest is
//! cut into reads.

#![no_main]

use bytes::{BufMut, Bytes, BytesMut};
use klieg_media::rtmp::amf0::{self, Value};
use klieg_media::rtmp::chunk::{ChunkReader, ChunkWriter, Limits};
use klieg_media::rtmp::message::{Message, kind};
use klieg_media::rtmp::session::{Event, Session};
use libfuzzer_sys::fuzz_target;

fn command(out: &mut BytesMut, writer: &mut ChunkWriter, values: &[Value]) {
    let mut body = BytesMut::new();
    for value in values {
        amf0::write(&mut body, value);
    }
    let body: Bytes = body.freeze();
    writer.write(out, 3, &Message { timestamp: 0, kind: kind::COMMAND_AMF0, stream: 1, body });
}

/// All that an encoder says until it publishes.
fn greeting() -> BytesMut {
    let (mut out, mut writer) = (BytesMut::new(), ChunkWriter::default());
    out.put_bytes(3, 1 + 2 * 1_536);
    let app = Value::object([("app", Value::string("live"))]);
    command(&mut out, &mut writer, &[Value::string("connect"), Value::Number(1.0), app]);
    let publish = [Value::string("publish"), Value::Number(2.0), Value::Null, Value::string("key")];
    command(&mut out, &mut writer, &publish);
    out
}

fn feed(session: &mut Session, input: &mut BytesMut, pieces: std::slice::Chunks<'_, u8>) {
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            match session.receive(input) {
                Ok(Some(Event::Publish { .. })) => session.accept(),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
        session.output();
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((cut, data)) = data.split_first() else { return };
    let cut = usize::from(*cut) + 1;
    for limits in [Limits::STRANGER, Limits::PUBLISHER] {
        let mut reader = ChunkReader::default();
        reader.set_limits(limits);
        let mut input = BytesMut::new();
        'wire: for piece in data.chunks(cut) {
            input.extend_from_slice(piece);
            loop {
                match reader.read(&mut input) {
                    Ok(Some(message)) => assert!(message.body.len() <= limits.message),
                    Ok(None) => break,
                    Err(_) => break 'wire,
                }
            }
        }
    }
    let mut stranger = BytesMut::new();
    stranger.put_bytes(3, 1 + 2 * 1_536);
    for mut input in [stranger, greeting()] {
        feed(&mut Session::default(), &mut input, data.chunks(cut));
    }
});
