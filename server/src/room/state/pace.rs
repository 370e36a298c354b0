//! How often one person may react, cheer, vote and stake, over all of their connections: toggling costs a record each time.

use std::time::Duration;

use uuid::Uuid;

use super::{Now, Rate, Room};
use crate::http::problem::Problem;

/// So much at once, all of it together.
pub(super) const PACE: Rate = Rate { count: 20, per: Duration::from_secs(5) };

impl Room {
    /// Counts something that somebody does, or says how long they have to wait for it.
    pub(super) fn pace(&mut self, account: Uuid, now: &Now) -> Result<(), Problem> {
        let Some(person) = self.people.person(account) else { return Ok(()) };
        person.acts(now.at, PACE).map_err(|wait| Problem::too_many(Duration::from_millis(wait.unsigned_abs())))
    }
}
