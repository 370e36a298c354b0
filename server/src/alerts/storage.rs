//! The tables `announcements`, `notices` and `notifications_seen`.

use std::collections::{BTreeMap, HashSet};

use klieg_api::Handle;
use klieg_api::notifications::{MAX_EXCERPT, MOST_COUNTED, Notification, What, Who};
use sqlx::{FromRow, QueryBuilder, Row as _};
use sqlx_sqlite::{Sqlite, SqliteConnection, SqliteRow};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Mention, Named};
use crate::database::{self, Database, millis, moment};
use crate::room::clip;

/// Notices that are kept of one person.
pub(super) const MOST_OF_ONE: i64 = 200;
/// Notices of one person that one other makes at most, ...
pub(super) const MOST_BY_ONE: i64 = 5;
/// ... and in which time so many may come again.
pub(super) const PER: time::Duration = time::Duration::minutes(10);

/// A notification, when it was made, and if it is one person's own, whose.
#[derive(Debug)]
pub(super) struct Found {
    pub account: Option<Uuid>,
    pub at: i64,
    pub notification: Notification,
}

/// What one's own list is narrowed to.
#[derive(Clone, Debug)]
pub(super) struct Span {
    /// In milliseconds since 1970: what is older is not there any more.
    pub since: i64,
    /// Only what stands after this in the list; all if absent.
    pub before: Option<(i64, String)>,
    pub limit: usize,
}

const LIVE_COLUMNS: &str = "announcements.broadcast_id AS id, announcements.at, announcements.title, accounts.handle, \
     channels.display_name AS name";

/// The announcements that somebody is told of; to be followed by the account. Who was banned is not called in.
const LIVE_OF: &str = " FROM follows JOIN announcements ON announcements.channel_id = follows.channel_id \
     AND announcements.at >= follows.created_at JOIN channels ON channels.id = follows.channel_id \
     JOIN accounts ON accounts.id = channels.account_id WHERE announcements.told = 1 AND channels.visibility <> 'private' \
     AND NOT EXISTS (SELECT 1 FROM room_silences WHERE room_silences.channel_id = follows.channel_id \
     AND room_silences.account_id = follows.account_id AND room_silences.until IS NULL) AND follows.account_id = ";

const NOTICE_COLUMNS: &str = "notices.account_id, notices.message_id AS id, notices.kind, notices.at, said.text, \
     said.name AS by_name, authors.handle AS by_handle, owners.handle, channels.display_name AS name";

/// The notices with what was said; to be followed by a condition. What is not shown any more makes none.
const NOTICES: &str = " FROM notices JOIN room_messages AS said ON said.id = notices.message_id \
     JOIN accounts AS authors ON authors.id = said.account_id JOIN channels ON channels.id = said.channel_id \
     JOIN accounts AS owners ON owners.id = channels.account_id WHERE said.state = 'shown' \
     AND channels.visibility <> 'private' AND NOT EXISTS (SELECT 1 FROM room_silences WHERE room_silences.until IS NULL \
     AND room_silences.channel_id = said.channel_id AND room_silences.account_id = notices.account_id) AND ";

/// A row of announcements.
struct LiveRow {
    id: String,
    at: i64,
    title: String,
    handle: String,
    name: String,
}

impl FromRow<'_, SqliteRow> for LiveRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            at: row.try_get("at")?,
            title: row.try_get("title")?,
            handle: row.try_get("handle")?,
            name: row.try_get("name")?,
        })
    }
}

impl LiveRow {
    fn found(self) -> Option<Found> {
        let notification = Notification {
            id: self.id,
            at: moment(self.at),
            channel: who(&self.handle, Some(self.name))?,
            seen: false,
            what: What::Live { title: self.title },
        };
        Some(Found { account: None, at: self.at, notification })
    }
}

