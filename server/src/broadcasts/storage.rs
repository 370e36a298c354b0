//! The tables `stream_keys` and `broadcasts`.

use sqlx::{FromRow, Row as _};
use sqlx_sqlite::{SqliteConnection, SqliteRow};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Error;
use crate::database::{Database, millis};
use crate::secret::SecretHash;

#[derive(Clone, Debug)]
pub(super) struct KeyRow {
    pub id: String,
    pub hint: String,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
}

impl FromRow<'_, SqliteRow> for KeyRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            hint: row.try_get("hint")?,
            created_at: row.try_get("created_at")?,
            last_used_at: row.try_get("last_used_at")?,
        })
    }
}

/// Whose broadcast a key opens.
#[derive(Clone, Debug)]
pub(super) struct OwnerRow {
    pub key_id: String,
    pub channel_id: String,
    pub handle: String,
}

impl FromRow<'_, SqliteRow> for OwnerRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            key_id: row.try_get("key_id")?,
            channel_id: row.try_get("channel_id")?,
            handle: row.try_get("handle")?,
        })
    }
}

pub(super) struct NewKey<'a> {
    pub id: Uuid,
    pub channel: &'a str,
    pub hash: SecretHash,
    pub hint: &'a str,
    pub label: &'a str,
}

/// Adds a key unless the channel has `most` already. Returns whether it was added.
pub(super) async fn insert_key(
    database: &Database,
    key: NewKey<'_>,
    most: i64,
    now: OffsetDateTime,
) -> Result<bool, Error> {
    let inserted = sqlx::query(
        "INSERT INTO stream_keys (id, channel_id, hash, hint, label, created_at) SELECT $1, $2, $3, $4, $5, $6 \
         WHERE (SELECT count(*) FROM stream_keys WHERE channel_id = $2) < $7",
    )
    .bind(key.id.to_string())
    .bind(key.channel)
    .bind(key.hash.as_bytes())
    .bind(key.hint)
    .bind(key.label)
    .bind(millis(now))
    .bind(most)
    .execute(database.write())
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub(super) async fn keys(database: &Database, channel: &str) -> Result<Vec<KeyRow>, Error> {
    let rows = sqlx::query_as(
        "SELECT id, hint, created_at, last_used_at FROM stream_keys WHERE channel_id = $1 ORDER BY created_at, id",
    )
    .bind(channel)
    .fetch_all(database.read())
    .await?;
    Ok(rows)
}

/// Deletes a key of this channel. Returns whether there was one.
pub(super) async fn delete_key(database: &Database, channel: &str, key: Uuid) -> Result<bool, Error> {
    let deleted = sqlx::query("DELETE FROM stream_keys WHERE id = $1 AND channel_id = $2")
        .bind(key.to_string())
        .bind(channel)
        .execute(database.write())
        .await?;
    Ok(deleted.rows_affected() > 0)
}

/// Deletes the keys of a channel that carry this label.
pub(super) async fn delete_labelled_keys(database: &Database, channel: &str, label: &str) -> Result<(), Error> {
    sqlx::query("DELETE FROM stream_keys WHERE channel_id = $1 AND label = $2")
        .bind(channel)
        .bind(label)
        .execute(database.write())
        .await?;
    Ok(())
}

pub(super) async fn owner_of_key(database: &Database, hash: SecretHash) -> Result<Option<OwnerRow>, Error> {
    let row = sqlx::query_as(
        "SELECT stream_keys.id AS key_id, channels.id AS channel_id, accounts.handle FROM stream_keys \
         JOIN channels ON channels.id = stream_keys.channel_id JOIN accounts ON accounts.id = channels.account_id \
         WHERE stream_keys.hash = $1",
    )
    .bind(hash.as_bytes())
    .fetch_optional(database.read())
    .await?;
    Ok(row)
}

pub(super) async fn key_used(database: &Database, key: &str, now: OffsetDateTime) -> Result<(), Error> {
    sqlx::query("UPDATE stream_keys SET last_used_at = $1 WHERE id = $2")
        .bind(millis(now))
        .bind(key)
        .execute(database.write())
        .await?;
    Ok(())
}

/// Writes down that a broadcast began, with the channel's title and category of that moment.
pub(super) async fn started(
    database: &Database,
    broadcast: Uuid,
    channel: Uuid,
    protocol: &str,
    at: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO broadcasts (id, channel_id, title, category, protocol, started_at, seen_at) \
         SELECT $1, id, title, category, $2, $3, $3 FROM channels WHERE id = $4",
    )
    .bind(broadcast.to_string())
    .bind(protocol)
    .bind(millis(at))
    .bind(channel.to_string())
    .execute(database.write())
    .await?;
    Ok(())
}

pub(super) async fn ended(database: &Database, broadcast: Uuid, at: OffsetDateTime) -> Result<(), Error> {
    sqlx::query("UPDATE broadcasts SET ended_at = $1, seen_at = $1 WHERE id = $2 AND ended_at IS NULL")
        .bind(millis(at))
        .bind(broadcast.to_string())
        .execute(database.write())
        .await?;
    Ok(())
}

/// Writes down that these broadcasts are still on.
pub(super) async fn seen(database: &Database, broadcasts: &[Uuid], at: OffsetDateTime) -> Result<(), Error> {
    let mut transaction = database.begin().await?;
    for broadcast in broadcasts {
        sqlx::query("UPDATE broadcasts SET seen_at = $1 WHERE id = $2 AND ended_at IS NULL")
            .bind(millis(at))
            .bind(broadcast.to_string())
            .execute(&mut *transaction as &mut SqliteConnection)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Closes the broadcasts that a crash left open, at the moment they were last seen, if that was before `before`. Returns how many. That is
/// by the wall clock, which may have been set back since one began: none ends before that.
pub(super) async fn close_open(database: &Database, before: Option<OffsetDateTime>) -> Result<u64, Error> {
    let closed = sqlx::query(
        "UPDATE broadcasts SET ended_at = max(seen_at, started_at) WHERE ended_at IS NULL AND seen_at < $1",
    )
    .bind(before.map_or(i64::MAX, millis))
    .execute(database.write())
    .await?;
    Ok(closed.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::moment;

    #[tokio::test]
    async fn what_a_crash_left_open_ends_no_earlier_than_it_began() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("klieg.db")).await.unwrap();
        let (account, channel, broadcast) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let sign_up = "INSERT INTO accounts (id, handle, email, email_key, password_hash, created_at) \
                       VALUES ($1, 'ada', '', '', '', 0)";
        sqlx::query(sign_up).bind(account.to_string()).execute(database.write()).await.unwrap();
        let open = "INSERT INTO channels (id, account_id, created_at) VALUES ($1, $2, 0)";
        let open = sqlx::query(open).bind(channel.to_string()).bind(account.to_string());
        open.execute(database.write()).await.unwrap();
        started(&database, broadcast, channel, "rtmp", moment(9_000)).await.unwrap();
        // The wall clock was set back.
        seen(&database, &[broadcast], moment(5_000)).await.unwrap();
        assert_eq!(close_open(&database, Some(moment(5_000))).await.unwrap(), 0);
        assert_eq!(close_open(&database, Some(moment(5_001))).await.unwrap(), 1);
        let ended: i64 =
            sqlx::query_scalar("SELECT ended_at FROM broadcasts").fetch_one(database.read()).await.unwrap();
        assert_eq!(ended, 9_000);
    }
}
