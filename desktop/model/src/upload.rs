//! What the creator's connection carries.

use serde::{Deserialize, Serialize};

/// What is known of the upload: measured by sending to the account's server, or as the creator says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Upload {
    /// `done` is 0 to 1.
    Measuring { done: f64 },
    /// In kbit/s, by sending to this server ([`Account::server`](crate::Account::server)) at this time, Unix time in milliseconds.
    Measured { kbit: u32, at: u64, server: String },
    /// The same, too long ago to be trusted: lines change.
    Old { kbit: u32, at: u64, server: String },
    /// What the creator's line has, in kbit/s.
    Said { kbit: u32 },
    /// In words.
    Failed { reason: String },
}

impl Upload {
    /// What may be said, in kbit/s.
    pub const LEAST: u32 = 100;
    pub const MOST: u32 = 10_000_000;
    /// How long a measurement is trusted, in milliseconds: a week.
    pub const TRUSTED: u64 = 7 * 24 * 3_600 * 1_000;

    /// The same at `now`, Unix time in milliseconds: what was measured too long ago is old. So is what a clock that was wrong says is
    /// still to come.
    #[must_use]
    pub fn as_of(self, now: u64) -> Self {
        match self {
            Self::Measured { kbit, at, server } if now.abs_diff(at) > Self::TRUSTED => Self::Old { kbit, at, server },
            same => same,
        }
    }

    /// Whether it says something that is worth keeping.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Measured { .. } | Self::Old { .. } | Self::Said { .. })
    }

    /// The server that it was measured with.
    pub fn server(&self) -> Option<&str> {
        match self {
            Self::Measured { server, .. } | Self::Old { server, .. } => Some(server),
            Self::Measuring { .. } | Self::Said { .. } | Self::Failed { .. } => None,
        }
    }

    /// In kbit/s, if it can be trusted.
    pub fn kbit(&self) -> Option<u32> {
        match self {
            Self::Measured { kbit, .. } | Self::Said { kbit } => Some(*kbit),
            Self::Measuring { .. } | Self::Old { .. } | Self::Failed { .. } => None,
        }
    }

    /// An upload as people write it, in Mbit/s, in kbit/s: `20`, `2.5` and `2,5`. None if it is no upload.
    pub fn read(text: &str) -> Option<u32> {
        let mbit: f64 = text.trim().replace(',', ".").parse().ok()?;
        let kbit = (mbit * 1_000.0).round();
        (f64::from(Self::LEAST)..=f64::from(Self::MOST)).contains(&kbit).then_some(kbit as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_is_trusted_for_a_week_and_a_word_for_good() {
        let measured = |at| Upload::Measured { kbit: 5_000, at, server: "https://k.example".into() };
        let now = 10 * Upload::TRUSTED;
        for at in [now, now - Upload::TRUSTED, now + 1_000] {
            assert_eq!(measured(at).as_of(now).kbit(), Some(5_000), "{at}");
        }
        for at in [0, now - Upload::TRUSTED - 1, now + Upload::TRUSTED + 1] {
            let old = measured(at).as_of(now);
            assert!(old.kbit().is_none() && old.is_known() && old.server().is_some(), "{at}");
        }
        assert_eq!(Upload::Said { kbit: 900 }.as_of(now), Upload::Said { kbit: 900 });
    }

    #[test]
    fn an_upload_is_read_as_people_write_it() {
        for (text, kbit) in [("20", 20_000), (" 2.5 ", 2_500), ("2,5", 2_500), ("0.1", 100)] {
            assert_eq!(Upload::read(text), Some(kbit), "{text}");
        }
        for text in ["", "fast", "0", "-3", "NaN", "inf", "10001", "1,000,000"] {
            assert_eq!(Upload::read(text), None, "{text}");
        }
    }
}
