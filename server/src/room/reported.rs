//! What people report about the owners of channels. Its moderators answer to the owner, so it goes to the server's operator instead.
//!
//! It stands in the same table as what goes to moderators: whom it is about decides who gets it.

use sqlx::{AssertSqlSafe, FromRow, Row as _};
use sqlx_sqlite::SqliteRow;

use crate::database::{Database, Error, millis, now};

/// Reports that are read at once.
const MOST: i64 = 1_000;

/// A report about a channel's owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    pub id: String,
    /// The owner's handle, which is the channel's.
    pub channel: String,
    /// Who reports.
    pub reporter: Option<String>,
    /// The message that it is about, as it was written, if it is about one.
    pub message: Option<String>,
    pub reason: String,
    /// Milliseconds since 1970.
    pub at: i64,
    /// What the operator wrote down about it; may be empty.
    pub note: String,
    /// When the operator closed it, likewise; none if it is open.
    pub closed_at: Option<i64>,
}

impl FromRow<'_, SqliteRow> for Reported {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            channel: row.try_get("channel")?,
            reporter: row.try_get("reporter")?,
            message: row.try_get("message")?,
            reason: row.try_get("reason")?,
            at: row.try_get("at")?,
            note: row.try_get("note")?,
            closed_at: row.try_get("closed_at")?,
        })
    }
}

/// The reports that are open, or all, the oldest first. Of more than 1,000 that are open the first, which are to be closed first; of more
/// than that in all the latest.
pub async fn list(database: &Database, with_closed: bool) -> Result<Vec<Reported>, Error> {
    let order = if with_closed { "DESC" } else { "ASC" };
    let statement = format!(
        "SELECT room_reports.id, owners.handle AS channel, reporters.handle AS reporter, room_messages.text AS message, \
         room_reports.reason, room_reports.created_at AS at, room_reports.note, room_reports.resolved_at AS closed_at \
         FROM room_reports JOIN channels ON channels.id = room_reports.channel_id \
         AND channels.account_id = room_reports.account_id JOIN accounts AS owners ON owners.id = channels.account_id \
         LEFT JOIN accounts AS reporters ON reporters.id = room_reports.reporter \
         LEFT JOIN room_messages ON room_messages.id = room_reports.message_id \
         WHERE $1 OR room_reports.resolved_at IS NULL \
         ORDER BY room_reports.created_at {order}, room_reports.id {order} LIMIT $2",
    );
    let reports = sqlx::query_as(AssertSqlSafe(statement)).bind(with_closed).bind(MOST);
    let mut reports: Vec<Reported> = reports.fetch_all(database.read()).await?;
    if with_closed {
        reports.reverse();
    }
    Ok(reports)
}

/// Writes a note on a report, in place of the one it has. Whether there is such a report.
pub async fn note(database: &Database, report: &str, note: &str) -> Result<bool, Error> {
    let noted = sqlx::query(
        "UPDATE room_reports SET note = $1 WHERE id = $2 \
         AND account_id = (SELECT account_id FROM channels WHERE channels.id = channel_id)",
    )
    .bind(note)
    .bind(report)
    .execute(database.write())
    .await?;
    Ok(noted.rows_affected() > 0)
}

/// Closes a report. Whether it was open.
pub async fn close(database: &Database, report: &str) -> Result<bool, Error> {
    let closed = sqlx::query(
        "UPDATE room_reports SET resolved_at = $1 WHERE id = $2 AND resolved_at IS NULL \
         AND account_id = (SELECT account_id FROM channels WHERE channels.id = channel_id)",
    )
    .bind(millis(now()))
    .bind(report)
    .execute(database.write())
    .await?;
    Ok(closed.rows_affected() > 0)
}
