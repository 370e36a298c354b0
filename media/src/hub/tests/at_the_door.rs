//! A publisher that leaves while it is being let in.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::sync::Notify;

use crate::authority::{IngestProtocol, StaticAuthority};
use crate::hub::*;

/// Takes its time to write down that a broadcast began.
struct Slow {
    keys: StaticAuthority,
    beginning: Notify,
    go_on: Notify,
    ended: Notify,
    count: AtomicUsize,
}

#[async_trait]
impl Authority for Slow {
    async fn may_publish(&self, request: &PublishRequest) -> Result<PublishGrant, Denied> {
        self.keys.may_publish(request).await
    }

    async fn may_play(&self, request: &PlayRequest) -> Result<(), Denied> {
        self.keys.may_play(request).await
    }

    async fn broadcast_started(&self, _stream: &Arc<Stream>) -> Result<(), Denied> {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.beginning.notify_one();
        self.go_on.notified().await;
        Ok(())
    }

    async fn broadcast_ended(&self, _stream: &Arc<Stream>) {
        self.count.fetch_sub(1, Ordering::Relaxed);
        self.ended.notify_one();
    }
}

#[tokio::test]
async fn a_publisher_that_leaves_at_the_door_leaves_no_broadcast_behind() {
    let slow = Arc::new(Slow {
        keys: StaticAuthority::new([("key", "show")]),
        beginning: Notify::new(),
        go_on: Notify::new(),
        ended: Notify::new(),
        count: AtomicUsize::new(0),
    });
    let hub = Hub::new(slow.clone(), vec![], Duration::ZERO);
    let request = PublishRequest {
        key: "key".to_owned(),
        protocol: IngestProtocol::Whip,
        peer: ([127, 0, 0, 1], 1).into(),
        encoder: None,
    };
    tokio::select! {
        _ = hub.publish(request) => unreachable!("the authority has not answered"),
        () = slow.beginning.notified() => {}
    }
    slow.go_on.notify_one();
    tokio::time::timeout(Duration::from_mins(1), slow.ended.notified()).await.unwrap();
    assert_eq!(slow.count.load(Ordering::Relaxed), 0);
    assert!(hub.streams().is_empty());
}
