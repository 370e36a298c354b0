//! The simple handshake (RTMP 1.0, 5.2), server's side. Every encoder in use accepts it, also those that offer the
//! digest form first.

#![deny(clippy::indexing_slicing)]

use bytes::{Buf, BytesMut};

const VERSION: u8 = 3;
const SIZE: usize = 1_536;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not RTMP: it begins with version {0}, not 3")]
pub struct NotRtmp(u8);

/// Where the handshake stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    AwaitsHello,
    AwaitsEcho,
    Done,
}

impl Handshake {
    /// Takes what the client sent from `input` and appends what it must be answered. True when the handshake is over.
    pub fn advance(&mut self, input: &mut BytesMut, out: &mut BytesMut) -> Result<bool, NotRtmp> {
        if *self == Self::AwaitsHello {
            match input.first() {
                Some(&VERSION) | None => {}
                Some(&other) => return Err(NotRtmp(other)),
            }
            let Some(hello) = input.get(1..=SIZE) else { return Ok(false) };
            let mut own = [0; SIZE];
            // Time and version stay zero: with any other version a client would look for a digest.
            if let Some(random) = own.get_mut(8..) {
                rand::fill(random);
            }
            out.extend_from_slice(&[VERSION]);
            out.extend_from_slice(&own);
            out.extend_from_slice(hello);
            input.advance(1 + SIZE);
            *self = Self::AwaitsEcho;
        }
        if *self == Self::AwaitsEcho {
            if input.len() < SIZE {
                return Ok(false);
            }
            input.advance(SIZE);
            *self = Self::Done;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_completes_however_the_bytes_are_cut() {
        let mut client = vec![VERSION];
        client.extend([7; 2 * SIZE]);
        client.push(42);
        let (mut handshake, mut input, mut out) = (Handshake::AwaitsHello, BytesMut::new(), BytesMut::new());
        for (index, byte) in client.iter().enumerate() {
            input.extend_from_slice(&[*byte]);
            let done = handshake.advance(&mut input, &mut out).unwrap();
            assert_eq!(done, index >= 2 * SIZE);
        }
        assert_eq!((out.len(), input.to_vec()), (1 + 2 * SIZE, vec![42]));
        assert!(out.ends_with(&[7; SIZE]), "the client's own bytes are echoed");
    }

    #[test]
    fn another_protocol_is_refused_at_its_first_byte() {
        let mut input = BytesMut::from(&b"GET / HTTP/1.1"[..]);
        assert!(Handshake::AwaitsHello.advance(&mut input, &mut BytesMut::new()).is_err());
    }
}
