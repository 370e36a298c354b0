//! The replay buffer: the last seconds of picture and sound as they were encoded, in memory, and files of them.
//!
//! Whole groups of pictures are kept, so that the oldest second can be shown. A replay is written in a thread of its own from
//! what the buffer held at that moment; packets are shared, not copied.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gstreamer as gst;
use klieg_studio_model::{Event, ReplayOutput, SavedReplay, Split, VideoCodec};

use super::file::{Chapters, Step, Tape, begin, settle, unused};
use super::mux::Muxing;
use super::{Control, Failure, Line};
use crate::ending::{GOODBYE, finish_all};
use crate::fanout::{Kind, Packet};

/// The disk may take nothing for so long.
const PATIENCE: Duration = Duration::from_secs(8);
const FAREWELL: gst::ClockTime = gst::ClockTime::from_seconds(8);

/// The last seconds. The pictures begin with a keyframe, the sound a little before it.
#[derive(Debug)]
struct Ring {
    length: gst::ClockTime,
    /// In bytes: an encoder that sends far more than it was told loses seconds rather than memory.
    most: u64,
    pictures: VecDeque<Packet>,
    sound: VecDeque<Packet>,
    bytes: u64,
    /// Where each group of pictures begins.
    groups: VecDeque<gst::ClockTime>,
    newest: gst::ClockTime,
}

/// How much earlier than the picture the sound begins: more than a block.
const EARLIER: gst::ClockTime = gst::ClockTime::from_mseconds(200);

/// Blocks of sound that are kept while there is no picture.
const WAITING: usize = 32;

impl Ring {
    fn new(length: gst::ClockTime, most: u64) -> Self {
        let (pictures, sound, groups) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        Self { length, most, pictures, sound, bytes: 0, groups, newest: gst::ClockTime::ZERO }
    }

    fn push(&mut self, packet: Packet) {
        self.bytes += packet.buffer.size() as u64;
        if packet.kind == Kind::Audio {
            self.sound.push_back(packet);
            if self.groups.is_empty() && self.sound.len() > WAITING {
                self.bytes -= self.sound.pop_front().map_or(0, |first| first.buffer.size() as u64);
            }
        } else {
            // A file holds one encoder's parameter sets.
            if self.pictures.back().is_some_and(|last| last.run != packet.run) {
                self.groups.clear();
                self.forget(packet.pts);
            }
            self.newest = packet.pts + packet.buffer.duration().unwrap_or_default();
            if packet.keyframe {
                self.groups.push_back(packet.pts);
            }
            self.pictures.push_back(packet);
        }
        // The second group is enough, or has to be.
        while let Some(second) = self.groups.get(1).copied()
            && (second + self.length <= self.newest || self.bytes > self.most)
        {
            self.groups.pop_front();
            self.forget(second);
        }
        // One group that is too large by itself: begin anew with the next keyframe.
        if self.bytes > self.most || self.groups.is_empty() {
            self.groups.clear();
            self.forget(self.newest);
        }
    }

    /// Forgets the pictures before `from`, and the sound that they had.
    fn forget(&mut self, from: gst::ClockTime) {
        for (list, from) in [(&mut self.pictures, from), (&mut self.sound, from.saturating_sub(EARLIER))] {
            while list.front().is_some_and(|packet| packet.pts < from) {
                self.bytes -= list.pop_front().map_or(0, |packet| packet.buffer.size() as u64);
            }
        }
    }

    /// Begins anew with the next keyframe.
    fn clear(&mut self) {
        self.groups.clear();
        self.forget(self.newest);
    }

    /// What it holds of the picture.
    fn held(&self) -> gst::ClockTime {
        self.groups.front().map_or(gst::ClockTime::ZERO, |first| self.newest.saturating_sub(*first))
    }

    /// All of it, in the order of its time, but for sound that has no picture yet: a muxer would wait for it.
    fn packets(&self) -> Vec<Packet> {
        let sound = self.sound.iter().filter(|packet| packet.pts < self.newest);
        let mut packets: Vec<_> = sound.chain(&self.pictures).cloned().collect();
        packets.sort_by_key(|packet| packet.pts);
        packets
    }
}

