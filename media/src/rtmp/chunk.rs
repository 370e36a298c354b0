//! The chunk stream (RTMP 1.0, 5.3): messages cut into chunks and interleaved.
//!
//! Owns both directions, sans-IO. The reader obeys Set Chunk Size and Abort itself, because they change how the very
//! next byte is read. It holds at most [`Limits::message`] bytes of one message and [`Limits::pending`] of all unfinished
//! ones; a peer that wants more is an error.

#![deny(clippy::indexing_slicing)]

use std::collections::HashMap;

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::message::{Message, kind};

const DEFAULT_CHUNK_SIZE: u32 = 128;
/// A chunk is no longer than its message, and no message is longer than this: all sizes above are the same.
const MAX_CHUNK_SIZE: u32 = 16 << 20;
/// The largest size there is (RTMP 1.0, 5.4.1): the first bit is always zero.
const LARGEST_CHUNK_SIZE: u32 = i32::MAX as u32;
/// Marks a timestamp that stands in the extended field.
const EXTENDED: u32 = 0xff_ffff;
/// Encoders use three or four.
const MAX_CHUNK_STREAMS: usize = 64;

/// How much the reader may hold, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub message: usize,
    pub pending: usize,
}

impl Limits {
    /// Before a publisher is let in: commands are small.
    pub const STRANGER: Self = Self { message: 64 << 10, pending: 96 << 10 };
    /// A publisher: the largest message that RTMP can say is just under 16 MiB.
    pub const PUBLISHER: Self = Self { message: 16 << 20, pending: 24 << 20 };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    #[error("a chunk size of {0} bytes is not allowed")]
    ChunkSize(u32),
    #[error("a message of {0} bytes is more than is allowed now")]
    MessageTooLong(usize),
    #[error("too many unfinished messages")]
    TooMuchPending,
    #[error("too many chunk streams")]
    TooManyStreams,
    #[error("chunk stream {0} continues a message that never began")]
    NoHeader(u32),
    #[error("chunk stream {0} begins a message within another")]
    Unfinished(u32),
    #[error("a protocol control message is cut short")]
    Control,
}

/// Puts messages together.
#[derive(Debug)]
pub struct ChunkReader {
    chunk_size: usize,
    limits: Limits,
    streams: HashMap<u32, Incoming>,
    /// Declared lengths of all unfinished messages.
    pending: usize,
    /// The chunk whose payload is being read: its stream and the bytes still to come.
    current: Option<(u32, usize)>,
}

#[derive(Debug)]
struct Incoming {
    header: Header,
    /// The unfinished message's body so far.
    body: Option<BytesMut>,
}

/// The last header of a chunk stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Header {
    timestamp: u32,
    delta: u32,
    /// The timestamp field's value if it stood in the extended field.
    extended: Option<u32>,
    length: u32,
    kind: u8,
    stream: u32,
}

impl Default for ChunkReader {
    fn default() -> Self {
        Self {
            chunk_size: DEFAULT_CHUNK_SIZE as usize,
            limits: Limits::STRANGER,
            streams: HashMap::new(),
            pending: 0,
            current: None,
        }
    }
}

impl ChunkReader {
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Takes bytes from `input` up to the end of the next message. `None` when more bytes are needed.
    ///
    /// Set Chunk Size and Abort are obeyed and not returned. After an error the connection cannot be read any further.
    pub fn read(&mut self, input: &mut BytesMut) -> Result<Option<Message>, ChunkError> {
        loop {
            let (id, remaining) = match self.current {
                Some(current) => current,
                None => match self.read_header(input)? {
                    Some(begun) => begun,
                    None => return Ok(None),
                },
            };
            let Some(stream) = self.streams.get_mut(&id) else { return Err(ChunkError::NoHeader(id)) };
            let Some(body) = stream.body.as_mut() else { return Err(ChunkError::NoHeader(id)) };
            let take = remaining.min(input.len());
            if let Some(bytes) = input.get(..take) {
                body.extend_from_slice(bytes);
            }
            input.advance(take);
            if take < remaining {
                self.current = Some((id, remaining - take));
                return Ok(None);
            }
            self.current = None;
            if body.len() < stream.header.length as usize {
                continue;
            }
            let body = stream.body.take().unwrap_or_default().freeze();
            let Header { timestamp, kind, stream, length, .. } = stream.header;
            self.pending = self.pending.saturating_sub(length as usize);
            let message = Message { timestamp, kind, stream, body };
            match message.kind {
                kind::SET_CHUNK_SIZE => self.set_chunk_size(message.number().ok_or(ChunkError::Control)?)?,
                kind::ABORT => self.abort(message.number().ok_or(ChunkError::Control)?),
                _ => return Ok(Some(message)),
            }
        }
    }

