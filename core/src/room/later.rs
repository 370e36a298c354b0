//! What comes too early for the picture, and waits until that is as far.

use std::collections::VecDeque;

/// The longest wait, in milliseconds.
const LONGEST: u64 = 30_000;

#[derive(Debug)]
pub(super) struct Later<T> {
    delay: u64,
    /// Each with when it is due, in their order.
    waiting: VecDeque<(u64, T)>,
}

impl<T> Default for Later<T> {
    fn default() -> Self {
        Self { delay: 0, waiting: VecDeque::new() }
    }
}

impl<T> Later<T> {
    /// How far the picture is behind, in milliseconds.
    pub(super) fn set_delay(&mut self, millis: u64) {
        let millis = millis.min(LONGEST);
        if millis != self.delay {
            for (due, _) in &mut self.waiting {
                *due = due.saturating_sub(self.delay).saturating_add(millis);
            }
            self.delay = millis;
        }
    }

    pub(super) fn is_needed(&self) -> bool {
        self.delay > 0
    }

    pub(super) fn add(&mut self, now: u64, what: T) {
        self.waiting.push_back((now.saturating_add(self.delay), what));
    }

    /// What happened so many milliseconds ago, for longer than which the picture may be behind. It back if it is not.
    pub(super) fn add_aged(&mut self, now: u64, age: u64, what: T) -> Option<T> {
        if age >= self.delay {
            return Some(what);
        }
        self.waiting.push_back((now.saturating_add(self.delay - age), what));
        None
    }

    /// The next that is due.
    pub(super) fn take_due(&mut self, now: u64) -> Option<T> {
        self.waiting.pop_front_if(|(due, _)| *due <= now).map(|(_, what)| what)
    }

    /// When the next is due.
    pub(super) fn due_at(&self) -> Option<u64> {
        self.waiting.front().map(|(due, _)| *due)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.waiting.iter_mut().map(|(_, what)| what)
    }

    pub(super) fn retain(&mut self, mut is_kept: impl FnMut(&T) -> bool) {
        self.waiting.retain(|(_, what)| is_kept(what));
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }
}
