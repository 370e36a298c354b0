//! Who may publish and who may play. The live plane knows no accounts: it asks an [`Authority`].

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use crate::stream::Stream;

/// A channel's name in every media URL, as its owner chose it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Handle(Arc<str>);

impl Handle {
    /// Takes a handle that the authority vouches for; the live plane only compares it.
    pub fn new(handle: &str) -> Self {
        Self(handle.to_ascii_lowercase().into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IngestProtocol {
    Rtmp,
    Whip,
}

impl IngestProtocol {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rtmp => "rtmp",
            Self::Whip => "whip",
        }
    }
}

/// A publisher at the door. `Debug` does not show the key.
#[derive(Clone)]
pub struct PublishRequest {
    pub key: String,
    pub protocol: IngestProtocol,
    pub peer: SocketAddr,
    /// What the encoder calls itself, if it does (RTMP `flashVer` or `encoder`, HTTP User-Agent).
    pub encoder: Option<String>,
}

impl fmt::Debug for PublishRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishRequest")
            .field("protocol", &self.protocol)
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// Whose broadcast a key opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishGrant {
    pub channel: Uuid,
    pub handle: Handle,
    /// Which key it was, so that revoking it can cut this publisher off.
    pub key: Uuid,
}

/// A viewer at the door.
#[derive(Clone, Debug)]
pub struct PlayRequest {
    pub handle: Handle,
    /// The bearer token, if the viewer brought one.
    pub token: Option<String>,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    #[error("the key or token is missing or not valid")]
    Unauthorized,
    #[error("this is not allowed")]
    Forbidden,
    #[error("there is no such channel")]
    NotFound,
    #[error("too many attempts; try again in {} s", .retry_after.as_secs())]
    TooMany { retry_after: Duration },
    #[error("the server cannot decide this now; try again shortly")]
    Unavailable,
}

/// The seam between the live plane and whoever keeps accounts.
#[async_trait]
pub trait Authority: Send + Sync + 'static {
    async fn may_publish(&self, request: &PublishRequest) -> Result<PublishGrant, Denied>;

    /// `Ok` if a session may be prepared for an encoder that has this grant, whose offer can be read, and that may never
    /// connect (WHIP): each costs something, so this may be limited.
    async fn may_prepare(&self, _grant: &PublishGrant) -> Result<(), Denied> {
        Ok(())
    }

    /// `Ok` if this viewer may watch the channel, live or not. Asked on every WHEP session and HLS request: be quick.
    async fn may_play(&self, request: &PlayRequest) -> Result<(), Denied>;

    /// A broadcast begins. Awaited before the first frame is taken, so what is written here exists before it is seen.
    async fn broadcast_started(&self, _stream: &Arc<Stream>) -> Result<(), Denied> {
        Ok(())
    }

    /// A broadcast is over for good: its publisher ended it, or did not return within the grace period.
    async fn broadcast_ended(&self, _stream: &Arc<Stream>) {}
}

/// A fixed list of keys, for tests and measurements: anybody may watch.
#[derive(Default)]
pub struct StaticAuthority {
    keys: HashMap<String, PublishGrant>,
}

impl StaticAuthority {
    /// One channel per pair of key and handle.
    pub fn new<'a>(keys: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let grant = |handle| PublishGrant { channel: Uuid::now_v7(), handle: Handle::new(handle), key: Uuid::now_v7() };
        Self { keys: keys.into_iter().map(|(key, handle)| (key.to_owned(), grant(handle))).collect() }
    }

    /// The grant that `key` opens.
    pub fn grant(&self, key: &str) -> Option<&PublishGrant> {
        self.keys.get(key)
    }
}

#[async_trait]
impl Authority for StaticAuthority {
    async fn may_publish(&self, request: &PublishRequest) -> Result<PublishGrant, Denied> {
        self.keys.get(&request.key).cloned().ok_or(Denied::Unauthorized)
    }

    async fn may_play(&self, request: &PlayRequest) -> Result<(), Denied> {
        let known = self.keys.values().any(|grant| grant.handle == request.handle);
        if known { Ok(()) } else { Err(Denied::NotFound) }
    }
}
