//! How much an encoder sends when a destination cannot take it all: less at once, and more again little by little.

/// How much of what is sent arrives in time, as judged for one second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    Free,
    /// All of it, and more would not.
    Full,
    /// This share, at least 0 and less than 1.
    Short(f64),
}

impl Way {
    /// That of two which takes less.
    pub(crate) fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Short(one), Self::Short(another)) => Self::Short(one.min(another)),
            (short @ Self::Short(_), _) | (_, short @ Self::Short(_)) => short,
            (Self::Full, _) | (_, Self::Full) => Self::Full,
            (Self::Free, Self::Free) => Self::Free,
        }
    }
}

/// The share that is tried where nobody can say how much would arrive.
pub(crate) const GUESS: f64 = 0.7;

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

    /// Whether it is as little as it may become.
    pub(super) fn is_least(&self) -> bool {
        self.now <= self.least()
    }

    fn least(&self) -> u32 {
        (self.wanted / LEAST_SHARE).max(LEAST).min(self.wanted)
    }

    /// Takes note of one more second. The new bitrate, if it has to change.
    pub(super) fn second(&mut self, way: Way) -> Option<u32> {
        let before = self.now;
        match way {
            // Not again before the last step has had a second to take effect.
            Way::Short(share) if self.calm > 0 || self.now == self.wanted => {
                self.now = ((f64::from(self.now) * share).round() as u32).max(self.least()).min(self.now);
                self.calm = 0;
            }
            Way::Short(_) => self.calm = 1,
            Way::Full => self.calm = (self.calm + 1).min(CALM),
            Way::Free => {
                self.calm += 1;
                if self.calm > CALM && self.now < self.wanted {
                    self.now = (self.now + (self.wanted / 20).max(1)).min(self.wanted);
                }
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
                adaptation.second(Way::Short(GUESS));
                adaptation.now
            })
            .collect();
        assert_eq!(steps[..6], [2_800, 2_800, 1_960, 1_960, 1_372, 1_372]);
        assert_eq!(steps[11], 800);
    }

    #[test]
    fn when_it_is_calm_all_of_it_comes_back_within_half_a_minute() {
        let mut adaptation = Adaptation::new(4_000);
        adaptation.second(Way::Short(GUESS));
        let seconds = (1..100)
            .find(|_| {
                adaptation.second(Way::Free);
                adaptation.now == 4_000
            })
            .unwrap();
        assert!((9..30).contains(&seconds), "{seconds}");
        assert_eq!(adaptation.second(Way::Free), None);
    }

    #[test]
    fn it_goes_at_once_to_what_is_known_to_arrive_and_no_further_up_while_the_way_is_full() {
        let mut adaptation = Adaptation::new(4_000);
        assert_eq!(adaptation.second(Way::Short(0.5)), Some(2_000));
        for _ in 0..100 {
            assert_eq!(adaptation.second(Way::Full), None);
        }
        assert_eq!(adaptation.second(Way::Free), Some(2_200));
        assert_eq!(adaptation.second(Way::Short(0.01)), Some(800));
        assert!(adaptation.is_least());
    }

    #[test]
    fn of_two_ways_the_one_that_takes_less_counts() {
        assert_eq!(Way::Free.worse(Way::Full), Way::Full);
        assert_eq!(Way::Short(0.9).worse(Way::Full), Way::Short(0.9));
        assert_eq!(Way::Short(0.9).worse(Way::Short(0.2)), Way::Short(0.2));
        assert_eq!(Way::Free.worse(Way::Free), Way::Free);
    }

    #[test]
    fn what_is_wanted_may_change_while_it_is_calm_and_while_it_is_not() {
        let mut adaptation = Adaptation::new(4_000);
        adaptation.want(6_000);
        assert_eq!(adaptation.now(), 6_000);
        adaptation.second(Way::Short(GUESS));
        adaptation.want(8_000);
        assert_eq!((adaptation.now(), adaptation.wanted()), (4_200, 8_000));
        adaptation.want(3_000);
        assert_eq!((adaptation.now(), adaptation.second(Way::Free)), (3_000, None));
    }

    #[test]
    fn a_small_bitrate_stays_what_it_is() {
        let mut adaptation = Adaptation::new(200);
        assert_eq!(adaptation.second(Way::Short(GUESS)), None);
    }
}
