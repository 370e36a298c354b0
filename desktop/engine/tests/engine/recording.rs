//! Recordings that are paused, split and marked, and replays, beside a recording of the same encode that is none of it: what a
//! packet is in one file it is in the other, so that each can be asked where it went.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use klieg_engine::{Options, Stage};
use klieg_studio_model::{
    AudioSettings, Canvas, Collection, Edit, Event, FileOutput, Output, OutputState, Pattern, ReplayOutput, Source,
    Split, TestPicture, Tone, VideoSettings, Wave,
};
use serde_json::Value;

use crate::support::decode::pictures;
use crate::support::{self, PATIENCE, assert_steady, wait_for};

/// A stage with snow and noise, of which no packet is like another, and a recording of all of it, `whole.mkv`.
struct Rig {
    stage: Stage,
    events: Receiver<Event>,
    /// Frames that the machine was too busy for.
    lost: Arc<AtomicU64>,
    directory: tempfile::TempDir,
}

impl Rig {
    fn start() -> Self {
        let mut collection = Collection { canvas: Canvas { width: 160, height: 90, fps: 30 }, ..Collection::default() };
        let snow = TestPicture { name: "snow".to_owned(), pattern: Pattern::Snow, title: None, subtitle: None };
        let noise = Tone { name: "noise".to_owned(), frequency: 440.0, wave: Wave::PinkNoise, amplitude: 0.4 };
        for source in [Source::Test(snow), Source::Tone(noise)] {
            collection.apply(Edit::AddSource { source, scene: "Scene".to_owned() }).unwrap();
        }
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
        let stage = Stage::open(&collection, "Scene", options).unwrap();
        let mut rig = Self { stage, events, lost, directory: tempfile::tempdir().unwrap() };
        rig.record("whole", "mkv", Split::default());
        rig
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn start_output(&mut self, output: &Output) {
        let video = VideoSettings { bitrate: 600, keyframe_interval: 1.0, ..VideoSettings::default() };
        self.stage.start_output(output, &video, &AudioSettings::default()).unwrap();
    }

    /// Starts a recording and waits until it runs.
    fn record(&mut self, name: &str, ending: &str, split: Split) {
        let path = self.path(&format!("{name}.{ending}"));
        self.start_output(&Output::File(FileOutput { name: name.to_owned(), path, split, video: None, audio: None }));
        self.until(
            "it runs",
            |event| matches!(event, Event::Output { name: known, state: OutputState::Live } if known == name),
        );
    }

    fn until(&self, what: &str, mut wanted: impl FnMut(&Event) -> bool) -> Event {
        loop {
            let event = self.events.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("never: {what}"));
            if let Event::Output { state: OutputState::Failed { reason }, .. } = &event {
                panic!("{reason}");
            }
            if wanted(&event) {
                return event;
            }
        }
    }

    /// Waits until `whole` has so many more frames.
    fn frames(&self, count: f64) {
        let mut sent = 0.0;
        self.until("frames", |event| {
            if let Event::Health { name, fps, .. } = event
                && name == "whole"
            {
                sent += fps;
            }
            sent >= count
        });
    }

    /// Waits until a recording says that it is paused, or is not.
    fn paused(&self, recording: &str, paused: bool) {
        self.until("the pause", |event| {
            matches!(event, Event::Recording { name, progress } if name == recording && progress.paused == paused)
        });
    }

    /// Ends an output, and waits until it has: what is compared with `whole` has to end before it does.
    fn finish(&mut self, name: &str) {
        self.stage.stop_output(name);
        self.until(
            "its end",
            |event| matches!(event, Event::Output { name: known, state: OutputState::Stopped } if known == name),
        );
    }

    /// Ends everything.
    fn end(self) -> tempfile::TempDir {
        drop(self.stage);
        self.directory
    }
}

/// A packet of a file.
#[derive(Clone, Debug)]
struct Seen {
    is_video: bool,
    hash: String,
    /// Seconds.
    pts: f64,
    keyframe: bool,
}

