//! Which scene was shown is taken up again when a collection is opened.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use klieg_studio_model::{Command, Edit};

use crate::support::{PATIENCE, Rig};

fn scene(name: &str) -> Edit {
    Edit::AddScene { name: name.to_owned() }
}

fn show(scene: &str) -> Command {
    Command::ShowScene { scene: scene.to_owned() }
}

fn open(name: &str) -> Command {
    Command::OpenCollection { name: name.to_owned(), sources_off: false }
}

/// What is on air and in the preview.
async fn shown(rig: &Rig) -> (String, Option<String>) {
    let studio = rig.state().await;
    (studio.on_air.clone(), studio.preview.clone())
}

/// Whether a file of what was shown names this scene.
fn is_kept(home: &Path, scene: &str) -> bool {
    let Ok(entries) = fs::read_dir(home.join("state/shown")) else { return false };
    let mut texts = entries.filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok());
    texts.any(|text| text.contains(scene))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scene_on_air_is_on_air_again_after_a_restart_and_no_step_of_undo() {
    let rig = Rig::new();
    rig.edit(scene("Break")).await;
    rig.done(show("Break")).await;
    rig.done(Command::Undo).await;
    assert_eq!(shown(&rig).await, ("Scene".to_owned(), None), "what was undone is the scene");
    rig.done(Command::Redo).await;
    rig.done(show("Break")).await;
    // Another name of scene and collection is the same scene.
    rig.edit(Edit::RenameScene { scene: "Break".into(), name: "Pause".into() }).await;
    rig.edit(Edit::Rename { name: "Friday".into() }).await;
    let rig = Rig::again(rig.close().await);
    assert_eq!(shown(&rig).await, ("Pause".to_owned(), None));
    assert_eq!(rig.notes.take(), ["open Friday Pause 1280x720", "preview nothing"]);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn studio_mode_and_its_preview_are_there_again() {
    let rig = Rig::new();
    for name in ["Break", "Guest"] {
        rig.edit(scene(name)).await;
    }
    rig.done(show("Guest")).await;
    rig.done(Command::StudioMode { on: true }).await;
    rig.done(show("Break")).await;
    let rig = Rig::again(rig.close().await);
    assert_eq!(shown(&rig).await, ("Guest".to_owned(), Some("Break".to_owned())));
    assert_eq!(rig.notes.take(), ["open My show \u{1}take 0 1280x720", "preview Break"]);
    rig.done(Command::Take).await;
    assert_eq!(shown(&rig).await, ("Break".to_owned(), Some("Guest".to_owned())));
    rig.done(Command::StudioMode { on: false }).await;
    let rig = Rig::again(rig.close().await);
    assert_eq!(shown(&rig).await, ("Break".to_owned(), None));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_shown_is_on_the_disk_before_a_crash_and_back_when_the_collection_is_opened() {
    let rig = Rig::new();
    for name in ["Break", "Guest"] {
        rig.edit(scene(name)).await;
    }
    rig.done(Command::StudioMode { on: true }).await;
    rig.done(show("Guest")).await;
    let started = Instant::now();
    while !is_kept(rig.home.path(), "Guest") {
        assert!(started.elapsed() < PATIENCE, "it is not written while the studio runs");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let home = rig.close().await;
    // As a studio leaves it that does not come to close.
    fs::write(home.path().join("state/running"), "My show").unwrap();
    let rig = Rig::again(home);
    assert!(rig.state().await.crashed.is_some() && rig.notes.take().is_empty());
    rig.done(open("My show")).await;
    assert_eq!(shown(&rig).await, ("Scene".to_owned(), Some("Guest".to_owned())));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_collection_has_its_own_and_studio_mode_stays_as_it_is_between_them() {
    let rig = Rig::new();
    rig.edit(scene("Break")).await;
    rig.done(show("Break")).await;
    rig.done(Command::NewCollection { name: "Other".into() }).await;
    assert_eq!(shown(&rig).await, ("Scene".to_owned(), None));
    rig.done(Command::StudioMode { on: true }).await;
    rig.done(open("My show")).await;
    assert_eq!(shown(&rig).await, ("Break".to_owned(), Some("Break".to_owned())));
    rig.done(show("Scene")).await;
    rig.done(open("Other")).await;
    rig.done(open("My show")).await;
    assert_eq!(shown(&rig).await, ("Break".to_owned(), Some("Scene".to_owned())));
    // A new one of the same name begins anew.
    rig.done(open("Other")).await;
    rig.done(Command::RemoveCollection { name: "My show".into() }).await;
    assert!(!is_kept(rig.home.path(), "Break"));
    rig.done(Command::NewCollection { name: "My show".into() }).await;
    assert_eq!(shown(&rig).await, ("Scene".to_owned(), Some("Scene".to_owned())));
    rig.close().await;
}
