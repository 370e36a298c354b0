//! The tables `channels` and `follows`.

use klieg_api::Handle;
use klieg_api::channels::Channel;
use sqlx::{FromRow, QueryBuilder, Row as _};
use sqlx_sqlite::{Sqlite, SqliteConnection, SqliteRow};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Error;
use super::rules::{self, Change};
use crate::database::{Database, millis};

const COLUMNS: &str = "channels.id, channels.account_id, accounts.handle, channels.display_name, channels.about, \
     channels.title, channels.category, channels.tags, channels.language, channels.mature, channels.visibility, \
     channels.announce, channels.followers, channels.created_at";

#[derive(Clone, Debug)]
pub(super) struct ChannelRow {
    pub id: String,
    pub account_id: String,
    pub handle: String,
    pub display_name: String,
    pub about: String,
    pub title: String,
    pub category: String,
    pub tags: String,
    pub language: String,
    pub mature: bool,
    pub visibility: String,
    pub announce: bool,
    pub followers: i64,
    pub created_at: i64,
}

impl FromRow<'_, SqliteRow> for ChannelRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            account_id: row.try_get("account_id")?,
            handle: row.try_get("handle")?,
            display_name: row.try_get("display_name")?,
            about: row.try_get("about")?,
            title: row.try_get("title")?,
            category: row.try_get("category")?,
            tags: row.try_get("tags")?,
            language: row.try_get("language")?,
            mature: row.try_get("mature")?,
            visibility: row.try_get("visibility")?,
            announce: row.try_get("announce")?,
            followers: row.try_get("followers")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

impl ChannelRow {
    /// The channel, not live and without saying who follows it. `None` if the row holds a handle no longer allowed.
    pub(super) fn channel(&self) -> Option<Channel> {
        Some(Channel {
            handle: self.handle.parse().ok()?,
            display_name: Some(self.display_name.clone()).filter(|name| !name.is_empty()),
            about: self.about.clone(),
            title: self.title.clone(),
            category: self.category.clone(),
            tags: serde_json::from_str(&self.tags).unwrap_or_default(),
            language: self.language.clone(),
            mature: self.mature,
            visibility: rules::visibility(&self.visibility),
            announce: self.announce,
            followers: self.followers.unsigned_abs(),
            following: None,
            live: None,
        })
    }
}

fn select() -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM channels JOIN accounts ON accounts.id = channels.account_id WHERE ");
    query
}

/// Makes the channel of a new account.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    account: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO channels (id, account_id, created_at) VALUES ($1, $2, $3)")
        .bind(Uuid::now_v7().to_string())
        .bind(account.to_string())
        .bind(millis(now))
        .execute(connection)
        .await
        .map(|_| ())
}

/// The handle of the channel of this identifier.
pub(super) async fn handle(database: &Database, channel: &str) -> Result<Option<String>, Error> {
    let handle = sqlx::query_scalar(
        "SELECT accounts.handle FROM channels JOIN accounts ON accounts.id = channels.account_id WHERE channels.id = $1",
    )
    .bind(channel)
    .fetch_optional(database.read())
    .await?;
    Ok(handle)
}

pub(super) async fn by_handle(database: &Database, handle: &Handle) -> Result<Option<ChannelRow>, Error> {
    let mut query = select();
    query.push("accounts.handle = ").push_bind(handle.as_str());
    Ok(query.build_query_as().fetch_optional(database.read()).await?)
}

pub(super) async fn by_account(database: &Database, account: Uuid) -> Result<Option<ChannelRow>, Error> {
    let mut query = select();
    query.push("channels.account_id = ").push_bind(account.to_string());
    Ok(query.build_query_as().fetch_optional(database.read()).await?)
}

/// Those of these channels that anybody may find.
pub(super) async fn public_of(database: &Database, ids: &[String]) -> Result<Vec<ChannelRow>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = select();
    query.push("channels.visibility = 'public' AND channels.id IN ");
    push_list(&mut query, ids);
    Ok(query.build_query_as().fetch_all(database.read()).await?)
}

fn push_list(query: &mut QueryBuilder<Sqlite>, values: &[String]) {
    query.push("(");
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value.clone());
    }
    query.push(")");
}

/// Which column a stored list runs down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Followers,
    Newest,
}

impl Order {
    const fn column(self) -> &'static str {
        match self {
            Self::Followers => "channels.followers",
            Self::Newest => "channels.created_at",
        }
    }

    pub(super) const fn key(self, row: &ChannelRow) -> i64 {
        match self {
            Self::Followers => row.followers,
            Self::Newest => row.created_at,
        }
    }
}

/// Which public channels, in which order, after which one.
#[derive(Debug)]
pub(super) struct Listing<'a> {
    pub category: Option<&'a str>,
    pub search: Option<&'a str>,
    pub without: &'a [String],
    pub order: Order,
    pub after: Option<(i64, String)>,
    pub limit: usize,
}

