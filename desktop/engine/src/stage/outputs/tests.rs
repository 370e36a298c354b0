//! An encoder that breaks while it is used.

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use klieg_studio_model::{Canvas, Collection};

use super::*;
use crate::stage::{Options, Stage};

const PATIENCE: Duration = Duration::from_secs(40);

/// How stages are opened that say what happens.
fn watched() -> (Options, Receiver<Event>) {
    let (told, events) = channel();
    (Options { events: Arc::new(move |event| drop(told.send(event))), ..Options::default() }, events)
}

fn open(options: &Options) -> Stage {
    let canvas = Canvas { width: 320, height: 180, fps: 5 };
    let collection = Collection { canvas, ..Collection::default() };
    Stage::open(&collection, collection.first_scene(), options.clone()).unwrap()
}

fn record(stage: &mut Stage, folder: &tempfile::TempDir, name: &str, bitrate: u32) {
    let path = folder.path().join(format!("{name}.mkv"));
    let output: Output =
        toml::from_str(&format!("name = '{name}'\nkind = 'file'\npath = '{}'", path.display())).unwrap();
    let video = VideoSettings { bitrate, ..VideoSettings::default() };
    stage.start_output(&output, &video, &AudioSettings::default()).unwrap();
}

/// The encoder that is used next, and the warnings before it was.
fn next(events: &Receiver<Event>) -> (String, String) {
    // Other events go on coming while the wanted one does not.
    let (deadline, mut warnings) = (Instant::now() + PATIENCE, String::new());
    loop {
        match events.recv_timeout(deadline.saturating_duration_since(Instant::now())).unwrap() {
            Event::Encoder(report) => return (report.encoder, warnings),
            Event::Warning { text } => warnings.push_str(&text),
            Event::Output { state: OutputState::Reconnecting { reason, .. }, .. } => panic!("{reason}"),
            _ => {}
        }
    }
}

#[test]
fn after_an_encoder_broke_on_air_another_goes_on_and_the_next_stage_leaves_the_broken_one_alone() {
    let (options, events) = watched();
    let folder = tempfile::tempdir().unwrap();
    let mut stage = open(&options);
    record(&mut stage, &folder, "kept", 2_500);
    let (first, _) = next(&events);
    stage.shared.state.lock().outputs.running[0].video[0].break_down("the driver crashed");
    let (second, warnings) = next(&events);
    assert_ne!(second, first);
    assert!(warnings.contains(&first) && warnings.contains("the driver crashed"), "{warnings}");
    assert_eq!(stage.failure(), None);
    drop(stage);
    let mut stage = open(&options);
    record(&mut stage, &folder, "again", 2_500);
    let (third, warnings) = next(&events);
    assert_eq!(third, second);
    assert!(warnings.contains(&first) && warnings.contains("the driver crashed"), "{warnings}");
}

#[test]
fn what_has_no_encoder_any_more_begins_anew_and_nothing_else_does() {
    let (options, events) = watched();
    let folder = tempfile::tempdir().unwrap();
    let mut stage = open(&options);
    record(&mut stage, &folder, "one", 800);
    record(&mut stage, &folder, "other", 400);
    let encode = stage.shared.state.lock().outputs.running[0].video[0].clone();
    begin_anew(&stage.shared, &encode, "no encoder works");
    let names: Vec<_> = stage.outputs().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["other", "one"]);
    drop(stage);
    let mut told = Vec::new();
    for event in events.try_iter() {
        if let Event::Output { name, state: OutputState::Reconnecting { reason, .. } } = event {
            told.push((name, reason));
        }
    }
    assert_eq!(told, [("one".to_owned(), "no encoder works".to_owned())]);
}
