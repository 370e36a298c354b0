//! Sessions: logging in, short access tokens, refresh tokens that rotate.
//!
//! A refresh token is good for one use. When one is presented again, either its owner or a thief holds a stolen copy:
//! nobody can tell which, so the whole session ends.

use std::net::IpAddr;
use std::time::Duration;

use klieg_api::accounts::Tokens;
use time::OffsetDateTime;
use tracing::warn;
use uuid::Uuid;

use super::rules::Login;
use super::{Accounts, Error, storage};
use crate::database::{self, moment};
use crate::secret::{Secret, SecretHash};

const ACCESS_LIFE: Duration = Duration::from_mins(15);
const REFRESH_LIFE: Duration = Duration::from_hours(30 * 24);
/// How long an access token found in the database is believed without asking again. Ending a session in this process
/// counts at once.
const BELIEVED: Duration = Duration::from_secs(5);
/// Ended sessions that a watcher may be behind.
const ENDED: usize = 1_024;

/// A caller's session: of somebody who has logged in, or an API token (see [`Caller`](super::Caller)), which stands for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: Uuid,
    pub account: Uuid,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    session: Session,
    expires_at: OffsetDateTime,
}

/// Access tokens seen lately and sessions ended lately.
pub(super) struct Cache {
    known: moka::future::Cache<SecretHash, Known>,
    /// Remembered for longer than [`BELIEVED`], so that a look-up that was under way when the session ended does not
    /// bring it back.
    ended: moka::future::Cache<Uuid, ()>,
    /// Who wants to know at once.
    watchers: tokio::sync::broadcast::Sender<Uuid>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            known: moka::future::Cache::builder().max_capacity(100_000).time_to_live(BELIEVED).build(),
            ended: moka::future::Cache::builder().max_capacity(1_000_000).time_to_live(12 * BELIEVED).build(),
            watchers: tokio::sync::broadcast::Sender::new(ENDED),
        }
    }
}

impl Cache {
    /// Whether a session, or an API token, was ended by this process lately.
    pub(super) fn has_ended(&self, session: Uuid) -> bool {
        self.ended.contains_key(&session)
    }

    pub(super) async fn end(&self, session: &str) {
        if let Ok(session) = session.parse() {
            self.ended.insert(session, ()).await;
            // Nobody may be watching.
            let _ = self.watchers.send(session);
        }
    }
}

impl Accounts {
    /// The sessions and API tokens that this process ends from now on. Who falls behind asks [`Self::over`].
    pub fn ended(&self) -> tokio::sync::broadcast::Receiver<Uuid> {
        self.cache.watchers.subscribe()
    }

    /// Those of these sessions and API tokens that are over, whoever ended them. All have live connections; that the tokens
    /// are in use is written down.
    pub async fn over(&self, sessions: &[Uuid], now: OffsetDateTime) -> Result<Vec<Uuid>, Error> {
        let mut over = Vec::new();
        for some in sessions.chunks(500) {
            let going_on = storage::going_on(&self.database, some).await?;
            let rest: Vec<Uuid> = some.iter().copied().filter(|session| !going_on.contains(session)).collect();
            let tokens = self.tokens_in_use(&rest, now).await?;
            over.extend(rest.into_iter().filter(|session| !tokens.contains(session)));
        }
        Ok(over)
    }

    /// Opens a session for whoever knows the password.
    pub async fn log_in(
        &self,
        login: Option<&Login>,
        password: String,
        address: IpAddr,
        now: OffsetDateTime,
    ) -> Result<Tokens, Error> {
        self.guesses.count(login, address)?;
        let account = match login {
            Some(login) => storage::account_by_login(&self.database, login).await?,
            None => None,
        };
        if let Some(login) = login {
            let account = account.as_ref().map(|account| account.id.as_str());
            self.guesses.count_everywhere(login, account, address).await?;
        }
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        let matches = self.passwords.verify(password, hash).await?;
        let account = account.filter(|_| matches).ok_or(Error::WrongCredentials)?;
        self.guesses.at_home(&account.id, address).await;
        let session = Uuid::now_v7();
        let mut transaction = self.database.begin().await?;
        storage::insert_session(&mut transaction, session, &account.id, now).await?;
        let tokens = issue(&mut transaction, session, now).await?;
        transaction.commit().await?;
        Ok(tokens)
    }

    /// Exchanges a refresh token for new tokens of its session.
    pub async fn refresh(&self, refresh_token: &str, address: IpAddr, now: OffsetDateTime) -> Result<Tokens, Error> {
        let hash = SecretHash::of(refresh_token);
        let mut transaction = self.database.begin().await?;
        if let Some((session, account)) = storage::use_refresh_token(&mut transaction, hash, now).await? {
            let session = session.parse().map_err(|_| Error::RefreshRefused)?;
            let tokens = issue(&mut transaction, session, now).await?;
            transaction.commit().await?;
            self.guesses.at_home(&account, address).await;
            return Ok(tokens);
        }
        if let Some(session) = storage::session_of_used_token(&mut transaction, hash).await? {
            warn!(%session, "a refresh token was used twice; the session ends");
            storage::revoke_session(&mut transaction, &session, now).await?;
            transaction.commit().await?;
            self.cache.end(&session).await;
        }
        Err(Error::RefreshRefused)
    }

    /// Ends a session: its tokens are refused from now on.
    pub async fn log_out(&self, session: &Session, now: OffsetDateTime) -> Result<(), Error> {
        let id = session.id.to_string();
        let mut transaction = self.database.begin().await?;
        storage::revoke_session(&mut transaction, &id, now).await?;
        transaction.commit().await?;
        self.cache.end(&id).await;
        Ok(())
    }

    /// The session of an access token, if it is good now.
    pub async fn session(&self, access_token: &str) -> Result<Option<Session>, Error> {
        let hash = SecretHash::of(access_token);
        let known = match self.cache.known.get(&hash).await {
            Some(known) => known,
            None => match storage::access_token(&self.database, hash).await? {
                Some((account, session, expires_at)) => {
                    let (Ok(id), Ok(account)) = (session.parse(), account.parse()) else { return Ok(None) };
                    let known = Known { session: Session { id, account }, expires_at: moment(expires_at) };
                    self.cache.known.insert(hash, known).await;
                    known
                }
                None => return Ok(None),
            },
        };
        let good = known.expires_at > database::now() && !self.cache.has_ended(known.session.id);
        Ok(good.then_some(known.session))
    }
}

pub(super) async fn issue(
    connection: &mut sqlx_sqlite::SqliteConnection,
    session: Uuid,
    now: OffsetDateTime,
) -> Result<Tokens, Error> {
    let access = Secret::new("klieg_access_");
    let refresh = Secret::new("klieg_refresh_");
    storage::insert_tokens(
        connection,
        session,
        (access.hash(), now + ACCESS_LIFE),
        (refresh.hash(), now + REFRESH_LIFE),
    )
    .await?;
    Ok(Tokens { access_token: access.reveal(), refresh_token: refresh.reveal(), expires_in: ACCESS_LIFE.as_secs() })
}
