//! How often one client may do what costs the server something.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use governor::Quota;
use serde::Deserialize;

/// So many in a period, all of which may come at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Rate {
    count: NonZeroU32,
    per: Per,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Per {
    Minute,
    Hour,
}

impl Rate {
    const fn new(count: u32, per: Per) -> Self {
        Self { count: NonZeroU32::new(count).expect("not zero"), per }
    }

    pub fn quota(self) -> Quota {
        match self.per {
            Per::Minute => Quota::per_minute(self.count),
            Per::Hour => Quota::per_hour(self.count),
        }
    }

    /// How long a whole burst takes to recover.
    pub const fn period(self) -> Duration {
        match self.per {
            Per::Minute => Duration::from_mins(1),
            Per::Hour => Duration::from_hours(1),
        }
    }
}

impl FromStr for Rate {
    type Err = String;

    /// `10/min`, `2/s` or `100/h`.
    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = || format!("`{text}` is not a rate; write it like \"10/min\", \"2/s\" or \"100/h\"");
        let (count, unit) = text.split_once('/').ok_or_else(invalid)?;
        let count: u32 = count.trim().parse().map_err(|_| invalid())?;
        let (count, per) = match unit.trim() {
            "s" => (count.checked_mul(60), Per::Minute),
            "min" => (Some(count), Per::Minute),
            "h" => (Some(count), Per::Hour),
            _ => (None, Per::Hour),
        };
        count.and_then(NonZeroU32::new).map(|count| Self { count, per }).ok_or_else(invalid)
    }
}

impl TryFrom<String> for Rate {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The `[limits]` table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Accounts made from one address.
    pub sign_up: Rate,
    /// Log-ins tried for one account from one address.
    pub log_in: Rate,
    /// Log-ins tried for one account from anywhere its owner has not been lately.
    pub log_in_account: Rate,
    /// Log-ins tried from one address.
    pub log_in_address: Rate,
    /// Sessions refreshed from one address.
    pub refresh: Rate,
    /// Sign-in codes made by one account, and tried from one address.
    pub sign_in_code: Rate,
    /// API tokens made by one account.
    pub api_token: Rate,
    /// Wrong stream keys from one address.
    pub wrong_key: Rate,
    /// WHIP sessions begun with one stream key, connected or not.
    pub whip: Rate,
    /// Emotes uploaded by one account.
    pub emotes: Rate,
    /// Moments marked by one account.
    pub markers: Rate,
    /// Uploads measured by one account.
    pub upload_test: Rate,
    /// Pages looked up for links of one person, ...
    pub link_previews: Rate,
    /// ... and of all in one room.
    pub link_previews_of_room: Rate,
    /// People named by one account in rooms that they are not in, and told of it.
    pub mentions: Rate,
    /// Rooms entered by one account.
    pub room_joins: Rate,
    /// Rooms entered from one address by guests, where the operator says how many: else [`ROOM_JOINS_OF_GUESTS`](Self::ROOM_JOINS_OF_GUESTS),
    /// and any number from this machine.
    pub room_joins_of_guests: Option<Rate>,
    /// Cards, pages of older messages, all that is read or done at the desk, and people and channels named in rooms by one account, ...
    pub room_look_ups: Rate,
    /// ... and from one address by guests.
    pub room_look_ups_of_guests: Rate,
    /// Messages that one person may write at once in a room, ...
    pub room_messages: usize,
    /// ... all together, moderators apart, ...
    pub room_messages_of_all: usize,
    /// ... and in how many seconds so many may be written again.
    pub room_messages_per_s: u64,
    /// Live connections of one address at once, likewise: else [`LIVE_CONNECTIONS`](Self::LIVE_CONNECTIONS), and any number from this
    /// machine.
    pub live_connections: Option<usize>,
}

impl Limits {
    /// A whole school may be behind one address.
    pub const ROOM_JOINS_OF_GUESTS: Rate = Rate::new(3_000, Per::Minute);
    pub const LIVE_CONNECTIONS: usize = 2_000;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_up: Rate::new(10, Per::Minute),
            log_in: Rate::new(10, Per::Minute),
            log_in_account: Rate::new(100, Per::Hour),
            log_in_address: Rate::new(60, Per::Minute),
            refresh: Rate::new(300, Per::Minute),
            sign_in_code: Rate::new(10, Per::Minute),
            api_token: Rate::new(30, Per::Minute),
            wrong_key: Rate::new(30, Per::Minute),
            whip: Rate::new(30, Per::Minute),
            emotes: Rate::new(60, Per::Minute),
            markers: Rate::new(60, Per::Minute),
            upload_test: Rate::new(6, Per::Minute),
            link_previews: Rate::new(10, Per::Minute),
            link_previews_of_room: Rate::new(60, Per::Minute),
            mentions: Rate::new(60, Per::Minute),
            room_joins: Rate::new(300, Per::Minute),
            room_joins_of_guests: None,
            room_look_ups: Rate::new(600, Per::Minute),
            room_look_ups_of_guests: Rate::new(3_000, Per::Minute),
            room_messages: 20,
            room_messages_of_all: 500,
            room_messages_per_s: 5,
            live_connections: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_written_per_second_minute_or_hour() {
        assert_eq!("10/min".parse::<Rate>().unwrap(), Rate::new(10, Per::Minute));
        assert_eq!("2/s".parse::<Rate>().unwrap(), Rate::new(120, Per::Minute));
        assert_eq!("100/h".parse::<Rate>().unwrap(), Rate::new(100, Per::Hour));
        for bad in ["", "10", "0/min", "-1/s", "10/d", "99999999999/s", "4294967295/s"] {
            assert!(bad.parse::<Rate>().is_err(), "{bad}");
        }
    }
}
