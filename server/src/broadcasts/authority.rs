//! The live plane's questions, answered from the database.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use klieg_api::channels::Visibility;
use klieg_media::authority::{Authority, Denied, Handle, PlayRequest, PublishGrant, PublishRequest};
use klieg_media::stream::Stream;
use tracing::{error, info};
use uuid::Uuid;

use super::{Error, storage};
use crate::accounts::Accounts;
use crate::alerts::Teller;
use crate::channels::{self, Visibilities};
use crate::config::Limits;
use crate::database::{Database, now};
use crate::http::client::limit_key;
use crate::http::limiter::{Limited, Limiter};
use crate::secret::SecretHash;

/// Who may publish and play, by the database.
pub struct DatabaseAuthority {
    database: Database,
    accounts: Arc<Accounts>,
    visibilities: Arc<Visibilities>,
    wrong_keys: Limiter<IpAddr>,
    /// WHIP sessions begun with one key.
    sessions: Limiter<Uuid>,
    /// Addresses that tried too many wrong keys, and until when nothing is looked up for them.
    shut_out: moka::future::Cache<IpAddr, Instant>,
    /// Tells followers of what begins.
    teller: Teller,
}

impl DatabaseAuthority {
    pub fn new(
        database: Database,
        accounts: Arc<Accounts>,
        visibilities: Arc<Visibilities>,
        limits: &Limits,
        teller: Teller,
    ) -> Self {
        let shut_out =
            moka::future::Cache::builder().max_capacity(100_000).time_to_live(Duration::from_mins(1)).build();
        Self {
            database,
            accounts,
            visibilities,
            wrong_keys: Limiter::new(limits.wrong_key),
            sessions: Limiter::new(limits.whip),
            shut_out,
            teller,
        }
    }

    /// Forgets addresses and keys that have behaved for a while.
    pub fn forget_recovered(&self) {
        self.wrong_keys.forget_recovered();
        self.sessions.forget_recovered();
    }

    async fn wrong_key(&self, address: IpAddr) -> Denied {
        match self.wrong_keys.check(&address) {
            Ok(()) => Denied::Unauthorized,
            Err(Limited(wait)) => {
                self.shut_out.insert(address, Instant::now() + wait).await;
                Denied::TooMany { retry_after: wait }
            }
        }
    }
}

#[async_trait]
impl Authority for DatabaseAuthority {
    async fn may_publish(&self, request: &PublishRequest) -> Result<PublishGrant, Denied> {
        let address = limit_key(request.peer.ip());
        if let Some(until) = self.shut_out.get(&address).await
            && let Some(retry_after) = until.checked_duration_since(Instant::now())
        {
            return Err(Denied::TooMany { retry_after });
        }
        // The look-up is by hash, so its time tells nothing of how much of a key was right.
        let owner = storage::owner_of_key(&self.database, SecretHash::of(&request.key)).await.map_err(unavailable)?;
        let Some(owner) = owner else {
            info!(peer = %request.peer, protocol = request.protocol.name(), "a wrong stream key");
            return Err(self.wrong_key(address).await);
        };
        let (Ok(channel), Ok(key)) = (owner.channel_id.parse(), owner.key_id.parse()) else {
            return Err(Denied::Unavailable);
        };
        storage::key_used(&self.database, &owner.key_id, now()).await.map_err(unavailable)?;
        Ok(PublishGrant { channel, handle: Handle::new(&owner.handle), key })
    }

    async fn may_prepare(&self, grant: &PublishGrant) -> Result<(), Denied> {
        self.sessions.check(&grant.key).map_err(|Limited(retry_after)| Denied::TooMany { retry_after })
    }

    async fn may_play(&self, request: &PlayRequest) -> Result<(), Denied> {
        let known = self.visibilities.of(request.handle.as_str()).await.map_err(|error: channels::Error| {
            error!(%error, "cannot look up a channel");
            Denied::Unavailable
        })?;
        match known {
            Some((Visibility::Public | Visibility::Unlisted, _)) => Ok(()),
            Some((Visibility::Private, owner)) => {
                let session = match &request.token {
                    Some(token) => self.accounts.session(token).await.map_err(|error| {
                        error!(%error, "cannot look up a session");
                        Denied::Unavailable
                    })?,
                    None => None,
                };
                // To everybody else, a private channel does not exist.
                if session.is_some_and(|session| session.account == owner) { Ok(()) } else { Err(Denied::NotFound) }
            }
            None => Err(Denied::NotFound),
        }
    }

    async fn broadcast_started(&self, stream: &Arc<Stream>) -> Result<(), Denied> {
        let protocol = stream.ingest().protocol.name();
        storage::started(&self.database, stream.id, stream.channel, protocol, channels::live::started_at(stream))
            .await
            .map_err(unavailable)?;
        self.teller.went_live(stream.id, stream.channel);
        Ok(())
    }

    async fn broadcast_ended(&self, stream: &Arc<Stream>) {
        if let Err(error) = storage::ended(&self.database, stream.id, now()).await {
            // The next start closes it.
            error!(%error, broadcast = %stream.id, "cannot write down that a broadcast ended");
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function of errors")]
fn unavailable(error: Error) -> Denied {
    error!(%error, "the database cannot answer the live plane");
    Denied::Unavailable
}
