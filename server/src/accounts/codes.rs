//! Codes by which a second program of the same person logs in: the studio, from the page that they are logged in to.
//!
//! A code travels in a link, which desktops write down in places that nobody looks after. So it is good once, for some
//! minutes, for as long as the session that made it goes on, and it opens a session of its own rather than telling a token.
//! Codes are kept hashed and in memory: one that a restart forgets is made again with a press of a button.

use std::net::IpAddr;
use std::time::Duration;

use klieg_api::accounts::{SignInCode, Tokens};
use time::OffsetDateTime;
use uuid::Uuid;

use super::sessions::{Session, issue};
use super::{Accounts, Error, storage};
use crate::secret::{Secret, SecretHash};

const LIFE: Duration = Duration::from_mins(3);
/// Codes that wait at once. Each account makes some a minute, so only a crowd comes here; then the oldest are forgotten.
const MOST: u64 = 100_000;

/// The codes that nobody has used yet.
pub(super) struct Codes(moka::future::Cache<SecretHash, Made>);

#[derive(Clone, Copy)]
struct Made {
    by: Session,
    expires_at: OffsetDateTime,
}

impl Default for Codes {
    fn default() -> Self {
        Self(moka::future::Cache::builder().max_capacity(MOST).time_to_live(LIFE).build())
    }
}

impl Accounts {
    /// Makes a code for whoever holds `session`.
    pub async fn make_code(&self, session: Session, now: OffsetDateTime) -> SignInCode {
        let code = Secret::new("klieg_code_");
        self.codes.0.insert(code.hash(), Made { by: session, expires_at: now + LIFE }).await;
        SignInCode { code: code.reveal(), expires_in: LIFE.as_secs() }
    }

    /// Opens a session for whoever shows a code, which is spent whatever comes of it.
    pub async fn log_in_by_code(&self, code: &str, address: IpAddr, now: OffsetDateTime) -> Result<Tokens, Error> {
        let made = self.codes.0.remove(&SecretHash::of(code)).await.filter(|made| made.expires_at > now);
        let made = made.ok_or(Error::CodeRefused)?;
        let session = Uuid::now_v7();
        let mut transaction = self.database.begin().await?;
        // In the same transaction, so that a session that ends at this moment leaves none behind.
        if !storage::goes_on(&mut transaction, made.by.id).await? {
            return Err(Error::CodeRefused);
        }
        let account = made.by.account.to_string();
        storage::insert_session(&mut transaction, session, &account, now).await?;
        let tokens = issue(&mut transaction, session, now).await?;
        transaction.commit().await?;
        self.guesses.at_home(&account, address).await;
        Ok(tokens)
    }
}
