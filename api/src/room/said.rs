//! Whose something is and when it was said: what goes when somebody is silenced, for servers and clients alike.

use time::OffsetDateTime;

use super::{Message, Reply};
use crate::Handle;

impl Message {
    /// Whether somebody has said it since then.
    pub fn is_by(&self, who: &Handle, since: OffsetDateTime) -> bool {
        self.author.handle == *who && self.at >= since
    }
}

impl Reply {
    /// Whether it quotes what somebody has said since then, or nobody knows when.
    pub fn is_by(&self, who: &Handle, since: OffsetDateTime) -> bool {
        self.author.handle == *who && named_at(&self.id).is_none_or(|at| at >= since)
    }
}

/// When a message was given its name, which is when it was said: a UUID of version 7 begins with that, in milliseconds since 1970
/// (RFC 9562, section 5.7). None of another name.
fn named_at(id: &str) -> Option<OffsetDateTime> {
    let (high, rest) = id.split_once('-')?;
    let (low, rest) = rest.split_once('-')?;
    if high.len() != 8 || low.len() != 4 || !rest.starts_with('7') {
        return None;
    }
    let (high, low) = (u32::from_str_radix(high, 16).ok()?, u16::from_str_radix(low, 16).ok()?);
    let millis = (i128::from(high) << 16) | i128::from(low);
    OffsetDateTime::from_unix_timestamp_nanos(millis * 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_when_it_was_given() {
        let at = OffsetDateTime::from_unix_timestamp(1_645_557_742).unwrap();
        assert_eq!(named_at("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"), Some(at), "the example of the RFC");
        for other in
            ["017f22e2-79b0-4cc3-98c4-dc0c0c07398f", "017f22e279b07cc398c4dc0c0c07398f", "a-b-7", "é7f22e2-79b0-7", ""]
        {
            assert_eq!(named_at(other), None, "{other}");
        }
    }
}
