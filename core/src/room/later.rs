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

    /// Something that was live then, by this client's clock. Nothing overtakes what waits; without a moment it waits for that only.
    pub(super) fn add(&mut self, live_at: Option<u64>, what: T) {
        let due = live_at.map_or(0, |at| at.saturating_add(self.delay));
        let last = self.waiting.back().map_or(0, |(due, _)| *due);
        self.waiting.push_back((due.max(last), what));
    }

    /// Whether something that comes now waits, which is of a moment of the broadcast or not.
    pub(super) fn holds_back(&self, is_of_moment: bool) -> bool {
        (is_of_moment && self.delay > 0) || !self.waiting.is_empty()
    }

    /// Whether the picture is behind by more than that.
    pub(super) fn is_behind(&self, age: u64) -> bool {
        age < self.delay
    }

    /// What happened so many milliseconds ago. It waits, as all that is added.
    pub(super) fn add_aged(&mut self, now: u64, age: u64, what: T) {
        let due = now.saturating_add(self.delay.saturating_sub(age));
        let last = self.waiting.back().map_or(0, |(due, _)| *due);
        self.waiting.push_back((due.max(last), what));
    }

    /// The next that is due.
    pub(super) fn take_due(&mut self, now: u64) -> Option<T> {
        self.waiting.pop_front_if(|(due, _)| *due <= now).map(|(_, what)| what)
    }

    /// The first that is so, which waits no longer.
    pub(super) fn take_first(&mut self, mut is_it: impl FnMut(&T) -> bool) -> Option<T> {
        let place = self.waiting.iter().position(|(_, what)| is_it(what))?;
        self.waiting.remove(place).map(|(_, what)| what)
    }

    /// When the next is due.
    pub(super) fn due_at(&self) -> Option<u64> {
        self.waiting.front().map(|(due, _)| *due)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.waiting.iter().map(|(_, what)| what)
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
