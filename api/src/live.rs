//! The live connection, the WebSocket at `/api/v1/live`: what a client asks, and what the server says.
//!
//! Both are JSON objects, one a text message. A client's carry a number of its own choice, which the answer repeats. The
//! server's frames of a room come in the room's order.

use serde::{Deserialize, Serialize};

use crate::Handle;
use crate::desk::{Act, Appeal, Card, Report};
use crate::problem::Problem;
use crate::room::{Cheer, Event, Filter, Message, Poll, Position, Settings, SettingsChange, You};

/// The largest message that a client may send, in bytes.
pub const MAX_REQUEST: usize = 16 << 10;

/// What a client sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Request {
    /// The client's own number; below 2^53. The answer repeats it.
    pub id: u64,
    #[serde(flatten)]
    pub command: Command,
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Says who one is, by an access token or an API token. Once a connection, before joining; without it one may only
    /// read. The connection goes on as long as the session does, also when the access token has expired; one with an API
    /// token ends with that.
    Authenticate {
        token: String,
    },
    /// Enters a room: a channel's, by its handle. With `after`, what came since is sent instead of a snapshot, if the
    /// server still has it.
    Join {
        room: Handle,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Position>,
    },
    Leave {
        room: Handle,
    },
    /// Says something. Answered once it cannot be lost any more. The same `nonce` again is the same message, so that a client
    /// may repeat what was not answered.
    Say {
        room: Handle,
        text: String,
        /// 1 to 40 characters, different for each message of this account.
        nonce: String,
        /// The message that this one answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<String>,
        /// For the creator and moderators: shown apart from the talk.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        announcement: bool,
    },
    /// Puts an emoji to a message, or takes it away.
    React {
        room: Handle,
        message: String,
        emoji: String,
        on: bool,
    },
    /// Sends an emoji over the picture. Nobody's in particular, and not kept.
    Cheer {
        room: Handle,
        emoji: String,
    },
    /// Deletes a message: one's own, or as a moderator anybody's. An API token needs `room:write` for the one and
    /// `room:moderate` for the other.
    Delete {
        room: Handle,
        message: String,
    },
    /// Pins a message above the talk, or unpins what is pinned. Moderators only.
    Pin {
        room: Handle,
        message: Option<String>,
    },
    /// Silences somebody for a while and deletes what they said lately. Moderators only.
    TimeOut {
        room: Handle,
        who: Handle,
        /// 1 to 1,209,600 (two weeks).
        seconds: u32,
        #[serde(default)]
        reason: String,
    },
    /// Shuts somebody out until further notice and deletes what they said lately. Moderators only.
    Ban {
        room: Handle,
        who: Handle,
        #[serde(default)]
        reason: String,
    },
    /// Ends a ban or a timeout. Moderators only.
    Unban {
        room: Handle,
        who: Handle,
    },
    /// Shows or discards a message that waits for a moderator.
    Review {
        room: Handle,
        message: String,
        approve: bool,
    },
    /// Makes somebody a moderator, or ends it. The creator only.
    Appoint {
        room: Handle,
        who: Handle,
        moderator: bool,
    },
    /// Asks the room a question: 2 to 6 answers of up to 60 characters, for 15 to 1,800 seconds. Moderators only.
    StartPoll {
        room: Handle,
        question: String,
        options: Vec<String>,
        seconds: u32,
    },
    /// Votes for an option of the poll, by its place from 0. Voting again changes the vote.
    Vote {
        room: Handle,
        poll: String,
        option: u32,
    },
    /// Ends the poll before its time. Moderators only.
    EndPoll {
        room: Handle,
        poll: String,
    },
    /// Adds a filter, or changes what the one of this pattern does. Moderators only.
    AddFilter {
        room: Handle,
        filter: Filter,
    },
    /// Moderators only.
    RemoveFilter {
        room: Handle,
        pattern: String,
    },
    /// Asks who somebody is. Answered with a card.
    Look {
        room: Handle,
        who: Handle,
    },
    /// Writes down something about somebody, for the moderators. Moderators only.
    Note {
        room: Handle,
        who: Handle,
        text: String,
    },
    /// Removes a note. Moderators only.
    RemoveNote {
        room: Handle,
        note: String,
    },
    /// Asks what was done, the latest first: 50 acts, those before the act `before` if it is given. Moderators only.
    ReadLog {
        room: Handle,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<i64>,
    },
    /// Asks for appeals and reports: moderators for those that are open, others for the appeals of their own.
    ReadDesk {
        room: Handle,
    },
    /// Asks to be heard again. Once against each ban or timeout.
    Appeal {
        room: Handle,
        text: String,
    },
    /// Decides an appeal; accepting it ends the ban or timeout. Moderators only.
    Decide {
        room: Handle,
        appeal: String,
        accept: bool,
        #[serde(default)]
        answer: String,
    },
    /// Tells the moderators of somebody, or of a message of theirs.
    Report {
        room: Handle,
        who: Handle,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        reason: String,
    },
    /// A report is dealt with. Moderators only.
    Resolve {
        room: Handle,
        report: String,
    },
    /// Changes how the room is kept: what is absent stays. Moderators only.
    Set {
        room: Handle,
        settings: SettingsChange,
    },
}

