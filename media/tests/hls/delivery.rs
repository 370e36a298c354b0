//! Conformance, continued: what caches, browsers and players that are not expected get.

use std::io::Read;

use axum::http::{StatusCode, header};

use crate::flv;
use crate::playlist::Playlist;
use crate::show::{RENDITIONS, Show};

#[tokio::test(start_paused = true)]
async fn conformance_hls_14_everything_says_how_long_it_may_be_kept() {
    let mut show = Show::playing(flv::plain(), 8).await;
    let playlist = show.playlist("source").await;
    let part = playlist.parts().last().unwrap().2.uri.clone();
    for (rendition, kind) in [("source", "video/mp4"), ("aac", "audio/mp4")] {
        for file in ["init-0.mp4", "1.m4s", "1.0.m4s"] {
            let answer = show.get(&show.path(&format!("{rendition}/{file}"))).await;
            assert_eq!(answer.header(header::CACHE_CONTROL), "public, max-age=31536000, immutable");
            assert_eq!(answer.header(header::CONTENT_TYPE), kind);
            assert_eq!(answer.header(header::CONTENT_LENGTH), answer.body.len().to_string());
        }
    }
    let (msn, index) = playlist.next_part();
    let held = show.spawn_get(&show.path(&format!("source/index.m3u8?_HLS_msn={msn}&_HLS_part={index}")));
    show.settle().await;
    show.feed(flv::plain(), 300).await;
    assert_eq!(held.await.unwrap().header(header::CACHE_CONTROL), format!("public, max-age={}", playlist.target));
    let plain = show.get(&show.path("source/index.m3u8")).await;
    assert_eq!(plain.header(header::CACHE_CONTROL), "public, max-age=0, s-maxage=1");
    assert_eq!(plain.header(header::CONTENT_TYPE), "application/vnd.apple.mpegurl");
    let range = show.get_with(&show.path(&format!("source/{part}")), &[("range", "bytes=4-7")]).await;
    assert_eq!((range.status, range.body.as_ref()), (StatusCode::PARTIAL_CONTENT, &b"moof"[..]));
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_14_any_site_may_play() {
    let show = Show::playing(flv::plain(), 6).await;
    for path in [
        "/hls/ada/index.m3u8".to_owned(),
        show.path("source/index.m3u8"),
        show.path("source/0.m4s"),
        "/hls/nobody/index.m3u8".into(),
    ] {
        let answer = show.get_with(&path, &[("origin", "https://example.org")]).await;
        assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "*", "{path}");
    }
    let request = axum::http::Request::options(show.path("source/0.m4s"))
        .header("origin", "https://example.org")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization,range")
        .body(axum::body::Body::empty())
        .unwrap();
    let preflight = tower::ServiceExt::oneshot(show.router.clone(), request).await.unwrap();
    assert!(preflight.status().is_success());
    assert_eq!(preflight.headers()["access-control-allow-headers"], "authorization,range");
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_14_playlists_are_compressed_for_those_who_want_that() {
    let show = Show::playing(flv::plain(), 20).await;
    for path in ["/hls/ada/index.m3u8".to_owned(), show.path("source/index.m3u8")] {
        let plain = show.get(&path).await;
        let small = show.get_with(&path, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!((small.header(header::CONTENT_ENCODING), small.header(header::VARY)), ("gzip", "accept-encoding"));
        let mut text = String::new();
        flate2::read::GzDecoder::new(&small.body[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, plain.text());
        assert!(small.body.len() < plain.body.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_request_is_answered_like_a_get_without_the_body() {
    let show = Show::playing(flv::plain(), 6).await;
    for path in ["/hls/ada/index.m3u8".to_owned(), show.path("source/index.m3u8"), show.path("source/0.m4s")] {
        let request = axum::http::Request::head(&path).body(axum::body::Body::empty()).unwrap();
        let head = tower::ServiceExt::oneshot(show.router.clone(), request).await.unwrap();
        let get = show.get(&path).await;
        assert_eq!(head.status(), StatusCode::OK);
        assert_eq!(head.headers()[header::CONTENT_LENGTH], get.body.len().to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_not_there_is_not_found() {
    let show = Show::playing(flv::plain(), 6).await;
    let unknown = show.get("/hls/nobody/index.m3u8").await;
    assert_eq!(
        (unknown.status, unknown.header(header::CONTENT_TYPE)),
        (StatusCode::NOT_FOUND, "application/problem+json")
    );
    let offline = show.get("/hls/bob/index.m3u8").await;
    assert_eq!(offline.status, StatusCode::NOT_FOUND);
    assert!(offline.headers.contains_key(header::RETRY_AFTER) && offline.text().contains("\"status\":404"));
    let others = show.path("source/index.m3u8").replace("/ada/", "/bob/");
    for path in [
        others,
        show.path("nothing/index.m3u8"),
        "/hls/ada/not-an-id/source/index.m3u8".into(),
        "/hls/ada/%2e%2e/x/y".into(),
    ] {
        assert_eq!(show.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_ended_broadcast_stays_for_a_minute_beside_the_next() {
    let mut first = Show::playing(flv::plain(), 8).await;
    first.end().await;
    let old = first.path("source/index.m3u8");
    assert!(Playlist::parse(first.get(&old).await.text()).ended);
    tokio::time::sleep(std::time::Duration::from_secs(50)).await;
    assert_eq!(first.get(&old).await.status, StatusCode::OK);
    tokio::time::sleep(std::time::Duration::from_secs(15)).await;
    assert_eq!(first.get(&old).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn players_that_poll_are_counted_as_viewers() {
    let show = Show::playing(flv::plain(), 6).await;
    for round in 0..3 {
        for viewer in ["one", "two", "one"] {
            for rendition in RENDITIONS {
                let path = show.path(&format!("{rendition}/index.m3u8"));
                show.get(&format!("{path}?viewer={viewer}")).await;
                show.get_with(&path, &[("klieg-viewer", viewer)]).await;
            }
        }
        // One that is another each time does not count.
        show.get(&show.path(&format!("source/index.m3u8?viewer=changing-{round}"))).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(show.stream.viewers(), 2);
    tokio::time::sleep(std::time::Duration::from_secs(12)).await;
    assert_eq!(show.stream.viewers(), 0);
}
