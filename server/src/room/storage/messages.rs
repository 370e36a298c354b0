//! The tables of what is said: `room_messages` and `room_reactions`.

use std::collections::HashMap;
use std::fmt::Display;
use std::ops::RangeInclusive;

use klieg_api::room::{Author, Message, Moment};
use sqlx::{AssertSqlSafe, QueryBuilder, Row};
use sqlx_sqlite::{Sqlite, SqliteConnection, SqliteRow};
use uuid::Uuid;

use super::json;
use crate::database::{self, Database, millis, moment};
use crate::room::state::{DELAY, Known, MOST_HELD, Said, State};
use crate::room::text;

/// Messages that a room is opened with.
const LATEST: i64 = 1_000;

const SAID: &str = "SELECT room_messages.*, accounts.handle FROM room_messages \
                    JOIN accounts ON accounts.id = room_messages.account_id";

/// The latest messages that are shown, oldest first, and those that wait: for a moderator, as many as may, or to be shown by
/// themselves so many seconds after they were said, all of them.
pub(super) async fn latest(database: &Database, channel: &str, delay_s: u32) -> Result<Vec<Said>, database::Error> {
    let mut shown = read(database, channel, "state = 'shown'", LATEST, delay_s).await?;
    if let Some(first) = shown.first().map(|said| said.seq) {
        let reactions: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT message_id, emoji, room_reactions.account_id FROM room_reactions \
             JOIN room_messages ON room_messages.id = message_id WHERE channel_id = $1 AND seq >= $2 AND state = 'shown'",
        )
        .bind(channel)
        .bind(first)
        .fetch_all(database.read())
        .await?;
        put_reactions(&mut shown, reactions);
    }
    let waits = format!("state = 'held' AND reason <> '{DELAY}'");
    let mut held = read(database, channel, &waits, MOST_HELD as i64, delay_s).await?;
    // No more than may be said while the longest delay lasts.
    let later = format!("state = 'held' AND reason = '{DELAY}'");
    held.extend(read(database, channel, &later, i64::MAX, delay_s).await?);
    held.sort_by_key(|said| said.seq);
    shown.extend(held);
    Ok(shown)
}

/// The latest messages of which this is true, oldest first.
async fn read(
    database: &Database,
    channel: &str,
    which: &str,
    most: i64,
    delay_s: u32,
) -> Result<Vec<Said>, database::Error> {
    // It stands in the statement, so that the index of what waits is used.
    let statement = format!("{SAID} WHERE channel_id = $1 AND {which} ORDER BY seq DESC LIMIT $2");
    let rows = sqlx::query(AssertSqlSafe(statement)).bind(channel).bind(most).fetch_all(database.read()).await?;
    Ok(rows.iter().rev().filter_map(|row| said(row, delay_s).ok().flatten()).collect())
}

/// A message, however old it is, if it is shown.
pub(in crate::room) async fn find(
    database: &Database,
    channel: Uuid,
    message: &str,
) -> Result<Option<Said>, database::Error> {
    let statement = format!("{SAID} WHERE room_messages.id = $1 AND channel_id = $2 AND state = 'shown'");
    let row = sqlx::query(AssertSqlSafe(statement))
        .bind(message)
        .bind(channel.to_string())
        .fetch_optional(database.read())
        .await?;
    let Some(mut said) = row.and_then(|row| said(&row, 0).ok().flatten()) else { return Ok(None) };
    let reactions: Vec<(String, String, String)> =
        sqlx::query_as("SELECT message_id, emoji, account_id FROM room_reactions WHERE message_id = $1")
            .bind(message)
            .fetch_all(database.read())
            .await?;
    put_reactions(std::slice::from_mut(&mut said), reactions);
    Ok(Some(said))
}

/// Puts reactions, each with its message, its emoji and whose it is, to the messages.
fn put_reactions(messages: &mut [Said], reactions: Vec<(String, String, String)>) {
    let mut of: HashMap<String, Vec<(String, Vec<Uuid>)>> = HashMap::new();
    for (message, emoji, account) in reactions {
        let Ok(account) = account.parse() else { continue };
        let all = of.entry(message).or_default();
        match all.iter_mut().find(|(known, _)| *known == emoji) {
            Some((_, who)) => who.push(account),
            None => all.push((emoji, vec![account])),
        }
    }
    for said in messages {
        said.reactions = of.remove(&said.message.id).unwrap_or_default();
    }
}

/// A row as it was said; none if it is not what this version wrote.
pub(super) fn said(row: &SqliteRow, delay_s: u32) -> Result<Option<Said>, sqlx::Error> {
    let reply: Option<String> = row.try_get("reply")?;
    let preview: Option<String> = row.try_get("preview")?;
    let handle: String = row.try_get("handle")?;
    let account: String = row.try_get("account_id")?;
    let (Ok(handle), Ok(account)) = (handle.parse(), account.parse()) else { return Ok(None) };
    let text: String = row.try_get("text")?;
    let badges: String = row.try_get("badges")?;
    let on: Option<(String, i64)> = Option::zip(row.try_get("broadcast_id")?, row.try_get("at_ms")?);
    let state: String = row.try_get("state")?;
    let reason: String = row.try_get("reason")?;
    let (is_held, is_delayed) = (state == State::Held.name(), reason == DELAY);
    let said_at: i64 = row.try_get("created_at")?;
    let message = Message {
        id: row.try_get("id")?,
        author: Author {
            handle,
            name: row.try_get("name")?,
            badges: serde_json::from_str(&badges).unwrap_or_default(),
        },
        at: moment(said_at),
        on: on.map(|(broadcast_id, at)| Moment { broadcast_id, at_ms: at.unsigned_abs() }),
        reply: reply.and_then(|reply| serde_json::from_str(&reply).ok()),
        mentions: text::mentions(&text),
        reactions: Vec::new(),
        announcement: row.try_get("announcement")?,
        reward: row.try_get("reward")?,
        preview: preview.and_then(|preview| serde_json::from_str(&preview).ok()),
        text,
    };
    Ok(Some(Said {
        folded: text::folded(&message.text),
        message,
        account,
        nonce: row.try_get("nonce")?,
        seq: row.try_get("seq")?,
        state: if is_held && !is_delayed { State::Held } else { State::Shown },
        reason,
        release_at: (is_held && is_delayed).then(|| said_at + i64::from(delay_s) * 1_000),
        reactions: Vec::new(),
    }))
}

