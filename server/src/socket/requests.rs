//! What a client asks on its live connection, checked and carried to where it is done.

use std::time::Duration;

use klieg_api::Handle;
use klieg_api::live::{Closing, Command, Frame, Request};
use serde::Deserialize;
use tokio::time::Instant;

use super::connection::Connection;
use super::scopes;
use crate::database::now;
use crate::http::extract::not_valid;
use crate::http::problem::{Fields, Kind, Problem, Wrong};
use crate::room::{Asked, Input, RoomHandle, Saying, Subject, Together};

/// Rooms that one connection may be in.
const MOST_ROOMS: usize = 20;
/// Two weeks, in seconds.
const MOST_TIME_OUT: u32 = 1_209_600;

/// What is left of a request that cannot be read.
#[derive(Deserialize)]
struct Numbered {
    id: u64,
}

/// Does what a text message asks.
pub(super) async fn take(connection: &mut Connection, text: &str) {
    let request: Result<Request, _> = serde_json::from_str(text);
    let id = if let Ok(request) = &request {
        request.id
    } else {
        let Ok(Numbered { id }) = serde_json::from_str(text) else {
            return connection.outbox.close(Closing::NotARequest);
        };
        id
    };
    // What cannot be read costs as much as what can.
    if let Err(wait) = connection.pace() {
        return refuse(connection, id, Problem::too_many(Duration::from_millis(wait)), Some(wait));
    }
    let request = match request {
        Ok(request) => request,
        Err(error) => {
            let detail: String = error.to_string().chars().take(300).collect();
            return refuse(connection, id, Problem::new(Kind::MALFORMED, detail), None);
        }
    };
    match carry(connection, request).await {
        Ok(Answer::Done) => connection.outbox.send(&Frame::Done { id, message: None, held: false, shown: false }),
        Ok(Answer::With(frame)) => connection.outbox.send(&frame),
        Ok(Answer::ByRoom) => {}
        Err(problem) => refuse(connection, id, problem, None),
    }
}

enum Answer {
    Done,
    With(Box<Frame>),
    /// The room answers.
    ByRoom,
}

async fn carry(connection: &mut Connection, request: Request) -> Result<Answer, Problem> {
    scopes::check(connection.scopes, &request.command)?;
    let asked = Asked { client: connection.place.client, id: request.id };
    let command = match Together::of(request.command) {
        Ok((room, together)) => return ask(connection, &room, Input::Together(asked, together)),
        Err(command) => command,
    };
    let (room, input) = match command {
        Command::Authenticate { token } => return authenticate(connection, &token).await,
        Command::Join { room, after } => return join(connection, asked, room, after).await,
        Command::Leave { room } => {
            let Some(place) = connection.rooms.iter().position(|(known, _)| *known == room) else {
                return Ok(Answer::Done);
            };
            let (_, room) = connection.rooms.swap_remove(place);
            room.ask(Input::Leave(asked.client)).await;
            return Ok(Answer::Done);
        }
        Command::Watch { room, playing } => (room, Input::Watch(asked, playing)),
        Command::Say { room, text, nonce, reply_to, announcement } => {
            (room, Input::Say(asked, Saying { text, nonce, reply_to, announcement }))
        }
        Command::React { room, message, emoji, on } => (room, Input::React { asked, message, emoji, on }),
        Command::Cheer { room, emoji } => (room, Input::Cheer(asked, emoji)),
        Command::Delete { room, message } if scopes::may_moderate(connection.scopes) => {
            (room, Input::Delete(asked, message))
        }
        Command::Delete { room, message } => (room, Input::TakeBack(asked, message)),
        Command::Pin { room, message } => (room, Input::Pin(asked, message)),
        Command::ReadMessages { room, before } => {
            may_look_up(connection)?;
            (room, Input::ReadMessages(asked, before))
        }
        Command::ReadPresent { room, after } => {
            may_look_up(connection)?;
            (room, Input::ReadPresent(asked, after))
        }
        Command::TimeOut { room, who, seconds, reason } => {
            if !(1..=MOST_TIME_OUT).contains(&seconds) {
                let mut fields = Fields::default();
                fields.wrong("seconds", Wrong::range(1, MOST_TIME_OUT.into(), ""));
                return fields.finish(None);
            }
            let subject = subject(connection, &room, &who).await?;
            (room, Input::Silence { asked, subject, seconds: Some(seconds), reason })
        }
        Command::Ban { room, who, reason } => {
            let subject = subject(connection, &room, &who).await?;
            (room, Input::Silence { asked, subject, seconds: None, reason })
        }
        Command::Unban { room, who } => {
            let subject = subject(connection, &room, &who).await?;
            (room, Input::Forgive(asked, subject))
        }
        Command::Review { room, message, approve } => (room, Input::Review { asked, message, approve }),
        Command::DiscardHeld { room, messages } => (room, Input::DiscardHeld(asked, messages)),
        Command::Appoint { room, who, moderator, rights } => {
            let subject = subject(connection, &room, &who).await?;
            (room, Input::Appoint { asked, subject, moderator, rights })
        }
        Command::AddFilter { room, filter } => (room, Input::AddFilter(asked, filter)),
        Command::RemoveFilter { room, pattern } => (room, Input::RemoveFilter(asked, pattern)),
        Command::Set { room, settings } => (room, Input::Set(asked, settings)),
        Command::Raid { room, to } => {
            joined(connection, &room)?;
            may_look_up(connection)?;
            let raider = connection.app.rooms.sender(&room, connection.session).await?;
            let target = connection.app.rooms.raidable(&to, raider).await?;
            (room, Input::Together(asked, Together::Raid(target)))
        }
        Command::ShoutOut { room, who } => {
            joined(connection, &room)?;
            may_look_up(connection)?;
            connection.app.rooms.sender(&room, connection.session).await?;
            let target = connection.app.rooms.shouted(&who).await?;
            (room, Input::Together(asked, Together::ShoutOut(target)))
        }
        command => {
            may_look_up(connection)?;
            let rooms = connection.app.rooms.clone();
            let answer = rooms.at_desk(connection.session, asked.id, command).await?;
            return Ok(answer.map_or(Answer::Done, |frame| Answer::With(Box::new(frame))));
        }
    };
    ask(connection, &room, input)
}

