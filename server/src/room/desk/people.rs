//! The tables of a room's people, as the desk lists them: `room_moderators` and `room_silences`.

use klieg_api::Handle;
use klieg_api::desk::{Keeper, Silence, Silenced};
use uuid::Uuid;

use crate::database::{Database, Error, millis, moment, now};
use crate::room::storage::rights;

/// Moderators that are listed, and people who are silenced that are listed at once.
const MODERATORS: i64 = 200;
const PAGE: usize = 50;

/// The moderators by their handles.
pub(super) async fn moderators(database: &Database, channel: Uuid) -> Result<Vec<Keeper>, Error> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT handle, rights, room_moderators.created_at FROM room_moderators JOIN accounts ON accounts.id = account_id \
         WHERE channel_id = $1 ORDER BY handle LIMIT $2",
    )
    .bind(channel.to_string())
    .bind(MODERATORS)
    .fetch_all(database.read())
    .await?;
    let keeper = |(who, kept, since): (String, String, i64)| {
        Some(Keeper { who: who.parse().ok()?, rights: rights(&kept), since: moment(since) })
    };
    Ok(rows.into_iter().filter_map(keeper).collect())
}

/// Who may not write now, by their handles, those after this one; and whether there are more.
pub(super) async fn silenced(
    database: &Database,
    channel: Uuid,
    after: Option<&Handle>,
) -> Result<(Vec<Silenced>, bool), Error> {
    let rows: Vec<(String, Option<i64>, String, i64)> = sqlx::query_as(
        "SELECT handle, until, reason, room_silences.created_at FROM room_silences JOIN accounts ON accounts.id = account_id \
         WHERE channel_id = $1 AND (until IS NULL OR until > $2) AND handle > $3 ORDER BY handle LIMIT $4",
    )
    .bind(channel.to_string())
    .bind(millis(now()))
    .bind(after.map(Handle::as_str).unwrap_or_default())
    .bind(PAGE as i64 + 1)
    .fetch_all(database.read())
    .await?;
    let more = rows.len() > PAGE;
    let silenced = |(who, until, reason, since): (String, Option<i64>, String, i64)| {
        let silence = Silence { until: until.map(moment), reason };
        Some(Silenced { who: who.parse().ok()?, silence, since: moment(since) })
    };
    Ok((rows.into_iter().take(PAGE).filter_map(silenced).collect(), more))
}