/// Keeps what was said. If there is something under its nonce it is refused, as if there were no room for it.
pub(super) async fn insert(connection: &mut SqliteConnection, channel: &str, said: &Said) -> Result<(), sqlx::Error> {
    let done = insertion([(channel, said)]).build().execute(connection).await?;
    if done.rows_affected() == 0 { Err(sqlx::Error::RowNotFound) } else { Ok(()) }
}

/// Keeps what was said in these channels, each unless there is something under its nonce. How many of them were kept.
pub(super) async fn insert_all<'a>(
    connection: &mut SqliteConnection,
    said: impl IntoIterator<Item = (Uuid, &'a Said)>,
) -> Result<usize, sqlx::Error> {
    // How many there are makes another statement of it, which is not worth being remembered.
    let done = insertion(said).build().persistent(false).execute(connection).await?;
    Ok(usize::try_from(done.rows_affected()).unwrap_or_default())
}

/// What somebody said under this nonce.
pub(super) async fn known(
    connection: &mut SqliteConnection,
    channel: &str,
    account: Uuid,
    nonce: &str,
) -> Result<Option<Known>, sqlx::Error> {
    let row: Option<(String, String, String)> = sqlx::query_as(
        "SELECT id, state, reason FROM room_messages WHERE channel_id = $1 AND account_id = $2 AND nonce = $3",
    )
    .bind(channel)
    .bind(account.to_string())
    .bind(nonce)
    .fetch_optional(connection)
    .await?;
    Ok(row.and_then(|(id, state, reason)| {
        let state = match state.as_str() {
            "held" if reason != DELAY => State::Held,
            "discarded" => State::Discarded,
            "deleted" => State::Deleted,
            _ => State::Shown,
        };
        Some(Known { message: id.parse().ok()?, state })
    }))
}

fn insertion<'a>(said: impl IntoIterator<Item = (impl Display, &'a Said)>) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(
        "INSERT INTO room_messages (id, channel_id, seq, account_id, nonce, text, created_at, broadcast_id, at_ms, name, badges, \
         announcement, reply_to, reply, state, reason, reward) ",
    );
    query.push_values(said, |mut row, (channel, said)| {
        let message = &said.message;
        let (state, reason) = said.kept();
        row.push_bind(message.id.clone())
            .push_bind(channel.to_string())
            .push_bind(said.seq)
            .push_bind(said.account.to_string())
            .push_bind(said.nonce.clone())
            .push_bind(message.text.clone())
            .push_bind(millis(message.at))
            // One that is not in the table was never begun here.
            .push("(SELECT id FROM broadcasts WHERE id = ")
            .push_bind_unseparated(message.on.as_ref().map(|on| on.broadcast_id.clone()))
            .push_unseparated(")")
            .push_bind(message.on.as_ref().map(|on| on.at_ms.cast_signed()))
            .push_bind(message.author.name.clone())
            .push_bind(json(&message.author.badges))
            .push_bind(message.announcement)
            .push_bind(message.reply.as_ref().map(|reply| reply.id.clone()))
            .push_bind(message.reply.as_ref().map(json))
            .push_bind(state.name())
            .push_bind(reason.to_owned())
            .push_bind(message.reward.clone());
    });
    query.push(" ON CONFLICT (channel_id, account_id, nonce) DO NOTHING");
    query
}

pub(super) async fn set_state(
    connection: &mut SqliteConnection,
    channel: &str,
    message: &str,
    state: State,
) -> Result<(), sqlx::Error> {
    // What is looked up for a message that is shown goes with it.
    sqlx::query("UPDATE room_messages SET state = $1, preview = NULL WHERE id = $2 AND channel_id = $3")
        .bind(state.name())
        .bind(message)
        .bind(channel)
        .execute(&mut *connection)
        .await?;
    if state == State::Deleted {
        // What is deleted is not to be read in the answers to it either.
        sqlx::query("UPDATE room_messages SET reply = json_set(reply, '$.text', '') WHERE reply_to = $1")
            .bind(message)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Deletes these messages, and what their author said in that time, in milliseconds since 1970, as far as it is shown: all of them.
pub(super) async fn remove(
    connection: &mut SqliteConnection,
    channel: &str,
    account: Uuid,
    time: RangeInclusive<i64>,
    known: &[String],
) -> Result<Vec<String>, sqlx::Error> {
    for message in known {
        set_state(connection, channel, message, State::Deleted).await?;
    }
    let messages: Vec<String> = sqlx::query_scalar(
        "UPDATE room_messages SET state = 'deleted', preview = NULL WHERE channel_id = $1 AND account_id = $2 \
         AND state = 'shown' AND created_at BETWEEN $3 AND $4 RETURNING id",
    )
    .bind(channel)
    .bind(account.to_string())
    .bind(time.start())
    .bind(time.end())
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE room_messages SET reply = json_set(reply, '$.text', '') \
         WHERE reply_to IN (SELECT value FROM json_each($1))",
    )
    .bind(json(&messages))
    .execute(connection)
    .await?;
    Ok([known, &messages[..]].concat())
}
