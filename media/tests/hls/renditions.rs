//! Several pictures, and sound that comes in one codec first and in another later.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use bytes::Bytes;
use klieg_media::codec::{AudioConfig, AudioSetup, TrackConfig};
use klieg_media::frame::Frame;
use klieg_media::rendition::Origin;
use klieg_media::time::MediaTime;

use crate::flv;
use crate::playlist::attributes;
use crate::show::Show;

/// Twenty milliseconds of Opus silence.
fn opus(show: &Show, at: MediaTime) -> Frame {
    let config = AudioConfig { setup: AudioSetup::Opus, sample_rate: 48_000, channels: 2 };
    let payload = Bytes::from_static(&[0xfc, 0xff, 0xfe]);
    let config = Arc::new(TrackConfig::Audio(config));
    Frame::new(config, at, at, show.stream.started.plus(at), true, 0, payload)
}

async fn speak(show: &Show, from: i64, to: i64) {
    for at in (from..to).step_by(20) {
        show.push("opus", opus(show, MediaTime::from_millis(at))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_picture_is_a_variant_and_all_run_in_step() {
    let mut show = Show::begin().await;
    for _ in 0..40 {
        show.feed_and_copy(flv::plain(), 300, "720p").await;
    }
    let text = show.get("/hls/ada/index.m3u8").await.text().to_owned();
    let variants: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(variants.len(), 2, "{text}");
    assert!(variants[0].ends_with("/source/index.m3u8") && variants[1].ends_with("/720p/index.m3u8"));
    let (source, copy) = (show.playlist("source").await, show.playlist("720p").await);
    assert_eq!(source.last().msn, copy.last().msn);
    assert_eq!((source.control, source.part_target), (copy.control, copy.part_target));
    let reported: Vec<_> = copy.reports.iter().map(|report| report["URI"].as_str()).collect();
    assert_eq!(reported, ["../source/index.m3u8", "../aac/index.m3u8"]);
}

#[tokio::test(start_paused = true)]
async fn sound_that_everything_plays_is_waited_for_and_preferred() {
    let mut show = Show::begin().await;
    for step in 0..5 {
        show.feed_if(flv::plain(), 1_000, flv::Unit::is_video).await;
        speak(&show, step * 1_000, (step + 1) * 1_000).await;
    }
    let asked = tokio::time::Instant::now();
    let early = show.get("/hls/ada/index.m3u8").await;
    assert!(asked.elapsed() > Duration::from_millis(900), "AAC is given a moment to appear");
    assert!(early.text().contains("opus/index.m3u8") && early.text().contains(",opus\""), "{}", early.text());
    for step in 5..9 {
        show.feed(flv::plain(), 1_000).await;
        speak(&show, step * 1_000, (step + 1) * 1_000).await;
    }
    let late = show.get("/hls/ada/index.m3u8").await;
    assert!(late.text().contains("aac/index.m3u8") && !late.text().contains("opus"), "{}", late.text());
    let still = show.get(&show.path("opus/index.m3u8")).await;
    assert_eq!(still.status, StatusCode::OK, "whoever plays Opus goes on");
}

#[tokio::test(start_paused = true)]
async fn a_show_of_sound_alone_is_its_own_variant() {
    let show = Show::begin().await;
    speak(&show, 0, 9_000).await;
    let text = show.get("/hls/ada/index.m3u8").await.text().to_owned();
    let variant = text.lines().find_map(|line| line.strip_prefix("#EXT-X-STREAM-INF:")).map(attributes).unwrap();
    assert_eq!(variant["CODECS"], "opus");
    assert!(!variant.contains_key("AUDIO") && !variant.contains_key("RESOLUTION"));
    assert!(text.ends_with("/opus/index.m3u8\n"));
    assert_eq!(show.playlist("opus").await.last().msn, 3);
}

#[tokio::test(start_paused = true)]
async fn a_rendition_for_webrtc_only_and_a_codec_without_fmp4_stay_out() {
    let mut show = Show::begin().await;
    show.stream.open_rendition("realtime", klieg_media::codec::Kind::Video, Origin::Realtime);
    show.feed(flv::plain(), 8_000).await;
    assert_eq!(show.get(&show.path("realtime/index.m3u8")).await.status, StatusCode::NOT_FOUND);
    assert!(!show.get("/hls/ada/index.m3u8").await.text().contains("realtime"));
}

#[tokio::test(start_paused = true)]
async fn a_crowd_that_waits_is_woken_by_one_part() {
    let mut show = Show::playing(flv::plain(), 6).await;
    let (msn, part) = show.playlist("source").await.next_part();
    let query = show.path(&format!("source/index.m3u8?_HLS_msn={msn}&_HLS_part={part}&_HLS_skip=YES"));
    let crowd: Vec<_> = (0..3_000).map(|_| show.spawn_get(&query)).collect();
    show.settle().await;
    show.feed(flv::plain(), 300).await;
    let mut first = None;
    for answer in crowd {
        let answer = answer.await.unwrap();
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(first.get_or_insert_with(|| answer.body.clone()), &answer.body);
    }
}
