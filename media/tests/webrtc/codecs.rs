//! HEVC and AV1 from a WHIP encoder, through the hub, to WHEP viewers.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use klieg_media::codec::{Kind, TrackConfig, VideoSetup, av1, h264, hevc};
use klieg_media::frame::Frame;
use klieg_media::rendition::{Origin, Received};
use klieg_media::time::{MediaTime as Time, WallTime};
use str0m::format::Codec;
use str0m::media::{Frequency, MediaKind, MediaTime};

use crate::support::peer::{Peer, Wish};
use crate::support::show::{ffmpeg, film, number, slices};
use crate::support::{Server, until};

const PICTURES: usize = 60;
/// A keyframe a second.
const GROUP: usize = 30;

/// Two seconds as an encoder hands them over, one piece a picture.
fn shoot(codec: Codec) -> Vec<Bytes> {
    let source = "-f lavfi -i testsrc2=size=640x360:rate=30 -t 2 -b:v 1500k";
    let mut pictures: Vec<Vec<u8>> = Vec::new();
    if codec == Codec::H265 {
        let params = "log-level=none:aud=1:info=0:repeat-headers=1:keyint=30:min-keyint=30:scenecut=0:bframes=0";
        let stream = ffmpeg(&format!("{source} -c:v libx265 -preset ultrafast -x265-params {params} -f hevc -"));
        for nal in h264::annex_b_nals(&stream) {
            if hevc::nal_type(&nal) == hevc::NAL_AUD {
                pictures.push(Vec::new());
            }
            let picture = pictures.last_mut().expect("the film begins with a delimiter");
            picture.extend_from_slice(&[0, 0, 0, 1]);
            picture.extend_from_slice(&nal);
        }
    } else {
        let encoder = "-c:v libaom-av1 -usage realtime -cpu-used 8 -lag-in-frames 0 -g 30 -keyint_min 30";
        for obu in av1::obus(&ffmpeg(&format!("{source} {encoder} -f obu -"))) {
            if obu.kind == av1::OBU_TEMPORAL_DELIMITER {
                pictures.push(Vec::new());
            }
            pictures.last_mut().expect("the film begins with a delimiter").extend_from_slice(&obu.whole);
        }
    }
    pictures.into_iter().map(Bytes::from).collect()
}

/// What a decoder is given of a picture, its parameter sets apart: (sets, picture).
fn parts(codec: Codec, picture: &Bytes) -> (Vec<Bytes>, Vec<Bytes>) {
    if codec == Codec::H265 {
        let mut nals = h264::annex_b_nals(picture);
        nals.retain(|nal| hevc::nal_type(nal) != hevc::NAL_AUD);
        let is_set = |nal: &Bytes| matches!(hevc::nal_type(nal), hevc::NAL_VPS | hevc::NAL_SPS | hevc::NAL_PPS);
        return nals.into_iter().partition(is_set);
    }
    let obus = av1::obus(picture).filter(|obu| obu.kind != av1::OBU_TEMPORAL_DELIMITER);
    let (sets, rest): (Vec<_>, Vec<_>) = obus.partition(|obu| obu.kind == av1::OBU_SEQUENCE_HEADER);
    let bytes = |obus: Vec<av1::Obu>| obus.into_iter().map(|obu| obu.whole).collect();
    (bytes(sets), bytes(rest))
}

fn sets(config: &TrackConfig) -> Vec<Bytes> {
    match &config.video().unwrap().setup {
        VideoSetup::Hevc { vps, sps, pps } => [vps, sps, pps].into_iter().flatten().cloned().collect(),
        VideoSetup::Av1 { sequence_header } => vec![sequence_header.clone()],
        other => panic!("{other:?}"),
    }
}

fn payload_parts(codec: Codec, payload: &Bytes) -> Vec<Bytes> {
    match codec {
        Codec::H265 => h264::nals(payload).collect(),
        _ => av1::obus(payload).map(|obu| obu.whole).collect(),
    }
}

async fn publish(server: &Server, codec: Codec) -> Peer {
    let mut publisher = Peer::new(Wish { video: Some(codec), audio: false, ..Wish::PUBLISH }).await;
    let answer = server.whip(&publisher.offer).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    publisher.accept(&answer.body);
    publisher.connected().await;
    publisher
}

