//! How much may be written, and how often one person may react, cheer, vote, stake and have old messages looked up, over all of
//! their connections: toggling costs a record each time.

use std::time::Duration;

use uuid::Uuid;

use super::{Now, Room};
use crate::http::problem::Problem;

/// Messages that may be sent at once, and the time in which so many may be sent again.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub count: usize,
    pub per: Duration,
}

/// How much may be written.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// By one person.
    pub one: Rate,
    /// By all in a room together, moderators apart.
    pub all: Rate,
}

/// So much at once, all of it together.
pub(super) const PACE: Rate = Rate { count: 20, per: Duration::from_secs(5) };

impl Room {
    /// Counts something that somebody does, or says how long they have to wait for it.
    pub(super) fn pace(&mut self, account: Uuid, now: &Now) -> Result<(), Problem> {
        let Some(person) = self.people.person(account) else { return Ok(()) };
        person.acts(now.at, PACE).map_err(|wait| Problem::too_many(Duration::from_millis(wait.unsigned_abs())))
    }
}
