//! Publishers that come, go, return and take over.

use std::net::SocketAddr;
use std::time::Duration;

use super::*;
use crate::authority::{IngestProtocol, PublishRequest, StaticAuthority};
use crate::codec::{AudioConfig, AudioSetup, VideoConfig, VideoSetup};
use crate::rendition::Received;
use crate::stream::StreamState;

fn hub(grace: Duration) -> Arc<Hub> {
    Hub::new(Arc::new(StaticAuthority::new([("key", "ada")])), Vec::new(), grace)
}

async fn publish(hub: &Arc<Hub>) -> Publisher {
    let peer = SocketAddr::from(([127, 0, 0, 1], 9));
    let request = PublishRequest { key: "key".into(), protocol: IngestProtocol::Rtmp, peer, encoder: None };
    hub.publish(request).await.unwrap()
}

fn frame(millis: i64) -> SourceFrame {
    let config = AudioConfig { setup: AudioSetup::Opus, sample_rate: 48_000, channels: 2 };
    SourceFrame {
        pts: MediaTime::from_millis(millis + 5),
        dts: MediaTime::from_millis(millis),
        captured: None,
        keyframe: true,
        config: Arc::new(TrackConfig::Audio(config)),
        payload: Bytes::from_static(b"x"),
    }
}

fn picture(pts: i64, dts: i64) -> SourceFrame {
    let config = VideoConfig { setup: VideoSetup::Vp8, width: 640, height: 360 };
    let (pts, dts) = (MediaTime::from_millis(pts), MediaTime::from_millis(dts));
    SourceFrame { pts, dts, config: Arc::new(TrackConfig::Video(config)), ..frame(0) }
}

fn names(stream: &Stream) -> Vec<String> {
    stream.renditions().iter().map(|rendition| rendition.name().to_owned()).collect()
}

async fn sent(stream: &Stream, count: usize) -> Vec<(i64, u32)> {
    let mut subscription = stream.rendition("opus").unwrap().subscribe();
    let mut times = Vec::new();
    while times.len() < count {
        if let Some(Received::Frame(frame)) = subscription.next().await {
            assert_eq!((frame.pts - frame.dts).millis(), 5, "the composition offset is kept");
            times.push((frame.dts.nanos() / 1_000, frame.epoch));
        }
    }
    times
}

#[tokio::test]
async fn disorder_is_ironed_out_and_a_step_back_begins_a_new_epoch() {
    let hub = hub(Duration::from_mins(1));
    let mut publisher = publish(&hub).await;
    for millis in [5_000, 5_020, 5_010, 5_040, 1_000, 1_020] {
        publisher.push("opus", frame(millis)).unwrap();
    }
    let times = sent(publisher.stream(), 6).await;
    let base = times[0].0;
    let steps: Vec<_> = times.iter().map(|(time, epoch)| (time - base, *epoch)).collect();
    assert_eq!(steps[..4], [(0, 0), (20_000, 0), (20_001, 0), (40_000, 0)]);
    assert!(steps[4].0 > 40_000 && (19_999..=20_000).contains(&(steps[5].0 - steps[4].0)), "{steps:?}");
    assert_eq!((steps[4].1, steps[5].1), (1, 1));
}

#[tokio::test]
async fn decode_times_increase_across_a_takeover() {
    let hub = hub(Duration::from_mins(1));
    let mut first = publish(&hub).await;
    for millis in [0, 40, 9_000, 8_990] {
        first.push("opus", frame(millis)).unwrap();
    }
    let mut second = publish(&hub).await;
    assert_eq!(first.push("opus", frame(9_020)), Err(StopReason::TakenOver));
    second.push("opus", frame(0)).unwrap();
    let times = sent(second.stream(), 5).await;
    assert!(times.is_sorted_by(|a, b| a.0 < b.0), "{times:?}");
    assert_eq!(times[4].1, 1);
    first.finish();
    assert_eq!(second.stream().state(), StreamState::Live, "the one taken over leaves no trace");
}

#[tokio::test]
async fn what_another_publisher_does_not_send_is_closed_and_goes_on_if_it_comes_back() {
    let hub = hub(Duration::from_mins(1));
    let mut first = publish(&hub).await;
    let stream = first.stream().clone();
    first.expect(vec!["high".into(), "low".into()]);
    first.push("low", picture(0, 0)).unwrap();
    assert_eq!(names(&stream), ["low", "high"], "what is expected is not waited for in vain");
    first.push("high", picture(0, 0)).unwrap();
    first.push("opus", frame(0)).unwrap();
    let high = stream.rendition("high").unwrap();

    let mut second = publish(&hub).await;
    second.push("source", picture(0, 0)).unwrap();
    assert_eq!(names(&stream), ["opus", "source"], "its sound may be yet to come");
    assert!(!high.is_open() && high.newest().is_none());
    second.push("source", picture(4_000, 4_000)).unwrap();
    assert_eq!(names(&stream), ["source"]);

    let mut third = publish(&hub).await;
    third.expect(vec!["high".into(), "low".into()]);
    third.push("high", picture(0, 0)).unwrap();
    assert_eq!(names(&stream), ["low", "high"]);
    assert!(Arc::ptr_eq(&high, &stream.rendition("high").unwrap()));
    third.push("high", picture(4_000, 4_000)).unwrap();
    assert_eq!(names(&stream), ["high"], "the layer that was announced never came");
}

