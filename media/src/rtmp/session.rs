//! One encoder's RTMP session, sans-IO: bytes in, events and bytes out.
//!
//! Owns the order of things: handshake, `connect`, `createStream`, `publish`, media, goodbye. It never decides who may
//! publish; it hands the key up as an event and is told.

#![deny(clippy::indexing_slicing)]

use bytes::{Buf, Bytes, BytesMut};

use super::amf0::{self, AmfError, Value};
use super::chunk::{ChunkError, ChunkReader, ChunkWriter, Limits};
use super::handshake::{Handshake, NotRtmp};
use super::message::{Message, kind};

/// The application every encoder connects to: `rtmp://HOST/live`.
const APP: &str = "live";
const OUT_CHUNK_SIZE: u32 = 4_096;
/// Bytes after which either side acknowledges.
const ACK_WINDOW: u32 = 2_500_000;
/// Enhanced RTMP: what is taken, announced on `connect`.
const VIDEO_CODECS: [&str; 4] = ["avc1", "hvc1", "av01", "vp09"];
const AUDIO_CODECS: [&str; 2] = ["mp4a", "Opus"];
/// Enhanced RTMP: a FourCcInfoMask that says "can forward", and a CapsExMask that says "understands ModEx".
const CAN_FORWARD: f64 = 4.0;
const CAPS_MOD_EX: f64 = 4.0;
const CONTROL_CHUNKS: u32 = 2;
const COMMAND_CHUNKS: u32 = 3;
const MAX_NAME: usize = 120;

/// What the encoder wants.
#[derive(Clone, PartialEq)]
pub enum Event {
    /// To publish with this key. Answer by [`Session::accept`] or [`Session::refuse`] before reading on.
    Publish {
        key: String,
        encoder: Option<String>,
    },
    Audio {
        timestamp: u32,
        body: Bytes,
    },
    Video {
        timestamp: u32,
        body: Bytes,
    },
    /// What the encoder calls itself, once it publishes.
    Encoder(String),
    /// The show is over.
    Finished,
}

