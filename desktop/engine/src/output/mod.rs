//! Outputs: each in a thread of its own, fed by a bounded queue, reconnecting by itself.
//!
//! An output takes packets from encoders that it shares with others. It can slow none of them: what it does not take in time
//! is dropped at its inlet, counted, and it goes on with the next keyframe.

mod backoff;
mod file;
mod flow;
mod meaning;
mod mux;
mod replay;
mod rtmp;
mod whip;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gstreamer as gst;
use klieg_studio_model::{
    Canvas, Event, Key, Output, OutputState, ReplayOutput, ServerOutput, VideoCodec, VideoSettings,
};
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};

use crate::EngineError;
use crate::encode::Keyframes;
use crate::ending::{GOODBYE, finish_all};
use crate::fanout::{Inlet, Packet};
use crate::report::Reporter;
use crate::timebase::TimeBase;

/// A connection that held this long counts as a success: the next attempts come quickly again.
const HELD: Duration = Duration::from_secs(5);

/// Why a session of an output ended.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Trying again may help.
    Retry { reason: String, after: Option<Duration> },
    /// Only a person can help.
    Fatal { reason: String },
}

impl Failure {
    pub(crate) fn retry(reason: impl Into<String>) -> Self {
        Self::Retry { reason: reason.into(), after: None }
    }

    pub(crate) fn fatal(reason: impl Into<String>) -> Self {
        Self::Fatal { reason: reason.into() }
    }
}

/// What really left.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    bytes: AtomicU64,
    frames: AtomicU64,
    /// What the other side reported last: packets lost in a thousand, and the round trip in microseconds plus one, or 0.
    lost: AtomicU64,
    round_trip: AtomicU64,
    /// In bit/s: what would arrive in time, or 0 where nobody knows; and what is to be sent if it can be.
    estimate: AtomicU64,
    wanted: AtomicU64,
    /// Bytes of packets that were taken to be sent, since the start.
    taken: AtomicU64,
}

impl Sent {
    pub(crate) fn add(&self, bytes: usize, frames: u64) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.frames.fetch_add(frames, Ordering::Relaxed);
    }

    /// Takes note of what the other side reports: the share of packets lost, and the round trip.
    fn reported(&self, lost: Option<f32>, round_trip: Option<Duration>) {
        let lost = lost.map_or(0, |lost| (lost.clamp(0.0, 1.0) * 1_000.0) as u64);
        self.lost.store(lost, Ordering::Relaxed);
        self.round_trip.store(round_trip.map_or(0, |time| time.as_micros() as u64 + 1), Ordering::Relaxed);
    }

    /// Takes note of how many bit/s would arrive in time, if that is known.
    fn estimated(&self, estimate: Option<u64>) {
        self.estimate.store(estimate.unwrap_or(0), Ordering::Relaxed);
    }

    /// How many bit/s would arrive in time, where the protocol tells.
    pub(crate) fn estimate(&self) -> Option<u64> {
        Some(self.estimate.load(Ordering::Relaxed)).filter(|estimate| *estimate > 0)
    }

    /// Takes note of a packet that is to be sent.
    fn take(&self, bytes: usize) {
        self.taken.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes of packets that were taken to be sent, since the start, where the protocol tells what would arrive.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// How many bit/s are to be sent if they arrive.
    pub(crate) fn want(&self, wanted: u64) {
        self.wanted.store(wanted, Ordering::Relaxed);
    }

    fn wanted(&self) -> u64 {
        self.wanted.load(Ordering::Relaxed)
    }

    /// The share of packets that were lost lately, 0 to 1.
    pub(crate) fn lost(&self) -> f64 {
        self.lost.load(Ordering::Relaxed) as f64 / 1_000.0
    }

    /// The last round trip in milliseconds, where the protocol measures it.
    pub(crate) fn round_trip(&self) -> Option<f64> {
        self.round_trip.load(Ordering::Relaxed).checked_sub(1).map(|micros| micros as f64 / 1_000.0)
    }

    /// Bytes and video frames since the start.
    pub(crate) fn totals(&self) -> (u64, u64) {
        (self.bytes.load(Ordering::Relaxed), self.frames.load(Ordering::Relaxed))
    }
}

