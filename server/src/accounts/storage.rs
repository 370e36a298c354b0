//! The tables `accounts`, `sessions`, `access_tokens` and `refresh_tokens`.

use std::collections::HashSet;

use sqlx::{FromRow, QueryBuilder, Row as _};
use sqlx_sqlite::{SqliteConnection, SqliteRow};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Error;
use super::rules::{Email, Login};
use crate::database::{Database, OnConstraint, millis};
use crate::secret::SecretHash;
use klieg_api::Handle;

#[derive(Clone, Debug)]
pub(super) struct AccountRow {
    pub id: String,
    pub handle: String,
    pub email: String,
    pub password_hash: String,
    pub listed: bool,
    pub created_at: i64,
}

impl FromRow<'_, SqliteRow> for AccountRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            handle: row.try_get("handle")?,
            email: row.try_get("email")?,
            password_hash: row.try_get("password_hash")?,
            listed: row.try_get("listed")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

pub(super) async fn insert_account(
    connection: &mut SqliteConnection,
    id: Uuid,
    handle: &Handle,
    email: &Email,
    password_hash: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO accounts (id, handle, email, email_key, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id.to_string())
    .bind(handle.as_str())
    .bind(email.as_str())
    .bind(email.key())
    .bind(password_hash)
    .bind(millis(now))
    .execute(connection)
    .await
    .on_unique([("accounts.handle", Error::HandleTaken), ("accounts.email_key", Error::EmailTaken)])?;
    Ok(())
}

