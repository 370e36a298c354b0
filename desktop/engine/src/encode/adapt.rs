//! How much an encoder sends when a destination cannot take it all: less at once, and more again little by little.

/// Seconds without congestion until more is tried.
const CALM: u32 = 8;
/// Never less than this share of what is wanted, and never less than so many kbit/s.
const LEAST_SHARE: u32 = 5;
const LEAST: u32 = 250;

/// The bitrate of one encoder, in kbit/s, judged once a second.
#[derive(Debug)]
pub(super) struct Adaptation {
    wanted: u32,
    now: u32,
    calm: u32,
}

impl Adaptation {
    pub(super) fn new(wanted: u32) -> Self {
        Self { wanted, now: wanted, calm: 0 }
    }

    /// What it is told to send.
    pub(super) fn now(&self) -> u32 {
        self.now
    }

    /// What it would send without congestion.
    pub(super) fn wanted(&self) -> u32 {
        self.wanted
    }

    /// Something else is wanted from now on. What congestion has taken away comes back little by little, as before.
    pub(super) fn want(&mut self, wanted: u32) {
        self.now = if self.now == self.wanted { wanted } else { self.now.min(wanted) };
        self.wanted = wanted;
    }

    /// Takes note of one more second. The new bitrate, if it has to change.
    pub(super) fn second(&mut self, congested: bool) -> Option<u32> {
        let before = self.now;
        if congested {
            let least = (self.wanted / LEAST_SHARE).max(LEAST).min(self.wanted);
            // Not again before the last step has had a second to take effect.
            if self.calm > 0 || self.now == self.wanted {
                self.now = (self.now / 10 * 7).max(least);
                self.calm = 0;
            } else {
                self.calm = 1;
            }
        } else {
            self.calm += 1;
            if self.calm > CALM && self.now < self.wanted {
                self.now = (self.now + (self.wanted / 20).max(1)).min(self.wanted);
            }
        }
        (self.now != before).then_some(self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn congestion_takes_a_third_away_every_other_second_down_to_a_fifth() {
        let mut adaptation = Adaptation::new(4_000);
        let steps: Vec<u32> = (0..12)
            .map(|_| {
                adaptation.second(true);
                adaptation.now
            })
            .collect();
        assert_eq!(steps[..6], [2_800, 2_800, 1_960, 1_960, 1_372, 1_372]);
        assert_eq!(steps[11], 800);
    }

    #[test]
    fn when_it_is_calm_all_of_it_comes_back_within_half_a_minute() {
        let mut adaptation = Adaptation::new(4_000);
        adaptation.second(true);
        let seconds = (1..100)
            .find(|_| {
                adaptation.second(false);
                adaptation.now == 4_000
            })
            .unwrap();
        assert!((9..30).contains(&seconds), "{seconds}");
        assert_eq!(adaptation.second(false), None);
    }

    #[test]
    fn what_is_wanted_may_change_while_it_is_calm_and_while_it_is_not() {
        let mut adaptation = Adaptation::new(4_000);
        adaptation.want(6_000);
        assert_eq!(adaptation.now(), 6_000);
        adaptation.second(true);
        adaptation.want(8_000);
        assert_eq!((adaptation.now(), adaptation.wanted()), (4_200, 8_000));
        adaptation.want(3_000);
        assert_eq!((adaptation.now(), adaptation.second(false)), (3_000, None));
    }

    #[test]
    fn a_small_bitrate_stays_what_it_is() {
        let mut adaptation = Adaptation::new(200);
        assert_eq!(adaptation.second(true), None);
    }
}
