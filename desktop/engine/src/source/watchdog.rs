//! Whether what sends all the time still does: a camera that hangs does not say so.

use std::time::{Duration, Instant};

use klieg_studio_model::Source;

/// How long nothing may come: shorter than a source's last picture stands in a scene, so that the slate follows it without a gap.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// The same before the first frame: devices take their time.
const AT_FIRST: Duration = Duration::from_secs(8);
/// A web page's process says whether it is there by itself within 20 seconds, so that only its silence is left to be noticed.
const PAGE_AT_FIRST: Duration = Duration::from_secs(30);
/// One that begins anew has lost what it showed, so it is not begun anew for a hiccup.
const PAGE_PATIENCE: Duration = Duration::from_secs(4);
/// Who did not look for so long was held up, and so may have been those who send.
const HELD_UP: Duration = Duration::from_millis(500);

pub(crate) struct Watchdog {
    /// How long the first frame may take. None if it need not come.
    at_first: Option<Duration>,
    /// How long nothing may come after that.
    patience: Duration,
    frames: u64,
    /// When the last frame was seen.
    since: Instant,
    looked: Instant,
}

impl Watchdog {
    /// None of a source that may be still: what is drawn or played.
    pub(super) fn of(source: &Source, now: Instant) -> Option<Self> {
        let (at_first, patience) = match source {
            Source::Camera(_) | Source::Screen(_) | Source::Window(_) | Source::Microphone(_) => {
                (Some(AT_FIRST), PATIENCE)
            }
            // Its first picture comes when the desktop has one; from then on the last one is repeated.
            Source::ScreenCast(_) => (None, PATIENCE),
            // Its process sends every picture, also one that is as it was.
            Source::Browser(_) => (Some(PAGE_AT_FIRST), PAGE_PATIENCE),
            _ => return None,
        };
        Some(Self::new(at_first, patience, now))
    }

    pub(crate) fn new(at_first: Option<Duration>, patience: Duration, now: Instant) -> Self {
        Self { at_first, patience, frames: 0, since: now, looked: now }
    }

    /// Why it has to be started again, if it has to. `frames` have come since it was started.
    pub(crate) fn look(&mut self, frames: u64, now: Instant) -> Option<&'static str> {
        let was_held_up = now.duration_since(self.looked) > HELD_UP;
        self.looked = now;
        if frames != self.frames || was_held_up {
            (self.frames, self.since) = (frames, now);
        }
        let silence = now.duration_since(self.since);
        match frames {
            0 => self.at_first.is_some_and(|most| silence >= most).then_some("it sends nothing"),
            _ => (silence >= self.patience).then_some("it sends nothing any more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use klieg_studio_model::{Browser, Camera, Colour, Plain, ScreenCast};

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
    fn a_page_has_the_time_that_its_process_gives_it_and_is_silent_for_a_moment() {
        let now = Instant::now();
        let url = Browser::BLANK.to_owned();
        let page = Browser { name: "chat".into(), url, width: 64, height: 64, transparent: true, sound: false };
        let page = Source::Browser(page);
        assert_eq!(silence(&mut Watchdog::of(&page, now).unwrap(), 0, now), Some(PAGE_AT_FIRST));
        assert_eq!(
            silence(&mut Watchdog::of(&page, now).unwrap(), 9, now),
            Some(PAGE_PATIENCE + Duration::from_millis(100))
        );
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
