//! Publishers that come back, take over or end; viewers that stay, leave or are told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::http::Method;
use klieg_media::authority::{
    Authority, Denied, IngestProtocol, PlayRequest, PublishGrant, PublishRequest, StaticAuthority,
};
use klieg_media::stream::{Stream, StreamState};
use tokio::sync::Semaphore;

use crate::support::peer::{Peer, Wish};
use crate::support::show::{Publisher, number, watch};
use crate::support::{HANDLE, KEY, PATIENCE, Server, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_stay_while_a_dropped_publisher_comes_back() {
    let server = Server::start();
    let publisher = Publisher::start(&server).await;
    let mut viewer = watch(&server).await;
    let mut last = number(&viewer.picture().await.data);
    let broadcast = server.stream().unwrap().id;
    publisher.leave();
    waits(&server.stream().unwrap()).await;
    while let Ok(picture) = tokio::time::timeout(Duration::from_millis(400), viewer.picture()).await {
        last = number(&picture.data);
    }
    let _again = Publisher::start(&server).await;
    assert_eq!(server.stream().unwrap().id, broadcast);
    // On a busy machine some that were sent before may come only now.
    let back = loop {
        let picture = number(&viewer.picture().await.data);
        if picture <= last {
            break picture;
        }
        last = picture;
    };
    assert_eq!(back, Some(0), "the picture resumes with a keyframe");
    assert_eq!(server.stream().unwrap().viewers(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_publisher_takes_over_and_the_first_is_told() {
    let server = Server::start();
    let mut first = Publisher::start(&server).await;
    let mut viewer = watch(&server).await;
    viewer.picture().await;
    let broadcast = server.stream().unwrap().id;
    let _second = Publisher::start(&server).await;
    first.closed().await;
    assert_eq!(server.stream().unwrap().id, broadcast);
    assert_eq!(server.stream().unwrap().ingest().reconnects, 1);
    while number(&viewer.picture().await.data) != Some(0) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_that_never_connects_does_not_touch_the_live_show() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let idle = Peer::new(Wish::PUBLISH).await;
    assert_eq!(server.whip(&idle.offer).await.status, 201);
    let mut viewer = watch(&server).await;
    viewer.picture().await;
    assert_eq!(server.stream().unwrap().ingest().reconnects, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_the_publisher_ends_the_show_and_tells_the_viewers() {
    let server = Server::start();
    let mut publisher = Publisher::start(&server).await;
    let mut viewer = watch(&server).await;
    viewer.picture().await;
    let stream = server.stream().unwrap();
    let deleted = server.request(Method::DELETE, &publisher.location, &[], "").await;
    assert_eq!(deleted.status, 200);
    viewer.closed().await;
    publisher.closed().await;
    assert_eq!(stream.state(), StreamState::Ended);
    assert!(server.stream().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encoder_that_closes_the_connection_and_then_deletes_its_session_ends_the_show() {
    let server = Server::start();
    let mut publisher = Publisher::start(&server).await;
    let mut viewer = watch(&server).await;
    let stream = server.stream().unwrap();
    loop {
        publisher.leave();
        waits(&stream).await;
        // Its session is there for two seconds, which may pass on a busy machine: then it comes back and does so again.
        let deleted = server.request(Method::DELETE, &publisher.location, &[], "").await.status;
        if deleted == 200 {
            break;
        }
        assert_eq!(deleted, 404);
        publisher = Publisher::start(&server).await;
        until("the broadcast is live again", || stream.state() == StreamState::Live).await;
    }
    assert_eq!(stream.state(), StreamState::Ended);
    assert!(server.stream().is_none());
    viewer.closed().await;
    assert_eq!(server.request(Method::DELETE, &publisher.location, &[], "").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_over_from_an_encoder_that_has_left_keeps_the_show() {
    let server = Server::start();
    let first = Publisher::start(&server).await;
    let stream = server.stream().unwrap();
    first.leave();
    waits(&stream).await;
    let _second = Publisher::start(&server).await;
    until("the second has taken over", || stream.ingest().reconnects == 1).await;
    // Whether the first one's session is still there or not: the show is not its any more.
    server.request(Method::DELETE, &first.location, &[], "").await;
    let mut viewer = watch(&server).await;
    viewer.picture().await;
    assert_eq!((stream.state(), server.stream().unwrap().id), (StreamState::Live, stream.id));
}

/// Begins broadcasts when it is told to.
struct Slow {
    list: StaticAuthority,
    asked: Semaphore,
    answers: Semaphore,
    over: AtomicBool,
}

#[derive(Clone)]
struct SlowDoor(Arc<Slow>);

#[async_trait]
impl Authority for SlowDoor {
    async fn may_publish(&self, request: &PublishRequest) -> Result<PublishGrant, Denied> {
        self.0.list.may_publish(request).await
    }

    async fn may_play(&self, request: &PlayRequest) -> Result<(), Denied> {
        self.0.list.may_play(request).await
    }

    async fn broadcast_started(&self, _: &Arc<Stream>) -> Result<(), Denied> {
        self.0.asked.add_permits(1);
        self.0.answers.acquire().await.unwrap().forget();
        Ok(())
    }

    async fn broadcast_ended(&self, _: &Arc<Stream>) {
        self.0.over.store(true, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publisher_deleted_while_it_is_let_in_leaves_nothing_to_wait_for() {
    let list = StaticAuthority::new([(KEY, HANDLE)]);
    let door = SlowDoor(Arc::new(Slow {
        list,
        asked: Semaphore::new(0),
        answers: Semaphore::new(0),
        over: AtomicBool::new(false),
    }));
    let server = Server::behind(door.clone(), Duration::from_mins(10), |_| {});
    let mut peer = Peer::new(Wish::PUBLISH).await;
    let created = server.whip(&peer.offer).await;
    peer.accept(&created.body);
    door.0.asked.acquire().await.unwrap().forget();
    assert_eq!(server.request(Method::DELETE, created.header("location"), &[], "").await.status, 200);
    door.0.answers.add_permits(1);
    until("the broadcast is over", || door.0.over.load(Ordering::SeqCst)).await;
    assert!(server.stream().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_cuts_the_publisher_off() {
    let server = Server::start();
    let mut publisher = Publisher::start(&server).await;
    let request = PublishRequest {
        key: KEY.into(),
        protocol: IngestProtocol::Whip,
        peer: "127.0.0.1:1".parse().unwrap(),
        encoder: None,
    };
    let grant = server.hub.check(&request).await.unwrap();
    server.hub.revoke_key(grant.key);
    publisher.closed().await;
    assert!(server.stream().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_that_leaves_is_no_longer_counted() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let viewer = watch(&server).await;
    until("the viewer counts", || server.stream().unwrap().viewers() == 1).await;
    viewer.close();
    until("the viewer is gone", || server.stream().unwrap().viewers() == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn draining_closes_every_session_and_lets_nobody_in() {
    let server = Server::start();
    let mut publisher = Publisher::start(&server).await;
    let mut viewer = watch(&server).await;
    server.hub.drain().await;
    server.rtc.drain().await;
    publisher.closed().await;
    viewer.closed().await;
    let late = Peer::new(Wish::PUBLISH).await;
    for answer in [server.whip(&late.offer).await, server.whep(&late.offer.replace("sendonly", "recvonly")).await] {
        assert_eq!(answer.status, 503);
        assert!(!answer.header("retry-after").is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publisher_that_vanishes_is_awaited_after_ten_seconds_of_silence() {
    let server = Server::start();
    let publisher = Publisher::start(&server).await;
    publisher.vanish().await;
    let silent = tokio::time::Instant::now();
    let stream = server.stream().unwrap();
    let mut state = stream.watch_state();
    let waits = state.wait_for(|state| matches!(state, StreamState::Waiting { .. }));
    tokio::time::timeout(PATIENCE * 2, waits).await.expect("the broadcast waits").unwrap();
    assert!(silent.elapsed() > Duration::from_secs(5));
}

/// Waits until the broadcast waits for its publisher.
async fn waits(stream: &Stream) {
    until("the broadcast waits", || matches!(stream.state(), StreamState::Waiting { .. })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publisher_whose_line_comes_back_goes_on_with_the_show() {
    let server = Server::start();
    let publisher = Publisher::start(&server).await;
    let mut viewer = watch(&server).await;
    viewer.picture().await;
    let stream = server.stream().unwrap();
    publisher.lose(100);
    waits(&stream).await;
    while viewer.try_event().is_some() {}
    publisher.lose(0);
    until("the broadcast is live again", || stream.state() == StreamState::Live).await;
    viewer.picture().await;
    assert_eq!((server.stream().unwrap().id, stream.ingest().reconnects), (stream.id, 0));
    assert_eq!(server.request(Method::DELETE, &publisher.location, &[], "").await.status, 200);
    assert_eq!(stream.state(), StreamState::Ended);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_encoder_takes_over_from_one_that_is_silent() {
    let server = Server::start();
    let first = Publisher::start(&server).await;
    let mut viewer = watch(&server).await;
    let stream = server.stream().unwrap();
    first.lose(100);
    waits(&stream).await;
    let _second = Publisher::start(&server).await;
    until("the second has taken over", || stream.ingest().reconnects == 1).await;
    first.lose(0);
    while viewer.try_event().is_some() {}
    for _ in 0..60 {
        viewer.picture().await;
    }
    assert_eq!((stream.state(), stream.ingest().reconnects), (StreamState::Live, 1));
}
