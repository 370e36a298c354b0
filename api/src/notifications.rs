//! Notifications: what a person is told of without having been there.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::Handle;

/// Most of them on a page.
pub const MAX_PAGE: u32 = 50;
/// Unseen ones are counted no further than to one more than this.
pub const MOST_COUNTED: u32 = 99;
/// Longest piece of a message that is told, in characters.
pub const MAX_EXCERPT: usize = 200;

/// One thing that a person is told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notification {
    /// The broadcast's identifier for `live`, the message's for `mention`.
    pub id: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Whose channel it happened on.
    pub channel: Who,
    /// Whether it is from before the time up to which its reader has seen everything.
    pub seen: bool,
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// A channel that the reader follows went live.
    Live {
        /// What the show was called then; may be empty.
        title: String,
    },
    /// Somebody named the reader in a room, or answered them, while they were not in it.
    Mention {
        by: Who,
        /// Up to 200 characters of what was said.
        text: String,
        /// It answers a message of the reader's.
        reply: bool,
    },
}

/// Somebody, as they are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Who {
    pub handle: Handle,
    /// The name shown, if they chose one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Who {
    /// What to call them.
    pub fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or(self.handle.as_str())
    }
}

/// `GET /api/v1/notifications`: newest first, read on with `before` set to `next_cursor` until that is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotificationPage {
    pub items: Vec<Notification>,
    pub next_cursor: Option<String>,
    /// How many there are that the reader has not seen, on all pages; 100 stands for any more than 99.
    pub unseen: u32,
}

/// `POST /api/v1/notifications/seen`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SeenUntil {
    /// `at` of the newest notification that was shown. A time before the last one given changes nothing, one that is yet to
    /// come stands for now.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_stands_beside_where_and_when() {
        let notification = Notification {
            id: "m".into(),
            at: OffsetDateTime::UNIX_EPOCH,
            channel: Who { handle: "ada".parse().unwrap(), name: Some("Ada".into()) },
            seen: false,
            what: What::Mention {
                by: Who { handle: "bob".parse().unwrap(), name: None },
                text: "@cleo look".into(),
                reply: false,
            },
        };
        let text = serde_json::to_string(&notification).unwrap();
        assert_eq!(
            text,
            r#"{"id":"m","at":"1970-01-01T00:00:00Z","channel":{"handle":"ada","name":"Ada"},"seen":false,"kind":"mention","by":{"handle":"bob"},"text":"@cleo look","reply":false}"#
        );
        assert_eq!(serde_json::from_str::<Notification>(&text).unwrap(), notification);
    }
}
