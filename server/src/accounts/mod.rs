//! Accounts and their sessions: who somebody is and how they prove it.
//!
//! Owns the tables `accounts`, `sessions`, `access_tokens`, `refresh_tokens`. Passwords and tokens are never logged and
//! never kept in the clear.

mod password;
mod routes;
pub mod rules;
mod sessions;
mod storage;

use klieg_api::Handle;
use klieg_api::accounts::{AccountRef, Me};
use time::OffsetDateTime;
use uuid::Uuid;

pub use routes::routes;
pub use sessions::Session;

use crate::channels::{self, Channels};
use crate::database::{self, Database};
use crate::http::problem::{Kind, Problem};
use password::Passwords;
use rules::{Email, Password};
use sessions::Cache;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the handle is taken")]
    HandleTaken,
    #[error("the e-mail address has an account")]
    EmailTaken,
    #[error("the login or the password is wrong")]
    WrongCredentials,
    #[error("the current password is wrong")]
    WrongPassword,
    #[error("the refresh token is not valid")]
    RefreshRefused,
    #[error("the account is gone")]
    Gone,
    #[error("too many passwords are being checked")]
    Busy,
    #[error("password hashing failed: {0}")]
    Hash(String),
    #[error(transparent)]
    Database(#[from] database::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::HandleTaken => Self::new(Kind::HANDLE_TAKEN, "Choose another handle."),
            Error::EmailTaken => Self::new(Kind::EMAIL_TAKEN, "Log in with this address, or sign up with another one."),
            Error::WrongCredentials => {
                Self::new(Kind::WRONG_CREDENTIALS, "Check your handle or e-mail address and your password.")
            }
            Error::WrongPassword => Self::new(Kind::FORBIDDEN, "Send your present password as current_password."),
            Error::RefreshRefused => Self::new(Kind::REFRESH_REFUSED, "This session is over. Log in again."),
            Error::Gone => Self::new(Kind::UNAUTHENTICATED, "This account is gone."),
            Error::Busy => Self::busy(),
            Error::Hash(_) => Self::internal(error),
            Error::Database(error) => error.into(),
        }
    }
}

pub struct Accounts {
    database: Database,
    passwords: Passwords,
    cache: Cache,
}

/// A change of one's own account, checked.
#[derive(Debug, Default)]
pub struct Change {
    pub email: Option<Email>,
    /// The new password and the one it replaces.
    pub password: Option<(Password, String)>,
}

impl Accounts {
    pub fn new(database: Database) -> Result<Self, Error> {
        Ok(Self { database, passwords: Passwords::new()?, cache: Cache::default() })
    }

    /// Makes an account and its channel.
    pub async fn sign_up(
        &self,
        handle: Handle,
        email: Email,
        password: Password,
        now: OffsetDateTime,
    ) -> Result<AccountRef, Error> {
        let hash = self.passwords.hash(password).await?;
        let id = Uuid::now_v7();
        let mut transaction = self.database.begin().await?;
        storage::insert_account(&mut transaction, id, &handle, &email, &hash, now).await?;
        channels::create(&mut transaction, id, now).await?;
        transaction.commit().await?;
        Ok(AccountRef { id: id.to_string(), handle })
    }

    /// The account and its channel, as its owner sees them.
    pub async fn me(&self, account: Uuid, channels: &Channels) -> Result<Me, Problem> {
        let row = storage::account(&self.database, account).await?.ok_or(Error::Gone)?;
        let handle: Handle = row.handle.parse().map_err(Problem::internal)?;
        let channel = channels.own(account).await?;
        Ok(Me { id: row.id, handle, email: row.email, created_at: database::moment(row.created_at), channel })
    }

    /// Changes the caller's account. A new password ends every other session.
    pub async fn change(&self, session: &Session, change: Change, now: OffsetDateTime) -> Result<(), Error> {
        let new_hash = match change.password {
            Some((new, current)) => {
                let row = storage::account(&self.database, session.account).await?.ok_or(Error::Gone)?;
                if !self.passwords.verify(current, Some(row.password_hash)).await? {
                    return Err(Error::WrongPassword);
                }
                Some(self.passwords.hash(new).await?)
            }
            None => None,
        };
        let mut transaction = self.database.begin().await?;
        if let Some(email) = &change.email {
            storage::set_email(&mut transaction, session.account, email).await?;
        }
        let mut ended = Vec::new();
        if let Some(hash) = new_hash {
            storage::set_password(&mut transaction, session.account, &hash).await?;
            ended = storage::other_sessions(&mut transaction, session.account, session.id).await?;
            for id in &ended {
                storage::revoke_session(&mut transaction, id, now).await?;
            }
        }
        transaction.commit().await?;
        for id in ended {
            self.cache.end(&id).await;
        }
        Ok(())
    }

    /// Forgets what has expired.
    pub async fn purge(&self, now: OffsetDateTime) -> Result<(), Error> {
        storage::purge(&self.database, now).await
    }
}
