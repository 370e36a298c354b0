//! Conformance, continued: requests that wait, delta updates and hinted parts.

use axum::http::{StatusCode, header};

use crate::flv;
use crate::playlist::Playlist;
use crate::show::{RENDITIONS, Show};

#[tokio::test(start_paused = true)]
async fn conformance_hls_06_a_request_for_a_segment_is_held_until_it_is_there() {
    let mut show = Show::playing(flv::plain(), 6).await;
    let next = show.playlist("source").await.last().msn + 2;
    let held = show.spawn_get(&show.path(&format!("source/index.m3u8?_HLS_msn={next}")));
    show.feed(flv::plain(), 300).await;
    assert!(!held.is_finished(), "held while the segment grows");
    show.feed(flv::plain(), 1_200).await;
    let answer = held.await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    assert!(Playlist::parse(answer.text()).last().msn >= next);
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_06_a_request_for_a_part_is_held_until_it_is_there() {
    let mut show = Show::playing(flv::plain(), 6).await;
    for _ in 0..8 {
        let (msn, part) = show.playlist("source").await.next_part();
        let held = show.spawn_get(&show.path(&format!("source/index.m3u8?_HLS_msn={msn}&_HLS_part={part}")));
        show.settle().await;
        assert!(!held.is_finished());
        show.feed(flv::plain(), 300).await;
        let answer = held.await.unwrap();
        let playlist = Playlist::parse(answer.text());
        assert!(playlist.parts().any(|(at, index, _)| (at, index as u64) == (msn, part)), "{}", playlist.text);
    }
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_06_a_part_past_the_segments_end_is_the_first_of_the_next() {
    let mut show = Show::playing(flv::plain(), 6).await;
    let playlist = show.playlist("source").await;
    let (last, count) = (playlist.last().msn, playlist.last().parts.len());
    let there = show.get(&show.path(&format!("source/index.m3u8?_HLS_msn={}&_HLS_part=9", last - 1))).await;
    assert_eq!(there.status, StatusCode::OK, "the next segment's first part is there");
    while show.playlist("source").await.next_part().1 != 0 {
        show.feed(flv::plain(), 33).await;
    }
    let last = show.playlist("source").await.last().msn;
    let held = show.spawn_get(&show.path(&format!("source/index.m3u8?_HLS_msn={last}&_HLS_part={count}")));
    show.settle().await;
    assert!(!held.is_finished(), "the next segment has no part yet");
    show.feed(flv::plain(), 300).await;
    let playlist = Playlist::parse(held.await.unwrap().text());
    assert!(playlist.parts().any(|(msn, index, _)| (msn, index) == (last + 1, 0)));
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_07_impossible_requests_are_refused_at_once() {
    let show = Show::playing(flv::plain(), 6).await;
    let playlist = show.playlist("source").await;
    let (msn, part) = playlist.next_part();
    let limit = (3.0 / playlist.part_target).ceil() as u64;
    for query in [
        "_HLS_part=0".to_owned(),
        "_HLS_msn=x".to_owned(),
        "_HLS_msn=-1".to_owned(),
        format!("_HLS_msn={}", playlist.last().msn + 3),
        "_HLS_msn=18446744073709551616".to_owned(),
        format!("_HLS_msn={msn}&_HLS_part={}", part + limit + 1),
    ] {
        let asked = tokio::time::Instant::now();
        let answer = show.get(&show.path(&format!("source/index.m3u8?{query}"))).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(asked.elapsed().as_millis(), 0, "at once");
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/problem+json");
    }
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_08_a_request_is_held_for_three_target_durations() {
    let show = Show::playing(flv::plain(), 6).await;
    let playlist = show.playlist("source").await;
    let asked = tokio::time::Instant::now();
    let answer = show.get(&show.path(&format!("source/index.m3u8?_HLS_msn={}", playlist.last().msn + 2))).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    assert_eq!(asked.elapsed().as_secs(), 3 * playlist.target);
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_08_after_the_end_the_whole_playlist_comes_at_once() {
    let mut show = Show::playing(flv::plain(), 30).await;
    let last = show.playlist("source").await.last().msn;
    let held = show.spawn_get(&show.path(&format!("source/index.m3u8?_HLS_msn={}", last + 2)));
    show.settle().await;
    show.end().await;
    let answer = held.await.unwrap();
    assert!(Playlist::parse(answer.text()).ended, "whoever waits is told of the end");
    for query in ["", "?_HLS_msn=9999", "?_HLS_part=1&_HLS_msn=0", "?_HLS_msn=1&_HLS_skip=YES"] {
        let answer = show.get(&show.path(&format!("source/index.m3u8{query}"))).await;
        let playlist = Playlist::parse(answer.text());
        assert!(playlist.ended && playlist.skipped.is_none() && playlist.hints.is_empty(), "{query}");
        assert_eq!(playlist.segments.first().unwrap().msn, playlist.msn);
    }
    assert_eq!(show.get("/hls/ada/index.m3u8").await.status, StatusCode::NOT_FOUND, "nobody is live");
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_09_a_delta_update_skips_what_is_old() {
    let show = Show::playing(flv::plain(), 40).await;
    for rendition in RENDITIONS {
        for skip in ["YES", "v2"] {
            let full = show.playlist(rendition).await;
            let answer = show.get(&show.path(&format!("{rendition}/index.m3u8?_HLS_skip={skip}"))).await;
            let delta = Playlist::parse(answer.text());
            let skipped = delta.skipped.unwrap();
            assert!(delta.version >= 9 && skipped > 0);
            assert_eq!(full.segments.len(), delta.segments.len() + skipped as usize);
            let kept: f64 = delta.complete().map(|segment| segment.duration).sum();
            assert!(kept >= 6.0 * delta.target as f64 - 0.001, "nothing within the skip boundary is skipped");
            let tail = |playlist: &Playlist| {
                let at = playlist.text.find(&format!("{}.m4s\n", delta.msn + skipped + 1)).unwrap();
                playlist.text[at..].to_owned()
            };
            assert_eq!(tail(&full), tail(&delta));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_10_the_hinted_part_is_held_then_sent_whole() {
    let mut show = Show::playing(flv::plain(), 6).await;
    for rendition in RENDITIONS {
        for _ in 0..6 {
            let playlist = show.playlist(rendition).await;
            assert_eq!(playlist.hints.len(), 1);
            assert_eq!(playlist.hints[0]["TYPE"], "PART");
            let uri = format!("{rendition}/{}", playlist.hints[0]["URI"]);
            let held = show.spawn_get(&show.path(&uri));
            show.settle().await;
            assert!(!held.is_finished());
            show.feed(flv::plain(), 300).await;
            let answer = held.await.unwrap();
            assert_eq!(answer.status, StatusCode::OK, "{uri}");
            assert_eq!(answer.header(header::CONTENT_LENGTH), answer.body.len().to_string());
            assert_eq!(answer.body, show.file(&uri).await);
        }
    }
    let (msn, part) = show.playlist("source").await.next_part();
    for unknown in
        [format!("{msn}.{}.m4s", part + 1), format!("{}.0.m4s", msn + 1), format!("{}.m4s", msn + 7), "x.m4s".into()]
    {
        let answer = show.get(&show.path(&format!("source/{unknown}"))).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{unknown}");
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    }
    let held = show.spawn_get(&show.path(&format!("source/{msn}.{part}.m4s")));
    show.settle().await;
    show.end().await;
    let ended = held.await.unwrap().status;
    assert!(matches!(ended, StatusCode::OK | StatusCode::NOT_FOUND), "nobody is left waiting: {ended}");
}
