//! VP9: what a keyframe's header says (VP9 Bitstream & Decoding Process Specification, 6.2).

use super::bits::BitReader;
use super::{VideoConfig, VideoSetup};

/// color_space: CS_RGB.
const SRGB: u32 = 7;

/// A video configuration from a keyframe's uncompressed header. `None` if it is no keyframe or cut short.
pub fn config(frame: &[u8]) -> Option<VideoConfig> {
    let mut bits = BitReader::new(frame);
    if bits.bits(2)? != 2 {
        return None; // frame_marker
    }
    let profile = bits.bits(1)? | bits.bits(1)? << 1;
    if profile == 3 {
        bits.skip(1)?;
    }
    let (show_existing, not_key) = (bits.bit()?, bits.bit()?);
    bits.skip(2)?; // show_frame, error_resilient_mode
    if show_existing || not_key || bits.bits(24)? != 0x49_8342 {
        return None;
    }
    if profile >= 2 {
        bits.skip(1)?; // ten_or_twelve_bit
    }
    if bits.bits(3)? == SRGB {
        if profile & 1 == 1 {
            bits.skip(1)?;
        }
    } else {
        bits.skip(1)?; // color_range
        if profile & 1 == 1 {
            bits.skip(3)?; // subsampling, reserved
        }
    }
    let (width, height) = (bits.bits(16)? + 1, bits.bits(16)? + 1);
    Some(VideoConfig { width, height, setup: VideoSetup::Vp9 { profile: profile as u8 } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_keyframe_tells_its_size() {
        // Profile 0, shown keyframe, BT.601, 320x180.
        let frame = [0x82, 0x49, 0x83, 0x42, 0x20, 0x13, 0xf0, 0x0b, 0x30];
        let config = config(&frame).unwrap();
        assert_eq!((config.width, config.height, config.setup), (320, 180, VideoSetup::Vp9 { profile: 0 }));
    }

    proptest! {
        #[test]
        fn garbage_never_panics(data: Vec<u8>) {
            let _ = config(&data);
        }
    }
}
