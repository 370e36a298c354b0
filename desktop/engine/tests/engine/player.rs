//! Media files: going on from another place, playing again and again, interlaced ones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{
    Canvas, Collection, Colour, Edit, Event, Item, MediaFile, Plain, Source, SourceState, Transition,
};

use crate::stage::GREEN;
use crate::support::decode::{Picture, sound};
use crate::support::recorder::Recorded;

/// BT.709, limited range: Y, Cb, Cr.
const RED: [u8; 3] = [63, 102, 240];
const BLUE: [u8; 3] = [32, 240, 118];

/// A film: so many seconds red, and as many blue; with a keyframe every 5 seconds, so that places lie between them.
pub(crate) fn film(path: &Path, seconds: u32) {
    let frames = seconds * 30;
    let part = |pattern: &str| {
        format!(
            "videotestsrc pattern={pattern} num-buffers={frames} ! video/x-raw,width=160,height=90,framerate=30/1 ! joined."
        )
    };
    make(&format!(
        "concat name=joined ! videoconvert ! x264enc speed-preset=ultrafast key-int-max=150 ! mp4mux ! filesink location={} {} {}",
        path.display(),
        part("red"),
        part("blue"),
    ));
}

/// Runs a pipeline to its end.
pub(crate) fn make(description: &str) {
    gst::init().unwrap();
    let pipeline = gst::parse::launch(description).unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let bus = pipeline.bus().unwrap();
    let end =
        bus.timed_pop_filtered(gst::ClockTime::from_seconds(60), &[gst::MessageType::Eos, gst::MessageType::Error]);
    assert!(matches!(end.unwrap().view(), gst::MessageView::Eos(_)));
    pipeline.set_state(gst::State::Null).unwrap();
}

#[test]
fn a_file_goes_on_from_where_it_is_put_also_after_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    film(&path, 10);
    let mut collection = Collection { canvas: Canvas { width: 160, height: 90, fps: 30 }, ..Collection::default() };
    let source = Source::File(MediaFile { name: "film".into(), path, repeat: false, from_start: false });
    collection.apply(Edit::AddSource { source, scene: "Scene".to_owned() }).unwrap();
    let mut show = Recorded::start(collection);
    let mut at = None;
    show.until(|event| {
        if let Event::Playing { at: now, .. } = event {
            at = Some(*now);
        }
        at.is_some()
    });
    assert!((19_900..=20_100).contains(&at.unwrap().duration), "{at:?}");
    show.frames(15.0);

    // In the blue, and off a keyframe.
    show.stage().seek("film", Duration::from_millis(17_500)).unwrap();
    show.until(|event| matches!(event, Event::Playing { at, .. } if (17_400..19_000).contains(&at.position)));
    show.until(|event| matches!(event, Event::Source { state: SourceState::Ended, .. }));

    // It has ended: it plays again, from there.
    show.stage().seek("film", Duration::from_secs(2)).unwrap();
    show.until(|event| matches!(event, Event::Playing { at, .. } if (1_900..4_000).contains(&at.position)));
    show.frames(30.0);

    // Behind the end is just before it.
    show.stage().seek("film", Duration::from_secs(500)).unwrap();
    show.until(|event| matches!(event, Event::Source { state: SourceState::Ended, .. }));

    let pictures = show.end().pictures();
    let colours: Vec<_> = pictures.iter().map(|picture| (picture.is(80, 45, RED), picture.is(80, 45, BLUE))).collect();
    let mut runs: Vec<(bool, bool)> = colours.clone();
    runs.retain(|(red, blue)| red | blue);
    runs.dedup();
    assert_eq!(runs, [(true, false), (false, true), (true, false), (false, true)]);
    let first_blue = colours.iter().skip_while(|(_, blue)| !blue).take_while(|(_, blue)| *blue).count();
    assert!(first_blue >= 60, "2.5 seconds were left of it, not {first_blue} frames");
}

