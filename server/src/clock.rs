//! The time that this server goes by: the wall clock's, but that it never goes back.
//!
//! What is said is in order by its number and not by its time. But until when somebody is silenced, when they may write again and what
//! of theirs a ban removes are times. A wall clock that is set back, by NTP or by hand, sets nothing of that back: the server's time
//! goes on, a tenth more slowly, until the wall clock is as far. One that is set forward is followed at once.
//!
//! Which servers are alive, and which broadcasts one of them still has, is another matter: each compares what the others wrote with its
//! own clock, so that goes by the [wall clock](wall).

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use time::OffsetDateTime;

/// One part in so many of what passes is left out while the wall clock is behind.
const SLOWER: u64 = 10;
/// A clock that is set back by more than this is worth a line in the log.
const TOLD: Duration = Duration::from_secs(1);

static TIME: LazyLock<Mutex<Steady>> = LazyLock::new(|| Mutex::new(Steady::new(nanos(), Instant::now())));

/// What time it is: never earlier than it was before.
pub fn now() -> OffsetDateTime {
    let mut time = TIME.lock();
    // Read in turn: who comes later reads later.
    let (said, before) = (nanos(), time.ahead);
    let at = time.read(said, Instant::now());
    if time.ahead > before + TOLD {
        tracing::warn!(by = ?time.ahead, "the clock was set back; this server's time goes on more slowly until they agree");
    }
    OffsetDateTime::from_unix_timestamp_nanos(at.into()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// What the wall clock says, on which servers that share a database agree. It may go back.
pub fn wall() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// Likewise, in nanoseconds since 1970.
fn nanos() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

/// A time that never goes back. It reads no clock, but is told what the clocks say.
#[derive(Debug)]
pub struct Steady {
    /// Nanoseconds since 1970, as it was read last, and when that was.
    at: u64,
    read: Instant,
    /// How far that was ahead of the wall clock.
    ahead: Duration,
}

impl Steady {
    /// It begins with the wall clock, in nanoseconds since 1970.
    pub fn new(wall: u64, now: Instant) -> Self {
        Self { at: wall, read: now, ahead: Duration::ZERO }
    }

    /// What time it is, in nanoseconds since 1970, when the wall clock says `wall`, likewise.
    pub fn read(&mut self, wall: u64, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(self.read).as_nanos() as u64;
        let next = self.at + passed;
        self.at = if wall >= next { wall } else { wall.max(next - passed / SLOWER) };
        self.read = self.read.max(now);
        self.ahead = Duration::from_nanos(self.at - wall);
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;
    const HOUR: u64 = 3_600 * SECOND;

    #[test]
    fn a_clock_that_is_set_forward_is_followed_and_one_that_is_set_back_is_waited_for() {
        let began = Instant::now();
        let after = |hours: u64| began + Duration::from_hours(hours);
        let mut time = Steady::new(100 * HOUR, began);
        assert_eq!(time.read(101 * HOUR, after(1)), 101 * HOUR);
        assert_eq!(time.read(200 * HOUR, after(1)), 200 * HOUR);
        // By an hour: of ten that pass nine count.
        assert_eq!(time.read(199 * HOUR, after(1)), 200 * HOUR);
        assert_eq!(time.read(204 * HOUR, after(6)), 204 * HOUR + HOUR / 2);
        assert_eq!((time.read(209 * HOUR, after(11)), time.ahead), (209 * HOUR, Duration::ZERO));
        assert_eq!(time.read(210 * HOUR, after(12)), 210 * HOUR);
    }

    proptest! {
        #[test]
        fn it_never_goes_back_nor_stands_still(steps in prop::collection::vec((0..2 * HOUR, 1..HOUR), 1..50)) {
            let (mut now, mut before) = (Instant::now(), HOUR);
            let mut time = Steady::new(before, now);
            for (wall, passed) in steps {
                now += Duration::from_nanos(passed);
                let at = time.read(wall, now);
                prop_assert!(at >= before + passed - passed / SLOWER && (at == wall || at <= before + passed));
                before = at;
            }
        }
    }
}
