//! The tables `emotes`, `emote_refusals` and `emote_changes`.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use klieg_api::emotes::{Emote, EmoteName, MAX_EMOTES};
use sqlx_sqlite::SqliteConnection;
use time::OffsetDateTime;

use super::{Error, TakenDown, Upload, address, hash_of};
use crate::database::{self, Database, OnConstraint, millis};

/// A channel's emotes, oldest first.
pub async fn list(database: &Database, channel: &str) -> Result<Vec<Emote>, database::Error> {
    let rows: Vec<(String, String, Option<String>, u32, u32)> = sqlx::query_as(
        "SELECT name, hash, still_hash, width, height FROM emotes WHERE channel_id = $1 ORDER BY created_at, name_key",
    )
    .bind(channel)
    .fetch_all(database.read())
    .await?;
    let emotes = rows.into_iter().filter_map(|(name, hash, still, width, height)| {
        let (url, still) = (address(&hash), still.as_deref().map(address));
        Some(Emote { name: name.parse().ok()?, url, still, width, height })
    });
    Ok(emotes.collect())
}

pub(super) async fn insert(
    database: &Database,
    channel: &str,
    name: EmoteName,
    upload: &Upload,
    now: OffsetDateTime,
) -> Result<Emote, Error> {
    let picture = &upload.picture;
    let hash = hash_of(&picture.png);
    let still_hash = picture.still.as_deref().map(hash_of);
    let mut transaction = database.begin().await?;
    // In the same transaction: a picture that is taken down meanwhile does not slip through.
    let is_refused: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM emote_refusals WHERE hash IN ($1, $2) OR hash = $3 AND may_begin = 0)",
    )
    .bind(&upload.hash)
    .bind(&hash)
    .bind(&still_hash)
    .fetch_one(&mut *transaction)
    .await
    .map_err(database::Error::from)?;
    if is_refused {
        return Err(Error::Refused);
    }
    let inserted = sqlx::query(
        "INSERT INTO emotes \
         (channel_id, name, name_key, hash, still_hash, width, height, created_at, picture, still, upload_hash) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 \
         WHERE (SELECT count(*) FROM emotes WHERE channel_id = $1) < $12",
    )
    .bind(channel)
    .bind(name.as_str())
    .bind(name.key())
    .bind(&hash)
    .bind(&still_hash)
    .bind(picture.width)
    .bind(picture.height)
    .bind(millis(now))
    .bind(&picture.png)
    .bind(&picture.still)
    .bind(&upload.hash)
    .bind(MAX_EMOTES as i64)
    .execute(&mut *transaction)
    .await
    .on_unique([("emotes.name_key", Error::Taken)])?;
    if inserted.rows_affected() == 0 {
        return Err(Error::TooMany);
    }
    note_change(&mut transaction, channel).await?;
    transaction.commit().await.map_err(database::Error::from)?;
    let (url, still) = (address(&hash), still_hash.as_deref().map(address));
    Ok(Emote { name, url, still, width: picture.width, height: picture.height })
}

/// Deletes an emote; the hashes of its pictures, or none if there was no such emote.
pub(super) async fn delete(
    database: &Database,
    channel: &str,
    name: &EmoteName,
) -> Result<Option<Vec<String>>, database::Error> {
    let mut transaction = database.begin().await?;
    let deleted: Option<(String, Option<String>)> =
        sqlx::query_as("DELETE FROM emotes WHERE channel_id = $1 AND name_key = $2 RETURNING hash, still_hash")
            .bind(channel)
            .bind(name.key())
            .fetch_optional(&mut *transaction)
            .await?;
    if deleted.is_some() {
        note_change(&mut transaction, channel).await?;
    }
    transaction.commit().await?;
    Ok(deleted.map(|(hash, still)| std::iter::once(hash).chain(still).collect()))
}

/// The hash of an emote's picture.
pub(super) async fn hash(
    database: &Database,
    channel: &str,
    name: &EmoteName,
) -> Result<Option<String>, database::Error> {
    let found = sqlx::query_scalar("SELECT hash FROM emotes WHERE channel_id = $1 AND name_key = $2")
        .bind(channel)
        .bind(name.key())
        .fetch_optional(database.read())
        .await?;
    Ok(found)
}