/// What a session of any kind of output works with.
pub(crate) struct Line {
    name: String,
    packets: mpsc::Receiver<Packet>,
    controls: mpsc::Receiver<Control>,
    inlet: Arc<Inlet>,
    codec: VideoCodec,
    /// Of each simulcast layer.
    keyframes: Vec<Keyframes>,
    time: TimeBase,
    sent: Arc<Sent>,
    stopping: watch::Receiver<bool>,
    report: Reporter,
    state: Arc<Mutex<OutputState>>,
    live_since: Option<Instant>,
}

impl Line {
    fn say(&self, state: OutputState) {
        self.state.lock().clone_from(&state);
        self.report.say(Event::Output { name: self.name.clone(), state });
    }

    /// From now on packets come, beginning with a keyframe.
    fn open(&mut self) {
        while self.packets.try_recv().is_ok() {}
        self.inlet.open();
        self.ask_for_keyframes();
    }

    /// The next frame of every layer will be a keyframe.
    fn ask_for_keyframes(&self) {
        self.keyframes.iter().for_each(Keyframes::request);
    }

    /// The same for what is put together by its time: sound comes at once, for the first picture needs that of its moment.
    fn listen(&mut self) {
        while self.packets.try_recv().is_ok() {}
        self.inlet.listen();
        self.ask_for_keyframes();
    }

    /// The destination takes what is sent.
    fn live(&mut self) {
        if self.live_since.is_none() {
            self.live_since = Some(Instant::now());
            self.say(OutputState::Live);
        }
    }

    /// Whether the show is to stop.
    fn stopped(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Returns when the show is to stop.
    async fn wait_for_stop(&mut self) {
        // An error means that the engine is gone: stop too.
        let _ = self.stopping.wait_for(|stop| *stop).await;
    }
}

/// What a running recording or replay buffer is told. Moments are the show's running time.
#[derive(Debug)]
pub(crate) enum Control {
    Pause(gst::ClockTime),
    Resume(gst::ClockTime),
    /// Another file from the next keyframe on.
    Split,
    Mark {
        at: gst::ClockTime,
        text: String,
    },
    /// Writes the buffer to a file with this path, or a number to it if it exists.
    Save {
        path: PathBuf,
    },
}

/// Where what an output takes is kept, which decides what it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Elsewhere,
    InFiles,
    InMemory,
}

/// Controls that may wait; a session takes them at once.
const CONTROLS: usize = 64;

