//! How a room is kept, as its row in `rooms` has it.

use klieg_api::room::Settings;

/// The settings as they were kept. Of what cannot be read nothing is guessed: the room opens, since only there moderators can put it
/// right, and is as strict as it can be, since what protected it may have been in there.
pub(in crate::room) fn read(channel: &str, kept: &str) -> Settings {
    serde_json::from_str(kept).unwrap_or_else(|error| {
        tracing::error!(%error, channel, "how a room is kept cannot be read: only moderators may write there until they change it");
        strictest()
    })
}

fn strictest() -> Settings {
    Settings {
        subscribers_only: true,
        followers_min: Some(10),
        slow_s: 30,
        unique: true,
        hold_links: true,
        hold_noise: true,
        auto_shield: true,
        refuses_raids: true,
        no_previews: true,
        ..Settings::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_strict_and_what_is_not_known_is_left_out() {
        assert_eq!(read("ada", "{}"), Settings::default());
        let kept = read("ada", r#"{"slow_s":5,"of_a_later_version":true}"#);
        assert_eq!(kept, Settings { slow_s: 5, ..Settings::default() });
        for broken in ["", "null", r#"{"slow_s":"ten"}"#, r#"{"slow_s":5"#] {
            assert_eq!(read("ada", broken), strictest(), "{broken}");
        }
    }
}