/// A row of notices.
struct NoticeRow {
    account_id: String,
    id: String,
    kind: String,
    at: i64,
    text: String,
    by_handle: String,
    by_name: Option<String>,
    handle: String,
    name: String,
}

impl FromRow<'_, SqliteRow> for NoticeRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            account_id: row.try_get("account_id")?,
            id: row.try_get("id")?,
            kind: row.try_get("kind")?,
            at: row.try_get("at")?,
            text: row.try_get("text")?,
            by_handle: row.try_get("by_handle")?,
            by_name: row.try_get("by_name")?,
            handle: row.try_get("handle")?,
            name: row.try_get("name")?,
        })
    }
}

impl NoticeRow {
    fn found(self) -> Option<Found> {
        let what = What::Mention {
            by: who(&self.by_handle, self.by_name)?,
            text: clip(&self.text, MAX_EXCERPT).unwrap_or_default(),
            reply: self.kind == kind(true),
        };
        let channel = who(&self.handle, Some(self.name))?;
        let notification = Notification { id: self.id, at: moment(self.at), channel, seen: false, what };
        Some(Found { account: self.account_id.parse().ok(), at: self.at, notification })
    }
}

/// The table's word for why somebody is told.
const fn kind(is_answered: bool) -> &'static str {
    if is_answered { "reply" } else { "mention" }
}

/// None if the handle is not allowed any more.
fn who(handle: &str, name: Option<String>) -> Option<Who> {
    let handle: Handle = handle.parse().ok()?;
    Some(Who { handle, name: name.filter(|name| !name.is_empty()) })
}

/// Writes down that a channel went live, if its creator wants followers to be told and they may see it. They are not told when
/// the last show of which this is said was on after `since`. What they are told now: read from what is written in the same
/// statement, so that whatever is written is told.
pub(super) async fn announce(
    database: &Database,
    broadcast: Uuid,
    channel: Uuid,
    now: OffsetDateTime,
    since: OffsetDateTime,
) -> Result<Option<Notification>, database::Error> {
    let row = sqlx::query(
        "INSERT INTO announcements (broadcast_id, channel_id, title, at, told) \
         SELECT $1, channels.id, channels.title, $2, NOT EXISTS (SELECT 1 FROM announcements AS earlier \
         JOIN broadcasts ON broadcasts.id = earlier.broadcast_id WHERE earlier.channel_id = channels.id \
         AND coalesce(broadcasts.ended_at, broadcasts.seen_at) > $3) \
         FROM channels WHERE channels.id = $4 AND channels.announce = 1 AND channels.visibility <> 'private' \
         ON CONFLICT (broadcast_id) DO NOTHING RETURNING told, broadcast_id AS id, at, title, \
         (SELECT accounts.handle FROM accounts JOIN channels ON channels.account_id = accounts.id WHERE channels.id = $4) \
         AS handle, (SELECT channels.display_name FROM channels WHERE channels.id = $4) AS name",
    )
    .bind(broadcast.to_string())
    .bind(millis(now))
    .bind(millis(since))
    .bind(channel.to_string())
    .fetch_optional(database.write())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let found = if row.try_get("told")? { LiveRow::from_row(&row)?.found() } else { None };
    Ok(found.map(|found| found.notification))
}

/// Those of these people who follow a channel and were not banned from it.
pub(super) async fn followers_among(
    database: &Database,
    channel: Uuid,
    people: &[Uuid],
) -> Result<Vec<Uuid>, database::Error> {
    let people: Vec<String> = people.iter().map(Uuid::to_string).collect();
    let followers: Vec<String> = sqlx::query_scalar(
        // In this order: who is here is few, and each is found by the key of `follows`.
        "SELECT follows.account_id FROM json_each($1) AS here CROSS JOIN follows ON follows.account_id = here.value \
         WHERE follows.channel_id = $2 AND NOT EXISTS (SELECT 1 FROM room_silences \
         WHERE room_silences.channel_id = follows.channel_id AND room_silences.account_id = follows.account_id \
         AND room_silences.until IS NULL)",
    )
    .bind(serde_json::to_string(&people).unwrap_or_default())
    .bind(channel.to_string())
    .fetch_all(database.read())
    .await?;
    Ok(followers.iter().filter_map(|account| account.parse().ok()).collect())
}

