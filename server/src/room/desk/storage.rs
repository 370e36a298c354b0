//! The tables of the desk: `room_notes`, `room_appeals`, `room_reports`.

use klieg_api::desk::{Appeal, Decision, Note, Report, Silence};
use klieg_api::room::Rights;
use sqlx::Row;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::{Database, Error, millis, moment, now};
use crate::room::{record, storage};

/// Appeals and reports that are read at once.
const OPEN: i64 = 100;

/// What a moderator may do; none if somebody is none.
pub(in crate::room) async fn rights(
    database: &Database,
    channel: Uuid,
    account: Uuid,
) -> Result<Option<Rights>, Error> {
    let kept: Option<String> =
        sqlx::query_scalar("SELECT rights FROM room_moderators WHERE channel_id = $1 AND account_id = $2")
            .bind(channel.to_string())
            .bind(account.to_string())
            .fetch_optional(database.read())
            .await?;
    Ok(kept.map(|kept| storage::rights(&kept)))
}

/// Since when somebody has an account.
pub(super) async fn since(database: &Database, account: Uuid) -> Result<OffsetDateTime, Error> {
    let since = sqlx::query_scalar("SELECT created_at FROM accounts WHERE id = $1")
        .bind(account.to_string())
        .fetch_one(database.read())
        .await?;
    Ok(moment(since))
}

pub(super) async fn messages_of(database: &Database, channel: Uuid, account: Uuid) -> Result<u32, Error> {
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM room_messages WHERE channel_id = $1 AND account_id = $2 AND state = 'shown'",
    )
    .bind(channel.to_string())
    .bind(account.to_string())
    .fetch_one(database.read())
    .await?;
    Ok(count.try_into().unwrap_or(u32::MAX))
}

/// What keeps somebody from writing now, and since when, in milliseconds.
pub(super) async fn silence(
    database: &Database,
    channel: Uuid,
    account: Uuid,
) -> Result<Option<(Silence, i64)>, Error> {
    let row: Option<(Option<i64>, String, i64)> = sqlx::query_as(
        "SELECT until, reason, created_at FROM room_silences \
         WHERE channel_id = $1 AND account_id = $2 AND (until IS NULL OR until > $3)",
    )
    .bind(channel.to_string())
    .bind(account.to_string())
    .bind(millis(now()))
    .fetch_optional(database.read())
    .await?;
    Ok(row.map(|(until, reason, since)| (Silence { until: until.map(moment), reason }, since)))
}

pub(super) async fn notes(database: &Database, channel: Uuid, account: Uuid) -> Result<Vec<Note>, Error> {
    let rows: Vec<(String, Option<String>, String, i64)> = sqlx::query_as(
        "SELECT room_notes.id, accounts.handle, text, room_notes.created_at FROM room_notes \
         LEFT JOIN accounts ON accounts.id = author \
         WHERE channel_id = $1 AND account_id = $2 ORDER BY room_notes.created_at DESC, room_notes.id DESC",
    )
    .bind(channel.to_string())
    .bind(account.to_string())
    .fetch_all(database.read())
    .await?;
    let note = |(id, by, text, at): (String, Option<String>, String, i64)| Note {
        id,
        by: by.and_then(|by| by.parse().ok()),
        text,
        at: moment(at),
    };
    Ok(rows.into_iter().map(note).collect())
}

