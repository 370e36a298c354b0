//! WHIP, RFC 9725, point by point.

use std::time::{Duration, Instant};

use axum::http::Method;
use str0m::Event;
use str0m::format::Codec;
use str0m::media::Direction;

use crate::support::peer::{Peer, Wish};
use crate::support::show::{Publisher, watch};
use crate::support::{FRAGMENT, SDP, Server};

const AUTHORIZED: (&str, &str) = ("authorization", "Bearer ada-key");
const TYPED: (&str, &str) = ("content-type", SDP);

async fn offer(wish: Wish<'_>) -> String {
    Peer::new(wish).await.offer.clone()
}

#[tokio::test]
async fn conformance_whip_1_an_offer_is_answered_with_a_session() {
    let server = Server::start();
    let answer = server.whip(&offer(Wish::PUBLISH).await).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("content-type"), SDP);
    assert!(answer.body.starts_with("v=0\r\n") && answer.body.contains("a=recvonly"));
    assert!(answer.body.contains("a=ice-lite") && answer.body.contains("a=candidate:"));
    let etag = answer.header("etag");
    assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 2, "a strong tag: {etag}");
    let session = answer.header("location").strip_prefix("/whip/").unwrap();
    assert!(session.len() >= 32, "128 bits at least: {session}");
}

#[tokio::test]
async fn conformance_whip_1_without_a_valid_key_nothing_happens() {
    let server = Server::start();
    let sdp = offer(Wish::PUBLISH).await;
    for authorization in ["", "Bearer wrong", "Basic YWRhOg==", "Bearer"] {
        let headers = [("authorization", authorization), TYPED];
        let answer = server.request(Method::POST, "/whip", &headers, sdp.clone()).await;
        assert_eq!(answer.status, 401, "{authorization}");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(answer.body.contains("\"status\":401"));
    }
}

#[tokio::test]
async fn conformance_whip_1_wrong_type_broken_sdp_and_large_bodies_are_refused() {
    let server = Server::start();
    let sdp = offer(Wish::PUBLISH).await;
    for kind in ["application/json", "text/plain"] {
        let headers = [AUTHORIZED, ("content-type", kind)];
        assert_eq!(server.request(Method::POST, "/whip", &headers, sdp.clone()).await.status, 415);
    }
    assert_eq!(server.request(Method::POST, "/whip", &[AUTHORIZED], sdp.clone()).await.status, 415);
    let parametrised = [AUTHORIZED, ("content-type", "application/sdp; charset=utf-8")];
    assert_eq!(server.request(Method::POST, "/whip", &parametrised, sdp.clone()).await.status, 201);
    for broken in ["", "hello", "v=0\r\n", "v=0\r\nm=video\r\n"] {
        assert_eq!(server.whip(broken).await.status, 400, "{broken}");
    }
    assert_eq!(server.whip(&"v".repeat((64 << 10) + 1)).await.status, 413);
}

#[tokio::test]
async fn conformance_whip_1_an_offer_that_does_not_send_is_refused() {
    let server = Server::start();
    for direction in [Direction::RecvOnly, Direction::Inactive] {
        let answer = server.whip(&offer(Wish { direction, ..Wish::PUBLISH }).await).await;
        assert!(answer.status.is_client_error(), "{direction:?}: {}", answer.status);
    }
    let both = server.whip(&offer(Wish { direction: Direction::SendRecv, ..Wish::PUBLISH }).await).await;
    assert_eq!(both.status, 201);
    assert!(both.body.contains("a=recvonly") && !both.body.contains("a=sendrecv"));
}

#[tokio::test]
async fn conformance_whip_2_other_methods_are_reserved() {
    let server = Server::start();
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE] {
        let answer = server.request(method.clone(), "/whip", &[AUTHORIZED], "").await;
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.header("allow").contains("POST"));
    }
    let publisher = server.whip(&offer(Wish::PUBLISH).await).await;
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::POST] {
        let answer = server.request(method.clone(), publisher.header("location"), &[], "").await;
        assert_eq!(answer.status, 405, "{method}");
    }
}

