//! Recordings: files that are written as they come, paused, split and marked while they grow.
//!
//! [`Tape`] decides where a packet goes; here are the pipelines, one a file, at most two at a time: a file that has been split
//! off waits for its last sound while the next one begins. Each ends in a thread of its own, which is left if its disk hangs.

mod chapters;
mod durable;
mod mkv;
mod mp4;
mod tape;

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Event, RecordingProgress, Split, VideoCodec};

use self::chapters::Chapter;
pub(super) use self::chapters::Chapters;
use self::durable::Keeper;
pub(super) use self::durable::settle;
pub(super) use self::tape::{Step, Tape};
use super::flow::Flow;
use super::mux::Muxing;
use super::{Control, Failure, Line};
use crate::element::named;
use crate::ending::{GOODBYE, finish_all};
use crate::fanout::Kind;
use crate::report::Reporter;

/// How long the disk may take nothing.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long the end of a file may take.
const FAREWELL: gst::ClockTime = gst::ClockTime::from_seconds(5);
/// What has been written when a recording counts as running, in bytes.
const RUNS: u64 = 8_192;

/// A recording and what there is of it.
#[derive(Debug)]
pub(super) struct Recording {
    path: PathBuf,
    split: Split,
    /// Files that were begun.
    parts: u32,
    /// The file that was begun first; the others are named after it.
    first: Option<PathBuf>,
    /// Picture in all files of the sessions before.
    recorded: gst::ClockTime,
    is_paused: bool,
    /// Moments that were marked, for those without a name.
    marks: u32,
}

impl Recording {
    pub(super) fn new(path: PathBuf, split: Split, is_paused: bool) -> Self {
        Self { path, split, parts: 0, first: None, recorded: gst::ClockTime::ZERO, is_paused, marks: 0 }
    }

    /// Makes the folder for the first file: somebody may have taken it away. A later one does without: a folder that has gone with
    /// its disk comes back with it.
    fn make_folder(&self) -> Result<(), Failure> {
        let Some(folder) = self.path.parent().filter(|_| self.parts == 0) else { return Ok(()) };
        std::fs::create_dir_all(folder).map_err(|error| {
            Failure::fatal(format!("the folder {} cannot be used for recordings: {error}", folder.display()))
        })
    }

    /// Where its next file goes. No file is ever overwritten.
    fn next(&mut self) -> PathBuf {
        self.parts += 1;
        match &self.first {
            None => self.first.insert(unused(&self.path)).clone(),
            Some(first) => {
                let stem = first.file_stem().unwrap_or_default().to_string_lossy();
                let ending = first.extension().unwrap_or_default().to_string_lossy();
                unused(&first.with_file_name(format!("{stem} part {:02}.{ending}", self.parts)))
            }
        }
    }
}

/// `path`, or if that exists, the first of `NAME-2.EXT`, `NAME-3.EXT` ... that does not.
pub(super) fn unused(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let numbered = (2..).map(|number: u32| path.with_file_name(format!("{stem}-{number}.{ending}")));
    std::iter::once(path.to_owned()).chain(numbered).find(|path| !path.exists()).unwrap_or_else(|| path.to_owned())
}

/// Begins a file: fragmented MP4, or Matroska in short clusters, so that it plays as far as it was written.
pub(super) fn begin(path: &Path, codec: VideoCodec) -> Result<Muxing, Failure> {
    let is_matroska = path.extension().is_some_and(|ending| ending == "mkv");
    let muxer = if is_matroska {
        "matroskamux name=mux min-cluster-duration=500000000"
    } else {
        "mp4mux name=mux fragment-duration=1000"
    };
    let sink = "filesink name=sink sync=false async=false buffer-mode=unbuffered";
    Muxing::start(&format!("{muxer} ! {sink}"), codec, ["video_0", "audio_0"], |pipeline| {
        named::<gst::Element>(pipeline, "sink")?.set_property("location", path.to_string_lossy().as_ref());
        if !is_matroska {
            mp4::keep_room(&named(pipeline, "mux")?);
        }
        Ok(())
    })
}

