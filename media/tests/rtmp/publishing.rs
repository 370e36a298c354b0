//! What becomes of a broadcast when real encoders come, go, crash and take over.

use std::time::Duration;

use klieg_media::codec::{Codec, h264};
use klieg_media::stream::StreamState;

use crate::harness::{Encoder, KEY, Node, eventually, frames, rendition};

const LONG: Duration = Duration::from_mins(2);

#[tokio::test(flavor = "multi_thread")]
async fn ffmpeg_is_received_whole() {
    let node = Node::start(LONG).await;
    let mut encoder = Encoder::ffmpeg(&node.url(KEY));
    let stream = node.live().await;
    let (source, sound) = (rendition(&stream, "source").await, rendition(&stream, "aac").await);
    let video = frames(&mut source.subscribe(), 60).await;
    let audio = frames(&mut sound.subscribe(), 100).await;

    let config = video[0].config.video().unwrap();
    assert_eq!((config.setup.codec(), config.width, config.height), (Codec::H264, 320, 180));
    assert!(video[0].keyframe, "a subscription begins with a keyframe");
    assert!(video.iter().filter(|frame| frame.keyframe).count() >= 2);
    assert!(source.reorders(), "B-frames are seen");
    for pair in video.windows(2) {
        assert!(pair[0].dts < pair[1].dts && pair[1].pts >= pair[1].dts);
        assert!(std::sync::Arc::ptr_eq(&pair[0].config, &pair[1].config));
    }
    for frame in &video {
        let nals: Vec<_> = h264::nals(&frame.payload).collect();
        assert_eq!(nals.iter().map(|nal| nal.len() + 4).sum::<usize>(), frame.payload.len());
        assert!(
            nals.iter().all(|nal| !matches!(h264::nal_type(nal), 0 | h264::NAL_SPS | h264::NAL_PPS | h264::NAL_AUD))
        );
        assert_eq!(frame.keyframe, nals.iter().any(|nal| h264::nal_type(nal) == h264::NAL_IDR));
    }
    let config = audio[0].config.audio().unwrap();
    assert_eq!((config.setup.codec(), config.sample_rate, config.channels), (Codec::Aac, 48_000, 2));
    let steps: Vec<_> = audio.windows(2).map(|pair| (pair[1].dts - pair[0].dts).ticks(48_000)).collect();
    assert!(steps.iter().all(|step| *step == 1_024), "sound is spaced by its samples: {steps:?}");
    eventually("the encoder's name", || stream.ingest().encoder.filter(|name| name.starts_with("Lavf"))).await;

    encoder.interrupt().await;
    stream.ended().await;
    assert!(node.stream().is_none(), "a clean end is the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn gstreamer_is_received() {
    let node = Node::start(LONG).await;
    let url = format!("location={}", node.url(KEY));
    let launch = "-q flvmux name=mux streamable=true ! rtmp2sink async=false \
        videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=25/1 \
        ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! mux. \
        audiotestsrc is-live=true ! audio/x-raw,rate=44100,channels=2 ! avenc_aac ! mux.";
    let mut arguments: Vec<&str> = launch.split_whitespace().collect();
    arguments.insert(6, &url);
    let mut encoder = Encoder::spawn("gst-launch-1.0", arguments.into_iter());
    let stream = node.live().await;
    let video = frames(&mut rendition(&stream, "source").await.subscribe(), 30).await;
    assert_eq!(video[0].config.video().map(|config| (config.width, config.height)), Some((320, 180)));
    let audio = frames(&mut rendition(&stream, "aac").await.subscribe(), 30).await;
    assert_eq!(audio[0].config.audio().map(|config| config.sample_rate), Some(44_100));
    encoder.kill().await;
    eventually("the wait for its return", || matches!(stream.state(), StreamState::Waiting { .. }).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_alone_and_a_picture_alone_are_broadcasts_too() {
    let node = Node::start(Duration::ZERO).await;
    let sound = Encoder::ffmpeg_with("-re -f lavfi -i sine=sample_rate=48000 -t 4 -c:a aac -f flv", &node.url(KEY));
    let stream = node.live().await;
    let audio = rendition(&stream, "aac").await;
    frames(&mut audio.subscribe(), 20).await;
    assert!(stream.rendition("source").is_none());
    assert!(sound.exit().await.0.success());
    stream.ended().await;

    let picture = "-re -f lavfi -i testsrc2=size=160x90:rate=25 -t 4 -c:v libx264 -preset ultrafast -f flv";
    let picture = Encoder::ffmpeg_with(picture, &node.url("bobs-key"));
    let stream = eventually("a broadcast", || node.hub.streams().pop()).await;
    frames(&mut rendition(&stream, "source").await.subscribe(), 20).await;
    assert!(stream.rendition("aac").is_none());
    assert!(picture.exit().await.0.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_refused_in_words() {
    let node = Node::start(LONG).await;
    let (status, said) = Encoder::ffmpeg(&node.url("wrong-key")).exit().await;
    assert!(!status.success());
    assert!(said.contains("The stream key is not valid"), "{said}");
    assert!(node.stream().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_revoked_while_live_cuts_the_encoder_off() {
    let node = Node::start(LONG).await;
    let encoder = Encoder::ffmpeg(&node.url(KEY));
    let stream = node.live().await;
    frames(&mut rendition(&stream, "source").await.subscribe(), 5).await;
    node.hub.revoke_key(node.key);
    stream.ended().await;
    let (status, said) = encoder.exit().await;
    assert!(!status.success(), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_encoder_takes_over_and_the_first_is_told() {
    let node = Node::start(LONG).await;
    let first = Encoder::ffmpeg(&node.url(KEY));
    let stream = node.live().await;
    let source = rendition(&stream, "source").await;
    let mut viewer = source.subscribe();
    let before = frames(&mut viewer, 10).await;
    let _second = Encoder::ffmpeg(&node.url(KEY));
    let (status, said) = first.exit().await;
    assert!(!status.success(), "{said}");

    let mut after = frames(&mut viewer, 1).await;
    while after[0].epoch == before[0].epoch {
        after = frames(&mut viewer, 1).await;
    }
    assert!(after[0].keyframe && after[0].dts > before[9].dts);
    assert_eq!((stream.state(), stream.ingest().reconnects), (StreamState::Live, 1));
    assert_eq!(node.live().await.id, stream.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoder_that_crashed_and_returns_continues_its_broadcast() {
    let node = Node::start(LONG).await;
    let mut first = Encoder::ffmpeg(&node.url(KEY));
    let stream = node.live().await;
    let mut viewer = rendition(&stream, "source").await.subscribe();
    let mut last = frames(&mut viewer, 10).await.pop().unwrap();
    first.kill().await;
    eventually("the wait for its return", || matches!(stream.state(), StreamState::Waiting { .. }).then_some(())).await;

    let _second = Encoder::ffmpeg(&node.url(KEY));
    loop {
        let frame = frames(&mut viewer, 1).await.pop().unwrap();
        assert!(frame.dts > last.dts);
        let returned = frame.epoch != last.epoch;
        last = frame;
        if returned {
            break;
        }
    }
    assert_eq!(last.epoch, 1);
    assert!(last.keyframe);
    assert_eq!((node.live().await.id, stream.state()), (stream.id, StreamState::Live));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoder_that_does_not_return_ends_its_broadcast() {
    let node = Node::start(Duration::from_millis(300)).await;
    let mut encoder = Encoder::ffmpeg(&node.url(KEY));
    let stream = node.live().await;
    frames(&mut rendition(&stream, "source").await.subscribe(), 5).await;
    encoder.kill().await;
    stream.ended().await;
    assert!(node.stream().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_tells_the_encoder_and_leaves_no_connection() {
    let node = Node::start(LONG).await;
    let encoder = Encoder::ffmpeg(&node.url(KEY));
    let stream = node.live().await;
    frames(&mut rendition(&stream, "source").await.subscribe(), 5).await;
    node.hub.drain().await;
    node.shutdown.cancel();
    let begun = std::time::Instant::now();
    node.rtmp.drained(Duration::from_secs(30)).await;
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert_eq!(stream.state(), StreamState::Ended);
    assert!(!encoder.exit().await.0.success());
}
