//! How many people watch over HLS, which has no sessions: distinct players that asked for a media playlist lately.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// A player that has not asked for this long is gone. Longer than any blocking reload that goes well.
const GONE_AFTER: Duration = Duration::from_secs(10);
/// More than this many are not told apart.
const MOST: usize = 200_000;

#[derive(Debug, Default)]
pub(super) struct Viewers {
    seen: Mutex<HashMap<u64, Instant>>,
    hasher: RandomState,
}

impl Viewers {
    /// A player asked. It is known by the name it gives itself, else by where it comes from and what it is.
    pub(super) fn saw(&self, name: Option<&str>, peer: Option<IpAddr>, agent: &str) {
        let key = match name {
            Some(name) => self.hasher.hash_one(name),
            None => self.hasher.hash_one((peer, agent)),
        };
        let mut seen = self.seen.lock();
        if seen.len() < MOST || seen.contains_key(&key) {
            seen.insert(key, Instant::now());
        }
    }

    /// How many there are now.
    pub(super) fn count(&self) -> usize {
        let now = Instant::now();
        let mut seen = self.seen.lock();
        seen.retain(|_, at| now.duration_since(*at) < GONE_AFTER);
        seen.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_player_counts_once_and_until_it_stops_asking() {
        let viewers = Viewers::default();
        let home = Some(IpAddr::from([192, 0, 2, 7]));
        viewers.saw(None, home, "player");
        viewers.saw(None, home, "player");
        viewers.saw(None, home, "another");
        viewers.saw(Some("third"), home, "player");
        assert_eq!(viewers.count(), 3);
        tokio::time::advance(Duration::from_secs(6)).await;
        viewers.saw(None, home, "player");
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(viewers.count(), 1);
    }
}