/// One file that grows.
struct Part {
    muxing: Muxing,
    keeper: Keeper,
    chapters: Chapters,
    report: Reporter,
}

impl Part {
    fn begin(path: &Path, line: &Line) -> Result<Self, Failure> {
        let muxing = begin(path, line.codec)?;
        tracing::info!(path = %path.display(), "recording");
        let report = line.report.clone();
        Ok(Self { muxing, keeper: Keeper::start(path), chapters: Chapters::new(path), report })
    }

    fn check(&self) -> Result<(), Failure> {
        self.muxing.check()?;
        self.keeper.check()
    }

    /// Waits until the file is whole, and on its disk.
    fn end(self) {
        let Self { muxing, chapters, keeper: _keeper, report } = self;
        let path = chapters.path().to_owned();
        muxing.end();
        match muxing.has_ended(FAREWELL) {
            Ok(true) => {}
            Ok(false) => tracing::warn!("a recording's end was not written in time; it plays up to there"),
            Err(failure) => tracing::warn!(?failure, "a recording's end was not written; it plays up to there"),
        }
        drop(muxing);
        if let Some(text) = chapters.finish() {
            report.say(Event::Warning { text });
        }
        if let Err(error) = settle(&path) {
            tracing::warn!(path = %path.display(), %error, "a power cut now could cost the end of the recording");
        }
    }
}

#[derive(Default)]
struct Files {
    now: Option<Part>,
    before: Option<Part>,
    ending: Vec<JoinHandle<()>>,
}

impl Files {
    fn is_full(&self) -> bool {
        self.now.iter().chain(&self.before).any(|part| part.muxing.is_full())
    }

    fn check(&self) -> Result<(), Failure> {
        self.now.iter().chain(&self.before).try_for_each(Part::check)
    }

    /// Why nothing was taken any more.
    fn stall(&self) -> String {
        let seconds = PATIENCE.as_secs();
        match self.now.iter().chain(&self.before).find_map(|part| part.muxing.lacks()) {
            Some(what) => format!("for more than {seconds} seconds there was no {what} to write"),
            None => format!("nothing could be written for {seconds} seconds"),
        }
    }

    /// Lets the file before end, which goes on behind.
    fn end_before(&mut self) {
        let Some(part) = self.before.take() else { return };
        self.ending.retain(|thread| !thread.is_finished());
        match std::thread::Builder::new().name("file-end".to_owned()).spawn(move || part.end()) {
            Ok(thread) => self.ending.push(thread),
            // The file plays as far as it was written.
            Err(error) => tracing::warn!(%error, "no thread for the end of a file"),
        }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.end_before();
        self.before = self.now.take();
        self.end_before();
        finish_all(self.ending.drain(..), GOODBYE);
    }
}

/// Runs until the show stops or something breaks.
pub(super) async fn session(recording: &mut Recording, line: &mut Line) -> Result<(), Failure> {
    let mut session = Session {
        tape: Tape::new(recording.split, recording.is_paused),
        files: Files::default(),
        recording,
        taken: 0,
        written: 0,
        told: None,
        told_at: Instant::now(),
    };
    let result = session.run(line).await;
    session.recording.recorded += session.tape.recorded();
    result
}

struct Session<'a> {
    recording: &'a mut Recording,
    tape: Tape,
    files: Files,
    /// Packets that came, whether they were written or not.
    taken: u64,
    written: u64,
    /// What was told last, and when.
    told: Option<RecordingProgress>,
    told_at: Instant,
}

