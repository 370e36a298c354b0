//! A handle: the name of an account and its channel in every URL.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// 3 to 25 of `a`–`z`, `0`–`9` and `_`, beginning with a letter or digit; not a word the web app's own pages use.
///
/// Compared without regard to case: it is stored and shown in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[a-z0-9][a-z0-9_]{2,24}$", example = "ada"))]
#[serde(try_from = "String", into = "String")]
pub struct Handle(String);

/// First path segments that belong to the server or the web app.
const RESERVED: &[&str] = &[
    "about",
    "account",
    "accounts",
    "admin",
    "api",
    "app",
    "assets",
    "browse",
    "category",
    "embed",
    "emotes",
    "favicon",
    "following",
    "healthz",
    "help",
    "hls",
    "home",
    "klieg",
    "live",
    "login",
    "logout",
    "metrics",
    "me",
    "new",
    "overlay",
    "privacy",
    "problems",
    "readyz",
    "register",
    "replays",
    "root",
    "search",
    "settings",
    "signin",
    "signup",
    "static",
    "studio",
    "support",
    "system",
    "terms",
    "whep",
    "whip",
    "www",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHandle {
    #[error("a handle has 3 to 25 characters")]
    Length,
    #[error("a handle has only the letters a to z, digits and underscores, and does not begin with an underscore")]
    Characters,
    #[error("this handle is reserved; choose another")]
    Reserved,
}

impl Handle {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Handle {
    type Err = InvalidHandle;

    fn from_str(text: &str) -> Result<Self, InvalidHandle> {
        let text = text.to_ascii_lowercase();
        if !text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            || text.starts_with('_')
        {
            return Err(InvalidHandle::Characters);
        }
        if !(3..=25).contains(&text.len()) {
            return Err(InvalidHandle::Length);
        }
        if RESERVED.contains(&text.as_str()) {
            return Err(InvalidHandle::Reserved);
        }
        Ok(Self(text))
    }
}

impl TryFrom<String> for Handle {
    type Error = InvalidHandle;
    fn try_from(text: String) -> Result<Self, InvalidHandle> {
        text.parse()
    }
}

impl From<Handle> for String {
    fn from(handle: Handle) -> Self {
        handle.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_lower_case_and_plain() {
        assert_eq!("Ada_99".parse::<Handle>().unwrap().as_str(), "ada_99");
        for bad in ["", "ab", "_ada", "a da", "ädа", "a/b", "<b>", "this_handle_is_far_too_long_for_us"] {
            assert!(bad.parse::<Handle>().is_err(), "{bad}");
        }
        assert_eq!("Studio".parse::<Handle>(), Err(InvalidHandle::Reserved));
    }
}
