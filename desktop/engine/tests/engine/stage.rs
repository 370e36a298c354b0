//! The stage changes while it is on air: scenes, items, sources and outputs come and go, and what is recorded meanwhile shows
//! all of it and nothing else.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use klieg_engine::{Options, Stage, View};
use klieg_studio_model::{
    AudioSettings, Canvas, Collection, Colour, Direction, Edit, Event, FileOutput, Item, Output, OutputState,
    PictureFilter, Plain, Source, SourceState, Split, Strip, Tone, Transition, VideoSettings, Wave,
};

use crate::sound::{near, spectrum};
use crate::support::decode::{Picture, pictures, sound};
use crate::support::{PATIENCE, assert_steady, wait_for};

/// BT.709, limited range: Y, Cb, Cr.
const RED: [u8; 3] = [63, 102, 240];
const GREEN: [u8; 3] = [173, 42, 26];
const BLUE: [u8; 3] = [32, 240, 118];
const BLACK: [u8; 3] = [16, 128, 128];

fn plain(name: &str, colour: Colour) -> Source {
    Source::Colour(Plain { name: name.to_owned(), colour })
}

fn tone(name: &str, frequency: f64) -> Source {
    Source::Tone(Tone { name: name.to_owned(), frequency, wave: Wave::Sine, amplitude: 0.4 })
}

/// Two scenes: red with a low tone, and blue with a high one.
fn two_scenes() -> Collection {
    let mut collection = Collection { canvas: Canvas { width: 160, height: 90, fps: 30 }, ..Collection::default() };
    let edits = [
        Edit::RenameScene { scene: "Scene".to_owned(), name: "one".to_owned() },
        Edit::AddScene { name: "two".to_owned() },
        Edit::AddSource { source: plain("red", Colour::rgb(255, 0, 0)), scene: "one".to_owned() },
        Edit::AddSource { source: tone("low", 440.0), scene: "one".to_owned() },
        Edit::AddSource { source: plain("blue", Colour::rgb(0, 0, 255)), scene: "two".to_owned() },
        Edit::AddSource { source: tone("high", 1_500.0), scene: "two".to_owned() },
    ];
    for edit in edits {
        collection.apply(edit).unwrap();
    }
    collection
}

/// A stage that is being recorded.
pub(crate) struct Recorded {
    stage: Option<Stage>,
    events: Receiver<Event>,
    directory: tempfile::TempDir,
    pub(crate) collection: Collection,
    skipped: u64,
    missed: u64,
}

impl Recorded {
    pub(crate) fn start(collection: Collection) -> Self {
        let (sender, events) = channel();
        let options = Options { events: Arc::new(move |event| drop(sender.send(event))), ..Options::default() };
        let stage = Stage::open(&collection, collection.first_scene(), options).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let mut recorded = Self { stage: Some(stage), events, directory, collection, skipped: 0, missed: 0 };
        recorded.record("show");
        recorded
    }

    pub(crate) fn stage(&mut self) -> &mut Stage {
        self.stage.as_mut().unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(format!("{name}.mkv"))
    }

    /// Starts a recording and waits until it runs.
    fn record(&mut self, name: &str) {
        let path = self.path(name);
        let output =
            Output::File(FileOutput { name: name.to_owned(), path, split: Split::default(), video: None, audio: None });
        let video = VideoSettings { bitrate: 3_000, ..VideoSettings::default() };
        self.stage().start_output(&output, &video, &AudioSettings::default()).unwrap();
        let wanted = name.to_owned();
        self.until(move |event| matches!(event, Event::Output { name, state: OutputState::Live } if *name == wanted));
    }

    pub(crate) fn until(&mut self, mut wanted: impl FnMut(&Event) -> bool) {
        // Other events go on coming while the wanted one does not.
        let deadline = Instant::now() + 6 * PATIENCE;
        loop {
            assert!(Instant::now() < deadline, "an event that never came");
            let event = self.events.recv_timeout(PATIENCE).expect("an event that never came");
            if let Event::Program { skipped, missed, .. } = event {
                (self.skipped, self.missed) = (skipped, missed);
            }
            if wanted(&event) {
                return;
            }
        }
    }

    /// Waits until so many more frames are recorded.
    pub(crate) fn frames(&mut self, count: f64) {
        let mut sent = 0.0;
        self.until(|event| {
            if let Event::Health { name, fps, .. } = event
                && name == "show"
            {
                sent += fps;
            }
            sent >= count
        });
    }

    pub(crate) fn edit(&mut self, edit: Edit) {
        self.collection.apply(edit).unwrap();
        let collection = self.collection.clone();
        self.stage().set(&collection).unwrap();
    }

