//! A running show: starts everything in order, watches it, reports its health once a second, and stops it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gstreamer as gst;
use klieg_studio_model::{
    AudioSettings, Canvas, EncoderReport, Event, H264Profile, Output, OutputState, Show, VideoSettings,
};
use parking_lot::Mutex;

use crate::EngineError;
use crate::encode::{AudioCodec, AudioEncoder, EncoderKind, Prober, VideoEncoder};
use crate::output::{Handle, Setting};
use crate::program::Program;
use crate::report::{EventSink, Reporter};
use crate::source::Runner;
use crate::timebase::TimeBase;

/// How a show is run.
#[derive(Clone)]
pub struct Options {
    pub events: EventSink,
    pub prober: Prober,
}

impl Default for Options {
    /// No one listens, and encoders in hardware are not tried.
    fn default() -> Self {
        Self { events: Arc::new(|_| {}), prober: Prober::default() }
    }
}

/// A show on air. Dropping it stops it.
pub struct Engine {
    // In the order in which they are taken down.
    health: Option<JoinHandle<()>>,
    outputs: Arc<Vec<Handle>>,
    sources: Vec<Runner>,
    core: Arc<Core>,
    report: Reporter,
    stopping: Arc<AtomicBool>,
}

/// What is shared with the thread that watches.
struct Core {
    program: Program,
    video: Vec<VideoEncoder>,
    audio: Vec<AudioEncoder>,
    failure: Mutex<Option<String>>,
}

impl Engine {
    /// Starts a show that has been checked. Returns as soon as it runs; outputs connect on their own.
    pub fn start(show: &Show, options: Options) -> Result<Self, EngineError> {
        gst::init().map_err(|error| EngineError::Init(error.to_string()))?;
        let report = Reporter::new(options.events);
        let program = Program::build(show)?;
        let mut video = Vec::new();
        for (settings, choice) in choose(show, &options.prober)? {
            let encoder = VideoEncoder::build(choice, settings, show.canvas, &program.picture)?;
            report.say(Event::Encoder(encoder.report.clone()));
            video.push(encoder);
        }
        let mut audio: Vec<AudioEncoder> = Vec::new();
        for output in &show.outputs {
            let (codec, settings) = sound_of(show, output);
            if !audio.iter().any(|encoder| encoder.codec == codec && encoder.settings == settings) {
                audio.push(AudioEncoder::build(codec, settings, &program.sound)?);
            }
        }

        // Not before all is built, which takes a moment: the programme would have to catch up with it.
        let time = TimeBase::start();
        video.iter().try_for_each(|encoder| encoder.play(&time))?;
        audio.iter().try_for_each(|encoder| encoder.play(&time))?;
        program.play(&time)?;

        let mut outputs = Vec::new();
        for output in &show.outputs {
            let (codec, settings) = sound_of(show, output);
            let picture = video.iter().find(|encoder| encoder.settings == *show.video_of(output));
            let sound = audio.iter().find(|encoder| encoder.codec == codec && encoder.settings == settings);
            let (Some(picture), Some(sound)) = (picture, sound) else { continue };
            let handle = Handle::start(
                output,
                Setting {
                    time: time.clone(),
                    report: report.clone(),
                    keyframes: picture.keyframes.clone(),
                    profile_level_id: profile_level_id(&picture.settings, show.canvas),
                },
            )?;
            picture.fanout.add(handle.inlet.clone());
            sound.fanout.add(handle.inlet.clone());
            outputs.push(handle);
        }
        let mut sources = Vec::new();
        for source in &show.sources {
            let feeds = program.feeds(source.name());
            if !feeds.picture.is_empty() || !feeds.sound.is_empty() {
                sources.push(Runner::start(source.clone(), show.canvas, feeds, time.clone(), report.clone())?);
            }
        }
        let core = Arc::new(Core { program, video, audio, failure: Mutex::default() });
        let (outputs, stopping) = (Arc::new(outputs), Arc::new(AtomicBool::new(false)));
        let health = {
            let (core, outputs, report, stopping) = (core.clone(), outputs.clone(), report.clone(), stopping.clone());
            std::thread::Builder::new().name("health".to_owned()).spawn(move || {
                Health::new(&core, &outputs, &report).watch(&stopping);
            })?
        };
        Ok(Self { health: Some(health), outputs, sources, core, report, stopping })
    }

    /// The state of each output, in the show's order.
    pub fn outputs(&self) -> Vec<(String, OutputState)> {
        self.outputs.iter().map(|output| (output.name.clone(), output.state())).collect()
    }

    /// Why the show cannot go on: the programme or an encoder broke, or every output has given up.
    pub fn failure(&self) -> Option<String> {
        if let Some(reason) = self.core.failure.lock().clone() {
            return Some(reason);
        }
        let reasons: Vec<_> = self
            .outputs
            .iter()
            .filter_map(|output| match output.state() {
                OutputState::Failed { reason } => Some(format!("{}: {reason}", output.name)),
                _ => None,
            })
            .collect();
        (!reasons.is_empty() && reasons.len() == self.outputs.len()).then(|| reasons.join(", "))
    }

