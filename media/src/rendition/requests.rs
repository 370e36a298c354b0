//! Requests for keyframes: how often they are passed on, and whether they are answered. Sans-IO.

use std::time::{Duration, Instant};

/// Between two requests to a publisher.
const INTERVAL: Duration = Duration::from_millis(500);
/// A keyframe that comes later than this after it was asked for came by itself.
const ANSWER: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Requests {
    /// When the last one was passed on.
    last: Option<Instant>,
    /// When the first one since the last keyframe was.
    open: Option<Instant>,
    /// Whether the last one that a keyframe followed was answered by it.
    answered: bool,
    /// Of the frames that this is about.
    epoch: u32,
}

impl Requests {
    /// A keyframe is wanted. Returns whether to pass that on.
    pub(super) fn ask(&mut self, now: Instant) -> bool {
        if self.last.is_some_and(|last| now.saturating_duration_since(last) < INTERVAL) {
            return false;
        }
        self.last = Some(now);
        // The first counts: else who repeats their request until a keyframe comes by itself would take it for an answer.
        self.open.get_or_insert(now);
        true
    }

    /// A frame came. Another epoch may be another publisher's, of which nothing is known.
    pub(super) fn observe(&mut self, keyframe: bool, epoch: u32, now: Instant) {
        if epoch != self.epoch {
            *self = Self { last: self.last, epoch, ..Self::default() };
        }
        if keyframe && let Some(asked) = self.open.take() {
            self.answered = now.saturating_duration_since(asked) <= ANSWER;
        }
    }

    /// Whether a keyframe can be expected soon after it is asked for: the last time it came, and none is overdue.
    pub(super) fn are_answered(&self, now: Instant) -> bool {
        self.answered && self.open.is_none_or(|asked| now.saturating_duration_since(asked) <= ANSWER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests and the moment they begin at.
    fn begin() -> (Requests, impl Fn(u64) -> Instant) {
        let start = Instant::now();
        (Requests::default(), move |millis| start + Duration::from_millis(millis))
    }

    #[test]
    fn a_storm_of_requests_is_passed_on_twice_a_second() {
        let (mut requests, at) = begin();
        assert_eq!((0..100).filter(|step| requests.ask(at(step * 20))).count(), 4);
    }

    #[test]
    fn who_answers_is_known_to_until_a_request_is_overdue() {
        let (mut requests, at) = begin();
        requests.observe(true, 0, at(0));
        assert!(!requests.are_answered(at(0)), "nobody has asked");
        requests.ask(at(1_000));
        requests.observe(false, 0, at(1_030));
        assert!(!requests.are_answered(at(1_030)), "nothing is known before the first answer");
        requests.observe(true, 0, at(1_100));
        assert!(requests.are_answered(at(9_000)));
        requests.ask(at(9_000));
        assert!(requests.are_answered(at(9_900)) && !requests.are_answered(at(10_100)));
        requests.observe(true, 0, at(10_200));
        assert!(!requests.are_answered(at(10_200)), "it was too late");
    }

    #[test]
    fn a_keyframe_that_comes_by_itself_answers_nobody_who_has_asked_all_along() {
        let (mut requests, at) = begin();
        for step in 0..16 {
            assert!(requests.ask(at(step * 500)));
        }
        requests.observe(true, 0, at(7_600));
        assert!(!requests.are_answered(at(7_600)));
    }

    #[test]
    fn what_one_publisher_did_is_not_expected_of_the_next() {
        let (mut requests, at) = begin();
        requests.ask(at(0));
        requests.observe(true, 0, at(50));
        assert!(requests.are_answered(at(60)));
        requests.ask(at(1_000));
        requests.observe(true, 1, at(1_040));
        assert!(!requests.are_answered(at(1_040)));
        assert!(!requests.ask(at(1_200)), "it is asked no more often than another");
    }
}
