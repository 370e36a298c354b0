//! The bitrate while a show is on: what is advised, and what changes without a break.

use klieg_studio_model::{
    AudioSettings, Command, Destination, DestinationKind, Encode, EncoderReport, Event, Output, OutputState, Remedy,
    Severity, ShowState, Studio, VideoSettings,
};

use crate::support::{Rig, go_live};

fn encode(layer: usize, (wanted, bitrate): (u32, u32), outputs: &[&str]) -> Encode {
    let report = EncoderReport { encoder: "x264enc".into(), hardware: false, reason: String::new() };
    let outputs: Vec<_> = outputs.iter().map(ToString::to_string).collect();
    let slow = if bitrate < wanted { outputs.clone() } else { Vec::new() };
    Encode { report, layer, wanted, bitrate, adapts: true, load: 0.3, outputs, slow }
}

fn own(id: &str, bitrate: u32) -> Destination {
    Destination {
        id: id.into(),
        name: id.to_uppercase(),
        kind: DestinationKind::Whip,
        url: "http://127.0.0.1:8080/whip".into(),
        enabled: true,
        layers: 1,
        video: Some(VideoSettings { bitrate, ..VideoSettings::default() }),
    }
}

/// Live at `a` with the profile's encoding, at `b` with one of its own, and recorded.
async fn on_air() -> Rig {
    let rig = Rig::new();
    rig.destination("a", DestinationKind::Whip, "http://127.0.0.1:8080/whip").await;
    rig.destination("b", DestinationKind::Whip, "http://127.0.0.1:8080/whip").await;
    rig.done(Command::SetDestination { destination: own("b", 6_000), key: None }).await;
    rig.done(go_live("")).await;
    rig.done(Command::StartRecording).await;
    rig.notes.output("a", OutputState::Live);
    rig.notes.output("b", OutputState::Live);
    rig.until("live", |studio| matches!(studio.show, ShowState::Live { .. })).await;
    rig.notes.take();
    rig
}

fn adapted(studio: &Studio) -> Vec<(&str, Option<Remedy>)> {
    let adapted = studio.advice.iter().filter(|advice| advice.key.starts_with("adapted"));
    adapted.map(|advice| (advice.key.as_str(), advice.remedy.clone())).collect()
}

fn set(bitrate: u32) -> Command {
    let video = VideoSettings { bitrate, ..VideoSettings::default() };
    Command::SetEncoding { video, audio: AudioSettings::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn encodes_of_one_encoder_are_told_apart_and_the_small_sizes_are_no_advice() {
    let rig = on_air().await;
    let running = vec![
        encode(0, (6_000, 4_200), &["b"]),
        encode(0, (2_500, 1_750), &["a"]),
        encode(1, (833, 581), &["a"]),
        encode(2, (277, 250), &["a"]),
    ];
    rig.notes.happen(Event::Encodes { running });
    let studio = rig.until("advice", |studio| !adapted(studio).is_empty()).await;
    let remedy = |bitrate, destination: Option<&str>| {
        Some(Remedy::Bitrate { bitrate, destination: destination.map(str::to_owned) })
    };
    assert_eq!(
        adapted(&studio),
        [("adapted b", remedy(4_200, Some("b"))), ("adapted a", remedy(1_750, None))],
        "{:?}",
        studio.advice
    );
    assert_eq!(studio.encoders.len(), 4);
    rig.notes.happen(Event::Encodes { running: vec![encode(0, (2_500, 2_500), &["a"])] });
    rig.until("those that ended are forgotten", |studio| studio.encoders.len() == 1).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_bitrate_reaches_what_runs_without_a_break() {
    let rig = on_air().await;
    rig.done(set(1_600)).await;
    assert_eq!(rig.notes.take(), ["a, recording at 1600"], "nothing is stopped");
    let studio = rig.state().await;
    assert_eq!(studio.profile.video.bitrate, 1_600);
    let notice = studio.notices.last().unwrap();
    assert_eq!((notice.severity, notice.text.contains("1.6 Mbit/s, without a break")), (Severity::Good, true));
    // The same for a destination with an encoding of its own; and what began later knows it.
    rig.done(Command::SetDestination { destination: own("b", 4_200), key: None }).await;
    assert_eq!(rig.notes.take(), ["b at 4200"]);
    rig.done(Command::SetEncoding {
        video: rig.state().await.profile.video.clone(),
        audio: AudioSettings { bitrate: 96 },
    })
    .await;
    let told = rig.notes.take();
    assert!(told.contains(&"start b at 4200".to_owned()), "{told:?}");
    // Anything else of it begins it anew.
    let other = Destination { layers: 3, ..own("b", 4_000) };
    rig.done(Command::SetDestination { destination: other, key: None }).await;
    let is_new = |output: &Output| matches!(output, Output::Whip(whip) if whip.layers == 3);
    rig.until("b again", |_| rig.notes.outputs().iter().any(is_new)).await;
    assert_eq!(rig.notes.take(), ["stop b", "start b at 4000"]);
    // It is sent on until it is known whether its new encoder works.
    rig.notes.try_encoders();
    rig.done(Command::SetDestination { destination: own("b", 5_000), key: None }).await;
    assert_eq!(rig.notes.take(), [""; 0]);
    assert!(rig.notes.outputs().iter().any(is_new));
    rig.notes.tried();
    rig.until("b as before", |_| rig.notes.take().contains(&"start b at 5000".to_owned())).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_wait_for_an_encoder_the_later_counts() {
    let rig = on_air().await;
    rig.notes.try_encoders();
    assert!(rig.refused(set(1)).await.contains("kbit/s"), "nothing is tried for what is wrong");
    let (first, second, ()) = tokio::join!(rig.ask(set(1_600)), rig.ask(set(1_800)), async {
        rig.state().await;
        rig.notes.tried();
    });
    assert!(first.unwrap_err().contains("set once more meanwhile"));
    second.unwrap();
    assert_eq!(rig.state().await.profile.video.bitrate, 1_800);
    assert_eq!(rig.notes.take(), ["a, recording at 1800"]);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_follow_begins_anew_and_says_why() {
    let rig = on_air().await;
    rig.notes.stiffen("a", "av1enc cannot change its bitrate while it runs");
    rig.done(set(1_600)).await;
    assert_eq!(rig.notes.take(), ["a, recording at 1600", "stop a", "start a at 1600"]);
    let notices = rig.state().await.notices.clone();
    let said = |text: &str| notices.iter().any(|notice| notice.text.contains(text));
    assert!(said("A began anew (av1enc cannot change its bitrate while it runs)"), "{notices:?}");
    assert!(said("without a break"), "{notices:?}");
    rig.close().await;
}
