//! Which of a broadcast's renditions a viewer gets, and when.

use std::sync::Arc;
use std::time::Duration;

use klieg_media::authority::{IngestProtocol, PublishRequest};
use klieg_media::codec::{AudioConfig, AudioSetup, Kind, TrackConfig, h264};
use klieg_media::frame::Frame;
use klieg_media::publisher::{Publisher, SourceFrame};
use klieg_media::rendition::{Origin, Rendition};
use klieg_media::time::{MediaTime, WallTime};
use str0m::format::Codec;

use crate::support::show::{film, number, slices, watch};
use crate::support::{KEY, Server, until};

fn config() -> Arc<TrackConfig> {
    config_of(film())
}

pub(crate) fn config_of(film: &[Vec<u8>]) -> Arc<TrackConfig> {
    let nals = h264::annex_b_nals(&film[0].clone().into());
    let sets = |kind| nals.iter().filter(|nal| h264::nal_type(nal) == kind).cloned().collect();
    Arc::new(TrackConfig::Video(h264::config(sets(h264::NAL_SPS), sets(h264::NAL_PPS)).unwrap()))
}

pub(crate) async fn rtmp(server: &Server) -> Publisher {
    let request = PublishRequest {
        key: KEY.into(),
        protocol: IngestProtocol::Rtmp,
        peer: "127.0.0.1:1".parse().unwrap(),
        encoder: None,
    };
    server.hub.publish(request).await.unwrap()
}

fn picture(config: &Arc<TrackConfig>, film_number: usize, pts: i64, dts: i64) -> SourceFrame {
    SourceFrame {
        pts: MediaTime::from_millis(pts),
        dts: MediaTime::from_millis(dts),
        captured: None,
        keyframe: film_number == 0,
        config: config.clone(),
        payload: h264::length_prefixed(&slices(&film()[film_number])),
    }
}

fn publish(rendition: &Rendition, config: &Arc<TrackConfig>, millis: i64, keyframe: bool, payload: bytes::Bytes) {
    let time = MediaTime::from_millis(millis);
    rendition.publish(Frame::new(config.clone(), time, time, WallTime::now(), keyframe, 0, payload));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_show_with_b_frames_is_seen_through_its_realtime_copy() {
    let server = Server::start();
    let config = config();
    let mut publisher = rtmp(&server).await;
    publisher.push("source", picture(&config, 0, 0, -80)).unwrap();
    let mut viewer = watch(&server).await;
    // Shown third, decoded second: a B-frame follows.
    publisher.push("source", picture(&config, 2, 66, -40)).unwrap();
    publisher.push("source", picture(&config, 1, 33, 0)).unwrap();
    let stream = server.stream().unwrap();
    until("the source is known to reorder", || stream.rendition("source").unwrap().reorders()).await;
    let copy = stream.open_rendition("realtime", Kind::Video, Origin::Realtime);
    until("the copy is subscribed to", || copy.subscribers() > 0).await;
    until("the source is left", || stream.rendition("source").unwrap().subscribers() == 0).await;
    // Some more than are looked for: after the last packet nothing tells that it is lost. All at once would overflow the viewer's socket.
    for at in 0..35 {
        publish(&copy, &config, at as i64 * 33, at == 0, h264::length_prefixed(&slices(&film()[at])));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut seen = Vec::new();
    while seen.last() != Some(&29) {
        seen.push(number(&viewer.picture().await.data).unwrap());
    }
    assert!(seen.ends_with(&(0..30).collect::<Vec<_>>()), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_is_heard_as_soon_as_the_transcoder_makes_it() {
    let server = Server::start();
    let mut publisher = rtmp(&server).await;
    publisher.push("source", picture(&config(), 0, 0, 0)).unwrap();
    let mut viewer = watch(&server).await;
    viewer.picture().await;
    let opus = AudioConfig { setup: AudioSetup::Opus, sample_rate: 48_000, channels: 2 };
    let opus = Arc::new(TrackConfig::Audio(opus));
    let sound = server.stream().unwrap().open_rendition("opus", Kind::Audio, Origin::Transcoder);
    publish(&sound, &opus, 0, true, vec![0xfc, 0].into());
    until("the sound is subscribed to", || sound.subscribers() > 0).await;
    for count in 1..20u8 {
        publish(&sound, &opus, i64::from(count) * 20, true, vec![0xfc, count].into());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let heard = viewer.media().await;
    assert_eq!(heard.params.spec().codec, Codec::Opus);
    assert_eq!(heard.data[0], 0xfc);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_group_that_is_too_large_a_viewer_is_shown_the_keyframe_until_the_next_one() {
    let server = Server::start();
    let config = config();
    let mut publisher = rtmp(&server).await;
    let mut push = |frame: SourceFrame| publisher.push("source", frame).unwrap();
    let slice = bytes::Bytes::from([vec![0x41], vec![7; 100_000]].concat());
    let large = |at: i64| SourceFrame {
        payload: h264::length_prefixed(std::slice::from_ref(&slice)),
        ..picture(&config, 1, at * 33, at * 33)
    };
    push(picture(&config, 0, 0, 0));
    (1..80).for_each(|at| push(large(at)));
    let mut viewer = watch(&server).await;
    assert_eq!(number(&viewer.picture().await.data), Some(0));
    push(large(80));
    for at in 0..3 {
        let time = (81 + at as i64) * 33;
        push(picture(&config, at, time, time));
    }
    for at in 0..2 {
        assert_eq!(number(&viewer.picture().await.data), Some(at));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_group_of_pictures_is_sent_when_no_keyframe_can_be_asked_for() {
    let server = Server::start();
    let config = config();
    let mut publisher = rtmp(&server).await;
    let mut push = |at: usize| publisher.push("source", picture(&config, at, at as i64 * 33, at as i64 * 33)).unwrap();
    (0..150).for_each(&mut push);
    let mut viewer = watch(&server).await;
    for at in 150..200 {
        push(at);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut seen = Vec::new();
    while seen.last() < Some(&195) {
        seen.extend(number(&viewer.picture().await.data));
    }
    assert_eq!(seen[0], 0);
    assert!(seen.is_sorted() && seen.len() >= 100, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_publishers_line_held_back_is_left_out_and_the_newest_group_is_shown() {
    let server = Server::start();
    let config = config();
    let mut publisher = rtmp(&server).await;
    publisher.push("source", picture(&config, 0, 0, 0)).unwrap();
    let source = server.stream().unwrap().rendition("source").unwrap();
    let mut viewer = watch(&server).await;
    assert_eq!(number(&viewer.picture().await.data), Some(0));
    let publish = |place: i64, at: usize, held_back: bool| {
        let time = MediaTime::from_millis(100_000 + place * 33);
        let payload = h264::length_prefixed(&slices(&film()[at]));
        let mut frame = Frame::new(config.clone(), time, time, WallTime::now(), at == 0, 0, payload);
        frame.held_back = held_back;
        source.publish(frame);
    };
    (1..60_usize).for_each(|at| publish(at as i64, at, true));
    for at in 0..45_usize {
        publish(60 + at as i64, at, at < 5);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut seen = Vec::new();
    while seen.last() != Some(&35) {
        seen.push(number(&viewer.picture().await.data).unwrap());
    }
    assert_eq!(seen, (0..36).collect::<Vec<_>>());
}
