//! Who may watch a channel, answered quickly: asked on every WHEP session and every HLS request.

use std::sync::Arc;
use std::time::Duration;

use klieg_api::Handle;
use klieg_api::channels::Visibility;
use uuid::Uuid;

use super::{Error, rules, storage};
use crate::database::Database;

/// How long an answer is believed. A change made in this process counts at once.
const BELIEVED: Duration = Duration::from_secs(5);

/// Visibility and owner of channels asked for lately.
pub struct Visibilities {
    database: Database,
    known: moka::future::Cache<String, Option<(Visibility, Uuid)>>,
}

impl Visibilities {
    pub fn new(database: Database) -> Self {
        Self { database, known: moka::future::Cache::builder().max_capacity(50_000).time_to_live(BELIEVED).build() }
    }

    /// The visibility of a channel and the account it belongs to; `None` if there is no such channel.
    pub async fn of(&self, handle: &str) -> Result<Option<(Visibility, Uuid)>, Error> {
        let Ok(handle) = handle.parse::<Handle>() else { return Ok(None) };
        let look_up = async {
            let row = storage::by_handle(&self.database, &handle).await?;
            Ok(row.and_then(|row| Some((rules::visibility(&row.visibility), row.account_id.parse().ok()?))))
        };
        self.known
            .try_get_with(handle.as_str().to_owned(), look_up)
            .await
            .map_err(|error: Arc<Error>| Error::Directory(error.to_string()))
    }

    pub(super) async fn forget(&self, handle: &str) {
        self.known.invalidate(handle).await;
    }
}