struct File {
    packets: Vec<Seen>,
    /// Seconds and titles.
    chapters: Vec<(f64, String)>,
}

impl File {
    /// What ffprobe sees, as players do.
    fn probe(path: &Path) -> Self {
        let output = Command::new("ffprobe")
            .args(["-v", "error", "-show_packets", "-show_data_hash", "md5", "-show_chapters", "-of", "json"])
            .arg(path)
            .output()
            .expect("ffprobe (apt-get install ffmpeg)");
        assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
        let packet = |packet: &Value| Seen {
            is_video: packet["codec_type"] == "video",
            hash: packet["data_hash"].as_str().unwrap().to_owned(),
            pts: packet["pts_time"].as_str().unwrap().parse().unwrap(),
            keyframe: packet["flags"].as_str().unwrap().starts_with('K'),
        };
        let chapter = |chapter: &Value| {
            let at = chapter["start_time"].as_str().unwrap().parse().unwrap();
            (at, chapter["tags"]["title"].as_str().unwrap_or_default().to_owned())
        };
        Self {
            packets: seen["packets"].as_array().unwrap().iter().map(packet).collect(),
            chapters: seen["chapters"].as_array().unwrap().iter().map(chapter).collect(),
        }
    }

    fn of(&self, is_video: bool) -> Vec<&Seen> {
        self.packets.iter().filter(|packet| packet.is_video == is_video).collect()
    }
}

/// Where in `whole` each packet of `part` is.
fn places(whole: &File, part: &File, is_video: bool) -> Vec<usize> {
    let all = whole.of(is_video);
    let place = |packet: &&Seen| {
        let place = all.iter().position(|known| known.hash == packet.hash);
        place.unwrap_or_else(|| panic!("a packet that is not in the whole: {packet:?}"))
    };
    part.of(is_video).iter().map(place).collect()
}

#[test]
fn a_pause_leaves_picture_and_sound_in_step() {
    let mut rig = Rig::start();
    rig.record("paused", "mp4", Split::default());
    rig.frames(50.0);
    rig.stage.pause_output("paused", true).unwrap();
    rig.paused("paused", true);
    rig.frames(40.0);
    rig.stage.pause_output("paused", false).unwrap();
    rig.paused("paused", false);
    rig.frames(60.0);
    rig.finish("paused");
    let directory = rig.end();
    let (whole, paused) = (directory.path().join("whole.mkv"), directory.path().join("paused.mp4"));
    let (whole, file) = (File::probe(&whole), File::probe(&paused));

    let video = places(&whole, &file, true);
    let sound = places(&whole, &file, false);
    let gaps = |places: &[usize]| -> Vec<usize> {
        (1..places.len()).filter(|place| places[*place] != places[place - 1] + 1).collect()
    };
    let (in_video, in_sound) = (gaps(&video), gaps(&sound));
    assert!(in_video.len() == 1 && in_sound.len() == 1, "one part is left out: {in_video:?} {in_sound:?}");
    assert!(video[in_video[0]] - video[in_video[0] - 1] >= 30, "and it is the pause");
    let pictures_of = file.of(true);
    assert!(pictures_of[0].keyframe && pictures_of[in_video[0]].keyframe);

    // No gap in the file: the sound goes on with the next sample, the picture before its time by less than a frame of sound.
    let steps = |is_video| -> Vec<f64> { file.of(is_video).windows(2).map(|pair| pair[1].pts - pair[0].pts).collect() };
    assert!(steps(false).iter().all(|step| (step - 1_024.0 / 48_000.0).abs() < 0.000_05), "{:?}", steps(false));
    for (place, step) in (1..).zip(steps(true)) {
        let all = whole.of(true);
        let in_whole = all[video[place]].pts - all[video[place - 1]].pts;
        // The first picture begins with the sound that is heard with it.
        let is_right = match place {
            1 => (-0.002..0.023).contains(&(step - in_whole)),
            _ if place == in_video[0] => (0.03..0.055).contains(&step),
            _ => (step - in_whole).abs() < 0.002,
        };
        assert!(is_right, "{step} s at {place}, {in_whole} s in the whole");
    }

    // Both are moved by as much, before the pause and behind it. Matroska counts in milliseconds.
    let moved = |is_video, place: usize| {
        let (part, whole) = (file.of(is_video), whole.of(is_video));
        let places = if is_video { &video } else { &sound };
        whole[places[place]].pts - part[place].pts
    };
    let distance = |picture, block| (moved(true, picture) - moved(false, block)).abs();
    assert!(distance(5, 5) < 0.002, "{}", distance(5, 5));
    assert!(distance(in_video[0] + 5, in_sound[0] + 5) < 0.002, "{}", distance(in_video[0] + 5, in_sound[0] + 5));
    assert!(pictures(&paused).len() == file.of(true).len(), "all of it can be decoded");
}

