//! API tokens: what bots and integrations act with, in the name of whoever made them and within scopes.
//!
//! A token stands beside the sessions: logging out ends none, nor does a new password, for a bot must not fall silent
//! because its owner tidied up. It ends when it is deleted, or at its own end; then its live connections are closed as those
//! of a session are.

mod routes;
mod rules;
mod storage;

use std::time::Duration;

use klieg_api::tokens::{ApiToken, MadeApiToken, PREFIX};
use time::OffsetDateTime;
use tracing::warn;
use uuid::Uuid;

pub(super) use routes::routes;

use self::rules::Wanted;
use super::caller::{Caller, Grant, Scopes};
use super::{Accounts, Error, Session};
use crate::database::moment;
use crate::secret::{Secret, SecretHash};

/// Tokens that an account may have at once, those that have expired among them.
pub(super) const MOST: i64 = 20;
/// How long a token found in the database is believed without asking again. Deleting one in this process counts at once.
const BELIEVED: Duration = Duration::from_secs(5);
/// Its use is written down this often at most.
const NOTED: Duration = Duration::from_mins(1);

/// Tokens seen lately.
pub(super) struct Cache {
    known: moka::future::Cache<SecretHash, Caller>,
    /// Those whose use was written down lately.
    noted: moka::future::Cache<Uuid, ()>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            known: moka::future::Cache::builder().max_capacity(100_000).time_to_live(BELIEVED).build(),
            noted: moka::future::Cache::builder().max_capacity(100_000).time_to_live(NOTED).build(),
        }
    }
}

impl Accounts {
    /// Makes a token: the only time it is shown.
    async fn make_token(&self, account: Uuid, wanted: &Wanted, now: OffsetDateTime) -> Result<MadeApiToken, Error> {
        let token = Secret::new(PREFIX);
        let id = Uuid::now_v7();
        let hint = token.hint();
        let row = storage::NewToken { id, account, hash: token.hash(), hint: &hint, wanted };
        if !storage::insert(&self.database, row, MOST, now).await? {
            return Err(Error::TooManyTokens);
        }
        Ok(MadeApiToken { id: id.to_string(), token: token.reveal() })
    }

    /// The account's tokens, oldest first.
    async fn tokens(&self, account: Uuid) -> Result<Vec<ApiToken>, Error> {
        let rows = storage::of_account(&self.database, account).await?;
        let token = |row: storage::TokenRow| ApiToken {
            id: row.id,
            name: row.name,
            hint: row.hint,
            scopes: Scopes::of_text(&row.scopes).to_vec(),
            created_at: moment(row.created_at),
            expires_at: row.expires_at.map(moment),
            last_used_at: row.last_used_at.map(moment),
        };
        Ok(rows.into_iter().map(token).collect())
    }

    /// Deletes a token: it is refused from now on.
    async fn delete_token(&self, account: Uuid, token: Uuid) -> Result<(), Error> {
        if !storage::delete(&self.database, account, token).await? {
            return Err(Error::NoSuchToken);
        }
        self.cache.end(&token.to_string()).await;
        Ok(())
    }

    /// Who calls with an access token or an API token, if it is good now.
    pub async fn caller(&self, token: &str, now: OffsetDateTime) -> Result<Option<Caller>, Error> {
        if token.starts_with(PREFIX) {
            return self.program(token, now).await;
        }
        Ok(self.session(token).await?.map(Caller::person))
    }

    async fn program(&self, token: &str, now: OffsetDateTime) -> Result<Option<Caller>, Error> {
        let hash = SecretHash::of(token);
        let known = match self.tokens.known.get(&hash).await {
            Some(known) => known,
            None => match storage::by_hash(&self.database, hash).await? {
                Some(found) => {
                    let (Ok(id), Ok(account)) = (found.id.parse(), found.account_id.parse()) else { return Ok(None) };
                    let grant =
                        Grant { scopes: Scopes::of_text(&found.scopes), expires_at: found.expires_at.map(moment) };
                    let known = Caller::program(Session { id, account }, grant);
                    self.tokens.known.insert(hash, known).await;
                    known
                }
                None => return Ok(None),
            },
        };
        let (Session { id, .. }, grant) = known.into_parts();
        let has_expired = grant.and_then(|grant| grant.expires_at).is_some_and(|end| end <= now);
        if has_expired || self.cache.has_ended(id) {
            return Ok(None);
        }
        self.note_use(id, now).await;
        Ok(Some(known))
    }

    /// Those of these that are tokens and good now. They are in use: whoever asks has live connections with them.
    pub(super) async fn tokens_in_use(&self, some: &[Uuid], now: OffsetDateTime) -> Result<Vec<Uuid>, Error> {
        if some.is_empty() {
            return Ok(Vec::new());
        }
        let good = storage::good(&self.database, some, now).await?;
        for token in &good {
            self.note_use(*token, now).await;
        }
        Ok(good)
    }

    /// Writes down that a token was used, unless that was done lately. What it was used for is done even if this fails.
    async fn note_use(&self, token: Uuid, now: OffsetDateTime) {
        if !self.tokens.noted.entry(token).or_insert(()).await.is_fresh() {
            return;
        }
        if let Err(error) = storage::used(&self.database, token, now, now - NOTED).await {
            warn!(%error, %token, "cannot write down that an API token was used");
        }
    }
}