pub(super) async fn account(database: &Database, id: Uuid) -> Result<Option<AccountRow>, Error> {
    let row = sqlx::query_as("SELECT id, handle, email, password_hash, listed, created_at FROM accounts WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(database.read())
        .await?;
    Ok(row)
}

pub(super) async fn account_by_login(database: &Database, login: &Login) -> Result<Option<AccountRow>, Error> {
    let query = match login {
        Login::Handle(_) => {
            "SELECT id, handle, email, password_hash, listed, created_at FROM accounts WHERE handle = $1"
        }
        Login::Email(_) => {
            "SELECT id, handle, email, password_hash, listed, created_at FROM accounts WHERE email_key = $1"
        }
    };
    let row = sqlx::query_as(query).bind(login.as_str()).fetch_optional(database.read()).await?;
    Ok(row)
}

pub(super) async fn set_email(connection: &mut SqliteConnection, account: Uuid, email: &Email) -> Result<(), Error> {
    sqlx::query("UPDATE accounts SET email = $1, email_key = $2 WHERE id = $3")
        .bind(email.as_str())
        .bind(email.key())
        .bind(account.to_string())
        .execute(connection)
        .await
        .on_unique([("accounts.email_key", Error::EmailTaken)])?;
    Ok(())
}

pub(super) async fn set_password(connection: &mut SqliteConnection, account: Uuid, hash: &str) -> Result<(), Error> {
    sqlx::query("UPDATE accounts SET password_hash = $1 WHERE id = $2")
        .bind(hash)
        .bind(account.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether others see somebody's name in the lists of who is here.
pub(super) async fn set_listed(
    database: &Database,
    account: Uuid,
    listed: bool,
    now: OffsetDateTime,
) -> Result<(), Error> {
    // Whatever the clock says, what is said last is later.
    sqlx::query(
        "UPDATE accounts SET listed = $1, listed_at = max($2, COALESCE(listed_at, 0) + 1) WHERE id = $3 AND listed <> $1",
    )
    .bind(listed)
    .bind(millis(now))
    .bind(account.to_string())
    .execute(database.write())
    .await?;
    Ok(())
}

pub(super) async fn insert_session(
    connection: &mut SqliteConnection,
    session: Uuid,
    account: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query("INSERT INTO sessions (id, account_id, created_at) VALUES ($1, $2, $3)")
        .bind(session.to_string())
        .bind(account)
        .bind(millis(now))
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn insert_tokens(
    connection: &mut SqliteConnection,
    session: Uuid,
    access: (SecretHash, OffsetDateTime),
    refresh: (SecretHash, OffsetDateTime),
) -> Result<(), Error> {
    sqlx::query("INSERT INTO access_tokens (hash, session_id, expires_at) VALUES ($1, $2, $3)")
        .bind(access.0.as_bytes())
        .bind(session.to_string())
        .bind(millis(access.1))
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO refresh_tokens (hash, session_id, expires_at) VALUES ($1, $2, $3)")
        .bind(refresh.0.as_bytes())
        .bind(session.to_string())
        .bind(millis(refresh.1))
        .execute(connection)
        .await?;
    Ok(())
}

/// The account, session and expiry of an access token whose session has not ended.
pub(super) async fn access_token(
    database: &Database,
    token: SecretHash,
) -> Result<Option<(String, String, i64)>, Error> {
    let row = sqlx::query_as(
        "SELECT sessions.account_id, sessions.id, access_tokens.expires_at FROM access_tokens \
         JOIN sessions ON sessions.id = access_tokens.session_id \
         WHERE access_tokens.hash = $1 AND sessions.revoked_at IS NULL",
    )
    .bind(token.as_bytes())
    .fetch_optional(database.read())
    .await?;
    Ok(row)
}

/// Marks a refresh token used, if it is good: its session and account. Otherwise `None`, and nothing is changed.
pub(super) async fn use_refresh_token(
    connection: &mut SqliteConnection,
    token: SecretHash,
    now: OffsetDateTime,
) -> Result<Option<(String, String)>, Error> {
    let session = sqlx::query_as(
        "UPDATE refresh_tokens SET used_at = $1 WHERE hash = $2 AND used_at IS NULL AND expires_at > $1 \
         AND EXISTS (SELECT 1 FROM sessions WHERE sessions.id = refresh_tokens.session_id AND revoked_at IS NULL) \
         RETURNING session_id, (SELECT account_id FROM sessions WHERE sessions.id = session_id)",
    )
    .bind(millis(now))
    .bind(token.as_bytes())
    .fetch_optional(connection)
    .await?;
    Ok(session)
}

/// The session of a refresh token that was used before.
pub(super) async fn session_of_used_token(
    connection: &mut SqliteConnection,
    token: SecretHash,
) -> Result<Option<String>, Error> {
    let session = sqlx::query_scalar("SELECT session_id FROM refresh_tokens WHERE hash = $1 AND used_at IS NOT NULL")
        .bind(token.as_bytes())
        .fetch_optional(connection)
        .await?;
    Ok(session)
}

/// Ends a session and forgets its access tokens.
pub(super) async fn revoke_session(
    connection: &mut SqliteConnection,
    session: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query("UPDATE sessions SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL")
        .bind(millis(now))
        .bind(session)
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM access_tokens WHERE session_id = $1").bind(session).execute(connection).await?;
    Ok(())
}

/// Whether a session has not ended.
pub(super) async fn goes_on(connection: &mut SqliteConnection, session: Uuid) -> Result<bool, Error> {
    let found = sqlx::query_scalar::<_, i64>("SELECT 1 FROM sessions WHERE id = $1 AND revoked_at IS NULL")
        .bind(session.to_string())
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

/// Those of these sessions that have not ended.
pub(super) async fn going_on(database: &Database, sessions: &[Uuid]) -> Result<HashSet<Uuid>, Error> {
    let mut query = QueryBuilder::new("SELECT id FROM sessions WHERE revoked_at IS NULL AND id IN (");
    let mut ids = query.separated(", ");
    for session in sessions {
        ids.push_bind(session.to_string());
    }
    query.push(")");
    let found: Vec<String> = query.build_query_scalar().fetch_all(database.read()).await?;
    Ok(found.iter().filter_map(|id| id.parse().ok()).collect())
}

/// The account's sessions that go on, but `except`.
pub(super) async fn other_sessions(
    connection: &mut SqliteConnection,
    account: Uuid,
    except: Uuid,
) -> Result<Vec<String>, Error> {
    let sessions =
        sqlx::query_scalar("SELECT id FROM sessions WHERE account_id = $1 AND id <> $2 AND revoked_at IS NULL")
            .bind(account.to_string())
            .bind(except.to_string())
            .fetch_all(connection)
            .await?;
    Ok(sessions)
}

/// Forgets tokens that have expired and sessions without any.
pub(super) async fn purge(database: &Database, now: OffsetDateTime) -> Result<(), Error> {
    for statement in [
        "DELETE FROM access_tokens WHERE expires_at < $1",
        "DELETE FROM refresh_tokens WHERE expires_at < $1",
        "DELETE FROM sessions WHERE created_at < $1 \
         AND NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE refresh_tokens.session_id = sessions.id)",
    ] {
        sqlx::query(statement).bind(millis(now)).execute(database.write()).await?;
    }
    Ok(())
}
