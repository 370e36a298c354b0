//! Whether what one output sends arrives: judged once a second by what it drops, by what gets lost, and, where the protocol tells,
//! by how much would arrive in time.

use crate::encode::{GUESS, Way};
use crate::output::Handle;

/// The share of packets lost from which on a connection counts as too slow; less is mended by sending again.
const CONGESTED: f64 = 0.1;
/// What packets cost beside what is in them.
const PACKETS: f64 = 1.05;
/// An estimate that is too low for so many seconds is believed: a machine that was busy for a moment looks like a full line.
const BELIEVED: u32 = 2;
/// With less than this share to spare nothing more is tried.
const TO_SPARE: f64 = 1.1;
/// An output for which the least is too much for so many seconds is not helped by sending less, ...
const HOPELESS: u32 = 10;
/// ... until it has kept up for so many.
const RECOVERED: u32 = 30;

/// What was seen of one output.
#[derive(Debug, Default)]
pub(super) struct Congestion {
    dropped: u64,
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

    /// Judges one second in which it was live. `sent` is what its encodes send together, in kbit/s, and `is_least` whether they
    /// cannot send less.
    pub(super) fn second(&mut self, handle: &Handle, sent: u32, is_least: bool) -> Way {
        let dropped = handle.inlet.dropped();
        let lost = std::mem::replace(&mut self.dropped, dropped) < dropped;
        let slow = lost || handle.inlet.is_filling() || handle.sent.lost() > CONGESTED;
        self.judge(slow, handle.sent.estimate(), sent, is_least)
    }

    fn judge(&mut self, slow: bool, estimate: Option<u64>, sent: u32, is_least: bool) -> Way {
        let share = estimate.map(|estimate| estimate as f64 / (f64::from(sent) * 1_000.0 * PACKETS));
        self.short = if share.is_some_and(|share| share < 1.0) { self.short + 1 } else { 0 };
        let way = match share {
            Some(share) if self.short >= BELIEVED => Way::Short(share),
            _ if slow => Way::Short(GUESS),
            Some(share) if share < TO_SPARE => Way::Full,
            _ => Way::Free,
        };
        if matches!(way, Way::Short(_)) {
            self.kept_up = 0;
            self.at_least = if is_least { self.at_least + 1 } else { self.at_least };
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

    #[test]
    fn an_estimate_is_believed_when_it_stays_and_tells_how_much_to_send() {
        let mut congestion = Congestion::default();
        let mut judge = |estimate: u64| congestion.judge(false, Some(estimate * 1_000), 4_000, false);
        assert_eq!(judge(8_000), Way::Free);
        assert_eq!(judge(4_400), Way::Full);
        // A moment does not count.
        assert_eq!(judge(2_100), Way::Full);
        assert_eq!(judge(8_000), Way::Free);
        assert_eq!(judge(2_100), Way::Full);
        assert_eq!(judge(2_100), Way::Short(0.5));
    }

    #[test]
    fn where_nobody_estimates_what_is_dropped_and_lost_counts() {
        let mut congestion = Congestion::default();
        assert_eq!(congestion.judge(false, None, 4_000, false), Way::Free);
        assert_eq!(congestion.judge(true, None, 4_000, false), Way::Short(GUESS));
    }

    #[test]
    fn one_for_which_the_least_is_too_much_is_given_up_until_it_has_kept_up_for_a_while() {
        let mut congestion = Congestion::default();
        let mut second = |slow| {
            congestion.judge(slow, None, 800, true);
            congestion.is_hopeless()
        };
        assert_eq!((1..100).find(|_| second(true)), Some(HOPELESS));
        assert_eq!((1..100).find(|_| !second(false)), Some(RECOVERED));
    }
}