/// Counts something that is read from the database for a client, or says how long to wait: people behind one address who have
/// logged in are not counted together.
fn may_look_up(connection: &Connection) -> Result<(), Problem> {
    let limits = &connection.app.limits;
    match connection.session {
        Some(session) => limits.look_up.check(&session.account)?,
        None => limits.look_up_as_guest.check(&connection.place.address())?,
    }
    Ok(())
}

/// Whom a moderator means. Nobody is looked up for who is none.
async fn subject(connection: &Connection, room: &Handle, who: &Handle) -> Result<Subject, Problem> {
    joined(connection, room)?;
    may_look_up(connection)?;
    connection.app.rooms.keeper(room, connection.session).await?;
    Ok(connection.app.rooms.subject(who).await?)
}

/// Asks a room that this connection is in.
fn ask(connection: &Connection, room: &Handle, input: Input) -> Result<Answer, Problem> {
    // A room that has more to do than it can answers so: others are not made to wait for it.
    if joined(connection, room)?.try_ask(input) { Ok(Answer::ByRoom) } else { Err(Problem::busy()) }
}

fn joined<'a>(connection: &'a Connection, room: &Handle) -> Result<&'a RoomHandle, Problem> {
    let not_joined = || Problem::new(Kind::NOT_JOINED, "Join the room first.");
    let (_, room) = connection.rooms.iter().find(|(known, _)| known == room).ok_or_else(not_joined)?;
    Ok(room)
}

async fn authenticate(connection: &mut Connection, token: &str) -> Result<Answer, Problem> {
    let accounts = connection.app.accounts.clone();
    let caller = accounts.caller(token, now()).await?.ok_or_else(|| not_valid(token))?;
    let (session, grant) = caller.into_parts();
    if connection.session == Some(session) {
        return Ok(Answer::Done);
    }
    if connection.session.is_some() || !connection.rooms.is_empty() {
        return Err(Problem::new(Kind::MALFORMED, "Say who you are once, before joining a room."));
    }
    connection.place.registry().belongs(connection.place.client, session, grant.is_none(), &connection.outbox);
    connection.session = Some(session);
    connection.scopes = grant.map(|grant| grant.scopes);
    let expires_at = grant.and_then(|grant| grant.expires_at);
    connection.ends_at = expires_at.map(|end| Instant::now() + Duration::try_from(end - now()).unwrap_or_default());
    // It may have ended after it was looked up and before its end would have closed this connection.
    if accounts.caller(token, now()).await?.is_none() {
        connection.outbox.close(Closing::LoggedOut);
    }
    Ok(Answer::Done)
}

async fn join(
    connection: &mut Connection,
    asked: Asked,
    name: Handle,
    after: Option<klieg_api::room::Position>,
) -> Result<Answer, Problem> {
    let is_here = connection.rooms.iter().any(|(known, _)| *known == name);
    if !is_here && connection.rooms.len() >= MOST_ROOMS {
        let detail = format!("One connection may be in {MOST_ROOMS} rooms.");
        return Err(Problem::new(Kind::TOO_MANY, detail).because("rooms-full").with_numbers(&[MOST_ROOMS as u64]));
    }
    // People behind one address who have logged in are not counted together.
    if let Some(session) = connection.session {
        connection.app.limits.join.check(&session.account)?;
    } else {
        let place = &connection.place;
        connection.app.limits.join_as_guest(&place.address(), place.is_local())?;
    }
    let is_program = connection.scopes.is_some();
    let entrance = connection.app.rooms.enter(&name, connection.session, is_program).await?;
    if !entrance.room.join(connection.outbox.clone(), asked, entrance.facts, after).await {
        return Err(Problem::busy());
    }
    connection.rooms.retain(|(known, _)| *known != name);
    connection.rooms.push((name, entrance.room));
    Ok(Answer::ByRoom)
}

fn refuse(connection: &Connection, id: u64, problem: Problem, retry_after_ms: Option<u64>) {
    let (problem, wait) = problem.into_document();
    let retry_after_ms = retry_after_ms.or(wait.map(|wait| wait.as_millis() as u64));
    connection.outbox.send(&Frame::Refused { id, problem, retry_after_ms });
}
