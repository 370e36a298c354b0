//! The tables of polls: `polls` and `poll_votes`.

use klieg_api::room::{Poll, PollOption};
use uuid::Uuid;

use crate::database::{self, Database, moment};

/// The poll that has not ended, and who has voted for what.
pub(super) async fn open(
    database: &Database,
    channel: &str,
) -> Result<Option<(Poll, Vec<(Uuid, u32)>)>, database::Error> {
    let row: Option<(String, String, String, i64)> = sqlx::query_as(
        "SELECT id, question, options, ends_at FROM polls WHERE channel_id = $1 AND ended_at IS NULL ORDER BY id DESC LIMIT 1",
    )
    .bind(channel)
    .fetch_optional(database.read())
    .await?;
    let Some((id, question, options, ends_at)) = row else { return Ok(None) };
    let votes: Vec<(String, i64)> = sqlx::query_as("SELECT account_id, option FROM poll_votes WHERE poll_id = $1")
        .bind(&id)
        .fetch_all(database.read())
        .await?;
    let options: Vec<String> = serde_json::from_str(&options).unwrap_or_default();
    let options = options.into_iter().map(|text| PollOption { text, votes: 0 }).collect();
    let votes =
        votes.into_iter().filter_map(|(account, option)| Some((account.parse().ok()?, option.try_into().ok()?)));
    Ok(Some((Poll { id, question, options, ends_at: moment(ends_at), ended: false }, votes.collect())))
}
