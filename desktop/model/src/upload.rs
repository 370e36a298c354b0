//! What the creator's connection carries.

use serde::{Deserialize, Serialize};

/// What is known of the upload: measured by sending to the account's server, or as the creator says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Upload {
    /// `done` is 0 to 1.
    Measuring { done: f64 },
    /// In kbit/s.
    Measured { kbit: u32 },
    /// What the creator's line has, in kbit/s.
    Said { kbit: u32 },
    /// In words.
    Failed { reason: String },
}

impl Upload {
    /// What may be said, in kbit/s.
    pub const LEAST: u32 = 100;
    pub const MOST: u32 = 10_000_000;

    /// In kbit/s.
    pub fn kbit(&self) -> Option<u32> {
        match self {
            Self::Measured { kbit } | Self::Said { kbit } => Some(*kbit),
            Self::Measuring { .. } | Self::Failed { .. } => None,
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
    fn an_upload_is_read_as_people_write_it() {
        for (text, kbit) in [("20", 20_000), (" 2.5 ", 2_500), ("2,5", 2_500), ("0.1", 100)] {
            assert_eq!(Upload::read(text), Some(kbit), "{text}");
        }
        for text in ["", "fast", "0", "-3", "NaN", "inf", "10001", "1,000,000"] {
            assert_eq!(Upload::read(text), None, "{text}");
        }
    }
}