/// Writes down who was named, in one transaction. Who is told now, and what.
pub(super) async fn note(
    database: &Database,
    mentions: &[Mention],
    now: OffsetDateTime,
) -> Result<Vec<(Uuid, Notification)>, database::Error> {
    let mut told = Vec::new();
    let mut transaction = database.begin().await?;
    for Mention { message, whom, .. } in mentions {
        let mut new = HashSet::new();
        for named in whom {
            new.extend(insert(&mut transaction, message, named, now).await?);
        }
        if new.is_empty() {
            continue;
        }
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(NOTICE_COLUMNS).push(NOTICES).push("notices.message_id = ").push_bind(message.clone());
        let rows: Vec<NoticeRow> = query.build_query_as().fetch_all(&mut *transaction).await?;
        let found = rows.into_iter().filter(|row| new.contains(&row.account_id)).filter_map(NoticeRow::found);
        told.extend(found.filter_map(|found| Some((found.account?, found.notification))));
        for account in &new {
            trim(&mut transaction, account).await?;
        }
    }
    transaction.commit().await?;
    Ok(told)
}

/// Who was told of which of these messages.
pub(super) async fn told_of(
    database: &Database,
    messages: &[String],
) -> Result<BTreeMap<Uuid, Vec<String>>, database::Error> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        // In this order: messages are few, and the notices of each are found by their index.
        "SELECT notices.account_id, notices.message_id FROM json_each($1) AS gone \
         CROSS JOIN notices ON notices.message_id = gone.value",
    )
    .bind(serde_json::to_string(messages).unwrap_or_default())
    .fetch_all(database.read())
    .await?;
    let mut told: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    for (account, message) in rows {
        if let Ok(account) = account.parse() {
            told.entry(account).or_default().push(message);
        }
    }
    Ok(told)
}

/// One notice, if the message is shown, whoever is named may enter the room, and whoever wrote it has not named them too often.
/// The account that has it now.
async fn insert(
    connection: &mut SqliteConnection,
    message: &str,
    named: &Named,
    now: OffsetDateTime,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO notices (account_id, message_id, kind, at) SELECT accounts.id, said.id, $1, $2 \
         FROM room_messages AS said JOIN accounts ON accounts.handle = $3 \
         WHERE said.id = $4 AND said.state = 'shown' AND said.account_id <> accounts.id \
         AND NOT EXISTS (SELECT 1 FROM room_silences WHERE room_silences.channel_id = said.channel_id \
         AND room_silences.account_id = accounts.id AND room_silences.until IS NULL) \
         AND (SELECT count(*) FROM notices JOIN room_messages AS earlier ON earlier.id = notices.message_id \
         WHERE notices.account_id = accounts.id AND notices.at > $5 AND earlier.account_id = said.account_id) < $6 \
         ON CONFLICT (account_id, message_id) DO NOTHING RETURNING account_id",
    )
    .bind(kind(named.is_answered))
    .bind(millis(now))
    .bind(named.handle.as_str())
    .bind(message)
    .bind(millis(now - PER))
    .bind(MOST_BY_ONE)
    .fetch_optional(connection)
    .await
}

/// Leaves somebody the newest of their notices.
async fn trim(connection: &mut SqliteConnection, account: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM notices WHERE account_id = $1 AND message_id NOT IN (SELECT message_id FROM notices \
         WHERE account_id = $1 ORDER BY at DESC, message_id DESC LIMIT $2)",
    )
    .bind(account)
    .bind(MOST_OF_ONE)
    .execute(connection)
    .await?;
    Ok(())
}

