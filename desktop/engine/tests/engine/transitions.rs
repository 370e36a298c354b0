//! One scene follows another on air: what is recorded shows what the transition promises, and nothing else.

use std::path::{Path, PathBuf};

use klieg_studio_model::{Canvas, Collection, Direction, Edit, Event, Item, Scene, Transition};

use crate::sound::{near, rises, spectrum};
use crate::stage::{BLACK, BLUE, GREEN, RED, from_red, is, runs, two_scenes};
use crate::support::decode::{Picture, pictures, sound};
use crate::support::recorder::Recorded;

#[test]
fn a_cut_goes_from_one_scene_to_the_next_with_nothing_between() {
    let mut show = Recorded::start(two_scenes());
    show.frames(30.0);
    show.stage().show("two", &Transition::Cut).unwrap();
    show.frames(40.0);
    let ended = show.end();
    let runs = runs(from_red(&ended.pictures()));
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
    let blues: Vec<u8> = from_red(&pictures).iter().map(|picture| picture.at(80, 44)[1]).collect();
    assert!(blues.windows(2).all(|pair| pair[1] + 4 >= pair[0]), "{blues:?}");
    let between = blues.iter().filter(|blue| (115..225).contains(*blue)).count();
    assert!((10..=32).contains(&between), "{between} of about 26 pictures lie between");
    assert!(pictures.last().unwrap().is(80, 44, BLUE));
    let spectrum = spectrum(&sound(&ended.path));
    assert!(near(&spectrum, 1_500) > 0.3 && near(&spectrum, 440) < 0.01, "only the second scene is heard at the end");
    drop(ended.directory);
}

/// When the first of these pictures is seen, in seconds.
fn seen_at(pictures: &[Picture], wanted: impl Fn(&Picture) -> bool) -> f64 {
    let first = pictures.iter().find(|picture| wanted(picture)).expect("it is seen");
    first.pts.nseconds() as f64 / 1e9
}

/// Whether a picture on the way from red to blue is so much of it blue, 0 to 1.
fn is_blue(picture: &Picture, share: f64) -> bool {
    f64::from(picture.at(80, 44)[1]) >= 102.0 + share * 138.0
}

/// The item of the second scene that is seen, but askew: a scene of another structure.
fn askew(show: &Recorded) -> Edit {
    let item = show.collection.scene("two").unwrap().items[0].clone();
    Edit::SetItem { scene: "two".to_owned(), item: Item { angle: 10.0, ..item } }
}

#[test]
fn the_sound_of_a_fade_goes_over_with_its_picture() {
    // A scene needs some frames to be ready, which are long here.
    let canvas = Canvas { fps: 5, ..two_scenes().canvas };
    let mut show = Recorded::start(Collection { canvas, ..two_scenes() });
    show.frames(10.0);
    show.stage().show("two", &Transition::Fade { duration: 2_000 }).unwrap();
    show.frames(25.0);
    let ended = show.end();
    let (pictures, sound) = (pictures(&ended.path), sound(&ended.path));
    for share in [0.25, 0.5, 0.75] {
        let (seen, heard) = (seen_at(&pictures, |picture| is_blue(picture, share)), rises(&sound, 1_500, share * 0.4));
        assert!((seen - heard).abs() < 0.3, "{share} of it is seen after {seen} s and heard after {heard} s");
    }
}

#[test]
fn an_edit_of_the_new_scene_does_not_end_the_transition_to_it() {
    let mut show = Recorded::start(two_scenes());
    show.frames(20.0);
    show.stage().show("two", &Transition::Fade { duration: 4_000 }).unwrap();
    show.frames(20.0);
    let edit = askew(&show);
    show.edit(edit);
    show.frames(150.0);
    let ended = show.end();
    let (pictures, sound) = (ended.pictures(), sound(&ended.path));
    let pictures = from_red(&pictures);
    let blues: Vec<u8> = pictures.iter().map(|picture| picture.at(80, 44)[1]).collect();
    assert!(blues.windows(2).all(|pair| pair[1] + 4 >= pair[0]), "{blues:?}");
    let seen = [0.1, 0.9].map(|share| seen_at(pictures, |picture| is_blue(picture, share)));
    let heard = [0.1, 0.9].map(|share| rises(&sound, 1_500, share * 0.4));
    // The picture begins and ends more slowly than it goes on between, the sound goes evenly.
    for (what, [begins, ends], lasts) in [("picture", seen, 2.43), ("sound", heard, 3.2)] {
        let took: f64 = ends - begins;
        assert!(
            (took - lasts).abs() < 0.5,
            "of 4 s the middle of the {what} takes {took} s and not {lasts}: {blues:?}"
        );
    }
    let last = pictures.last().unwrap();
    assert!(last.is(80, 44, BLUE) && last.is(0, 0, BLACK), "it ends as it was edited");
}

