//! How long to wait before the next attempt.

/// Doubles from `first` to `most` milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: u64,
    most: u64,
    attempt: u32,
    /// Where the chances are that spread the waits, if they are spread.
    chance: Option<u64>,
}

impl Backoff {
    pub const fn new(first: u64, most: u64) -> Self {
        Self { first, most, attempt: 0, chance: None }
    }

    /// Waits that are anything up to that, by chance: of all whose connection a server's end has closed at once each comes back at a
    /// moment of its own. `seed` is different for each client.
    pub fn spread(first: u64, most: u64, seed: &str) -> Self {
        // FNV-1a.
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let chance = Some(seed.bytes().fold(0xcbf2_9ce4_8422_2325, hash));
        Self { chance, ..Self::new(first, most) }
    }

    /// Attempts so far.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The milliseconds to wait before the next attempt, which this counts.
    pub fn step(&mut self) -> u64 {
        let wait = self.first.saturating_mul(1 << self.attempt.min(32)).min(self.most);
        self.attempt = self.attempt.saturating_add(1);
        self.within(wait)
    }

    /// Anything up to so many milliseconds; exactly as many if nothing is left to chance.
    pub fn within(&mut self, most: u64) -> u64 {
        self.chance.as_mut().map_or(most, |chance| next(chance) % most.saturating_add(1))
    }

    pub fn reset(&mut self) {
        self.attempt = 0;
    }
}

/// The next number of a sequence (SplitMix64): even enough to spread waits, and nothing else is asked of it.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

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

    #[test]
    fn clients_whose_connections_end_together_do_not_come_back_together() {
        let mut clients: Vec<Backoff> =
            (0..1_000).map(|client| Backoff::spread(500, 8_000, &format!("k{client}"))).collect();
        for most in [500, 1_000, 2_000, 4_000, 8_000, 8_000] {
            let waits: Vec<u64> = clients.iter_mut().map(Backoff::step).collect();
            assert!(waits.iter().all(|wait| *wait <= most));
            // A tenth of the time brings about a tenth of them.
            for tenth in 0..10 {
                let of_it = waits.iter().filter(|wait| *wait * 10 / (most + 1) == tenth).count();
                assert!((50..=150).contains(&of_it), "{of_it} of 1,000 within a tenth of {most} ms");
            }
        }
        let waits: HashSet<Vec<u64>> = clients.iter_mut().map(|client| vec![client.step(), client.step()]).collect();
        assert!(waits.len() > 990);
    }
}
