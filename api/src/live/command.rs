//! What a client asks for on its live connection.

use serde::{Deserialize, Serialize};

use crate::Handle;
use crate::points::RewardTerms;
use crate::room::{Filter, Position, Rights, SettingsChange};

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Says who one is, by an access token or an API token. Once a connection, before joining; without it one may only
    /// read. The connection goes on as long as the session does, also when the access token has expired; one with an API
    /// token ends with that.
    Authenticate { token: String },
    /// Enters a room: a channel's, by its handle. With `after`, what came since is sent instead of a snapshot, if the
    /// server still has it and one is not in the room already. Before `done` come, in this order, `you`, the snapshot or
    /// what came since, and what else one is told on joining; then each event as it happens. Nothing comes after a snapshot
    /// that is in it.
    Join {
        room: Handle,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Position>,
    },
    /// Leaves a room.
    Leave { room: Handle },
    /// Says whether the show plays here, in a room that one is in: on joining it does not. Who is logged in earns points while it is live
    /// and plays in any of their windows; programs earn nothing.
    Watch { room: Handle, playing: bool },
    /// Asks what was said before a message, in a room that one is in: the 50 before it that are shown.
    ReadMessages {
        room: Handle,
        /// The message, as far as it is kept.
        before: String,
    },
    /// Asks who is here, in a room that one is in: 50 people by their handles, those after `after` if it is given.
    ReadPresent {
        room: Handle,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Handle>,
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
    React { room: Handle, message: String, emoji: String, on: bool },
    /// Sends an emoji over the picture. Nobody's in particular, and not kept.
    Cheer { room: Handle, emoji: String },
    /// Deletes a message: one's own, also while it waits, or as a moderator anybody's. An API token needs `room:write` for the one and
    /// `room:moderate` for the other.
    Delete { room: Handle, message: String },
    /// Pins a message above the talk, or unpins what is pinned. Moderators only.
    Pin { room: Handle, message: Option<String> },
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
    Unban { room: Handle, who: Handle },
    /// Shows or discards a message that waits for a moderator.
    Review { room: Handle, message: String, approve: bool },
    /// Discards at one stroke of these messages those that wait for a moderator: 200 at most. Moderators only.
    DiscardHeld { room: Handle, messages: Vec<String> },
    /// Makes somebody a moderator with these rights, changes those, or ends it. Without `rights` they are as before, or all. The
    /// creator only.
    Appoint {
        room: Handle,
        who: Handle,
        moderator: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rights: Option<Rights>,
    },
    /// Asks the room a question: 2 to 6 answers of up to 60 characters, for 15 to 1,800 seconds. Moderators only.
    StartPoll { room: Handle, question: String, options: Vec<String>, seconds: u32 },
    /// Votes for an option of the poll, by its place from 0. Voting again changes the vote.
    Vote { room: Handle, poll: String, option: u32 },
    /// Ends the poll before its time. Moderators only.
    EndPoll { room: Handle, poll: String },
    /// Lets people stake points on what will come true: 2 to 6 outcomes of up to 60 characters, for 15 to 1,800 seconds.
    /// Moderators only.
    StartPrediction { room: Handle, question: String, outcomes: Vec<String>, seconds: u32 },
    /// Stakes points on an outcome, by its place from 0. `points` is one's whole stake, so that saying it again changes
    /// nothing; it may be raised, and neither lowered nor moved. Not for the creator.
    Predict { room: Handle, prediction: String, outcome: u32, points: u64 },
    /// Takes no more stakes. Moderators only.
    LockPrediction { room: Handle, prediction: String },
    /// Says what came true and shares the points among those who were right; with no winner everybody has theirs back.
    /// Moderators only, and no moderator who has a stake in it.
    ResolvePrediction { room: Handle, prediction: String, winner: Option<u32> },
    /// Adds a reward, or changes the one with the id that `replaces` names. The creator only.
    SaveReward {
        room: Handle,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<String>,
        reward: RewardTerms,
    },
    /// Removes a reward. What was redeemed of it stays. The creator only.
    RemoveReward { room: Handle, reward: String },
    /// Redeems a reward: a message of the room tells of it, with the text if the reward asks for one. `nonce` as for `say`.
    Redeem {
        room: Handle,
        reward: String,
        /// What it costs, as far as the client knows: nobody pays more than they saw.
        cost: u32,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        nonce: String,
    },
    /// A redemption is fulfilled, or its points go back. Moderators only.
    Fulfil { room: Handle, redemption: String, done: bool },
    /// Asks the creator something, where questions are taken. `nonce` as for `say`.
    AskQuestion { room: Handle, text: String, nonce: String },
    /// Wants to know it as well, or not any more.
    VoteQuestion { room: Handle, question: String, on: bool },
    /// A question is answered, or put away. Moderators only; authors may put away their own.
    CloseQuestion { room: Handle, question: String, answered: bool },
    /// Sends everybody to a channel that is live, in half a minute. Moderators only.
    Raid { room: Handle, to: Handle },
    /// Calls the raid off. Moderators only.
    CancelRaid { room: Handle },
    /// Tells everybody of another channel. Moderators only.
    ShoutOut { room: Handle, who: Handle },
    /// Adds a filter, or changes what the one of this pattern does. Moderators only.
    AddFilter { room: Handle, filter: Filter },
    /// Removes the filter of this pattern. Moderators only.
    RemoveFilter { room: Handle, pattern: String },
    /// Asks who somebody is. Answered with a card.
    Look { room: Handle, who: Handle },
    /// Writes down something about somebody, for the moderators. Moderators only.
    Note { room: Handle, who: Handle, text: String },
    /// Removes a note. Moderators only.
    RemoveNote { room: Handle, note: String },
    /// Asks what was done, the latest first: 50 acts, those before the act `before` if it is given. Moderators only.
    ReadLog {
        room: Handle,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<i64>,
    },
    /// Asks which messages an act of the log removed: 50, those after the message `after` if it is given. Moderators only.
    ReadRemoved {
        room: Handle,
        act: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// Asks what somebody wrote, the latest first, whatever became of it: 50 messages, those before the message `before` if it is
    /// given. Moderators only.
    ReadMessagesOf {
        room: Handle,
        who: Handle,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<String>,
    },
    /// Asks for appeals and reports: moderators for those that are open, but for reports about themselves; others for the appeals of
    /// their own.
    ReadDesk { room: Handle },
    /// Asks who keeps the room in order and who is silenced: 50 of these, those after `after` if it is given. Moderators only.
    ReadPeople {
        room: Handle,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Handle>,
    },
    /// Asks to be heard again. Once against each ban or timeout.
    Appeal { room: Handle, text: String },
    /// Decides an appeal; accepting it ends the ban or timeout. Moderators only.
    Decide {
        room: Handle,
        appeal: String,
        accept: bool,
        #[serde(default)]
        answer: String,
    },
    /// Tells the moderators of somebody, or of a message of theirs. What is told of the channel's owner goes to the server's operator
    /// instead.
    Report {
        room: Handle,
        who: Handle,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        reason: String,
    },
    /// A report is dealt with. Moderators only.
    Resolve { room: Handle, report: String },
    /// Changes how the room is kept: what is absent stays. Moderators only.
    Set { room: Handle, settings: SettingsChange },
}

impl Command {
    /// The room it is about.
    pub fn room(&self) -> Option<&Handle> {
        match self {
            Self::Authenticate { .. } => None,
            Self::Join { room, .. }
            | Self::Leave { room }
            | Self::Watch { room, .. }
            | Self::ReadMessages { room, .. }
            | Self::ReadPresent { room, .. }
            | Self::Say { room, .. }
            | Self::React { room, .. }
            | Self::Cheer { room, .. }
            | Self::Delete { room, .. }
            | Self::Pin { room, .. }
            | Self::TimeOut { room, .. }
            | Self::Ban { room, .. }
            | Self::Unban { room, .. }
            | Self::Review { room, .. }
            | Self::DiscardHeld { room, .. }
            | Self::Appoint { room, .. }
            | Self::StartPoll { room, .. }
            | Self::Vote { room, .. }
            | Self::EndPoll { room, .. }
            | Self::StartPrediction { room, .. }
            | Self::Predict { room, .. }
            | Self::LockPrediction { room, .. }
            | Self::ResolvePrediction { room, .. }
            | Self::SaveReward { room, .. }
            | Self::RemoveReward { room, .. }
            | Self::Redeem { room, .. }
            | Self::Fulfil { room, .. }
            | Self::AskQuestion { room, .. }
            | Self::VoteQuestion { room, .. }
            | Self::CloseQuestion { room, .. }
            | Self::Raid { room, .. }
            | Self::CancelRaid { room }
            | Self::ShoutOut { room, .. }
            | Self::AddFilter { room, .. }
            | Self::RemoveFilter { room, .. }
            | Self::Look { room, .. }
            | Self::Note { room, .. }
            | Self::RemoveNote { room, .. }
            | Self::ReadLog { room, .. }
            | Self::ReadRemoved { room, .. }
            | Self::ReadMessagesOf { room, .. }
            | Self::ReadDesk { room }
            | Self::ReadPeople { room, .. }
            | Self::Appeal { room, .. }
            | Self::Decide { room, .. }
            | Self::Report { room, .. }
            | Self::Resolve { room, .. }
            | Self::Set { room, .. } => Some(room),
        }
    }
}
