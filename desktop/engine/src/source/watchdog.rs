//! Whether a source that sends all the time still does: a camera that hangs does not say so.

use std::time::{Duration, Instant};

use klieg_studio_model::Source;

/// How long nothing may come: shorter than a source's last picture stands in a scene, so that the slate follows it without a gap.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// The same before the first frame: devices take their time.
const AT_FIRST: Duration = Duration::from_secs(8);
/// Who did not look for so long was held up, and so may have been those who send.
const HELD_UP: Duration = Duration::from_millis(500);

pub(super) struct Watchdog {
    /// Whether the first frame has to come too.
    starts: bool,
    frames: u64,
    /// When the last frame was seen.
    since: Instant,
    looked: Instant,
}

impl Watchdog {
    /// None of a source that may be still: what is drawn or played, and web pages.
    pub(super) fn of(source: &Source, now: Instant) -> Option<Self> {
        let starts = match source {
            Source::Camera(_) | Source::Screen(_) | Source::Window(_) | Source::Microphone(_) => true,
            // Its first picture comes when the desktop has one; from then on the last one is repeated.
            Source::ScreenCast(_) => false,
            _ => return None,
        };
        Some(Self { starts, frames: 0, since: now, looked: now })
    }

    /// Why it has to be started again, if it has to. `frames` have come since it was started.
    pub(super) fn look(&mut self, frames: u64, now: Instant) -> Option<&'static str> {
        let was_held_up = now.duration_since(self.looked) > HELD_UP;
        self.looked = now;
        if frames != self.frames || was_held_up {
            (self.frames, self.since) = (frames, now);
        }
        let silence = now.duration_since(self.since);
        match frames {
            0 => (self.starts && silence >= AT_FIRST).then_some("it sends nothing"),
            _ => (silence >= PATIENCE).then_some("it sends nothing any more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use klieg_studio_model::{Camera, Colour, Plain, ScreenCast};

    use super::*;

    /// Looks ten times a second while nothing comes, until it is enough, for a minute at most.
    fn silence(dog: &mut Watchdog, frames: u64, from: Instant) -> Option<Duration> {
        let mut steps = (1..600).map(|step| Duration::from_millis(100) * step);
        steps.find(|silence| dog.look(frames, from + *silence).is_some())
    }

    fn camera() -> Source {
        Source::Camera(Camera { name: "me".into(), device: "/dev/video0".into(), width: None, height: None })
    }

    #[test]
    fn a_camera_has_to_start_and_to_go_on() {
        let now = Instant::now();
        let mut dog = Watchdog::of(&camera(), now).unwrap();
        assert_eq!(silence(&mut dog, 0, now), Some(AT_FIRST));
        let mut dog = Watchdog::of(&camera(), now).unwrap();
        let mut at = now;
        for frames in 1..100 {
            at += Duration::from_millis(400);
            assert_eq!(dog.look(frames, at), None);
        }
        assert_eq!(silence(&mut dog, 99, at), Some(PATIENCE));
    }

    #[test]
    fn a_desktop_may_have_nothing_to_show_yet_and_what_is_drawn_is_still() {
        let now = Instant::now();
        let cast = Source::ScreenCast(ScreenCast { name: "desktop".into(), grant: None, cursor: true });
        let mut dog = Watchdog::of(&cast, now).unwrap();
        assert_eq!(silence(&mut dog, 0, now), None);
        let plain = Source::Colour(Plain { name: "ground".into(), colour: Colour::WHITE });
        assert!(Watchdog::of(&plain, now).is_none());
    }

    #[test]
    fn who_was_held_up_does_not_blame_the_source() {
        let now = Instant::now();
        let mut dog = Watchdog::of(&camera(), now).unwrap();
        assert_eq!(dog.look(1, now), None);
        assert_eq!(dog.look(1, now + Duration::from_secs(30)), None);
        assert_eq!(dog.look(2, now + Duration::from_secs(31)), None);
    }
}
