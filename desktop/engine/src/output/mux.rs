//! RTMP and file outputs: a muxer and a sink in a pipeline of their own, rebuilt for every session.
//!
//! Packets are pushed only while the pipeline takes them, so a sink that blocks never blocks this thread; the queue before
//! it fills up instead and drops. `rtmp2sink` can hang in any call to the network: a watchdog on the bytes that it really
//! sent ends such a session. `flvmux` starts only when each of its pads has data; the programme always has both.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use klieg_studio_model::Key;

use super::flow::Flow;
use super::{Failure, Line};
use crate::element::{launch, named, said, stop};
use crate::fanout::{Kind, Packet};

/// Packets that may wait inside the pipeline, for less than a second; more wait in the queue before it, where they can be
/// dropped.
const INSIDE: u64 = 60;
/// How long the sink may send nothing.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long the end of a session may take.
const FAREWELL: Duration = Duration::from_millis(1_500);

#[derive(Debug)]
pub(super) enum Target {
    Rtmp { url: String, key: Option<Key> },
    File { path: PathBuf },
}

impl Target {
    fn build(&self) -> Result<gst::Pipeline, crate::EngineError> {
        let video = "appsrc name=video ! h264parse ! video/x-h264,stream-format=avc,alignment=au ! mux.";
        match self {
            Self::Rtmp { url, key } => {
                let pipeline = launch(&format!(
                    "flvmux name=mux streamable=true ! rtmp2sink name=sink sync=false async=false \
                     {video}video appsrc name=audio ! mux.audio"
                ))?;
                let url = url.trim_end_matches('/');
                let location = key.as_ref().map_or_else(|| url.to_owned(), |key| format!("{url}/{}", key.reveal()));
                named::<gst::Element>(&pipeline, "sink")?.set_property("location", location);
                Ok(pipeline)
            }
            Self::File { path } => {
                let muxer = if path.extension().is_some_and(|e| e == "mkv") {
                    "matroskamux name=mux min-cluster-duration=500000000"
                } else {
                    "mp4mux name=mux fragment-duration=1000"
                };
                let pipeline = launch(&format!(
                    "{muxer} ! filesink name=sink sync=false async=false buffer-mode=unbuffered \
                     {video}video_0 appsrc name=audio ! mux.audio_0"
                ))?;
                let path = unused(path);
                tracing::info!(path = %path.display(), "recording");
                named::<gst::Element>(&pipeline, "sink")?.set_property("location", path.to_string_lossy().as_ref());
                Ok(pipeline)
            }
        }
    }

    /// How much the sink has really written, in bytes.
    fn written(&self, sink: &gst::Element, pushed: u64) -> u64 {
        match self {
            Self::Rtmp { .. } => sink
                .property::<Option<gst::Structure>>("stats")
                .and_then(|stats| stats.get::<u64>("out-bytes-total").ok())
                .unwrap_or_default(),
            Self::File { .. } => pushed,
        }
    }
}

/// `path`, or if that exists, the first of `NAME-2.EXT`, `NAME-3.EXT` ... that does not.
fn unused(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let numbered = (2..).map(|number: u32| path.with_file_name(format!("{stem}-{number}.{ending}")));
    std::iter::once(path.to_owned()).chain(numbered).find(|path| !path.exists()).unwrap_or_else(|| path.to_owned())
}

/// Ends the pipeline with the session, however that ends.
struct Running(gst::Pipeline);

impl Drop for Running {
    fn drop(&mut self) {
        stop(&self.0);
    }
}

/// Runs until the show stops or something breaks.
pub(super) async fn session(target: &Target, line: &mut Line) -> Result<(), Failure> {
    let pipeline = target.build().map_err(|error| Failure::fatal(error.to_string()))?;
    let broken = |error: crate::EngineError| Failure::fatal(error.to_string());
    let inputs = Inputs {
        video: named(&pipeline, "video").map_err(broken)?,
        audio: named(&pipeline, "audio").map_err(broken)?,
        first: None,
    };
    for input in [&inputs.video, &inputs.audio] {
        input.set_format(gst::Format::Time);
        input.set_block(false);
        input.set_max_bytes(0);
    }
    let sink: gst::Element = named(&pipeline, "sink").map_err(broken)?;
    let running = Running(pipeline);
    let refused = running.0.set_state(gst::State::Playing).is_err();
    check(&running.0)?;
    if refused {
        return Err(Failure::retry("it does not start"));
    }
    run(target, line, &running.0, inputs, &sink).await
}

