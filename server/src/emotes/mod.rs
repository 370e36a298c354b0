//! Emotes of channels: pictures that creators upload, and that everybody in the room may write.
//!
//! Owns the tables `emotes`, `emote_refusals` and `emote_changes`. Nothing that was uploaded is served: a picture is read within
//! limits, made small and written anew ([`picture`]), and found by the hash of what was written, so that its address never means
//! anything else.
//!
//! Who changes a channel's emotes tells its room only that they changed, and the room reads them from the table; what nobody
//! tells is noticed a few seconds later ([`mod@watch`]).
//!
//! What an operator takes down is refused by two hashes. That of the picture as it is kept stands for every file that looks the
//! same, whatever its format or what else is in it, and for what was downloaded from here; that of the file as it was uploaded
//! still holds when a later version writes pictures in another way. The first frame of an animation goes with it.

mod picture;
mod routes;
mod storage;
mod watch;
mod webp;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use klieg_api::emotes::{Emote, EmoteName, MAX_EMOTES};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio::sync::Semaphore;

use crate::database::{self, Database};
use crate::http::problem::{Kind, Problem};
use picture::{Picture, Unfit};
pub use routes::{pictures, routes};
pub use storage::list;
pub use watch::watch;

/// Pictures that are made at once; each takes a core for a moment.
const AT_ONCE: usize = 2;
/// How long an upload waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of pictures kept in memory: those that are in use.
const KEPT: u64 = 32 << 20;
/// For how long at most. One that is deleted at another server, or taken down, is served for so long here.
const KEPT_FOR: Duration = Duration::from_secs(5);
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
    #[error("the operator took this picture down")]
    Refused,
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
            Error::Refused => Self::new(
                Kind::PICTURE_REFUSED,
                "The operator of this server took this picture down. Choose another one.",
            ),
            Error::Busy => Self::busy(),
            Error::Unfit(unfit @ Unfit::Format) => Self::new(Kind::NOT_A_PICTURE, unfit.to_string()),
            Error::Unfit(unfit) => Self::new(Kind::UNFIT_PICTURE, unfit.to_string()),
            Error::Database(error) => error.into(),
        }
    }
}

/// A picture that was uploaded: the file's hash, and what is kept of it.
struct Upload {
    hash: String,
    picture: Picture,
}

/// An emote that was taken down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenDown {
    /// The identifier of the channel that had it.
    pub channel: String,
    pub name: String,
}

pub struct Emotes {
    database: Database,
    making: Arc<Semaphore>,
    pictures: moka::future::Cache<String, Bytes>,
}

impl Emotes {
    pub fn new(database: Database) -> Self {
        let pictures = moka::future::Cache::builder()
            .max_capacity(KEPT)
            .weigher(|_: &String, picture: &Bytes| u32::try_from(picture.len()).unwrap_or(u32::MAX))
            .time_to_live(KEPT_FOR)
            .build();
        Self { database, making: Arc::new(Semaphore::new(AT_ONCE)), pictures }
    }

    /// Makes the picture that is kept of one that was uploaded.
    async fn make(&self, uploaded: Bytes) -> Result<Upload, Error> {
        let turn = tokio::time::timeout(PATIENCE, self.making.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(Error::Busy) };
        let made = tokio::task::spawn_blocking(move || {
            // Until it is made, also if nobody waits for it any more.
            let _turn = turn;
            picture::make(&uploaded).map(|picture| Upload { hash: hash_of(&uploaded), picture })
        });
        // A picture that a decoder panics at is as good as one that it refuses.
        Ok(made.await.unwrap_or(Err(Unfit::Damaged))?)
    }

    async fn add(&self, channel: &str, name: EmoteName, upload: &Upload, now: OffsetDateTime) -> Result<Emote, Error> {
        storage::insert(&self.database, channel, name, upload, now).await
    }

    async fn remove(&self, channel: &str, name: &EmoteName) -> Result<(), Error> {
        let hashes = storage::delete(&self.database, channel, name).await?.ok_or(Error::NotFound)?;
        for hash in hashes {
            self.pictures.invalidate(&hash).await;
        }
        Ok(())
    }

    /// The hash of the picture of a channel's emote.
    pub async fn hash(&self, channel: &str, name: &EmoteName) -> Result<String, Error> {
        storage::hash(&self.database, channel, name).await?.ok_or(Error::NotFound)
    }

    /// Takes the picture of this hash down: no channel has it any more, and none can have it again until that is lifted. Whose
    /// it was. Servers that run notice within seconds.
    pub async fn take_down(&self, hash: &str, now: OffsetDateTime) -> Result<Vec<TakenDown>, Error> {
        Ok(storage::take_down(&self.database, hash, now).await?)
    }

    /// Lifts the take-down that the picture or file of this hash is part of, whole. Whether there was one. Who had an emote of it
    /// has to add that anew.
    pub async fn allow(&self, hash: &str) -> Result<bool, Error> {
        Ok(storage::allow(&self.database, hash).await?)
    }

    /// The channels whose emotes changed after the change of this number, each with the number of its latest.
    async fn changed_since(&self, number: i64) -> Result<Vec<(i64, String)>, Error> {
        Ok(storage::changed_since(&self.database, number).await?)
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
    file.strip_suffix(".png").filter(|hash| is_hash(hash))
}

/// The hash that somebody means who writes it, or an address that ends with a picture's file.
pub fn hash_meant(written: &str) -> Option<&str> {
    let file = written.rsplit('/').next()?;
    hash_in(file).or(Some(file).filter(|hash| is_hash(hash)))
}

fn is_hash(text: &str) -> bool {
    text.len() == 2 * HASH && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
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

    #[test]
    fn an_operator_names_a_picture_by_its_hash_or_its_address() {
        let hash = hash_of(b"picture");
        for written in [hash.clone(), format!("{hash}.png"), format!("https://live.example.org/emotes/{hash}.png")] {
            assert_eq!(hash_meant(&written), Some(hash.as_str()), "{written}");
        }
        for other in ["", "ada", "https://live.example.org/ada", &hash[1..], &format!("{hash}.png?x")] {
            assert_eq!(hash_meant(other), None, "{other}");
        }
    }
}