pub(super) async fn list(database: &Database, listing: &Listing<'_>) -> Result<Vec<ChannelRow>, Error> {
    let mut query = select();
    query.push("channels.visibility = 'public'");
    if let Some(category) = listing.category {
        query.push(" AND channels.category = ").push_bind(category).push(" COLLATE NOCASE");
    }
    if let Some(search) = listing.search {
        let pattern = contains(search);
        query.push(" AND (");
        let fields =
            ["accounts.handle", "channels.display_name", "channels.title", "channels.category", "channels.tags"];
        for (index, field) in fields.into_iter().enumerate() {
            let or = if index == 0 { "" } else { " OR " };
            query.push(or).push(field).push(" LIKE ").push_bind(pattern.clone()).push(" ESCAPE '\\'");
        }
        query.push(")");
    }
    if !listing.without.is_empty() {
        query.push(" AND channels.id NOT IN ");
        push_list(&mut query, listing.without);
    }
    let column = listing.order.column();
    if let Some((key, id)) = &listing.after {
        query.push(" AND (").push(column).push(", channels.id) < (");
        query.push_bind(*key).push(", ").push_bind(id.clone()).push(")");
    }
    query.push(" ORDER BY ").push(column).push(" DESC, channels.id DESC LIMIT ").push_bind(listing.limit as i64);
    Ok(query.build_query_as().fetch_all(database.read()).await?)
}

/// A LIKE pattern for text that contains `text`, whatever is in it.
fn contains(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Writes what a change says and leaves the rest.
pub(super) async fn update(database: &Database, account: Uuid, change: &Change) -> Result<(), Error> {
    let tags = change.tags.as_ref().map(|tags| serde_json::to_string(tags).unwrap_or_else(|_| "[]".to_owned()));
    sqlx::query(
        "UPDATE channels SET display_name = COALESCE($1, display_name), about = COALESCE($2, about), \
         title = COALESCE($3, title), category = COALESCE($4, category), tags = COALESCE($5, tags), \
         language = COALESCE($6, language), mature = COALESCE($7, mature), visibility = COALESCE($8, visibility), \
         announce = COALESCE($9, announce) WHERE account_id = $10",
    )
    .bind(&change.display_name)
    .bind(&change.about)
    .bind(&change.title)
    .bind(&change.category)
    .bind(tags)
    .bind(&change.language)
    .bind(change.mature)
    .bind(change.visibility.map(rules::visibility_name))
    .bind(change.announce)
    .bind(account.to_string())
    .execute(database.write())
    .await?;
    Ok(())
}

/// Follows, once: the count moves only if something changed.
pub(super) async fn follow(
    database: &Database,
    account: Uuid,
    channel: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let mut transaction = database.begin().await?;
    let inserted = sqlx::query(
        "INSERT INTO follows (account_id, channel_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(account.to_string())
    .bind(channel)
    .bind(millis(now))
    .execute(&mut *transaction)
    .await?;
    count(&mut transaction, channel, inserted.rows_affected() as i64).await?;
    transaction.commit().await?;
    Ok(())
}

/// Returns whether there was something to undo.
pub(super) async fn unfollow(database: &Database, account: Uuid, channel: &str) -> Result<bool, Error> {
    let mut transaction = database.begin().await?;
    let deleted = sqlx::query("DELETE FROM follows WHERE account_id = $1 AND channel_id = $2")
        .bind(account.to_string())
        .bind(channel)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
    count(&mut transaction, channel, -(deleted as i64)).await?;
    transaction.commit().await?;
    Ok(deleted > 0)
}

async fn count(connection: &mut SqliteConnection, channel: &str, change: i64) -> Result<(), Error> {
    if change != 0 {
        sqlx::query("UPDATE channels SET followers = followers + $1 WHERE id = $2")
            .bind(change)
            .bind(channel)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Those of these channels that the account follows.
pub(super) async fn followed_of(database: &Database, account: Uuid, ids: &[String]) -> Result<Vec<String>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::new("SELECT channel_id FROM follows WHERE account_id = ");
    query.push_bind(account.to_string()).push(" AND channel_id IN ");
    push_list(&mut query, ids);
    Ok(query.build_query_scalar().fetch_all(database.read()).await?)
}

/// A followed channel and since when.
#[derive(Debug)]
pub(super) struct FollowedRow {
    pub channel: ChannelRow,
    pub followed_at: i64,
}

impl FromRow<'_, SqliteRow> for FollowedRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self { channel: FromRow::from_row(row)?, followed_at: row.try_get("followed_at")? })
    }
}

/// The channels an account follows, newest follow first: only those of `only`, or all but those of `without`.
pub(super) async fn followed(
    database: &Database,
    account: Uuid,
    only: Option<&[String]>,
    without: &[String],
    after: Option<(i64, String)>,
    limit: usize,
) -> Result<Vec<FollowedRow>, Error> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(
        ", follows.created_at AS followed_at FROM follows JOIN channels ON channels.id = follows.channel_id \
         JOIN accounts ON accounts.id = channels.account_id WHERE channels.visibility <> 'private' \
         AND follows.account_id = ",
    );
    query.push_bind(account.to_string());
    if let Some(only) = only {
        if only.is_empty() {
            return Ok(Vec::new());
        }
        query.push(" AND follows.channel_id IN ");
        push_list(&mut query, only);
    }
    if !without.is_empty() {
        query.push(" AND follows.channel_id NOT IN ");
        push_list(&mut query, without);
    }
    if let Some((at, id)) = after {
        query.push(" AND (follows.created_at, follows.channel_id) < (");
        query.push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(" ORDER BY follows.created_at DESC, follows.channel_id DESC LIMIT ").push_bind(limit as i64);
    Ok(query.build_query_as().fetch_all(database.read()).await?)
}
