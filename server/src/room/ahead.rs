//! The time in a room that is opened, beside this server's: nothing happens in it before what was written down. Another server's clock
//! may have said when that was, or this one's before it was set back.

/// An hour, in milliseconds. What is further in the future was written by a clock that was wrong, and is not waited for.
const MOST: i64 = 3_600_000;

/// By how many milliseconds a room's time is ahead of `now`, in milliseconds since 1970, if `latest` is the latest that was written
/// down.
pub(super) fn of(latest: Option<i64>, now: i64) -> i64 {
    latest.map(|latest| latest - now).filter(|ahead| (1..=MOST).contains(ahead)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_ahead_by_as_much_as_what_was_written_down_unless_that_cannot_be() {
        let now = 10 * MOST;
        for latest in [None, Some(0), Some(now), Some(now + MOST + 1)] {
            assert_eq!(of(latest, now), 0, "{latest:?}");
        }
        for by in [1, MOST] {
            assert_eq!(of(Some(now + by), now), by);
        }
    }
}
