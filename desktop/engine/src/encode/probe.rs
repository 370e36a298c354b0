//! Whether an encoder works, found out by letting it encode.
//!
//! A registered element proves nothing: only frames that come out in time do. Each encoder is tried in a child process
//! (`klieg-engine probe-encoder NAME`), so that a driver that crashes or hangs, or a library that ends its process by an
//! assertion, costs a moment and not the show.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use klieg_studio_model::{Canvas, VideoSettings};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::cache::ProbeCache;
use super::table::EncoderKind;
use crate::element::{exists, launch, named, package, said, stop};

const PATIENCE: Duration = Duration::from_secs(10);
/// Frames that an encoder has to give.
pub(super) const FRAMES: u32 = 15;
/// What is remembered of encoders in software; what was found out first is forgotten.
const REMEMBERED: usize = 32;
/// How long it is remembered that one in software was not enough: the processor may have more time for it later.
const NOT_ENOUGH: Duration = Duration::from_secs(60);

/// What an encoder did with a test picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Frames that came out.
    pub frames: u32,
    /// Frames a second, as fast as it could.
    pub fps: f64,
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
/// Fails with a reason in words if fewer come out, or none within ten seconds.
pub fn measure(kind: &EncoderKind, settings: &VideoSettings, canvas: Canvas, frames: u32) -> Result<Measured, String> {
    let Canvas { width, height, fps } = canvas;
    let description = format!(
        "videotestsrc num-buffers={frames} pattern=ball \
         ! video/x-raw,format=I420,width={width},height={height},framerate={fps}/1,colorimetry=bt709 \
         ! {} ! appsink name=out sync=false",
        kind.description(settings, fps)
    );
    let pipeline = launch(&description).map_err(|error| error.to_string())?;
    let result = count(&pipeline, frames);
    stop(&pipeline);
    result
}

fn count(pipeline: &gst::Pipeline, wanted: u32) -> Result<Measured, String> {
    let sink: gst_app::AppSink = named(pipeline, "out").map_err(|error| error.to_string())?;
    let started = Instant::now();
    let failed = || {
        let message = pipeline.bus().and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error]));
        message.as_ref().and_then(|m| if let gst::MessageView::Error(e) = m.view() { Some(said(e)) } else { None })
    };
    pipeline.set_state(gst::State::Playing).map_err(|_| failed().unwrap_or_else(|| "it does not start".to_owned()))?;
    let mut frames = 0;
    while let Some(left) = PATIENCE.checked_sub(started.elapsed()) {
        let left = gst::ClockTime::try_from(left.min(Duration::from_millis(200))).ok();
        if let Some(sample) = sink.try_pull_sample(left) {
            let is_delta = sample.buffer().is_some_and(|buffer| buffer.flags().contains(gst::BufferFlags::DELTA_UNIT));
            if frames == 0 && is_delta {
                return Err("the first frame that came out is no keyframe".to_owned());
            }
            frames += 1;
        } else if sink.is_eos() {
            break;
        } else if let Some(reason) = failed() {
            return Err(reason);
        }
    }
    if frames < wanted {
        return Err(format!("only {frames} of {wanted} frames came out within {} s", started.elapsed().as_secs()));
    }
    Ok(Measured { frames, fps: f64::from(frames) / started.elapsed().as_secs_f64() })
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
    /// What encoders in software did.
    software: Vec<Tried>,
}

/// A trial of an encoder in software.
#[derive(Debug)]
struct Tried {
    element: &'static str,
    with: VideoSettings,
    at: Canvas,
    result: Result<Measured, String>,
    when: Instant,
}

impl Tried {
    /// Whether it tells what an encoder does with these settings. The bitrate makes no difference worth a trial.
    fn is_of(&self, kind: &EncoderKind, settings: &VideoSettings, canvas: Canvas) -> bool {
        let with = VideoSettings { bitrate: settings.bitrate, ..self.with.clone() };
        self.element == kind.element && self.at == canvas && with == *settings
    }

