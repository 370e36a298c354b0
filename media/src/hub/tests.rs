//! Authorities that answer at the worst moment.

mod at_the_door;

use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::*;
use crate::authority::IngestProtocol;

/// Decides at once and answers when told to.
struct Slow {
    grant: PublishGrant,
    revoked: AtomicBool,
    asked: Semaphore,
    answers: Semaphore,
    ended: AtomicU64,
}

#[async_trait]
impl Authority for Slow {
    async fn may_publish(&self, _: &PublishRequest) -> Result<PublishGrant, Denied> {
        let revoked = self.revoked.load(Ordering::SeqCst);
        self.asked.add_permits(1);
        let _answer = self.answers.acquire().await;
        if revoked { Err(Denied::Unauthorized) } else { Ok(self.grant.clone()) }
    }

    async fn may_play(&self, _: &PlayRequest) -> Result<(), Denied> {
        Ok(())
    }

    async fn broadcast_ended(&self, _: &Arc<Stream>) {
        tokio::task::yield_now().await;
        self.ended.fetch_add(1, Ordering::SeqCst);
    }
}

fn slow() -> (Arc<Slow>, Arc<Hub>) {
    let authority = Arc::new(Slow {
        grant: PublishGrant { channel: Uuid::now_v7(), handle: Handle::new("ada"), key: Uuid::now_v7() },
        revoked: AtomicBool::new(false),
        asked: Semaphore::new(0),
        answers: Semaphore::new(0),
        ended: AtomicU64::new(0),
    });
    let hub = Hub::new(authority.clone(), Vec::new(), Duration::from_mins(1));
    (authority, hub)
}

fn request() -> PublishRequest {
    let peer = ([127, 0, 0, 1], 9).into();
    PublishRequest { key: "key".into(), protocol: IngestProtocol::Rtmp, peer, encoder: None }
}

#[tokio::test]
async fn a_key_revoked_while_its_publisher_is_let_in_does_not_slip_through() {
    let (authority, hub) = slow();
    let publishing = tokio::spawn({
        let hub = hub.clone();
        async move { hub.publish(request()).await.map(drop) }
    });
    authority.asked.acquire().await.unwrap().forget();
    authority.revoked.store(true, Ordering::SeqCst);
    hub.revoke_key(authority.grant.key);
    authority.answers.add_permits(1);
    assert_eq!(publishing.await.unwrap(), Err(PublishError::Denied(Denied::Unauthorized)));
    assert!(hub.streams().is_empty());
}

#[tokio::test]
async fn draining_waits_until_every_end_is_told() {
    let (authority, hub) = slow();
    authority.answers.add_permits(1);
    let publisher = hub.publish(request()).await.unwrap();
    publisher.finish();
    hub.drain().await;
    assert_eq!(authority.ended.load(Ordering::SeqCst), 1);
    assert!(matches!(hub.publish(request()).await, Err(PublishError::Draining)));
}
