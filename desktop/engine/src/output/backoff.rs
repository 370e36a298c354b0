//! When to try again: at once at first, for most interruptions are short, then less and less often, and not all at the same
//! moment.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(10);

/// The pause before the `attempt`th attempt in a row (from 1): 250 ms, 500 ms, 1 s ... at most 10 s, each spread by up to a
/// fifth either way as `dice` falls.
pub(super) fn pause(attempt: u32, dice: u32) -> Duration {
    let doubled = FIRST.saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(LONGEST);
    doubled.mul_f64(0.8 + 0.4 * f64::from(dice) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_ten_seconds() {
        let even = u32::MAX / 2;
        let millis: Vec<u128> = (1..=8).map(|attempt| pause(attempt, even).as_millis().next_multiple_of(10)).collect();
        assert_eq!(millis, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    }

    #[test]
    fn the_spread_is_a_fifth() {
        assert_eq!(pause(3, 0), Duration::from_millis(800));
        assert_eq!(pause(3, u32::MAX), Duration::from_millis(1_200));
        assert!(pause(u32::MAX, u32::MAX) <= Duration::from_secs(12));
    }
}