/// Why a session cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error(transparent)]
    NotRtmp(#[from] NotRtmp),
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    #[error(transparent)]
    Amf(#[from] AmfError),
    #[error("{0}")]
    Protocol(&'static str),
    /// The encoder was told why.
    #[error("refused: {0}")]
    Refused(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Fresh,
    Connected,
    /// Asked to publish on this message stream, not answered yet.
    Asking(u32),
    Publishing(u32),
}

pub struct Session {
    handshake: Handshake,
    reader: ChunkReader,
    writer: ChunkWriter,
    out: BytesMut,
    state: State,
    streams: u32,
    encoder: Option<String>,
    window: u32,
    received: u64,
    acknowledged: u64,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            handshake: Handshake::AwaitsHello,
            reader: ChunkReader::default(),
            writer: ChunkWriter::default(),
            out: BytesMut::new(),
            state: State::Fresh,
            streams: 0,
            encoder: None,
            window: ACK_WINDOW,
            received: 0,
            acknowledged: 0,
        }
    }
}

impl Session {
    /// Takes bytes from `input` up to the next event. `None` when more bytes are needed. After an error what is left to
    /// [send](Self::output) must still go out, then the connection be closed.
    pub fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Event>, SessionError> {
        if !self.handshake.advance(input, &mut self.out)? {
            return Ok(None);
        }
        loop {
            let before = input.len();
            let message = self.reader.read(input)?;
            self.received += (before - input.len()) as u64;
            if self.received - self.acknowledged >= u64::from(self.window) {
                self.acknowledged = self.received;
                self.control(&Message::acknowledgement(self.received as u32));
            }
            let Some(message) = message else { return Ok(None) };
            if let Some(event) = self.handle(message)? {
                return Ok(Some(event));
            }
        }
    }

    /// What must be sent now, taken out; empty if nothing.
    pub fn output(&mut self) -> BytesMut {
        self.out.split()
    }

    /// The encoder may publish.
    pub fn accept(&mut self) {
        if let State::Asking(stream) = self.state {
            self.state = State::Publishing(stream);
            self.reader.set_limits(Limits::PUBLISHER);
            self.control(&Message::stream_begin(stream));
            self.status(stream, "status", "NetStream.Publish.Start", "The broadcast is on.");
        }
    }

    /// The encoder may not publish, or no longer; it is told `code` and why.
    pub fn refuse(&mut self, code: &str, why: &str) {
        let stream = match self.state {
            State::Asking(stream) | State::Publishing(stream) => stream,
            State::Fresh | State::Connected => 0,
        };
        self.status(stream, "error", code, why);
    }

    fn handle(&mut self, message: Message) -> Result<Option<Event>, SessionError> {
        let publishing = matches!(self.state, State::Publishing(_));
        match message.kind {
            kind::WINDOW_ACK_SIZE => {
                self.window = message.number().filter(|size| *size > 0).unwrap_or(ACK_WINDOW);
            }
            kind::USER_CONTROL => {
                if let Some(pong) = message.pong() {
                    self.control(&pong);
                }
            }
            kind::AUDIO if publishing => {
                return Ok(Some(Event::Audio { timestamp: message.timestamp, body: message.body }));
            }
            kind::VIDEO if publishing => {
                return Ok(Some(Event::Video { timestamp: message.timestamp, body: message.body }));
            }
            kind::DATA_AMF0 if publishing => return Ok(self.metadata(&message.body)),
            kind::DATA_AMF3 if publishing => return Ok(self.metadata(message.body.get(1..).unwrap_or_default())),
            kind::COMMAND_AMF0 => return self.command(&message),
            kind::COMMAND_AMF3 => {
                // An AMF3 command begins with a format byte; format 0 is AMF0, and that is what encoders send.
                let mut message = message;
                message.body.advance(message.body.len().min(1));
                return self.command(&message);
            }
            _ => {}
        }
        Ok(None)
    }

    /// `@setDataFrame`, `onMetaData`, properties. Of these only the encoder's name matters: the rest is in the media.
    fn metadata(&mut self, body: &[u8]) -> Option<Event> {
        let values = amf0::read_all(body).ok()?;
        let name = values.iter().find_map(|value| value.get("encoder")).and_then(Value::as_str).and_then(clean_name)?;
        (self.encoder.as_ref() != Some(&name)).then(|| {
            self.encoder = Some(name.clone());
            Event::Encoder(name)
        })
    }

    fn command(&mut self, message: &Message) -> Result<Option<Event>, SessionError> {
        let values = amf0::read_all(&message.body)?;
        let mut values = values.into_iter();
        let name = values.next().unwrap_or(Value::Null);
        let name = name.as_str().ok_or(SessionError::Protocol("a command has no name"))?;
        let transaction = values.next().and_then(|value| value.as_number()).unwrap_or(0.0);
        let object = values.next().unwrap_or(Value::Null);
        let argument = values.next().unwrap_or(Value::Null);
        match name {
            "connect" => self.connect(transaction, &object)?,
            "createStream" => {
                if self.state == State::Fresh {
                    return Err(SessionError::Protocol("createStream before connect"));
                }
                self.streams = self.streams.saturating_add(1);
                self.result(transaction, Value::Null, Value::Number(f64::from(self.streams)));
            }
            "releaseStream" | "FCPublish" => self.result(transaction, Value::Null, Value::Undefined),
            "publish" => return self.publish(message.stream, &argument).map(Some),
            "play" | "play2" => {
                let why = "Klieg takes RTMP in and does not play it. Watch by WHEP or LL-HLS.";
                self.status(message.stream, "error", "NetStream.Play.Failed", why);
                return Err(SessionError::Refused(why.to_owned()));
            }
            "FCUnpublish" | "closeStream" => return Ok(self.finish(message.stream)),
            "deleteStream" => {
                let stream = argument.as_number().unwrap_or(0.0) as u32;
                return Ok(self.finish(stream));
            }
            _ => {}
        }
        Ok(None)
    }

    fn connect(&mut self, transaction: f64, object: &Value) -> Result<(), SessionError> {
        if self.state != State::Fresh {
            return Err(SessionError::Protocol("connect twice"));
        }
        let app = object.get("app").and_then(Value::as_str).unwrap_or_default();
        let app = app.split('?').next().unwrap_or_default().trim_matches('/');
        if app != APP {
            let why =
                format!("There is no application of this name; connect to rtmp://HOST/{APP} with the stream key.");
            let info = status("error", "NetConnection.Connect.InvalidApp", &why);
            self.send(0, &[Value::string("_error"), Value::Number(transaction), Value::Null, info]);
            return Err(SessionError::Refused(why));
        }
        self.encoder = object.get("flashVer").and_then(Value::as_str).and_then(clean_name);
        self.state = State::Connected;
        self.control(&Message::window_ack_size(ACK_WINDOW));
        self.control(&Message::set_peer_bandwidth(ACK_WINDOW));
        self.control(&Message::set_chunk_size(OUT_CHUNK_SIZE));
        self.writer.set_chunk_size(OUT_CHUNK_SIZE);

        let mut server = vec![
            ("fmsVer".to_owned(), Value::string("FMS/3,5,7,7009")),
            ("capabilities".to_owned(), Value::Number(31.0)),
            ("mode".to_owned(), Value::Number(1.0)),
        ];
        server.extend(enhanced());
        let mut info = vec![
            ("level".to_owned(), Value::string("status")),
            ("code".to_owned(), Value::string("NetConnection.Connect.Success")),
            ("description".to_owned(), Value::string("Connected.")),
            ("objectEncoding".to_owned(), Value::Number(0.0)),
        ];
        info.extend(enhanced());
        self.result(transaction, Value::Object(server), Value::Object(info));
        Ok(())
    }

    fn publish(&mut self, stream: u32, name: &Value) -> Result<Event, SessionError> {
        match self.state {
            State::Connected => {}
            State::Fresh => return Err(SessionError::Protocol("publish before connect")),
            State::Asking(_) | State::Publishing(_) => return Err(SessionError::Protocol("publish twice")),
        }
        self.state = State::Asking(stream);
        let name = name.as_str().unwrap_or_default();
        let key = name.split('?').next().unwrap_or_default().trim().trim_matches('/');
        if key.is_empty() {
            let why = "The stream name is empty; it must be the stream key.";
            self.refuse("NetStream.Publish.BadName", why);
            return Err(SessionError::Refused(why.to_owned()));
        }
        Ok(Event::Publish { key: key.to_owned(), encoder: self.encoder.clone() })
    }

    /// The encoder's goodbye, if it is about the stream it publishes. `FCUnpublish` comes on message stream 0.
    fn finish(&mut self, stream: u32) -> Option<Event> {
        let State::Publishing(published) = self.state else { return None };
        if stream != published && stream != 0 {
            return None;
        }
        self.state = State::Connected;
        self.status(published, "status", "NetStream.Unpublish.Success", "The broadcast is over.");
        Some(Event::Finished)
    }

    fn result(&mut self, transaction: f64, first: Value, second: Value) {
        self.send(0, &[Value::string("_result"), Value::Number(transaction), first, second]);
    }

    fn status(&mut self, stream: u32, level: &str, code: &str, description: &str) {
        let info = status(level, code, description);
        self.send(stream, &[Value::string("onStatus"), Value::Number(0.0), Value::Null, info]);
    }

    fn send(&mut self, stream: u32, values: &[Value]) {
        let mut body = BytesMut::new();
        for value in values {
            amf0::write(&mut body, value);
        }
        let message = Message { timestamp: 0, kind: kind::COMMAND_AMF0, stream, body: body.freeze() };
        self.writer.write(&mut self.out, COMMAND_CHUNKS, &message);
    }

    fn control(&mut self, message: &Message) {
        self.writer.write(&mut self.out, CONTROL_CHUNKS, message);
    }
}

fn status(level: &str, code: &str, description: &str) -> Value {
    Value::object([
        ("level", Value::string(level)),
        ("code", Value::string(code)),
        ("description", Value::string(description)),
    ])
}

/// What Enhanced RTMP wants to know of a server.
fn enhanced() -> impl Iterator<Item = (String, Value)> {
    let list = VIDEO_CODECS.iter().chain(&AUDIO_CODECS).map(|codec| Value::string(*codec)).collect();
    let map = |codecs: &[&str]| {
        Value::Object(codecs.iter().map(|codec| ((*codec).to_owned(), Value::Number(CAN_FORWARD))).collect())
    };
    [
        ("fourCcList", Value::StrictArray(list)),
        ("videoFourCcInfoMap", map(&VIDEO_CODECS)),
        ("audioFourCcInfoMap", map(&AUDIO_CODECS)),
        ("capsEx", Value::Number(CAPS_MOD_EX)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
}

/// A name fit for logs and pages: no control characters, not long.
fn clean_name(name: &str) -> Option<String> {
    let clean: String = name.chars().filter(|char| !char.is_control()).take(MAX_NAME).collect();
    (!clean.trim().is_empty()).then(|| clean.trim().to_owned())
}

#[cfg(test)]
mod tests;