/// What somebody is told of live channels, newest first.
pub(super) async fn live(database: &Database, account: Uuid, span: &Span) -> Result<Vec<Found>, database::Error> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
    query.push(LIVE_COLUMNS).push(LIVE_OF).push_bind(account.to_string());
    narrow(&mut query, span, "announcements.at", "announcements.broadcast_id");
    let rows: Vec<LiveRow> = query.build_query_as().fetch_all(database.read()).await?;
    Ok(rows.into_iter().filter_map(LiveRow::found).collect())
}

/// Somebody's notices, newest first.
pub(super) async fn notices(database: &Database, account: Uuid, span: &Span) -> Result<Vec<Found>, database::Error> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
    query.push(NOTICE_COLUMNS).push(NOTICES).push("notices.account_id = ").push_bind(account.to_string());
    narrow(&mut query, span, "notices.at", "notices.message_id");
    let rows: Vec<NoticeRow> = query.build_query_as().fetch_all(database.read()).await?;
    Ok(rows.into_iter().filter_map(NoticeRow::found).collect())
}

fn narrow(query: &mut QueryBuilder<Sqlite>, span: &Span, at: &str, id: &str) {
    query.push(" AND ").push(at).push(" > ").push_bind(span.since);
    if let Some((before, before_id)) = &span.before {
        query.push(" AND (").push(at).push(", ").push(id).push(") < (");
        query.push_bind(*before).push(", ").push_bind(before_id.clone()).push(")");
    }
    query.push(" ORDER BY ").push(at).push(" DESC, ").push(id).push(" DESC LIMIT ").push_bind(span.limit as i64);
}

/// How many of both somebody has since then, counted to [`MOST_COUNTED`] and one more.
pub(super) async fn count(database: &Database, account: Uuid, since: i64) -> Result<u32, database::Error> {
    let most = i64::from(MOST_COUNTED) + 1;
    let mut query = QueryBuilder::<Sqlite>::new("SELECT (SELECT count(*) FROM (SELECT 1");
    query.push(LIVE_OF).push_bind(account.to_string()).push(" AND announcements.at > ").push_bind(since);
    query.push(" LIMIT ").push_bind(most).push(")) + (SELECT count(*) FROM (SELECT 1");
    query.push(NOTICES).push("notices.account_id = ").push_bind(account.to_string());
    query.push(" AND notices.at > ").push_bind(since).push(" LIMIT ").push_bind(most).push("))");
    let count: i64 = query.build_query_scalar().fetch_one(database.read()).await?;
    Ok(count.min(most) as u32)
}

/// Until when somebody has seen everything, in milliseconds since 1970.
pub(super) async fn seen(database: &Database, account: Uuid) -> Result<i64, database::Error> {
    let until: Option<i64> = sqlx::query_scalar("SELECT until FROM notifications_seen WHERE account_id = $1")
        .bind(account.to_string())
        .fetch_optional(database.read())
        .await?;
    Ok(until.unwrap_or_default())
}

/// Notes until when somebody has seen everything. Whether that is later than what was noted before.
pub(super) async fn see(database: &Database, account: Uuid, until: i64) -> Result<bool, database::Error> {
    let noted = sqlx::query(
        "INSERT INTO notifications_seen (account_id, until) VALUES ($1, $2) \
         ON CONFLICT (account_id) DO UPDATE SET until = $2 WHERE notifications_seen.until < $2",
    )
    .bind(account.to_string())
    .bind(until)
    .execute(database.write())
    .await?;
    Ok(noted.rows_affected() > 0)
}

/// Deletes what is older.
pub(super) async fn purge(database: &Database, before: OffsetDateTime) -> Result<(), database::Error> {
    for statement in ["DELETE FROM notices WHERE at < $1", "DELETE FROM announcements WHERE at < $1"] {
        sqlx::query(statement).bind(millis(before)).execute(database.write()).await?;
    }
    Ok(())
}
