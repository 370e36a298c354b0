//! When each session wants to be woken.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// The wake-up times of all sessions of a worker, at most a few entries for each.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, u64)>>,
}

/// A session's place in the queue. A session that is served often moves its deadline with every packet, so an entry
/// that comes due is compared with the deadline instead of being moved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    at: Instant,
    queued: Option<Instant>,
}

impl Deadline {
    pub(crate) const fn new(at: Instant) -> Self {
        Self { at, queued: None }
    }

    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.at <= now
    }
}

impl Timers {
    /// Sets a session's deadline.
    pub(crate) fn set(&mut self, session: u64, deadline: &mut Deadline, at: Instant) {
        deadline.at = at;
        if deadline.queued.is_none_or(|queued| at < queued) {
            deadline.queued = Some(at);
            self.heap.push(Reverse((at, session)));
        }
    }

    /// When the next entry comes due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes out an entry that is due: its session may be.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<(Instant, u64)> {
        let due = self.next().is_some_and(|at| at <= now);
        if due { self.heap.pop().map(|Reverse(entry)| entry) } else { None }
    }

    /// An entry of this session, taken out at `at`, was not due: keeps one in the queue.
    pub(crate) fn requeue(&mut self, session: u64, deadline: &mut Deadline, at: Instant) {
        if deadline.queued == Some(at) {
            deadline.queued = None;
            let later = deadline.at;
            self.set(session, deadline, later);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_deadline_that_moved_is_met_at_its_new_time() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let (mut timers, mut deadline) = (Timers::default(), Deadline::new(start));
        timers.set(1, &mut deadline, at(10));
        timers.set(1, &mut deadline, at(30));
        assert_eq!(timers.pop(at(5)), None);
        assert_eq!(timers.pop(at(10)), Some((at(10), 1)));
        assert!(!deadline.is_due(at(10)));
        timers.requeue(1, &mut deadline, at(10));
        assert_eq!(timers.next(), Some(at(30)));
        timers.set(1, &mut deadline, at(20));
        assert_eq!(timers.pop(at(20)), Some((at(20), 1)));
        assert!(deadline.is_due(at(20)));
    }
}
