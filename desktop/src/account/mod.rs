//! The creator's account on a Klieg server: signing in and out, and telling viewers what the show is called.
//!
//! [`klieg_core`] decides which token a call carries; here calls are sent, one refresh at a time, and what has to outlive the
//! studio goes to the keyring under [`ACCOUNT`]. The password is sent once and kept nowhere.

mod emotes;
mod link;
mod live;
mod made;
mod mark;
mod upload;
mod wire;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use klieg_api::accounts::{CodeLogIn, LogIn, Me, NewStreamKey};
use klieg_api::channels::{Channel, ChannelChange, Visibility};
use klieg_core::call::{CallError, accept, parse};
use klieg_core::session::{Access, Held};
use klieg_core::{Call, Session, calls};
use klieg_studio_model::{Account, Announcement, Audience, Secret};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::Mutex;

use crate::keys::{KeyError, Keys};

pub use link::{Link, NotALink, SCHEME};
pub use wire::{Address, NoAddress};

/// The name of the session in the keyring.
const ACCOUNT: &str = "account";

#[derive(Debug, Error)]
pub enum AccountError {
    #[error(transparent)]
    Address(#[from] NoAddress),
    #[error("{0}")]
    Call(#[from] CallError),
    #[error("{0}")]
    Keys(#[from] KeyError),
    #[error("the session cannot be kept")]
    Unkeepable,
    #[error("the connection took nothing for long enough to be measured; try again")]
    TooShort,
}

/// What the keyring keeps.
#[derive(Serialize, Deserialize)]
struct Kept {
    server: String,
    handle: String,
    /// The stream key that this studio made for itself.
    stream_key: Option<String>,
    held: Option<Held>,
}

/// A session with a server.
pub struct SignedIn {
    http: reqwest::Client,
    keys: Keys,
    server: Address,
    handle: String,
    /// The id of the stream key that was made for this studio.
    stream_key: parking_lot::Mutex<Option<String>>,
    session: Mutex<Session>,
    has_ended: AtomicBool,
}

impl SignedIn {
    /// Signs in and makes a stream key for this studio, which is the second part of the answer.
    pub async fn sign_in(
        http: reqwest::Client,
        keys: Keys,
        server: &str,
        login: &str,
        password: &Secret,
    ) -> Result<(Self, Me, Secret), AccountError> {
        let log_in = LogIn { login: login.trim().to_owned(), password: password.reveal().to_owned() };
        Self::begin(http, keys, server.parse()?, &calls::log_in(&log_in)).await
    }

    /// [`sign_in`](Self::sign_in) with the code of a link in place of a password.
    pub async fn follow(http: reqwest::Client, keys: Keys, link: &Link) -> Result<(Self, Me, Secret), AccountError> {
        let code = CodeLogIn { code: link.code.reveal().to_owned() };
        Self::begin(http, keys, link.server.clone(), &calls::log_in_by_code(&code)).await
    }

    async fn begin(
        http: reqwest::Client,
        keys: Keys,
        server: Address,
        call: &Call,
    ) -> Result<(Self, Me, Secret), AccountError> {
        let (status, body) = wire::send(&http, &server, call, None).await?;
        let mut session = Session::default();
        session.log_in(now(), parse(status, &body)?);
        let (handle, stream_key) = (String::new(), parking_lot::Mutex::default());
        let (session, has_ended) = (Mutex::new(session), AtomicBool::default());
        let mut signed_in = Self { http, keys, server, handle, stream_key, session, has_ended };
        let me: Me = signed_in.call(&calls::me()).await?;
        let made: NewStreamKey = signed_in.call(&calls::make_stream_key()).await?;
        me.handle.as_str().clone_into(&mut signed_in.handle);
        signed_in.stream_key = parking_lot::Mutex::new(Some(made.id));
        if let Err(error) = signed_in.keep().await {
            // Nobody would know the key any more, nor the session. The server may be away by now; then they stay.
            let _ = signed_in.forget().await;
            return Err(error);
        }
        Ok((signed_in, me, Secret::new(made.key)))
    }

    /// The session that the keyring kept, if there is one.
    pub async fn restore(http: reqwest::Client, keys: Keys) -> Option<Self> {
        let kept = keys.get(ACCOUNT).await.ok()??;
        let kept: Kept = serde_json::from_str(kept.reveal()).ok()?;
        Some(Self {
            http,
            keys,
            server: kept.server.parse().ok()?,
            handle: kept.handle,
            stream_key: parking_lot::Mutex::new(kept.stream_key),
            session: Mutex::new(Session::restore(kept.held)),
            has_ended: AtomicBool::default(),
        })
    }

    pub fn account(&self) -> Account {
        Account { server: self.server.to_string(), handle: self.handle.clone() }
    }

    /// Whether the server has ended the session, as the last calls found out. Only signing in again helps.
    pub fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    /// What the channel says now.
    pub async fn announced(&self) -> Result<Announcement, AccountError> {
        Ok(announcement(self.call::<Me>(&calls::me()).await?.channel))
    }

    /// Tells viewers what the show is. What is absent stays as it is.
    pub async fn announce(&self, announcement: &Announcement) -> Result<(), AccountError> {
        let trimmed = |text: Option<&str>| text.map(|text| text.trim().to_owned());
        let change = ChannelChange {
            title: trimmed(announcement.title.as_deref()),
            category: trimmed(announcement.category.as_deref()),
            tags: announcement.tags.clone(),
            visibility: announcement.audience.map(|audience| match audience {
                Audience::Public => Visibility::Public,
                Audience::Unlisted => Visibility::Unlisted,
                Audience::Private => Visibility::Private,
            }),
            mature: announcement.mature,
            announce: announcement.tell_followers,
            ..ChannelChange::default()
        };
        if change == ChannelChange::default() {
            return Ok(());
        }
        let (status, body) = self.send(&calls::change_channel(&change)).await?;
        Ok(accept(status, &body)?)
    }

    /// Ends the session, and the stream key that was made for this studio. The keyring forgets it even if the server is not
    /// reached, which is the error then.
    pub async fn sign_out(&self) -> Result<(), AccountError> {
        let ended = self.forget().await;
        self.keys.remove(ACCOUNT).await?;
        ended
    }

    /// [`sign_out`](Self::sign_out), but for the keyring, which has another session by now.
    pub async fn forget(&self) -> Result<(), AccountError> {
        let stream_key = self.stream_key.lock().clone();
        let revoked = match stream_key {
            Some(id) => self.send(&calls::revoke_stream_key(&id)).await.map(drop),
            None => Ok(()),
        };
        let ended = self.send(&calls::log_out()).await.map(drop);
        self.session.lock().await.log_out();
        Ok(revoked.and(ended)?)
    }

    async fn call<T: serde::de::DeserializeOwned>(&self, call: &Call) -> Result<T, AccountError> {
        let (status, body) = self.send(call).await?;
        Ok(parse(status, &body)?)
    }

    async fn send(&self, call: &Call) -> Result<(u16, String), CallError> {
        let token = self.token().await?;
        let (status, body) = wire::send(&self.http, &self.server, call, Some(&token)).await?;
        if status != 401 {
            return Ok((status, body));
        }
        self.session.lock().await.rejected(&token);
        let token = self.token().await?;
        wire::send(&self.http, &self.server, call, Some(&token)).await
    }

    async fn token(&self) -> Result<String, CallError> {
        let token = self.fresh_token().await;
        if token == Err(CallError::LoggedOut) {
            self.has_ended.store(true, Ordering::Relaxed);
        }
        token
    }

    /// An access token that is good now. The lock is held during a refresh, so that there is one at a time.
    async fn fresh_token(&self) -> Result<String, CallError> {
        let mut session = self.session.lock().await;
        if let Access::Refresh(call) = session.access(now()) {
            let answer = wire::send(&self.http, &self.server, &call, None).await;
            let answer = answer.and_then(|(status, body)| parse(status, &body));
            session.refreshed(now(), answer)?;
            // The old refresh token is spent: without the new one the session would end with the studio.
            if self.keep_held(session.held()).await.is_err() {
                tracing::warn!("the refreshed session is not in the keyring");
            }
        }
        match session.access(now()) {
            Access::Token(token) => Ok(token),
            Access::Anonymous => Err(CallError::LoggedOut),
            // A token that is too old as soon as it is given.
            Access::Refresh(_) | Access::Wait => Err(CallError::Unreadable),
        }
    }

    /// Puts the session into the keyring.
    pub(crate) async fn keep(&self) -> Result<(), AccountError> {
        let held = self.session.lock().await.held().cloned();
        self.keep_held(held.as_ref()).await
    }

    async fn keep_held(&self, held: Option<&Held>) -> Result<(), AccountError> {
        // Signing in: nothing is kept before all is known.
        if self.handle.is_empty() {
            return Ok(());
        }
        let kept = Kept {
            server: self.server.to_string(),
            handle: self.handle.clone(),
            stream_key: self.stream_key.lock().clone(),
            held: held.cloned(),
        };
        let text = serde_json::to_string(&kept).map_err(|_| AccountError::Unkeepable)?;
        Ok(self.keys.set(ACCOUNT, &Secret::new(text)).await?)
    }
}

/// What a channel says of its next show.
pub fn announcement(channel: Channel) -> Announcement {
    let audience = match channel.visibility {
        Visibility::Public => Audience::Public,
        Visibility::Unlisted => Audience::Unlisted,
        Visibility::Private => Audience::Private,
    };
    let Channel { title, category, tags, mature, announce, .. } = channel;
    Announcement {
        title: Some(title),
        category: Some(category),
        tags: Some(tags),
        audience: Some(audience),
        mature: Some(mature),
        tell_followers: Some(announce),
    }
}

/// Unix time in milliseconds: the session outlives the process, so its clock has to.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_millis() as u64)
}
