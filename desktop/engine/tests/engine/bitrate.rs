//! The bitrate of a stage that runs: it changes without a break where it can, and where it cannot the reason is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use klieg_engine::{Options, Stage};
use klieg_studio_model::{
    AudioSettings, Canvas, Collection, Edit, Encode, Event, FileOutput, Key, Output, OutputState, Pattern, Preset,
    ReplayOutput, ServerOutput, Source, Split, TestPicture, VideoCodec, VideoSettings,
};

use crate::support::decode::pictures;
use crate::support::whip_server::{KEY, WhipServer};
use crate::support::{self, BALL_AND_TONE, OnAir, PATIENCE, assert_steady};

/// A stage that shows snow, which takes every bit it is given.
struct Snow {
    stage: Stage,
    events: Receiver<Event>,
    /// Frames that the machine was too busy for.
    lost: Arc<AtomicU64>,
    folder: tempfile::TempDir,
}

fn coded(bitrate: u32) -> VideoSettings {
    VideoSettings { bitrate, preset: Preset::Ultrafast, ..VideoSettings::default() }
}

impl Snow {
    fn start() -> Self {
        let canvas = Canvas { width: 320, height: 180, fps: 30 };
        let mut collection = Collection { canvas, ..Collection::default() };
        let snow = TestPicture { name: "snow".to_owned(), pattern: Pattern::Snow, title: None, subtitle: None };
        let scene = collection.first_scene().to_owned();
        collection.apply(Edit::AddSource { source: Source::Test(snow), scene: scene.clone() }).unwrap();
        let (sender, events) = channel();
        let lost = Arc::<AtomicU64>::default();
        let counted = lost.clone();
        let tell = move |event: Event| {
            if let Some(lost) = support::lost(&event) {
                counted.store(lost, Ordering::Relaxed);
            }
            drop(sender.send(event));
        };
        let options = Options { events: Arc::new(tell), ..Options::default() };
        let stage = Stage::open(&collection, &scene, options).unwrap();
        Self { stage, events, lost, folder: tempfile::tempdir().unwrap() }
    }

    fn send(&mut self, output: &Output, video: &VideoSettings) {
        self.stage.start_output(output, video, &AudioSettings::default()).unwrap();
    }

    fn record(&mut self, name: &str, video: &VideoSettings) {
        let path = self.folder.path().join(format!("{name}.mkv"));
        let (name, split) = (name.to_owned(), Split::default());
        self.send(&Output::File(FileOutput { name, path, split, video: None, audio: None }), video);
    }

    fn until<T>(&self, what: &str, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        // Other events go on coming while the wanted one does not.
        let deadline = Instant::now() + PATIENCE;
        while let Ok(event) = self.events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
        panic!("never came: {what}");
    }

    /// The encodes as soon as they are as wanted.
    fn encodes(&self, what: &str, wanted: impl Fn(&[Encode]) -> bool) -> Vec<Encode> {
        self.until(what, |event| match event {
            Event::Encodes { running } if wanted(running) => Some(running.clone()),
            _ => None,
        })
    }

    /// Waits until a second of an output has a bitrate that is wanted, in kbit/s.
    fn rate(&self, output: &str, wanted: impl Fn(f64) -> bool) {
        self.until("the bitrate", |event| match event {
            Event::Health { name, bitrate, .. } if name == output && wanted(*bitrate) => Some(()),
            Event::Output { name, state } => panic!("{name} is {state:?}"),
            _ => None,
        });
    }

    fn live(&self, output: &str) {
        self.until("live", |event| match event {
            Event::Output { name, state: OutputState::Live } if name == output => Some(()),
            _ => None,
        });
    }
}

