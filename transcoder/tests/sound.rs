//! Sound crosses between AAC and Opus: audible, in place, whatever happens to the process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::time::Duration;

use klieg_media::authority::IngestProtocol;
use klieg_media::codec::Codec;
use klieg_media::rendition::Origin;
use klieg_media::time::MediaTime;
use support::*;
use tokio::time::Instant;

/// Publishes bursts of a tone and checks that the other codec's rendition has them at the same places.
async fn heard_in_the_other_codec(
    sound: Sound,
    protocol: IngestProtocol,
    into: &'static str,
    codec: Codec,
    seconds: f64,
) {
    let studio = Studio::open();
    let mut publisher = studio.publish(protocol).await;
    let stream = publisher.stream().clone();
    let made = tokio::spawn(async move {
        let rendition = rendition(&stream, into).await;
        (collect(&rendition), rendition)
    });
    let source = publisher.rendition(sound.name(), &sound.config).clone();
    let published = collect(&source);
    sound.perform(&mut publisher).await;
    let (first, last) = (published.finish().await.swap_remove(0), source.newest().unwrap());
    let (collection, rendition) = made.await.unwrap();
    let end = last.dts - MediaTime::from_millis(150);
    eventually("sound to the end", || rendition.newest().is_some_and(|n| n.dts >= end)).await;
    let frames = collection.finish().await;

    assert_eq!(rendition.origin(), Origin::Transcoder);
    assert_eq!(frames[0].config.codec(), codec);
    assert!(frames.windows(2).all(|pair| pair[0].dts < pair[1].dts && pair[0].epoch == pair[1].epoch));
    let spread = |pair: &[std::sync::Arc<klieg_media::frame::Frame>]| (pair[1].pts - pair[0].pts).nanos();
    let frame = if codec == Codec::Opus { 20_000_000 } else { 21_333_333 };
    assert!(frames.windows(2).all(|pair| (spread(pair) - frame).abs() <= 1), "frames follow without gap");
    let missing = (frames[0].pts - first.pts).nanos() as f64 / 1e9;
    assert!(missing.abs() < 0.05, "the first frame is {missing} s after the source's");

    let pcm = decode(&frames);
    // What was encoded began at this place of the timeline.
    let zero = first.pts + sound.lead();
    let offset = (frames[0].pts - zero).secs_f64();
    let heard: Vec<f64> = onsets(&pcm).iter().map(|onset| onset + offset).collect();
    let expected: Vec<f64> = (0..seconds as i32).map(|second| f64::from(second) + 0.5).collect();
    assert_eq!(heard.len(), expected.len(), "{heard:?}");
    for (heard, expected) in heard.iter().zip(&expected) {
        println!("onset at {heard:.4}, meant for {expected:.4}");
        assert!((heard - expected).abs() < 0.010, "a burst at {expected} s was heard at {heard} s");
    }
    let burst = ((0.6 - offset) * f64::from(RATE)) as usize;
    let share = share_of(TONE, &pcm[burst..burst + RATE as usize / 4]);
    assert!(share > 0.9, "the tone has {share} of the power");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rtmp_show_is_heard_in_opus() {
    heard_in_the_other_codec(aac(&bursts(4.0)), IngestProtocol::Rtmp, "opus", Codec::Opus, 4.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rtmp_show_at_44100_samples_a_second_is_heard_in_opus() {
    let sound = aac_at_44100(&bursts(4.0));
    heard_in_the_other_codec(sound, IngestProtocol::Rtmp, "opus", Codec::Opus, 4.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whip_show_is_heard_in_aac() {
    heard_in_the_other_codec(opus(&bursts(4.0)), IngestProtocol::Whip, "aac", Codec::Aac, 4.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_transcoder_is_replaced_and_no_sound_is_lost() {
    let (studio, sound) = (Studio::open(), aac(&bursts(8.0)));
    let mut publisher = studio.publish(IngestProtocol::Rtmp).await;
    let stream = publisher.stream().clone();
    let playing = tokio::spawn(async move {
        sound.perform(&mut publisher).await;
        publisher
    });
    let rendition = rendition(&stream, "opus").await;
    let collection = collect(&rendition);
    eventually("sound", || rendition.newest().is_some()).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let killed = studio.processes();
    assert_eq!(killed.len(), 1);
    let before = rendition.newest().unwrap().dts;
    rustix::process::kill_process(rustix::process::Pid::from_raw(killed[0]).unwrap(), rustix::process::Signal::KILL)
        .unwrap();
    let kill = Instant::now();
    eventually("sound again", || {
        rendition.newest().is_some_and(|newest| newest.dts > before + MediaTime::from_millis(500))
    })
    .await;
    println!("sound again {:?} after the kill", kill.elapsed());
    assert_ne!(studio.processes(), killed);
    let publisher = playing.await.unwrap();
    let frames = collection.finish().await;
    let widest = frames.windows(2).map(|pair| (pair[1].pts - pair[0].pts).millis()).max().unwrap();
    println!("widest step between frames: {widest} ms");
    assert!(widest <= 250, "a gap of {widest} ms");

    publisher.finish();
    eventually("no process is left", || studio.processes().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_takes_over_with_the_other_codec_is_heard_in_both() {
    let studio = Studio::open();
    let mut first = studio.publish(IngestProtocol::Rtmp).await;
    let stream = first.stream().clone();
    aac(&bursts(1.0)).perform(&mut first).await;
    eventually("opus", || stream.rendition("opus").is_some_and(|opus| opus.newest().is_some())).await;

    let mut second = studio.publish(IngestProtocol::Whip).await;
    let sound = opus(&bursts(3.0));
    let before = stream.rendition("aac").unwrap().newest().unwrap();
    sound.perform(&mut second).await;
    let aac = stream.rendition("aac").unwrap();
    eventually("aac goes on", || {
        aac.newest().is_some_and(|newest| newest.epoch > before.epoch && newest.dts > before.dts)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_process_ends_with_the_server() {
    let studio = Studio::open();
    let mut publisher = studio.publish(IngestProtocol::Rtmp).await;
    aac(&bursts(1.0)).perform(&mut publisher).await;
    eventually("a process", || studio.processes().len() == 1).await;
    studio.shutdown.cancel();
    eventually("no process is left", || studio.processes().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_instead_of_sound_costs_the_garbage_alone() {
    let (studio, mut sound) = (Studio::open(), aac(&bursts(5.0)));
    let garbage = sound.units.len() / 2;
    for (index, unit) in sound.units.iter_mut().take(garbage).enumerate() {
        *unit = unit.iter().enumerate().map(|(at, byte)| byte ^ ((index * 31 + at * 7) as u8)).collect();
    }
    let mut publisher = studio.publish(IngestProtocol::Rtmp).await;
    sound.perform(&mut publisher).await;
    let opus = rendition(publisher.stream(), "opus").await;
    let source = publisher.stream().rendition("aac").unwrap();
    let end = source.newest().unwrap().dts - MediaTime::from_millis(150);
    eventually("sound after the garbage", || opus.newest().is_some_and(|n| n.dts >= end)).await;
    assert_eq!(studio.processes().len(), 1);
}
