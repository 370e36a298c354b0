//! The tables of rooms: `rooms`, `room_*`, `polls`, `poll_votes` and `moderation_log`.

mod batch;
mod checks;
mod messages;
mod past;
mod points;
mod polls;
mod questions;
mod settings;

use klieg_api::room::{Filter, FilterAction, Rights, Settings};
use sqlx_sqlite::SqliteConnection;
use time::OffsetDateTime;
use uuid::Uuid;

pub(super) use batch::keep;
pub(super) use checks::checks;
pub(super) use messages::find;
pub(super) use past::recall;
pub(super) use settings::read as read_settings;

use super::record::{Act, Record};
use super::state::{Facts, Kept, Listed, Silence};
use crate::database::{self, Database, millis, moment};
use crate::emotes;

/// What filters do, in the table.
const HOLD: &str = "hold";
const REFUSE: &str = "refuse";

/// What a room is made from.
pub(super) async fn load(
    database: &Database,
    channel: Uuid,
    handle: klieg_api::Handle,
    creator: Uuid,
    now: OffsetDateTime,
) -> Result<Kept, database::Error> {
    let id = channel.to_string();
    let room: Option<(String, Option<String>)> =
        sqlx::query_as("SELECT settings, pinned FROM rooms WHERE channel_id = $1")
            .bind(&id)
            .fetch_optional(database.read())
            .await?;
    let settings = room.as_ref().map_or_else(Settings::default, |(kept, _)| read_settings(&id, kept));
    let pinned = room.and_then(|(_, pinned)| pinned);
    let private: bool = sqlx::query_scalar("SELECT visibility = 'private' FROM channels WHERE id = $1")
        .bind(&id)
        .fetch_one(database.read())
        .await?;
    let seq: Option<i64> = sqlx::query_scalar("SELECT max(seq) FROM room_messages WHERE channel_id = $1")
        .bind(&id)
        .fetch_one(database.read())
        .await?;
    let seq = seq.unwrap_or_default();
    let moderators: Vec<(String, String)> =
        sqlx::query_as("SELECT account_id, rights FROM room_moderators WHERE channel_id = $1")
            .bind(&id)
            .fetch_all(database.read())
            .await?;
    let moderator = |(account, kept): (String, String)| Some((account.parse().ok()?, rights(&kept)));
    let silences: Vec<(String, Option<i64>, i64)> = sqlx::query_as(
        "SELECT account_id, until, created_at FROM room_silences WHERE channel_id = $1 AND (until IS NULL OR until > $2)",
    )
    .bind(&id)
    .bind(millis(now))
    .fetch_all(database.read())
    .await?;
    let silence = |(account, until, since): (String, _, _)| Some((account.parse().ok()?, Silence { until, since }));
    let silences = silences.into_iter().filter_map(silence);
    let messages = messages::latest(database, &id, settings.delay_s).await?;
    let pinned = match pinned {
        Some(pinned) => find(database, channel, &pinned).await?,
        None => None,
    };
    let (prediction, purses) = points::open_prediction(database, &id).await?;
    Ok(Kept {
        handle,
        creator,
        filters: filters(database, &id).await?,
        pinned,
        private,
        messages,
        settings,
        seq,
        poll: polls::open(database, &id).await?,
        prediction,
        purses,
        rewards: points::rewards(database, &id).await?,
        waiting: points::waiting(database, &id).await?,
        questions: questions::open(database, &id).await?,
        followers: followers(database, channel).await?,
        emotes: emotes::list(database, &id).await?,
        moderators: moderators.into_iter().filter_map(moderator).collect(),
        silences: silences.collect(),
    })
}

async fn filters(database: &Database, channel: &str) -> Result<Vec<Filter>, database::Error> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT pattern, action FROM room_filters WHERE channel_id = $1 ORDER BY created_at, pattern")
            .bind(channel)
            .fetch_all(database.read())
            .await?;
    let action = |action: &str| if action == REFUSE { FilterAction::Refuse } else { FilterAction::Hold };
    Ok(rows.into_iter().map(|(pattern, name)| Filter { pattern, action: action(&name) }).collect())
}

/// How many follow the channel.
pub(super) async fn followers(database: &Database, channel: Uuid) -> Result<u64, database::Error> {
    let count: i64 = sqlx::query_scalar("SELECT followers FROM channels WHERE id = $1")
        .bind(channel.to_string())
        .fetch_one(database.read())
        .await?;
    Ok(count.unsigned_abs())
}

/// Messages of one person that are looked at to find an old one: nobody writes so many in the time in which a crowd comes together.
const LOOKED_AT: i64 = 200;

