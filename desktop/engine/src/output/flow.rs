//! The watchdog: notices when something that should move has stopped moving.

use std::time::{Duration, Instant};

/// Watches a count that grows as long as all is well.
#[derive(Debug)]
pub(super) struct Flow {
    patience: Duration,
    count: u64,
    moved: Instant,
}

impl Flow {
    pub(super) fn new(patience: Duration, now: Instant) -> Self {
        Self { patience, count: 0, moved: now }
    }

    /// Takes note of the count. Whether it has stood still for too long.
    pub(super) fn stalled(&mut self, count: u64, now: Instant) -> bool {
        if count != self.count {
            self.count = count;
            self.moved = now;
        }
        now.duration_since(self.moved) > self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_stands_still_too_long_is_a_stall() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut flow = Flow::new(Duration::from_secs(5), start);
        assert!(!flow.stalled(10, at(4)));
        assert!(!flow.stalled(10, at(9)));
        assert!(flow.stalled(10, at(10)));
        assert!(!flow.stalled(11, at(11)));
    }
}
