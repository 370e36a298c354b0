//! What an account's fields must be like. No I/O.

use std::fmt;
use std::str::FromStr;

use klieg_api::Handle;

/// An e-mail address: something@something.something, at most 254 characters, no blanks or brackets. Whether it exists,
/// only a letter can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write an e-mail address like ada@example.org")]
pub struct InvalidEmail;

impl Email {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two spellings of one address have in common.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let forbidden = |c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"@".contains(c);
        let labels_fit = domain.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
        let fits = text.len() <= 254
            && (1..=64).contains(&local.len())
            && !local.contains(forbidden)
            && domain.contains('.')
            && labels_fit;
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidEmail) }
    }
}

/// A password of 8 to 256 characters, any characters. `Debug` does not show it.
#[derive(Clone)]
pub struct Password(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password has 8 to 256 characters")]
pub struct InvalidPassword;

impl Password {
    /// No password is longer in UTF-8.
    pub const MOST_BYTES: usize = 4 * 256;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Password {
    type Err = InvalidPassword;

    fn from_str(text: &str) -> Result<Self, InvalidPassword> {
        if (8..=256).contains(&text.chars().count()) { Ok(Self(text.to_owned())) } else { Err(InvalidPassword) }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// What people log in with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Login {
    Handle(String),
    /// In lower case.
    Email(String),
}

impl Login {
    /// `None` if no account can have this handle or address.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.contains('@') {
            return text.parse::<Email>().ok().map(|email| Self::Email(email.key()));
        }
        text.parse::<Handle>().ok().map(|handle| Self::Handle(handle.into()))
    }

    /// What attempts are counted under.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Handle(text) | Self::Email(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_that_can_exist_are_taken() {
        for good in ["ada@example.org", " Ada.Lovelace+tag@sub.example.co.uk ", "用户@例子.广告", "o'brien@example.ie"]
        {
            assert!(good.parse::<Email>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@localhost",
            "a b@example.org",
            "<a@b.c>",
            "a@b@c.d",
            "a@-b.c",
            "a@b..c",
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
    }

    #[test]
    fn passwords_are_counted_in_characters() {
        assert!("sieben7".parse::<Password>().is_err());
        assert!("ошибка12".parse::<Password>().is_ok());
        assert!("x".repeat(257).parse::<Password>().is_err());
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parsers(text in "\\PC{0,300}") {
            let _ = (text.parse::<Email>(), text.parse::<Password>(), Login::parse(&text));
        }
    }
}
