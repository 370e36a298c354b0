//! Whether an encoder works, found out by letting it encode.
//!
//! A registered element proves nothing: only frames that come out in time do. Each encoder is tried in a child process
//! (`klieg-engine probe-encoder NAME`), so that a driver that crashes or hangs, or a library that ends its process by an
//! assertion, costs a moment and not the show.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use klieg_studio_model::{Canvas, VideoSettings};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::cache::{Asked, ProbeCache};
use super::table::{ENCODERS, EncoderKind};
use crate::element::{exists, launch, named, package, said, stop};

/// How long an encoder may take to start: a driver may load its code first. That says nothing of its speed.
const START: Duration = Duration::from_secs(10);
/// How long it may take for all frames but the first; how fast it is shows in what came until then.
const RUN: Duration = Duration::from_secs(4);
/// Frames that an encoder is given.
pub(super) const FRAMES: u32 = 60;
/// Fewer say nothing of its speed.
const FEWEST: u32 = 8;
/// What is remembered while the program runs; what was found out first is forgotten.
const REMEMBERED: usize = 32;
/// How long it is remembered that one in software was not enough: the processor may have more time for it later.
const NOT_ENOUGH: Duration = Duration::from_secs(60);
/// The same of one in hardware: the card may have been busy, or its driver have hung that once. A trial takes longer.
const NOT_NOW: Duration = Duration::from_secs(300);

/// What an encoder did with a test picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Frames that came out.
    pub frames: u32,
    /// Frames a second, as fast as it could once it had started.
    pub fps: f64,
}

/// Why an encoder is not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unfit {
    /// In words.
    pub(super) reason: String,
    /// Whether that will be so for as long as the driver is the same: the encoder refused, and was not only late or gone.
    lasts: bool,
}

impl Unfit {
    fn lasting(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), lasts: true }
    }

    fn for_now(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), lasts: false }
    }
}

/// What the program says that tries one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Measured(Measured),
    Unfit(Unfit),
}

impl Measured {
    /// Whether it is fast enough for a canvas.
    pub(super) fn holds(&self, canvas: Canvas) -> bool {
        self.fps >= f64::from(canvas.fps)
    }

    /// In words.
    pub(super) fn too_slow(&self) -> String {
        format!("only {:.0} frames a second", self.fps)
    }
}

/// Encodes `frames` frames of a moving picture as fast as the encoder can.
///
/// Fails if none comes out within ten seconds, or if it gives fewer than it was given, but for one that is slow.
pub(super) fn measure(
    kind: &EncoderKind,
    settings: &VideoSettings,
    canvas: Canvas,
    frames: u32,
) -> Result<Measured, Unfit> {
    let Canvas { width, height, fps } = canvas;
    let description = format!(
        "videotestsrc num-buffers={frames} pattern=ball \
         ! video/x-raw,format=I420,width={width},height={height},framerate={fps}/1,colorimetry=bt709 \
         ! {} ! appsink name=out sync=false",
        kind.description(settings, fps)
    );
    let pipeline = launch(&description).map_err(|error| Unfit::lasting(error.to_string()))?;
    let result = count(&pipeline, frames);
    stop(&pipeline);
    result
}

fn count(pipeline: &gst::Pipeline, wanted: u32) -> Result<Measured, Unfit> {
    let sink: gst_app::AppSink = named(pipeline, "out").map_err(|error| Unfit::lasting(error.to_string()))?;
    let started = Instant::now();
    let failed = || {
        let message = pipeline.bus().and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error]));
        message.as_ref().and_then(|m| if let gst::MessageView::Error(e) = m.view() { Some(said(e)) } else { None })
    };
    pipeline
        .set_state(gst::State::Playing)
        .map_err(|_| Unfit::lasting(failed().unwrap_or_else(|| "it does not start".to_owned())))?;
    // When the first frame came, and the last.
    let (mut seen, mut frames) = (None, 0);
    while frames < wanted {
        let deadline = seen.map_or(started + START, |(first, _): (Instant, Instant)| first + RUN);
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let left = gst::ClockTime::try_from(left.min(Duration::from_millis(200))).ok();
        if let Some(sample) = sink.try_pull_sample(left) {
            let is_delta = sample.buffer().is_some_and(|buffer| buffer.flags().contains(gst::BufferFlags::DELTA_UNIT));
            if frames == 0 && is_delta {
                return Err(Unfit::lasting("the first frame that came out is no keyframe"));
            }
            let now = Instant::now();
            seen = Some((seen.map_or(now, |(first, _)| first), now));
            frames += 1;
        } else if sink.is_eos() {
            return Err(Unfit::lasting(format!("only {frames} of {wanted} frames came out")));
        } else if let Some(reason) = failed() {
            return Err(Unfit::lasting(reason));
        }
    }
    match seen {
        None => Err(Unfit::for_now(format!("no frame came out within {} s", START.as_secs()))),
        Some(_) if frames < wanted.min(FEWEST) => {
            Err(Unfit::for_now(format!("only {frames} of {wanted} frames came out within {} s", RUN.as_secs())))
        }
        Some((first, last)) => Ok(Measured { frames, fps: speed(frames, last - first) }),
    }
}