    /// Ends the show properly: sessions closed, files finished. Takes about two seconds at most, unless a driver hangs.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.outputs.iter().for_each(Handle::ask_to_stop);
        self.sources.iter().for_each(Runner::ask_to_stop);
        self.stopping.store(true, Ordering::Relaxed);
        if let Some(health) = self.health.take() {
            health.thread().unpark();
            // A panic there has been printed already.
            let _ = health.join();
        }
        self.sources.clear();
        // The watching thread is gone, so this is the last owner: each output's end is waited for here.
        self.outputs = Arc::default();
        self.report.say(Event::Stopped);
    }
}

/// How the sound of an output is encoded.
fn sound_of(show: &Show, output: &Output) -> (AudioCodec, AudioSettings) {
    let codec = if matches!(output, Output::Whip(_)) { AudioCodec::Opus } else { AudioCodec::Aac };
    (codec, *show.audio_of(output))
}

type Choice<'a> = (&'a VideoSettings, (&'static EncoderKind, EncoderReport));

/// An encoder for each distinct set of settings in the show.
fn choose<'a>(show: &'a Show, prober: &Prober) -> Result<Vec<Choice<'a>>, EngineError> {
    let mut chosen: Vec<Choice<'a>> = Vec::new();
    for output in &show.outputs {
        let settings = show.video_of(output);
        if !chosen.iter().any(|(known, _)| *known == settings) {
            chosen.push((settings, prober.choose(settings, show.canvas)?));
        }
    }
    Ok(chosen)
}

/// The thread that watches a show.
struct Health<'a> {
    core: &'a Core,
    outputs: &'a [Handle],
    report: &'a Reporter,
    composed: u64,
    sent: Vec<(u64, u64)>,
    skipped: u64,
}

impl<'a> Health<'a> {
    fn new(core: &'a Core, outputs: &'a [Handle], report: &'a Reporter) -> Self {
        Self { core, outputs, report, composed: 0, sent: vec![(0, 0); outputs.len()], skipped: 0 }
    }

    fn watch(&mut self, stopping: &AtomicBool) {
        let mut last = Instant::now();
        while !stopping.load(Ordering::Relaxed) {
            std::thread::park_timeout(Duration::from_secs(1).saturating_sub(last.elapsed()));
            let passed = last.elapsed();
            if passed >= Duration::from_secs(1) {
                last = Instant::now();
                self.tell(passed.as_secs_f64());
            }
        }
        self.tell(1.0);
    }

    fn tell(&mut self, seconds: f64) {
        let composed = self.core.program.composed();
        let skipped = self.core.video.iter().map(VideoEncoder::skipped).sum();
        if skipped > self.skipped {
            tracing::warn!(
                frames = skipped - self.skipped,
                "the encoder is too slow; choose a faster preset or a smaller canvas"
            );
            self.skipped = skipped;
        }
        let fps = (composed - self.composed) as f64 / seconds;
        self.composed = composed;
        self.report.say(Event::Program { fps, skipped });
        for (output, before) in self.outputs.iter().zip(&mut self.sent) {
            let (bytes, frames) = output.sent.totals();
            self.report.say(Event::Health {
                name: output.name.clone(),
                bitrate: (bytes - before.0) as f64 * 8.0 / 1_000.0 / seconds,
                fps: (frames - before.1) as f64 / seconds,
                dropped: output.inlet.dropped(),
                bytes,
            });
            *before = (bytes, frames);
        }
        let broken = self.core.program.failure().or_else(|| {
            let video = self.core.video.iter().find_map(VideoEncoder::failure);
            video.or_else(|| self.core.audio.iter().find_map(AudioEncoder::failure))
        });
        if let Some(reason) = broken {
            tracing::error!(reason, "the show broke");
            *self.core.failure.lock() = Some(reason);
        }
    }
}

/// The profile and level of what is encoded, as SDP has it (RFC 6184, 8.1). Levels from H.264, table A-1.
fn profile_level_id(settings: &VideoSettings, canvas: Canvas) -> u32 {
    let profile = match settings.profile {
        H264Profile::Baseline => 0x42_e0,
        H264Profile::Main => 0x4d_00,
        H264Profile::High => 0x64_00,
    };
    let blocks = canvas.width.div_ceil(16) * canvas.height.div_ceil(16);
    let rate = blocks * canvas.fps;
    // Largest picture in macroblocks, and macroblocks a second. Nothing below 3.1: every receiver offers that.
    let levels = [
        (3_600, 108_000, 31),
        (5_120, 216_000, 32),
        (8_192, 245_760, 40),
        (8_704, 522_240, 42),
        (22_080, 589_824, 50),
        (36_864, 983_040, 51),
    ];
    let level = levels.iter().find(|(size, speed, _)| blocks <= *size && rate <= *speed).map_or(52, |level| level.2);
    profile << 8 | level
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offered_level_holds_the_picture() {
        let level = |width, height, fps| profile_level_id(&VideoSettings::default(), Canvas { width, height, fps });
        assert_eq!(level(1280, 720, 30), 0x42_e0_1f);
        assert_eq!(level(1280, 720, 60), 0x42_e0_20);
        assert_eq!(level(1920, 1080, 30), 0x42_e0_28);
        assert_eq!(level(1920, 1080, 60), 0x42_e0_2a);
        assert_eq!(level(3840, 2160, 60), 0x42_e0_34);
    }
}
