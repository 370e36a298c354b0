//! An encoder that breaks while it is used.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use klieg_studio_model::{Canvas, Collection};

use super::*;
use crate::stage::{Options, Stage};

const PATIENCE: Duration = Duration::from_secs(40);

#[test]
fn after_an_encoder_broke_on_air_the_next_stage_takes_another_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (told, events) = channel();
    let options = Options { events: Arc::new(move |event| drop(told.send(event))), ..Options::default() };
    let file = format!("name = 'file'\nkind = 'file'\npath = '{}'", folder.path().join("kept.mkv").display());
    let output: Output = toml::from_str(&file).unwrap();
    let canvas = Canvas { width: 320, height: 180, fps: 5 };
    let collection = Collection { canvas, ..Collection::default() };
    let open = || {
        let mut stage = Stage::open(&collection, collection.first_scene(), options.clone()).unwrap();
        stage.start_output(&output, &VideoSettings::default(), &AudioSettings::default()).unwrap();
        stage
    };
    // The encoder that is used, and the warnings before it was.
    let next = || {
        let mut warnings = String::new();
        loop {
            match events.recv_timeout(PATIENCE).unwrap() {
                Event::Encoder(report) => return (report.encoder, warnings),
                Event::Warning { text } => warnings.push_str(&text),
                _ => {}
            }
        }
    };
    let stage = open();
    let (first, _) = next();
    stage.shared.state.lock().outputs.running[0].video[0].break_down("the driver hung");
    let deadline = Instant::now() + PATIENCE;
    while stage.failure().is_none() {
        assert!(Instant::now() < deadline, "nobody noticed");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(stage.failure().unwrap().contains("the driver hung"));
    drop(stage);
    let stage = open();
    let (second, warnings) = next();
    assert_ne!(second, first);
    assert!(warnings.contains(&first) && warnings.contains("the driver hung"), "{warnings}");
    drop(stage);
}
