//! Goals: what a creator wants to reach together with the room.

use serde::{Deserialize, Serialize};

/// Characters that a goal's title may have.
pub const MAX_TITLE: usize = 60;

/// So many followers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Goal {
    /// 1 to 60 characters.
    pub title: String,
    /// Followers to reach: 1 to 1,000,000,000. In a change of the settings, 0 takes the goal away.
    pub target: u64,
}

impl Goal {
    /// How much of it is reached, in whole percent; 100 only when it is.
    pub fn percent(&self, followers: u64) -> u32 {
        (followers.min(self.target) * 100).checked_div(self.target).unwrap_or(100) as u32
    }
}