/// Who somebody is to a room, who comes in person or is a program of theirs.
pub(super) async fn facts(
    database: &Database,
    channel: Uuid,
    account: Uuid,
    token: Option<Uuid>,
) -> Result<Option<Facts>, database::Error> {
    type Row = (String, String, Option<i64>, Option<i64>, Option<i64>, bool, Option<i64>);
    let row: Option<Row> = sqlx::query_as(
        "SELECT accounts.handle, channels.display_name, \
         (SELECT created_at FROM follows WHERE follows.account_id = accounts.id AND follows.channel_id = $2), \
         (SELECT points FROM room_points WHERE room_points.account_id = accounts.id AND room_points.channel_id = $2), \
         (SELECT min(created_at) FROM (SELECT created_at FROM room_messages WHERE room_messages.channel_id = $2 \
         AND room_messages.account_id = $1 AND state = 'shown' LIMIT $3)), accounts.listed, accounts.listed_at \
         FROM accounts JOIN channels ON channels.account_id = accounts.id WHERE accounts.id = $1",
    )
    .bind(account.to_string())
    .bind(channel.to_string())
    .bind(LOOKED_AT)
    .fetch_optional(database.read())
    .await?;
    Ok(row.and_then(|(handle, name, follows, points, wrote_at, listed, listed_at)| {
        let name = (!name.is_empty()).then_some(name);
        let (handle, follows_since) = (handle.parse().ok()?, follows.map(moment));
        let points = points.unwrap_or_default().unsigned_abs();
        let listed = Listed { on: listed, since: listed_at.unwrap_or_default() };
        let is_program = token.is_some();
        Some(Facts { account, handle, name, follows_since, points, is_program, token, wrote_at, listed })
    }))
}

/// The account of a handle.
pub(super) async fn account(database: &Database, handle: &klieg_api::Handle) -> Result<Option<Uuid>, database::Error> {
    let id: Option<String> = sqlx::query_scalar("SELECT id FROM accounts WHERE handle = $1")
        .bind(handle.as_str())
        .fetch_optional(database.read())
        .await?;
    Ok(id.and_then(|id| id.parse().ok()))
}

/// Keeps a record. Which messages it removes, where it does not name all of them.
pub(super) async fn keep_one(
    connection: &mut SqliteConnection,
    channel: &str,
    record: &Record,
) -> Result<Vec<String>, sqlx::Error> {
    match record {
        Record::Said(said) | Record::Announced { said, .. } => messages::insert(connection, channel, said).await?,
        Record::State { messages, state, act } => {
            for message in messages {
                messages::set_state(connection, channel, message, *state).await?;
            }
            if let Some(act) = act {
                let id = log(connection, channel, act).await?;
                if act.message.is_none() {
                    log_messages(connection, id, messages).await?;
                }
            }
            return Ok(Vec::new());
        }
        Record::Removed { account, since, messages, act } => {
            let removed = messages::remove(connection, channel, *account, *since..=act.at, messages).await?;
            if !removed.is_empty() {
                let id = log(connection, channel, act).await?;
                log_messages(connection, id, &removed).await?;
            }
            return Ok(removed);
        }
        Record::Reaction { message, emoji, account, on } => {
            let statement = if *on {
                "INSERT INTO room_reactions (message_id, emoji, account_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
            } else {
                "DELETE FROM room_reactions WHERE message_id = $1 AND emoji = $2 AND account_id = $3"
            };
            sqlx::query(statement)
                .bind(message)
                .bind(emoji)
                .bind(account.to_string())
                .execute(&mut *connection)
                .await?;
        }
        Record::Preview { message, preview } => {
            sqlx::query("UPDATE room_messages SET preview = $1 WHERE id = $2 AND channel_id = $3 AND state = 'shown'")
                .bind(json(preview))
                .bind(message)
                .bind(channel)
                .execute(&mut *connection)
                .await?;
        }
        Record::Pinned { message, .. } => {
            sqlx::query(
                "INSERT INTO rooms (channel_id, pinned) VALUES ($1, $2) ON CONFLICT (channel_id) DO UPDATE SET pinned = $2",
            )
            .bind(channel)
            .bind(message)
            .execute(&mut *connection)
            .await?;
        }
        Record::Settings { settings, .. } => set_settings(connection, channel, settings).await?,
        Record::Filter { pattern, action, act } => {
            set_filter(connection, channel, pattern, *action, act).await?;
        }
        Record::Silence { account, silence, act, .. } => {
            set_silence(connection, channel, *account, *silence, act).await?;
        }
        Record::Poll { poll, .. } => {
            let options: Vec<&str> = poll.options.iter().map(|option| option.text.as_str()).collect();
            sqlx::query(
                "INSERT INTO polls (id, channel_id, question, options, ends_at) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT DO NOTHING",
            )
            .bind(&poll.id)
            .bind(channel)
            .bind(&poll.question)
            .bind(json(&options))
            .bind(millis(poll.ends_at))
            .execute(&mut *connection)
            .await?;
        }
        Record::Vote { poll, account, option } => {
            sqlx::query(
                "INSERT INTO poll_votes (poll_id, account_id, option) VALUES ($1, $2, $3) \
                 ON CONFLICT (poll_id, account_id) DO UPDATE SET option = $3",
            )
            .bind(poll)
            .bind(account.to_string())
            .bind(option)
            .execute(&mut *connection)
            .await?;
        }
        Record::PollEnded { poll, at, .. } => {
            sqlx::query("UPDATE polls SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL")
                .bind(at)
                .bind(poll)
                .execute(&mut *connection)
                .await?;
        }
        Record::Act(_) => {}
        Record::Points(record) => points::keep(connection, channel, record).await?,
        Record::Question(record) => questions::keep(connection, channel, record).await?,
        Record::Moderator { account, rights, act, .. } => {
            set_moderator(connection, channel, *account, *rights, act).await?;
        }
    }
    if let Some(act) = record.act() {
        log(connection, channel, act).await?;
    }
    Ok(Vec::new())
}