#[test]
fn a_file_that_is_repeated_has_no_gap_where_it_begins_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    // A second of each.
    let tone = "audiotestsrc num-buffers=50 samplesperbuffer=960 ! audio/x-raw,rate=48000 ! audioconvert";
    let picture = "videotestsrc num-buffers=30 ! video/x-raw,width=160,height=90,framerate=30/1 ! x264enc ! joined.";
    make(&format!("{tone} ! wavenc ! filesink location={}", path("tone.wav").display()));
    make(&format!(
        "matroskamux name=joined ! filesink location={} {picture} {tone} ! flacenc ! joined.",
        path("film.mkv").display()
    ));
    for name in ["tone.wav", "film.mkv"] {
        let canvas = Canvas { width: 160, height: 90, fps: 30 };
        let mut collection = Collection { canvas, ..Collection::default() };
        let source = Source::File(MediaFile { name: "file".into(), path: path(name), repeat: true, from_start: false });
        collection.apply(Edit::AddSource { source, scene: "Scene".to_owned() }).unwrap();
        let mut show = Recorded::start(collection);
        let (mut starts, mut recorded) = (0, 0.0);
        show.until(|event| {
            match event {
                Event::Source { state: SourceState::Live | SourceState::Restarting { .. }, .. } => starts += 1,
                Event::Health { fps, .. } => recorded += fps,
                _ => {}
            }
            recorded >= 210.0
        });
        assert!(starts <= 1, "{name} was started {starts} times");
        let ended = show.end();
        let heard = sound(&ended.path);
        let loud: Vec<bool> = heard.chunks(480).map(|block| block.iter().any(|sample| sample.abs() > 0.2)).collect();
        let (first, last) = (loud.iter().position(|loud| *loud), loud.iter().rposition(|loud| *loud));
        let played = &loud[first.unwrap()..last.unwrap()];
        let silent = played.iter().filter(|loud| !**loud).count();
        // A machine that is busy may lose some blocks; a start anew costs more than three at each of five turns.
        assert!(played.len() > 500 && silent <= 15, "{name}: {silent} of {} blocks of 10 ms are silent", played.len());
    }
}

/// When something begins that was not for a quarter of a second, of what is seen or heard at times in seconds.
fn onsets(seen: impl Iterator<Item = (f64, bool)>) -> Vec<f64> {
    let (mut found, mut last) = (Vec::new(), None);
    for (at, _) in seen.filter(|(_, seen)| *seen) {
        if last.is_none_or(|last| at - last > 0.25) {
            found.push(at);
        }
        last = Some(at);
    }
    found
}

#[test]
fn a_film_that_is_repeated_keeps_its_length_and_its_sound_in_step() {
    let folder = tempfile::tempdir().unwrap();
    // A second whose first tenth flashes and beeps.
    for name in ["film.mkv", "film.mp4"] {
        let path = folder.path().join(name);
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i"])
            .arg("color=black:size=160x90:rate=30,drawbox=c=white:t=fill:enable='lt(t,0.099)'")
            .args(["-f", "lavfi", "-i", "aevalsrc='if(lt(t,0.1),0.5*sin(1000*2*PI*t),0)':s=48000", "-t", "1"])
            .args(["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "flac", "-strict", "-2"])
            .arg(&path)
            .status();
        assert!(made.unwrap().success());
        let canvas = Canvas { width: 160, height: 90, fps: 30 };
        let mut collection = Collection { canvas, ..Collection::default() };
        let source = Source::File(MediaFile { name: "film".into(), path, repeat: true, from_start: false });
        collection.apply(Edit::AddSource { source, scene: "Scene".to_owned() }).unwrap();
        let mut show = Recorded::start(collection);
        show.frames(300.0);
        let ended = show.end();
        let seconds = |picture: &Picture| picture.pts.nseconds() as f64 / 1e9;
        let flashes = onsets(ended.pictures().iter().map(|picture| (seconds(picture), picture.at(80, 45)[0] > 150)));
        let heard = (0..).map(|number| f64::from(number) / 48_000.0).zip(sound(&ended.path));
        let beeps = onsets(heard.map(|(at, sample)| (at, sample.abs() > 0.1)));
        // A machine that is busy may lose all pictures of a flash, or the first two.
        let rounds: f64 = flashes.windows(2).map(|pair| (pair[1] - pair[0]).round()).sum();
        let whole = flashes[flashes.len() - 1] - flashes[0];
        assert!(rounds >= 6.0, "{name}: {flashes:?}");
        assert!((whole - rounds).abs() < 0.07, "{name}: {rounds} rounds in {whole} s");
        let apart: Vec<f64> = flashes
            .iter()
            .map(|flash| beeps.iter().map(|beep| beep - flash).min_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap())
            .collect();
        let mut sorted = apart.clone();
        sorted.sort_by(f64::total_cmp);
        // The programme has a picture every 33 ms: what is shown is up to that before or after its time.
        let median = sorted[sorted.len() / 2];
        assert!(median.abs() < 0.045, "{name}: sound behind picture by {apart:?} s");
    }
}

#[test]
fn a_file_of_a_format_that_cannot_be_sent_back_is_repeated_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.ts");
    make(&format!(
        "videotestsrc num-buffers=30 ! video/x-raw,width=160,height=90,framerate=30/1 ! x264enc ! mpegtsmux ! filesink location={}",
        path.display()
    ));
    let mut collection = Collection { canvas: Canvas { width: 160, height: 90, fps: 30 }, ..Collection::default() };
    let source = Source::File(MediaFile { name: "film".into(), path, repeat: true, from_start: false });
    collection.apply(Edit::AddSource { source, scene: "Scene".to_owned() }).unwrap();
    let mut show = Recorded::start(collection);
    let mut starts = 0;
    show.until(|event| {
        assert!(!matches!(event, Event::Source { state: SourceState::Restarting { .. }, .. }), "{event:?}");
        starts += u32::from(matches!(event, Event::Source { state: SourceState::Live, .. }));
        starts == 3
    });
    show.end();
}

#[test]
fn a_file_that_ends_at_once_is_not_begun_again_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("click.wav");
    make(&format!(
        "audiotestsrc num-buffers=1 samplesperbuffer=960 ! audio/x-raw,rate=48000 ! wavenc ! filesink location={}",
        path.display()
    ));
    let mut collection = Collection { canvas: Canvas { width: 160, height: 90, fps: 30 }, ..Collection::default() };
    let source = Source::File(MediaFile { name: "click".into(), path, repeat: true, from_start: false });
    collection.apply(Edit::AddSource { source, scene: "Scene".to_owned() }).unwrap();
    let begun = Instant::now();
    let mut show = Recorded::start(collection);
    let mut starts = 0;
    show.until(|event| {
        starts += u32::from(matches!(event, Event::Source { state: SourceState::Live, .. }));
        starts == 9
    });
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(2_000), "nine starts in {took:?}");
    show.end();
}

