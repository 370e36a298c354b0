//! When each block is mixed.
//!
//! A block is mixed when it is over and its sources have had [`PATIENCE`] to deliver. If the thread was held up, the missed
//! blocks are mixed one after the other, a little apart; none is left out, for encoders count on sound without gaps.

use std::time::Duration;

/// Of one block.
pub(super) const LENGTH: Duration = Duration::from_millis(10);
/// How long a source may take to deliver what it heard. It delays everything, so it is short.
pub(super) const PATIENCE: Duration = Duration::from_millis(30);
/// Between two blocks when there is something to catch up on: four times as fast as it is heard, which encoders and their
/// queues keep up with.
const CATCHING_UP: Duration = Duration::from_micros(2_500);
/// Being late by more than this is worth a word.
const HELD_UP: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Number of the next block.
    block: u32,
    /// It is mixed no sooner than this.
    earliest: Duration,
    /// Blocks since it was held up that were late by more than [`HELD_UP`].
    late: u32,
}

/// The end of a time in which blocks were mixed much too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeldUp {
    pub blocks: u32,
}

impl Pace {
    /// Running time at which the next block begins.
    pub(super) fn next(&self) -> Duration {
        LENGTH * self.block
    }

    /// How long it is until the next block is mixed: zero if that is now.
    pub(super) fn wait(&self, now: Duration) -> Duration {
        (self.next() + LENGTH + PATIENCE).max(self.earliest).saturating_sub(now)
    }

    /// The next block has been mixed. Says so if it is the first for long that was not much too late.
    pub(super) fn mixed(&mut self, now: Duration) -> Option<HeldUp> {
        let late = now > self.next() + LENGTH + PATIENCE + HELD_UP;
        self.block += 1;
        self.earliest = now + CATCHING_UP;
        if late {
            self.late += 1;
            return None;
        }
        let blocks = std::mem::take(&mut self.late);
        (blocks > 0).then_some(HeldUp { blocks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_block_waits_for_its_end_and_for_its_sources() {
        let mut pace = Pace::default();
        assert_eq!(pace.wait(ms(0)), ms(40));
        assert_eq!(pace.wait(ms(39)), ms(1));
        assert_eq!(pace.wait(ms(40)), ms(0));
        assert_eq!(pace.mixed(ms(40)), None);
        assert_eq!(pace.next(), ms(10));
        assert_eq!(pace.wait(ms(40)), ms(10));
    }

    #[test]
    fn missed_blocks_are_mixed_a_little_apart_until_it_is_in_time_again() {
        let mut pace = Pace::default();
        let mut now = ms(500);
        let mut starts = Vec::new();
        while now < ms(1_000) {
            if pace.wait(now).is_zero() {
                starts.push(pace.next());
                assert_eq!(pace.mixed(now), None);
            }
            now += pace.wait(now);
        }
        assert!(starts.iter().enumerate().all(|(block, start)| *start == LENGTH * block as u32));
        assert_eq!(pace.next(), ms(960));
        assert!(pace.wait(now) <= LENGTH);
    }

    #[test]
    fn it_tells_when_it_was_held_up_for_long() {
        let mut pace = Pace::default();
        let mut told = Vec::new();
        let mut now = ms(2_000);
        for _ in 0..400 {
            now += pace.wait(now);
            told.extend(pace.mixed(now));
        }
        assert_eq!(told.len(), 1);
        assert!(told[0].blocks > 90, "{told:?}");
    }
}
