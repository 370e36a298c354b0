//! What was said before what a room remembers.

use klieg_api::room::Reaction;
use sqlx::Row;
use uuid::Uuid;

use super::{json, messages};
use crate::database::{self, Database};
use crate::room::state::{MOST_SHOWN, Past, Recalled};

/// Messages that are read at once.
const PAGE: usize = 50;

/// Looks up what was said before a message.
pub(in crate::room) async fn recall(
    database: &Database,
    channel: Uuid,
    before: String,
) -> Result<Recalled, database::Error> {
    let channel = channel.to_string();
    let seq: Option<i64> = sqlx::query_scalar("SELECT seq FROM room_messages WHERE id = $1 AND channel_id = $2")
        .bind(&before)
        .bind(&channel)
        .fetch_optional(database.read())
        .await?;
    let Some(seq) = seq else { return Ok(Recalled::Nothing) };
    let rows = sqlx::query(
        "SELECT room_messages.*, accounts.handle, answered.account_id AS answered_account, \
         answered.created_at AS answered_at FROM room_messages JOIN accounts ON accounts.id = room_messages.account_id \
         LEFT JOIN room_messages AS answered ON answered.id = room_messages.reply_to \
         WHERE room_messages.channel_id = $1 AND room_messages.seq < $2 AND room_messages.state = 'shown' \
         ORDER BY room_messages.seq DESC LIMIT $3",
    )
    .bind(&channel)
    .bind(seq)
    .bind(PAGE as i64 + 1)
    .fetch_all(database.read())
    .await?;
    let (mut page, mut more, mut room) = (Vec::new(), rows.len() > PAGE, MOST_SHOWN);
    for row in rows.iter().take(PAGE) {
        // What cannot be read takes nothing else with it.
        let Some(said) = messages::said(row, 0).ok().flatten() else { continue };
        room = room.saturating_sub(said.size());
        if room == 0 {
            more = true;
            break;
        }
        let answered: Option<(String, i64)> =
            Option::zip(row.try_get("answered_account")?, row.try_get("answered_at")?);
        let answered = answered.and_then(|(account, at)| Some((account.parse().ok()?, at)));
        page.push(Past { message: said.message, account: said.account, answered });
    }
    page.reverse();
    let ids: Vec<&str> = page.iter().map(|past| past.message.id.as_str()).collect();
    let counted: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT message_id, emoji, count(*) FROM room_reactions \
         WHERE message_id IN (SELECT value FROM json_each($1)) GROUP BY message_id, emoji",
    )
    .bind(json(&ids))
    .fetch_all(database.read())
    .await?;
    for (id, emoji, count) in counted {
        if let Some(past) = page.iter_mut().find(|past| past.message.id == id) {
            past.message.reactions.push(Reaction { emoji, count: u32::try_from(count).unwrap_or(u32::MAX) });
        }
    }
    Ok(Recalled::Before { before, messages: page, more })
}