/// Runs until it is stopped.
pub(super) async fn session(output: &ReplayOutput, most: u64, line: &mut Line) -> Result<(), Failure> {
    let mut ring = Ring::new(gst::ClockTime::from_seconds(output.seconds.into()), most);
    let mut saving = Saving::default();
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    line.listen();
    line.live();
    let mut lost = line.inlet.dropped();
    loop {
        tokio::select! {
            packet = line.packets.recv() => {
                let Some(packet) = packet else { break };
                // Frames are missing before this one.
                if std::mem::replace(&mut lost, line.inlet.dropped()) != lost {
                    ring.clear();
                }
                ring.push(packet);
            }
            Some(control) = line.controls.recv() => if let Control::Save { path } = control {
                saving.start(&ring, path, line);
            },
            _ = tick.tick() => {
                let (seconds, bytes) = (ring.held().mseconds() as f64 / 1_000.0, ring.bytes);
                line.report.say(Event::Replay { name: line.name.clone(), seconds, bytes });
            }
            () = async { let _ = line.stopping.wait_for(|stop| *stop).await; } => break,
        }
    }
    Ok(())
}

/// The thread that writes a replay, one at a time. What is being written is finished even if the buffer ends, unless the program
/// ends meanwhile, which waits for it as for everything.
#[derive(Default)]
struct Saving {
    thread: Option<JoinHandle<()>>,
    /// Whether it writes: what it says last is that it does not any more.
    writes: Arc<AtomicBool>,
}

impl Saving {
    fn start(&mut self, ring: &Ring, path: PathBuf, line: &Line) {
        let (name, report) = (line.name.clone(), line.report.clone());
        let refuse = |reason: &str| {
            report.say(Event::ReplaySaved { name: name.clone(), saved: Err(reason.to_owned()) });
        };
        if self.writes.load(Ordering::Acquire) {
            return refuse("another replay is still being written");
        }
        if ring.groups.is_empty() {
            return refuse("there is nothing to save yet; wait a moment");
        }
        let packets = ring.packets();
        let seconds = ring.held().mseconds() as f64 / 1_000.0;
        let told = (name.clone(), report.clone());
        let (codec, writes) = (line.codec, self.writes.clone());
        writes.store(true, Ordering::Release);
        let write = move || {
            let path = unused(&path);
            let saved = save(&path, codec, packets).map(|()| SavedReplay { file: path, seconds });
            let (name, report) = told;
            // First, for whoever hears it may save another one at once.
            writes.store(false, Ordering::Release);
            report.say(Event::ReplaySaved { name, saved });
        };
        match std::thread::Builder::new().name("replay".to_owned()).spawn(write) {
            Ok(thread) => self.thread = Some(thread),
            Err(error) => {
                self.writes.store(false, Ordering::Release);
                refuse(&error.to_string());
            }
        }
    }
}

impl Drop for Saving {
    fn drop(&mut self) {
        finish_all(self.thread.take(), GOODBYE);
    }
}

/// Writes packets to a new file. Nothing is left of it if it does not become whole.
fn save(path: &Path, codec: VideoCodec, packets: Vec<Packet>) -> Result<(), String> {
    let saved = write(path, codec, packets);
    if saved.is_err()
        && let Err(error) = std::fs::remove_file(path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(path = %path.display(), %error, "a replay that is not whole stays");
    }
    saved
}

