//! The numbered points of LL-HLS conformance (draft-pantos-rfc8216bis-22 and Apple's authoring rules), one test or more
//! for each.

use std::collections::HashSet;

use axum::http::StatusCode;
use klieg_media::stream::StreamState;

use crate::flv;
use crate::playlist::{Playlist, attributes, millis_between};
use crate::show::{RENDITIONS, Show};

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
            for (before, segment) in playlist.complete().zip(playlist.complete().skip(1)) {
                let dates = [before, segment].map(|segment| segment.date.as_ref().unwrap());
                let off = millis_between(dates[0], dates[1]) as f64 - before.duration * 1_000.0;
                assert!(off.abs() < 40.0, "segment {} is dated {off} ms off", segment.msn);
            }
        }
        for (picture, sound) in video.complete().zip(audio.complete()) {
            assert_eq!(picture.msn, sound.msn);
            let apart = millis_between(picture.date.as_ref().unwrap(), sound.date.as_ref().unwrap());
            assert!(apart.abs() <= 25, "segments of one number are of one moment, not {apart} ms apart");
        }
    }
}