/// A running output.
pub(crate) struct Handle {
    pub(crate) name: String,
    /// Whether its destination's speed decides what is encoded. That of a disk does not.
    pub(crate) adapts: bool,
    /// Of one that is kept in memory: the bitrate of the picture that its room was reckoned for.
    pub(crate) reckoned: Option<u32>,
    pub(crate) inlet: Arc<Inlet>,
    pub(crate) sent: Arc<Sent>,
    state: Arc<Mutex<OutputState>>,
    kept: Kept,
    controls: mpsc::Sender<Control>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// What an output needs to know of the show.
pub(crate) struct Setting {
    pub(crate) time: TimeBase,
    pub(crate) report: Reporter,
    /// Of each simulcast layer.
    pub(crate) keyframes: Vec<Keyframes>,
    /// What the picture is encoded with, and its size.
    pub(crate) video: VideoSettings,
    pub(crate) canvas: Canvas,
    /// What is encoded, in bytes a second.
    pub(crate) rate: u64,
    /// Whether a recording begins with a pause.
    pub(crate) is_paused: bool,
}

/// An output with its key at hand.
enum Destination {
    Whip(whip::Endpoint),
    Rtmp(rtmp::Target),
    File(file::Recording),
    /// With the bytes that it may hold.
    Replay(ReplayOutput, u64),
}

impl Handle {
    /// Starts the output. It connects and reconnects until it is stopped or its destination refuses it for good.
    pub(crate) fn start(output: &Output, setting: Setting) -> Result<Self, EngineError> {
        let destination = destination(output, &setting)?;
        let (inlet, packets) = Inlet::new(match destination {
            // About a second of picture and sound: what is later is of no use in a conversation.
            Destination::Whip(_) => 90,
            Destination::Rtmp(_) => 150,
            // A disk may be busy for some seconds and must not lose anything.
            Destination::File(_) => 1_500,
            Destination::Replay(..) => 500,
        });
        let kept = match destination {
            Destination::File(_) => Kept::InFiles,
            Destination::Replay(..) => Kept::InMemory,
            Destination::Whip(_) | Destination::Rtmp(_) => Kept::Elsewhere,
        };
        let reckoned = (kept == Kept::InMemory).then_some(setting.video.bitrate);
        let (controls, controlled) = mpsc::channel(CONTROLS);
        let (stop, stopping) = watch::channel(false);
        let state = Arc::new(Mutex::new(OutputState::Connecting));
        let sent = Arc::new(Sent::default());
        let line = Line {
            name: output.name().to_owned(),
            packets,
            controls: controlled,
            inlet: inlet.clone(),
            codec: setting.video.codec,
            keyframes: setting.keyframes,
            time: setting.time,
            sent: sent.clone(),
            stopping,
            report: setting.report,
            state: state.clone(),
            live_since: None,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name(format!("output {}", output.name())).spawn(move || {
            runtime.block_on(supervise(line, destination));
            // A name server may hang, which dropping it would wait for.
            runtime.shutdown_background();
        })?;
        let (name, adapts, thread) = (output.name().to_owned(), kept == Kept::Elsewhere, Some(thread));
        Ok(Self { name, adapts, reckoned, inlet, sent, state, kept, controls, stop, thread })
    }

    pub(crate) fn state(&self) -> OutputState {
        self.state.lock().clone()
    }

    /// Tells it something. Whether it is of the kind that can be told, and could be.
    pub(crate) fn control(&self, control: Control) -> bool {
        let kept = if matches!(control, Control::Save { .. }) { Kept::InMemory } else { Kept::InFiles };
        self.kept == kept && self.controls.try_send(control).is_ok()
    }

    /// Asks it to stop, without waiting.
    pub(crate) fn ask_to_stop(&self) {
        // It may have ended already.
        let _ = self.stop.send(true);
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.ask_to_stop();
        finish_all(self.thread.take(), GOODBYE);
    }
}

async fn supervise(mut line: Line, mut destination: Destination) {
    let mut attempt = 0;
    line.say(OutputState::Connecting);
    loop {
        line.live_since = None;
        let result = match &mut destination {
            Destination::Whip(endpoint) => whip::session(endpoint, &mut line).await,
            Destination::Rtmp(target) => rtmp::session(target, &mut line).await,
            Destination::File(recording) => file::session(recording, &mut line).await,
            Destination::Replay(replay, most) => replay::session(replay, *most, &mut line).await,
        };
        line.inlet.close();
        let Err(failure) = result else { break };
        if line.stopped() {
            break;
        }
        match failure {
            Failure::Fatal { reason } => return line.say(OutputState::Failed { reason }),
            Failure::Retry { reason, after } => {
                if line.live_since.is_some_and(|since| since.elapsed() > HELD) {
                    attempt = 0;
                }
                attempt += 1;
                line.say(OutputState::Reconnecting { attempt, reason });
                let pause = backoff::pause(attempt, rand::random()).max(after.unwrap_or_default());
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = line.wait_for_stop() => break,
                }
            }
        }
    }
    line.say(OutputState::Stopped);
}

fn destination(output: &Output, setting: &Setting) -> Result<Destination, EngineError> {
    Ok(match output {
        Output::Whip(whip) => {
            let key = key(output.name(), whip)?;
            Destination::Whip(whip::Endpoint::new(&whip.url, key, setting)?)
        }
        Output::Rtmp(rtmp) => {
            let key = key(output.name(), rtmp)?;
            Destination::Rtmp(rtmp::Target { url: rtmp.url.clone(), key })
        }
        Output::File(file) => Destination::File(file::Recording::new(file.path.clone(), file.split, setting.is_paused)),
        // Twice of what is expected, and room for the group of pictures that is being dropped.
        Output::Replay(replay) => {
            let most = setting.rate * 2 * u64::from(replay.seconds) + (32 << 20);
            Destination::Replay(replay.clone(), most)
        }
    })
}

/// The stream key from wherever the show says it is.
fn key(output: &str, server: &ServerOutput) -> Result<Option<Key>, EngineError> {
    if let Some(variable) = &server.key_env {
        let value = std::env::var(variable)
            .map_err(|_| EngineError::NoKeyVariable { output: output.to_owned(), variable: variable.clone() })?;
        return Ok(Some(Key::new(value.trim())));
    }
    if let Some(path) = &server.key_file {
        let text = std::fs::read_to_string(path).map_err(|error| EngineError::KeyFile {
            output: output.to_owned(),
            path: path.clone(),
            error,
        })?;
        return Ok(Some(Key::new(text.trim())));
    }
    Ok(server.key.clone())
}
