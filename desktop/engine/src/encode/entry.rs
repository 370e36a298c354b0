//! Whether a decoder can begin with an access unit.
//!
//! `h264parse` also calls pictures keyframes that are only coded without reference to others, as x264 makes them at a change of
//! scene: frames behind them may reach further back, and they bring no parameter sets. A file or a viewer that begins there
//! has no picture until the next real one.

use gstreamer as gst;

/// Whether everything from `buffer` on can be decoded. H.264 and HEVC are byte streams.
pub(super) fn is_entry(buffer: &gst::BufferRef, caps: &gst::CapsRef) -> bool {
    if buffer.flags().contains(gst::BufferFlags::DELTA_UNIT) {
        return false;
    }
    let Ok(data) = buffer.map_readable() else { return false };
    match caps.structure(0).map(|format| format.name().as_str()) {
        Some("video/x-h264") => {
            headers(&data).map(|header| header & 0x1f).find(|kind| (1..=5).contains(kind)) == Some(5)
        }
        Some("video/x-h265") => {
            let first = headers(&data).map(|header| header >> 1 & 0x3f).find(|kind| *kind < 32);
            first.is_some_and(|kind| (16..=23).contains(&kind))
        }
        _ => true,
    }
}

/// The first byte of each NAL unit (ITU-T H.264, annex B).
fn headers(stream: &[u8]) -> impl Iterator<Item = u8> {
    stream.windows(4).filter_map(|window| match window {
        [0, 0, 1, header] => Some(*header),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(format: &str, flags: gst::BufferFlags, units: &[u8]) -> bool {
        gst::init().unwrap();
        let data: Vec<u8> = units.iter().flat_map(|header| [0, 0, 0, 1, *header, 0x80, 7]).collect();
        let mut buffer = gst::Buffer::from_slice(data);
        buffer.get_mut().unwrap().set_flags(flags);
        is_entry(&buffer, &gst::Caps::new_empty_simple(format))
    }

    #[test]
    fn a_picture_that_only_looks_like_a_keyframe_is_none() {
        let none = gst::BufferFlags::empty();
        // Delimiter, parameter sets, IDR.
        assert!(is("video/x-h264", none, &[0x09, 0x67, 0x68, 0x65]));
        assert!(is("video/x-h264", none, &[0x65, 0x65]));
        assert!(!is("video/x-h264", none, &[0x09, 0x61]), "coded by itself, but no IDR");
        assert!(!is("video/x-h264", none, &[]));
        assert!(!is("video/x-h264", gst::BufferFlags::DELTA_UNIT, &[0x65]));
        assert!(is("video/x-h265", none, &[0x40, 0x42, 0x44, 0x26]));
        assert!(!is("video/x-h265", none, &[0x02]));
        assert!(is("video/x-av1", none, &[]));
        assert!(is("audio/mpeg", none, &[]));
    }
}
