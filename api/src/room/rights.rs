//! What a moderator may do, as the creator chose it.

use serde::{Deserialize, Serialize};

/// What a moderator may do besides what every moderator may: delete and pin messages, show or discard what waits, announce, answer
/// questions, fulfil rewards, read the desk, deal with reports and write notes. What is absent they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Rights {
    /// Silence and ban people, let them back and decide their appeals.
    pub people: bool,
    /// Change how the room is kept: its modes, the shield, filters.
    pub rules: bool,
    /// Start, end and decide polls, predictions and raids, and recommend channels.
    pub events: bool,
}

impl Rights {
    pub const ALL: Self = Self { people: true, rules: true, events: true };
    pub const NONE: Self = Self { people: false, rules: false, events: false };

    pub fn are_all(&self) -> bool {
        *self == Self::ALL
    }

    /// Whether who has these may do nothing that who has `others` may not.
    pub fn are_within(self, others: Self) -> bool {
        self.people <= others.people && self.rules <= others.rules && self.events <= others.events
    }
}

impl Default for Rights {
    fn default() -> Self {
        Self::ALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_that_is_not_named_is_had() {
        let read = |text| serde_json::from_str::<Rights>(text).unwrap();
        assert!(read("{}").are_all());
        assert_eq!(read(r#"{"rules":false}"#), Rights { rules: false, ..Rights::ALL });
        assert!(Rights::NONE.are_within(read(r#"{"rules":false}"#)));
        assert!(!Rights::ALL.are_within(read(r#"{"rules":false}"#)));
    }
}
