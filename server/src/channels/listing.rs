//! The list of channels: filtered, sorted, paged.
//!
//! Who is live comes from the [`directory`](super::directory), who is not from the database. A cursor holds the sort key
//! and the identity of the last item, so a page goes on after it whatever has been added or removed since.

use klieg_api::Page;
use klieg_api::channels::{Category, Channel};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa::ToSchema;

use super::directory::{Entry, Snapshot};
use super::storage::{self, Listing, Order};
use super::{Channels, Error};
use crate::accounts::Session;
use crate::http::page;
use crate::http::problem::Problem;

/// The query of `GET /api/v1/channels`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only channels that are live, or only those that are not.
    pub live: Option<bool>,
    /// Only channels of this category, in any case of letters.
    pub category: Option<String>,
    /// Only channels whose handle, name, title, category or tags contain this.
    pub q: Option<String>,
    pub sort: Option<Sort>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// 1 to 100 items; 24 if absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// Live channels by viewers, then the others by followers.
    #[default]
    Viewers,
    Followers,
    /// The channel made last first.
    Newest,
}

/// Where a page ended.
#[derive(Debug, Serialize, Deserialize)]
enum Position {
    /// Among the live: sort key and handle.
    #[serde(rename = "l")]
    Live(i64, String),
    /// Among the stored: sort key and identifier.
    #[serde(rename = "s")]
    Stored(i64, String),
}

struct Item {
    id: String,
    channel: Channel,
    position: Position,
}

impl Channels {
    /// A page of the public channels.
    pub async fn list(&self, query: &ListQuery, session: Option<&Session>) -> Result<Page<Channel>, Problem> {
        let limit = page::limit(query.limit)?;
        let after: Option<Position> = page::decode(query.cursor.as_deref())?;
        let sort = query.sort.unwrap_or_default();
        let category = non_empty(query.category.as_deref());
        let search = non_empty(query.q.as_deref());
        let snapshot = self.directory.snapshot().await.map_err(Problem::from)?;

        let live_first = query.live == Some(true) || (query.live.is_none() && sort == Sort::Viewers);
        let mut items = Vec::new();
        if live_first && !matches!(after, Some(Position::Stored(..))) {
            let after = match &after {
                Some(Position::Live(key, handle)) => Some((*key, handle.as_str())),
                _ => None,
            };
            items = live_items(&snapshot, category, search, sort, after, limit + 1);
        }
        if query.live != Some(true) && items.len() <= limit {
            let without = if live_first || query.live == Some(false) { snapshot.ids() } else { Vec::new() };
            let listing = Listing {
                category,
                search,
                without: &without,
                order: if sort == Sort::Newest { Order::Newest } else { Order::Followers },
                after: match after {
                    Some(Position::Stored(key, id)) => Some((key, id)),
                    _ => None,
                },
                limit: limit + 1 - items.len(),
            };
            items.extend(self.stored_items(&snapshot, &listing).await?);
        }
        let page = page::page(items, limit, |item| match &item.position {
            Position::Live(key, handle) => Position::Live(*key, handle.clone()),
            Position::Stored(key, id) => Position::Stored(*key, id.clone()),
        })?;
        let (ids, mut channels): (Vec<_>, Vec<_>) = page.items.into_iter().map(|item| (item.id, item.channel)).unzip();
        self.mark_followed(session, &ids, &mut channels).await?;
        Ok(Page { items: channels, next_cursor: page.next_cursor })
    }

    async fn stored_items(&self, snapshot: &Snapshot, listing: &Listing<'_>) -> Result<Vec<Item>, Error> {
        let rows = storage::list(&self.database, listing).await?;
        let items = rows.into_iter().filter_map(|row| {
            let mut channel = row.channel()?;
            channel.live =
                snapshot.channels.iter().find(|entry| entry.id == row.id).and_then(|entry| entry.channel.live.clone());
            Some(Item { position: Position::Stored(listing.order.key(&row), row.id.clone()), id: row.id, channel })
        });
        Ok(items.collect())
    }

    /// A page of the categories somebody is live in.
    pub async fn categories(&self, cursor: Option<&str>, limit: Option<u32>) -> Result<Page<Category>, Problem> {
        let limit = page::limit(limit)?;
        let after: Option<(u64, String)> = page::decode(cursor)?;
        let snapshot = self.directory.snapshot().await.map_err(Problem::from)?;
        let follows = |category: &Category| {
            after.as_ref().is_none_or(|(viewers, name)| {
                category.viewers < *viewers || (category.viewers == *viewers && category.name > *name)
            })
        };
        let items = snapshot.categories().into_iter().filter(follows).take(limit + 1).collect();
        page::page(items, limit, |category: &Category| (category.viewers, category.name.clone()))
    }
}

fn live_items(
    snapshot: &Snapshot,
    category: Option<&str>,
    search: Option<&str>,
    sort: Sort,
    after: Option<(i64, &str)>,
    most: usize,
) -> Vec<Item> {
    let search = search.map(str::to_lowercase);
    let key = |entry: &Entry| match sort {
        Sort::Viewers => entry.viewers() as i64,
        Sort::Followers => entry.channel.followers as i64,
        Sort::Newest => entry.created_at,
    };
    let follows = |entry: &Entry| {
        after.is_none_or(|(after_key, after_handle)| {
            let key = key(entry);
            key < after_key || (key == after_key && entry.channel.handle.as_str() > after_handle)
        })
    };
    let mut entries: Vec<&Entry> = snapshot
        .channels
        .iter()
        .filter(|entry| category.is_none_or(|category| entry.channel.category.eq_ignore_ascii_case(category)))
        .filter(|entry| search.as_deref().is_none_or(|search| mentions(&entry.channel, search)))
        .filter(|entry| follows(entry))
        .collect();
    if sort != Sort::Viewers {
        entries.sort_by(|a, b| key(b).cmp(&key(a)).then_with(|| a.channel.handle.cmp(&b.channel.handle)));
    }
    let item = |entry: &Entry| Item {
        id: entry.id.clone(),
        channel: entry.channel.clone(),
        position: Position::Live(key(entry), entry.channel.handle.to_string()),
    };
    entries.into_iter().take(most).map(item).collect()
}

/// Whether a channel's texts contain `search`, which is in lower case.
fn mentions(channel: &Channel, search: &str) -> bool {
    let name = channel.display_name.as_deref().unwrap_or_default();
    let texts = [channel.handle.as_str(), name, &channel.title, &channel.category];
    texts.into_iter().chain(channel.tags.iter().map(String::as_str)).any(|text| text.to_lowercase().contains(search))
}

fn non_empty(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}
