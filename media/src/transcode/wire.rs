//! What the server and `klieg-transcoder` say to each other over their socket. Sans-IO: bytes in, messages out.
//!
//! Every message is its length in 4 bytes (of what follows), one byte that names it, and a fixed layout per kind, all
//! numbers big-endian. A frame's payload is the rest of its message, so it is written from the [`Bytes`] it lives in and
//! read as a slice of the receive buffer. Both ends come from one build; [`VERSION`] only tells a stale file apart.

#![deny(clippy::indexing_slicing)]

mod layout;
#[cfg(test)]
mod tests;

use bytes::{Buf, BufMut, Bytes, BytesMut, TryGetError};

use layout::{get_config, get_target, put_config, put_target};

use crate::codec::TrackConfig;
use crate::time::{MediaTime, WallTime};

/// Changes with every change of the layout.
pub const VERSION: u16 = 1;
/// A coded picture is never larger.
pub const MAX_PAYLOAD: usize = 16 << 20;
/// A message may hold this much beside a payload.
const MAX_FIELDS: usize = 256 << 10;
/// The length and the kind.
const HEADER: usize = 5;

/// One message, either way.
///
/// The server feeds tracks (a rendition it subscribed to, numbered by it) and starts and stops renditions, each made
/// from one track. The transcoder answers with `Config` and `Frame` whose track is the rendition's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The first message of either side.
    Hello {
        version: u16,
    },
    /// Server: make a rendition from a track.
    Start {
        rendition: u16,
        track: u16,
        target: Target,
    },
    /// Server: make it no longer.
    Stop {
        rendition: u16,
    },
    /// Server: the next picture of this rendition shall be a keyframe.
    Keyframe {
        rendition: u16,
    },
    /// What the track's following frames are.
    Config {
        track: u16,
        config: TrackConfig,
    },
    Frame {
        track: u16,
        frame: CodedFrame,
    },
    /// Transcoder: how a rendition is doing, about once a second.
    Stats {
        rendition: u16,
        stats: Stats,
    },
    /// Transcoder: this rendition cannot be made on this machine, and why.
    Failed {
        rendition: u16,
        reason: String,
    },
    /// No more messages follow.
    Bye,
}

/// What a rendition is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// 48 kHz stereo in frames of 20 ms; bits a second.
    Opus { bitrate: u32 },
    /// AAC-LC, 48 kHz stereo in frames of 1,024 samples; bits a second.
    Aac { bitrate: u32 },
    /// H.264 without B-frames.
    H264(H264Target),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct H264Target {
    /// Pixels; 0 as the source.
    pub width: u16,
    pub height: u16,
    /// Bits a second.
    pub bitrate: u32,
    /// Pictures before this place are decoded, not encoded: what a viewer who joins now need not see.
    pub from: MediaTime,
}

/// A [`Frame`](crate::frame::Frame) without its configuration, which travels apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodedFrame {
    pub pts: MediaTime,
    pub dts: MediaTime,
    pub captured: WallTime,
    pub keyframe: bool,
    pub epoch: u32,
    pub payload: Bytes,
}

/// Counts since the rendition was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub frames_in: u64,
    pub frames_out: u64,
    /// Frames left out because decoding or encoding was too slow.
    pub dropped: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    #[error("a message of {0} bytes is too long")]
    TooLong(usize),
    #[error("a message is cut short or holds nonsense")]
    Malformed,
    #[error("there is no message of kind {0}")]
    UnknownKind(u8),
}

impl From<TryGetError> for WireError {
    fn from(_: TryGetError) -> Self {
        Self::Malformed
    }
}

const HELLO: u8 = 1;
const START: u8 = 2;
const STOP: u8 = 3;
const KEYFRAME: u8 = 4;
const CONFIG: u8 = 5;
const FRAME: u8 = 6;
const STATS: u8 = 7;
const FAILED: u8 = 8;
const BYE: u8 = 9;

