//! What somebody is told, read page by page: their own notices among the live channels that they follow. And until when they
//! have seen it.

use klieg_api::notifications::{MAX_PAGE, NotificationPage};
use time::OffsetDateTime;
use uuid::Uuid;

use super::spread::News;
use super::storage::{self, Found, Span};
use super::{Alerts, KEPT};
use crate::database::{self, millis, now};
use crate::http::page;
use crate::http::problem::{Fields, Problem};

/// Notifications on a page, unless another number is asked for.
const USUAL: u32 = 20;

impl Alerts {
    /// A page of what `account` is told.
    pub(super) async fn page(
        &self,
        account: Uuid,
        before: Option<&str>,
        limit: Option<u32>,
        now: OffsetDateTime,
    ) -> Result<NotificationPage, Problem> {
        let limit = check_limit(limit)?;
        let before: Option<(i64, String)> = page::decode(before)?;
        let since = millis(now - KEPT);
        let span = Span { since, before, limit: limit + 1 };
        let seen = storage::seen(&self.database, account).await?;
        let mut found = storage::live(&self.database, account, &span).await?;
        found.extend(storage::notices(&self.database, account, &span).await?);
        found.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| b.notification.id.cmp(&a.notification.id)));
        for found in &mut found {
            found.notification.seen = found.at <= seen;
        }
        let page = page::page(found, limit, |last: &Found| (last.at, last.notification.id.clone()))?;
        Ok(NotificationPage {
            items: page.items.into_iter().map(|found| found.notification).collect(),
            next_cursor: page.next_cursor,
            unseen: storage::count(&self.database, account, since.max(seen)).await?,
        })
    }

    /// How many there are now that `account` has not seen.
    pub(super) async fn unseen(&self, account: Uuid) -> Result<u32, database::Error> {
        let seen = storage::seen(&self.database, account).await?;
        storage::count(&self.database, account, seen.max(millis(now() - KEPT))).await
    }

    /// Notes until when somebody has seen everything, and tells their other connections.
    pub(super) async fn see(
        &self,
        account: Uuid,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<(), database::Error> {
        let until = millis(until.min(now));
        if storage::see(&self.database, account, until).await? {
            self.spread(News::Seen { account, until }).await;
        }
        Ok(())
    }
}

fn check_limit(asked: Option<u32>) -> Result<usize, Problem> {
    let limit = asked.unwrap_or(USUAL);
    let mut fields = Fields::default();
    if !(1..=MAX_PAGE).contains(&limit) {
        fields.wrong("limit", format!("ask for 1 to {MAX_PAGE} items"));
    }
    fields.finish(Some(limit as usize))
}