fn send(publisher: &Peer, number: usize, picture: &Bytes) {
    let time = MediaTime::new(number as u64 * 3_000, Frequency::NINETY_KHZ);
    publisher.write(MediaKind::Video, None, time, picture.to_vec());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whip_7_hevc_and_av1_arrive_bit_for_bit_with_their_keyframes() {
    for codec in [Codec::H265, Codec::Av1] {
        let pictures = tokio::task::spawn_blocking(move || shoot(codec)).await.unwrap();
        assert_eq!(pictures.len(), PICTURES, "{codec:?}");
        let server = Server::start();
        let publisher = publish(&server, codec).await;
        for (number, picture) in pictures.iter().enumerate().take(5) {
            send(&publisher, number, picture);
        }
        until("the broadcast has a picture", || {
            server.stream().and_then(|stream| stream.rendition("source")).is_some_and(|found| found.newest().is_some())
        })
        .await;
        let rendition = server.stream().unwrap().rendition("source").unwrap();
        let mut subscription = rendition.subscribe();
        let mut viewer = Peer::new(Wish { video: Some(codec), audio: false, ..Wish::PLAY }).await;
        let answer = server.whep(&viewer.offer).await;
        assert_eq!(answer.status, 201, "{codec:?}: {}", answer.body);
        viewer.accept(&answer.body);
        viewer.connected().await;
        // Some more than are looked for: after the last packet nothing tells that it is lost.
        for (number, picture) in pictures.iter().cycle().enumerate().take(PICTURES + 5).skip(5) {
            send(&publisher, number, picture);
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
        for (number, picture) in pictures.iter().enumerate() {
            let (told, coded) = parts(codec, picture);
            let Some(Received::Frame(frame)) = subscription.next().await else { panic!("picture {number} is missing") };
            assert_eq!(frame.keyframe, number % GROUP == 0, "{codec:?} picture {number}");
            assert!(payload_parts(codec, &frame.payload) == coded, "{codec:?} picture {number}");
            assert!(told.is_empty() || told == sets(&frame.config), "{codec:?} picture {number}");
            let video = frame.config.video().unwrap();
            assert_eq!((video.width, video.height), (640, 360));
        }
        for (number, picture) in pictures.iter().enumerate() {
            let seen = viewer.picture().await;
            let (told, coded) = parts(codec, &Bytes::from_owner(seen.data.clone()));
            assert!(coded == parts(codec, picture).1, "{codec:?} picture {number} at the viewer");
            assert_eq!(!told.is_empty(), number % GROUP == 0, "a keyframe brings what a decoder must know");
            assert_eq!(seen.is_keyframe(), number % GROUP == 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_cannot_decode_the_source_is_refused_clearly_or_gets_another_picture() {
    let pictures = tokio::task::spawn_blocking(|| shoot(Codec::H265)).await.unwrap();
    let server = Server::start();
    let publisher = publish(&server, Codec::H265).await;
    send(&publisher, 0, &pictures[0]);
    until("the broadcast has a picture", || {
        server.stream().and_then(|stream| stream.rendition("source")).is_some_and(|found| found.config().is_some())
    })
    .await;
    let mut viewer = Peer::new(Wish { audio: false, ..Wish::PLAY }).await;
    let refused = server.whep(&viewer.offer).await;
    assert_eq!(refused.status, 406);
    assert!(refused.body.contains("H265/90000"), "the counter-offer says what there is: {}", refused.body);
    // As the transcoder would make it.
    let copy = server.stream().unwrap().open_rendition("360p", Kind::Video, Origin::Transcoder);
    let nals = h264::annex_b_nals(&film()[0].clone().into());
    let sets = |kind| nals.iter().filter(|nal| h264::nal_type(nal) == kind).cloned().collect();
    let config = Arc::new(TrackConfig::Video(h264::config(sets(h264::NAL_SPS), sets(h264::NAL_PPS)).unwrap()));
    let publish = |at: usize| {
        let (time, payload) = (Time::from_millis(at as i64 * 33), h264::length_prefixed(&slices(&film()[at])));
        copy.publish(Frame::new(config.clone(), time, time, WallTime::now(), at == 0, 0, payload));
    };
    publish(0);
    let answer = server.whep(&viewer.offer).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    viewer.accept(&answer.body);
    viewer.connected().await;
    publish(1);
    let seen = viewer.picture().await;
    assert_eq!((seen.params.spec().codec, number(&seen.data)), (Codec::H264, Some(0)));
}
