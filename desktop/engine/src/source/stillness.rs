//! Whether a camera froze: one that did goes on sending what it sent last. What stands still by nature differs by a camera's noise at
//! least.

use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer_video as gst_video;
use klieg_studio_model::{Event, Source};
use parking_lot::Mutex;

use crate::glance::points_of;
use crate::report::Reporter;

/// Between two looks at its picture.
const EVERY: Duration = Duration::from_secs(1);
/// How long it has to be the same to the last bit.
const FROZEN: Duration = Duration::from_secs(5);

pub(super) struct Stillness {
    /// Nothing but cameras is looked at.
    is_camera: bool,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    points: Vec<u8>,
    looked: Option<Instant>,
    moved: Option<Instant>,
    /// The name under which it was told that it froze, while it is so.
    told: Option<String>,
}

impl Stillness {
    pub(super) fn of(source: &Source) -> Self {
        Self { is_camera: matches!(source, Source::Camera(_)), seen: Mutex::default() }
    }

    /// A frame. Costs nothing but for one in a second, and of that a few thousand bytes are looked at.
    pub(super) fn frame(&self, caps: &gst::CapsRef, buffer: &gst::BufferRef, now: Instant) {
        if !self.is_camera {
            return;
        }
        let mut seen = self.seen.lock();
        if seen.looked.is_some_and(|looked| now.duration_since(looked) < EVERY) {
            return;
        }
        seen.looked = Some(now);
        let points = gst_video::VideoInfo::from_caps(caps).ok().and_then(|info| points_of(buffer, &info));
        if let Some(points) = points
            && points != seen.points
        {
            (seen.points, seen.moved) = (points, Some(now));
        }
    }

    /// Tells whether the source of this name froze, if that is news.
    pub(super) fn tell(&self, name: &str, report: &Reporter) {
        if let Some(is_frozen) = self.news(name) {
            report.say(Event::Frozen { name: name.to_owned(), is_frozen });
        }
    }

    fn news(&self, name: &str) -> Option<bool> {
        let mut seen = self.seen.lock();
        // By its pictures and not by the clock: one that is away sends none.
        let is_frozen =
            seen.moved.zip(seen.looked).is_some_and(|(moved, looked)| looked.duration_since(moved) >= FROZEN);
        if seen.told.as_deref() == is_frozen.then_some(name) {
            return None;
        }
        seen.told = is_frozen.then(|| name.to_owned());
        Some(is_frozen)
    }
}

#[cfg(test)]
mod tests {
    use klieg_studio_model::{Camera, Canvas};

    use super::*;
    use crate::format::video_caps;

    fn camera() -> Stillness {
        let camera = Camera { name: "cam".into(), device: "/dev/video0".into(), width: None, height: None };
        Stillness::of(&Source::Camera(camera))
    }

    #[test]
    fn a_camera_that_is_away_did_not_freeze() {
        gst::init().unwrap();
        let caps = video_caps(Canvas { width: 320, height: 180, fps: 10 });
        // It was there until a minute ago.
        let (away, stillness) = (Instant::now().checked_sub(Duration::from_secs(60)).unwrap(), camera());
        for grey in [1_u8, 2] {
            let buffer = gst::Buffer::from_slice(vec![grey; 320 * 180 * 3 / 2]);
            stillness.frame(&caps, &buffer, away + Duration::from_secs(grey.into()));
        }
        assert_eq!(stillness.news("cam"), None);
    }

    #[test]
    fn a_camera_that_sends_the_same_picture_is_told_of_once_and_again_when_it_moves_or_has_another_name() {
        gst::init().unwrap();
        let caps = video_caps(Canvas { width: 320, height: 180, fps: 10 });
        let (start, stillness) = (Instant::now(), camera());
        let mut told = Vec::new();
        // Ten frames a second. It moves for ten seconds, then no more, and again after thirty.
        for frame in 0..400_u32 {
            let now = start + Duration::from_millis(100) * frame;
            let grey = if (100..300).contains(&frame) { 100 } else { (frame % 250) as u8 };
            stillness.frame(&caps, &gst::Buffer::from_slice(vec![grey; 320 * 180 * 3 / 2]), now);
            let name = if frame < 200 { "cam" } else { "Anna" };
            told.extend(stillness.news(name).map(|is_frozen| (frame, name, is_frozen)));
        }
        assert_eq!(told, [(150, "cam", true), (200, "Anna", true), (300, "Anna", false)]);
    }
}