#[test]
fn a_copy_of_a_scene_stays_as_it_was_until_the_next_is_shown() {
    let mut show = Recorded::start(two_scenes());
    show.frames(20.0);
    // As the director does it in studio mode: copies of the scene are on air, the scene itself is arranged in the preview.
    let air = |show: &mut Recorded, name: &str, transition: &Transition| {
        let copy = Scene { name: name.to_owned(), ..show.collection.scene("one").unwrap().clone() };
        show.collection.scenes.push(copy);
        let collection = show.collection.clone();
        show.stage().set(&collection).unwrap();
        show.stage().show(name, transition).unwrap();
        show.stage().preview(Some("one")).unwrap();
    };
    air(&mut show, "first", &Transition::Cut);
    show.frames(20.0);
    let item = Item { hidden: true, ..show.collection.scene("one").unwrap().items[0].clone() };
    show.edit(Edit::SetItem { scene: "one".to_owned(), item });
    show.frames(30.0);
    air(&mut show, "second", &Transition::Fade { duration: 1_000 });
    show.frames(60.0);
    let ended = show.end();
    let pictures = ended.pictures();
    assert!(pictures.last().unwrap().is(80, 44, BLACK));
    // Had the edit been seen at once, nothing would lie between red and black.
    let reds: Vec<u8> = from_red(&pictures).iter().map(|picture| picture.at(80, 44)[2]).collect();
    assert!(reds.windows(2).all(|pair| pair[1] <= pair[0] + 4), "{reds:?}");
    let between = reds.iter().filter(|red| (138..230).contains(*red)).count();
    assert!((10..=32).contains(&between), "{between} of about 26 pictures lie between");
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
    let ended = show.end();
    let pictures = ended.pictures();
    let steps = [RED, half(RED), half(BLUE), BLUE].map(|colour| pictures.iter().position(|p| is(p.at(80, 44), colour)));
    assert!(steps.iter().all(Option::is_some) && steps.is_sorted(), "{steps:?}: {:?}", runs(&pictures));
    assert!(pictures.last().unwrap().is(80, 44, BLUE));
    let [covered, cut] = [RED, BLUE].map(|colour| seen_at(&pictures, |picture| is(picture.at(80, 44), half(colour))));
    let heard = rises(&sound(&ended.path), 1_500, 0.2);
    assert!((heard - cut).abs() < 0.25 && heard > covered + 0.2, "{covered} s, {cut} s; heard after {heard} s");
}

/// A colour under the veil.
fn half(colour: [u8; 3]) -> [u8; 3] {
    [0, 1, 2].map(|i| u8::midpoint(colour[i], GREEN[i]))
}

#[test]
fn an_edit_of_the_new_scene_does_not_end_the_stinger_before_it() {
    let mut show = Recorded::start(two_scenes());
    show.frames(20.0);
    let path = veil(show.directory.path());
    show.stage().show("two", &Transition::Stinger { path, cut: 500 }).unwrap();
    let edit = askew(&show);
    show.edit(edit);
    show.frames(75.0);
    let pictures = show.end().pictures();
    let [covered, cut] = [RED, BLUE].map(|colour| seen_at(&pictures, |picture| is(picture.at(80, 44), half(colour))));
    let uncovered = seen_at(&pictures, |picture| picture.is(80, 44, BLUE));
    assert!((0.3..0.8).contains(&(cut - covered)), "it cuts {} s after it begins", cut - covered);
    assert!((0.2..0.8).contains(&(uncovered - cut)), "it ends {} s after it cuts", uncovered - cut);
    assert!(pictures.last().unwrap().is(0, 0, BLACK), "it ends as it was edited");
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
fn a_stinger_whose_video_does_not_come_changes_the_scene_all_the_same_and_says_so() {
    let mut show = Recorded::start(two_scenes());
    show.frames(10.0);
    // A file that can be opened and gives nothing, as one on a network that is gone.
    let path = show.directory.path().join("stinger.mov");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let held = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    show.stage().show("two", &Transition::Stinger { path, cut: 500 }).unwrap();
    show.until(|event| matches!(event, Event::Warning { text } if text.contains("stinger")));
    show.frames(30.0);
    // The next scene is shown as ever.
    show.stage().show("one", &Transition::Cut).unwrap();
    show.frames(30.0);
    drop(held);
    let runs = runs(from_red(&show.end().pictures()));
    assert_eq!(runs.len(), 3, "{runs:?}");
    assert!(is(runs[0], RED) && is(runs[1], BLUE) && is(runs[2], RED), "{runs:?}");
}