    /// Ends the show.
    pub(crate) fn end(mut self) -> Ended {
        drop(self.stage.take());
        self.until(|event| matches!(event, Event::Stopped));
        let path = self.path("show");
        Ended { lost: self.skipped + self.missed, path, directory: self.directory }
    }
}

/// A show that has ended, and its recording.
pub(crate) struct Ended {
    path: PathBuf,
    directory: tempfile::TempDir,
    /// Frames that the machine was too busy for.
    lost: u64,
}

impl Ended {
    pub(crate) fn pictures(&self) -> Vec<Picture> {
        let pictures = pictures(&self.path);
        assert_steady(&pictures, self.lost);
        pictures
    }
}

/// The colours in the middle, those that stand in a row as one.
fn runs(pictures: &[Picture]) -> Vec<[u8; 3]> {
    let mut runs: Vec<[u8; 3]> = Vec::new();
    for picture in pictures {
        if !runs.last().is_some_and(|last| picture.is(80, 44, *last)) {
            runs.push(picture.at(80, 44));
        }
    }
    runs
}

fn is(colour: [u8; 3], expected: [u8; 3]) -> bool {
    colour.iter().zip(expected).all(|(&a, b)| a.abs_diff(b) <= 12)
}

#[test]
fn a_cut_goes_from_one_scene_to_the_next_with_nothing_between() {
    let mut show = Recorded::start(two_scenes());
    show.frames(30.0);
    show.stage().show("two", &Transition::Cut).unwrap();
    show.frames(40.0);
    let ended = show.end();
    let runs = runs(&ended.pictures()[5..]);
    assert_eq!(runs.len(), 2, "{runs:?}");
    assert!(is(runs[0], RED) && is(runs[1], BLUE), "{runs:?}");
}

#[test]
fn a_fade_passes_through_what_lies_between_and_takes_the_sound_along() {
    let mut show = Recorded::start(two_scenes());
    show.frames(60.0);
    show.stage().show("two", &Transition::Fade { duration: 1_000 }).unwrap();
    show.frames(90.0);
    let ended = show.end();
    let pictures = ended.pictures();
    // Blue rises from one picture to the next.
    let blues: Vec<u8> = pictures[5..].iter().map(|picture| picture.at(80, 44)[1]).collect();
    assert!(blues.windows(2).all(|pair| pair[1] + 4 >= pair[0]), "{blues:?}");
    let between = blues.iter().filter(|blue| (115..225).contains(*blue)).count();
    assert!((10..=32).contains(&between), "{between} of about 26 pictures lie between");
    assert!(pictures.last().unwrap().is(80, 44, BLUE));
    let spectrum = spectrum(&sound(&ended.path));
    assert!(near(&spectrum, 1_500) > 0.3 && near(&spectrum, 440) < 0.01, "only the second scene is heard at the end");
    drop(ended.directory);
}

#[test]
fn a_wipe_and_a_slide_move_an_edge_over_the_picture() {
    let mut show = Recorded::start(two_scenes());
    show.frames(20.0);
    show.stage().show("two", &Transition::Wipe { duration: 800, to: Direction::Right }).unwrap();
    show.frames(45.0);
    show.stage().show("one", &Transition::Slide { duration: 800, to: Direction::Left }).unwrap();
    show.frames(45.0);
    let pictures = show.end().pictures();
    let both = |left, right| pictures.iter().filter(|p| p.is(10, 44, left) && p.is(150, 44, right)).count();
    assert!(both(BLUE, RED) > 12, "the wipe uncovers from the left: {}", both(BLUE, RED));
    let first_blue = pictures.iter().position(|picture| picture.is(150, 44, BLUE)).unwrap();
    let slide = pictures[first_blue..].iter().filter(|p| p.is(10, 44, BLUE) && p.is(150, 44, RED)).count();
    assert!(slide > 12, "the slide comes in from the right: {slide}");
    assert!(pictures.last().unwrap().is(80, 44, RED));
}

/// A video of one second that is green and half clear.
pub(crate) fn veil(directory: &Path) -> PathBuf {
    use gstreamer as gst;
    use gstreamer::prelude::*;

    let path = directory.join("veil.mov");
    let description = format!(
        "videotestsrc num-buffers=30 pattern=solid-color foreground-color=0x8000ff00 \
         ! video/x-raw,format=RGBA,width=160,height=90,framerate=30/1 ! pngenc ! qtmux ! filesink location=\"{}\"",
        path.display()
    );
    gst::init().unwrap();
    let pipeline = gst::parse::launch(&description).unwrap().downcast::<gst::Pipeline>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let end = pipeline.bus().unwrap().timed_pop_filtered(None, &[gst::MessageType::Eos, gst::MessageType::Error]);
    pipeline.set_state(gst::State::Null).unwrap();
    assert!(matches!(end.unwrap().view(), gst::MessageView::Eos(_)));
    path
}

