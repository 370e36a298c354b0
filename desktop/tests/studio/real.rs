//! Over the real stage: pictures, levels, a recording and a show that arrives.

use std::path::Path;
use std::time::Duration;

use klieg_engine::View;
use klieg_studio::director::real_theatre;
use klieg_studio_model::{
    AudioSettings, Canvas, Command, DestinationKind, Edit, OutputState, Preset, ShowState, SourceState, VideoSettings,
};

use crate::support::notes::Notes;
use crate::support::{PATIENCE, Rig, add, ball, go_live, tone};

#[path = "../../engine/tests/engine/support/whip_server.rs"]
#[expect(dead_code, reason = "the engine's tests ask more of it")]
mod whip_server;

use whip_server::WhipServer;

/// Small pictures, so that tests do not wait for the processor.
async fn rig() -> Rig {
    let rig = Rig::over(real_theatre(), Notes::default(), tempfile::tempdir().unwrap());
    rig.edit(Edit::SetCanvas { canvas: Canvas { width: 320, height: 180, fps: 30 } }).await;
    let video = VideoSettings { bitrate: 500, preset: Preset::Ultrafast, ..VideoSettings::default() };
    rig.done(Command::SetEncoding { video, audio: AudioSettings::default() }).await;
    rig.edit(add(ball("ball"), "Scene")).await;
    rig.edit(add(tone("tone"), "Scene")).await;
    rig.until("sources", |studio| {
        ["ball", "tone"].iter().all(|name| studio.sources.get(*name) == Some(&SourceState::Live))
    })
    .await;
    rig
}

fn recordings(folder: &Path) -> Vec<(String, u64)> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().len())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_programme_is_seen_and_heard_as_it_is_arranged() {
    let rig = rig().await;
    let mut pictures = rig.director.pictures(View::Programme).await.unwrap();
    let jpeg =
        tokio::time::timeout(PATIENCE, pictures.wait_for(|jpeg| !jpeg.is_empty())).await.unwrap().unwrap().clone();
    assert_eq!(jpeg[..2], [0xff, 0xd8]);
    let mut meters = rig.director.meters();
    let heard = |loud: bool| {
        move |meters: &std::sync::Arc<klieg_studio_model::Meters>| {
            meters.mix.is_some_and(|mix| (mix.peak[0] > -30.0) == loud)
        }
    };
    tokio::time::timeout(PATIENCE, meters.wait_for(heard(true))).await.expect("sound").unwrap();
    let strip = klieg_studio_model::Strip { muted: true, ..klieg_studio_model::Strip::default() };
    rig.edit(Edit::SetStrip { source: "tone".into(), strip }).await;
    tokio::time::timeout(PATIENCE, meters.wait_for(heard(false))).await.expect("silence").unwrap();
    rig.until("health", |studio| studio.program.fps > 20.0 && studio.program.disk_left.is_some()).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_found_in_its_folder() {
    let rig = rig().await;
    rig.done(Command::StartRecording).await;
    let folder = rig.state().await.recording.as_ref().unwrap().folder.clone();
    rig.until("bytes", |studio| {
        studio.outputs.iter().any(|output| output.state == OutputState::Live && output.bytes > 20_000)
    })
    .await;
    assert!(!rig.state().await.encoders.is_empty());
    rig.done(Command::StopRecording).await;
    assert_eq!(rig.state().await.recording, None);
    // It is finished behind the creator's back, and before the studio is closed.
    rig.done(Command::StartRecording).await;
    rig.until("bytes", |studio| studio.outputs.iter().any(|output| output.bytes > 10_000)).await;
    let home = rig.close().await;
    let found = recordings(&home.path().join("Videos/Klieg"));
    assert_eq!((found.len(), folder), (2, home.path().join("Videos/Klieg")), "{found:?}");
    assert!(
        found.iter().all(|(name, bytes)| Path::new(name).extension() == Some("mp4".as_ref()) && *bytes > 10_000),
        "{found:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_show_arrives_while_it_is_rearranged() {
    let server = WhipServer::start();
    let rig = rig().await;
    rig.destination("whip", DestinationKind::Whip, &format!("http://{}/whip", server.address)).await;
    rig.done(go_live("Friday")).await;
    rig.until("live", |studio| matches!(studio.show, ShowState::Live { .. })).await;
    rig.edit(Edit::AddScene { name: "Break".into() }).await;
    rig.done(Command::ShowScene { scene: "Break".into() }).await;
    rig.edit(add(ball("another"), "Break")).await;
    let arrived = || server.seen.lock().video.len();
    let before = arrived();
    let started = std::time::Instant::now();
    while arrived() < before + 60 {
        assert!(started.elapsed() < PATIENCE, "{} frames", arrived());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    rig.done(Command::Undo).await;
    rig.until("health", |studio| studio.outputs.iter().any(|output| output.fps > 15.0)).await;
    rig.done(Command::EndShow).await;
    assert!(rig.state().await.show.is_off());
    rig.close().await;
    // Goodbyes are said before the studio is closed.
    assert_eq!(server.seen.lock().deletes, 1);
}
