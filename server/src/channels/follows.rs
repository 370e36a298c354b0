//! Following: who follows what, and the list of it.

use std::collections::HashSet;

use klieg_api::channels::{Channel, Visibility};
use klieg_api::{Handle, Page};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::storage::{self, FollowedRow};
use super::{Channels, Error, rules};
use crate::accounts::Session;
use crate::http::page;
use crate::http::problem::Problem;

/// Where a page of the followed channels ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Position {
    #[serde(rename = "l")]
    live: bool,
    #[serde(rename = "t")]
    followed_at: i64,
    id: String,
}

impl Channels {
    /// Follows a channel; doing so twice is the same as once. Returns the channel's identifier.
    pub async fn follow(&self, session: &Session, handle: &Handle, now: OffsetDateTime) -> Result<String, Error> {
        let row = self.visible(handle, Some(session)).await?;
        if row.account_id == session.account.to_string() {
            return Err(Error::Own);
        }
        storage::follow(&self.database, session.account, &row.id, now).await?;
        Ok(row.id)
    }

    /// Stops following. A channel that has become private can still be left by those who followed it. Returns the channel's
    /// identifier.
    pub async fn unfollow(&self, session: &Session, handle: &Handle) -> Result<String, Error> {
        let row = storage::by_handle(&self.database, handle).await?.ok_or(Error::NotFound)?;
        let followed = storage::unfollow(&self.database, session.account, &row.id).await?;
        let hidden =
            rules::visibility(&row.visibility) == Visibility::Private && row.account_id != session.account.to_string();
        if hidden && !followed { Err(Error::NotFound) } else { Ok(row.id) }
    }

    /// A page of the channels the caller follows: the live ones first, then by when they were followed.
    pub async fn following(
        &self,
        session: &Session,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Page<Channel>, Problem> {
        let limit = page::limit(limit)?;
        let after: Option<Position> = page::decode(cursor)?;
        let live: Vec<String> = self.hub.streams().iter().map(|stream| stream.channel.to_string()).collect();
        let mut items = Vec::new();
        let (mut after_live, mut after_rest) = (None, None);
        match after {
            Some(Position { live: true, followed_at, id }) => after_live = Some((followed_at, id)),
            Some(Position { live: false, followed_at, id }) => after_rest = Some((followed_at, id)),
            None => {}
        }
        let database = &self.database;
        if after_rest.is_none() {
            let rows = storage::followed(database, session.account, Some(&live), &[], after_live, limit + 1)
                .await
                .map_err(Problem::from)?;
            items.extend(rows.into_iter().map(|row| (true, row)));
        }
        if items.len() <= limit {
            let most = limit + 1 - items.len();
            let rows = storage::followed(database, session.account, None, &live, after_rest, most)
                .await
                .map_err(Problem::from)?;
            items.extend(rows.into_iter().map(|row| (false, row)));
        }
        let page = page::page(items, limit, |(live, row): &(bool, FollowedRow)| Position {
            live: *live,
            followed_at: row.followed_at,
            id: row.channel.id.clone(),
        })?;
        let mut channels = Vec::with_capacity(page.items.len());
        for (_, row) in page.items {
            channels.push(Channel { following: Some(true), ..self.with_live(&row.channel)? });
        }
        Ok(Page { items: channels, next_cursor: page.next_cursor })
    }

    /// Says of each channel whether the caller follows it; `ids` belong to `channels` in order.
    pub(super) async fn mark_followed(
        &self,
        session: Option<&Session>,
        ids: &[String],
        channels: &mut [Channel],
    ) -> Result<(), Error> {
        let Some(session) = session else { return Ok(()) };
        let followed: HashSet<String> =
            storage::followed_of(&self.database, session.account, ids).await?.into_iter().collect();
        for (id, channel) in ids.iter().zip(channels) {
            channel.following = Some(followed.contains(id));
        }
        Ok(())
    }
}
