//! RTMP messages: type numbers, and the bodies of protocol control messages (RTMP 1.0, 5.4 and 6.2).

#![deny(clippy::indexing_slicing)]

use bytes::{BufMut, Bytes, BytesMut};

/// Message types.
pub mod kind {
    pub const SET_CHUNK_SIZE: u8 = 1;
    pub const ABORT: u8 = 2;
    pub const ACKNOWLEDGEMENT: u8 = 3;
    pub const USER_CONTROL: u8 = 4;
    pub const WINDOW_ACK_SIZE: u8 = 5;
    pub const SET_PEER_BANDWIDTH: u8 = 6;
    pub const AUDIO: u8 = 8;
    pub const VIDEO: u8 = 9;
    pub const DATA_AMF3: u8 = 15;
    pub const COMMAND_AMF3: u8 = 17;
    pub const DATA_AMF0: u8 = 18;
    pub const COMMAND_AMF0: u8 = 20;
}

const EVENT_STREAM_BEGIN: u16 = 0;
const EVENT_PING_REQUEST: u16 = 6;
const EVENT_PING_RESPONSE: u16 = 7;

/// A whole message, put together from its chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Milliseconds of the sender's clock, wrapping at 32 bits.
    pub timestamp: u32,
    pub kind: u8,
    pub stream: u32,
    pub body: Bytes,
}

impl Message {
    fn control(kind: u8, body: impl FnOnce(&mut BytesMut)) -> Self {
        let mut out = BytesMut::new();
        body(&mut out);
        Self { timestamp: 0, kind, stream: 0, body: out.freeze() }
    }

    pub fn set_chunk_size(size: u32) -> Self {
        Self::control(kind::SET_CHUNK_SIZE, |out| out.put_u32(size))
    }

    /// `received` bytes have arrived, modulo 2^32.
    pub fn acknowledgement(received: u32) -> Self {
        Self::control(kind::ACKNOWLEDGEMENT, |out| out.put_u32(received))
    }

    pub fn window_ack_size(size: u32) -> Self {
        Self::control(kind::WINDOW_ACK_SIZE, |out| out.put_u32(size))
    }

    /// Limit type 2, dynamic.
    pub fn set_peer_bandwidth(size: u32) -> Self {
        Self::control(kind::SET_PEER_BANDWIDTH, |out| {
            out.put_u32(size);
            out.put_u8(2);
        })
    }

    pub fn stream_begin(stream: u32) -> Self {
        Self::control(kind::USER_CONTROL, |out| {
            out.put_u16(EVENT_STREAM_BEGIN);
            out.put_u32(stream);
        })
    }

    /// The answer to a ping, if this is one.
    pub fn pong(&self) -> Option<Self> {
        let (event, payload) = self.body.split_first_chunk()?;
        (self.kind == kind::USER_CONTROL && u16::from_be_bytes(*event) == EVENT_PING_REQUEST).then(|| {
            Self::control(kind::USER_CONTROL, |out| {
                out.put_u16(EVENT_PING_RESPONSE);
                out.put_slice(payload.get(..4).unwrap_or(payload));
            })
        })
    }

    /// The body's first four bytes as a number: what most control messages consist of.
    pub fn number(&self) -> Option<u32> {
        self.body.first_chunk().copied().map(u32::from_be_bytes)
    }
}
