//! The outputs of a stage, and the encodes that they share.

mod pace;

use std::sync::Arc;
use std::thread::JoinHandle;

use klieg_studio_model::{AudioSettings, Canvas, Event, Output, OutputState, VideoCodec, VideoSettings};

use super::congestion::Congestion;
use super::{Shared, Trial, encodes};
use crate::EngineError;
use crate::encode::{AudioCodec, AudioEncoder, Broken, VideoEncoder, layer_canvas};
use crate::fanout::LAYERS;
use crate::output::{Control, Handle, Setting};

#[derive(Default)]
pub(super) struct Outputs {
    running: Vec<Running>,
    ending: Vec<JoinHandle<()>>,
    /// Threads in which encoders are replaced.
    replacing: Vec<JoinHandle<()>>,
    /// Outputs that begin anew, or could not.
    anew: Vec<(String, OutputState)>,
}

/// A running output with the encodes that it takes from. An encode ends with the last output that takes from it.
struct Running {
    output: Output,
    handle: Handle,
    /// Of each simulcast layer.
    video: Vec<Arc<VideoEncoder>>,
    audio: Arc<AudioEncoder>,
    /// Of a recording: it goes on so if it begins anew.
    is_paused: bool,
    /// Bytes and frames at the last report.
    reported: (u64, u64),
    congestion: Congestion,
}

/// Starts an output, and what encodes it needs. Where no encoder of the codec works, it gets H.264, which is said.
pub(super) fn start(
    shared: &Shared,
    output: &Output,
    video: &VideoSettings,
    audio: AudioSettings,
) -> Result<(), EngineError> {
    let running = prepare(shared, output, video, audio, false)?;
    let mut state = shared.state.lock();
    if state.outputs.runs(output.name()) {
        state.outputs.end_behind(running);
        return Err(EngineError::OutputRuns(output.name().to_owned()));
    }
    // One of its name that begins anew meanwhile is not wanted any more.
    state.outputs.forget(output.name());
    state.outputs.running.push(running);
    Ok(())
}

/// The same, but it is not among those that run yet.
fn prepare(
    shared: &Shared,
    output: &Output,
    video: &VideoSettings,
    audio: AudioSettings,
    is_paused: bool,
) -> Result<Running, EngineError> {
    let video = suited(shared, output, video);
    match prepare_as(shared, output, &video, audio, is_paused) {
        Err(EngineError::NoEncoder { codec, reasons }) if video.codec != VideoCodec::H264 => {
            let name = output.name();
            let text = format!("{name} gets H.264 in place of {codec}, for which no encoder works here: {reasons}.");
            shared.report.say(Event::Warning { text });
            prepare_as(shared, output, &plain(&video), audio, is_paused)
        }
        done => done,
    }
}

/// The same settings for what every computer can encode.
fn plain(settings: &VideoSettings) -> VideoSettings {
    VideoSettings { codec: VideoCodec::H264, encoder: "auto".to_owned(), ..settings.clone() }
}

fn prepare_as(
    shared: &Shared,
    output: &Output,
    video_settings: &VideoSettings,
    audio: AudioSettings,
    is_paused: bool,
) -> Result<Running, EngineError> {
    let codec = if matches!(output, Output::Whip(_)) { AudioCodec::Opus } else { AudioCodec::Aac };
    let wanted: Vec<_> = (0..layers(output)).map(|layer| video_settings.layer(layer)).collect();
    let (known_video, known_audio) = {
        let state = shared.state.lock();
        let running = &state.outputs.running;
        if state.outputs.runs(output.name()) {
            return Err(EngineError::OutputRuns(output.name().to_owned()));
        }
        let all = || running.iter().flat_map(|other| &other.video);
        let known = |(layer, wanted): (usize, &VideoSettings)| {
            let suits = |encoder: &&Arc<VideoEncoder>| {
                encoder.layer == layer && encoder.settings() == *wanted && !encoder.is_broken()
            };
            all().find(suits).cloned()
        };
        let picture: Vec<_> = wanted.iter().enumerate().map(known).collect();
        let sound = running.iter().find(|other| other.audio.codec == codec && other.audio.settings == audio);
        (picture, sound.map(|other| other.audio.clone()))
    };
    // Trying encoders takes a while, so the stage goes on meanwhile.
    let mut video = Vec::new();
    for (layer, (known, wanted)) in known_video.into_iter().zip(&wanted).enumerate() {
        video.push(match known {
            Some(encoder) => encoder,
            None => encodes::begin(shared, wanted, layer)?,
        });
    }
    let audio = if let Some(encoder) = known_audio {
        encoder
    } else {
        let encoder = AudioEncoder::build(codec, audio, shared.mixer.mix())?;
        encoder.play(&shared.time)?;
        Arc::new(encoder)
    };
    let bitrate = wanted.iter().map(|settings| settings.bitrate).fold(audio.settings.bitrate, u32::saturating_add);
    let setting = Setting {
        time: shared.time.clone(),
        report: shared.report.clone(),
        keyframes: video.iter().map(|encoder| encoder.keyframes.clone()).collect(),
        video: video_settings.clone(),
        canvas: shared.canvas,
        rate: u64::from(bitrate) * 125,
        is_paused,
    };
    let handle = Handle::start(output, setting)?;
    for encoder in &video {
        encoder.fanout.add(handle.inlet.clone());
    }
    audio.fanout.add(handle.inlet.clone());
    let (output, reported, congestion) = (output.clone(), (0, 0), Congestion::default());
    Ok(Running { output, handle, video, audio, is_paused, reported, congestion })
}