    fn set_chunk_size(&mut self, size: u32) -> Result<(), ChunkError> {
        if !(1..=LARGEST_CHUNK_SIZE).contains(&size) {
            return Err(ChunkError::ChunkSize(size));
        }
        self.chunk_size = size.min(MAX_CHUNK_SIZE) as usize;
        Ok(())
    }

    fn abort(&mut self, id: u32) {
        if let Some(stream) = self.streams.get_mut(&id)
            && stream.body.take().is_some()
        {
            self.pending = self.pending.saturating_sub(stream.header.length as usize);
        }
    }

    /// Reads one chunk's header: the stream and the size of the payload that follows. `None` when more bytes are
    /// needed; nothing is taken then.
    fn read_header(&mut self, input: &mut BytesMut) -> Result<Option<(u32, usize)>, ChunkError> {
        let mut fields = Fields { data: input, taken: 0 };
        let Some((format, id)) = fields.basic_header() else { return Ok(None) };
        let known = self.streams.get(&id);
        let begins = known.is_none_or(|stream| stream.body.is_none());
        let header = if format == 3 {
            let last = known.ok_or(ChunkError::NoHeader(id))?.header;
            fields.continued_header(last, begins)
        } else {
            if !begins {
                return Err(ChunkError::Unfinished(id));
            }
            let last = match known {
                Some(stream) => stream.header,
                None if format == 0 => Header::default(),
                None => return Err(ChunkError::NoHeader(id)),
            };
            fields.message_header(format, last)
        };
        let Some(header) = header else { return Ok(None) };
        let taken = fields.taken;
        let length = header.length as usize;
        if begins {
            if length > self.limits.message {
                return Err(ChunkError::MessageTooLong(length));
            }
            if self.pending + length > self.limits.pending {
                return Err(ChunkError::TooMuchPending);
            }
            if known.is_none() && self.streams.len() >= MAX_CHUNK_STREAMS {
                return Err(ChunkError::TooManyStreams);
            }
            self.pending += length;
            self.streams.insert(id, Incoming { header, body: Some(BytesMut::with_capacity(length)) });
        }
        let held = self.streams.get(&id).and_then(|stream| stream.body.as_ref()).map_or(0, BytesMut::len);
        input.advance(taken);
        Ok(Some((id, (length - held.min(length)).min(self.chunk_size))))
    }
}

/// Reads header fields without taking them.
struct Fields<'a> {
    data: &'a [u8],
    taken: usize,
}

impl Fields<'_> {
    /// A big-endian number of `count` bytes, at most 4.
    fn number(&mut self, count: usize) -> Option<u32> {
        let bytes = self.data.get(self.taken..self.taken + count)?;
        self.taken += count;
        Some(bytes.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
    }

    /// The chunk's format, 0 to 3, and its chunk stream (5.3.1.1).
    fn basic_header(&mut self) -> Option<(u8, u32)> {
        let first = self.number(1)?;
        let id = match first & 0x3f {
            0 => self.number(1)? + 64,
            1 => {
                let low = self.number(1)?;
                self.number(1)? * 256 + low + 64
            }
            id => id,
        };
        Some(((first >> 6) as u8, id))
    }

    /// The header of a message that begins with format 0, 1 or 2 (5.3.1.2).
    fn message_header(&mut self, format: u8, last: Header) -> Option<Header> {
        let time = self.number(3)?;
        let mut header = last;
        if format <= 1 {
            header.length = self.number(3)?;
            header.kind = self.number(1)? as u8;
        }
        if format == 0 {
            let bytes = self.data.get(self.taken..self.taken + 4)?;
            header.stream = bytes.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
            self.taken += 4;
        }
        header.extended = if time == EXTENDED { Some(self.number(4)?) } else { None };
        let time = header.extended.unwrap_or(time);
        header.timestamp = if format == 0 { time } else { last.timestamp.wrapping_add(time) };
        header.delta = time;
        Some(header)
    }

    /// The header of a chunk of format 3: a further chunk of a message, or a message with the last one's delta.
    ///
    /// The extended timestamp is repeated in it; some old encoders leave it out, which shows in a different value.
    fn continued_header(&mut self, last: Header, begins: bool) -> Option<Header> {
        if let Some(extended) = last.extended {
            let before = self.taken;
            if self.number(4)? != extended {
                self.taken = before;
            }
        }
        let timestamp = if begins { last.timestamp.wrapping_add(last.delta) } else { last.timestamp };
        Some(Header { timestamp, ..last })
    }
}