#[test]
fn a_recording_is_split_without_losing_or_repeating_a_packet() {
    for ending in ["mkv", "mp4"] {
        let mut rig = Rig::start();
        rig.record("split", ending, Split::default());
        for part in 2..=3 {
            rig.frames(40.0);
            rig.stage.split_output("split").unwrap();
            rig.until("the next file", |event| {
                matches!(event, Event::Recording { name, progress } if name == "split" && progress.part == part)
            });
        }
        rig.frames(40.0);
        rig.finish("split");
        let directory = rig.end();
        let whole = File::probe(&directory.path().join("whole.mkv"));
        let names =
            ["split", "split part 02", "split part 03"].map(|name| directory.path().join(format!("{name}.{ending}")));
        let files = names.each_ref().map(|path| File::probe(path));
        for is_video in [true, false] {
            let places: Vec<_> = files.iter().map(|file| places(&whole, file, is_video)).collect();
            let all: Vec<_> = places.concat();
            assert!(all.windows(2).all(|pair| pair[1] == pair[0] + 1), "{ending}: {places:?}");
        }
        for (file, path) in files.iter().zip(&names) {
            let first = file.of(true)[0];
            assert!(first.keyframe && first.pts.abs() < 0.001, "{ending}: {first:?}");
            assert!(file.of(false)[0].pts.abs() < 0.001, "{ending}: {:?}", file.of(false)[0]);
            assert_eq!(pictures(path).len(), file.of(true).len());
        }
    }
}

#[test]
fn marked_moments_are_chapters_that_players_show() {
    for ending in ["mkv", "mp4"] {
        let mut rig = Rig::start();
        rig.record("marked", ending, Split::default());
        rig.frames(45.0);
        rig.stage.mark_output("marked", "Zweite Hälfte", Duration::from_millis(500)).unwrap();
        rig.frames(30.0);
        rig.stage.mark_output("marked", "", Duration::ZERO).unwrap();
        let beside = rig.path("marked.chapters.txt");
        wait_for("the list beside the file", || {
            std::fs::read_to_string(&beside).ok().filter(|text| text.lines().count() == 2)
        });
        rig.frames(30.0);
        let directory = rig.end();
        let path = directory.path().join(format!("marked.{ending}"));
        let file = File::probe(&path);
        let titles: Vec<_> = file.chapters.iter().map(|(_, title)| title.as_str()).collect();
        assert_eq!(titles, ["Zweite Hälfte", "Marker 2"], "{ending}");
        let [first, second] = [file.chapters[0].0, file.chapters[1].0];
        assert!(first > 0.5 && second > first + 0.4, "{ending}: {first} {second}");
        assert!(!beside.exists(), "the file has them now");
        assert!(pictures(&path).len() > 70, "and still plays");
    }
}