impl Command {
    /// The room it is about.
    pub fn room(&self) -> Option<&Handle> {
        match self {
            Self::Authenticate { .. } => None,
            Self::Join { room, .. }
            | Self::Leave { room }
            | Self::Say { room, .. }
            | Self::React { room, .. }
            | Self::Cheer { room, .. }
            | Self::Delete { room, .. }
            | Self::Pin { room, .. }
            | Self::TimeOut { room, .. }
            | Self::Ban { room, .. }
            | Self::Unban { room, .. }
            | Self::Review { room, .. }
            | Self::Appoint { room, .. }
            | Self::StartPoll { room, .. }
            | Self::Vote { room, .. }
            | Self::EndPoll { room, .. }
            | Self::AddFilter { room, .. }
            | Self::RemoveFilter { room, .. }
            | Self::Look { room, .. }
            | Self::Note { room, .. }
            | Self::RemoveNote { room, .. }
            | Self::ReadLog { room, .. }
            | Self::ReadDesk { room }
            | Self::Appeal { room, .. }
            | Self::Decide { room, .. }
            | Self::Report { room, .. }
            | Self::Resolve { room, .. }
            | Self::Set { room, .. } => Some(room),
        }
    }
}

/// What the server sends. Skip what you do not know: later versions say more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Frame {
    /// A request was done.
    Done {
        id: u64,
        /// The message that was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// The message waits for a moderator.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        held: bool,
    },
    /// A request was not done, and why.
    Refused {
        id: u64,
        problem: Problem,
        /// Try again no sooner than in so many milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
    },
    /// What one is and may do in a room: on joining, and when it changes.
    You {
        room: Handle,
        you: You,
    },
    /// The room as it is: forget what you knew of it. On joining, unless what came since could be sent.
    Snapshot {
        room: Handle,
        position: Position,
        settings: Settings,
        pinned: Option<Message>,
        /// The one that is on, or the last if it ended lately.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        poll: Option<Poll>,
        /// The latest messages, oldest first; deleted ones left out.
        messages: Vec<Message>,
    },
    /// Something happened. `offset` is one more than the last one's of this room.
    Event {
        room: Handle,
        offset: u64,
        #[serde(flatten)]
        event: Event,
    },
    /// How many are here, now and then.
    Presence {
        room: Handle,
        /// Connections in the room, of people logged in and not.
        present: u64,
    },
    /// Emoji sent over the picture since the last such frame.
    Cheers {
        room: Handle,
        cheers: Vec<Cheer>,
    },
    /// For moderators: a message that waits, or no longer does.
    Held {
        room: Handle,
        message: Message,
        /// `link`, `noise`, `delay` (it is shown by itself), or `filter: ` and the pattern.
        reason: String,
    },
    /// For moderators: the filters as they are, on joining and when they change.
    Filters {
        room: Handle,
        filters: Vec<Filter>,
    },
    Settled {
        room: Handle,
        message: String,
    },
    /// The answer to `look`.
    Card {
        id: u64,
        room: Handle,
        card: Card,
    },
    /// The answer to `read_log`.
    Log {
        id: u64,
        room: Handle,
        acts: Vec<Act>,
        /// There is more before the last of these.
        more: bool,
    },
    /// The answer to `read_desk`.
    Desk {
        id: u64,
        room: Handle,
        appeals: Vec<Appeal>,
        reports: Vec<Report>,
    },
    /// You are not in the room any more.
    Left {
        room: Handle,
        reason: String,
    },
}

