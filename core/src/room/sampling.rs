//! How much of what is said is shown where more is said than a person can read.
//!
//! It goes by when messages were written and not by when they come: what was missed while the line was cut, or has waited for the picture,
//! comes at once and was not said at once. So nothing is left out that would have been shown without that.

use klieg_api::Handle;
use klieg_api::room::{Badge, Message};
use time::{Duration, OffsetDateTime};

/// A message is read in so long ...
const READING: Duration = Duration::milliseconds(125);
/// ... and whoever is behind by no more than this catches up. So forty may be said at once, and eight a second without end; a room in
/// which more is said is huge, however few are in it.
const BEHIND: Duration = Duration::seconds(5);

#[derive(Debug, Default)]
pub(super) struct Sampling {
    /// Whose client this is wants no more than can be read, ...
    pub(super) is_wanted: bool,
    /// ... and does not keep the room in order: who does has to see everything.
    pub(super) keeps_order: bool,
    /// When the latest message was written, by the server's clock, and how long it took from then to read what is shown.
    latest: Option<OffsetDateTime>,
    unread: Duration,
    /// When a message was last left out, by this client's clock.
    pub(super) left_out: Option<u64>,
}

impl Sampling {
    /// Whether a part is shown of too much to read.
    pub(super) fn is_on(&self) -> bool {
        self.is_wanted && !self.keeps_order
    }

    /// Whether a message is shown to `me`. What creator and moderators say, announcements, what was paid for, mentions, answers to `me`
    /// and what is their own always are, and take nothing from the rest.
    pub(super) fn shows(&mut self, now: u64, message: &Message, me: Option<&Handle>) -> bool {
        let matters = message.announcement
            || message.reward.is_some()
            || message.author.badges.iter().any(|badge| matches!(badge, Badge::Creator | Badge::Moderator))
            || me.is_some_and(|me| message.is_for(me) || message.author.handle == *me);
        if !self.is_on() || matters {
            return true;
        }
        self.read_until(message.at);
        let has_time = self.unread + READING <= BEHIND;
        if has_time {
            self.unread += READING;
        } else {
            self.left_out = Some(now);
        }
        has_time
    }

    fn read_until(&mut self, at: OffsetDateTime) {
        let passed = self.latest.map_or(BEHIND, |latest| at - latest);
        // What is much older has waited for a moderator, or the server's clock was set: nobody is behind for that.
        if passed.abs() >= BEHIND {
            (self.latest, self.unread) = (Some(at), Duration::ZERO);
        } else if passed.is_positive() {
            (self.latest, self.unread) = (Some(at), (self.unread - passed).max(Duration::ZERO));
        }
    }

    /// Something else is shown from now on, and perhaps by another server's clock.
    pub(super) fn forget(&mut self) {
        (self.latest, self.unread) = (None, Duration::ZERO);
    }
}