#[tokio::test]
async fn who_sends_a_sound_is_known_after_a_takeover() {
    let hub = hub(Duration::from_mins(1));
    let first = publish(&hub).await;
    let stream = first.stream().clone();
    let opus = stream.open_rendition("opus", Kind::Audio, Origin::Transcoder);
    let mut second = publish(&hub).await;
    second.push("opus", frame(0)).unwrap();
    assert_eq!(opus.origin(), Origin::Source);
    stream.open_rendition("opus", Kind::Audio, Origin::Transcoder);
    assert_eq!(opus.origin(), Origin::Source, "what the publisher sends is its own");
}

#[tokio::test]
async fn a_publisher_without_b_frames_is_known_to_have_none() {
    let hub = hub(Duration::from_mins(1));
    let mut first = publish(&hub).await;
    for (pts, dts) in [(0, -80), (120, -40), (40, 0), (80, 40)] {
        first.push("source", picture(pts, dts)).unwrap();
    }
    let source = first.stream().rendition("source").unwrap();
    (4..200).for_each(|at| first.push("source", picture(at * 40, at * 40)).unwrap());
    assert!(source.reorders(), "an encoder may leave its B-frames out for a while");
    let mut second = publish(&hub).await;
    (0..50).for_each(|at| second.push("source", picture(at * 40, at * 40)).unwrap());
    assert!(source.reorders(), "a few frames show nothing");
    let looks = first.stream().watch_renditions();
    (50..100).for_each(|at| second.push("source", picture(at * 40, at * 40)).unwrap());
    assert!(!source.reorders() && looks.has_changed().unwrap());
}

#[tokio::test]
async fn a_broadcast_has_only_so_many_renditions() {
    let hub = hub(Duration::from_mins(1));
    let mut publisher = publish(&hub).await;
    for index in 0..20 {
        publisher.push(&format!("layer-{index}"), picture(0, 0)).unwrap();
    }
    let stream = publisher.stream();
    assert_eq!(stream.renditions().len(), 16);
    assert_eq!(stream.ingest().ignored.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_may_be_dropped_outside_the_runtime() {
    let hub = hub(Duration::from_millis(10));
    let publisher = publish(&hub).await;
    let stream = publisher.stream().clone();
    std::thread::spawn(move || drop(publisher)).join().unwrap();
    stream.ended().await;
}

fn waits(stream: &Stream) -> bool {
    matches!(stream.state(), StreamState::Waiting { .. })
}

#[tokio::test]
async fn a_silent_publisher_is_awaited_and_goes_on_with_what_it_sends_next() {
    let hub = hub(Duration::from_mins(1));
    let mut publisher = publish(&hub).await;
    let stream = publisher.stream().clone();
    publisher.push("opus", frame(0)).unwrap();
    publisher.wait(Duration::from_secs(20));
    assert!(waits(&stream));
    publisher.push("opus", frame(20)).unwrap();
    assert_eq!((stream.state(), stream.ingest().reconnects), (StreamState::Live, 0));
    publisher.wait(Duration::from_secs(20));
    publisher.finish();
    assert_eq!(stream.state(), StreamState::Ended, "who is silent may still end the show");
}

#[tokio::test]
async fn who_takes_over_from_a_silent_publisher_keeps_the_broadcast() {
    let hub = hub(Duration::from_mins(1));
    let mut first = publish(&hub).await;
    let stream = first.stream().clone();
    first.wait(Duration::from_secs(20));
    let second = publish(&hub).await;
    assert!(Arc::ptr_eq(&stream, second.stream()));
    assert_eq!((stream.state(), stream.ingest().reconnects), (StreamState::Live, 1));
    assert_eq!(first.push("opus", frame(0)), Err(StopReason::TakenOver));
    first.wait(Duration::from_secs(20));
    assert_eq!(stream.state(), StreamState::Live);
    drop(first);
    assert_eq!(stream.state(), StreamState::Live);
    drop(second);
    assert!(waits(&stream));
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_ends_only_when_its_silent_publisher_is_gone_as_long_as_any() {
    let grace = Duration::from_secs(15);
    let hub = hub(grace);
    let mut publisher = publish(&hub).await;
    let stream = publisher.stream().clone();
    publisher.wait(Duration::from_secs(20));
    tokio::time::sleep(Duration::from_mins(5)).await;
    assert!(waits(&stream));
    let gone = tokio::time::Instant::now();
    drop(publisher);
    stream.ended().await;
    assert!((grace..grace * 2).contains(&gone.elapsed()), "{:?}", gone.elapsed());
}