#[test]
fn a_replay_is_the_last_seconds_of_the_programme() {
    for ending in ["mp4", "mkv"] {
        let mut rig = Rig::start();
        rig.start_output(&Output::Replay(ReplayOutput { name: "replay".to_owned(), seconds: 3 }));
        rig.until(
            "a full buffer",
            |event| matches!(event, Event::Replay { seconds, bytes, .. } if *seconds >= 3.0 && *bytes > 0),
        );
        rig.frames(60.0);
        let path = rig.path(&format!("replay.{ending}"));
        for _ in 0..2 {
            rig.stage.save_replay("replay", &path).unwrap();
            let saved = rig.until("the replay", |event| matches!(event, Event::ReplaySaved { .. }));
            let Event::ReplaySaved { saved: Ok(saved), .. } = saved else { panic!("{saved:?}") };
            assert!((3.0..5.0).contains(&saved.seconds), "{saved:?}");
        }
        rig.frames(30.0);
        let lost = rig.lost.clone();
        let directory = rig.end();
        let recording = directory.path().join("whole.mkv");
        let whole = File::probe(&recording);
        let again = directory.path().join(format!("replay-2.{ending}"));
        for path in [&path, &again] {
            let file = File::probe(path);
            assert!(file.of(true)[0].keyframe && file.of(true)[0].pts.abs() < 0.001);
            for is_video in [true, false] {
                let places = places(&whole, &file, is_video);
                assert!(places.windows(2).all(|pair| pair[1] == pair[0] + 1), "{places:?}");
            }
            assert_eq!(pictures(path).len(), file.of(true).len());
        }
        // What runs beside it lost nothing.
        assert_steady(&pictures(&recording), lost.load(Ordering::Relaxed));
    }
}

#[test]
fn only_a_recording_is_paused_and_only_a_buffer_saved() {
    let mut rig = Rig::start();
    rig.start_output(&Output::Replay(ReplayOutput { name: "replay".to_owned(), seconds: 5 }));
    let path = rig.path("a.mkv");
    for refused in [
        rig.stage.pause_output("other", true),
        rig.stage.split_output("replay"),
        rig.stage.mark_output("replay", "", Duration::ZERO),
        rig.stage.save_replay("whole", &path),
    ] {
        assert!(refused.unwrap_err().to_string().ends_with("runs that could do this"));
    }
    rig.stage.pause_output("whole", true).unwrap();
}

#[test]
fn a_recording_makes_its_folder_and_is_over_where_there_can_be_none() {
    let mut rig = Rig::start();
    rig.record("taken away/again", "mkv", Split::default());
    rig.finish("taken away/again");
    std::fs::write(rig.path("file"), "").unwrap();
    let (name, path) = ("nowhere".to_owned(), rig.path("file/nowhere.mkv"));
    rig.start_output(&Output::File(FileOutput { name, path, split: Split::default(), video: None, audio: None }));
    let reason = loop {
        let event = rig.events.recv_timeout(PATIENCE).expect("it is given up");
        if let Event::Output { name, state: OutputState::Failed { reason } } = event
            && name == "nowhere"
        {
            break reason;
        }
    };
    assert!(reason.contains("file cannot be used for recordings"), "{reason}");
}

#[test]
fn a_recording_whose_disk_hangs_does_not_keep_the_show_from_ending() {
    let mut rig = Rig::start();
    rig.record("stuck", "mkv", Split::default());
    // Opening it waits for somebody who reads, and there is nobody.
    assert!(Command::new("mkfifo").arg(rig.path("stuck.chapters.txt")).status().unwrap().success());
    rig.stage.mark_output("stuck", "never", Duration::ZERO).unwrap();
    rig.frames(30.0);
    let started = Instant::now();
    let directory = rig.end();
    assert!(started.elapsed() < Duration::from_secs(25), "{:?}", started.elapsed());
    assert!(File::probe(&directory.path().join("whole.mkv")).of(true).len() > 30, "the other one is whole");
}