    fn holds_still(&self) -> bool {
        self.result.as_ref().is_ok_and(|measured| measured.holds(self.at)) || self.when.elapsed() < NOT_ENOUGH
    }
}

impl Prober {
    /// Tries encoders by calling `program`, which is `klieg-engine` or does the same for `probe-encoder`. Without one, those in
    /// software are tried in this process, and those in hardware not at all. What those did is kept in `cache`, which saves
    /// trying them before every show.
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
        if kind.hardware {
            return self.cache.as_ref().and_then(|cache| cache.get(kind.element, canvas));
        }
        let run = self.run.lock();
        let tried = run.software.iter().find(|tried| tried.is_of(kind, settings, canvas));
        tried.filter(|tried| tried.holds_still()).map(|tried| tried.result.clone())
    }

    /// Tries one encoder at the show's size. The reason, if it does not work, or in hardware not fast enough. One that broke on
    /// air and works again may be chosen again.
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
        result
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
        let result = self.tried(kind, settings, canvas);
        if !kind.hardware {
            let mut run = self.run.lock();
            run.software.retain(|tried| !tried.is_of(kind, settings, canvas));
            if run.software.len() >= REMEMBERED {
                run.software.remove(0);
            }
            let (with, when) = (settings.clone(), Instant::now());
            run.software.push(Tried { element: kind.element, with, at: canvas, result: result.clone(), when });
            return result;
        }
        let result =
            result.and_then(|measured| if measured.holds(canvas) { Ok(measured) } else { Err(measured.too_slow()) });
        if let Some(cache) = self.cache.as_ref().filter(|_| exists(kind.element)) {
            cache.put(kind.element, canvas, &result);
        }
        result
    }

    fn tried(&self, kind: &EncoderKind, settings: &VideoSettings, canvas: Canvas) -> Result<Measured, String> {
        if !exists(kind.element) {
            return Err(if kind.hardware {
                "not present".to_owned()
            } else {
                format!("not installed; on Debian: apt-get install {}", package(kind.element))
            });
        }
        let Some(program) = &self.program else {
            return if kind.hardware {
                Err("not tried: there is no program to try it in".to_owned())
            } else {
                measure(kind, settings, canvas, FRAMES)
            };
        };
        let size = [canvas.width, canvas.height, canvas.fps].map(|n| n.to_string());
        let settings = serde_json::to_string(settings).map_err(|error| error.to_string())?;
        let mut child = Command::new(program)
            .args(["probe-encoder", kind.element, "--size"])
            .args(size)
            .args(["--settings", &settings])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot be tried: {error}"))?;
        let deadline = Instant::now() + PATIENCE + Duration::from_secs(2);
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => break,
                Ok(Some(status)) => return Err(format!("its test ended with {status}")),
                Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(20)),
                Ok(None) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err("its test hung".to_owned());
                }
                Err(error) => return Err(format!("its test was lost: {error}")),
            }
        }
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        serde_json::from_slice(&output.stdout).map_err(|_| "its test said nothing".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_enough_is_remembered_for_a_minute() {
        let kind = EncoderKind::named("x264enc").unwrap();
        let (at, with) = (Canvas { width: 320, height: 180, fps: 5 }, VideoSettings::default());
        let tried = |result: Result<f64, &str>, ago: Duration| Tried {
            element: kind.element,
            with: with.clone(),
            at,
            result: result.map(|fps| Measured { frames: FRAMES, fps }).map_err(str::to_owned),
            when: Instant::now().checked_sub(ago).unwrap(),
        };
        for (result, still) in [(Ok(5.0), true), (Ok(4.0), false), (Err("no"), false)] {
            assert!(tried(result, Duration::ZERO).holds_still());
            assert_eq!(tried(result, NOT_ENOUGH).holds_still(), still, "{result:?}");
        }
        let tried = tried(Ok(5.0), Duration::ZERO);
        assert!(tried.is_of(kind, &VideoSettings { bitrate: 400, ..with.clone() }, at));
        assert!(!tried.is_of(kind, &with, Canvas { fps: 6, ..at }));
    }
}