/// Deletes every emote that has this picture, moving or standing still, or its first frame for a picture, and refuses it from now
/// on: the picture, the files that were uploaded as it, and its first frame. What begins like that frame is still taken, unless
/// that frame is what is taken down: it may be empty. Whose emotes these were.
pub(super) async fn take_down(
    database: &Database,
    hash: &str,
    now: OffsetDateTime,
) -> Result<Vec<TakenDown>, database::Error> {
    let mut transaction = database.begin().await?;
    let still: Option<String> =
        sqlx::query_scalar("SELECT still_hash FROM emotes WHERE hash = $1 AND still_hash IS NOT NULL LIMIT 1")
            .bind(hash)
            .fetch_optional(&mut *transaction)
            .await?;
    let deleted: Vec<(String, String, String, Option<String>)> = sqlx::query_as(
        "DELETE FROM emotes WHERE hash IN ($1, $2) OR still_hash = $1 RETURNING channel_id, name, hash, upload_hash",
    )
    .bind(hash)
    .bind(&still)
    .fetch_all(&mut *transaction)
    .await?;
    let mut refused = BTreeMap::from([(hash, false)]);
    for (_, _, hash, upload) in &deleted {
        refused.extend(std::iter::once(hash.as_str()).chain(upload.as_deref()).map(|hash| (hash, false)));
    }
    refused.extend(still.as_deref().map(|still| (still, true)));
    for (refused, may_begin) in refused {
        sqlx::query(
            "INSERT INTO emote_refusals (hash, taken_down, may_begin, refused_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING",
        )
        .bind(refused)
        .bind(hash)
        .bind(may_begin)
        .bind(millis(now))
        .execute(&mut *transaction)
        .await?;
    }
    for channel in deleted.iter().map(|(channel, ..)| channel.as_str()).collect::<BTreeSet<_>>() {
        note_change(&mut transaction, channel).await?;
    }
    transaction.commit().await?;
    Ok(deleted.into_iter().map(|(channel, name, ..)| TakenDown { channel, name }).collect())
}

/// Takes again what take-downs refuse that this hash is part of. Whether there is one.
pub(super) async fn allow(database: &Database, hash: &str) -> Result<bool, database::Error> {
    let lifted = sqlx::query(
        "DELETE FROM emote_refusals WHERE taken_down IN (SELECT taken_down FROM emote_refusals WHERE hash = $1)",
    )
    .bind(hash)
    .execute(database.write())
    .await?;
    Ok(lifted.rows_affected() > 0)
}

/// Notes that a channel's emotes are others now, in the transaction that makes them so.
async fn note_change(connection: &mut SqliteConnection, channel: &str) -> Result<(), database::Error> {
    sqlx::query("DELETE FROM emote_changes WHERE channel_id = $1").bind(channel).execute(&mut *connection).await?;
    sqlx::query("INSERT INTO emote_changes (channel_id) VALUES ($1)").bind(channel).execute(&mut *connection).await?;
    Ok(())
}

/// The channels whose emotes changed after the change of this number, each with the number of its latest.
pub(super) async fn changed_since(database: &Database, number: i64) -> Result<Vec<(i64, String)>, database::Error> {
    let changed = sqlx::query_as("SELECT number, channel_id FROM emote_changes WHERE number > $1 ORDER BY number")
        .bind(number)
        .fetch_all(database.read())
        .await?;
    Ok(changed)
}

/// The picture of a hash. Several channels may have the same.
pub(super) async fn picture(database: &Database, hash: &str) -> Result<Option<Bytes>, database::Error> {
    let found: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT picture FROM emotes WHERE hash = $1 UNION ALL SELECT still FROM emotes WHERE still_hash = $1 LIMIT 1",
    )
    .bind(hash)
    .fetch_optional(database.read())
    .await?;
    Ok(found.map(Bytes::from))
}