#[test]
fn a_stinger_plays_over_both_scenes_and_leaves_the_second() {
    let mut show = Recorded::start(two_scenes());
    show.frames(20.0);
    let path = veil(show.directory.path());
    show.stage().show("two", &Transition::Stinger { path, cut: 500 }).unwrap();
    show.frames(75.0);
    let pictures = show.end().pictures();
    let half = |colour: [u8; 3]| [0, 1, 2].map(|i| u8::midpoint(colour[i], GREEN[i]));
    let steps = [RED, half(RED), half(BLUE), BLUE].map(|colour| pictures.iter().position(|p| is(p.at(80, 44), colour)));
    assert!(steps.iter().all(Option::is_some) && steps.is_sorted(), "{steps:?}: {:?}", runs(&pictures));
    assert!(pictures.last().unwrap().is(80, 44, BLUE));
}

#[test]
fn a_stinger_that_cannot_be_played_changes_the_scene_all_the_same() {
    let mut show = Recorded::start(two_scenes());
    show.frames(10.0);
    show.stage().show("two", &Transition::Stinger { path: "/nowhere/stinger.mov".into(), cut: 500 }).unwrap();
    show.frames(40.0);
    assert!(show.end().pictures().last().unwrap().is(80, 44, BLUE));
}

#[test]
fn a_source_that_gets_another_name_goes_on_without_a_break() {
    let mut show = Recorded::start(two_scenes());
    show.frames(30.0);
    for (old, new) in [("red", "Ground"), ("low", "Anna")] {
        let source = show.collection.source(old).unwrap().clone().renamed(new);
        show.edit(Edit::SetSource { name: old.to_owned(), source });
    }
    let mut told = Vec::new();
    show.until(|event| {
        if let Event::Source { name, state } = event
            && (name == "Ground" || name == "Anna")
        {
            told.push(state.clone());
        }
        told.len() == 2
    });
    assert_eq!(told, [SourceState::Live, SourceState::Live], "neither starts again");
    show.frames(40.0);
    let ended = show.end();
    let pictures = ended.pictures();
    let first = pictures.iter().position(|picture| is(picture.at(80, 44), RED)).unwrap();
    assert!(pictures[first..].iter().all(|picture| is(picture.at(80, 44), RED)), "{:?}", runs(&pictures));
    let heard = sound(&ended.path);
    let loud: Vec<bool> = heard.chunks_exact(960).map(|block| block.iter().any(|sample| sample.abs() > 0.2)).collect();
    let begun = loud.iter().position(|loud| *loud).unwrap();
    let quiet = loud[begun..loud.len() - 3].iter().filter(|loud| !**loud).count();
    assert_eq!(quiet, 0, "it is heard all the time");
}

#[test]
fn items_move_and_sources_come_and_go_while_the_show_goes_on() {
    let mut show = Recorded::start(two_scenes());
    show.frames(20.0);
    let item = show.collection.scene("one").unwrap().items[0].clone();
    show.edit(Edit::SetItem {
        scene: "one".to_owned(),
        item: Item { x: 80, width: Some(80), height: Some(90), ..item },
    });
    show.frames(30.0);
    let source = plain("green", Colour::rgb(0, 255, 0));
    show.edit(Edit::AddSource { source, scene: "one".to_owned() });
    let item = show.collection.scene("one").unwrap().items.iter().find(|item| item.source == "green").unwrap().clone();
    show.edit(Edit::SetItem { scene: "one".to_owned(), item: Item { width: Some(40), ..item } });
    show.frames(45.0);
    show.edit(Edit::RemoveSource { name: "red".to_owned() });
    show.frames(45.0);
    let pictures = show.end().pictures();
    let seen = |left, right: [u8; 3]| pictures.iter().position(|p| p.is(20, 44, left) && p.is(120, 44, right));
    let steps = [seen(RED, RED), seen(BLACK, RED), seen(GREEN, RED), seen(GREEN, BLACK)];
    assert!(steps.iter().all(Option::is_some) && steps.is_sorted(), "{steps:?}");
    assert!(pictures.last().unwrap().is(20, 44, GREEN));
}

