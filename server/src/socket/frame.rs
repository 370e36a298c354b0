//! WebSocket frames (RFC 6455 section 5), a server's side of them.
//!
//! What a server sends is not masked, so one frame, built once, is the same bytes for every client: that is why this is here
//! and not a library that frames each message for each connection. What clients send is assembled message by message; a
//! connection holds memory only for a message that is not complete yet.

use bytes::{BufMut, Bytes, BytesMut};
use klieg_api::live::{Closing, Frame, MAX_REQUEST};

const FINAL: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;
const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;
/// The largest payload of a control frame (section 5.5).
const MAX_CONTROL: usize = 125;

/// A text frame of a payload.
pub fn text(frame: &Frame) -> Bytes {
    let mut payload = Vec::with_capacity(512);
    // The types are plain data with string keys, which always serialise.
    let _ = serde_json::to_writer(&mut payload, frame);
    encode(TEXT, &payload)
}

/// A close frame.
pub fn close(closing: Closing) -> Bytes {
    let reason = closing.reason().as_bytes();
    let mut payload = Vec::with_capacity(2 + reason.len());
    payload.put_u16(closing.code());
    payload.extend_from_slice(reason);
    encode(CLOSE, &payload)
}

/// A ping, which programs answer; and the same in text, because pages do not see pings.
pub fn heartbeat() -> Bytes {
    Bytes::from([&[FINAL | PING, 0], text(&Frame::Heartbeat).as_ref()].concat())
}

pub fn pong(payload: &[u8]) -> Bytes {
    encode(PONG, payload)
}

fn encode(opcode: u8, payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(payload.len() + 10);
    frame.put_u8(FINAL | opcode);
    match payload.len() {
        length @ 0..=125 => frame.put_u8(length as u8),
        length @ 126..=0xffff => {
            frame.put_u8(126);
            frame.put_u16(length as u16);
        }
        length => {
            frame.put_u8(127);
            frame.put_u64(length as u64);
        }
    }
    frame.extend_from_slice(payload);
    frame.freeze()
}

/// What a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    Text(String),
    /// To be answered with a pong of the same payload.
    Ping(Vec<u8>),
    Pong,
    /// The client closes.
    Close,
}

/// Assembles what a client sends. After an error the connection is to be closed with it.
#[derive(Debug, Default)]
pub struct Decoder {
    /// Bytes of a frame that is not complete.
    partial: Vec<u8>,
    /// The text so far of a message in several frames.
    message: Option<Vec<u8>>,
}

impl Decoder {
    /// Takes bytes in, and gives out what is complete.
    pub fn feed(&mut self, mut bytes: &[u8], mut take: impl FnMut(Incoming)) -> Result<(), Closing> {
        if !self.partial.is_empty() {
            self.partial.extend_from_slice(bytes);
            let whole = std::mem::take(&mut self.partial);
            let rest = self.frames(&whole, &mut take)?;
            self.partial = rest.to_vec();
            return Ok(());
        }
        bytes = self.frames(bytes, &mut take)?;
        if !bytes.is_empty() {
            self.partial = bytes.to_vec();
        }
        Ok(())
    }

    /// Reads whole frames; returns what is left.
    fn frames<'a>(&mut self, mut bytes: &'a [u8], take: &mut impl FnMut(Incoming)) -> Result<&'a [u8], Closing> {
        while let Some((header, length)) = header(bytes)? {
            let end = header.size + length;
            let Some(masked) = bytes.get(header.size..end) else { break };
            let payload: Vec<u8> =
                masked.iter().zip(header.mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
            bytes = bytes.get(end..).unwrap_or_default();
            if let Some(incoming) = self.frame(&header, payload)? {
                take(incoming);
            }
        }
        Ok(bytes)
    }

    fn frame(&mut self, header: &Header, payload: Vec<u8>) -> Result<Option<Incoming>, Closing> {
        match header.opcode {
            PING => return Ok(Some(Incoming::Ping(payload))),
            PONG => return Ok(Some(Incoming::Pong)),
            // A payload is either empty or begins with a code (section 5.5.1).
            CLOSE if payload.len() == 1 => return Err(Closing::Protocol),
            CLOSE => return Ok(Some(Incoming::Close)),
            TEXT if self.message.is_none() => self.message = Some(payload),
            CONTINUATION => {
                let message = self.message.as_mut().ok_or(Closing::Protocol)?;
                if message.len() + payload.len() > MAX_REQUEST {
                    return Err(Closing::TooLarge);
                }
                message.extend_from_slice(&payload);
            }
            BINARY => return Err(Closing::NotText),
            _ => return Err(Closing::Protocol),
        }
        if !header.is_final {
            return Ok(None);
        }
        let message = self.message.take().unwrap_or_default();
        String::from_utf8(message).map(|text| Some(Incoming::Text(text))).map_err(|_| Closing::NotUtf8)
    }
}

struct Header {
    is_final: bool,
    opcode: u8,
    mask: [u8; 4],
    /// Bytes before the payload.
    size: usize,
}

