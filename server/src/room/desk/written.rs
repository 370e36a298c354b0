//! What somebody wrote in a room, whatever became of it: `room_messages`, as the desk reads them.

use klieg_api::desk::{Fate, Written};
use uuid::Uuid;

use crate::database::{Database, Error, moment};

/// Messages that are read at once.
const PAGE: usize = 50;

/// What this account wrote before that message, or until now, the latest first; and whether there is more. Nothing, if no such message
/// was written here.
pub(super) async fn by(
    database: &Database,
    channel: Uuid,
    account: Uuid,
    before: Option<&str>,
) -> Result<(Vec<Written>, bool), Error> {
    let rows: Vec<(String, String, String, i64)> = sqlx::query_as(
        "SELECT id, text, state, created_at FROM room_messages WHERE channel_id = $1 AND account_id = $2 \
         AND ($3 IS NULL OR seq < (SELECT seq FROM room_messages WHERE id = $3 AND channel_id = $1)) \
         ORDER BY seq DESC LIMIT $4",
    )
    .bind(channel.to_string())
    .bind(account.to_string())
    .bind(before)
    .bind(PAGE as i64 + 1)
    .fetch_all(database.read())
    .await?;
    let more = rows.len() > PAGE;
    let written = |(message, text, state, at): (String, String, String, i64)| {
        let fate = match state.as_str() {
            "shown" => Fate::Shown,
            "held" => Fate::Held,
            "discarded" => Fate::Discarded,
            "deleted" => Fate::Deleted,
            _ => Fate::Other,
        };
        Written { message, text, at: moment(at), fate }
    };
    Ok((rows.into_iter().take(PAGE).map(written).collect(), more))
}
