//! Another encoder takes over and sends other pictures: players go on with the playlists they know.

use axum::http::StatusCode;

use crate::flv;
use crate::show::Show;

/// The renditions that somebody who comes now is offered.
async fn offered(show: &Show) -> Vec<String> {
    let text = show.get("/hls/ada/index.m3u8").await.text().to_owned();
    let variants = text.lines().filter(|line| !line.starts_with('#'));
    variants.map(|line| line.split('/').nth(1).unwrap().to_owned()).collect()
}

/// Discontinuities of a playlist, the newest init segment it names, and the highest segment, which must be whole.
async fn stand(show: &Show, rendition: &str) -> (usize, String, u64) {
    let playlist = show.playlist(rendition).await;
    assert!(!playlist.ended && !playlist.last().gap, "{rendition}: {}", playlist.text);
    let map = playlist.segments.iter().rev().find_map(|segment| segment.map.clone()).unwrap();
    let breaks = playlist.segments.iter().filter(|segment| segment.discontinuity).count();
    let uri = format!("{rendition}/{}", playlist.last().uri.as_ref().unwrap());
    assert_eq!(show.get(&show.path(&uri)).await.status, StatusCode::OK);
    (breaks, map, playlist.last().msn)
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_is_sent_no_more_is_stood_in_for_and_offered_no_more() {
    let mut show = Show::begin().await;
    let simulcast = [("high", flv::plain()), ("low", flv::resized())];
    show.send(&simulcast, 8_000).await;
    assert_eq!(offered(&show).await, ["high", "low"]);

    show.drop_publisher().await;
    show.resume().await;
    show.send(&[("source", flv::resized())], 8_000).await;
    assert_eq!(offered(&show).await, ["source"]);
    let (_, _, newest) = stand(&show, "source").await;
    assert_eq!(
        stand(&show, "high").await,
        (1, "init-1.mp4".to_owned(), newest),
        "another size needs another init segment"
    );
    assert_eq!(stand(&show, "low").await, (1, "init-0.mp4".to_owned(), newest), "the same does not");

    show.drop_publisher().await;
    show.resume().await;
    show.expect(&["high", "low"]);
    show.send(&simulcast, 8_000).await;
    assert_eq!(offered(&show).await, ["high", "low"]);
    let (_, _, newest) = stand(&show, "high").await;
    for (rendition, init) in [("high", 2), ("low", 0), ("source", 1)] {
        assert_eq!(stand(&show, rendition).await, (2, format!("init-{init}.mp4"), newest), "{rendition}");
    }
}

#[tokio::test(start_paused = true)]
async fn simulcast_that_comes_back_costs_one_discontinuity() {
    let mut show = Show::begin().await;
    let simulcast = [("high", flv::plain()), ("low", flv::resized())];
    show.send(&simulcast, 8_000).await;
    show.drop_publisher().await;
    show.resume().await;
    show.expect(&["high", "low"]);
    show.send(&simulcast, 8_000).await;
    for rendition in ["high", "low"] {
        let (breaks, map, _) = stand(&show, rendition).await;
        assert_eq!((breaks, map.as_str()), (1, "init-0.mp4"), "{rendition}");
    }
}