impl Message {
    /// The bytes before the payload, and the payload (empty unless this is a frame): write one after the other.
    pub fn encode(&self) -> (Bytes, Bytes) {
        let mut out = BytesMut::with_capacity(64);
        out.put_u32(0);
        let mut payload = Bytes::new();
        match self {
            Self::Hello { version } => {
                out.put_u8(HELLO);
                out.put_u16(*version);
            }
            Self::Start { rendition, track, target } => {
                out.put_u8(START);
                out.put_u16(*rendition);
                out.put_u16(*track);
                put_target(&mut out, target);
            }
            Self::Stop { rendition } => {
                out.put_u8(STOP);
                out.put_u16(*rendition);
            }
            Self::Keyframe { rendition } => {
                out.put_u8(KEYFRAME);
                out.put_u16(*rendition);
            }
            Self::Config { track, config } => {
                out.put_u8(CONFIG);
                out.put_u16(*track);
                put_config(&mut out, config);
            }
            Self::Frame { track, frame } => {
                out.put_u8(FRAME);
                out.put_u16(*track);
                out.put_i64(frame.pts.nanos());
                out.put_i64(frame.dts.nanos());
                out.put_i64(frame.captured.micros());
                out.put_u8(u8::from(frame.keyframe));
                out.put_u32(frame.epoch);
                payload = frame.payload.clone();
            }
            Self::Stats { rendition, stats } => {
                out.put_u8(STATS);
                out.put_u16(*rendition);
                out.put_u64(stats.frames_in);
                out.put_u64(stats.frames_out);
                out.put_u64(stats.dropped);
            }
            Self::Failed { rendition, reason } => {
                out.put_u8(FAILED);
                out.put_u16(*rendition);
                out.put_slice(reason.as_bytes());
            }
            Self::Bye => out.put_u8(BYE),
        }
        let length = (out.len() - 4 + payload.len()) as u32;
        if let Some(field) = out.get_mut(..4) {
            field.copy_from_slice(&length.to_be_bytes());
        }
        (out.freeze(), payload)
    }
}

/// Finds messages in what a socket gives.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: BytesMut,
}

impl Decoder {
    /// Where to append what was read. Payloads given out stay valid: they are slices of older bytes.
    pub fn buffer(&mut self) -> &mut BytesMut {
        self.buffer.reserve(64 << 10);
        &mut self.buffer
    }

    /// The next message, if it is complete. After an error nothing that follows can be understood.
    #[expect(clippy::should_implement_trait, reason = "an iterator would end at the first incomplete message")]
    pub fn next(&mut self) -> Result<Option<Message>, WireError> {
        let Some(mut header) = self.buffer.get(..HEADER) else { return Ok(None) };
        let length = header.try_get_u32()? as usize;
        let kind = header.try_get_u8()?;
        if length == 0 {
            return Err(WireError::Malformed);
        }
        if length > MAX_FIELDS && (kind != FRAME || length > MAX_FIELDS + MAX_PAYLOAD) {
            return Err(WireError::TooLong(length));
        }
        if self.buffer.len() < length + 4 {
            return Ok(None);
        }
        let mut body = self.buffer.split_to(length + 4).freeze();
        body.advance(HEADER);
        decode(kind, body).map(Some)
    }
}

fn decode(kind: u8, mut body: Bytes) -> Result<Message, WireError> {
    let message = match kind {
        HELLO => Message::Hello { version: body.try_get_u16()? },
        START => Message::Start {
            rendition: body.try_get_u16()?,
            track: body.try_get_u16()?,
            target: get_target(&mut body)?,
        },
        STOP => Message::Stop { rendition: body.try_get_u16()? },
        KEYFRAME => Message::Keyframe { rendition: body.try_get_u16()? },
        CONFIG => Message::Config { track: body.try_get_u16()?, config: get_config(&mut body)? },
        FRAME => {
            let track = body.try_get_u16()?;
            let frame = CodedFrame {
                pts: MediaTime::from_nanos(body.try_get_i64()?),
                dts: MediaTime::from_nanos(body.try_get_i64()?),
                captured: WallTime::from_micros(body.try_get_i64()?),
                keyframe: body.try_get_u8()? != 0,
                epoch: body.try_get_u32()?,
                payload: std::mem::take(&mut body),
            };
            if frame.payload.len() > MAX_PAYLOAD {
                return Err(WireError::TooLong(frame.payload.len()));
            }
            Message::Frame { track, frame }
        }
        STATS => Message::Stats {
            rendition: body.try_get_u16()?,
            stats: Stats {
                frames_in: body.try_get_u64()?,
                frames_out: body.try_get_u64()?,
                dropped: body.try_get_u64()?,
            },
        },
        FAILED => Message::Failed {
            rendition: body.try_get_u16()?,
            reason: String::from_utf8(std::mem::take(&mut body).into()).map_err(|_| WireError::Malformed)?,
        },
        BYE => Message::Bye,
        other => return Err(WireError::UnknownKind(other)),
    };
    if body.has_remaining() { Err(WireError::Malformed) } else { Ok(message) }
}
