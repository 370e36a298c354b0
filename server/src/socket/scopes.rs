//! What an API token must be good for, command by command. Who has logged in, and who is a guest, is not asked here: what they
//! may do, the room decides; and so it does for a token that is good for it.

use klieg_api::live::Command;
use klieg_api::tokens::Scope;

use crate::accounts::Scopes;
use crate::http::problem::{Kind, Problem};

/// Refuses a command that a token's scopes do not allow; none stands for no token.
pub(super) fn check(scopes: Option<Scopes>, command: &Command) -> Result<(), Problem> {
    let Some(scopes) = scopes else { return Ok(()) };
    if matches!(command, Command::Appoint { .. }) {
        // A moderator would outlive the token.
        return Err(
            Problem::new(Kind::FORBIDDEN, "No API token appoints moderators: log in for that.").because("token")
        );
    }
    let Some(needed) = needed(command) else { return Ok(()) };
    // Who may delete what anybody said may delete what they said themselves.
    let is_deleting = matches!(command, Command::Delete { .. }) && scopes.has(Scope::RoomModerate);
    if is_deleting || scopes.has(needed) { Ok(()) } else { Err(Problem::insufficient_scope(needed)) }
}

/// Whether somebody may do what moderators do, as far as their token goes.
pub(super) fn may_moderate(scopes: Option<Scopes>) -> bool {
    scopes.is_none_or(|scopes| scopes.has(Scope::RoomModerate))
}

/// The scope that a command needs.
fn needed(command: &Command) -> Option<Scope> {
    match command {
        Command::Authenticate { .. } | Command::Leave { .. } => None,
        Command::Join { .. }
        | Command::Watch { .. }
        | Command::ReadMessages { .. }
        | Command::ReadPresent { .. }
        | Command::Look { .. }
        | Command::ReadLog { .. }
        | Command::ReadRemoved { .. }
        | Command::ReadMessagesOf { .. }
        | Command::ReadDesk { .. }
        | Command::ReadPeople { .. } => Some(Scope::RoomRead),
        Command::Say { announcement: true, .. }
        | Command::Pin { .. }
        | Command::TimeOut { .. }
        | Command::Ban { .. }
        | Command::Unban { .. }
        | Command::Review { .. }
        | Command::DiscardHeld { .. }
        | Command::Appoint { .. }
        | Command::StartPoll { .. }
        | Command::EndPoll { .. }
        | Command::AddFilter { .. }
        | Command::RemoveFilter { .. }
        | Command::Note { .. }
        | Command::RemoveNote { .. }
        | Command::Decide { .. }
        | Command::Resolve { .. }
        | Command::StartPrediction { .. }
        | Command::LockPrediction { .. }
        | Command::ResolvePrediction { .. }
        | Command::SaveReward { .. }
        | Command::RemoveReward { .. }
        | Command::Fulfil { .. }
        | Command::CloseQuestion { .. }
        | Command::Raid { .. }
        | Command::CancelRaid { .. }
        | Command::ShoutOut { .. }
        | Command::Set { .. } => Some(Scope::RoomModerate),
        // Of one's own; to delete what others said, the room wants more.
        Command::Delete { .. }
        | Command::Say { .. }
        | Command::React { .. }
        | Command::Cheer { .. }
        | Command::Vote { .. }
        | Command::Predict { .. }
        | Command::Redeem { .. }
        | Command::AskQuestion { .. }
        | Command::VoteQuestion { .. }
        | Command::Appeal { .. }
        | Command::Report { .. } => Some(Scope::RoomWrite),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn allowed(scope: Scope, command: Value) -> bool {
        let scopes = [scope].into_iter().collect();
        check(Some(scopes), &serde_json::from_value(command).unwrap()).is_ok()
    }

    #[test]
    fn each_command_needs_its_scope() {
        let (read, write, moderate) = (Scope::RoomRead, Scope::RoomWrite, Scope::RoomModerate);
        let say = |loud: bool| json!({ "do": "say", "room": "ada", "text": "hi", "nonce": "1", "announcement": loud });
        for (command, wanted) in [
            (json!({ "do": "join", "room": "ada" }), vec![read]),
            (json!({ "do": "read_desk", "room": "ada" }), vec![read]),
            (json!({ "do": "read_present", "room": "ada" }), vec![read]),
            (json!({ "do": "watch", "room": "ada", "playing": true }), vec![read]),
            (json!({ "do": "read_messages_of", "room": "ada", "who": "eve" }), vec![read]),
            (json!({ "do": "discard_held", "room": "ada", "messages": ["1"] }), vec![moderate]),
            (say(false), vec![write]),
            (say(true), vec![moderate]),
            (json!({ "do": "vote", "room": "ada", "poll": "1", "option": 0 }), vec![write]),
            (json!({ "do": "ban", "room": "ada", "who": "eve" }), vec![moderate]),
            (json!({ "do": "set", "room": "ada", "settings": {} }), vec![moderate]),
            (json!({ "do": "delete", "room": "ada", "message": "1" }), vec![write, moderate]),
            (json!({ "do": "leave", "room": "ada" }), Scope::ALL.to_vec()),
        ] {
            for scope in Scope::ALL {
                assert_eq!(allowed(scope, command.clone()), wanted.contains(&scope), "{scope:?} for {command}");
            }
            assert!(check(None, &serde_json::from_value(command).unwrap()).is_ok(), "whoever logged in");
        }
    }
}
