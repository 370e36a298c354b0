//! What the server says on a live connection.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::Handle;
use crate::desk::{Act, Appeal, Card, Keeper, OwnSilence, Removed, Report, Silenced, UnwrittenRights, Written};
use crate::emotes::Emote;
use crate::notifications::Notification;
use crate::points::{Prediction, Redemption, Reward};
use crate::problem::Problem;
use crate::questions::Question;
use crate::raids::Raid;
use crate::room::{
    Author, Cheer, Counts, Event, Filter, Message, Moment, OwnReaction, Poll, Position, Reacted, Settings, You,
};

/// What the server sends. Skip what you do not know: later versions say more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "is", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "a frame lives from where it is made to where it is serialised")]
pub enum Frame {
    /// The connection is alive: after 25 seconds in which the client said nothing, with a ping. A client that cannot see pings
    /// takes a connection on which nothing came for a minute for lost.
    Heartbeat,
    /// A request was done.
    Done {
        id: u64,
        /// The message that was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// The message waits for a moderator.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        held: bool,
        /// Everybody has been shown the message. Its event may still be on its way.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        shown: bool,
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
    You { room: Handle, you: You },
    /// The room as it is: forget what you knew of it. On joining, unless what came since could be sent.
    Snapshot {
        room: Handle,
        position: Position,
        /// The server's time: how long ago a message was written is told by it, whatever the client's clock says.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
        at: Option<OffsetDateTime>,
        settings: Settings,
        pinned: Option<Message>,
        /// The one that is on, or the last if it ended lately.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        poll: Option<Poll>,
        /// The one that is on, or the last if it ended lately.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prediction: Option<Prediction>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rewards: Vec<Reward>,
        /// Those that are open.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        questions: Vec<Question>,
        /// How many follow the channel.
        #[serde(default)]
        followers: u64,
        /// It goes in a moment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        raid: Option<Raid>,
        /// The channel's, which are written `:name:` in messages.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        emotes: Vec<Emote>,
        /// The latest messages, oldest first; deleted ones left out.
        messages: Vec<Message>,
        /// There may be older ones: `read_messages` has them.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        more: bool,
    },
    /// Something happened. `offset` is one more than the last one's of this room.
    Event {
        room: Handle,
        offset: u64,
        /// Where on its timeline the broadcast was, if one was on. Messages say it themselves.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Moment>,
        #[serde(flatten)]
        event: Event,
    },
    /// How many are here, now and then.
    Presence {
        room: Handle,
        /// People in the room: who is logged in counts once, however many windows they have, and their programs do not; who is
        /// not, by connection.
        present: u64,
    },
    /// The answer to `read_present`: those of whom `presence` is the number, each as they are called now.
    Present {
        id: u64,
        room: Handle,
        /// As it was asked: these come after that one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Handle>,
        /// The creator, then the moderators by their handles, 200 at most; with the first page only.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        keepers: Vec<Author>,
        /// Everybody else who is logged in, by their handles.
        people: Vec<Author>,
        /// How many are not logged in. They have no names.
        guests: u64,
        /// How many besides are logged in and do not want to be named to who asks.
        #[serde(default)]
        unlisted: u64,
        /// There are more after the last of these.
        more: bool,
    },
    /// Messages have other emoji now. Told now and then, in a crowd not all at once, and not counted among the events: who joins
    /// after a position is told what has changed since then.
    Reacted { room: Handle, messages: Vec<Reacted> },
    /// The poll, the prediction or questions have other votes or stakes now, or others follow the channel. Told once a second at most,
    /// and not counted among the events: the latest holds. Who joins after a position is told how many there are.
    Counts {
        room: Handle,
        /// Where on its timeline the broadcast was, if one was on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Moment>,
        #[serde(flatten)]
        counts: Counts,
    },
    /// Emoji sent over the picture since the last such frame.
    Cheers {
        room: Handle,
        /// Where on its timeline the broadcast was, if one was on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Moment>,
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
    Filters { room: Handle, filters: Vec<Filter> },
    /// For moderators: a message that waited does no longer.
    Settled { room: Handle, message: String },
    /// A message of one's own that nobody will see: it waited and was discarded, or was deleted before one was told that it is
    /// kept.
    Discarded {
        room: Handle,
        message: String,
        /// One has taken it back oneself.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_author: bool,
    },
    /// For moderators: something that was redeemed and waits to be fulfilled, or no longer does.
    Redeemed { room: Handle, redemption: Redemption },
    /// For moderators: what was redeemed waits no longer.
    Fulfilled { room: Handle, redemption: String },
    /// The questions that one has voted for: on joining, if there are any.
    Voted { room: Handle, questions: Vec<String> },
    /// One has voted for a question, or not any more.
    Wanted { room: Handle, question: String, on: bool },
    /// The answer to `read_messages`.
    Messages {
        id: u64,
        room: Handle,
        /// As it was asked: these come before that one.
        before: String,
        /// Oldest first, in the order in which they were written: one that a moderator approved later stands where it was written.
        messages: Vec<Message>,
        /// There may be more before the first of these.
        more: bool,
    },
    /// The emoji that one has put to messages oneself: on joining those to the latest messages, 200 at most, if there are any; and what
    /// changes, in whichever of one's windows.
    OwnReactions { room: Handle, reactions: Vec<OwnReaction> },
    /// The answer to `look`.
    Card { id: u64, room: Handle, card: Card },
    /// The answer to `read_log`.
    Log {
        id: u64,
        room: Handle,
        acts: Vec<Act>,
        /// There is more before the last of these.
        more: bool,
    },
    /// The answer to `read_removed`.
    Removed {
        id: u64,
        room: Handle,
        act: i64,
        /// As it was asked: these come after that one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
        messages: Vec<Removed>,
        /// There are more after the last of these.
        more: bool,
    },
    /// The answer to `read_messages_of`.
    MessagesOf {
        id: u64,
        room: Handle,
        who: Handle,
        /// As it was asked: these come before that one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<String>,
        /// The latest first.
        messages: Vec<Written>,
        /// There are more before the last of these.
        more: bool,
    },
    /// The answer to `read_desk`.
    Desk {
        id: u64,
        room: Handle,
        appeals: Vec<Appeal>,
        reports: Vec<Report>,
        /// What keeps oneself from writing here, if anything does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        silence: Option<OwnSilence>,
    },
    /// The answer to `read_people`.
    People {
        id: u64,
        room: Handle,
        /// As it was asked: these come after that one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Handle>,
        /// By their handles, 200 at most; with the first page only.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        moderators: Vec<Keeper>,
        /// By their handles.
        silenced: Vec<Silenced>,
        /// There are more after the last of these.
        more: bool,
    },
    /// For moderators: what holds in the room of those whom `read_people` lists, and could not be written down yet, so that `read_people`
    /// says otherwise. Each takes the place of the one before; once it is all written there is one that is empty. On joining only if
    /// there is any.
    Unwritten {
        room: Handle,
        /// Who may do something else than is listed, by their handles, 200 at most.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rights: Vec<UnwrittenRights>,
        /// Who may not write, likewise.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        silenced: Vec<Silenced>,
    },
    /// For moderators: `read_desk` or `read_log` have other answers than before. At most once a second.
    DeskChanged {
        room: Handle,
        /// `read_people` has as well: somebody was silenced or let back, appointed or dismissed.
        #[serde(default = "yes")]
        people: bool,
    },
    /// You are not in the room any more.
    Left {
        room: Handle,
        reason: String,
        /// One is banned from it. If the connection is in no other room it is closed as well, with 4403.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        banned: bool,
    },
    /// Something that you are told of wherever you are: it belongs to no room that you are in. To whom has logged in, not
    /// to API tokens.
    Notification { notification: Notification },
    /// You have seen, here or elsewhere, what you were told of until then.
    NotificationsSeen {
        #[serde(with = "time::serde::rfc3339")]
        until: OffsetDateTime,
    },
    /// What you were told of is not there any more: the messages were deleted.
    NotificationsWithdrawn {
        /// Which notifications.
        ids: Vec<String>,
        /// How many there are now that you have not seen; 100 stands for any more than 99.
        unseen: u32,
    },
}

/// An older server does not say what has not changed.
fn yes() -> bool {
    true
}
