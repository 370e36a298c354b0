//! How a viewer likes the chat.

use std::fmt;

use klieg_api::Handle;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taste {
    /// 0 to 2: small, usual, large.
    pub size: u8,
    pub times: bool,
    /// More room between letters and lines, and names without colours.
    pub readable: bool,
    /// Also more than one can read.
    pub everything: bool,
    /// Show messages when the picture is as far as it was when they were written.
    pub in_step: bool,
    /// Nothing moves by itself.
    pub still: bool,
    /// Whose messages are not shown.
    pub ignored: Vec<Handle>,
}

impl Default for Taste {
    fn default() -> Self {
        Self {
            size: 1,
            times: false,
            readable: false,
            everything: false,
            in_step: true,
            still: false,
            ignored: Vec::new(),
        }
    }
}

impl Taste {
    /// What [`Display`](fmt::Display) wrote; what cannot be read is as usual.
    pub fn parse(kept: &str) -> Self {
        let usual = Self::default();
        let mut parts = kept.split(' ');
        Self {
            size: parts.next().and_then(|size| size.parse().ok()).filter(|size| *size <= 2).unwrap_or(usual.size),
            times: parts.next().map_or(usual.times, |times| times == "true"),
            in_step: parts.next().map_or(usual.in_step, |in_step| in_step == "true"),
            readable: parts.next().map_or(usual.readable, |readable| readable == "true"),
            everything: parts.next().map_or(usual.everything, |everything| everything == "true"),
            still: parts.next().map_or(usual.still, |still| still == "true"),
            ignored: parts.next().unwrap_or_default().split(',').filter_map(|who| who.parse().ok()).collect(),
        }
    }
}

impl fmt::Display for Taste {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { size, times, readable, everything, in_step, still, ignored } = self;
        let ignored: Vec<&str> = ignored.iter().map(Handle::as_str).collect();
        write!(f, "{size} {times} {in_step} {readable} {everything} {still} {}", ignored.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::Taste;

    #[test]
    fn a_taste_is_kept_and_nonsense_is_as_usual() {
        let ignored = vec!["bob".parse().unwrap(), "eve".parse().unwrap()];
        let taste =
            Taste { size: 2, times: true, readable: true, everything: true, in_step: false, still: true, ignored };
        assert_eq!(Taste::parse(&taste.to_string()), taste);
        assert_eq!(Taste::parse(&Taste::default().to_string()), Taste::default());
        assert_eq!(Taste::parse("1 false true false false true"), Taste { still: true, ..Taste::default() });
        assert_eq!(Taste::parse("9 x"), Taste { times: false, in_step: true, ..Taste::default() });
    }
}
