//! A node that is full or leaving, and the servers that clients are told of.

use std::time::Duration;

use axum::http::Method;
use klieg_media::webrtc::{IceServer, TurnLogin};

use crate::support::peer::{Peer, Wish};
use crate::support::show::Publisher;
use crate::support::{SDP, Server};

const ELSEWHERE: &str = "https://b.example.org";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whip_8_a_full_node_says_when_to_come_back() {
    let server = Server::with(Duration::from_secs(5), |config| config.sessions = 1);
    let _publisher = Publisher::start(&server).await;
    let (publish, play) = (Peer::new(Wish::PUBLISH).await, Peer::new(Wish::PLAY).await);
    for answer in [server.whip(&publish.offer).await, server.whep(&play.offer).await] {
        assert_eq!(answer.status, 503);
        assert!(!answer.header("retry-after").is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whip_8_a_full_or_draining_node_sends_clients_to_another() {
    let server = Server::with(Duration::from_secs(5), |config| {
        config.sessions = 1;
        config.overflow = Some(ELSEWHERE.into());
    });
    let _publisher = Publisher::start(&server).await;
    let (publish, play) = (Peer::new(Wish::PUBLISH).await, Peer::new(Wish::PLAY).await);
    for drained in [false, true] {
        if drained {
            server.hub.drain().await;
            server.rtc.drain().await;
        }
        for (answer, path) in
            [(server.whip(&publish.offer).await, "/whip"), (server.whep(&play.offer).await, "/whep/ada")]
        {
            assert_eq!((answer.status.as_u16(), answer.header("location")), (307, &*format!("{ELSEWHERE}{path}")));
            assert!(answer.header("access-control-expose-headers").contains("Location"));
        }
    }
    assert_eq!(server.request(Method::OPTIONS, "/whip", &[], "").await.status, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_would_be_refused_is_not_sent_elsewhere() {
    let server = Server::with(Duration::from_secs(5), |config| {
        config.sessions = 0;
        config.overflow = Some(ELSEWHERE.into());
    });
    let offer = Peer::new(Wish::PUBLISH).await.offer.clone();
    let wrong = [("authorization", "Bearer wrong"), ("content-type", SDP)];
    assert_eq!(server.request(Method::POST, "/whip", &wrong, offer).await.status, 401);
    assert_eq!(server.whip("nonsense").await.status, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whip_8_clients_are_told_of_ice_servers_but_not_on_a_preflight() {
    let server = Server::with(Duration::from_secs(5), |config| {
        let login = TurnLogin::Secret("north".into());
        config.ice_servers = vec![
            IceServer::new("stun:stun.example.org", None).unwrap(),
            IceServer::new("turn:turn.example.org:3478?transport=udp", Some(&login)).unwrap(),
        ];
    });
    let publisher = Publisher::start(&server).await;
    let publish = server.whip(&Peer::new(Wish::PUBLISH).await.offer).await;
    let play = server.whep(&Peer::new(Wish::PLAY).await.offer).await;
    for answer in [&publish, &play] {
        assert_eq!(answer.status, 201);
        let links = answer.links();
        assert_eq!(links[0], "<stun:stun.example.org>; rel=\"ice-server\"");
        for part in [
            "<turn:turn.example.org:3478?transport=udp>",
            "username=\"",
            "credential=\"",
            "credential-type=\"password\"",
        ] {
            assert!(links[1].contains(part), "{links:?}");
        }
    }
    assert_ne!(publish.links()[1], play.links()[1], "each session has a login of its own");
    for path in ["/whip", "/whep/ada", &publisher.location] {
        let preflight = server.request(Method::OPTIONS, path, &[("origin", "https://a.example")], "").await;
        assert!(preflight.links().is_empty(), "{path}");
    }
}
