//! Examples of what a client asks, and what answers it.

use klieg_api::live::{Command, Request};
use klieg_api::points::RewardTerms;
use klieg_api::room::{Filter, FilterAction, Rights, SettingsChange};

use super::{ID, OTHER_ID, handle, position, room};

/// The frame that answers a command which is done; `refused` answers one that is not.
pub(super) fn answer(command: &Command) -> &'static str {
    match command {
        Command::ReadMessages { .. } => "messages",
        Command::ReadMessagesOf { .. } => "messages_of",
        Command::ReadPresent { .. } => "present",
        Command::Look { .. } => "card",
        Command::ReadLog { .. } => "log",
        Command::ReadRemoved { .. } => "removed",
        Command::ReadDesk { .. } => "desk",
        Command::ReadPeople { .. } => "people",
        Command::Authenticate { .. }
        | Command::Join { .. }
        | Command::Leave { .. }
        | Command::Watch { .. }
        | Command::Say { .. }
        | Command::React { .. }
        | Command::Cheer { .. }
        | Command::Delete { .. }
        | Command::Pin { .. }
        | Command::TimeOut { .. }
        | Command::Ban { .. }
        | Command::Unban { .. }
        | Command::Review { .. }
        | Command::DiscardHeld { .. }
        | Command::Appoint { .. }
        | Command::StartPoll { .. }
        | Command::Vote { .. }
        | Command::EndPoll { .. }
        | Command::StartPrediction { .. }
        | Command::Predict { .. }
        | Command::LockPrediction { .. }
        | Command::ResolvePrediction { .. }
        | Command::SaveReward { .. }
        | Command::RemoveReward { .. }
        | Command::Redeem { .. }
        | Command::Fulfil { .. }
        | Command::AskQuestion { .. }
        | Command::VoteQuestion { .. }
        | Command::CloseQuestion { .. }
        | Command::Raid { .. }
        | Command::CancelRaid { .. }
        | Command::ShoutOut { .. }
        | Command::AddFilter { .. }
        | Command::RemoveFilter { .. }
        | Command::Note { .. }
        | Command::RemoveNote { .. }
        | Command::Appeal { .. }
        | Command::Decide { .. }
        | Command::Report { .. }
        | Command::Resolve { .. }
        | Command::Set { .. } => "done",
    }
}

/// Numbered from 1, as a client may.
pub(super) fn requests() -> Vec<Request> {
    let commands = [entering(), talking(), taking_part(), together(), keeping(), at_the_desk()].concat();
    (1..).zip(commands).map(|(id, command)| Request { id, command }).collect()
}

fn entering() -> Vec<Command> {
    vec![
        Command::Authenticate { token: "klieg_access_…".into() },
        Command::Authenticate { token: "klieg_api_…".into() },
        Command::Join { room: room(), after: None },
        Command::Join { room: room(), after: Some(position(41)) },
        Command::Leave { room: room() },
        Command::Watch { room: room(), playing: true },
        Command::ReadMessages { room: room(), before: ID.into() },
        Command::ReadPresent { room: room(), after: None },
        Command::ReadPresent { room: room(), after: Some(handle("eve")) },
    ]
}

fn talking() -> Vec<Command> {
    vec![
        Command::Say {
            room: room(),
            text: "Hello @ada".into(),
            nonce: "k3v1".into(),
            reply_to: None,
            announcement: false,
        },
        Command::Say {
            room: room(),
            text: "Hello @bob".into(),
            nonce: "g1".into(),
            reply_to: Some(ID.into()),
            announcement: false,
        },
        Command::Say {
            room: room(),
            text: "Tonight we begin an hour later".into(),
            nonce: "a1".into(),
            reply_to: None,
            announcement: true,
        },
        Command::React { room: room(), message: ID.into(), emoji: "🔥".into(), on: true },
        Command::Cheer { room: room(), emoji: "👏".into() },
        Command::Delete { room: room(), message: ID.into() },
    ]
}

