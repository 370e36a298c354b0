//! The `clock` overlay: the time of composing a frame as one row of 40 squares, black 0 and white 1, from the picture's top
//! left corner, each 1/80 of the picture's width.
//!
//! Bits: 1, 0, then Unix time in milliseconds modulo 2^32 (32 bits, most significant first), then the number of ones among
//! those 32 bits (6 bits). A program reads it from a decoded picture and knows how old the picture is.

use std::time::{SystemTime, UNIX_EPOCH};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_video as gst_video;
use gstreamer_video::prelude::*;

/// Squares in the row.
pub const SQUARES: usize = 40;
/// Squares that would fill the picture's width.
const PER_WIDTH: usize = 80;
const BLACK: u8 = 16;
const WHITE: u8 = 235;
const NEUTRAL: u8 = 128;

/// Unix time in milliseconds modulo 2^32.
pub fn stamp(time: SystemTime) -> u32 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u32)
}

fn bits(stamp: u32) -> u64 {
    (0b10 << 38) | (u64::from(stamp) << 6) | u64::from(stamp.count_ones())
}

/// First column of square `index` in a picture `width` wide.
fn edge(index: usize, width: usize) -> usize {
    index * width / PER_WIDTH
}

/// Draws `stamp` into a picture's luma plane (8 bits, limited range) of `width` columns and rows `stride` bytes apart.
///
/// A picture narrower than 80 pixels or lower than one square is left as it is.
pub fn draw(luma: &mut [u8], stride: usize, width: usize, stamp: u32) {
    fill(luma, stride, width, width / PER_WIDTH, |index| {
        if bits(stamp) >> (SQUARES - 1 - index) & 1 == 1 { WHITE } else { BLACK }
    });
}

/// Makes the squares grey: for a chroma plane, with its own `width` and `stride`, and the squares' height in its rows.
fn neutralise(chroma: &mut [u8], stride: usize, width: usize, height: usize) {
    fill(chroma, stride, width, height, |_| NEUTRAL);
}

fn fill(plane: &mut [u8], stride: usize, width: usize, height: usize, value: impl Fn(usize) -> u8) {
    if stride < width || stride == 0 {
        return;
    }
    for row in plane.chunks_mut(stride).take(height) {
        for index in 0..SQUARES {
            if let Some(square) = row.get_mut(edge(index, width)..edge(index + 1, width)) {
                square.fill(value(index));
            }
        }
    }
}

/// Reads a stamp from a luma plane. `None` if there is none, or it is damaged.
///
/// Each square is judged by the mean of its inner part, so that scaling and encoding may blur its edges.
pub fn read(luma: &[u8], stride: usize, width: usize) -> Option<u32> {
    let side = width / PER_WIDTH;
    if side == 0 {
        return None;
    }
    let margin = side / 4;
    let mut word = 0u64;
    for index in 0..SQUARES {
        let (mut sum, mut count) = (0u32, 0u32);
        for row in margin..side - margin {
            let start = row * stride;
            let inner = luma.get(start + edge(index, width) + margin..start + edge(index + 1, width) - margin)?;
            sum += inner.iter().map(|&pixel| u32::from(pixel)).sum::<u32>();
            count += inner.len() as u32;
        }
        word = word << 1 | u64::from(sum > count * 128);
    }
    let stamp = (word >> 6) as u32;
    (word == bits(stamp)).then_some(stamp)
}

/// Draws the time of day into every I420 frame that passes `pad`.
pub(crate) fn install(pad: &gst::Pad, info: gst_video::VideoInfo) {
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, probe| {
        if let Some(buffer) = probe.buffer_mut() {
            stamp_frame(buffer.make_mut(), &info);
        }
        gst::PadProbeReturn::Ok
    });
}

fn stamp_frame(buffer: &mut gst::BufferRef, info: &gst_video::VideoInfo) {
    let Ok(mut frame) = gst_video::VideoFrameRef::from_buffer_ref_writable(buffer, info) else {
        return;
    };
    let width = info.width() as usize;
    for plane in 0..frame.n_planes() {
        let Some(stride) = frame.plane_stride().get(plane as usize).and_then(|&s| usize::try_from(s).ok()) else {
            return;
        };
        let Ok(data) = frame.plane_data_mut(plane) else { return };
        if plane == 0 {
            draw(data, stride, width, stamp(SystemTime::now()));
        } else {
            neutralise(data, stride, width / 2, (width / PER_WIDTH).div_ceil(2));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_drawn_is_read_at_any_width() {
        for width in [80, 160, 426, 640, 1278, 1280, 1920, 3840] {
            let stride = width + 8;
            let mut luma = vec![90; stride * 60];
            for stamp in [0, 1, 0x8000_0001, 1_234_567_890, u32::MAX] {
                draw(&mut luma, stride, width, stamp);
                assert_eq!(read(&luma, stride, width), Some(stamp), "{width} wide");
            }
        }
    }

    #[test]
    fn the_first_squares_are_white_and_black() {
        let mut luma = vec![90; 1280 * 20];
        draw(&mut luma, 1280, 1280, 0);
        assert_eq!((luma[0], luma[15], luma[16], luma[31]), (WHITE, WHITE, BLACK, BLACK));
        assert_eq!((luma[1280 * 15], luma[1280 * 16], luma[640]), (WHITE, 90, 90));
    }

    #[test]
    fn a_damaged_or_absent_clock_is_not_read() {
        let mut luma = vec![16; 1280 * 20];
        assert_eq!(read(&luma, 1280, 1280), None);
        draw(&mut luma, 1280, 1280, 77);
        let square = 16 * 10;
        for row in 0..16 {
            let start = row * 1280 + square;
            let flipped = if luma[start] == WHITE { BLACK } else { WHITE };
            luma[start..start + 16].fill(flipped);
        }
        assert_eq!(read(&luma, 1280, 1280), None);
        assert_eq!(read(&luma[..1280], 1280, 1280), None);
    }

    #[test]
    fn the_stamp_is_unix_time_in_milliseconds() {
        assert_eq!(stamp(UNIX_EPOCH + Duration::from_millis(u64::from(u32::MAX) + 6)), 5);
    }
}