#[test]
fn a_file_says_whether_there_is_sound_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let picture = "videotestsrc num-buffers=30 ! video/x-raw,width=160,height=90,framerate=30/1 ! x264enc ! joined.";
    let sound = "audiotestsrc num-buffers=50 ! audioconvert ! avenc_aac ! joined.";
    for (name, streams) in [("mute.mkv", picture.to_owned()), ("whole.mkv", format!("{picture} {sound}"))] {
        make(&format!("matroskamux name=joined ! filesink location={} {streams}", path(name).display()));
    }
    let canvas = Canvas { width: 160, height: 90, fps: 30 };
    let mut show = Recorded::start(Collection { canvas, ..Collection::default() });
    for name in ["mute.mkv", "whole.mkv"] {
        let source =
            Source::File(MediaFile { name: name.to_owned(), path: path(name), repeat: true, from_start: false });
        show.edit(Edit::AddSource { source, scene: "Scene".to_owned() });
    }
    let mut told = BTreeMap::new();
    show.until(|event| {
        if let Event::Sound { name, is_there } = event {
            told.insert(name.clone(), *is_there);
        }
        told.len() == 2
    });
    assert_eq!(told, BTreeMap::from([("mute.mkv".to_owned(), false), ("whole.mkv".to_owned(), true)]));
    show.end();
}

/// Three scenes: nothing but green, and twice the film that plays when it comes on air.
pub(crate) fn three_scenes(path: PathBuf, repeat: bool) -> Collection {
    let mut collection = Collection { canvas: Canvas { width: 160, height: 90, fps: 30 }, ..Collection::default() };
    let green = Source::Colour(Plain { name: "green".into(), colour: Colour::rgb(0, 255, 0) });
    let film = Source::File(MediaFile { name: "film".into(), path, repeat, from_start: true });
    let edits = [
        Edit::AddSource { source: green, scene: "Scene".to_owned() },
        Edit::AddScene { name: "film".to_owned() },
        Edit::AddSource { source: film, scene: "film".to_owned() },
        Edit::DuplicateScene { scene: "film".to_owned(), name: "again".to_owned() },
    ];
    for edit in edits {
        collection.apply(edit).unwrap();
    }
    collection
}

/// The colours that follow each other, and for how many frames each is seen.
pub(crate) fn seen(pictures: &[Picture]) -> Vec<(char, usize)> {
    let colours = [('r', RED), ('g', GREEN), ('b', BLUE)];
    let mut seen: Vec<(char, usize)> = Vec::new();
    for picture in pictures {
        let Some((name, _)) = colours.iter().find(|(_, colour)| picture.is(80, 44, *colour)) else { continue };
        if let Some((_, count)) = seen.last_mut().filter(|(last, _)| last == name) {
            *count += 1;
        } else {
            seen.push((*name, 1));
        }
    }
    seen
}

/// Waits until the film says that it is so.
pub(crate) fn until_film(show: &mut Recorded, wanted: &SourceState) {
    show.until(|event| matches!(event, Event::Source { name, state } if name == "film" && state == wanted));
}

/// Waits until the film is loaded, of which it tells where it is.
pub(crate) fn until_it_waits(show: &mut Recorded) {
    show.until(|event| matches!(event, Event::Playing { name, at } if name == "film" && at.position == 0));
}