struct Inputs {
    video: gst_app::AppSrc,
    audio: gst_app::AppSrc,
    /// When this session began, in the show's running time: the destination's time starts at zero.
    first: Option<gst::ClockTime>,
}

impl Inputs {
    fn waiting(&self) -> u64 {
        self.video.current_level_buffers() + self.audio.current_level_buffers()
    }

    fn push(&mut self, packet: Packet) {
        let first = *self.first.get_or_insert(packet.pts);
        let Some(pts) = packet.pts.checked_sub(first) else { return };
        let input = if packet.kind == Kind::Video { &self.video } else { &self.audio };
        if input.caps().as_ref() != Some(&packet.caps) {
            input.set_caps(Some(&packet.caps));
        }
        let mut buffer = packet.buffer;
        let stamped = buffer.make_mut();
        stamped.set_pts(pts);
        stamped.set_dts(pts);
        // Refused only after an error, which stands on the bus.
        let _ = input.push_buffer(buffer);
    }
}

async fn run(
    target: &Target,
    line: &mut Line,
    pipeline: &gst::Pipeline,
    mut inputs: Inputs,
    sink: &gst::Element,
) -> Result<(), Failure> {
    let mut flow = Flow::new(PATIENCE, Instant::now());
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let (mut pushed, mut counted, mut frames) = (0, 0, 0);
    line.open();
    loop {
        tokio::select! {
            packet = line.packets.recv(), if inputs.waiting() < INSIDE => {
                let Some(packet) = packet else { break };
                pushed += packet.buffer.size() as u64;
                frames += u64::from(packet.kind == Kind::Video);
                inputs.push(packet);
            }
            _ = tick.tick() => {
                check(pipeline)?;
                let written = target.written(sink, pushed);
                if written > counted {
                    line.sent.add((written - counted) as usize, std::mem::take(&mut frames));
                    counted = written;
                }
                // The handshake of RTMP takes less than 4 KiB; beyond it, media has left.
                if written > 8_192 {
                    line.live();
                }
                if flow.stalled(written, Instant::now()) {
                    let seconds = PATIENCE.as_secs();
                    return Err(Failure::retry(format!("nothing could be sent for {seconds} seconds")));
                }
            }
            () = async { let _ = line.stopping.wait_for(|stop| *stop).await; } => break,
        }
    }
    finish(pipeline, &inputs).await
}

/// Lets the muxer write its end, so that the file is whole and the server knows.
async fn finish(pipeline: &gst::Pipeline, inputs: &Inputs) -> Result<(), Failure> {
    for input in [&inputs.video, &inputs.audio] {
        // Refused only if it has ended already.
        let _ = input.end_of_stream();
    }
    let Some(bus) = pipeline.bus() else { return Ok(()) };
    let until = Instant::now() + FAREWELL;
    while Instant::now() < until {
        if bus.pop_filtered(&[gst::MessageType::Eos, gst::MessageType::Error]).is_some() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tracing::warn!("the destination did not take the end of the show in time");
    Ok(())
}

fn check(pipeline: &gst::Pipeline) -> Result<(), Failure> {
    let Some(message) = pipeline.bus().and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error])) else {
        return Ok(());
    };
    let gst::MessageView::Error(error) = message.view() else { return Ok(()) };
    let reason = said(error);
    Err(match error.error().kind::<gst::ResourceError>() {
        Some(gst::ResourceError::NotAuthorized) => Failure::fatal(format!("not authorised: check the key ({reason})")),
        Some(gst::ResourceError::NoSpaceLeft) => Failure::fatal(format!("the disk is full ({reason})")),
        _ => Failure::retry(reason),
    })
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
}