/// The types are plain data with string keys, which always serialise.
fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

async fn set_settings(
    connection: &mut SqliteConnection,
    channel: &str,
    settings: &Settings,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO rooms (channel_id, settings) VALUES ($1, $2) ON CONFLICT (channel_id) DO UPDATE SET settings = $2",
    )
    .bind(channel)
    .bind(json(settings))
    .execute(connection)
    .await?;
    Ok(())
}

async fn set_filter(
    connection: &mut SqliteConnection,
    channel: &str,
    pattern: &str,
    action: Option<FilterAction>,
    act: &Act,
) -> Result<(), sqlx::Error> {
    let query = match action {
        Some(action) => sqlx::query(
            "INSERT INTO room_filters (channel_id, pattern, action, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (channel_id, pattern) DO UPDATE SET action = $3",
        )
        .bind(channel)
        .bind(pattern)
        .bind(if action == FilterAction::Refuse { REFUSE } else { HOLD })
        .bind(act.at),
        None => {
            sqlx::query("DELETE FROM room_filters WHERE channel_id = $1 AND pattern = $2").bind(channel).bind(pattern)
        }
    };
    query.execute(connection).await?;
    Ok(())
}

async fn set_moderator(
    connection: &mut SqliteConnection,
    channel: &str,
    account: Uuid,
    rights: Option<Rights>,
    act: &Act,
) -> Result<(), sqlx::Error> {
    let query = match rights {
        Some(rights) => sqlx::query(
            "INSERT INTO room_moderators (channel_id, account_id, rights, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (channel_id, account_id) DO UPDATE SET rights = $3",
        )
        .bind(channel)
        .bind(account.to_string())
        .bind(json(&rights))
        .bind(act.at),
        None => sqlx::query("DELETE FROM room_moderators WHERE channel_id = $1 AND account_id = $2")
            .bind(channel)
            .bind(account.to_string()),
    };
    query.execute(connection).await?;
    Ok(())
}

/// What a moderator may do, as the table has it; nothing of what cannot be read.
pub(super) fn rights(kept: &str) -> Rights {
    serde_json::from_str(kept).unwrap_or(Rights::NONE)
}

async fn set_silence(
    connection: &mut SqliteConnection,
    channel: &str,
    account: Uuid,
    silence: Option<Silence>,
    act: &Act,
) -> Result<(), sqlx::Error> {
    let query = match silence {
        Some(silence) => sqlx::query(
            "INSERT INTO room_silences (channel_id, account_id, until, reason, created_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (channel_id, account_id) DO UPDATE SET until = $3, reason = $4, created_at = $5",
        )
        .bind(channel)
        .bind(account.to_string())
        .bind(silence.until)
        .bind(&act.detail)
        .bind(act.at),
        None => sqlx::query("DELETE FROM room_silences WHERE channel_id = $1 AND account_id = $2")
            .bind(channel)
            .bind(account.to_string()),
    };
    query.execute(connection).await?;
    Ok(())
}

/// Writes an act into the log. Its number there.
pub(super) async fn log(connection: &mut SqliteConnection, channel: &str, act: &Act) -> Result<i64, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO moderation_log (channel_id, actor, action, subject, message_id, detail, created_at, token) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, (SELECT name FROM api_tokens WHERE id = $8))",
    )
    .bind(channel)
    .bind(act.actor.account.to_string())
    .bind(act.action)
    .bind(act.subject.map(|subject| subject.to_string()))
    .bind(&act.message)
    .bind(&act.detail)
    .bind(act.at)
    .bind(act.actor.by.map(|by| by.to_string()))
    .execute(connection)
    .await?;
    Ok(done.last_insert_rowid())
}

/// Notes which messages an act removed.
async fn log_messages(connection: &mut SqliteConnection, act: i64, messages: &[String]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO moderation_log_messages (act_id, message_id) SELECT $1, value FROM json_each($2) WHERE true \
         ON CONFLICT DO NOTHING",
    )
    .bind(act)
    .bind(json(&messages))
    .execute(connection)
    .await?;
    Ok(())
}
