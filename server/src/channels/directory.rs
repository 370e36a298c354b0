//! Who is live now, as everybody may know: made once a second at most, and read by every visitor of the home page
//! without touching the database.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use klieg_api::channels::{Category, Channel};
use klieg_media::hub::Hub;
use klieg_media::stream::Stream;

use super::{Error, live, storage};
use crate::database::Database;

/// How old the directory may be. Viewer counts and new broadcasts appear this late.
const FRESH: Duration = Duration::from_secs(1);

pub(super) struct Directory {
    database: Database,
    hub: Arc<Hub>,
    snapshot: moka::future::Cache<(), Arc<Snapshot>>,
}

/// The public channels that were live at one moment.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    /// Most viewers first, then by handle.
    pub channels: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub id: String,
    pub created_at: i64,
    pub channel: Channel,
}

impl Entry {
    pub(super) fn viewers(&self) -> u64 {
        self.channel.live.as_ref().map_or(0, |live| live.viewers)
    }
}

impl Directory {
    pub(super) fn new(database: Database, hub: Arc<Hub>) -> Self {
        let snapshot = moka::future::Cache::builder().max_capacity(1).time_to_live(FRESH).build();
        Self { database, hub, snapshot }
    }

    pub(super) async fn snapshot(&self) -> Result<Arc<Snapshot>, Error> {
        // One caller makes it, the others wait for that one.
        self.snapshot
            .try_get_with((), async { self.make().await.map(Arc::new) })
            .await
            .map_err(|error: Arc<Error>| Error::Directory(error.to_string()))
    }

    /// The next caller gets a new one.
    pub(super) async fn refresh(&self) {
        self.snapshot.invalidate(&()).await;
    }

    async fn make(&self) -> Result<Snapshot, Error> {
        let streams: HashMap<String, Arc<Stream>> =
            self.hub.streams().into_iter().map(|stream| (stream.channel.to_string(), stream)).collect();
        let ids: Vec<String> = streams.keys().cloned().collect();
        let mut channels = Vec::with_capacity(ids.len());
        for some in ids.chunks(1_000) {
            for row in storage::public_of(&self.database, some).await? {
                let live = streams.get(&row.id).and_then(|stream| live::live(stream));
                let Some(channel) = row.channel().filter(|_| live.is_some()) else { continue };
                channels.push(Entry { id: row.id, created_at: row.created_at, channel: Channel { live, ..channel } });
            }
        }
        channels.sort_by(|a, b| b.viewers().cmp(&a.viewers()).then_with(|| a.channel.handle.cmp(&b.channel.handle)));
        Ok(Snapshot { channels })
    }
}

impl Snapshot {
    pub(super) fn ids(&self) -> Vec<String> {
        self.channels.iter().map(|entry| entry.id.clone()).collect()
    }

    /// The categories somebody is live in, most viewers first, then by name.
    pub(super) fn categories(&self) -> Vec<Category> {
        let mut categories: HashMap<String, Category> = HashMap::new();
        for entry in self.channels.iter().filter(|entry| !entry.channel.category.is_empty()) {
            let category = categories.entry(entry.channel.category.to_lowercase()).or_insert_with(|| Category {
                name: entry.channel.category.clone(),
                channels: 0,
                viewers: 0,
            });
            category.channels += 1;
            category.viewers += entry.viewers();
        }
        let mut categories: Vec<_> = categories.into_values().collect();
        categories.sort_by(|a, b| b.viewers.cmp(&a.viewers).then_with(|| a.name.cmp(&b.name)));
        categories
    }
}
