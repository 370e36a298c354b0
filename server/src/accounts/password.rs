//! Hashing passwords with argon2id, a few at a time.
//!
//! One hash takes a core for tens of milliseconds and 19 MiB. A flood of log-ins waits in a short line, and beyond that
//! is turned away, while the rest of the server goes on.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use super::Error;
use super::rules::Password;

/// Hashes that may wait for their turn.
const LINE: usize = 64;

/// Hashes and verifies on half of the cores at most.
#[derive(Clone)]
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
    line: Arc<Semaphore>,
    /// A hash of nothing anybody knows, verified where there is no account, so that both cases take the same time.
    decoy: Arc<str>,
}

impl Passwords {
    pub(super) fn new() -> Result<Self, Error> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let unknown: [u8; 16] = rand::random();
        Ok(Self {
            turns: Arc::new(Semaphore::new((cores / 2).max(1))),
            line: Arc::new(Semaphore::new(LINE)),
            decoy: hash(&unknown)?.into(),
        })
    }

    /// The password's hash in PHC form.
    pub(super) async fn hash(&self, password: Password) -> Result<String, Error> {
        self.in_turn(move || hash(password.as_str().as_bytes())).await?
    }

    /// Whether the password is the one of `hash`; without a hash it never is, in the same time.
    pub(super) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Error> {
        if password.len() > Password::MOST_BYTES {
            return Ok(false);
        }
        let decoy = self.decoy.clone();
        self.in_turn(move || {
            let stored = hash.as_deref().unwrap_or(&decoy);
            let parsed = PasswordHash::new(stored).map_err(|error| Error::Hash(error.to_string()))?;
            let matches = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(matches && hash.is_some())
        })
        .await?
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let _place = self.line.clone().try_acquire_owned().map_err(|_| Error::Busy)?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Error::Busy)?;
        // The turn goes along: a client that gives up does not free a core that is still at work.
        let worker = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        worker.await.map_err(|error| Error::Hash(error.to_string()))
    }
}

fn hash(password: &[u8]) -> Result<String, Error> {
    Argon2::default()
        .hash_password(password)
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Hash(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let passwords = Passwords::new().unwrap();
        let hash = passwords.hash("correct horse".parse().unwrap()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("wrong horse".into(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
    }
}