/// Writes packets to a file, as fast as the disk takes them.
fn write(path: &Path, codec: VideoCodec, packets: Vec<Packet>) -> Result<(), String> {
    let said = |failure: Failure| match failure {
        Failure::Retry { reason, .. } | Failure::Fatal { reason } => reason,
    };
    let muxing = begin(path, codec).map_err(said)?;
    let (mut tape, mut steps) = (Tape::new(Split::default(), false), Vec::new());
    for packet in packets {
        let waits = Instant::now();
        while muxing.is_full() {
            muxing.check().map_err(said)?;
            if waits.elapsed() > PATIENCE {
                return Err("the disk takes nothing".to_owned());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        tape.take(packet, &mut steps);
        written(&muxing, &mut steps);
    }
    tape.finish(&mut steps);
    written(&muxing, &mut steps);
    muxing.end();
    if !muxing.has_ended(FAREWELL).map_err(said)? {
        return Err("its end could not be written".to_owned());
    }
    drop(muxing);
    // It has none, so there is nothing to be said.
    let _ = Chapters::new(path).finish();
    settle(path).map_err(|error| format!("the disk does not keep it: {error}"))
}

fn written(muxing: &Muxing, steps: &mut Vec<Step>) {
    for step in steps.drain(..) {
        if let Step::Write { packet, pts, .. } = step {
            muxing.push(packet, pts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(kind: Kind, at: u64, keyframe: bool) -> Packet {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::with_size(100).unwrap();
        buffer.get_mut().unwrap().set_duration(gst::ClockTime::from_mseconds(40));
        let caps = gst::Caps::new_empty_simple("video/x-h264");
        Packet { kind, buffer, caps, pts: gst::ClockTime::from_mseconds(at), keyframe, layer: 0, run: 0 }
    }

    /// A keyframe each second at 25 frames, and sound.
    fn filled(length: u64, most: u64, seconds: u64) -> Ring {
        let mut ring = Ring::new(gst::ClockTime::from_seconds(length), most);
        for frame in 0..seconds * 25 {
            ring.push(packet(Kind::Audio, frame * 40, true));
            ring.push(packet(Kind::Video, frame * 40, frame % 25 == 0));
        }
        let sizes = ring.pictures.iter().chain(&ring.sound).map(|packet| packet.buffer.size() as u64);
        assert_eq!(ring.bytes, sizes.sum::<u64>());
        ring
    }

    #[test]
    fn it_holds_whole_groups_that_cover_its_length() {
        let ring = filled(5, u64::MAX, 20);
        assert!(ring.pictures[0].keyframe && ring.sound[0].pts < ring.pictures[0].pts);
        assert_eq!((ring.held().seconds(), ring.groups.len()), (5, 5));
        let ring = filled(5, u64::MAX, 3);
        assert_eq!((ring.held().seconds(), ring.groups.len()), (3, 3));
        assert!(ring.packets().is_sorted_by_key(|packet| packet.pts));
    }

    #[test]
    fn what_is_saved_ends_with_the_picture_however_long_the_encoder_has_sent_none() {
        let mut ring = filled(5, u64::MAX, 3);
        for block in 75..1_000 {
            ring.push(packet(Kind::Audio, block * 40, true));
        }
        let packets = ring.packets();
        assert_eq!(packets.last().unwrap().pts, gst::ClockTime::from_mseconds(74 * 40));
        assert_eq!(packets.len(), 150);
    }

    #[test]
    fn it_begins_anew_with_the_next_encoder() {
        let mut ring = filled(5, u64::MAX, 3);
        ring.push(Packet { run: 1, ..packet(Kind::Video, 5_000, true) });
        assert!(ring.pictures.len() == 1 && ring.sound.is_empty(), "{ring:?}");
        assert_eq!((ring.groups.len(), ring.bytes), (1, 100));
    }

    #[test]
    fn a_replay_that_cannot_be_written_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("replay.mp4");
        // These are no pictures that could be parsed.
        let packets = filled(5, u64::MAX, 3).packets();
        assert!(save(&path, VideoCodec::H264, packets).is_err());
        assert!(!path.exists());
    }

    #[test]
    fn memory_counts_more_than_seconds() {
        let ring = filled(300, 20_000, 20);
        assert!(ring.bytes <= 20_000 && ring.held().seconds() >= 2, "{} {}", ring.bytes, ring.held());
        assert!(filled(300, 1_000, 20).bytes <= 1_000);
    }
}
