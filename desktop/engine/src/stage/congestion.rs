//! Whether what one output sends arrives: judged once a second by what it drops, by what gets lost, and, where the protocol tells,
//! by how much would arrive in time.

use crate::encode::{GUESS, Way};
use crate::output::Handle;

/// The share of packets lost from which on a connection counts as too slow; less is mended by sending again.
const CONGESTED: f64 = 0.1;
/// What packets cost beside what is in them.
const PACKETS: f64 = 1.05;
/// An estimate that is too low for so many seconds is believed: a machine that was busy for a moment looks like a full line, and a
/// second with a keyframe has more in it than others.
const BELIEVED: u32 = 2;
/// With less than this share to spare nothing more is tried.
const TO_SPARE: f64 = 1.1;
/// An output for which the least is too much for so many seconds is not helped by sending less, ...
const HOPELESS: u32 = 10;
/// ... until it has kept up for so many.
const RECOVERED: u32 = 30;

/// What the encodes of an output are set to, in kbit/s.
#[derive(Clone, Copy, Debug)]
pub(super) struct Set {
    pub picture: u32,
    pub sound: u32,
    /// The picture cannot be less.
    pub is_least: bool,
}

/// What was seen of one output.
#[derive(Debug, Default)]
pub(super) struct Congestion {
    dropped: u64,
    taken: u64,
    /// Bit/s that were to be sent in the second before.
    before: f64,
    /// Seconds in a row in which the estimate was too low.
    short: u32,
    /// Seconds in which even the least was too much, without one between in which it was not.
    at_least: u32,
    /// Seconds in a row in which all arrived.
    kept_up: u32,
    is_hopeless: bool,
}

impl Congestion {
    /// Whether sending less does not help it.
    pub(super) fn is_hopeless(&self) -> bool {
        self.is_hopeless
    }

    /// Judges `seconds`, about one, in which it was live.
    pub(super) fn second(&mut self, handle: &Handle, set: Set, seconds: f64) -> Way {
        let dropped = handle.inlet.dropped();
        let lost = std::mem::replace(&mut self.dropped, dropped) < dropped;
        let slow = lost || handle.inlet.is_filling() || handle.sent.lost() > CONGESTED;
        let taken = handle.sent.taken();
        let sent = (taken - std::mem::replace(&mut self.taken, taken)) as f64 * 8.0 / seconds;
        self.judge(slow, handle.sent.estimate(), sent, set)
    }

    /// `sent` is how many bit/s were to be sent: of a picture that is easy to encode less than the encodes are set to, and what would
    /// arrive is not known beyond what is sent.
    fn judge(&mut self, slow: bool, estimate: Option<u64>, sent: f64, set: Set) -> Way {
        let sent = f64::midpoint(std::mem::replace(&mut self.before, sent), sent);
        let arrives = estimate.map(|estimate| estimate as f64 / PACKETS);
        self.short = if arrives.is_some_and(|arrives| arrives < sent) { self.short + 1 } else { 0 };
        let way = match arrives {
            Some(arrives) if self.short >= BELIEVED => {
                let picture = arrives / 1_000.0 - f64::from(set.sound);
                Way::Short((picture / f64::from(set.picture)).clamp(0.0, 0.95))
            }
            _ if slow => Way::Short(GUESS),
            Some(arrives) if arrives < sent * TO_SPARE => Way::Full,
            _ => Way::Free,
        };
        if matches!(way, Way::Short(_)) {
            self.kept_up = 0;
            self.at_least = if set.is_least { self.at_least + 1 } else { self.at_least };
        } else {
            self.kept_up += 1;
            self.at_least = 0;
        }
        self.is_hopeless = self.at_least >= HOPELESS || (self.is_hopeless && self.kept_up < RECOVERED);
        way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: Set = Set { picture: 4_000, sound: 128, is_least: false };
    /// What is sent when the picture needs all of it.
    const SENT: f64 = 4_128_000.0;

    #[test]
    fn an_estimate_is_believed_when_it_stays_and_tells_how_much_to_send() {
        let mut congestion = Congestion { before: SENT, ..Congestion::default() };
        let mut judge = |estimate: u64| congestion.judge(false, Some(estimate * 1_000), SENT, SET);
        assert_eq!(judge(8_000), Way::Free);
        assert_eq!(judge(4_600), Way::Full);
        // A moment does not count.
        assert_eq!(judge(2_234), Way::Full);
        assert_eq!(judge(8_000), Way::Free);
        assert_eq!(judge(2_234), Way::Full);
        let Way::Short(share) = judge(2_234) else { panic!("it carries too much") };
        assert!((share - 0.5).abs() < 0.01, "{share}");
    }

    #[test]
    fn a_picture_that_needs_little_says_nothing_of_the_line() {
        let mut congestion = Congestion::default();
        for _ in 0..10 {
            // Nobody can know that more would arrive.
            assert_eq!(congestion.judge(false, Some(450_000), 290_000.0, SET), Way::Free);
        }
    }

    #[test]
    fn where_nobody_estimates_what_is_dropped_and_lost_counts() {
        let mut congestion = Congestion::default();
        assert_eq!(congestion.judge(false, None, 0.0, SET), Way::Free);
        assert_eq!(congestion.judge(true, None, 0.0, SET), Way::Short(GUESS));
    }

    #[test]
    fn one_for_which_the_least_is_too_much_is_given_up_until_it_has_kept_up_for_a_while() {
        let mut congestion = Congestion::default();
        let mut second = |slow| {
            congestion.judge(slow, None, 0.0, Set { is_least: true, ..SET });
            congestion.is_hopeless()
        };
        assert_eq!((1..100).find(|_| second(true)), Some(HOPELESS));
        assert_eq!((1..100).find(|_| !second(false)), Some(RECOVERED));
    }
}
