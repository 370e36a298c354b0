//! How a room is kept: who may write what, and what waits for a moderator.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::goals::Goal;

/// Filters that a room may have, and characters that one may have.
pub const MAX_FILTERS: usize = 300;
pub const MAX_FILTER: usize = 100;

/// How a room is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Settings {
    /// Seconds between two messages of one person; 0 for none, 300 at most.
    pub slow_s: u32,
    /// Only who has followed the channel for so many minutes may write; null for everybody.
    pub followers_min: Option<u32>,
    /// Only subscribers may write.
    pub subscribers_only: bool,
    /// Only emoji and the channel's emotes may be written.
    pub emotes_only: bool,
    /// Nothing that was said lately, or waits to be shown, may be said again.
    pub unique: bool,
    /// Links are held for a moderator.
    pub hold_links: bool,
    /// Shouting, drawn-out letters, the same word many times and walls of emoji are held for a moderator.
    pub hold_noise: bool,
    /// The shield goes up by itself when several strangers say the same.
    pub auto_shield: bool,
    /// The shield is up until then: only people whom the room knew before may write, moderators apart. Whom it knows: who
    /// had followed for ten minutes, or had written here.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub shielded_until: Option<OffsetDateTime>,
    /// Seconds for which only moderators see what others say; 0 for none, 10 at most.
    pub delay_s: u32,
    /// Questions to the creator are taken.
    pub questions: bool,
    /// Nobody may send their viewers here.
    pub refuses_raids: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
    /// What messages link to is not looked up.
    pub no_previews: bool,
}

/// A change of how a room is kept: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct SettingsChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_s: Option<u32>,
    /// 0 for every follower; -1 for everybody, followers or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followers_min: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscribers_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emotes_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_links: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_noise: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_shield: Option<bool>,
    /// Raises the shield for 15 minutes from now, or lowers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shield: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_s: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub questions: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuses_raids: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_previews: Option<bool>,
}

/// A word or pattern that the room does not want. Only moderators know of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Filter {
    /// `word`, `two words`, `begin*`, `*end`, `*within*`, or `/a regular expression/`; 1 to 100 characters. Words are found
    /// whatever their case, marks and spacing, with digits, signs and look-alike letters in them; a word also in pieces if one is
    /// no word by itself. Expressions are tried on the text as it is, and without its capitals, marks and look-alikes.
    pub pattern: String,
    pub action: FilterAction,
}

/// What becomes of a message that a filter catches. The later one is the stronger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FilterAction {
    /// It waits for a moderator.
    #[default]
    Hold,
    /// It is not taken; its author is told that such words are not wanted here.
    Refuse,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previews_are_on_unless_the_room_wants_none() {
        let settings: Settings = serde_json::from_str("{}").unwrap();
        assert!(!settings.no_previews);
    }
}
