//! The outputs of a stage, and the encodes that they share.

use std::sync::Arc;
use std::thread::JoinHandle;

use klieg_studio_model::{AudioSettings, Canvas, Event, H264Profile, Output, OutputState, VideoSettings};

use super::Shared;
use crate::EngineError;
use crate::encode::{AudioCodec, AudioEncoder, VideoEncoder};
use crate::output::{Handle, Setting};

#[derive(Default)]
pub(super) struct Outputs {
    running: Vec<Running>,
    ending: Vec<JoinHandle<()>>,
}

/// A running output with the encodes that it takes from. An encode ends with the last output that takes from it.
struct Running {
    handle: Handle,
    video: Arc<VideoEncoder>,
    audio: Arc<AudioEncoder>,
    /// Bytes and frames at the last report, and frames dropped.
    reported: (u64, u64),
    dropped: u64,
}

/// The share of packets lost from which on a connection counts as too slow; less is mended by sending again.
const CONGESTED: f64 = 0.1;

/// Starts an output, and what encodes it needs.
pub(super) fn start(
    shared: &Shared,
    output: &Output,
    video: &VideoSettings,
    audio: AudioSettings,
) -> Result<(), EngineError> {
    let codec = if matches!(output, Output::Whip(_)) { AudioCodec::Opus } else { AudioCodec::Aac };
    let (known_video, known_audio) = {
        let state = shared.state.lock();
        let running = &state.outputs.running;
        if running.iter().any(|other| other.handle.name == output.name()) {
            return Err(EngineError::OutputRuns(output.name().to_owned()));
        }
        let picture = running.iter().find(|other| other.video.settings == *video);
        let sound = running.iter().find(|other| other.audio.codec == codec && other.audio.settings == audio);
        (picture.map(|other| other.video.clone()), sound.map(|other| other.audio.clone()))
    };
    // Trying encoders takes a while, so the stage goes on meanwhile.
    let video = if let Some(encoder) = known_video {
        encoder
    } else {
        let choice = shared.prober.choose(video, shared.canvas)?;
        let encoder = VideoEncoder::build(choice, video, shared.canvas, &shared.switcher.tap)?;
        encoder.play(&shared.time)?;
        shared.report.say(Event::Encoder(encoder.report.clone()));
        Arc::new(encoder)
    };
    let audio = if let Some(encoder) = known_audio {
        encoder
    } else {
        let encoder = AudioEncoder::build(codec, audio, shared.mixer.mix())?;
        encoder.play(&shared.time)?;
        Arc::new(encoder)
    };
    let setting = Setting {
        time: shared.time.clone(),
        report: shared.report.clone(),
        keyframes: video.keyframes.clone(),
        profile_level_id: profile_level_id(&video.settings, shared.canvas),
    };
    let handle = Handle::start(output, setting)?;
    video.fanout.add(handle.inlet.clone());
    audio.fanout.add(handle.inlet.clone());
    shared.state.lock().outputs.running.push(Running { handle, video, audio, reported: (0, 0), dropped: 0 });
    Ok(())
}

impl Outputs {
    /// Ends an output in a thread of its own, for its goodbye may take a while.
    pub(super) fn stop(&mut self, name: &str) {
        let Some(place) = self.running.iter().position(|running| running.handle.name == name) else { return };
        let running = self.running.remove(place);
        running.handle.ask_to_stop();
        self.ending.retain(|thread| !thread.is_finished());
        let end = move || running.end();
        // Without a thread it ends here.
        match std::thread::Builder::new().name("output-end".to_owned()).spawn(end) {
            Ok(thread) => self.ending.push(thread),
            Err(error) => tracing::warn!(%error, "no thread for the end of an output"),
        }
    }

    pub(super) fn stop_all(&mut self) {
        let names: Vec<_> = self.running.iter().map(|running| running.handle.name.clone()).collect();
        for name in names {
            self.stop(&name);
        }
    }

    /// The threads in which outputs end.
    pub(super) fn take_ending(&mut self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.ending)
    }

    pub(super) fn states(&self) -> Vec<(String, OutputState)> {
        self.running.iter().map(|running| (running.handle.name.clone(), running.handle.state())).collect()
    }

    /// Frames that the encoders in use could not take in time.
    pub(super) fn skipped(&self) -> u64 {
        self.video().map(VideoEncoder::skipped).sum()
    }

    /// The health of each output over the last `seconds`, about one. Encoders whose destinations do not keep up send less.
    pub(super) fn health(&mut self, seconds: f64) -> Vec<Event> {
        let mut adapted = self.adapt();
        let health = self.running.iter_mut().map(|running| {
            let (bytes, frames) = running.handle.sent.totals();
            let before = std::mem::replace(&mut running.reported, (bytes, frames));
            Event::Health {
                name: running.handle.name.clone(),
                bitrate: (bytes - before.0) as f64 * 8.0 / 1_000.0 / seconds,
                fps: (frames - before.1) as f64 / seconds,
                dropped: running.handle.inlet.dropped(),
                bytes,
                lost: running.handle.sent.lost(),
                round_trip: running.handle.sent.round_trip(),
            }
        });
        adapted.extend(health);
        adapted
    }

    fn adapt(&mut self) -> Vec<Event> {
        let congested: Vec<_> = self.running.iter_mut().map(Running::is_congested).collect();
        let encoders = self.video().map(|encoder| {
            let takers = self
                .running
                .iter()
                .zip(&congested)
                .filter(|(running, _)| std::ptr::eq(Arc::as_ptr(&running.video), encoder));
            let (bitrate, wanted) =
                (encoder.adapt(takers.into_iter().any(|(_, &slow)| slow)), encoder.settings.bitrate);
            bitrate.map(|bitrate| Event::Bitrate { encoder: encoder.report.encoder.clone(), bitrate, wanted })
        });
        encoders.flatten().collect()
    }

    /// The reason why an encoder broke, if one did.
    pub(super) fn failure(&self) -> Option<String> {
        let video = self.video().find_map(VideoEncoder::failure);
        video.or_else(|| self.running.iter().find_map(|running| running.audio.failure()))
    }

    /// Each video encoder once.
    fn video(&self) -> impl Iterator<Item = &VideoEncoder> {
        let first = |(index, running): &(usize, &Running)| {
            !self.running.iter().take(*index).any(|other| Arc::ptr_eq(&other.video, &running.video))
        };
        self.running.iter().enumerate().filter(first).map(|(_, running)| &*running.video)
    }
}

impl Running {
    /// Whether its destination could not take all of the last second.
    fn is_congested(&mut self) -> bool {
        let dropped = self.handle.inlet.dropped();
        let lost = std::mem::replace(&mut self.dropped, dropped) < dropped;
        let slow = lost || self.handle.inlet.is_filling() || self.handle.sent.lost() > CONGESTED;
        self.handle.adapts && slow && self.handle.state() == OutputState::Live
    }

    fn end(self) {
        // Its last words are sent before the encoders let go of it.
        let inlet = self.handle.inlet.clone();
        drop(self.handle);
        self.video.fanout.remove(&inlet);
        self.audio.fanout.remove(&inlet);
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
