//! What a page's process is told, a line of JSON; and what it says, as bytes: a kind, a length, and as many bytes.

use std::io::{self, Read, Write};

use klieg_studio_model::Browser;
use serde::{Deserialize, Serialize};

/// What a page's process shall show.
#[derive(Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) page: Browser,
    /// Pictures a second.
    pub(super) fps: u32,
}

/// Longer than any picture.
const LONGEST: u32 = 4_096 * 4_096 * 4;

/// One thing that a page's process says.
#[derive(Debug, PartialEq)]
pub(crate) enum Told {
    /// Rows of BGRA.
    Picture(Vec<u8>),
    /// The picture is what it was.
    Same,
    /// Stereo, 48 kHz, interleaved floats.
    Sound(Vec<u8>),
    /// Why it ends.
    Trouble(String),
}

impl Told {
    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let (kind, bytes) = match self {
            Self::Picture(bytes) => (b'p', &bytes[..]),
            Self::Same => (b'=', &[][..]),
            Self::Sound(bytes) => (b's', &bytes[..]),
            Self::Trouble(text) => (b'!', text.as_bytes()),
        };
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        to.write_all(&[kind])?;
        to.write_all(&length.to_le_bytes())?;
        to.write_all(bytes)?;
        to.flush()
    }

    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut head = [0; 5];
        from.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        let length = u32::from_le_bytes(length);
        if length > LONGEST {
            return Err(io::Error::other("a length that cannot be"));
        }
        let mut bytes = vec![0; length as usize];
        from.read_exact(&mut bytes)?;
        match kind {
            b'p' => Ok(Self::Picture(bytes)),
            b'=' => Ok(Self::Same),
            b's' => Ok(Self::Sound(bytes)),
            b'!' => Ok(Self::Trouble(String::from_utf8_lossy(&bytes).into_owned())),
            _ => Err(io::Error::other("not what a page's process says")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_heard() {
        let all =
            [Told::Picture(vec![1, 2, 3, 4]), Told::Same, Told::Sound(vec![0; 8]), Told::Trouble("no page".to_owned())];
        let mut bytes = Vec::new();
        for told in &all {
            told.write(&mut bytes).unwrap();
        }
        let mut rest = &bytes[..];
        for told in &all {
            assert_eq!(Told::read(&mut rest).unwrap(), *told);
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn nonsense_is_an_error_and_takes_no_memory() {
        for wrong in [&b""[..], b"p", b"p\x04\0\0\0ab", b"p\xff\xff\xff\xff", b"?\0\0\0\0"] {
            assert!(Told::read(&mut &*wrong).is_err(), "{wrong:?}");
        }
    }
}
