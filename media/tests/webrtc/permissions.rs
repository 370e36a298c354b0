//! A channel that becomes private while people watch it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::http::Method;
use klieg_media::authority::{Authority, Denied, Handle, PlayRequest, PublishGrant, PublishRequest, StaticAuthority};

use crate::support::peer::{Peer, Wish};
use crate::support::show::{Publisher, watch};
use crate::support::{HANDLE, KEY, SDP, Server, until};

/// Lets everybody watch, until the channel is private: then whoever brings the owner's token.
struct Doorkeeper {
    list: StaticAuthority,
    private: AtomicBool,
    asked: AtomicUsize,
}

#[derive(Clone)]
struct Door(Arc<Doorkeeper>);

#[async_trait]
impl Authority for Door {
    async fn may_publish(&self, request: &PublishRequest) -> Result<PublishGrant, Denied> {
        self.0.list.may_publish(request).await
    }

    async fn may_play(&self, request: &PlayRequest) -> Result<(), Denied> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        let open = !self.0.private.load(Ordering::SeqCst) || request.handle.as_str() != HANDLE;
        if open || request.token.as_deref() == Some("owner") { Ok(()) } else { Err(Denied::NotFound) }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_not_watch_any_more_is_sent_away_and_the_owner_goes_on() {
    let list = StaticAuthority::new([(KEY, HANDLE), ("bob-key", "bob")]);
    let door = Door(Arc::new(Doorkeeper { list, private: AtomicBool::new(false), asked: AtomicUsize::new(0) }));
    let server = Server::behind(door.clone(), Duration::from_secs(5), |_| {});
    let _publisher = Publisher::start(&server).await;
    let mut strangers = [watch(&server).await, watch(&server).await, watch(&server).await];
    let mut owner = Peer::new(Wish::PLAY).await;
    let headers = [("authorization", "Bearer owner"), ("content-type", SDP)];
    let created = server.request(Method::POST, &format!("/whep/{HANDLE}"), &headers, owner.offer.clone()).await;
    owner.accept(&created.body);
    owner.picture().await;
    let stream = server.stream().unwrap();
    until("four watch", || stream.viewers() == 4).await;

    // Another channel's change is nothing to them.
    let before = door.0.asked.load(Ordering::SeqCst);
    server.hub.permissions_changed(&Handle::new("bob"));
    door.0.private.store(true, Ordering::SeqCst);
    server.hub.permissions_changed(&Handle::new(HANDLE));
    for stranger in &mut strangers {
        stranger.closed().await;
    }
    until("one watches", || stream.viewers() == 1).await;
    assert_eq!(door.0.asked.load(Ordering::SeqCst) - before, 2, "once for all strangers, and once for the owner");
    for _ in 0..30 {
        owner.picture().await;
    }
}
