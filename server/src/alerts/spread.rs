//! Telling people who are connected, at once: those of this server, and through the bus those of the others.
//!
//! Nobody counts on it: whoever was not reached reads it later. So what a full bus loses is not sent again.

use klieg_api::live::Frame;
use klieg_api::notifications::Notification;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Alerts, storage, surely};
use crate::cluster::ServerId;
use crate::database::moment;
use crate::socket::frame;

/// Where servers say what people are told.
pub(super) const SUBJECT: &str = "klieg.alerts";
/// Connections served before others get their turn.
const PIECE: usize = 128;

/// What is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum News {
    /// To a channel's followers.
    Live { channel: Uuid, notification: Notification },
    /// To one person.
    Personal { account: Uuid, notification: Notification },
    /// To one person: they have seen everything until then, in milliseconds since 1970.
    Seen { account: Uuid, until: i64 },
    /// To one person: these messages are deleted.
    Withdrawn { account: Uuid, messages: Vec<String> },
}

/// What one server says to the others.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    from: ServerId,
    news: News,
}

impl Alerts {
    /// Tells everybody whom it concerns and who is connected to any server.
    pub(super) async fn spread(&self, news: News) {
        if let Some(cluster) = &self.cluster {
            let note = Note { from: cluster.id, news: news.clone() };
            // Plain data with string keys, which always serialises.
            let bytes = serde_json::to_vec(&note).unwrap_or_default();
            cluster.bus.publish(SUBJECT.to_owned(), bytes.into());
        }
        self.tell(news).await;
    }

    /// Another server says something, or this one hears itself.
    pub(super) async fn heard(&self, message: &[u8]) {
        let Ok(note) = serde_json::from_slice::<Note>(message) else { return };
        if self.cluster.as_ref().is_some_and(|cluster| cluster.id != note.from) {
            self.tell(note.news).await;
        }
    }

    /// Tells those who are connected to this server.
    async fn tell(&self, news: News) {
        match news {
            News::Live { channel, notification } => self.tell_followers(channel, notification).await,
            News::Personal { account, notification } => {
                self.sockets.tell(account, &frame::text(&Frame::Notification { notification }));
            }
            News::Seen { account, until } => {
                self.sockets.tell(account, &frame::text(&Frame::NotificationsSeen { until: moment(until) }));
            }
            News::Withdrawn { account, messages } => self.tell_withdrawn(account, messages).await,
        }
    }

    /// With how many are left, which is counted only for who is here.
    async fn tell_withdrawn(&self, account: Uuid, ids: Vec<String>) {
        if !self.sockets.is_here(account) {
            return;
        }
        if let Some(unseen) = surely(account, 1, || self.unseen(account)).await {
            self.sockets.tell(account, &frame::text(&Frame::NotificationsWithdrawn { ids, unseen }));
        }
    }

    /// However many follow: who of those that are here does is one question to the database.
    async fn tell_followers(&self, channel: Uuid, notification: Notification) {
        let here = self.sockets.people();
        if here.is_empty() {
            return;
        }
        let among = || storage::followers_among(&self.database, channel, &here);
        let Some(followers) = surely(channel, 1, among).await else { return };
        let frame = frame::text(&Frame::Notification { notification });
        for piece in followers.chunks(PIECE) {
            for account in piece {
                self.sockets.tell(*account, &frame);
            }
            tokio::task::yield_now().await;
        }
    }
}
