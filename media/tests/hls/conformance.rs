//! The numbered points of LL-HLS conformance (draft-pantos-rfc8216bis-22 and Apple's authoring rules), one test or more
//! for each.

use std::collections::HashSet;
use std::io::Read;

use axum::http::{StatusCode, header};
use klieg_media::stream::StreamState;

use crate::flv;
use crate::playlist::{Playlist, attributes, millis_of};
use crate::show::Show;

const RENDITIONS: [&str; 2] = ["source", "aac"];

#[tokio::test(start_paused = true)]
async fn conformance_hls_01_part_target_stands_in_every_media_playlist() {
    let show = Show::playing(flv::plain(), 8).await;
    for rendition in RENDITIONS {
        let playlist = show.playlist(rendition).await;
        assert!((0.2..=0.5).contains(&playlist.part_target), "{}", playlist.text);
        assert!(playlist.parts().count() > 10);
    }
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_02_server_control_holds_its_bounds_and_is_the_same_everywhere() {
    let show = Show::playing(flv::plain(), 8).await;
    let video = show.playlist("source").await;
    let number = |name: &str| video.control[name].parse::<f64>().unwrap();
    let target = video.target as f64;
    assert_eq!(video.control["CAN-BLOCK-RELOAD"], "YES");
    assert!(number("CAN-SKIP-UNTIL") >= 6.0 * target);
    assert!(number("HOLD-BACK") >= 3.0 * target);
    assert!(number("PART-HOLD-BACK") >= 3.0 * video.part_target);
    let audio = show.playlist("aac").await;
    assert_eq!((video.control, video.target), (audio.control, audio.target));
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_03_parts_keep_to_the_part_target() {
    for clip in [flv::plain(), flv::reordered(), flv::seldom()] {
        let mut show = Show::begin().await;
        for _ in 0..16 {
            show.feed(clip, 1_000).await;
            for rendition in RENDITIONS {
                let path = show.path(&format!("{rendition}/index.m3u8"));
                let snapshot = show.get(&path).await;
                if snapshot.status == StatusCode::OK {
                    check_parts(&Playlist::parse(snapshot.text()), rendition == "aac");
                }
            }
        }
        assert!(show.playlist("source").await.segments.len() > 2);
    }
}

fn check_parts(playlist: &Playlist, sound: bool) {
    for segment in &playlist.segments {
        let listed: f64 = segment.parts.iter().map(|part| part.duration).sum();
        if segment.uri.is_some() && !segment.parts.is_empty() {
            assert!((listed - segment.duration).abs() < 0.000_1, "the parts are the segment");
            assert!(segment.duration.round() as u64 <= playlist.target, "{} s", segment.duration);
        }
        for (index, part) in segment.parts.iter().enumerate() {
            assert!(part.duration <= playlist.part_target + 0.000_001, "{part:?} of {}", playlist.part_target);
            let last = segment.uri.is_some() && index + 1 == segment.parts.len();
            assert!(last || part.duration >= 0.85 * playlist.part_target, "{part:?} of {}", playlist.part_target);
            assert!(!sound || part.independent, "sound can begin anywhere");
        }
        assert!(segment.parts.first().is_none_or(|part| part.independent), "a segment begins with a keyframe");
    }
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_04_a_segment_is_its_parts() {
    let show = Show::playing(flv::plain(), 8).await;
    for rendition in RENDITIONS {
        let playlist = show.playlist(rendition).await;
        let segment = playlist.last();
        let mut joined = Vec::new();
        for part in &segment.parts {
            joined.extend_from_slice(&show.file(&format!("{rendition}/{}", part.uri)).await);
        }
        let whole = show.file(&format!("{rendition}/{}", segment.uri.as_ref().unwrap())).await;
        assert!(!joined.is_empty() && joined == whole);
    }
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_04_a_new_session_is_a_discontinuity_in_every_playlist() {
    let mut show = Show::playing(flv::plain(), 6).await;
    show.drop_publisher().await;
    assert!(matches!(show.stream.state(), StreamState::Waiting { .. }));
    let waiting = show.playlist("source").await;
    assert!(!waiting.ended, "an awaited publisher does not end the show");
    show.pause(2_000);
    show.resume().await;
    show.feed(flv::resized(), 4_000).await;
    show.feed(flv::plain(), 4_000).await;
    let mut marks = Vec::new();
    for rendition in RENDITIONS {
        let playlist = show.playlist(rendition).await;
        check_parts(&playlist, rendition == "aac");
        let marked: Vec<_> = playlist.segments.iter().filter(|segment| segment.discontinuity).map(|s| s.msn).collect();
        marks.push((playlist.discontinuity_sequence, playlist.msn, marked));
        if rendition == "source" {
            let maps: Vec<_> = playlist.segments.iter().filter_map(|segment| segment.map.clone()).collect();
            assert_eq!(maps, ["init-0.mp4", "init-1.mp4", "init-2.mp4"], "{}", playlist.text);
            assert_ne!(show.file("source/init-0.mp4").await, show.file("source/init-1.mp4").await);
        }
    }
    assert_eq!(marks[0], marks[1], "discontinuities agree");
    assert_eq!(marks[0].2.len(), 2, "one for the session, one for the other picture size: {marks:?}");
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_12_keyframes_that_come_too_seldom_cost_independence_and_nothing_else() {
    let mut show = Show::playing(flv::plain(), 8).await;
    assert!(show.playlist("source").await.independent);
    show.feed(flv::seldom(), 12_000).await;
    show.feed(flv::plain(), 1_000).await;
    let playlist = show.playlist("source").await;
    assert!(!playlist.independent, "what is not so is not said");
    assert!(!show.get("/hls/ada/index.m3u8").await.text().contains("INDEPENDENT"));
    assert!(playlist.complete().all(|segment| segment.duration.round() as u64 <= playlist.target), "{}", playlist.text);
    let sound = show.playlist("aac").await;
    assert_eq!((sound.last().msn, sound.target), (playlist.last().msn, playlist.target));
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_05_old_parts_leave_the_playlist_but_stay_fetchable() {
    let mut show = Show::playing(flv::plain(), 8).await;
    let early = show.playlist("source").await;
    let old: Vec<_> = early.parts().map(|(_, _, part)| part.uri.clone()).collect();
    show.feed(flv::plain(), early.target as i64 * 3_000).await;
    let late = show.playlist("source").await;
    let still: HashSet<_> = late.parts().map(|(_, _, part)| part.uri.clone()).collect();
    assert!(old.iter().take(8).all(|uri| !still.contains(uri)), "{}", late.text);
    for uri in &old {
        show.file(&format!("source/{uri}")).await;
    }
    let mut behind = 0.0;
    for segment in late.segments.iter().rev() {
        let length =
            if segment.uri.is_some() { segment.duration } else { segment.parts.iter().map(|part| part.duration).sum() };
        assert!(segment.parts.is_empty() || behind + length <= 3.0 * late.target as f64 + 0.001);
        behind += length;
    }
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_05_a_part_comes_out_within_a_part_target() {
    let mut show = Show::playing(flv::plain(), 6).await;
    let mut before = show.playlist("source").await.next_part();
    for _ in 0..12 {
        // One part target, and the frame that tells how long the last one lasted.
        show.feed(flv::plain(), 284).await;
        let now = show.playlist("source").await.next_part();
        assert!(now > before, "{now:?} after {before:?}");
        before = now;
    }
}

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

#[tokio::test(start_paused = true)]
async fn conformance_hls_11_every_other_rendition_is_reported() {
    let mut show = Show::playing(flv::plain(), 6).await;
    for _ in 0..10 {
        show.feed(flv::plain(), 170).await;
        for (rendition, other) in [("source", "aac"), ("aac", "source")] {
            let playlist = show.playlist(rendition).await;
            assert_eq!(playlist.reports.len(), 1);
            let report = &playlist.reports[0];
            assert_eq!(report["URI"], format!("../{other}/index.m3u8"));
            let reported: (u64, u64) = (report["LAST-MSN"].parse().unwrap(), report["LAST-PART"].parse().unwrap());
            let there = show.playlist(other).await;
            assert!(reported < there.next_part(), "only what is there is reported");
            assert!(there.next_part().0 - reported.0 <= 1, "and it is fresh");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_12_the_multivariant_playlist_tells_the_truth() {
    let show = Show::playing(flv::plain(), 12).await;
    let answer = show.get("/hls/ada/index.m3u8").await;
    assert_eq!(answer.status, StatusCode::OK);
    let text = answer.text();
    assert!(text.contains("#EXT-X-INDEPENDENT-SEGMENTS\n"));
    let line = |tag: &str| text.lines().find_map(|line| line.strip_prefix(tag)).map(attributes).unwrap();
    let (variant, sound) = (line("#EXT-X-STREAM-INF:"), line("#EXT-X-MEDIA:"));
    assert_eq!((variant["RESOLUTION"].as_str(), variant["FRAME-RATE"].as_str()), ("320x180", "30.000"));
    assert!(variant["CODECS"].starts_with("avc1.") && variant["CODECS"].ends_with(",mp4a.40.2"), "{variant:?}");
    assert_eq!((sound["TYPE"].as_str(), &sound["GROUP-ID"]), ("AUDIO", &variant["AUDIO"]));
    assert_eq!(sound["CHANNELS"], "2");
    let video = text.lines().rfind(|line| !line.starts_with('#')).unwrap();
    let (mut peak, mut total) = (0.0, 0.0);
    for uri in [video, &sound["URI"]] {
        let directory = format!("/hls/ada/{}", uri.strip_suffix("index.m3u8").unwrap());
        let playlist = Playlist::parse(show.get(&format!("{directory}index.m3u8")).await.text());
        let (mut largest, mut bits, mut seconds) = (0f64, 0.0, 0.0);
        for segment in playlist.complete() {
            let size = show.get(&format!("{directory}{}", segment.uri.as_ref().unwrap())).await.body.len() as f64 * 8.0;
            largest = largest.max(size / segment.duration);
            bits += size;
            seconds += segment.duration;
        }
        peak += largest;
        total += bits / seconds;
    }
    let declared = |name: &str| variant[name].parse::<f64>().unwrap();
    assert!((1.0..1.1).contains(&(declared("BANDWIDTH") / peak)), "{} for {peak}", declared("BANDWIDTH"));
    assert!(
        (0.95..1.05).contains(&(declared("AVERAGE-BANDWIDTH") / total)),
        "{} for {total}",
        declared("AVERAGE-BANDWIDTH")
    );
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_12_dates_run_with_the_media_and_agree_in_all_playlists() {
    for clip in [flv::plain(), flv::reordered()] {
        let show = Show::playing(clip, 16).await;
        let (video, audio) = (show.playlist("source").await, show.playlist("aac").await);
        for playlist in [&video, &audio] {
            assert!(playlist.independent);
            let mut expected = None;
            for segment in playlist.complete() {
                let date = millis_of(segment.date.as_ref().unwrap()) as f64;
                if let Some(expected) = expected {
                    let off: f64 = date - expected;
                    assert!(off.abs() < 40.0, "segment {} is dated {off} ms off", segment.msn);
                }
                expected = Some(date + segment.duration * 1_000.0);
            }
        }
        for (picture, sound) in video.complete().zip(audio.complete()) {
            assert_eq!(picture.msn, sound.msn);
            let apart = millis_of(picture.date.as_ref().unwrap()) - millis_of(sound.date.as_ref().unwrap());
            assert!(apart.abs() <= 25, "segments of one number are of one moment, not {apart} ms apart");
        }
    }
}

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
    for viewer in ["one", "two", "one"] {
        for rendition in RENDITIONS {
            show.get(&show.path(&format!("{rendition}/index.m3u8?viewer={viewer}"))).await;
        }
    }
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(show.stream.viewers(), 2);
    tokio::time::sleep(std::time::Duration::from_secs(12)).await;
    assert_eq!(show.stream.viewers(), 0);
}
