//! Web pages, from a server of the test's own, drawn by WebKit in a process of its own.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::routing::get;
use klieg_engine::{Options, Stage};
use klieg_studio_model::{
    AudioSettings, Browser, Canvas, Collection, Colour, Edit, Event, FileOutput, Item, Output, OutputState, Plain,
    Source, SourceState, Split, VideoSettings,
};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::sound::loudest;
use crate::support::PATIENCE;
use crate::support::decode::{Picture, pictures, sound};
use crate::support::port::Port;

/// BT.709, limited range: Y, Cb, Cr.
const RED: [u8; 3] = [63, 102, 240];
const GREEN: [u8; 3] = [173, 42, 26];
const BLUE: [u8; 3] = [32, 240, 118];

/// The left half is red the first time and green from then on; the right half is clear. An element sounds at 700 Hz.
const PAGE: &str = "<!doctype html><body style='margin: 0; background: transparent'>
<div style='position: absolute; inset: 0 50% 0 0; background: COLOUR'></div>
<audio src='/tone.wav' autoplay loop></audio>";

/// A second of 700 Hz, as WAV: 16 bits, 48 kHz, one channel.
fn tone() -> Vec<u8> {
    let samples =
        (0..48_000).map(|n| ((f64::from(n) * 700.0 / 48_000.0 * std::f64::consts::TAU).sin() * 16_000.0) as i16);
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let length = data.len() as u32;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + length).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(48_000_u32.to_le_bytes());
    wav.extend(96_000_u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(length.to_le_bytes());
    wav.extend(data);
    wav
}

/// A web server, and how often its page was asked for.
struct Server {
    url: String,
    visits: Arc<AtomicUsize>,
    _runtime: tokio::runtime::Runtime,
}

impl Server {
    fn start() -> Self {
        Self::on(Port::reserve())
    }

    fn on(port: Port) -> Self {
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = visits.clone();
        let page = get(move || async move {
            let colour = if counted.fetch_add(1, Ordering::Relaxed) == 0 { "#f00" } else { "#0f0" };
            Html(PAGE.replace("COLOUR", colour))
        });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let url = address(&port);
        let listener = {
            let _inside = runtime.enter();
            port.listen()
        };
        runtime.spawn(
            axum::serve(
                listener,
                Router::new()
                    .route("/overlay", page)
                    .route("/tone.wav", get(|| async { ([(CONTENT_TYPE, "audio/wav")], tone()) })),
            )
            .into_future(),
        );
        Self { url, visits, _runtime: runtime }
    }

    fn show(&self, sound: bool) -> Collection {
        show(self.url.clone(), sound)
    }
}

fn address(port: &Port) -> String {
    format!("http://127.0.0.1:{}/overlay", port.number)
}

/// A page over a blue ground.
fn show(url: String, sound: bool) -> Collection {
    let mut collection = Collection { canvas: Canvas { width: 320, height: 180, fps: 30 }, ..Collection::default() };
    let scene = || "Scene".to_owned();
    let ground = Source::Colour(Plain { name: "ground".to_owned(), colour: Colour::rgb(0, 0, 255) });
    let page = Browser { name: "page".to_owned(), url, width: 640, height: 360, transparent: true, sound };
    collection.apply(Edit::AddSource { source: ground, scene: scene() }).unwrap();
    collection.apply(Edit::AddSource { source: Source::Browser(page), scene: scene() }).unwrap();
    collection
}

/// A stage that shows pages and is recorded.
struct Recorded {
    stage: Option<Stage>,
    events: Receiver<Event>,
    directory: tempfile::TempDir,
}

impl Recorded {
    fn start(collection: &Collection, pages: Option<&str>) -> Self {
        let (sender, events) = channel();
        let options = Options {
            events: Arc::new(move |event| drop(sender.send(event))),
            pages: pages.map(PathBuf::from),
            ..Options::default()
        };
        let stage = Stage::open(collection, "Scene", options).unwrap();
        Self { stage: Some(stage), events, directory: tempfile::tempdir().unwrap() }
    }

    fn stage(&mut self) -> &mut Stage {
        self.stage.as_mut().unwrap()
    }

    fn until<T>(&self, what: &str, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        while let Ok(event) = self.events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            if let Some(found) = wanted(&event) {
                return found;
            }
            seen.push(event);
        }
        panic!("never came: {what}; but {:?}", &seen[seen.len().saturating_sub(12)..]);
    }

    /// Waits until the page is there.
    fn live(&self) {
        self.until("a page", |event| {
            let Event::Source { name, state: SourceState::Live } = event else { return None };
            (name == "page").then_some(())
        });
    }

    /// Records so many frames of what is shown now.
    fn record(&mut self, name: &str, frames: f64) -> PathBuf {
        let path = self.directory.path().join(format!("{name}.mkv"));
        let (own_name, own_path) = (name.to_owned(), path.clone());
        let file = FileOutput { name: own_name, path: own_path, split: Split::default(), video: None, audio: None };
        self.stage().start_output(&Output::File(file), &VideoSettings::default(), &AudioSettings::default()).unwrap();
        let mut sent = 0.0;
        self.until("frames", |event| {
            if let Event::Health { name: output, fps, .. } = event
                && output == name
            {
                sent += fps;
            }
            (sent >= frames).then_some(())
        });
        self.stage().stop_output(name);
        self.until("the end of a recording", |event| {
            let Event::Output { name: output, state: OutputState::Stopped } = event else { return None };
            (output == name).then_some(())
        });
        path
    }
}

