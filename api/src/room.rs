//! A room: the talk around a channel. Its messages, its rules, what happens in it.

mod counts;
mod rights;
mod said;
mod settings;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::Handle;
use crate::emotes::Emote;
use crate::points::{Prediction, Reward, Stake};
use crate::questions::{Closed, Question};
use crate::raids::{Raid, Raided, ShoutOut};
pub use counts::{Counts, Stakes};
pub use rights::Rights;
pub use settings::{Filter, FilterAction, MAX_FILTER, MAX_FILTERS, Settings, SettingsChange};

/// How [long](crate::text::length) a message may be, in characters.
pub const MAX_TEXT: usize = 500;
/// Emoji that the interface offers first.
pub const REACTIONS: [&str; 8] = ["❤️", "😂", "👏", "🔥", "😮", "😢", "👍", "🎉"];

/// A place in a room's history. Offsets count up by one within an epoch; another epoch is another count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Position {
    pub epoch: String,
    pub offset: u64,
}

/// Something that somebody said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    pub id: String,
    pub author: Author,
    /// Plain text, 1 to 500 characters; none if it only tells of a reward.
    pub text: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What was on at that moment, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    /// The handles that it mentions with an @ before them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Handle>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub announcement: bool,
    /// The reward that was redeemed with it: its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<String>,
    /// What the page says of itself that its first link leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Preview>,
}

impl Message {
    /// Whether it is said to somebody: it mentions them, or answers something that they said.
    pub fn is_for(&self, who: &Handle) -> bool {
        let answers = self.reply.as_ref().is_some_and(|reply| reply.author.handle == *who);
        self.mentions.contains(who) || (answers && self.author.handle != *who)
    }
}

/// What a page says of itself: words only, one line each. Nobody has checked that they are true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// Where the page was found, once redirects were followed: http or https.
    pub url: String,
    /// 1 to 120 characters.
    pub title: String,
    /// At most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the site calls itself; at most 60 characters. Show [`host`](Self::host) beside it, which it cannot choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
}

impl Preview {
    /// The name of the host that the address leads to.
    pub fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        host.strip_prefix("www.").unwrap_or(host)
    }
}

/// Who said it, as they were called then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Author {
    pub handle: Handle,
    /// The name shown, if they chose one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub badges: Vec<Badge>,
}

impl Author {
    /// What to call them.
    pub fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or(self.handle.as_str())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Badge {
    /// Whose channel it is.
    Creator,
    Moderator,
    Subscriber,
    /// A program wrote it, with an API token of that account.
    Bot,
    /// What this version does not know.
    #[serde(other)]
    Other,
}

/// A moment on a broadcast's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Moment {
    pub broadcast_id: String,
    /// Milliseconds since it began.
    pub at_ms: u64,
}

/// The message that another one answers: enough of it to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reply {
    pub id: String,
    /// The message that the thread began with: the answered one, or what that one's thread began with.
    pub thread: String,
    pub author: Author,
    /// Its first 100 characters.
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reaction {
    pub emoji: String,
    pub count: u32,
}

/// An emoji that one has put to a message oneself, or not any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnReaction {
    pub message: String,
    pub emoji: String,
    pub on: bool,
}

/// The emoji that a message has now: all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reacted {
    pub message: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// Those of them that one has put there oneself: told to who joins after a position. Absent where everybody is told the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Vec<String>>,
}

/// Emoji sent over the picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cheer {
    pub emoji: String,
    pub count: u32,
}

/// A question to the room. One at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Poll {
    pub id: String,
    pub question: String,
    /// 2 to 6.
    pub options: Vec<PollOption>,
    #[serde(with = "time::serde::rfc3339")]
    pub ends_at: OffsetDateTime,
    /// It is over: the votes stay as they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PollOption {
    pub text: String,
    pub votes: u32,
}

impl Poll {
    /// Everybody who has voted, once each.
    pub fn votes(&self) -> u32 {
        self.options.iter().map(|option| option.votes).sum()
    }

    /// An option's share of the votes, in whole percent.
    pub fn percent(&self, option: &PollOption) -> u32 {
        let all = u64::from(self.votes());
        (u64::from(option.votes) * 100 + all / 2).checked_div(all).unwrap_or_default() as u32
    }
}

/// What happened in a room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Somebody said something.
    Message { message: Message },
    /// Messages are gone: show nothing of them.
    Deleted { messages: Vec<String>, by_moderator: bool },
    /// What a message links to has been looked up.
    Preview { message: String, preview: Preview },
    /// A message is pinned, or none is.
    Pinned { message: Option<Message> },
    /// There is a poll, or it is over. Its votes meanwhile are told apart from the events.
    Poll { poll: Poll },
    /// There is a prediction, or it goes on. What is staked meanwhile is told apart from the events.
    Prediction { prediction: Prediction },
    /// What can be redeemed from now on.
    Rewards { rewards: Vec<Reward> },
    /// The channel has these emotes from now on.
    Emotes { emotes: Vec<Emote> },
    /// There is a question.
    Question { question: Question },
    /// A question is open no more.
    QuestionClosed { question: String, how: Closed },
    /// Everybody goes to another channel in a moment; or not any more.
    Raid { raid: Option<Raid> },
    /// It is time to go there.
    RaidGoes { raid: Raid },
    /// Another channel's viewers have come.
    Raided { raided: Raided },
    /// Another channel is recommended.
    ShoutOut { shout_out: ShoutOut },
    /// The room is kept differently from now on.
    Settings { settings: Settings },
    /// Somebody was silenced until then, or until further notice.
    Silenced {
        who: Handle,
        #[serde(with = "time::serde::rfc3339::option")]
        until: Option<OffsetDateTime>,
        /// All that they have said since then is deleted: show nothing of it. An event of its own names the latest.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
        since: Option<OffsetDateTime>,
    },
}

/// What one is in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Not logged in: may read.
    #[default]
    Guest,
    Viewer,
    Moderator,
    Creator,
}

impl Role {
    /// Whether they may do what moderators do.
    pub fn moderates(self) -> bool {
        self >= Self::Moderator
    }
}

/// What one is and may do in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct You {
    pub role: Role,
    /// What one may do as a moderator; absent for all of it, and for who is none.
    #[serde(default, skip_serializing_if = "Rights::are_all")]
    pub rights: Rights,
    /// Silenced until then.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub silenced_until: Option<OffsetDateTime>,
    /// Since when one follows the channel.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub follows_since: Option<OffsetDateTime>,
    /// What one has voted for in the poll: the option's place, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voted: Option<u32>,
    /// Points that one has here; none for guests and for the creator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<u64>,
    /// What one has staked on the prediction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stake: Option<Stake>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_knows_whose_page_it_is() {
        for (url, host) in [
            ("https://www.example.org/a/b?c=https://other.example#d", "example.org"),
            ("http://example.org:8080", "example.org:8080"),
            ("https://example.org?x", "example.org"),
            ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
            ("", ""),
        ] {
            let preview = Preview { url: url.into(), title: "t".into(), description: None, site: None };
            assert_eq!(preview.host(), host, "{url}");
        }
    }
}
