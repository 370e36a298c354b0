//! WHEP, draft-ietf-wish-whep, point by point.

use axum::http::Method;
use str0m::Candidate;
use str0m::change::SdpOffer;
use str0m::format::Codec;
use str0m::media::Direction;

use crate::support::peer::{Peer, Wish, config};
use crate::support::show::{Publisher, number, watch, watch_as};
use crate::support::{FRAGMENT, SDP, Server};

async fn offer(wish: Wish<'_>) -> String {
    Peer::new(wish).await.offer.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whep_1_an_offer_that_receives_is_answered() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let answer = server.whep(&offer(Wish::PLAY).await).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("content-type"), SDP);
    assert!(answer.header("location").starts_with("/whep/ada/"));
    assert!(answer.header("etag").starts_with('"'));
    assert!(answer.body.contains("a=sendonly") && answer.body.contains("a=ice-lite"));
    let streams: std::collections::HashSet<&str> =
        answer.body.lines().filter_map(|line| line.strip_prefix("a=msid:")?.split(' ').next()).collect();
    assert_eq!(streams.len(), 1, "picture and sound are of one stream, so that browsers keep them in step");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whep_1_what_cannot_be_played_is_refused() {
    let server = Server::start();
    let sdp = offer(Wish::PLAY).await;
    let typed = [("content-type", SDP)];
    assert_eq!(server.request(Method::POST, "/whep/nobody", &typed, sdp.clone()).await.status, 404);
    let offline = server.whep(&sdp).await;
    assert_eq!(offline.status, 409);
    assert!(!offline.header("retry-after").is_empty());
    assert_eq!(offline.header("content-type"), "application/problem+json");
    let _publisher = Publisher::start(&server).await;
    for direction in [Direction::SendOnly, Direction::Inactive] {
        assert!(server.whep(&offer(Wish { direction, ..Wish::PLAY }).await).await.status.is_client_error());
    }
    assert_eq!(server.request(Method::POST, "/whep/ada", &[("content-type", "text/plain")], sdp).await.status, 415);
    assert_eq!(server.whep("v=0\r\n").await.status, 400);
    assert_eq!(server.whep(&"v".repeat((64 << 10) + 1)).await.status, 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whep_2_an_unusable_offer_is_answered_with_a_counter_offer() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let unusable = server.whep(&offer(Wish { video: Some(Codec::Vp8), ..Wish::PLAY }).await).await;
    assert_eq!(unusable.status, 406);
    let counter = server.whep("").await;
    assert_eq!(counter.status, 406);
    assert_eq!(counter.header("content-type"), SDP);
    let location = counter.header("location").to_owned();
    let (mut rtc, socket) = Peer::bare(Some(Codec::H264)).await;
    rtc.add_local_candidate(Candidate::host(socket.local_addr().unwrap(), "udp").unwrap());
    let answer = rtc.sdp_api().accept_offer(SdpOffer::from_sdp_string(&counter.body).unwrap()).unwrap();
    let mut viewer = Peer::run(rtc, socket, String::new(), None);
    let typed = [("content-type", SDP)];
    assert!(server.request(Method::PATCH, &location, &typed, "nonsense").await.status.is_client_error());
    let accepted = server.request(Method::PATCH, &location, &typed, answer.to_sdp_string()).await;
    assert_eq!(accepted.status, 204, "{}", accepted.body);
    assert_eq!(number(&viewer.picture().await.data), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whep_3_sessions_can_be_looked_at_trickled_and_deleted() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    assert_eq!(server.request(Method::HEAD, "/whep/ada", &[], "").await.status, 200);
    let preflight = server.request(Method::OPTIONS, "/whep/ada", &[("origin", "https://a.example")], "").await;
    assert!(preflight.status.is_success());
    assert_eq!((preflight.header("access-control-allow-origin"), preflight.header("accept-post")), ("*", SDP));
    let created = server.whep(&offer(Wish::PLAY).await).await;
    let (location, etag) = (created.header("location"), created.header("etag"));
    let looked = server.request(Method::HEAD, location, &[], "").await;
    assert_eq!((looked.status.as_u16(), looked.header("etag")), (200, etag));
    let fragment = "a=candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host\r\n";
    let trickle = |tag: &'static str| {
        let server = &server;
        async move {
            let headers = [("content-type", FRAGMENT), ("if-match", tag)];
            server.request(Method::PATCH, location, &headers, fragment).await.status
        }
    };
    assert_eq!(trickle("\"wrong\"").await, 412);
    assert_eq!(trickle("*").await, 204);
    assert_eq!(server.request(Method::PATCH, location, &[("content-type", FRAGMENT)], fragment).await.status, 428);
    let elsewhere = location.replace("/ada/", "/bob/");
    assert_eq!(server.request(Method::DELETE, &elsewhere, &[], "").await.status, 404);
    assert_eq!(server.request(Method::DELETE, location, &[], "").await.status, 200);
    assert_eq!(server.request(Method::DELETE, location, &[], "").await.status, 404);
    assert_eq!(server.request(Method::HEAD, location, &[], "").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whep_3_a_deleted_viewer_is_told_at_once() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let mut peer = Peer::new(Wish::PLAY).await;
    let created = server.whep(&peer.offer).await;
    peer.accept(&created.body);
    peer.picture().await;
    let mut other = watch(&server).await;
    server.request(Method::DELETE, created.header("location"), &[], "").await;
    peer.closed().await;
    other.picture().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h264_is_played_in_packetization_mode_0_where_no_other_is_offered() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let mut simple = config(None);
    simple.codec_config().add_h264(96.into(), None, false, 0x42_e01f);
    let simple = Peer::with(simple, Wish::PLAY).await;
    assert!(simple.offer.contains("packetization-mode=0"));
    let bare: String = simple.offer.split_inclusive('\n').filter(|line| !line.starts_with("a=fmtp:96 ")).collect();
    assert_eq!(server.whep(&bare).await.status, 201);
    let mut viewer = watch_as(simple, &server).await;
    number(&viewer.picture().await.data).expect("a picture of the film");
}