/// Why the server closes a live connection: the WebSocket's close code (RFC 6455 section 7.4), whose meaning never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// 1000, the client closed.
    Normal,
    /// 1001, the server is going down: connect again.
    GoingAway,
    /// 1002, what came is not WebSocket.
    Protocol,
    /// 1003, a binary message came; say it in JSON.
    NotText,
    /// 1007, text that is not UTF-8.
    NotUtf8,
    /// 1009, a message larger than [`MAX_REQUEST`].
    TooLarge,
    /// 1013, too many connections: try again later.
    Busy,
    /// 4400, what came is not a request.
    NotARequest,
    /// 4401, the session is over, or the API token: log in again, or take another token.
    LoggedOut,
    /// 4403, shut out of a room.
    Banned,
    /// 4408, nothing came for too long.
    Silent,
    /// 4409, the client reads too slowly: connect again and join after the last offset.
    TooSlow,
    /// 4429, far too many requests.
    Flood,
}

impl Closing {
    const ALL: [Self; 13] = [
        Self::Normal,
        Self::GoingAway,
        Self::Protocol,
        Self::NotText,
        Self::NotUtf8,
        Self::TooLarge,
        Self::Busy,
        Self::NotARequest,
        Self::LoggedOut,
        Self::Banned,
        Self::Silent,
        Self::TooSlow,
        Self::Flood,
    ];

    /// What a close code means.
    pub fn of(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|closing| closing.code() == code)
    }

    pub const fn code(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::GoingAway => 1001,
            Self::Protocol => 1002,
            Self::NotText => 1003,
            Self::NotUtf8 => 1007,
            Self::TooLarge => 1009,
            Self::Busy => 1013,
            Self::NotARequest => 4400,
            Self::LoggedOut => 4401,
            Self::Banned => 4403,
            Self::Silent => 4408,
            Self::TooSlow => 4409,
            Self::Flood => 4429,
        }
    }

    /// At most 123 bytes, as a control frame has room for.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::GoingAway => "the server restarts; connect again",
            Self::Protocol => "this is not WebSocket as RFC 6455 has it",
            Self::NotText => "send JSON in text messages",
            Self::NotUtf8 => "text must be UTF-8",
            Self::TooLarge => "a message has at most 16 KiB",
            Self::Busy => "too many connections; try again later",
            Self::NotARequest => "send an object with an id and a known command",
            Self::LoggedOut => "the session is over; log in again",
            Self::Banned => "you are banned from this room",
            Self::Silent => "nothing came for too long",
            Self::TooSlow => "you read too slowly; connect again and join after your last offset",
            Self::Flood => "far too many requests",
        }
    }

    /// Whether a client should connect again by itself.
    pub const fn invites_back(code: u16) -> bool {
        !matches!(code, 1002 | 1003 | 1007 | 1009 | 4400 | 4401 | 4403)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_read_as_they_are_documented() {
        let request: Request =
            serde_json::from_str(r#"{"id":7,"do":"say","room":"ada","text":"hi","nonce":"a1"}"#).unwrap();
        assert_eq!(request.id, 7);
        assert_eq!(request.command.room().map(Handle::as_str), Some("ada"));
        assert_eq!(
            serde_json::to_string(&request).unwrap(),
            r#"{"id":7,"do":"say","room":"ada","text":"hi","nonce":"a1"}"#
        );
        let join: Request =
            serde_json::from_str(r#"{"id":1,"do":"join","room":"ada","after":{"epoch":"k","offset":3}}"#).unwrap();
        assert!(matches!(join.command, Command::Join { after: Some(Position { offset: 3, .. }), .. }));
    }

    #[test]
    fn an_event_stands_beside_its_room_and_offset() {
        let frame = Frame::Event {
            room: "ada".parse().unwrap(),
            offset: 4,
            event: Event::Deleted { messages: vec!["m".into()], by_moderator: true },
        };
        let text = serde_json::to_string(&frame).unwrap();
        assert_eq!(
            text,
            r#"{"is":"event","room":"ada","offset":4,"event":"deleted","messages":["m"],"by_moderator":true}"#
        );
        assert_eq!(serde_json::from_str::<Frame>(&text).unwrap(), frame);
    }

    #[test]
    fn every_reason_fits_a_close_frame() {
        for closing in Closing::ALL {
            assert!(closing.reason().len() <= 123);
            assert_eq!(Closing::of(closing.code()), Some(closing));
        }
    }
}
