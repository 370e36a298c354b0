//! The table `api_tokens`.

use sqlx::{FromRow, QueryBuilder, Row as _};
use sqlx_sqlite::{Sqlite, SqliteRow};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Error;
use super::rules::Wanted;
use crate::database::{Database, millis};
use crate::secret::SecretHash;

/// A token as its owner sees it.
#[derive(Clone, Debug)]
pub(super) struct TokenRow {
    pub id: String,
    pub name: String,
    pub hint: String,
    pub scopes: String,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub last_used_at: Option<i64>,
}

impl FromRow<'_, SqliteRow> for TokenRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            hint: row.try_get("hint")?,
            scopes: row.try_get("scopes")?,
            created_at: row.try_get("created_at")?,
            expires_at: row.try_get("expires_at")?,
            last_used_at: row.try_get("last_used_at")?,
        })
    }
}

/// Whose a token is, and what it is good for.
#[derive(Clone, Debug)]
pub(super) struct GrantRow {
    pub id: String,
    pub account_id: String,
    pub scopes: String,
    pub expires_at: Option<i64>,
}

impl FromRow<'_, SqliteRow> for GrantRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            account_id: row.try_get("account_id")?,
            scopes: row.try_get("scopes")?,
            expires_at: row.try_get("expires_at")?,
        })
    }
}

pub(super) struct NewToken<'a> {
    pub id: Uuid,
    pub account: Uuid,
    pub hash: SecretHash,
    pub hint: &'a str,
    pub wanted: &'a Wanted,
}

/// Adds a token unless the account has `most` already. Returns whether it was added.
pub(super) async fn insert(
    database: &Database,
    token: NewToken<'_>,
    most: i64,
    now: OffsetDateTime,
) -> Result<bool, Error> {
    let inserted = sqlx::query(
        "INSERT INTO api_tokens (id, account_id, hash, hint, name, scopes, created_at, expires_at) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE (SELECT count(*) FROM api_tokens WHERE account_id = $2) < $9",
    )
    .bind(token.id.to_string())
    .bind(token.account.to_string())
    .bind(token.hash.as_bytes())
    .bind(token.hint)
    .bind(token.wanted.name.as_str())
    .bind(token.wanted.scopes.to_text())
    .bind(millis(now))
    .bind(token.wanted.expires_at.map(millis))
    .bind(most)
    .execute(database.write())
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub(super) async fn of_account(database: &Database, account: Uuid) -> Result<Vec<TokenRow>, Error> {
    let rows = sqlx::query_as(
        "SELECT id, name, hint, scopes, created_at, expires_at, last_used_at FROM api_tokens WHERE account_id = $1 \
         ORDER BY created_at, id",
    )
    .bind(account.to_string())
    .fetch_all(database.read())
    .await?;
    Ok(rows)
}

/// Deletes a token of this account. Returns whether there was one.
pub(super) async fn delete(database: &Database, account: Uuid, token: Uuid) -> Result<bool, Error> {
    let deleted = sqlx::query("DELETE FROM api_tokens WHERE id = $1 AND account_id = $2")
        .bind(token.to_string())
        .bind(account.to_string())
        .execute(database.write())
        .await?;
    Ok(deleted.rows_affected() > 0)
}

/// The token of this hash, expired or not.
pub(super) async fn by_hash(database: &Database, hash: SecretHash) -> Result<Option<GrantRow>, Error> {
    let row = sqlx::query_as("SELECT id, account_id, scopes, expires_at FROM api_tokens WHERE hash = $1")
        .bind(hash.as_bytes())
        .fetch_optional(database.read())
        .await?;
    Ok(row)
}

/// Those of these that are tokens and have not expired.
pub(super) async fn good(database: &Database, some: &[Uuid], now: OffsetDateTime) -> Result<Vec<Uuid>, Error> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT id FROM api_tokens WHERE (expires_at IS NULL OR expires_at > ");
    query.push_bind(millis(now));
    query.push(") AND id IN (");
    let mut ids = query.separated(", ");
    for id in some {
        ids.push_bind(id.to_string());
    }
    query.push(")");
    let found: Vec<String> = query.build_query_scalar().fetch_all(database.read()).await?;
    Ok(found.iter().filter_map(|id| id.parse().ok()).collect())
}

/// Writes down that a token was used, unless that was done after `lately`, here or by another server.
pub(super) async fn used(
    database: &Database,
    token: Uuid,
    now: OffsetDateTime,
    lately: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE api_tokens SET last_used_at = $1 WHERE id = $2 AND (last_used_at IS NULL OR last_used_at <= $3)",
    )
    .bind(millis(now))
    .bind(token.to_string())
    .bind(millis(lately))
    .execute(database.write())
    .await?;
    Ok(())
}
