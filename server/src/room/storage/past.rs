//! What was said before what a room remembers.

use klieg_api::room::Reaction;
use uuid::Uuid;

use super::{json, messages};
use crate::database::{self, Database};
use crate::room::state::{MOST_SHOWN, Recall, Recalled};

/// Messages that are read at once.
const PAGE: usize = 50;

/// Looks up what a room does not remember.
pub(in crate::room) async fn recall(
    database: &Database,
    channel: Uuid,
    recall: Recall,
) -> Result<Recalled, database::Error> {
    match recall {
        Recall::Before(before) => self::before(database, &channel.to_string(), before).await,
    }
}

async fn before(database: &Database, channel: &str, before: String) -> Result<Recalled, database::Error> {
    let seq: Option<i64> = sqlx::query_scalar("SELECT seq FROM room_messages WHERE id = $1 AND channel_id = $2")
        .bind(&before)
        .bind(channel)
        .fetch_optional(database.read())
        .await?;
    let Some(seq) = seq else { return Ok(Recalled::Nothing) };
    let rows = sqlx::query(
        "SELECT room_messages.*, accounts.handle FROM room_messages JOIN accounts ON accounts.id = room_messages.account_id \
         WHERE channel_id = $1 AND seq < $2 AND state = 'shown' ORDER BY seq DESC LIMIT $3",
    )
    .bind(channel)
    .bind(seq)
    .bind(PAGE as i64 + 1)
    .fetch_all(database.read())
    .await?;
    let (mut page, mut more, mut room) = (Vec::new(), rows.len() > PAGE, MOST_SHOWN);
    for row in rows.iter().take(PAGE) {
        let Some(said) = messages::said(row, 0)? else { continue };
        room = room.saturating_sub(said.size());
        if room == 0 {
            more = true;
            break;
        }
        page.push(said.message);
    }
    page.reverse();
    let ids: Vec<&str> = page.iter().map(|message| message.id.as_str()).collect();
    let counted: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT message_id, emoji, count(*) FROM room_reactions \
         WHERE message_id IN (SELECT value FROM json_each($1)) GROUP BY message_id, emoji",
    )
    .bind(json(&ids))
    .fetch_all(database.read())
    .await?;
    for (id, emoji, count) in counted {
        if let Some(message) = page.iter_mut().find(|message| message.id == id) {
            message.reactions.push(Reaction { emoji, count: u32::try_from(count).unwrap_or(u32::MAX) });
        }
    }
    Ok(Recalled::Before { before, messages: page, more })
}