/// The header at the beginning of `bytes` and the length of the payload, once all of the header is there.
fn header(bytes: &[u8]) -> Result<Option<(Header, usize)>, Closing> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let (is_final, opcode) = (first & FINAL != 0, first & 0x0f);
    // No extension was agreed on, and clients mask (sections 5.1 and 5.2).
    if first & RESERVED != 0 || second & MASKED == 0 {
        return Err(Closing::Protocol);
    }
    let short = usize::from(second & 0x7f);
    let is_control = opcode & 0x8 != 0;
    if is_control && (!is_final || short > MAX_CONTROL) {
        return Err(Closing::Protocol);
    }
    let (length, rest, size) = match short {
        126 => {
            let Some((length, rest)) = rest.split_first_chunk() else { return Ok(None) };
            (usize::from(u16::from_be_bytes(*length)), rest, 4)
        }
        127 => {
            let Some((length, rest)) = rest.split_first_chunk() else { return Ok(None) };
            (usize::try_from(u64::from_be_bytes(*length)).unwrap_or(usize::MAX), rest, 10)
        }
        length => (length, rest, 2),
    };
    if length > MAX_REQUEST {
        return Err(Closing::TooLarge);
    }
    let Some((mask, _)) = rest.split_first_chunk() else { return Ok(None) };
    Ok(Some((Header { is_final, opcode, mask: *mask, size: size + 4 }, length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn masked(first: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
        let frame = encode(first & 0x0f, payload);
        let header = frame.len() - payload.len();
        let mut out = frame[..header].to_vec();
        out[0] = first;
        out[1] |= MASKED;
        out.extend_from_slice(&mask);
        out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
        out
    }

    fn read(bytes: &[u8]) -> Result<Vec<Incoming>, Closing> {
        let mut all = Vec::new();
        Decoder::default().feed(bytes, |incoming| all.push(incoming))?;
        Ok(all)
    }

    #[test]
    fn a_message_may_come_in_pieces_with_a_ping_between() {
        let mut bytes = masked(TEXT, "Hel".as_bytes(), [1, 2, 3, 4]);
        bytes.extend(masked(FINAL | PING, b"?", [9; 4]));
        bytes.extend(masked(FINAL | CONTINUATION, "lo".as_bytes(), [0; 4]));
        assert_eq!(read(&bytes).unwrap(), [Incoming::Ping(b"?".to_vec()), Incoming::Text("Hello".into())]);
    }

    #[test]
    fn what_a_client_must_not_send_names_its_close_code() {
        let unmasked = encode(TEXT, b"x");
        let mut endless = vec![FINAL | TEXT, MASKED | 127];
        endless.extend([0xff; 8]);
        let mut begun_twice = masked(TEXT, b"x", [0; 4]);
        begun_twice.extend(masked(FINAL | TEXT, b"x", [0; 4]));
        let cases: [(Vec<u8>, Closing); 12] = [
            (unmasked.to_vec(), Closing::Protocol),
            (masked(FINAL | BINARY, b"x", [0; 4]), Closing::NotText),
            (masked(FINAL | CONTINUATION, b"x", [0; 4]), Closing::Protocol),
            (masked(FINAL | 0x40 | TEXT, b"x", [0; 4]), Closing::Protocol),
            (masked(FINAL | TEXT, &[0xff], [0; 4]), Closing::NotUtf8),
            (masked(PING, b"", [0; 4]), Closing::Protocol),
            (masked(FINAL | CLOSE, b"x", [0; 4]), Closing::Protocol),
            (masked(FINAL | TEXT, &vec![b'x'; MAX_REQUEST + 1], [0; 4]), Closing::TooLarge),
            (endless, Closing::TooLarge),
            (begun_twice, Closing::Protocol),
            (masked(FINAL | 0x3, b"x", [0; 4]), Closing::Protocol),
            (masked(FINAL | 0xb, b"x", [0; 4]), Closing::Protocol),
        ];
        for (bytes, closing) in cases {
            assert_eq!(read(&bytes), Err(closing));
        }
    }

    #[test]
    fn an_endless_message_is_refused_before_it_is_held() {
        let mut decoder = Decoder::default();
        let mut outcome = decoder.feed(&masked(TEXT, &[b'x'; 1000], [0; 4]), |_| ());
        for _ in 0..20 {
            outcome = outcome.and_then(|()| decoder.feed(&masked(CONTINUATION, &[b'x'; 1000], [0; 4]), |_| ()));
        }
        assert_eq!(outcome, Err(Closing::TooLarge));
    }

    proptest! {
        #[test]
        fn however_the_bytes_are_cut_the_messages_are_the_same(
            texts in proptest::collection::vec(".{0,200}", 1..6),
            mask in any::<[u8; 4]>(),
            cuts in proptest::collection::vec(1_usize..40, 1..40),
        ) {
            let bytes: Vec<u8> =
                texts.iter().flat_map(|text| masked(FINAL | TEXT, text.as_bytes(), mask)).collect();
            let (mut decoder, mut got, mut rest) = (Decoder::default(), Vec::new(), bytes.as_slice());
            for cut in cuts.into_iter().cycle() {
                let (head, tail) = rest.split_at(cut.min(rest.len()));
                decoder.feed(head, |incoming| got.push(incoming)).unwrap();
                rest = tail;
                if rest.is_empty() { break; }
            }
            let expected: Vec<Incoming> = texts.into_iter().map(Incoming::Text).collect();
            prop_assert_eq!(got, expected);
            prop_assert!(decoder.partial.is_empty());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
        }
    }
}