/// Unix time in seconds.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs())
}

/// Frames a second, when the first of them and the last lie so far apart.
fn speed(frames: u32, apart: Duration) -> f64 {
    f64::from(frames.saturating_sub(1)) / apart.as_secs_f64().max(1e-6)
}

/// How encoders are tried. Clones share what they find out.
#[derive(Clone, Debug, Default)]
pub struct Prober {
    program: Option<PathBuf>,
    cache: Option<ProbeCache>,
    run: Arc<Mutex<Run>>,
}

/// What was found out since this program started.
#[derive(Debug, Default)]
struct Run {
    /// Encoders that broke while they were used, and why.
    broken: BTreeMap<&'static str, String>,
    /// What encoders in software did, and why some in hardware were not used for now.
    tried: Vec<Tried>,
}

/// A trial whose result is kept in no file.
#[derive(Debug)]
struct Tried {
    kind: &'static EncoderKind,
    with: VideoSettings,
    at: Canvas,
    result: Result<Measured, String>,
    when: Instant,
}

impl Tried {
    /// Whether it tells what an encoder does with these settings. The bitrate makes no difference worth a trial, nor does any of them
    /// to hardware.
    fn is_of(&self, kind: &EncoderKind, settings: &VideoSettings, canvas: Canvas) -> bool {
        let with = VideoSettings { bitrate: settings.bitrate, ..self.with.clone() };
        self.kind.element == kind.element && self.at == canvas && (kind.hardware || with == *settings)
    }

    fn holds_still(&self) -> bool {
        let again = if self.kind.hardware { NOT_NOW } else { NOT_ENOUGH };
        self.result.as_ref().is_ok_and(|measured| measured.holds(self.at)) || self.when.elapsed() < again
    }
}

impl Prober {
    /// Tries encoders by calling `program`, which is `klieg-engine` or does the same for `probe-encoder`. Without one, those in
    /// software are tried in this process, and those in hardware not at all. That those worked, or refused to, is kept in `cache`,
    /// which saves trying them before every show.
    pub fn new(program: Option<PathBuf>, cache: Option<ProbeCache>) -> Self {
        Self { program, cache, run: Arc::default() }
    }

    /// What one encoder does at the show's size: as it was when it was tried last, if that is known.
    pub(super) fn known(
        &self,
        kind: &'static EncoderKind,
        settings: &VideoSettings,
        canvas: Canvas,
    ) -> Result<Measured, String> {
        self.remembered(kind, settings, canvas).unwrap_or_else(|| self.try_now(kind, settings, canvas))
    }

    /// What one encoder did when it was tried last, if that is known.
    pub(super) fn remembered(
        &self,
        kind: &EncoderKind,
        settings: &VideoSettings,
        canvas: Canvas,
    ) -> Option<Result<Measured, String>> {
        let run = self.run.lock();
        let tried = run.tried.iter().find(|tried| tried.is_of(kind, settings, canvas));
        let tried = tried.filter(|tried| tried.holds_still()).map(|tried| tried.result.clone());
        tried.or_else(|| self.cache.as_ref().filter(|_| kind.hardware)?.get(kind.element, canvas))
    }

    /// Tries one encoder at the show's size, because the creator asks. The reason, if it does not work, or in hardware not fast enough.
    /// One that broke on air and works again may be chosen again.
    pub fn attempt(
        &self,
        kind: &'static EncoderKind,
        settings: &VideoSettings,
        canvas: Canvas,
    ) -> Result<Measured, String> {
        let result = self.try_now(kind, settings, canvas);
        if result.is_ok() {
            self.run.lock().broken.remove(kind.element);
        }
        if let Some(cache) = &self.cache {
            cache.put_asked(kind.element, canvas, &result, now());
        }
        result
    }

