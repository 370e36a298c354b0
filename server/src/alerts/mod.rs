//! Alerts: what people are told of without having been there.
//!
//! Owns the tables `announcements`, `notices` and `notifications_seen`. Rooms and the live plane say what happened through a
//! [`Teller`], which never makes them wait; one task writes it down, many at a time, and tells whoever is connected, here and
//! on the other servers ([`spread`]). That a channel went live is one row however many follow it: whose it is, is found when
//! it is read, by what they follow.

mod page;
mod routes;
mod spread;
mod storage;
mod teller;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use klieg_api::Handle;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use tracing::error;
use uuid::Uuid;

pub use routes::routes;
pub use teller::{Inbox, Teller};

use crate::bus::{self, Subscription};
use crate::cluster::Cluster;
use crate::config::Rate;
use crate::database::{self, Database, now};
use crate::http::limiter::Limiter;
use crate::socket::Registry;
use spread::News;
use teller::Happened;

/// How long something is there to be read.
const KEPT: time::Duration = time::Duration::days(30);
/// Written down at once.
const BATCH: usize = 256;
/// Once a batch is written, the next is gathered for so long.
const GATHER: Duration = Duration::from_millis(50);
/// Messages of one transaction: rooms write as well, and wait for it.
const PIECE: usize = 32;
/// How often a busy database is asked again.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// People who were named in a room, or answered, and are not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The message's identifier.
    pub message: String,
    pub author: Uuid,
    pub whom: Vec<Named>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub handle: Handle,
    /// The message answers one of theirs.
    pub is_answered: bool,
}

/// Writes down what people are told, tells it, and reads it to them.
pub struct Alerts {
    database: Database,
    sockets: Arc<Registry>,
    /// The other servers, if there are any.
    cluster: Option<Arc<Cluster>>,
    /// After a show so long has to pass until followers are told of another.
    cooldown: Duration,
    /// How many people each author has named lately; more are not told of it.
    named: Limiter<Uuid>,
}

impl Alerts {
    pub fn new(
        database: Database,
        sockets: Arc<Registry>,
        cluster: Option<Arc<Cluster>>,
        cooldown: Duration,
        mentions: Rate,
    ) -> Arc<Self> {
        Arc::new(Self { database, sockets, cluster, cooldown, named: Limiter::new(mentions) })
    }

    /// The task that writes down and tells what happened, and what other servers say did. After `stop` it takes no more, and
    /// ends when all is written.
    pub fn run(self: Arc<Self>, inbox: Inbox, stop: CancellationToken) -> impl Future<Output = ()> + Send {
        // At once, so that nothing is missed that another server says before the task has its first turn.
        let elsewhere = self.cluster.as_ref().map(|cluster| cluster.bus.subscribe(spread::SUBJECT.to_owned()));
        self.serve(inbox, elsewhere, stop)
    }

    async fn serve(self: Arc<Self>, mut inbox: Inbox, mut elsewhere: Option<Subscription>, stop: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                received = inbox.recv_many(&mut batch, BATCH) => if received == 0 { return },
                message = bus::next_of(elsewhere.as_mut()) => {
                    self.heard(&message).await;
                    continue;
                }
                () = stop.cancelled(), if !inbox.is_closed() => {
                    inbox.close();
                    continue;
                }
            }
            self.take(&mut batch).await;
            if !inbox.is_closed() {
                tokio::time::sleep(GATHER).await;
            }
        }
    }

    async fn take(&self, batch: &mut Vec<Happened>) {
        let (mut mentions, mut withdrawn) = (Vec::new(), Vec::new());
        for happened in batch.drain(..) {
            match happened {
                Happened::Named(mut mention) => {
                    let author = mention.author;
                    mention.whom.retain(|_| self.named.check(&author).is_ok());
                    mentions.push(mention);
                }
                Happened::WentLive { broadcast, channel } => self.announce(broadcast, channel, now()).await,
                Happened::Withdrawn(messages) => withdrawn.extend(messages),
            }
        }
        for piece in mentions.chunks(PIECE) {
            self.note(piece, now()).await;
        }
        // Last: nobody is told of a message any more that is deleted by now, so what was told before is all there is.
        for piece in withdrawn.chunks(BATCH) {
            self.withdraw(piece).await;
        }
    }

    /// Tells a channel's followers that it is live, once for a broadcast, and unless they were told of another one just before.
    async fn announce(&self, broadcast: Uuid, channel: Uuid, now: OffsetDateTime) {
        let announce = || storage::announce(&self.database, broadcast, channel, now, now - self.cooldown);
        let Some(told) = surely(broadcast, 1, announce).await else { return };
        let outcome = if told.is_some() { "told" } else { "not told" };
        metrics::counter!("klieg_alerts_broadcasts_total", "outcome" => outcome).increment(1);
        if let Some(notification) = told {
            self.spread(News::Live { channel, notification }).await;
        }
    }

    /// Tells people that they were named.
    async fn note(&self, mentions: &[Mention], now: OffsetDateTime) {
        let note = || storage::note(&self.database, mentions, now);
        let told = surely(mentions, mentions.len(), note).await.unwrap_or_default();
        metrics::counter!("klieg_alerts_notices_total").increment(told.len() as u64);
        for (account, notification) in told {
            self.spread(News::Personal { account, notification }).await;
        }
    }

    /// Tells people that messages are deleted which they were told of.
    async fn withdraw(&self, messages: &[String]) {
        let told_of = || storage::told_of(&self.database, messages);
        for (account, messages) in surely(messages, messages.len(), told_of).await.unwrap_or_default() {
            self.spread(News::Withdrawn { account, messages }).await;
        }
    }

    /// Deletes what is too old to be read.
    pub async fn purge(&self, now: OffsetDateTime) -> Result<(), database::Error> {
        self.named.forget_recovered();
        storage::purge(&self.database, now - KEPT).await
    }
}

/// What the database says, which is asked again while it is busy. If it does not answer, people are not told of `what`, so many
/// things.
async fn surely<T, F>(what: impl Debug, count: usize, ask: impl Fn() -> F) -> Option<T>
where
    F: Future<Output = Result<T, database::Error>>,
{
    for attempt in 1..=ATTEMPTS {
        match ask().await {
            Ok(answer) => return Some(answer),
            Err(error) if attempt == ATTEMPTS => {
                error!(%error, ?what, "people are not told of something");
                teller::dropped(count);
            }
            Err(_) => tokio::time::sleep(PAUSE * attempt).await,
        }
    }
    None
}