/// Adds a note, whose text is the act's detail.
pub(super) async fn add_note(
    database: &Database,
    channel: Uuid,
    account: Uuid,
    act: &record::Act,
) -> Result<(), Error> {
    let mut transaction = database.begin().await?;
    sqlx::query(
        "INSERT INTO room_notes (id, channel_id, account_id, author, text, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(Uuid::now_v7().to_string())
    .bind(channel.to_string())
    .bind(account.to_string())
    .bind(act.actor.account.to_string())
    .bind(&act.detail)
    .bind(act.at)
    .execute(&mut *transaction)
    .await?;
    storage::log(&mut transaction, &channel.to_string(), act).await?;
    transaction.commit().await?;
    Ok(())
}

/// Removes a note. Whether there was one.
pub(super) async fn remove_note(
    database: &Database,
    channel: Uuid,
    note: &str,
    act: record::Act,
) -> Result<bool, Error> {
    let mut transaction = database.begin().await?;
    let removed: Option<(String, String)> =
        sqlx::query_as("DELETE FROM room_notes WHERE id = $1 AND channel_id = $2 RETURNING account_id, text")
            .bind(note)
            .bind(channel.to_string())
            .fetch_optional(&mut *transaction)
            .await?;
    let Some((subject, detail)) = removed else { return Ok(false) };
    let act = record::Act { subject: subject.parse().ok(), detail, ..act };
    storage::log(&mut transaction, &channel.to_string(), &act).await?;
    transaction.commit().await?;
    Ok(true)
}

/// The appeals that are open, the oldest first; or the latest of one person, whatever became of them.
pub(super) async fn appeals(database: &Database, channel: Uuid, of: Option<Uuid>) -> Result<Vec<Appeal>, Error> {
    let rows = sqlx::query(
        "SELECT room_appeals.id, handle, text, room_appeals.created_at AS at, decided_at, accepted, answer, until, reason, \
         room_silences.created_at AS silenced_at FROM room_appeals JOIN accounts ON accounts.id = room_appeals.account_id \
         LEFT JOIN room_silences ON room_silences.channel_id = room_appeals.channel_id \
         AND room_silences.account_id = room_appeals.account_id AND (until IS NULL OR until > $3) \
         AND room_silences.created_at <= room_appeals.created_at \
         WHERE room_appeals.channel_id = $1 \
         AND (($2 IS NULL AND decided_at IS NULL) OR room_appeals.account_id = $2) ORDER BY room_appeals.created_at LIMIT $4",
    )
    .bind(channel.to_string())
    .bind(of.map(|account| account.to_string()))
    .bind(millis(now()))
    .bind(OPEN)
    .fetch_all(database.read())
    .await?;
    let mut appeals = Vec::with_capacity(rows.len());
    for row in &rows {
        let handle: String = row.try_get("handle")?;
        let Ok(who) = handle.parse() else { continue };
        let silenced_at: Option<i64> = row.try_get("silenced_at")?;
        let until: Option<i64> = row.try_get("until")?;
        let reason: Option<String> = row.try_get("reason")?;
        let (decided, accepted): (Option<i64>, Option<bool>) = (row.try_get("decided_at")?, row.try_get("accepted")?);
        let answer = row.try_get("answer")?;
        appeals.push(Appeal {
            id: row.try_get("id")?,
            who,
            text: row.try_get("text")?,
            at: moment(row.try_get("at")?),
            silence: silenced_at.map(|_| Silence { until: until.map(moment), reason: reason.unwrap_or_default() }),
            decision: decided.map(|at| Decision { accepted: accepted.unwrap_or_default(), answer, at: moment(at) }),
        });
    }
    Ok(appeals)
}

/// Adds an appeal against what has silenced somebody since then, unless there is one.
pub(super) async fn add_appeal(
    database: &Database,
    channel: Uuid,
    account: Uuid,
    text: &str,
    silenced_at: i64,
) -> Result<bool, Error> {
    let added = sqlx::query(
        "INSERT INTO room_appeals (id, channel_id, account_id, text, created_at) SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS \
         (SELECT 1 FROM room_appeals WHERE channel_id = $2 AND account_id = $3 AND created_at >= $6)",
    )
    .bind(Uuid::now_v7().to_string())
    .bind(channel.to_string())
    .bind(account.to_string())
    .bind(text)
    // The room's clock may be ahead of this one.
    .bind(millis(now()).max(silenced_at))
    .bind(silenced_at)
    .execute(database.write())
    .await?;
    Ok(added.rows_affected() > 0)
}

/// Whose an open appeal is, and when it was made, in milliseconds.
pub(super) async fn appellant(database: &Database, channel: Uuid, appeal: &str) -> Result<Option<(Uuid, i64)>, Error> {
    let row: Option<(String, i64)> = sqlx::query_as(
        "SELECT account_id, created_at FROM room_appeals WHERE id = $1 AND channel_id = $2 AND decided_at IS NULL",
    )
    .bind(appeal)
    .bind(channel.to_string())
    .fetch_optional(database.read())
    .await?;
    Ok(row.and_then(|(account, at)| Some((account.parse().ok()?, at))))
}

/// Decides an appeal that is open; accepting it ends the silence that it is against, and none that came after it. Whose it was, and
/// when the silence that ended had begun.
pub(super) async fn decide(
    database: &Database,
    channel: Uuid,
    appeal: &str,
    accept: bool,
    act: record::Act,
) -> Result<Option<(Uuid, Option<i64>)>, Error> {
    let mut transaction = database.begin().await?;
    let account: Option<String> = sqlx::query_scalar(
        "UPDATE room_appeals SET decided_at = $1, accepted = $2, answer = $3 \
         WHERE id = $4 AND channel_id = $5 AND decided_at IS NULL RETURNING account_id",
    )
    .bind(act.at)
    .bind(accept)
    .bind(&act.detail)
    .bind(appeal)
    .bind(channel.to_string())
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(account) = account.and_then(|account| account.parse::<Uuid>().ok()) else { return Ok(None) };
    let mut lifted: Option<i64> = None;
    if accept {
        lifted = sqlx::query_scalar(
            "DELETE FROM room_silences WHERE channel_id = $1 AND account_id = $2 \
             AND created_at <= (SELECT created_at FROM room_appeals WHERE id = $3) RETURNING created_at",
        )
        .bind(channel.to_string())
        .bind(account.to_string())
        .bind(appeal)
        .fetch_optional(&mut *transaction)
        .await?;
        sqlx::query("UPDATE room_appeals SET lifted = $1 WHERE id = $2")
            .bind(lifted)
            .bind(appeal)
            .execute(&mut *transaction)
            .await?;
    }
    let act = record::Act { subject: Some(account), ..act };
    storage::log(&mut transaction, &channel.to_string(), &act).await?;
    transaction.commit().await?;
    Ok(Some((account, lifted)))
}

pub(super) async fn is_by(database: &Database, channel: Uuid, message: &str, account: Uuid) -> Result<bool, Error> {
    let found: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM room_messages WHERE id = $1 AND channel_id = $2 AND account_id = $3")
            .bind(message)
            .bind(channel.to_string())
            .bind(account.to_string())
            .fetch_optional(database.read())
            .await?;
    Ok(found.is_some())
}

pub(super) async fn open_reports_of(database: &Database, channel: Uuid, reporter: Uuid) -> Result<i64, Error> {
    let count = sqlx::query_scalar(
        "SELECT count(*) FROM room_reports WHERE channel_id = $1 AND reporter = $2 AND resolved_at IS NULL",
    )
    .bind(channel.to_string())
    .bind(reporter.to_string())
    .fetch_one(database.read())
    .await?;
    Ok(count)
}

/// When a report of this was dealt with last, in milliseconds since 1970.
pub(super) async fn resolved_at(
    database: &Database,
    channel: Uuid,
    account: Uuid,
    reporter: Uuid,
    message: &str,
) -> Result<Option<i64>, Error> {
    let at: Option<Option<i64>> = sqlx::query_scalar(
        "SELECT resolved_at FROM room_reports \
         WHERE channel_id = $1 AND reporter = $2 AND account_id = $3 AND message_id = $4",
    )
    .bind(channel.to_string())
    .bind(reporter.to_string())
    .bind(account.to_string())
    .bind(message)
    .fetch_optional(database.read())
    .await?;
    Ok(at.flatten())
}

/// Adds a report, or opens it again; one that is open already stays as it is, also for another reason, and nothing is written.
/// Whether it says anything new.
pub(super) async fn add_report(
    database: &Database,
    channel: Uuid,
    account: Uuid,
    reporter: Uuid,
    message: &str,
    reason: &str,
) -> Result<bool, Error> {
    let added = sqlx::query(
        "INSERT INTO room_reports (id, channel_id, account_id, reporter, message_id, reason, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (channel_id, reporter, account_id, message_id) DO UPDATE SET reason = $6, created_at = $7, \
         resolved_at = NULL WHERE room_reports.resolved_at IS NOT NULL",
    )
    .bind(Uuid::now_v7().to_string())
    .bind(channel.to_string())
    .bind(account.to_string())
    .bind(reporter.to_string())
    .bind(message)
    .bind(reason)
    .bind(millis(now()))
    .execute(database.write())
    .await?;
    Ok(added.rows_affected() > 0)
}

/// The reports that are open and that somebody gets to see, the oldest first: none about themselves, nor about the channel's owner.
pub(super) async fn reports(database: &Database, channel: Uuid, reader: Uuid) -> Result<Vec<Report>, Error> {
    let rows = sqlx::query(
        "SELECT room_reports.id, reporters.handle AS reporter, subjects.handle AS subject, room_messages.text AS message, \
         room_reports.reason, room_reports.created_at AS at \
         FROM room_reports JOIN accounts AS subjects ON subjects.id = room_reports.account_id \
         LEFT JOIN accounts AS reporters ON reporters.id = room_reports.reporter \
         LEFT JOIN room_messages ON room_messages.id = room_reports.message_id \
         WHERE room_reports.channel_id = $1 AND resolved_at IS NULL AND room_reports.account_id <> $2 \
         AND room_reports.account_id <> (SELECT account_id FROM channels WHERE id = $1) \
         ORDER BY room_reports.created_at LIMIT $3",
    )
    .bind(channel.to_string())
    .bind(reader.to_string())
    .bind(OPEN)
    .fetch_all(database.read())
    .await?;
    let mut reports = Vec::with_capacity(rows.len());
    for row in &rows {
        let who: String = row.try_get("subject")?;
        let by: Option<String> = row.try_get("reporter")?;
        let Ok(who) = who.parse() else { continue };
        reports.push(Report {
            id: row.try_get("id")?,
            by: by.and_then(|by| by.parse().ok()),
            who,
            message: row.try_get("message")?,
            reason: row.try_get("reason")?,
            at: moment(row.try_get("at")?),
        });
    }
    Ok(reports)
}

/// Marks a report as dealt with, by somebody who [gets to see](reports) it. Whether it was open.
pub(super) async fn resolve(database: &Database, channel: Uuid, report: &str, act: record::Act) -> Result<bool, Error> {
    let mut transaction = database.begin().await?;
    let subject: Option<String> = sqlx::query_scalar(
        "UPDATE room_reports SET resolved_at = $1 WHERE id = $2 AND channel_id = $3 AND resolved_at IS NULL \
         AND account_id <> $4 AND account_id <> (SELECT account_id FROM channels WHERE channels.id = $3) \
         RETURNING account_id",
    )
    .bind(act.at)
    .bind(report)
    .bind(channel.to_string())
    .bind(act.actor.account.to_string())
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(subject) = subject else { return Ok(false) };
    let act = record::Act { subject: subject.parse().ok(), ..act };
    storage::log(&mut transaction, &channel.to_string(), &act).await?;
    transaction.commit().await?;
    Ok(true)
}
