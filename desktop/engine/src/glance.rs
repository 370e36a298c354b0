//! A glance at the programme once a second: whether it is black, and since when nothing has moved.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer_video as gst_video;
use gstreamer_video::prelude::*;
use klieg_studio_model::Canvas;
use parking_lot::Mutex;

use crate::EngineError;
use crate::format::video_caps;

/// Points looked at in each direction.
const ACROSS: usize = 64;
const DOWN: usize = 36;
/// Luma of black (BT.709, 8 bits).
const BLACK: u8 = 16;
/// A point this much above black is seen.
const SEEN: u8 = 12;

/// Looks at a frame when it was asked to.
pub(crate) struct Glance {
    info: gst_video::VideoInfo,
    wanted: AtomicBool,
    last: Mutex<Last>,
}

struct Last {
    points: Vec<u8>,
    moved: Instant,
}

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) black: bool,
    /// How long the picture has been the same to the last bit.
    pub(crate) still: Duration,
}

impl Glance {
    pub(crate) fn new(canvas: Canvas) -> Result<Self, EngineError> {
        Ok(Self {
            info: gst_video::VideoInfo::from_caps(&video_caps(canvas))?,
            wanted: AtomicBool::new(true),
            last: Mutex::new(Last { points: Vec::new(), moved: Instant::now() }),
        })
    }

    /// A frame of the programme. Costs nothing but for the one that is asked for.
    pub(crate) fn frame(&self, buffer: &gst::Buffer) {
        if !self.wanted.swap(false, Ordering::Relaxed) {
            return;
        }
        if let Some(points) = points_of(buffer, &self.info) {
            self.last.lock().see(points, Instant::now());
        }
    }

    /// What was seen last, and the next frame will be looked at. Nothing before the first frame.
    pub(crate) fn look(&self) -> Option<Seen> {
        self.wanted.store(true, Ordering::Relaxed);
        let last = self.last.lock();
        (!last.points.is_empty())
            .then(|| Seen { black: last.points.iter().all(|point| *point < BLACK + SEEN), still: last.moved.elapsed() })
    }
}

impl Last {
    fn see(&mut self, points: Vec<u8>, now: Instant) {
        if points != self.points {
            self.points = points;
            self.moved = now;
        }
    }
}

/// Luma of a planar picture at so many places that whatever moves in it is seen.
pub(crate) fn points_of(buffer: &gst::BufferRef, info: &gst_video::VideoInfo) -> Option<Vec<u8>> {
    let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, info).ok()?;
    let stride = frame.plane_stride().first().map_or(0, |stride| stride.unsigned_abs() as usize);
    Some(points(frame.plane_data(0).ok()?, stride, frame.width() as usize, frame.height() as usize))
}

/// Luma on a grid that avoids the picture's edges.
fn points(luma: &[u8], stride: usize, width: usize, height: usize) -> Vec<u8> {
    let place = |index: usize, of: usize, length: usize| (2 * index + 1) * length / (2 * of);
    let row = |y: usize| (0..ACROSS).map(move |x| place(y, DOWN, height) * stride + place(x, ACROSS, width));
    (0..DOWN).flat_map(row).filter_map(|at| luma.get(at).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_and_still_are_told_from_what_is_seen() {
        let glance = Glance::new(Canvas { width: 320, height: 180, fps: 30 }).unwrap();
        assert_eq!(glance.look(), None);
        let (mut luma, now) = (vec![BLACK; 320 * 180], Instant::now());
        glance.last.lock().see(points(&luma, 320, 320, 180), now);
        assert!(glance.look().unwrap().black);
        let at = |luma: &[u8]| points(luma, 320, 320, 180);
        assert_eq!(at(&luma).len(), ACROSS * DOWN);
        // One lamp of ten by ten pixels.
        for y in 50..60 {
            luma[y * 320 + 100..][..10].fill(200);
        }
        let later = now + Duration::from_secs(5);
        glance.last.lock().see(at(&luma), later);
        assert!(!glance.look().unwrap().black);
        assert_eq!(glance.last.lock().moved, later);
        glance.last.lock().see(at(&luma), later + Duration::from_secs(5));
        assert_eq!(glance.last.lock().moved, later);
    }
}
