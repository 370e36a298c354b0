//! Accounts and their sessions: who somebody is and how they prove it.
//!
//! Owns the tables `accounts`, `sessions`, `access_tokens`, `refresh_tokens`, `api_tokens`. Passwords and tokens are never
//! logged and never kept in the clear.

mod caller;
mod codes;
mod guesses;
mod password;
mod routes;
pub mod rules;
mod sessions;
mod storage;
mod tokens;

use std::net::IpAddr;

use klieg_api::Handle;
use klieg_api::accounts::{AccountRef, Me};
use klieg_api::problem::FieldProblem;
use klieg_api::tokens::Scope;
use time::OffsetDateTime;
use uuid::Uuid;

pub use caller::{Caller, Grant, Scopes};
pub use routes::routes;
pub use sessions::Session;

use crate::channels::{self, Channels};
use crate::config;
use crate::database::{self, Database};
use crate::http::limiter::Limited;
use crate::http::problem::{Kind, Problem};
use codes::Codes;
use guesses::Guesses;
use password::Passwords;
use rules::{Email, Login, Password};
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
    #[error("too many passwords were tried")]
    Guessing(Limited),
    #[error("the refresh token is not valid")]
    RefreshRefused,
    #[error("the sign-in code is not valid")]
    CodeRefused,
    #[error("the account has as many API tokens as it may have")]
    TooManyTokens,
    #[error("there is no such API token")]
    NoSuchToken,
    #[error("the API token has not the scope {}", .0.name())]
    OutOfScope(Scope),
    #[error("no API token may do this")]
    NotInPerson,
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

impl From<Limited> for Error {
    fn from(limited: Limited) -> Self {
        Self::Guessing(limited)
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
            Error::WrongPassword => {
                let field = "current_password".to_owned();
                let detail = "this is not your present password".to_owned();
                Self::new(Kind::WRONG_PASSWORD, "Send your present password as current_password.")
                    .naming(FieldProblem { field, detail, ..FieldProblem::default() })
            }
            Error::Guessing(Limited(wait)) => Self::too_many(wait),
            Error::RefreshRefused => Self::new(Kind::REFRESH_REFUSED, "This session is over. Log in again."),
            Error::CodeRefused => {
                Self::new(Kind::CODE_REFUSED, "A code is good once and for a few minutes. Make another one.")
            }
            Error::TooManyTokens => Self::new(
                Kind::TOO_MANY_TOKENS,
                format!("An account has at most {} API tokens. Delete one that you do not use.", tokens::MOST),
            ),
            Error::NoSuchToken => Self::not_found("API token"),
            Error::OutOfScope(scope) => Self::insufficient_scope(scope),
            Error::NotInPerson => Self::new(
                Kind::INSUFFICIENT_SCOPE,
                "No scope of an API token is enough for this. Log in, and send the access token instead.",
            ),
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
    guesses: Guesses,
    codes: Codes,
    cache: Cache,
    tokens: tokens::Cache,
}

/// A change of what one logs in with, checked.
#[derive(Debug)]
pub struct Change {
    pub email: Option<Email>,
    pub password: Option<Password>,
}

impl Accounts {
    pub fn new(database: Database, rates: &config::Limits) -> Result<Self, Error> {
        Ok(Self {
            database,
            passwords: Passwords::new()?,
            guesses: Guesses::new(rates),
            codes: Codes::default(),
            cache: Cache::default(),
            tokens: tokens::Cache::default(),
        })
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
        let (created_at, listed) = (database::moment(row.created_at), row.listed);
        Ok(Me { id: row.id, handle, email: row.email, created_at, listed, channel })
    }

    /// Whether the caller knows the account's password. Trying it counts as trying to log in.
    async fn confirm(&self, session: &Session, current: String, address: IpAddr) -> Result<(), Error> {
        let row = storage::account(&self.database, session.account).await?.ok_or(Error::Gone)?;
        let login = Login::Handle(row.handle);
        self.guesses.count(Some(&login), address)?;
        self.guesses.count_everywhere(&login, Some(&row.id), address).await?;
        if !self.passwords.verify(current, Some(row.password_hash)).await? {
            return Err(Error::WrongPassword);
        }
        self.guesses.at_home(&row.id, address).await;
        Ok(())
    }

    /// Changes what the caller logs in with, for who knows the `current` password: an access token that somebody
    /// found must not be enough to take an account over. A new password ends every other session, and no API token.
    pub async fn change(
        &self,
        session: &Session,
        current: String,
        change: Change,
        address: IpAddr,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        self.confirm(session, current, address).await?;
        let new_hash = match change.password {
            Some(new) => Some(self.passwords.hash(new).await?),
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

    /// Whether others see somebody's name in the lists of who is here. Rooms that are open have to be told.
    pub async fn set_listed(&self, account: Uuid, listed: bool, now: OffsetDateTime) -> Result<(), Error> {
        storage::set_listed(&self.database, account, listed, now).await
    }

    /// Forgets addresses whose count of passwords tried has recovered.
    pub fn forget_recovered(&self) {
        self.guesses.forget_recovered();
    }

    /// Forgets what has expired.
    pub async fn purge(&self, now: OffsetDateTime) -> Result<(), Error> {
        storage::purge(&self.database, now).await
    }
}
