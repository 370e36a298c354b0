//! How often one client may do what costs the server something.

use std::num::NonZeroU32;
use std::str::FromStr;

use serde::Deserialize;

/// So many a minute, all of which may come at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Rate {
    pub per_minute: NonZeroU32,
}

impl Rate {
    const fn per_minute(count: u32) -> Self {
        Self { per_minute: NonZeroU32::new(count).expect("not zero") }
    }
}

impl FromStr for Rate {
    type Err = String;

    /// `10/min` or `2/s`.
    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = || format!("`{text}` is not a rate; write it like \"10/min\" or \"2/s\"");
        let (count, unit) = text.split_once('/').ok_or_else(invalid)?;
        let count: u32 = count.trim().parse().map_err(|_| invalid())?;
        let per_minute = match unit.trim() {
            "min" => Some(count),
            "s" => count.checked_mul(60),
            _ => None,
        };
        per_minute.and_then(NonZeroU32::new).map(|per_minute| Self { per_minute }).ok_or_else(invalid)
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
    /// Log-ins tried from one address.
    pub log_in_address: Rate,
    /// Sessions refreshed from one address.
    pub refresh: Rate,
    /// Wrong stream keys from one address.
    pub wrong_key: Rate,
    /// WHIP sessions begun with one stream key, connected or not.
    pub whip: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_up: Rate::per_minute(10),
            log_in: Rate::per_minute(10),
            log_in_address: Rate::per_minute(60),
            refresh: Rate::per_minute(300),
            wrong_key: Rate::per_minute(30),
            whip: Rate::per_minute(30),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_written_per_minute_or_per_second() {
        assert_eq!("10/min".parse::<Rate>().unwrap().per_minute.get(), 10);
        assert_eq!("2/s".parse::<Rate>().unwrap().per_minute.get(), 120);
        for bad in ["", "10", "0/min", "-1/s", "10/h", "99999999999/s", "4294967295/s"] {
            assert!(bad.parse::<Rate>().is_err(), "{bad}");
        }
    }
}