#[test]
fn an_output_that_ends_or_starts_costs_another_no_frame() {
    let mut show = Recorded::start(two_scenes());
    show.record("second");
    show.frames(30.0);
    show.stage().stop_output("second");
    show.until(|event| matches!(event, Event::Output { name, state: OutputState::Stopped } if name == "second"));
    show.frames(30.0);
    show.record("third");
    show.frames(30.0);
    let second = show.path("second");
    let third = show.path("third");
    let ended = show.end();
    assert!(ended.pictures().len() > 85);
    for other in [second, third] {
        assert!(pictures(&other).len() > 15, "{}", other.display());
    }
}

#[test]
fn a_muted_strip_is_not_heard_and_keeps_its_meter() {
    let mut show = Recorded::start(two_scenes());
    show.edit(Edit::SetStrip { source: "low".to_owned(), strip: Strip { muted: true, ..Strip::default() } });
    show.frames(75.0);
    let level = wait_for("a level", || show.stage().meters().strips.get("low").copied().filter(|l| l.peak[0] > -20.0));
    assert!((level.peak[0] - -7.96).abs() < 1.0, "{level:?}");
    let ended = show.end();
    let spectrum = spectrum(&sound(&ended.path));
    assert!(near(&spectrum, 440) < 0.002, "{}", near(&spectrum, 440));
}

#[test]
fn what_has_the_key_colour_is_clear() {
    let mut collection = two_scenes();
    let edits = [
        Edit::AddSource { source: plain("screen", Colour::rgb(0, 255, 0)), scene: "one".to_owned() },
        Edit::SetLook { source: "screen".to_owned(), look: vec![PictureFilter::chroma_key()] },
    ];
    for edit in edits {
        collection.apply(edit).unwrap();
    }
    let mut show = Recorded::start(collection);
    show.frames(45.0);
    let grey = PictureFilter::Colour { brightness: 0.0, contrast: 0.0, saturation: -1.0, hue: 0.0 };
    show.edit(Edit::SetLook { source: "screen".to_owned(), look: vec![grey] });
    show.frames(45.0);
    let pictures = show.end().pictures();
    assert!(pictures[20..30].iter().all(|picture| picture.is(80, 44, RED)), "{:?}", pictures[25].at(80, 44));
    let [luma, blue, red] = pictures.last().unwrap().at(80, 44);
    assert!((130..190).contains(&luma) && blue.abs_diff(128) < 6 && red.abs_diff(128) < 6, "{luma} {blue} {red}");
}

#[test]
fn the_creator_sees_the_programme_and_the_preview() {
    let mut show = Recorded::start(two_scenes());
    show.stage().preview(Some("two")).unwrap();
    let views = [(View::Programme, RED), (View::Preview, BLUE)];
    for (view, expected) in views {
        let pictures = show.stage().pictures(view);
        let path = show.directory.path().join("view.jpg");
        wait_for("a picture", || {
            let jpeg = pictures.borrow().clone();
            std::fs::write(&path, &jpeg).unwrap();
            (!jpeg.is_empty() && colour(&path).is_some_and(|colour| is(colour, expected))).then_some(())
        });
    }
    show.stage().show("two", &Transition::Cut).unwrap();
    show.frames(40.0);
    assert!(show.end().pictures().last().unwrap().is(80, 44, BLUE));
}

/// The colour in the middle of a JPEG, as the engine's formats have it.
fn colour(path: &Path) -> Option<[u8; 3]> {
    use gstreamer as gst;
    use gstreamer::prelude::*;
    use gstreamer_app as gst_app;

    let description = format!(
        "filesrc location=\"{}\" ! jpegdec ! videoconvert ! videoscale ! video/x-raw,format=I420,width=16,height=16,colorimetry=bt709 \
         ! appsink name=out sync=false",
        path.display()
    );
    let pipeline = gst::parse::launch(&description).unwrap().downcast::<gst::Pipeline>().unwrap();
    let sink = pipeline.by_name("out").unwrap().downcast::<gst_app::AppSink>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let sample = sink.try_pull_sample(gst::ClockTime::from_seconds(5));
    pipeline.set_state(gst::State::Null).unwrap();
    let sample = sample?;
    let map = sample.buffer()?.map_readable().ok()?;
    Some([map[16 * 8 + 8], map[256 + 4 * 8 + 4], map[256 + 64 + 4 * 8 + 4]])
}

#[test]
fn a_scene_that_does_not_exist_is_refused() {
    let mut show = Recorded::start(two_scenes());
    let error = show.stage().show("three", &Transition::Cut).unwrap_err().to_string();
    assert_eq!(error, "there is no scene named `three`");
    let other = Collection { canvas: Canvas { width: 320, height: 180, fps: 30 }, ..show.collection.clone() };
    assert!(show.stage().set(&other).is_err());
}
