//! Finding an encoder that works, by letting it encode.
//!
//! A registered element proves nothing: only frames that come out do. Encoders in hardware run in a child process
//! (`klieg-engine probe-encoder NAME`), so that a driver that crashes or hangs costs a moment and not the show.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use klieg_studio_model::{Canvas, EncoderReport, VideoSettings};
use serde::{Deserialize, Serialize};

use super::cache::ProbeCache;
use super::table::{ENCODERS, EncoderKind};
use crate::EngineError;
use crate::element::{exists, launch, named, package, said, stop};

const PATIENCE: Duration = Duration::from_secs(10);

/// What an encoder did with a test picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Frames that came out.
    pub frames: u32,
    /// Frames a second, as fast as it could.
    pub fps: f64,
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

/// How encoders are tried.
#[derive(Clone, Debug, Default)]
pub struct Prober {
    /// The `klieg-engine` program, for encoders in hardware. Without it those are not tried.
    pub program: Option<PathBuf>,
    /// What those did the last time, which saves trying them before every show.
    pub cache: Option<ProbeCache>,
}

impl Prober {
    /// What one encoder does at the show's size: as it was when it was tried last, if that is known.
    fn known(&self, kind: &EncoderKind, settings: &VideoSettings, canvas: Canvas) -> Result<Measured, String> {
        let known = self.cache.as_ref().filter(|_| kind.hardware).and_then(|cache| cache.get(kind.element, canvas));
        known.unwrap_or_else(|| self.attempt(kind, settings, canvas))
    }

    /// Tries one encoder at the show's size. The reason, if it does not work, or not fast enough.
    pub fn attempt(&self, kind: &EncoderKind, settings: &VideoSettings, canvas: Canvas) -> Result<Measured, String> {
        let result = self.tried(kind, settings, canvas).and_then(|measured| {
            // What the processor does may get faster: other programs take of it.
            if kind.hardware && measured.fps < f64::from(canvas.fps) {
                Err(format!("only {:.0} frames a second", measured.fps))
            } else {
                Ok(measured)
            }
        });
        if let Some(cache) = self.cache.as_ref().filter(|_| kind.hardware && exists(kind.element)) {
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
        if !kind.hardware {
            return measure(kind, settings, canvas, 8);
        }
        let program = self.program.as_ref().ok_or("not tried: there is no program to try it in")?;
        let size = [canvas.width, canvas.height, canvas.fps].map(|n| n.to_string());
        let mut child = Command::new(program)
            .args(["probe-encoder", kind.element, "--size"])
            .args(size)
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

    /// The encoders in hardware that would have to be tried before one can be chosen, best first: nobody knows yet what they do.
    pub(crate) fn untried(&self, settings: &VideoSettings, canvas: Canvas) -> Vec<&'static EncoderKind> {
        let (Some(_), Some(cache)) = (&self.program, &self.cache) else { return Vec::new() };
        let mut untried = Vec::new();
        for kind in fitting(settings).take_while(|kind| kind.hardware).filter(|kind| exists(kind.element)) {
            match cache.get(kind.element, canvas) {
                Some(Ok(_)) => break,
                Some(Err(_)) => {}
                None => untried.push(kind),
            }
        }
        untried
    }

    /// Tries those, up to the first that works: some seconds, and with a driver that hangs more.
    pub(crate) fn find_out(&self, settings: &VideoSettings, canvas: Canvas) {
        for kind in self.untried(settings, canvas) {
            if self.attempt(kind, settings, canvas).is_ok() {
                return;
            }
        }
    }

    /// The first encoder that works, or the one the settings name, and why.
    pub(crate) fn choose(
        &self,
        settings: &VideoSettings,
        canvas: Canvas,
    ) -> Result<(&'static EncoderKind, EncoderReport), EngineError> {
        let wanted = settings.encoder.as_str();
        let mut refused = Vec::new();
        for kind in fitting(settings) {
            match self.known(kind, settings, canvas) {
                Ok(measured) => {
                    let speed = format!(
                        "{} encodes {:.0} frames/s at {}x{}",
                        kind.what, measured.fps, canvas.width, canvas.height
                    );
                    let speed = if measured.fps < f64::from(canvas.fps) {
                        format!("{speed}, too slow for {}: take a faster preset or a smaller canvas", canvas.fps)
                    } else {
                        speed
                    };
                    let reason = if refused.is_empty() { speed } else { format!("{speed}; {}", refused.join(", ")) };
                    let report = EncoderReport { encoder: kind.element.to_owned(), hardware: kind.hardware, reason };
                    return Ok((kind, report));
                }
                Err(reason) => refused.push(format!("{}: {reason}", kind.element)),
            }
        }
        if refused.is_empty() {
            let known = ENCODERS.iter().filter(|kind| kind.codec == settings.codec).map(|kind| kind.element);
            let known: Vec<_> = known.collect();
            let codec = settings.codec.name();
            refused.push(format!(
                "video.encoder `{wanted}` is not one of auto, {}, which encode {codec}",
                known.join(", ")
            ));
        }
        Err(EngineError::NoEncoder(refused.join(", ")))
    }
}

/// The encoders that the settings allow, best first.
fn fitting(settings: &VideoSettings) -> impl Iterator<Item = &'static EncoderKind> {
    let wanted = settings.encoder.as_str();
    ENCODERS.iter().filter(move |kind| kind.codec == settings.codec && (wanted == "auto" || wanted == kind.element))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const CANVAS: Canvas = Canvas { width: 1280, height: 720, fps: 30 };

    #[test]
    fn what_was_found_out_is_not_tried_again() {
        gst::init().unwrap();
        // An encoder in hardware, as far as its name goes.
        let stand_in = gst::ElementFactory::find("identity").unwrap().load().unwrap().element_type();
        gst::Element::register(None, "nvh264enc", gst::Rank::NONE, stand_in).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        std::fs::write(&program, "#!/bin/sh\necho '{ \"frames\": 15, \"fps\": 240.0 }'\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        let cache = ProbeCache::at(folder.path().join("encoders.json"));
        let prober = Prober { program: Some(program), cache: Some(cache) };
        let named = |encoder: &str| VideoSettings { encoder: encoder.to_owned(), ..VideoSettings::default() };
        let untried = |canvas| {
            let kinds = prober.untried(&named("nvh264enc"), canvas);
            kinds.iter().map(|kind| kind.element).collect::<Vec<_>>()
        };
        assert_eq!(untried(CANVAS), ["nvh264enc"]);
        assert!(prober.untried(&named("x264enc"), CANVAS).is_empty(), "the processor needs no trial");
        assert!(Prober::default().untried(&named("nvh264enc"), CANVAS).is_empty(), "there is nothing to try it with");
        prober.find_out(&named("nvh264enc"), CANVAS);
        assert!(untried(CANVAS).is_empty());
        assert!(prober.untried(&named("auto"), CANVAS).is_empty(), "the best one works");
        assert_eq!(untried(Canvas { fps: 60, ..CANVAS }), ["nvh264enc"]);
    }
}