fn last(path: &Path) -> Picture {
    pictures(path).pop().unwrap()
}

const PROGRAM: Option<&str> = Some(env!("CARGO_BIN_EXE_klieg-engine"));

#[test]
fn a_page_is_seen_and_heard_and_what_is_clear_in_it_shows_what_is_behind() {
    let server = Server::start();
    let collection = server.show(true);
    let mut show = Recorded::start(&collection, PROGRAM);
    show.live();
    let recording = show.record("page", 90.0);
    let picture = last(&recording);
    assert!(picture.is(80, 90, RED), "its left half: {:?}", picture.at(80, 90));
    assert!(picture.is(240, 90, BLUE), "its clear half: {:?}", picture.at(240, 90));
    let heard = loudest(&sound(&recording), 700);
    assert!(heard > 0.1, "{heard}");
}

#[test]
fn a_page_keeps_its_shape_in_any_place_and_is_loaded_anew_only_when_that_is_asked_for() {
    let server = Server::start();
    let mut collection = server.show(false);
    let mut show = Recorded::start(&collection, PROGRAM);
    show.live();
    let item = collection.scenes[0].items.iter().find(|item| item.source == "page").unwrap().clone();
    let square = Item { width: Some(160), height: Some(160), ..item };
    collection.apply(Edit::SetItem { scene: "Scene".to_owned(), item: square }).unwrap();
    show.stage().set(&collection).unwrap();
    let picture = last(&show.record("square", 60.0));
    assert!(picture.is(40, 80, RED), "in the middle: {:?}", picture.at(40, 80));
    assert!(picture.is(40, 15, BLUE) && picture.is(40, 145, BLUE), "above and below it is clear");
    assert_eq!(server.visits.load(Ordering::Relaxed), 1, "it is not loaded anew for its place");
    show.stage().restart("page").unwrap();
    show.live();
    let picture = last(&show.record("again", 45.0));
    assert!(picture.is(40, 80, GREEN), "loaded anew: {:?}", picture.at(40, 80));
}

#[test]
fn a_page_that_cannot_be_reached_is_lost_until_it_can() {
    let port = Port::reserve();
    let show = Recorded::start(&show(address(&port), false), PROGRAM);
    let reason = show.until("a reason", |event| match event {
        Event::Source { name, state } if name == "page" => match state {
            SourceState::Live => panic!("what WebKit says instead of a page is not the page"),
            SourceState::Restarting { reason } => Some(reason.clone()),
            _ => None,
        },
        _ => None,
    });
    assert!(!reason.is_empty() && !reason.contains("overlay"), "an address may hold a key: {reason}");
    let _server = Server::on(port);
    show.live();
}

#[test]
fn a_page_whose_process_hangs_is_shown_by_another_one() {
    let folder = tempfile::tempdir().unwrap();
    let (program, noted) = (folder.path().join("pages"), folder.path().join("processes"));
    let script = format!("#!/bin/sh\necho $$ >> '{}'\nexec '{}' \"$@\"\n", noted.display(), PROGRAM.unwrap());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let newest = || {
        let noted = std::fs::read_to_string(&noted).unwrap();
        Pid::from_raw(noted.lines().last().unwrap().parse().unwrap()).unwrap()
    };
    let server = Server::start();
    let mut show = Recorded::start(&server.show(false), program.to_str());
    show.live();
    let hanging = newest();
    kill_process(hanging, Signal::STOP).unwrap();
    let reason = show.until("a page that is away", |event| match event {
        Event::Source { name, state: SourceState::Restarting { reason } } if name == "page" => Some(reason.clone()),
        _ => None,
    });
    assert_eq!(reason, "it sends nothing any more");
    show.live();
    assert_ne!(newest(), hanging);
    assert!(test_kill_process(hanging).is_err(), "the process that hung is still there");
    let picture = last(&show.record("again", 45.0));
    assert!(picture.is(80, 90, GREEN), "loaded anew: {:?}", picture.at(80, 90));
}

#[test]
fn without_the_program_that_shows_pages_the_reason_is_said() {
    let collection = Server::start().show(false);
    let reason = |show: &Recorded| {
        show.until("a reason", |event| match event {
            Event::Source { name, state: SourceState::Restarting { reason } } if name == "page" => Some(reason.clone()),
            _ => None,
        })
    };
    let without = reason(&Recorded::start(&collection, None));
    assert!(without.contains("klieg-engine"), "{without}");
}