/// See [`Stage::trial`](super::Stage::trial).
pub(super) fn trial(shared: &Shared, output: &Output, video_settings: &VideoSettings) -> Option<Trial> {
    let settings = carried(output, video_settings);
    let wanted = (0..layers(output)).map(|layer| (settings.layer(layer), layer_canvas(shared.canvas, layer)));
    // It gets H.264 if no encoder of its codec works.
    let is_untried = |(settings, canvas): &(VideoSettings, Canvas)| {
        let untried = |settings: &VideoSettings| shared.prober.is_untried(settings, *canvas);
        untried(settings)
            || (settings.codec != VideoCodec::H264
                && !shared.prober.works(settings, *canvas)
                && untried(&plain(settings)))
    };
    let untried: Vec<_> = wanted.filter(is_untried).collect();
    if untried.is_empty() {
        return None;
    }
    let prober = shared.prober.clone();
    Some(Box::new(move || {
        for (settings, canvas) in untried {
            // What comes of it is remembered.
            if prober.choose(&settings, canvas).is_err() && settings.codec != VideoCodec::H264 {
                let _ = prober.choose(&plain(&settings), canvas);
            }
        }
    }))
}

/// In how many sizes an output takes the picture.
fn layers(output: &Output) -> usize {
    if let Output::Whip(whip) = output { usize::from(whip.layers).clamp(1, LAYERS) } else { 1 }
}

/// The settings for an output, in a codec that it can carry.
fn carried(output: &Output, settings: &VideoSettings) -> VideoSettings {
    if settings.codec == VideoCodec::H264 || !matches!(output, Output::Rtmp(_)) {
        return settings.clone();
    }
    plain(settings)
}

/// [`carried`]; a change is said.
fn suited(shared: &Shared, output: &Output, settings: &VideoSettings) -> VideoSettings {
    let carried = carried(output, settings);
    if carried.codec == settings.codec {
        return carried;
    }
    let text = format!(
        "RTMP carries H.264 here, so {} gets H.264 in place of {}. A WHIP address takes {} as it is.",
        output.name(),
        settings.codec.name(),
        settings.codec.name()
    );
    shared.report.say(Event::Warning { text });
    carried
}

/// Lets the outputs of an encode for which no encoder works any more begin anew, with whatever works then; the others go on.
pub(super) fn begin_anew(shared: &Shared, encode: &VideoEncoder, reason: &str) {
    let parted = shared.state.lock().outputs.part(encode, reason);
    for running in parted {
        let (output, audio, is_paused) = (running.output.clone(), running.audio.settings, running.is_paused);
        // Of the largest size, whose settings are those of the whole output.
        let video = running.video.first().map_or_else(VideoSettings::default, |encoder| encoder.settings());
        let name = output.name();
        running.end();
        // It may have been stopped meanwhile, and another one of its name may run.
        if !shared.state.lock().outputs.begins_anew(name) {
            continue;
        }
        let state = OutputState::Reconnecting { attempt: 1, reason: reason.to_owned() };
        shared.report.say(Event::Output { name: name.to_owned(), state });
        let begun = prepare(shared, &output, &video, audio, is_paused);
        let mut state = shared.state.lock();
        let is_wanted = state.outputs.forget(name);
        match begun {
            Ok(running) if is_wanted => state.outputs.running.push(running),
            Ok(running) => state.outputs.end_behind(running),
            Err(error) if is_wanted => {
                let failed = OutputState::Failed { reason: error.to_string() };
                state.outputs.anew.push((name.to_owned(), failed.clone()));
                drop(state);
                shared.report.say(Event::Output { name: name.to_owned(), state: failed });
            }
            Err(_) => {}
        }
    }
}

impl Outputs {
    /// Ends an output in a thread of its own, for its goodbye may take a while.
    pub(super) fn stop(&mut self, name: &str) {
        self.forget(name);
        let Some(place) = self.running.iter().position(|running| running.handle.name == name) else { return };
        let running = self.running.remove(place);
        self.end_behind(running);
    }

