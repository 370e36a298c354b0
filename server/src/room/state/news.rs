//! What changes often and is told to everybody now and then.

/// News are told at most this often, in milliseconds.
const TOLD_EVERY: i64 = 1_000;

/// Whether there is something to tell, and when something was told last, in milliseconds since 1970.
#[derive(Debug, Default)]
pub(super) struct News {
    are_there: bool,
    told_at: i64,
}

impl News {
    pub(super) fn come(&mut self) {
        self.are_there = true;
    }

    /// Takes the news to tell them now; or says when it will be time for that, if there are any.
    pub(super) fn take(&mut self, at: i64) -> Result<(), Option<i64>> {
        let due = self.told_at + TOLD_EVERY;
        if !self.are_there || at < due {
            return Err(self.are_there.then_some(due));
        }
        *self = Self { are_there: false, told_at: at };
        Ok(())
    }
}
