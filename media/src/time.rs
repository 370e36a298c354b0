//! The two clocks of the live plane: a place on a broadcast's timeline, and the time of day.

use std::ops::{Add, Sub};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A place on a broadcast's timeline, in nanoseconds since the broadcast started.
///
/// Nanoseconds hold any common clock rate (90 kHz, 48 kHz, 44.1 kHz, milliseconds) so that a conversion there and back
/// is exact. Signed, because a decode time may lie before the first presentation time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaTime(i64);

impl MediaTime {
    pub const ZERO: Self = Self(0);

    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// `ticks` of a clock of `rate` ticks a second, rounded to the nearest nanosecond. A rate of 0 counts as 1.
    pub fn from_ticks(ticks: i64, rate: u32) -> Self {
        Self(scale(ticks, 1_000_000_000, i64::from(rate.max(1))))
    }

    pub const fn nanos(self) -> i64 {
        self.0
    }

    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// This time in ticks of a clock of `rate` ticks a second, rounded to the nearest tick.
    pub fn ticks(self, rate: u32) -> i64 {
        scale(self.0, i64::from(rate), 1_000_000_000)
    }

    /// How long after `earlier` this is; zero if it is not after.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// `value * numerator / denominator`, rounded half away from zero, saturating.
fn scale(value: i64, numerator: i64, denominator: i64) -> i64 {
    let product = i128::from(value) * i128::from(numerator);
    let half = i128::from(denominator) / 2;
    let rounded = if product >= 0 { product + half } else { product - half } / i128::from(denominator);
    i64::try_from(rounded).unwrap_or(if rounded > 0 { i64::MAX } else { i64::MIN })
}

impl Add<Duration> for MediaTime {
    type Output = Self;
    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(rhs.as_nanos()).unwrap_or(i64::MAX)))
    }
}

impl Add for MediaTime {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl Sub for MediaTime {
    type Output = Self;
    fn sub(self, rhs: Self) -> Self {
        Self(self.0.saturating_sub(rhs.0))
    }
}

/// The time of day: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(i64);

impl WallTime {
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// `self - earlier` on the nanosecond scale of a timeline.
    pub fn minus(self, earlier: Self) -> MediaTime {
        MediaTime::from_nanos(self.0.saturating_sub(earlier.0).saturating_mul(1_000))
    }

    pub fn plus(self, offset: MediaTime) -> Self {
        Self(self.0.saturating_add(offset.nanos().div_euclid(1_000)))
    }
}

impl From<SystemTime> for WallTime {
    fn from(time: SystemTime) -> Self {
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn common_clocks_survive_a_round_trip(ticks in -(1i64 << 45)..(1i64 << 45)) {
            for rate in [1_000, 44_100, 48_000, 90_000] {
                if ticks.abs() < (i64::MAX / 1_000_000_000) * i64::from(rate) {
                    prop_assert_eq!(MediaTime::from_ticks(ticks, rate).ticks(rate), ticks);
                }
            }
        }

        #[test]
        fn no_input_overflows(ticks: i64, rate: u32, other: i64) {
            let time = MediaTime::from_ticks(ticks, rate);
            let _ = (time.ticks(rate), time + MediaTime::from_nanos(other), time - MediaTime::from_nanos(other), time.since(MediaTime::ZERO));
        }
    }
}