    fn end_behind(&mut self, running: Running) {
        running.handle.ask_to_stop();
        self.ending.retain(|thread| !thread.is_finished());
        let end = move || running.end();
        // Without a thread it ends here.
        match std::thread::Builder::new().name("output-end".to_owned()).spawn(end) {
            Ok(thread) => self.ending.push(thread),
            Err(error) => tracing::warn!(%error, "no thread for the end of an output"),
        }
    }

    /// Tells a running recording or replay buffer something. Whether there is one of that name that heard it.
    pub(super) fn control(&mut self, name: &str, control: Control) -> bool {
        let Some(running) = self.running.iter_mut().find(|running| running.handle.name == name) else { return false };
        let is_paused = match control {
            Control::Pause(_) => true,
            Control::Resume(_) => false,
            _ => running.is_paused,
        };
        let is_heard = running.handle.control(control);
        if is_heard {
            running.is_paused = is_paused;
        }
        is_heard
    }

    pub(super) fn stop_all(&mut self) {
        for (name, _) in self.states() {
            self.stop(&name);
        }
    }

    /// The threads in which outputs end.
    pub(super) fn take_ending(&mut self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.ending)
    }

    pub(super) fn states(&self) -> Vec<(String, OutputState)> {
        let running = self.running.iter().map(|running| (running.handle.name.clone(), running.handle.state()));
        running.chain(self.anew.iter().cloned()).collect()
    }

    /// Parts with the outputs that take from an encode, to let them begin anew.
    fn part(&mut self, encode: &VideoEncoder, reason: &str) -> Vec<Running> {
        let (parted, others) = std::mem::take(&mut self.running).into_iter().partition(|other| other.takes(encode));
        self.running = others;
        let state = OutputState::Reconnecting { attempt: 1, reason: reason.to_owned() };
        self.anew.extend(parted.iter().map(|running| (running.handle.name.clone(), state.clone())));
        parted
    }

    fn runs(&self, name: &str) -> bool {
        self.running.iter().any(|running| running.handle.name == name)
    }

    fn begins_anew(&self, name: &str) -> bool {
        self.anew.iter().any(|(known, _)| known == name)
    }

    /// Whether one of that name was about to begin anew, or could not. It is not any more.
    fn forget(&mut self, name: &str) -> bool {
        let before = self.anew.len();
        self.anew.retain(|(known, _)| known != name);
        self.anew.len() < before
    }

    /// Waits for a thread in which an encoder is replaced when the stage ends.
    pub(super) fn replaces(&mut self, thread: JoinHandle<()>) {
        self.replacing.retain(|thread| !thread.is_finished());
        self.replacing.push(thread);
    }

    pub(super) fn take_replacing(&mut self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.replacing)
    }

    pub(super) fn written(&self, name: &str) -> Option<u64> {
        let running = self.running.iter().find(|running| running.handle.name == name)?;
        Some(running.handle.sent.totals().0)
    }

    /// Frames that the encoders in use could not take in time.
    pub(super) fn skipped(&self) -> u64 {
        self.video().map(|encoder| encoder.skipped()).sum()
    }

    /// Blocks of 10 ms of the sound that the encoders in use could not take in time.
    pub(super) fn skipped_sound(&self) -> u64 {
        let first = |(index, running): &(usize, &Running)| {
            !self.running.iter().take(*index).any(|other| Arc::ptr_eq(&other.audio, &running.audio))
        };
        self.running.iter().enumerate().filter(first).map(|(_, running)| running.audio.skipped()).sum()
    }

    /// The encoders of the picture that broke, each once.
    pub(super) fn broken(&self) -> Vec<(Arc<VideoEncoder>, Broken)> {
        self.video().filter_map(|encode| Some((encode.clone(), encode.broken()?))).collect()
    }

    /// The reason why an encoder of the sound broke, if one did.
    pub(super) fn failure(&self) -> Option<String> {
        self.running.iter().find_map(|running| running.audio.failure())
    }

    /// Each video encoder once.
    fn video(&self) -> impl Iterator<Item = &Arc<VideoEncoder>> {
        let all = || self.running.iter().flat_map(|running| &running.video);
        let first = move |(index, encoder): &(usize, &Arc<VideoEncoder>)| {
            !all().take(*index).any(|other| Arc::ptr_eq(other, encoder))
        };
        all().enumerate().filter(first).map(|(_, encoder)| encoder)
    }
}

impl Running {
    fn takes(&self, encoder: &VideoEncoder) -> bool {
        self.video.iter().any(|video| std::ptr::eq(Arc::as_ptr(video), encoder))
    }

    fn end(self) {
        // Its last words are sent before the encoders let go of it.
        let inlet = self.handle.inlet.clone();
        drop(self.handle);
        self.video.iter().for_each(|encoder| encoder.fanout.remove(&inlet));
        self.audio.fanout.remove(&inlet);
    }
}

#[cfg(test)]
mod tests;
