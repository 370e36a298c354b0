//! The table `emotes`.

use bytes::Bytes;
use klieg_api::emotes::{Emote, EmoteName, MAX_EMOTES};
use time::OffsetDateTime;

use super::picture::Picture;
use super::{Error, address, hash_of};
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
    picture: &Picture,
    now: OffsetDateTime,
) -> Result<Emote, Error> {
    let hash = hash_of(&picture.png);
    let still_hash = picture.still.as_deref().map(hash_of);
    let inserted = sqlx::query(
        "INSERT INTO emotes (channel_id, name, name_key, hash, still_hash, width, height, created_at, picture, still) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 WHERE (SELECT count(*) FROM emotes WHERE channel_id = $1) < $11",
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
    .bind(MAX_EMOTES as i64)
    .execute(database.write())
    .await
    .on_unique([("emotes.name_key", Error::Taken)])?;
    if inserted.rows_affected() == 0 {
        return Err(Error::TooMany);
    }
    let (url, still) = (address(&hash), still_hash.as_deref().map(address));
    Ok(Emote { name, url, still, width: picture.width, height: picture.height })
}

/// Deletes an emote; the hashes of its pictures, or none if there was no such emote.
pub(super) async fn delete(
    database: &Database,
    channel: &str,
    name: &EmoteName,
) -> Result<Option<Vec<String>>, database::Error> {
    let deleted: Option<(String, Option<String>)> =
        sqlx::query_as("DELETE FROM emotes WHERE channel_id = $1 AND name_key = $2 RETURNING hash, still_hash")
            .bind(channel)
            .bind(name.key())
            .fetch_optional(database.write())
            .await?;
    Ok(deleted.map(|(hash, still)| std::iter::once(hash).chain(still).collect()))
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
