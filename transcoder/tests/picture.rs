//! A show with B-frames gets a picture for WebRTC, while somebody watches there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use klieg_media::authority::IngestProtocol;
use klieg_media::codec::{Codec, TrackConfig, VideoSetup};
use klieg_media::publisher::{Publisher, SourceFrame};
use klieg_media::rendition::Origin;
use klieg_media::time::MediaTime;
use support::*;
use tokio::time::Instant;

/// Publishes pictures in real time.
async fn perform(config: Arc<TrackConfig>, pictures: Vec<Picture>, publisher: &mut Publisher) {
    perform_from(Duration::ZERO, config, pictures, publisher).await;
}

/// Publishes pictures that begin this far into the show in real time.
async fn perform_from(from: Duration, config: Arc<TrackConfig>, pictures: Vec<Picture>, publisher: &mut Publisher) {
    let start = Instant::now();
    for picture in pictures {
        let due = picture.dts.since(MediaTime::ZERO).saturating_sub(from);
        tokio::time::sleep_until(start + due).await;
        let frame = SourceFrame {
            pts: picture.pts,
            dts: picture.dts,
            captured: None,
            keyframe: picture.keyframe,
            config: config.clone(),
            payload: picture.payload,
        };
        publisher.push("source", frame).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_with_b_frames_are_made_fit_for_webrtc_while_somebody_watches() {
    let studio = Studio::open();
    let (config, pictures) = pictures_with_b_frames("320x240", 12);
    let mut publisher = studio.publish(IngestProtocol::Rtmp).await;
    let stream = publisher.stream().clone();
    let playing = tokio::spawn(async move {
        perform(config, pictures, &mut publisher).await;
        publisher
    });
    let realtime = rendition(&stream, "realtime").await;
    assert_eq!(realtime.origin(), Origin::Realtime);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(realtime.newest().is_none(), "nobody watches, nothing is encoded");

    let joined = Instant::now();
    let collection = collect(&realtime);
    eventually("a picture", || realtime.newest().is_some()).await;
    println!("first picture {:?} after the first viewer came", joined.elapsed());
    // A machine that stalls may be late once, but hardly each time.
    let mut requests = Vec::new();
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(600)).await;
        let asked = realtime.newest().unwrap().dts;
        assert!(realtime.request_keyframe());
        eventually("a keyframe on request", || {
            let newest = realtime.subscribe().take_backlog();
            newest.front().is_some_and(|first| first.keyframe && first.dts > asked)
        })
        .await;
        requests.push(asked);
    }
    let frames = collection.finish().await;

    assert_eq!(frames[0].config.codec(), Codec::H264);
    let video = frames[0].config.video().unwrap();
    assert_eq!((video.width, video.height), (320, 240));
    assert!(frames[0].keyframe);
    assert!(frames.iter().all(|frame| frame.pts == frame.dts));
    assert!(frames.windows(2).all(|pair| pair[0].pts < pair[1].pts));
    assert!(!realtime.reorders());
    let step = frames.windows(2).map(|pair| (pair[1].pts - pair[0].pts).millis()).max().unwrap();
    assert!(step <= 40, "every picture is there; the widest step is {step} ms");
    let waited: Vec<i64> = requests
        .iter()
        .map(|&asked| {
            let answer = frames.iter().find(|frame| frame.keyframe && frame.dts > asked);
            (answer.expect("a keyframe on request").dts - asked).millis()
        })
        .collect();
    println!("the keyframes came {waited:?} ms after they were asked for");
    assert!(waited.iter().any(|&waited| waited < 1_000), "one comes every two seconds unasked: {waited:?} ms");

    // Each is shown when the source's is.
    let source = stream.rendition("source").unwrap().subscribe().take_backlog();
    let newest = frames.last().unwrap();
    assert!(source.iter().any(|frame| frame.pts == newest.pts) || source.iter().all(|frame| frame.pts > newest.pts));

    let publisher = playing.await.unwrap();
    publisher.finish();
    eventually("no process is left", || studio.processes().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_over_when_another_encoder_sends_other_pictures() {
    let studio = Studio::open();
    let (config, pictures) = pictures_with_b_frames("320x240", 2);
    let mut publisher = studio.publish(IngestProtocol::Rtmp).await;
    let stream = publisher.stream().clone();
    perform(config.clone(), pictures.clone(), &mut publisher).await;
    let realtime = rendition(&stream, "realtime").await;

    let mut other = studio.publish(IngestProtocol::Whip).await;
    let first = &pictures[0];
    let frame = SourceFrame {
        pts: first.pts,
        dts: first.dts,
        captured: None,
        keyframe: first.keyframe,
        config,
        payload: first.payload.clone(),
    };
    other.push("high", frame).unwrap();
    eventually("the copy is closed", || !realtime.is_open()).await;
    assert_eq!(stream.renditions().iter().map(|rendition| rendition.name()).collect::<Vec<_>>(), ["high"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn encoding_stops_when_the_last_viewer_is_long_gone_and_begins_again_with_the_next() {
    let studio = Studio::open();
    let (config, pictures) = pictures_with_b_frames("320x240", 40);
    let mut publisher = studio.publish(IngestProtocol::Rtmp).await;
    let stream = publisher.stream().clone();
    let playing = tokio::spawn(async move { perform(config, pictures, &mut publisher).await });
    let realtime = rendition(&stream, "realtime").await;
    let viewer = realtime.subscribe();
    eventually("a picture", || realtime.newest().is_some()).await;
    drop(viewer);
    // A stopped rendition forgets its pictures: whoever comes next must not begin with old ones.
    eventually("no picture is kept", || realtime.newest().is_none()).await;

    let before = stream.rendition("source").unwrap().newest().unwrap().dts;
    let collection = collect(&realtime);
    eventually("a picture again", || realtime.newest().is_some()).await;
    let frames = collection.finish().await;
    assert!(frames[0].keyframe);
    assert!(frames[0].pts >= before, "it begins where the show is now");
    playing.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hevc_show_has_a_picture_that_browsers_can_show() {
    let studio = Studio::open();
    let (config, pictures) = hevc_pictures(8);
    let mut publisher = studio.publish(IngestProtocol::Rtmp).await;
    let stream = publisher.stream().clone();
    let playing = tokio::spawn(async move {
        perform(config, pictures, &mut publisher).await;
        publisher
    });
    let realtime = rendition(&stream, "realtime").await;
    let collection = collect(&realtime);
    let publisher = playing.await.unwrap();
    // Some are still being made when the last has been sent.
    let source = publisher.stream().rendition("source").unwrap().newest().unwrap();
    let end = source.dts - MediaTime::from_millis(2_000);
    eventually("pictures almost to the end", || realtime.newest().is_some_and(|newest| newest.dts >= end)).await;
    let frames = collection.finish().await;
    assert_eq!(frames[0].config.codec(), Codec::H264);
    assert!(frames.len() > 60, "{} pictures", frames.len());
    let profile = match &frames[0].config.video().unwrap().setup {
        VideoSetup::H264 { sps, .. } => klieg_media::codec::h264::Sps::parse(&sps[0]).unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!((profile.profile, profile.constraints & 0x40), (66, 0x40), "constrained baseline");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_show_that_changes_its_size_goes_on_in_the_new_size() {
    let studio = Studio::open();
    let (small, small_pictures) = pictures_with_b_frames("320x240", 2);
    let (large, mut large_pictures) = pictures_with_b_frames("640x360", 2);
    let mut publisher = studio.publish(IngestProtocol::Rtmp).await;
    let stream = publisher.stream().clone();
    let watching = tokio::spawn(async move {
        let realtime = rendition(&stream, "realtime").await;
        let collection = collect(&realtime);
        eventually("the new size", || {
            realtime.config().is_some_and(|config| config.video().is_some_and(|video| video.width == 640))
        })
        .await;
        collection.finish().await
    });
    perform(small, small_pictures, &mut publisher).await;
    for picture in &mut large_pictures {
        picture.pts = picture.pts + Duration::from_secs(2);
        picture.dts = picture.dts + Duration::from_secs(2);
    }
    perform_from(Duration::from_secs(2), large, large_pictures, &mut publisher).await;
    let frames = watching.await.unwrap();
    let first = frames.iter().find(|frame| frame.config.video().unwrap().width == 640).unwrap();
    assert!(first.keyframe);
    assert!(frames.windows(2).all(|pair| pair[0].dts < pair[1].dts));
}
