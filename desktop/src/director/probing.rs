//! Trying encoders elsewhere, for drivers hang. All of them one after another, when the creator wants it: each result is in the state as
//! soon as there is one, and the creator can stop it. And those that something needs which is to start.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gstreamer as gst;
use klieg_engine::{ENCODERS, EncoderKind, EngineError};
use klieg_studio_model::{AudioSettings, Canvas, Output, ProbedEncoder, Severity, VideoSettings};

use super::collections::fits;
use super::desk::{Desk, Finish, reply};
use super::{Answer, Refusal};

impl Desk {
    /// Begins to try every encoder with the canvas. Progress and results are in the state.
    pub(super) fn probe_encoders(&mut self) -> Result<(), Refusal> {
        self.not_busy("trying encoders takes all of the processor")?;
        if self.studio.probing.is_some() {
            return Err(Refusal::Probing);
        }
        gst::init().map_err(|error| EngineError::Init(error.to_string()))?;
        let stop = Arc::new(AtomicBool::new(false));
        self.probing = Some(stop.clone());
        self.studio.probing = Some(String::new());
        self.studio.probed_is_old = false;
        let (prober, canvas) = (self.outside.prober.clone(), self.studio.collection.canvas);
        let settings = self.studio.profile.video.clone();
        let jobs = self.jobs();
        let tell = move |step: Finish| {
            // The director may have stopped; then nobody looks.
            let _ = jobs.send(step);
        };
        let work = tokio::task::spawn_blocking(move || {
            for kind in ENCODERS.iter().filter(|kind| kind.is_possible()) {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                tell(Box::new(|desk| desk.probes(kind.what)));
                let result = prober.attempt(kind, &settings, canvas).map(|measured| measured.fps);
                tell(Box::new(move |desk| desk.probed(told(kind, result), canvas)));
            }
        });
        self.job(work, |desk, done| {
            if let Err(error) = done {
                tracing::error!(%error, "trying encoders broke");
                desk.notice(Severity::Bad, "Trying the encoders broke off: one of them crashed.");
            }
            desk.probing = None;
            desk.studio.probing = None;
        });
        Ok(())
    }

    /// No further encoder is tried. The one that is being tried finishes first.
    pub(super) fn stop_probing(&mut self) {
        if let Some(stop) = &self.probing {
            stop.store(true, Ordering::Relaxed);
        }
    }

    /// Goes on as soon as it is known which encoders work for these outputs: mostly at once. What is so may be something else then.
    pub(super) fn when_tried(
        &mut self,
        outputs: &[Output],
        video: &VideoSettings,
        then: impl FnOnce(&mut Self) + Send + 'static,
    ) {
        let theatre = self.theatre.as_deref();
        let trial = |output: &Output| theatre.and_then(|stage| stage.trial(output, output.video().unwrap_or(video)));
        let trials: Vec<_> = outputs.iter().filter_map(trial).collect();
        if trials.is_empty() {
            return then(self);
        }
        let work = tokio::task::spawn_blocking(move || trials.into_iter().for_each(|trial| trial()));
        self.job(work, |desk, tried| {
            if let Err(error) = tried {
                tracing::error!(%error, "trying encoders broke");
            }
            then(desk);
        });
    }

    /// [`when_tried`](Self::when_tried) for a recording or the replay buffer.
    pub(super) fn when_file_is_tried(&mut self, file: Output, then: impl FnOnce(&mut Self) + Send + 'static) {
        let video = self.studio.profile.video.clone();
        self.when_tried(&[file], &video, then);
    }

    /// Changes the encoding, also of what runs.
    pub(super) fn encode_when_tried(&mut self, video: VideoSettings, audio: AudioSettings, answer: Answer) {
        if let Err(refusal) = fits(video.problems()) {
            return reply(answer, Err(refusal));
        }
        self.encodings += 1;
        let (outputs, wanted, asked) = (self.running.clone(), video.clone(), self.encodings);
        self.when_tried(&outputs, &wanted, move |desk| {
            let is_last = asked == desk.encodings;
            let done = if is_last { desk.set_encoding(video, audio) } else { Err(Refusal::EncodingMeanwhile) };
            reply(answer, done);
        });
    }

    fn probes(&mut self, what: &str) {
        self.studio.probing = Some(what.to_owned());
        self.changed = true;
    }

    /// What was found out at another canvas says nothing of this one.
    pub(super) fn forget_probed(&mut self) {
        self.stop_probing();
        self.recall_probed();
    }

    /// Takes up what was found out at this canvas before, as far as that can be trusted.
    pub(super) fn recall_probed(&mut self) {
        let asked = self.outside.prober.asked(self.studio.collection.canvas);
        self.studio.probed_is_old = asked.iter().any(|(_, asked)| asked.is_old);
        let holding = asked.into_iter().filter(|(_, asked)| !asked.is_old);
        self.studio.probed = holding.map(|(kind, asked)| told(kind, asked.result.map(|did| did.fps))).collect();
        self.changed = true;
    }

    fn probed(&mut self, probed: ProbedEncoder, at: Canvas) {
        if at != self.studio.collection.canvas {
            return;
        }
        match self.studio.probed.iter_mut().find(|known| known.encoder == probed.encoder) {
            Some(known) => *known = probed,
            None => self.studio.probed.push(probed),
        }
        // In the order in which they are taken.
        self.studio.probed.sort_by_key(|known| ENCODERS.iter().position(|kind| kind.element == known.encoder));
        self.changed = true;
    }
}

fn told(kind: &EncoderKind, result: Result<f64, String>) -> ProbedEncoder {
    let (encoder, what) = (kind.element.to_owned(), kind.what.to_owned());
    ProbedEncoder { encoder, what, codec: kind.codec, hardware: kind.hardware, result }
}
