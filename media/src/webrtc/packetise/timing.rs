//! Units that only time or pad a stream: delimiters, filler, and the SEI messages of the buffering model.
//!
//! A WebRTC player goes by the times of RTP and drops them unread. Encoders at a constant bitrate put some into every
//! frame, and each would be a packet of its own.

use crate::codec::bits::unescape;

/// Whether an H.264 NAL unit is such a one (ITU-T H.264, table 7-1).
pub(super) fn h264(unit: &[u8]) -> bool {
    match unit.split_first() {
        Some((header, body)) => match header & 0x1f {
            9 | 12 => true,
            6 => only_buffering(body),
            _ => false,
        },
        None => true,
    }
}

/// Whether an HEVC NAL unit is such a one (ITU-T H.265, table 7-1).
pub(super) fn hevc(unit: &[u8]) -> bool {
    match unit {
        [first, _, body @ ..] => match first >> 1 & 0x3f {
            35 | 38 => true,
            39 => only_buffering(body),
            _ => false,
        },
        _ => true,
    }
}

/// Whether all of an SEI unit's messages are buffering periods (type 0) or picture timing (type 1). False if they cannot
/// be told (ITU-T H.264, 7.3.2.3.1).
fn only_buffering(escaped: &[u8]) -> bool {
    let messages = unescape(escaped);
    let mut rest = &*messages;
    loop {
        match message(rest) {
            Some((0 | 1, [] | [0x80])) => return true,
            Some((0 | 1, next)) => rest = next,
            _ => return false,
        }
    }
}

/// An SEI message's type and what follows the message.
fn message(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (kind, bytes) = number(bytes)?;
    let (size, bytes) = number(bytes)?;
    Some((kind, bytes.get(size..)?))
}

/// Bytes of 255 and one that is less, added up.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let more = bytes.iter().take_while(|&&byte| byte == 0xff).count();
    let (&last, rest) = bytes.get(more..)?.split_first()?;
    Some((more * 255 + usize::from(last), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_only_times_is_told_from_what_is_shown() {
        assert!(h264(&[0x09, 0xf0]), "a delimiter");
        assert!(h264(&[0x0c, 0xff, 0xff, 0x80]), "filler");
        assert!(h264(&[0x06, 0, 1, 0xaa, 1, 2, 3, 4, 0x80]), "a buffering period and picture timing");
        assert!(!h264(&[0x06, 1, 1, 0xaa, 4, 2, 0xb5, 0, 0x80]), "captions beside picture timing");
        assert!(!h264(&[0x06, 5, 1, 7, 0x80]), "an encoder's own words");
        assert!(!h264(&[0x65, 9]), "a slice");
        assert!(hevc(&[35 << 1, 1, 0x50]), "a delimiter of HEVC");
        assert!(hevc(&[39 << 1, 1, 1, 1, 9, 0x80]), "picture timing of HEVC");
        assert!(!hevc(&[39 << 1, 1, 137, 1, 9, 0x80]), "the mastering display");
    }

    proptest! {
        #[test]
        fn garbage_never_panics(unit: Vec<u8>) {
            let _ = (h264(&unit), hevc(&unit));
        }
    }
}