impl Session<'_> {
    async fn run(&mut self, line: &mut Line) -> Result<(), Failure> {
        let mut flow = Flow::new(PATIENCE, Instant::now());
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut steps = Vec::new();
        line.listen();
        loop {
            tokio::select! {
                packet = line.packets.recv(), if !self.files.is_full() => {
                    let Some(packet) = packet else { break };
                    self.taken += 1;
                    self.tape.take(packet, &mut steps);
                    for step in steps.drain(..) {
                        self.carry_out(step, line)?;
                    }
                    if self.tape.wants_keyframe() {
                        line.ask_for_keyframes();
                    }
                }
                Some(control) = line.controls.recv() => self.control(control),
                _ = tick.tick() => {
                    self.files.check()?;
                    if self.written > RUNS {
                        line.live();
                    }
                    if flow.stalled(self.taken, Instant::now()) {
                        return Err(Failure::retry(self.files.stall()));
                    }
                    self.tell(line);
                }
                () = async { let _ = line.stopping.wait_for(|stop| *stop).await; } => break,
            }
        }
        self.tape.finish(&mut steps);
        for step in steps {
            self.carry_out(step, line)?;
        }
        Ok(())
    }

    fn control(&mut self, control: Control) {
        match control {
            Control::Pause(from) => {
                self.recording.is_paused = true;
                self.tape.pause(from);
            }
            Control::Resume(until) => {
                self.recording.is_paused = false;
                self.tape.resume(until);
            }
            Control::Split => self.tape.split(),
            Control::Mark { at, text } => {
                self.recording.marks += 1;
                let text = if text.is_empty() { format!("Marker {}", self.recording.marks) } else { text };
                self.tape.mark(at, text);
            }
            Control::Save { .. } => {}
        }
    }

    fn carry_out(&mut self, step: Step, line: &Line) -> Result<(), Failure> {
        match step {
            Step::Begin => {
                self.recording.make_folder()?;
                let path = self.recording.next();
                let part = Part::begin(&path, line)?;
                self.files.end_before();
                self.files.before = self.files.now.replace(part);
                self.tell(line);
            }
            Step::Write { packet, pts, before } => {
                let part = if before { &self.files.before } else { &self.files.now };
                if let Some(part) = part {
                    self.written += packet.buffer.size() as u64;
                    line.sent.add(packet.buffer.size(), u64::from(packet.kind == Kind::Video));
                    part.muxing.push(packet, pts);
                }
            }
            Step::End => self.files.end_before(),
            Step::Mark { at, text } => {
                if let Some(part) = &mut self.files.now
                    && let Some(text) = part.chapters.add(Chapter { at: at.into(), text })
                {
                    line.report.say(Event::Warning { text });
                }
            }
        }
        Ok(())
    }

    /// Says how far it has come: once a second, and when something is different.
    fn tell(&mut self, line: &Line) {
        let Some(part) = &self.files.now else { return };
        let recorded = self.recording.recorded + self.tape.recorded();
        let progress = RecordingProgress {
            file: part.chapters.path().to_owned(),
            part: self.recording.parts,
            recorded: recorded.mseconds(),
            paused: self.tape.is_paused(),
        };
        let is_news =
            self.told.as_ref().is_none_or(|told| told.part != progress.part || told.paused != progress.paused);
        if is_news || self.told_at.elapsed() >= Duration::from_secs(1) {
            self.told_at = Instant::now();
            self.told = Some(progress.clone());
            line.report.say(Event::Recording { name: line.name.clone(), progress });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_never_overwrites_another() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("show.mp4");
        assert_eq!(unused(&path), path);
        std::fs::write(&path, "").unwrap();
        std::fs::write(directory.path().join("show-2.mp4"), "").unwrap();
        assert_eq!(unused(&path), directory.path().join("show-3.mp4"));
    }

    #[test]
    fn the_files_of_a_recording_are_numbered() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("show.mkv"), "").unwrap();
        let mut recording = Recording::new(directory.path().join("show.mkv"), Split::default(), false);
        let names: Vec<_> = (0..3).map(|_| recording.next().file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["show-2.mkv", "show-2 part 02.mkv", "show-2 part 03.mkv"]);
    }
}