fn taking_part() -> Vec<Command> {
    vec![
        Command::Vote { room: room(), poll: ID.into(), option: 1 },
        Command::Predict { room: room(), prediction: ID.into(), outcome: 0, points: 100 },
        Command::Redeem {
            room: room(),
            reward: ID.into(),
            cost: 300,
            text: "The blue one, please".into(),
            nonce: "r1".into(),
        },
        Command::AskQuestion { room: room(), text: "Which loom is that?".into(), nonce: "q1".into() },
        Command::VoteQuestion { room: room(), question: ID.into(), on: true },
        Command::Report {
            room: room(),
            who: handle("eve"),
            message: Some(ID.into()),
            reason: "Says the same all evening".into(),
        },
        Command::Appeal { room: room(), text: "I will not do it again.".into() },
    ]
}

fn together() -> Vec<Command> {
    let terms = RewardTerms { title: "Choose the next song".into(), cost: 300, asks: true, waits: true, paused: false };
    vec![
        Command::StartPoll {
            room: room(),
            question: "Which song next?".into(),
            options: vec!["The blue one".into(), "The red one".into()],
            seconds: 120,
        },
        Command::EndPoll { room: room(), poll: ID.into() },
        Command::StartPrediction {
            room: room(),
            question: "Will it weave?".into(),
            outcomes: vec!["Yes".into(), "No".into()],
            seconds: 300,
        },
        Command::LockPrediction { room: room(), prediction: ID.into() },
        Command::ResolvePrediction { room: room(), prediction: ID.into(), winner: Some(0) },
        Command::ResolvePrediction { room: room(), prediction: ID.into(), winner: None },
        Command::SaveReward { room: room(), replaces: None, reward: terms },
        Command::RemoveReward { room: room(), reward: ID.into() },
        Command::Fulfil { room: room(), redemption: ID.into(), done: true },
        Command::CloseQuestion { room: room(), question: ID.into(), answered: true },
        Command::Raid { room: room(), to: handle("cleo") },
        Command::CancelRaid { room: room() },
        Command::ShoutOut { room: room(), who: handle("cleo") },
    ]
}

fn keeping() -> Vec<Command> {
    vec![
        Command::Pin { room: room(), message: Some(ID.into()) },
        Command::Pin { room: room(), message: None },
        Command::TimeOut { room: room(), who: handle("eve"), seconds: 600, reason: "Spam".into() },
        Command::Ban { room: room(), who: handle("eve"), reason: "Spam".into() },
        Command::Unban { room: room(), who: handle("eve") },
        Command::Review { room: room(), message: ID.into(), approve: true },
        Command::DiscardHeld { room: room(), messages: vec![ID.into(), OTHER_ID.into()] },
        Command::Appoint {
            room: room(),
            who: handle("bob"),
            moderator: true,
            rights: Some(Rights { rules: false, ..Rights::ALL }),
        },
        Command::AddFilter {
            room: room(),
            filter: Filter { pattern: "buy followers".into(), action: FilterAction::Refuse },
        },
        Command::RemoveFilter { room: room(), pattern: "buy followers".into() },
        Command::Set {
            room: room(),
            settings: SettingsChange { slow_s: Some(5), followers_min: Some(10), ..SettingsChange::default() },
        },
    ]
}

fn at_the_desk() -> Vec<Command> {
    vec![
        Command::Look { room: room(), who: handle("eve") },
        Command::ReadMessagesOf { room: room(), who: handle("eve"), before: None },
        Command::ReadMessagesOf { room: room(), who: handle("eve"), before: Some(ID.into()) },
        Command::Note { room: room(), who: handle("eve"), text: "Was warned twice.".into() },
        Command::RemoveNote { room: room(), note: ID.into() },
        Command::ReadLog { room: room(), before: None },
        Command::ReadLog { room: room(), before: Some(118) },
        Command::ReadRemoved { room: room(), act: 121, after: None },
        Command::ReadDesk { room: room() },
        Command::ReadPeople { room: room(), after: None },
        Command::Decide { room: room(), appeal: ID.into(), accept: true, answer: "Welcome back.".into() },
        Command::Resolve { room: room(), report: ID.into() },
    ]
}