#[tokio::test]
async fn conformance_whip_2_the_methods_that_are_named_are_those_that_are_answered() {
    let server = Server::start();
    for path in [
        "/whip",
        "/whip/0123",
        "/whep/ada",
        "/whep/ada/0123",
        "/whep/ada/0123/layer",
        "/whep/ada/0123/events",
        "/whep/ada/0123/events/4567",
    ] {
        let options = server.request(Method::OPTIONS, path, &[], "").await;
        let allowed = options.header("allow");
        assert_eq!(options.header("access-control-allow-methods"), allowed, "{path}");
        for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = server.request(method.clone(), path, &[], "").await;
            let refused = answer.status == 405;
            assert_ne!(refused, allowed.split(", ").any(|name| name == method.as_str()), "{method} {path}");
            assert!(!refused || answer.header("allow") == allowed, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn conformance_whip_2_a_preflight_is_answered_for_any_origin() {
    let server = Server::start();
    let headers = [("origin", "https://studio.example"), ("access-control-request-method", "POST")];
    let answer = server.request(Method::OPTIONS, "/whip", &headers, "").await;
    assert!(answer.status == 200 || answer.status == 204);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.header("access-control-allow-methods").contains("POST"));
    assert!(answer.header("access-control-allow-headers").contains("Authorization"));
    assert_eq!(answer.header("accept-post"), SDP);
    assert!(!answer.headers.contains_key("link") && !answer.headers.contains_key("access-control-allow-credentials"));
    let created = server.whip(&offer(Wish::PUBLISH).await).await;
    let exposed = created.header("access-control-expose-headers");
    assert!(["Location", "ETag", "Link"].iter().all(|name| exposed.contains(name)), "{exposed}");
    let session = server.request(Method::OPTIONS, created.header("location"), &headers, "").await;
    assert!(session.header("access-control-allow-methods").contains("PATCH"));
    assert_eq!(session.header("accept-patch"), FRAGMENT);
}

#[tokio::test]
async fn conformance_whip_3_trickled_candidates_are_taken_under_the_right_tag() {
    let server = Server::start();
    let created = server.whip(&offer(Wish::PUBLISH).await).await;
    let (location, etag) = (created.header("location"), created.header("etag"));
    let fragment = "m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host\r\na=candidate:2 1 udp 2130706431 7f0c2a1e.local 5001 typ host\r\na=candidate:nonsense\r\na=end-of-candidates\r\n";
    let patch = |headers: Vec<(&'static str, String)>, body: &'static str| {
        let server = &server;
        async move {
            let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            server.request(Method::PATCH, location, &headers, body).await.status
        }
    };
    let typed = || ("content-type", FRAGMENT.to_owned());
    assert_eq!(patch(vec![typed(), ("if-match", etag.to_owned())], fragment).await, 204);
    assert_eq!(patch(vec![typed()], fragment).await, 428);
    assert_eq!(patch(vec![typed(), ("if-match", "\"other\"".to_owned())], fragment).await, 412);
    assert_eq!(patch(vec![("content-type", SDP.to_owned()), ("if-match", etag.to_owned())], fragment).await, 415);
    assert_eq!(patch(vec![typed(), ("if-match", etag.to_owned())], "no sdp at all").await, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whip_4_an_ice_restart_changes_the_tag_and_a_failed_one_nothing() {
    let server = Server::start();
    let created = server.whip(&offer(Wish::PUBLISH).await).await;
    let (location, etag) = (created.header("location"), created.header("etag"));
    let headers = [("content-type", FRAGMENT), ("if-match", "*")];
    let failed = server.request(Method::PATCH, location, &headers, "a=ice-ufrag:x\r\na=ice-pwd:short\r\n").await;
    assert!(failed.status.is_client_error());
    let under_old_tag = [("content-type", FRAGMENT), ("if-match", etag)];
    assert_eq!(server.request(Method::PATCH, location, &under_old_tag, "a=end-of-candidates\r\n").await.status, 204);
    let fresh = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n";
    let restarted = server.request(Method::PATCH, location, &headers, fresh).await;
    assert_eq!(restarted.status, 200, "{}", restarted.body);
    assert_eq!(restarted.header("content-type"), FRAGMENT);
    assert_ne!(restarted.header("etag"), etag);
    let line = |text: &str, start: &str| text.lines().find(|line| line.starts_with(start)).map(str::to_owned);
    for credential in ["a=ice-ufrag:", "a=ice-pwd:"] {
        let (new, old) = (line(&restarted.body, credential), line(&created.body, credential));
        assert!(new.is_some() && new != old, "{credential}");
    }
    assert_eq!(server.request(Method::PATCH, location, &under_old_tag, "a=end-of-candidates\r\n").await.status, 412);
    // As a figure of the drafts prints it.
    let quoted = [("content-type", FRAGMENT), ("if-match", "\"*\"")];
    let again = fresh.replace("EsAw", "EsAx");
    assert_eq!(server.request(Method::PATCH, location, &quoted, again).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whip_5_a_deleted_session_stops_and_is_gone() {
    let server = Server::start();
    // The quickest of some: other tests may have both cores for a moment.
    let mut quickest = Duration::MAX;
    for _ in 0..10 {
        let publisher = Publisher::start(&server).await;
        let mut viewer = watch(&server).await;
        viewer.picture().await;
        let deleted = Instant::now();
        assert_eq!(server.request(Method::DELETE, &publisher.location, &[], "").await.status, 200);
        viewer.closed().await;
        quickest = quickest.min(deleted.elapsed());
        for method in [Method::DELETE, Method::PATCH] {
            let headers = [("content-type", FRAGMENT), ("if-match", "*")];
            assert_eq!(server.request(method, &publisher.location, &headers, "").await.status, 404);
        }
        if quickest < Duration::from_secs(1) {
            break;
        }
    }
    assert!(quickest < Duration::from_secs(1), "{quickest:?}");
    assert_eq!(server.request(Method::DELETE, "/whip/0123456789abcdef0123456789abcdef", &[], "").await.status, 404);
}

#[tokio::test]
async fn conformance_whip_6_bundle_mux_and_one_of_each_kind_are_required() {
    let server = Server::start();
    let sdp = offer(Wish::PUBLISH).await;
    let without = |start: &str| {
        sdp.lines().filter(|line| !line.starts_with(start)).fold(String::new(), |text, line| text + line + "\r\n")
    };
    let video = sdp.find("m=video").unwrap();
    let audio = sdp.find("m=audio").unwrap();
    let second_audio = format!("{sdp}{}", &sdp[audio..].replace("a=mid:", "a=mid:x"));
    let msid = sdp.lines().find_map(|line| line.strip_prefix("a=msid:")).unwrap();
    let (stream, _) = msid.split_once(' ').unwrap();
    let two_streams =
        format!("{}{}", &sdp[..audio], sdp[audio..].replace(&format!("a=msid:{stream} "), "a=msid:another "));
    assert_ne!(two_streams, sdp);
    let data = format!("{sdp}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\na=sctp-port:5000\r\n");
    assert!(video < audio);
    for (what, bad) in [
        ("no bundle", without("a=group:BUNDLE")),
        ("no mux", without("a=rtcp-mux")),
        ("two audio sections", second_audio),
        ("tracks of two streams", two_streams),
        ("a data channel", data),
        ("plain RTP", sdp.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP")),
    ] {
        let status = server.whip(&bad).await.status;
        assert!(status.is_client_error(), "{what}: {status}");
    }
    let no_stream = sdp.replace(&format!("a=msid:{stream} "), "a=msid:- ");
    assert_eq!(server.whip(&no_stream).await.status, 201, "tracks need not be of a stream");
    let unknown = sdp.replace("H264/90000", "H263/90000");
    assert_eq!(server.whip(&unknown).await.status, 406);
}

#[tokio::test]
async fn conformance_whip_7_each_codec_is_accepted_when_it_is_offered() {
    let server = Server::start();
    for (codec, name) in [
        (Codec::H264, "H264/90000"),
        (Codec::Vp8, "VP8/90000"),
        (Codec::Vp9, "VP9/90000"),
        (Codec::Av1, "AV1/90000"),
        (Codec::H265, "H265/90000"),
    ] {
        let answer = server.whip(&offer(Wish { video: Some(codec), ..Wish::PUBLISH }).await).await;
        assert_eq!(answer.status, 201, "{name}: {}", answer.body);
        assert!(answer.body.contains(name) && answer.body.contains("opus/48000/2"));
    }
    // Encoders name levels of their own.
    let av1 = offer(Wish { video: Some(Codec::Av1), ..Wish::PUBLISH }).await;
    let levelled = av1
        .replace("a=rtpmap:45 AV1/90000\r\n", "a=rtpmap:45 AV1/90000\r\na=fmtp:45 level-idx=12;profile=0;tier=0\r\n");
    assert_ne!(av1, levelled);
    let answer = server.whip(&levelled).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert!(answer.body.contains("level-idx=12"), "{}", answer.body);
    let sound_only = server.whip(&offer(Wish { video: None, ..Wish::PUBLISH }).await).await;
    assert_eq!(sound_only.status, 201);
}

#[tokio::test]
async fn conformance_whip_7_sound_is_asked_for_in_stereo() {
    let server = Server::start();
    let answer = server.whip(&offer(Wish::PUBLISH).await).await;
    let mut lines = answer.body.lines();
    let opus = lines.find_map(|line| line.strip_prefix("a=rtpmap:")?.strip_suffix(" opus/48000/2")).unwrap();
    let parameters = lines.find_map(|line| line.strip_prefix("a=fmtp:")?.strip_prefix(opus)).unwrap();
    assert!(parameters.trim().split(';').any(|parameter| parameter.trim() == "stereo=1"), "{parameters}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_goes_on_after_an_ice_restart() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let mut viewer = Peer::new(Wish::PLAY).await;
    let created = server.whep(&viewer.offer).await;
    viewer.accept(&created.body);
    viewer.picture().await;
    let (send, offered) = tokio::sync::oneshot::channel();
    viewer.change(move |rtc| {
        let mut changes = rtc.sdp_api();
        let _ = changes.ice_restart(true);
        let (offer, pending) = changes.apply().unwrap();
        assert!(send.send((offer.to_sdp_string(), pending)).is_ok());
    });
    let (offer, pending) = offered.await.unwrap();
    let line = |text: &str, start: &str| text.lines().find_map(|line| line.strip_prefix(start)).unwrap().to_owned();
    let (ufrag, pwd) = (line(&offer, "a=ice-ufrag:"), line(&offer, "a=ice-pwd:"));
    let fragment = format!("a=ice-ufrag:{ufrag}\r\na=ice-pwd:{pwd}\r\n");
    let headers = [("content-type", FRAGMENT), ("if-match", "*")];
    let restarted = server.request(Method::PATCH, created.header("location"), &headers, fragment).await;
    assert_eq!(restarted.status, 200);
    let answer = created
        .body
        .replace(&line(&created.body, "a=ice-ufrag:"), &line(&restarted.body, "a=ice-ufrag:"))
        .replace(&line(&created.body, "a=ice-pwd:"), &line(&restarted.body, "a=ice-pwd:"));
    viewer.change(move |rtc| {
        let answer = str0m::change::SdpAnswer::from_sdp_string(&answer).unwrap();
        rtc.sdp_api().accept_answer(pending, answer).unwrap();
    });
    loop {
        if let Event::IceConnectionStateChange(state) = viewer.event().await
            && state.is_connected()
        {
            break;
        }
    }
    for _ in 0..30 {
        viewer.picture().await;
    }
}
