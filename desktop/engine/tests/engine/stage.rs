//! The stage changes while it is on air: items, sources and outputs come and go, and what is recorded meanwhile shows all of it and
//! nothing else.

use std::path::Path;

use klieg_engine::View;
use klieg_studio_model::{
    Canvas, Collection, Colour, Direction, Edit, Event, Item, OutputState, PictureFilter, Plain, Source, SourceState,
    Strip, Tone, Transition, Wave,
};

use crate::player::{film, seen, three_scenes, until_film, until_it_waits};
use crate::sound::{near, spectrum};
use crate::support::decode::{Picture, pictures, sound};
use crate::support::recorder::Recorded;
use crate::support::wait_for;

/// BT.709, limited range: Y, Cb, Cr.
pub(crate) const RED: [u8; 3] = [63, 102, 240];
pub(crate) const GREEN: [u8; 3] = [173, 42, 26];
pub(crate) const BLUE: [u8; 3] = [32, 240, 118];
pub(crate) const BLACK: [u8; 3] = [16, 128, 128];

fn plain(name: &str, colour: Colour) -> Source {
    Source::Colour(Plain { name: name.to_owned(), colour })
}

fn tone(name: &str, frequency: f64) -> Source {
    Source::Tone(Tone { name: name.to_owned(), frequency, wave: Wave::Sine, amplitude: 0.4 })
}

/// Two scenes: red with a low tone, and blue with a high one.
pub(crate) fn two_scenes() -> Collection {
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

/// A show of `two_scenes` from when the first is seen: on a machine that is busy it is recorded before that.
pub(crate) fn from_red(pictures: &[Picture]) -> &[Picture] {
    let first = pictures.iter().position(|picture| is(picture.at(80, 44), RED)).expect("the first scene is seen");
    &pictures[first..]
}

/// The colours in the middle, those that stand in a row as one.
pub(crate) fn runs(pictures: &[Picture]) -> Vec<[u8; 3]> {
    let mut runs: Vec<[u8; 3]> = Vec::new();
    for picture in pictures {
        if !runs.last().is_some_and(|last| picture.is(80, 44, *last)) {
            runs.push(picture.at(80, 44));
        }
    }
    runs
}

pub(crate) fn is(colour: [u8; 3], expected: [u8; 3]) -> bool {
    colour.iter().zip(expected).all(|(&a, b)| a.abs_diff(b) <= 12)
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
    assert!(from_red(&pictures).iter().all(|picture| is(picture.at(80, 44), RED)), "{:?}", runs(&pictures));
    let heard = sound(&ended.path);
    let loud: Vec<bool> = heard.chunks_exact(960).map(|block| block.iter().any(|sample| sample.abs() > 0.2)).collect();
    let begun = loud.iter().position(|loud| *loud).unwrap();
    let quiet = loud[begun..loud.len() - 3].iter().filter(|loud| !**loud).count();
    // A machine that is busy may lose some blocks.
    assert!(quiet <= 3, "it is heard all the time, but for {quiet} blocks of 20 ms");
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
fn a_scene_that_is_taken_away_plays_on_until_the_next_one_has_come() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    film(&path, 2);
    let mut show = Recorded::start(three_scenes(path, false));
    until_it_waits(&mut show);
    show.frames(30.0);
    show.stage().show("film", &Transition::Cut).unwrap();
    show.until(|event| matches!(event, Event::Playing { at, .. } if at.position > 2_000));
    show.stage().show("Scene", &Transition::Wipe { duration: 1_500, to: Direction::Left }).unwrap();
    show.edit(Edit::RemoveScene { scene: "film".to_owned() });
    // Its film waits at the beginning again when nobody sees it any more.
    until_film(&mut show, &SourceState::Live);
    show.frames(60.0);
    let pictures = show.end().pictures();
    let colours: String = seen(&pictures).iter().map(|(colour, _)| colour).collect();
    assert_eq!(colours, "grbg");
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
    // Long enough that every source has delivered on a machine that is busy.
    show.frames(75.0);
    let grey = PictureFilter::Colour { brightness: 0.0, contrast: 0.0, saturation: -1.0, hue: 0.0 };
    show.edit(Edit::SetLook { source: "screen".to_owned(), look: vec![grey] });
    show.frames(45.0);
    let pictures = show.end().pictures();
    assert!(pictures[60..70].iter().all(|picture| picture.is(80, 44, RED)), "{:?}", pictures[65].at(80, 44));
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