    /// What came of the encoders at this size when the creator had them tried last, also before this program started; best first, as they
    /// stand in the table.
    pub fn asked(&self, canvas: Canvas) -> Vec<(&'static EncoderKind, Asked)> {
        // Drivers are told apart by the plugins.
        let Some(cache) = self.cache.as_ref().filter(|_| gst::init().is_ok()) else { return Vec::new() };
        let possible = ENCODERS.iter().filter(|kind| kind.is_possible());
        possible.filter_map(|kind| Some((kind, cache.asked(kind.element, canvas, now())?))).collect()
    }

    /// Takes note of an encoder that broke while it was used. False if that was known.
    pub(crate) fn broke(&self, kind: &'static EncoderKind, reason: &str) -> bool {
        let is_news = self.run.lock().broken.insert(kind.element, reason.to_owned()).is_none();
        // The next start of the program tries it again.
        if let Some(cache) = self.cache.as_ref().filter(|_| kind.hardware) {
            cache.forget(kind.element);
        }
        is_news
    }

    /// Why an encoder broke while it was used, if it did.
    pub(crate) fn broken(&self, kind: &EncoderKind) -> Option<String> {
        self.run.lock().broken.get(kind.element).cloned()
    }

    fn try_now(
        &self,
        kind: &'static EncoderKind,
        settings: &VideoSettings,
        canvas: Canvas,
    ) -> Result<Measured, String> {
        let result = self.tried(kind, settings, canvas).and_then(|measured| {
            let is_enough = !kind.hardware || measured.holds(canvas);
            if is_enough { Ok(measured) } else { Err(Unfit::for_now(measured.too_slow())) }
        });
        let lasts = kind.hardware && result.as_ref().err().is_none_or(|unfit| unfit.lasts);
        let result = result.map_err(|unfit| unfit.reason);
        self.remember(kind, settings, canvas, (!lasts).then(|| result.clone()));
        match self.cache.as_ref().filter(|_| kind.hardware && exists(kind.element)) {
            Some(cache) if lasts => cache.put(kind.element, canvas, &result),
            // What it did before does not hold any more, and what it did now will not.
            Some(cache) => cache.forget(kind.element),
            None => {}
        }
        result
    }

    /// Takes note of what one encoder did, in place of what it did before; or only forgets that.
    fn remember(
        &self,
        kind: &'static EncoderKind,
        settings: &VideoSettings,
        canvas: Canvas,
        result: Option<Result<Measured, String>>,
    ) {
        let mut run = self.run.lock();
        run.tried.retain(|tried| !tried.is_of(kind, settings, canvas));
        let Some(result) = result else { return };
        if run.tried.len() >= REMEMBERED {
            run.tried.remove(0);
        }
        run.tried.push(Tried { kind, with: settings.clone(), at: canvas, result, when: Instant::now() });
    }

    fn tried(&self, kind: &EncoderKind, settings: &VideoSettings, canvas: Canvas) -> Result<Measured, Unfit> {
        if !exists(kind.element) {
            return Err(Unfit::lasting(if kind.hardware {
                "not present".to_owned()
            } else {
                format!("not installed; on Debian: apt-get install {}", package(kind.element))
            }));
        }
        let Some(program) = &self.program else {
            return if kind.hardware {
                Err(Unfit::lasting("not tried: there is no program to try it in"))
            } else {
                measure(kind, settings, canvas, FRAMES)
            };
        };
        let size = [canvas.width, canvas.height, canvas.fps].map(|n| n.to_string());
        let settings = serde_json::to_string(settings).map_err(|error| Unfit::for_now(error.to_string()))?;
        let mut child = Command::new(program)
            .args(["probe-encoder", kind.element, "--size"])
            .args(size)
            .args(["--settings", &settings])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Unfit::for_now(format!("cannot be tried: {error}")))?;
        let deadline = Instant::now() + START + RUN + Duration::from_secs(2);
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(20)),
                Ok(None) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(Unfit::for_now("its test hung"));
                }
                Err(error) => return Err(Unfit::for_now(format!("its test was lost: {error}"))),
            }
        };
        let output = child.wait_with_output().map_err(|error| Unfit::for_now(error.to_string()))?;
        match serde_json::from_slice(&output.stdout) {
            Ok(Said::Measured(measured)) if status.success() => Ok(measured),
            Ok(Said::Unfit(unfit)) => Err(unfit),
            _ if status.success() => Err(Unfit::for_now("its test said nothing")),
            _ => Err(Unfit::for_now(format!("its test ended with {status}"))),
        }
    }
}

#[cfg(test)]
mod tests;
