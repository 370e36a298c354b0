//! An encoder that breaks while it is used.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{OnceLock, Weak};
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

fn until(what: &str, happened: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !happened() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn first_encode(stage: &Stage) -> Arc<VideoEncoder> {
    stage.shared.state.lock().outputs.running[0].video[0].clone()
}

/// Pictures that an output has written.
fn pictures(stage: &Stage, name: &str) -> u64 {
    let state = stage.shared.state.lock();
    let running = state.outputs.running.iter().find(|running| running.handle.name == name);
    running.map_or(0, |running| running.handle.sent.totals().1)
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
    first_encode(&stage).break_down("the driver crashed");
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
    let encode = first_encode(&stage);
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

#[test]
fn what_is_stopped_while_it_begins_anew_stays_stopped() {
    let (told, events) = channel();
    let opened: Arc<OnceLock<Weak<Shared>>> = Arc::default();
    let known = opened.clone();
    // All are stopped as soon as the first says that it begins anew.
    let sink = move |event: Event| {
        if let Event::Output { name, state: OutputState::Reconnecting { .. } } = event {
            if let Some(shared) = known.get().and_then(Weak::upgrade) {
                shared.state.lock().outputs.stop_all();
            }
            drop(told.send(name));
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let mut stage = open(&Options { events: Arc::new(sink), ..Options::default() });
    opened.set(Arc::downgrade(&stage.shared)).unwrap();
    record(&mut stage, &folder, "one", 800);
    record(&mut stage, &folder, "two", 800);
    let encode = first_encode(&stage);
    begin_anew(&stage.shared, &encode, "no encoder works");
    assert!(stage.outputs().is_empty(), "{:?}", stage.outputs());
    drop(stage);
    assert_eq!(events.try_iter().collect::<Vec<_>>(), ["one"]);
}

#[test]
fn a_paused_recording_that_begins_anew_stays_paused() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = open(&Options::default());
    record(&mut stage, &folder, "paused", 800);
    record(&mut stage, &folder, "other", 400);
    stage.pause_output("paused", true).unwrap();
    let encode = first_encode(&stage);
    begin_anew(&stage.shared, &encode, "no encoder works");
    let before = pictures(&stage, "other");
    until("pictures of the other", || pictures(&stage, "other") >= before + 15);
    assert_eq!(pictures(&stage, "paused"), 0);
    stage.pause_output("paused", false).unwrap();
    until("it goes on", || pictures(&stage, "paused") > 0);
}

#[test]
fn an_encoder_that_broke_is_replaced_by_none_when_nothing_takes_from_it_any_more() {
    let (options, events) = watched();
    let folder = tempfile::tempdir().unwrap();
    let mut stage = open(&options);
    record(&mut stage, &folder, "gone", 800);
    next(&events);
    let encode = first_encode(&stage);
    stage.stop_output("gone");
    until("it has ended", || Arc::strong_count(&encode) == 1);
    encode.break_down("the driver crashed");
    let broken = encode.broken().unwrap();
    encodes::replace(&stage.shared, encode, broken);
    let replacing = stage.shared.state.lock().outputs.take_replacing();
    for thread in replacing {
        thread.join().unwrap();
    }
    assert!(!events.try_iter().any(|event| matches!(event, Event::Encoder(_))));
}
