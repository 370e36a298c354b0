//! Reading the moderation log: `moderation_log` and `moderation_log_messages`.

use klieg_api::Handle;
use klieg_api::desk::{Act, Removed};
use sqlx::Row;
use sqlx_sqlite::SqliteRow;
use uuid::Uuid;

use crate::database::{Database, Error, moment};

/// Acts that are read at once, of all and of one person; and messages that one act removed.
const ACTS: usize = 50;
const ACTS_ON_ONE: i64 = 20;
const REMOVED: usize = 50;

/// What the log says, with the handles of those who are still here.
const LOG: &str = "SELECT moderation_log.id, actors.handle AS actor, action, subjects.handle AS subject, \
    room_messages.text AS message, detail, moderation_log.created_at AS at, \
    moderation_log.token, \
    (SELECT count(*) FROM moderation_log_messages WHERE act_id = moderation_log.id) AS removed FROM moderation_log \
    LEFT JOIN accounts AS actors ON actors.id = actor LEFT JOIN accounts AS subjects ON subjects.id = subject \
    LEFT JOIN room_messages ON room_messages.id = message_id";

fn act(row: &SqliteRow) -> Result<Act, sqlx::Error> {
    let handle = |name: &str| -> Result<Option<Handle>, sqlx::Error> {
        let handle: Option<String> = row.try_get(name)?;
        Ok(handle.and_then(|handle| handle.parse().ok()))
    };
    let removed: i64 = row.try_get("removed")?;
    Ok(Act {
        id: row.try_get("id")?,
        by: handle("actor")?,
        token: row.try_get("token")?,
        action: row.try_get("action")?,
        whom: handle("subject")?,
        message: row.try_get("message")?,
        removed: u32::try_from(removed).ok().filter(|removed| *removed > 0),
        detail: row.try_get("detail")?,
        at: moment(row.try_get("at")?),
    })
}

/// Acts before the one of this number, the latest first, and whether there are more.
pub(super) async fn acts(database: &Database, channel: Uuid, before: Option<i64>) -> Result<(Vec<Act>, bool), Error> {
    let statement = format!(
        "{LOG} WHERE moderation_log.channel_id = $1 AND moderation_log.id < $2 ORDER BY moderation_log.id DESC LIMIT $3"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(channel.to_string())
        .bind(before.unwrap_or(i64::MAX))
        .bind(ACTS as i64 + 1)
        .fetch_all(database.read())
        .await?;
    let acts = rows.iter().take(ACTS).map(act).collect::<Result<_, _>>()?;
    Ok((acts, rows.len() > ACTS))
}

pub(super) async fn acts_on(database: &Database, channel: Uuid, account: Uuid) -> Result<Vec<Act>, Error> {
    let statement =
        format!("{LOG} WHERE moderation_log.channel_id = $1 AND subject = $2 ORDER BY moderation_log.id DESC LIMIT $3");
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(channel.to_string())
        .bind(account.to_string())
        .bind(ACTS_ON_ONE)
        .fetch_all(database.read())
        .await?;
    Ok(rows.iter().map(act).collect::<Result<_, _>>()?)
}

/// The messages that an act removed, in the order of their names, which is about that of time, those after this one; and whether
/// there are more.
pub(super) async fn removed(
    database: &Database,
    channel: Uuid,
    act: i64,
    after: Option<&str>,
) -> Result<(Vec<Removed>, bool), Error> {
    let rows: Vec<(String, String, String, i64)> = sqlx::query_as(
        "SELECT room_messages.id, handle, text, room_messages.created_at FROM moderation_log_messages \
         JOIN moderation_log ON moderation_log.id = act_id JOIN room_messages ON room_messages.id = moderation_log_messages.message_id \
         JOIN accounts ON accounts.id = room_messages.account_id \
         WHERE act_id = $1 AND moderation_log.channel_id = $2 AND moderation_log_messages.message_id > $3 \
         ORDER BY moderation_log_messages.message_id LIMIT $4",
    )
    .bind(act)
    .bind(channel.to_string())
    .bind(after.unwrap_or_default())
    .bind(REMOVED as i64 + 1)
    .fetch_all(database.read())
    .await?;
    let more = rows.len() > REMOVED;
    let removed = |(message, who, text, at): (String, String, String, i64)| {
        Some(Removed { message, who: who.parse().ok()?, text, at: moment(at) })
    };
    Ok((rows.into_iter().take(REMOVED).filter_map(removed).collect(), more))
}