#[test]
fn a_file_plays_from_its_beginning_whenever_it_comes_on_air() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    film(&path, 2);
    let mut show = Recorded::start(three_scenes(path, false));
    until_it_waits(&mut show);
    // It would be over by now, and is not begun by the preview either.
    show.stage().preview(Some("film")).unwrap();
    show.frames(150.0);
    for (name, next) in [("again", "anew"), ("anew", "again")] {
        show.stage().show("film", &Transition::Cut).unwrap();
        show.until(|event| matches!(event, Event::Playing { at, .. } if at.position > 2_000));
        // One that shows it as well goes on with it, and so does the same under another name.
        show.stage().show(name, &Transition::Cut).unwrap();
        show.edit(Edit::RenameScene { scene: name.to_owned(), name: next.to_owned() });
        until_film(&mut show, &SourceState::Ended);
        // It waits at its beginning again.
        show.stage().show("Scene", &Transition::Cut).unwrap();
        until_film(&mut show, &SourceState::Live);
        show.frames(60.0);
    }
    let pictures = show.end().pictures();
    let seen = seen(&pictures);
    let colours: String = seen.iter().map(|(colour, _)| colour).collect();
    assert_eq!(colours, "grbgrbg", "{seen:?}");
    assert!(seen.iter().all(|(_, count)| *count >= 45), "each is seen whole: {seen:?}");
}

#[test]
fn a_repeated_file_that_is_hidden_waits_and_begins_when_it_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    film(&path, 1);
    let mut collection = three_scenes(path, true);
    let id = collection.free_id();
    collection.apply(Edit::AddItem { scene: "Scene".to_owned(), item: Item::full("film") }).unwrap();
    let hidden = |hidden| Edit::SetItem { scene: "Scene".to_owned(), item: Item { id, hidden, ..Item::full("film") } };
    collection.apply(hidden(true)).unwrap();
    let mut show = Recorded::start(collection);
    until_it_waits(&mut show);
    show.frames(75.0);
    show.edit(hidden(false));
    show.frames(165.0);
    show.edit(hidden(true));
    show.frames(60.0);
    show.edit(hidden(false));
    show.frames(45.0);
    let pictures = show.end().pictures();
    let seen = seen(&pictures);
    let colours: String = seen.iter().map(|(colour, _)| colour).collect();
    assert!(colours.starts_with("grbrb"), "it is played again and again: {seen:?}");
    let (_, second) = colours.get(1..).and_then(|rest| rest.split_once('g')).unwrap();
    assert!(second.starts_with('r'), "it begins at its beginning: {seen:?}");
    let begun = seen.len() - second.len();
    assert!(seen[1].1 >= 25 && seen[begun].1 >= 25, "from its first frame on: {seen:?}");
}

#[test]
fn an_interlaced_film_is_shown_as_twice_as_many_whole_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mkv");
    // Bright and dark in turn, fifty times a second. Of two of them each frame has every second line.
    let pictures = "color=s=192x112:r=50:d=8,format=yuv420p,geq=lum='if(mod(N,2),200,40)':cb=128:cr=128";
    let status = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", pictures])
        .args(["-vf", "tinterlace=interleave_top,setfield=tff", "-flags", "+ildct+ilme"])
        .args(["-c:v", "mpeg2video", "-qscale:v", "2"])
        .arg(&path)
        .status()
        .expect("ffmpeg (apt-get install ffmpeg)");
    assert!(status.success(), "{status}");
    let canvas = Canvas { width: 192, height: 112, fps: 30 };
    let mut show = Recorded::start(Collection { canvas, ..Collection::default() });
    let source = Source::File(MediaFile { name: "film".into(), path, repeat: true, from_start: false });
    show.edit(Edit::AddSource { source, scene: "Scene".to_owned() });
    show.until(|event| {
        assert!(!matches!(event, Event::Source { state: SourceState::Restarting { .. }, .. }), "{event:?}");
        matches!(event, Event::Source { state: SourceState::Live, .. })
    });
    show.frames(60.0);
    let pictures = show.end().pictures();
    // The lines of one picture from the top to the bottom.
    let ranges = pictures.iter().rev().take(40).map(|picture| {
        let lines = (4..108).map(|y| picture.at(96, y)[0]);
        (lines.clone().min().unwrap(), lines.max().unwrap())
    });
    let ranges: Vec<_> = ranges.collect();
    assert!(ranges.iter().all(|(darkest, brightest)| brightest - darkest < 60), "{ranges:?}");
    let counted = |is_bright: bool| ranges.iter().filter(|(darkest, _)| (*darkest > 120) == is_bright).count();
    assert!(counted(true) > 5 && counted(false) > 5, "{ranges:?}");
}
