//! Channels that a room sends its people to, or tells them of; and who may ask for that, and for people by their handles.

use klieg_api::Handle;
use klieg_api::channels::Visibility;
use klieg_api::raids::ShoutOut;
use klieg_api::room::Author;
use uuid::Uuid;

use super::desk;
use super::state::{Target, not_given};
use super::{Error, Rooms, storage};
use crate::accounts::Session;
use crate::database::now;
use crate::http::problem::{Kind, Problem};

impl Rooms {
    /// Refuses who neither is the creator of a room nor one of its moderators.
    pub async fn keeper(&self, room: &Handle, session: Option<Session>) -> Result<(), Problem> {
        let session = session.ok_or_else(|| Problem::new(Kind::UNAUTHENTICATED, "Log in to take part."))?;
        let (channel, creator) = self.visible(room, Some(session)).await?;
        if session.account == creator || desk::rights(&self.database, channel, session.account).await?.is_some() {
            return Ok(());
        }
        Err(Problem::new(Kind::FORBIDDEN, "Only the creator and moderators may do this."))
    }

    /// Whose room it is that somebody sends people from; only the creator may, and moderators who have that right.
    pub async fn sender(&self, room: &Handle, session: Option<Session>) -> Result<Uuid, Problem> {
        let session = session.ok_or_else(|| Problem::new(Kind::UNAUTHENTICATED, "Log in to take part."))?;
        let (channel, creator) = self.visible(room, Some(session)).await?;
        if session.account == creator {
            return Ok(creator);
        }
        match desk::rights(&self.database, channel, session.account).await? {
            Some(rights) if rights.events => Ok(creator),
            Some(_) => Err(not_given()),
            None => Err(Problem::new(Kind::FORBIDDEN, "Only the creator and moderators may do this.")),
        }
    }

    /// A public channel that people are told of.
    pub async fn shouted(&self, handle: &Handle) -> Result<Target, Problem> {
        let (visibility, account) =
            self.visibilities.of(handle.as_str()).await.map_err(Error::from)?.ok_or(Error::NoChannel)?;
        if visibility != Visibility::Public {
            return Err(Error::NoChannel.into());
        }
        let row: Option<(String, String, String, bool)> = sqlx::query_as(
            "SELECT id, display_name, title, EXISTS (SELECT 1 FROM broadcasts WHERE broadcasts.channel_id = channels.id \
             AND ended_at IS NULL) FROM channels WHERE account_id = $1",
        )
        .bind(account.to_string())
        .fetch_optional(self.database.read())
        .await
        .map_err(crate::database::Error::from)?;
        let (channel, name, title, live) = row.ok_or(Error::NoChannel)?;
        let channel = channel.parse().map_err(|_| Error::NoChannel)?;
        let who = Author { handle: handle.clone(), name: (!name.is_empty()).then_some(name), badges: Vec::new() };
        Ok(Target { channel, account, shown: ShoutOut { channel: who, title, live } })
    }

    /// A channel that `raider`, the creator of the raiding one, may send people to: that one is live, and this one takes them.
    pub async fn raidable(&self, handle: &Handle, raider: Uuid) -> Result<Target, Problem> {
        let target = self.takes_raid(handle, raider).await?;
        let is_live: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM broadcasts JOIN channels ON channels.id = broadcasts.channel_id \
             WHERE channels.account_id = $1 AND ended_at IS NULL)",
        )
        .bind(raider.to_string())
        .fetch_one(self.database.read())
        .await
        .map_err(crate::database::Error::from)?;
        if is_live {
            return Ok(target);
        }
        Err(Problem::new(Kind::NOT_LIVE, "Go live first: a raid takes along who watches.").because("raid-go-live"))
    }

    /// A channel that takes people whom `raider` sends: it is public and live, takes raids and has not silenced them.
    pub async fn takes_raid(&self, handle: &Handle, raider: Uuid) -> Result<Target, Problem> {
        let target = self.shouted(handle).await?;
        if !target.shown.live {
            return Err(Problem::new(Kind::NOT_LIVE, "Only a channel that is live can be raided."));
        }
        let (settings, is_silenced): (String, bool) = sqlx::query_as(
            "SELECT coalesce((SELECT settings FROM rooms WHERE channel_id = $1), '{}'), EXISTS (SELECT 1 FROM room_silences \
             WHERE channel_id = $1 AND account_id = $2 AND (until IS NULL OR until > $3))",
        )
        .bind(target.channel.to_string())
        .bind(raider.to_string())
        .bind(crate::database::millis(now()))
        .fetch_one(self.database.read())
        .await
        .map_err(crate::database::Error::from)?;
        if storage::read_settings(&target.channel.to_string(), &settings).refuses_raids || is_silenced {
            return Err(Problem::new(Kind::RAIDS_REFUSED, "This channel does not take your raid."));
        }
        Ok(target)
    }
}
