//! Emotes of a channel: small pictures that are written `:name:` in its room.
//!
//! A message is plain text; whoever shows it puts the picture in place of the name, and leaves a name that is none of the
//! channel's as it is written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Emotes that a channel may have.
pub const MAX_EMOTES: usize = 100;
/// The largest picture that is taken, in bytes.
pub const MAX_BYTES: usize = 512 << 10;
/// The longest side of a picture that is taken, in pixels.
pub const MAX_SIDE: u32 = 1_024;
/// Of an animation that is taken: frames, and seconds that they last.
pub const MAX_FRAMES: usize = 60;
pub const MAX_SECONDS: u32 = 10;
/// The longest side of a picture as it is kept, in pixels.
pub const SIDE: u32 = 112;

/// A picture that may be written in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Emote {
    pub name: EmoteName,
    /// The picture, a PNG: a path on this server. What is there never changes.
    pub url: String,
    /// The first frame of one that is animated, for whoever wants no motion. Absent if nothing moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub still: Option<String>,
    /// Pixels, 112 at most.
    pub width: u32,
    pub height: u32,
}

impl Emote {
    pub fn is_animated(&self) -> bool {
        self.still.is_some()
    }
}

/// What an emote is called: 2 to 24 of `a`–`z`, `A`–`Z`, `0`–`9` and `_`, and not digits alone, which times of day have
/// between colons.
///
/// Kept as it was written, and the same name in whatever case: `:Wave:` and `:wave:` are one emote.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Za-z0-9_]{2,24}$", example = "wave"))]
#[serde(try_from = "String", into = "String")]
pub struct EmoteName(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmoteName {
    #[error("use 2 to 24 characters")]
    Length,
    #[error("use only the letters a to z, digits and underscores")]
    Characters,
    #[error("use a letter as well, not digits alone")]
    Digits,
}

impl EmoteName {
    /// The most characters that a name has.
    pub const MAX: usize = 24;

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same for every way to write this name.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// Whether somebody who writes this means it.
    pub fn is(&self, written: &str) -> bool {
        self.0.eq_ignore_ascii_case(written)
    }

    /// Whether this character may be in a name.
    pub fn takes(c: char) -> bool {
        c.is_ascii_alphanumeric() || c == '_'
    }
}

impl FromStr for EmoteName {
    type Err = InvalidEmoteName;

    fn from_str(text: &str) -> Result<Self, InvalidEmoteName> {
        if !text.chars().all(Self::takes) {
            return Err(InvalidEmoteName::Characters);
        }
        if !(2..=Self::MAX).contains(&text.len()) {
            return Err(InvalidEmoteName::Length);
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidEmoteName::Digits);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for EmoteName {
    type Error = InvalidEmoteName;
    fn try_from(text: String) -> Result<Self, InvalidEmoteName> {
        text.parse()
    }
}

impl From<EmoteName> for String {
    fn from(name: EmoteName) -> Self {
        name.0
    }
}

impl fmt::Display for EmoteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The emote that a text begins with, written `:name:`, and how many bytes that takes.
pub fn leading<'a>(text: &str, emotes: &'a [Emote]) -> Option<(usize, &'a Emote)> {
    let rest = text.strip_prefix(':')?;
    let end = rest.find(|c: char| !EmoteName::takes(c))?;
    let name = rest.get(..end).filter(|_| rest.get(end..).is_some_and(|after| after.starts_with(':')))?;
    let emote = emotes.iter().find(|emote| emote.name.is(name))?;
    Some((end + 2, emote))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_not_digits_alone() {
        for good in ["gg", "Wave_2", "2fast", "__", &"a".repeat(24)] {
            assert_eq!(good.parse::<EmoteName>().unwrap().as_str(), good);
        }
        for bad in ["", "a", "30", "a b", "a:b", "wäve", "a-b", "../x", "<b>", &"a".repeat(25)] {
            assert!(bad.parse::<EmoteName>().is_err(), "{bad}");
        }
        assert_eq!("12".parse::<EmoteName>(), Err(InvalidEmoteName::Digits));
        assert!(serde_json::from_str::<EmoteName>("\"a b\"").is_err());
    }

    #[test]
    fn a_name_between_colons_is_an_emote_in_whatever_case() {
        let wave =
            Emote { name: "Wave".parse().unwrap(), url: "/emotes/0.png".into(), still: None, width: 112, height: 112 };
        let emotes = [wave];
        assert_eq!(leading(":wave: hello", &emotes), Some((6, &emotes[0])));
        for none in ["wave:", ":wave", ":wav:", ": wave:", "::wave:", ":wave :", ":", ""] {
            assert_eq!(leading(none, &emotes), None, "{none}");
        }
    }
}
