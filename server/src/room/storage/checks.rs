//! What others change of rooms that are open: the visibility and the followers of channels, and appeals that were accepted, and who wants to
//! be named.

use std::collections::HashMap;
use std::time::Duration;

use uuid::Uuid;

use super::json;
use crate::database::{self, Database};
use crate::room::state::{Checked, Listed};

/// What the tables say of these channels' rooms; of bans, and of who wants to be named, what has changed `lately` before `begun`, in
/// milliseconds since 1970.
pub(in crate::room) async fn checks(
    database: &Database,
    channels: &[Uuid],
    begun: i64,
    lately: Duration,
) -> Result<HashMap<Uuid, Checked>, database::Error> {
    let channels = json(&channels.iter().map(Uuid::to_string).collect::<Vec<_>>());
    let rows: Vec<(String, bool, i64)> = sqlx::query_as(
        "SELECT id, visibility = 'private', followers FROM channels WHERE id IN (SELECT value FROM json_each($1))",
    )
    .bind(&channels)
    .fetch_all(database.read())
    .await?;
    let lifted: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT channel_id, account_id, lifted FROM room_appeals \
         WHERE lifted IS NOT NULL AND decided_at > $2 AND channel_id IN (SELECT value FROM json_each($1))",
    )
    .bind(&channels)
    .bind(begun - lately.as_millis() as i64)
    .fetch_all(database.read())
    .await?;
    let listed: Vec<(String, bool, i64)> =
        sqlx::query_as("SELECT id, listed, listed_at FROM accounts WHERE listed_at > $1")
            .bind(begun - lately.as_millis() as i64)
            .fetch_all(database.read())
            .await?;
    let of = |(account, on, since): (String, _, _)| Some((account.parse().ok()?, Listed { on, since }));
    let listed: Vec<(Uuid, Listed)> = listed.into_iter().filter_map(of).collect();
    let checked = |(id, private, followers): (String, bool, i64)| {
        let lifted = lifted.iter().filter(|(channel, ..)| *channel == id);
        let lifted = lifted.filter_map(|(_, account, since)| Some((account.parse().ok()?, *since))).collect();
        let (followers, listed) = (followers.unsigned_abs(), listed.clone());
        Some((id.parse().ok()?, Checked { begun, private, followers, lifted, listed }))
    };
    Ok(rows.into_iter().filter_map(checked).collect())
}
