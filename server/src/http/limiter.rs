//! Limits on how often one client does one thing.

use std::hash::Hash;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, RateLimiter};

use crate::config::Rate;

/// Keys remembered at most. Beyond that everybody waits until housekeeping has forgotten those that have recovered: a
/// flood from that many addresses is no crowd of guests.
const MOST_KEYS: usize = 100_000;
const FULL: Limited = Limited(Duration::from_mins(1));

/// Lets each key through at a rate, with a burst of one period's worth.
pub struct Limiter<K: Clone + Eq + Hash> {
    inner: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
}

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited(pub Duration);

impl<K: Clone + Eq + Hash> Limiter<K> {
    pub fn new(rate: Rate) -> Self {
        Self { inner: RateLimiter::keyed(rate.quota()), clock: DefaultClock::default() }
    }

    /// Counts one attempt of `key`, or says how long it must wait.
    pub fn check(&self, key: &K) -> Result<(), Limited> {
        if self.inner.len() > MOST_KEYS {
            return Err(FULL);
        }
        self.inner.check_key(key).map_err(|until| Limited(until.wait_time_from(self.clock.now())))
    }

    /// Forgets the keys that have their full burst again.
    pub fn forget_recovered(&self) {
        self.inner.retain_recent();
        self.inner.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_the_next_is_told_how_long_to_wait() {
        let limiter = Limiter::new("3/h".parse().unwrap());
        for _ in 0..3 {
            assert_eq!(limiter.check(&"ada"), Ok(()));
        }
        let Limited(wait) = limiter.check(&"ada").unwrap_err();
        assert!(wait > Duration::from_mins(10) && wait <= Duration::from_mins(20), "{wait:?}");
        assert_eq!(limiter.check(&"bob"), Ok(()));
    }
}
