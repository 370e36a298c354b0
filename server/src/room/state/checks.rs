//! What the tables say of a room that others change: read now and then, in case a word of it was lost.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::people::Listed;
use super::{Now, Room};

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// When reading began, in milliseconds since 1970.
    pub begun: i64,
    pub private: bool,
    pub followers: u64,
    /// What was lifted lately: whose bans and timeouts, and when these had begun.
    pub lifted: Vec<(Uuid, i64)>,
    /// Who has said lately that they want to be named to others, or not.
    #[serde(default)]
    pub listed: Vec<(Uuid, Listed)>,
}

impl Room {
    /// Takes over what the room was not told.
    pub fn checked(&mut self, checked: &Checked, now: &Now) {
        // What it was told meanwhile is newer than what was read.
        if self.private != checked.private && checked.begun > self.private_told {
            self.set_private(checked.private, now);
        }
        self.set_followers(checked.followers);
        for (account, since) in &checked.lifted {
            self.lifted(*account, *since, now);
        }
        for (account, listed) in &checked.listed {
            self.people.set_listed(*account, *listed);
        }
    }
}