#[test]
fn another_bitrate_reaches_all_sizes_and_the_recording_without_a_break() {
    let server = WhipServer::start();
    let mut show = Snow::start();
    let whip = ServerOutput {
        name: None,
        url: format!("http://{}/whip", server.address),
        key: Some(Key::new(KEY)),
        key_env: None,
        key_file: None,
        layers: 3,
        video: None,
        audio: None,
    };
    show.record("kept", &coded(3_000));
    show.live("kept");
    show.send(&Output::Whip(whip), &coded(3_000));
    show.live("whip");
    show.rate("kept", |rate| rate > 2_000.0);
    assert!(show.stage.set_bitrate(&["whip", "kept"], 900).is_empty());
    show.rate("kept", |rate| (300.0..1_600.0).contains(&rate));
    let encodes = show.encodes("the new bitrates", |encodes| encodes.iter().all(|encode| encode.wanted <= 900));
    let told: Vec<_> = encodes.iter().map(|encode| (encode.layer, encode.wanted, encode.outputs.len())).collect();
    assert_eq!(told, [(0, 900, 2), (1, 300, 1), (2, 100, 1)]);
    assert!(encodes.iter().all(|encode| encode.load > 0.0 && encode.load <= 1.0), "{encodes:?}");
    let path = show.folder.path().join("kept.mkv");
    drop(show.stage);
    assert_steady(&pictures(&path), show.lost.load(Ordering::Relaxed));
    assert_eq!(server.seen.lock().posts, 1);
}

#[test]
fn what_cannot_follow_is_named_with_the_reason_and_goes_on_as_it_was() {
    let mut show = Snow::start();
    show.record("hevc", &VideoSettings { codec: VideoCodec::Hevc, ..coded(800) });
    show.record("b", &coded(800));
    show.record("c", &coded(800));
    let reasons = |told: Vec<(String, String)>| told.into_iter().map(|(_, reason)| reason).collect::<Vec<_>>();
    let told = show.stage.set_bitrate(&["hevc"], 500);
    assert_eq!(told, [("hevc".to_owned(), "x265enc cannot change its bitrate while it runs".to_owned())]);
    let told = show.stage.set_bitrate(&["b"], 500);
    assert_eq!(reasons(told), ["its encode was shared with what keeps its bitrate"]);
    let wanted = |encodes: &[Encode]| encodes.iter().map(|encode| encode.wanted).collect::<Vec<_>>();
    show.encodes("nothing has changed", |encodes| wanted(encodes) == [800, 800]);
    assert!(show.stage.set_bitrate(&["b", "c"], 500).is_empty());
    // What begins now shares what it is.
    show.record("d", &coded(500));
    show.encodes("one encode for three", |encodes| {
        encodes.len() == 2 && encodes.iter().any(|encode| encode.wanted == 500 && encode.outputs == ["b", "c", "d"])
    });
    // A replay buffer holds its seconds in memory that was reckoned for its bitrate.
    show.send(&Output::Replay(ReplayOutput { name: "replay".to_owned(), seconds: 5 }), &coded(700));
    assert_eq!(reasons(show.stage.set_bitrate(&["replay"], 900)), ["it needs more memory"]);
    assert!(show.stage.set_bitrate(&["replay"], 600).is_empty());
}

#[test]
fn a_recording_with_an_encoding_of_its_own_keeps_its_bitrate_while_the_shows_falls() {
    // Half of what the show wants.
    let server = WhipServer::start_far(700_000);
    let folder = tempfile::tempdir().unwrap();
    let snow = BALL_AND_TONE.replace("pattern = 'ball'", "pattern = 'snow'");
    let mut on_air = OnAir::start(&format!(
        "[canvas]
        width = 320
        height = 180
        [video]
        bitrate = 1400
        preset = 'ultrafast'
        {snow}
        {}
        [[outputs]]
        kind = 'file'
        path = '{}'
        [outputs.video]
        bitrate = 2000
        preset = 'ultrafast'
        ",
        server.output("/whip", KEY),
        folder.path().join("kept.mkv").display()
    ));
    let of = |running: &[Encode], output: &str| {
        let encode = running.iter().find(|encode| encode.outputs == [output]);
        encode.map(|encode| (encode.wanted, encode.bitrate))
    };
    let event = on_air.until("the show's bitrate falls", |event| match event {
        Event::Encodes { running } => of(running, "whip").is_some_and(|(wanted, bitrate)| bitrate < wanted / 3 * 2),
        _ => false,
    });
    let Event::Encodes { running } = event else { unreachable!() };
    assert_eq!(of(&running, "file"), Some((2_000, 2_000)), "{running:?}");
    on_air.until("as much is written as is wanted", |event| {
        assert!(!matches!(event, Event::Health { name, dropped: 1.., .. } if name == "file"), "{event:?}");
        matches!(event, Event::Health { name, bitrate, .. } if name == "file" && *bitrate > 1_300.0)
    });
    on_air.stop();
}