/// Cuts messages into chunks.
#[derive(Debug)]
pub struct ChunkWriter {
    chunk_size: u32,
    last: HashMap<u32, Header>,
}

impl Default for ChunkWriter {
    fn default() -> Self {
        Self { chunk_size: DEFAULT_CHUNK_SIZE, last: HashMap::new() }
    }
}

impl ChunkWriter {
    /// The size of later chunks' payloads, clamped to what RTMP allows; the peer is told by a message of its own.
    pub fn set_chunk_size(&mut self, size: u32) {
        self.chunk_size = size.clamp(1, MAX_CHUNK_SIZE);
    }

    /// Appends a message on chunk stream `id` (2 to 65,599).
    pub fn write(&mut self, out: &mut BytesMut, id: u32, message: &Message) {
        for chunk in self.chunks(id, message) {
            out.put_slice(&chunk);
        }
    }

    /// The message's chunks, with the shortest header that says it. Chunks of different chunk streams may be interleaved
    /// at will; those of one must stay in order.
    pub fn chunks(&mut self, id: u32, message: &Message) -> Vec<Bytes> {
        let (format, header) = self.header(id, message);
        self.last.insert(id, header);
        let mut chunks = Vec::new();
        let mut body = message.body.clone();
        loop {
            let mut out = BytesMut::new();
            let format = if chunks.is_empty() { format } else { 3 };
            put_basic_header(&mut out, format, id);
            let time = header.extended.map_or(header.delta, |_| EXTENDED);
            if format <= 2 {
                out.put_uint(u64::from(time), 3);
            }
            if format <= 1 {
                out.put_uint(u64::from(header.length), 3);
                out.put_u8(header.kind);
            }
            if format == 0 {
                out.put_u32_le(header.stream);
            }
            if let Some(extended) = header.extended {
                out.put_u32(extended);
            }
            out.put_slice(&body.split_to(body.len().min(self.chunk_size as usize)));
            chunks.push(out.freeze());
            if body.is_empty() {
                return chunks;
            }
        }
    }

    fn header(&self, id: u32, message: &Message) -> (u8, Header) {
        let extended = |time: u32| (time >= EXTENDED).then_some(time);
        let full = Header {
            timestamp: message.timestamp,
            delta: message.timestamp,
            extended: extended(message.timestamp),
            length: message.body.len() as u32,
            kind: message.kind,
            stream: message.stream,
        };
        let Some(last) = self.last.get(&id).filter(|last| last.stream == message.stream) else { return (0, full) };
        let Some(delta) = message.timestamp.checked_sub(last.timestamp) else { return (0, full) };
        let short = Header { delta, extended: extended(delta), ..full };
        let format = match (last.length == short.length && last.kind == short.kind, last.delta == delta) {
            (true, true) => 3,
            (true, false) => 2,
            (false, _) => 1,
        };
        (format, short)
    }
}

fn put_basic_header(out: &mut BytesMut, format: u8, id: u32) {
    let format = format << 6;
    match id {
        0..=63 => out.put_u8(format | id as u8),
        64..=319 => out.put_slice(&[format, (id - 64) as u8]),
        _ => {
            out.put_u8(format | 1);
            out.put_u16_le((id - 64) as u16);
        }
    }
}

#[cfg(test)]
mod tests;
