//! How long to wait before the next attempt.

/// Doubles from `first` to `most` milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: u64,
    most: u64,
    attempt: u32,
}

impl Backoff {
    pub const fn new(first: u64, most: u64) -> Self {
        Self { first, most, attempt: 0 }
    }

    /// Attempts so far.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The milliseconds to wait before the next attempt, which this counts.
    pub fn step(&mut self) -> u64 {
        let wait = self.first.saturating_mul(1 << self.attempt.min(32)).min(self.most);
        self.attempt = self.attempt.saturating_add(1);
        wait
    }

    pub fn reset(&mut self) {
        self.attempt = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit_and_start_again_after_a_success() {
        let mut backoff = Backoff::new(500, 8_000);
        let waits: Vec<u64> = (0..7).map(|_| backoff.step()).collect();
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
        backoff.reset();
        assert_eq!(backoff.step(), 500);
        assert_eq!(backoff.attempt(), 1);
    }
}
