//! Emotes of channels: pictures that creators upload, and that everybody in the room may write.
//!
//! Owns the table `emotes`. Nothing that was uploaded is served: a picture is read within limits, made small and written anew
//! ([`picture`]), and found by the hash of what was written, so that its address never means anything else.

mod picture;
mod routes;
mod storage;
mod webp;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use klieg_api::emotes::{Emote, EmoteName, MAX_EMOTES};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio::sync::{Mutex, MutexGuard, Semaphore};

use crate::database::{self, Database};
use crate::http::problem::{Kind, Problem};
use picture::{Picture, Unfit};
pub use routes::{pictures, routes};
pub use storage::list;

/// Pictures that are made at once; each takes a core for a moment.
const AT_ONCE: usize = 2;
/// How long an upload waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of pictures kept in memory: those that are in use.
const KEPT: u64 = 32 << 20;
/// For how long at most. One that is deleted at another server is served for so long here.
const KEPT_FOR: Duration = Duration::from_mins(10);
/// Bytes of a hash that are its picture's address.
const HASH: usize = 16;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such emote")]
    NotFound,
    #[error("the channel has an emote of this name")]
    Taken,
    #[error("the channel has as many emotes as it may have")]
    TooMany,
    #[error("too many pictures are made just now")]
    Busy,
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error(transparent)]
    Database(#[from] database::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found("emote"),
            Error::Taken => Self::new(
                Kind::EMOTE_TAKEN,
                "Your channel has an emote of this name. Choose another name, or delete that one first.",
            ),
            Error::TooMany => Self::new(
                Kind::TOO_MANY_EMOTES,
                format!("A channel has at most {MAX_EMOTES} emotes. Delete one that you do not need."),
            ),
            Error::Busy => Self::busy(),
            Error::Unfit(unfit @ Unfit::Format) => Self::new(Kind::NOT_A_PICTURE, unfit.to_string()),
            Error::Unfit(unfit) => Self::new(Kind::UNFIT_PICTURE, unfit.to_string()),
            Error::Database(error) => error.into(),
        }
    }
}

pub struct Emotes {
    database: Database,
    making: Arc<Semaphore>,
    changing: Mutex<()>,
    pictures: moka::future::Cache<String, Bytes>,
}

impl Emotes {
    pub fn new(database: Database) -> Self {
        let pictures = moka::future::Cache::builder()
            .max_capacity(KEPT)
            .weigher(|_: &String, picture: &Bytes| u32::try_from(picture.len()).unwrap_or(u32::MAX))
            .time_to_live(KEPT_FOR)
            .build();
        Self { database, making: Arc::new(Semaphore::new(AT_ONCE)), changing: Mutex::default(), pictures }
    }

    /// Makes the picture that is kept of one that was uploaded.
    async fn make(&self, uploaded: Bytes) -> Result<Picture, Error> {
        let turn = tokio::time::timeout(PATIENCE, self.making.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(Error::Busy) };
        let made = tokio::task::spawn_blocking(move || {
            // Until it is made, also if nobody waits for it any more.
            let _turn = turn;
            picture::make(&uploaded)
        });
        // A picture that a decoder panics at is as good as one that it refuses.
        Ok(made.await.unwrap_or(Err(Unfit::Damaged))?)
    }

    /// Held while a channel's emotes are changed and its room is told of it, so that rooms are told in order.
    async fn change(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().await
    }

    async fn add(
        &self,
        channel: &str,
        name: EmoteName,
        picture: &Picture,
        now: OffsetDateTime,
    ) -> Result<Emote, Error> {
        storage::insert(&self.database, channel, name, picture, now).await
    }

    async fn remove(&self, channel: &str, name: &EmoteName) -> Result<(), Error> {
        let hashes = storage::delete(&self.database, channel, name).await?.ok_or(Error::NotFound)?;
        for hash in hashes {
            self.pictures.invalidate(&hash).await;
        }
        Ok(())
    }

    /// A channel's emotes, oldest first.
    async fn of(&self, channel: &str) -> Result<Vec<Emote>, Error> {
        Ok(list(&self.database, channel).await?)
    }

    /// The picture of this hash.
    async fn picture(&self, hash: &str) -> Result<Option<Bytes>, Error> {
        if let Some(known) = self.pictures.get(hash).await {
            return Ok(Some(known));
        }
        let Some(found) = storage::picture(&self.database, hash).await? else { return Ok(None) };
        self.pictures.insert(hash.to_owned(), found.clone()).await;
        Ok(Some(found))
    }
}

fn hash_of(picture: &[u8]) -> String {
    hex::encode(Sha256::digest(picture).get(..HASH).unwrap_or_default())
}

/// Where the picture of a hash is.
fn address(hash: &str) -> String {
    format!("/emotes/{hash}.png")
}

/// The hash in the name of a picture's file.
fn hash_in(file: &str) -> Option<&str> {
    let hash = file.strip_suffix(".png")?;
    let is_hash = hash.len() == 2 * HASH && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hash.then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_found_by_its_address_and_by_nothing_else() {
        let hash = hash_of(b"picture");
        let address = address(&hash);
        assert_eq!(hash_in(address.strip_prefix("/emotes/").unwrap()), Some(hash.as_str()));
        let upper = format!("{}.png", hash.to_uppercase());
        for other in ["", ".png", "../klieg.db", &upper, &hash, &format!("{hash}.svg"), &format!("{hash}0.png")] {
            assert_eq!(hash_in(other), None, "{other}");
        }
    }
}
