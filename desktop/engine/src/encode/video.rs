//! One running encode of the picture. Its encoder may be another from one frame to the next; what it is set to, who takes from it
//! and who asks it for keyframes stay.

use std::time::Instant;

use klieg_studio_model::{Canvas, Encode, EncoderReport, VideoSettings};
use parking_lot::Mutex;

use super::adapt::{Adaptation, Way};
use super::chain::Chain;
use super::keyframes::Keyframes;
use super::table::EncoderKind;
use crate::EngineError;
use crate::fanout::Fanout;
use crate::feed::Tap;
use crate::timebase::TimeBase;

/// An encoder that was chosen, and why.
pub(crate) type Chosen = (&'static EncoderKind, EncoderReport);

pub(crate) struct VideoEncoder {
    canvas: Canvas,
    settings: Mutex<VideoSettings>,
    pub(crate) layer: usize,
    pub(crate) fanout: Fanout,
    pub(crate) keyframes: Keyframes,
    pace: Mutex<Pace>,
    // Taken after `pace` where both are.
    by: Mutex<By>,
}

/// The encoder that it has.
struct By {
    kind: &'static EncoderKind,
    report: EncoderReport,
    /// None from the moment at which it was found broken until the next one runs.
    chain: Option<Chain>,
    began: Instant,
    /// How many it has had before, and the frames that those could not take in time.
    run: u32,
    skipped: u64,
}

/// An encoder that broke on air, and is still to be ended.
pub(crate) struct Broken {
    pub(crate) kind: &'static EncoderKind,
    pub(crate) reason: String,
    pub(crate) began: Instant,
    pub(crate) chain: Chain,
}

/// How much it sends, and the outputs because of which it is less than is wanted.
struct Pace {
    adaptation: Adaptation,
    slow: Vec<String>,
}

impl VideoEncoder {
    /// Starts an encode of the programme's picture. `layer` is that of [`Packet`](crate::fanout::Packet).
    pub(crate) fn start(
        (kind, report): Chosen,
        settings: &VideoSettings,
        canvas: Canvas,
        layer: usize,
        (picture, time): (&Tap, &TimeBase),
    ) -> Result<Self, EngineError> {
        let (fanout, keyframes, began) = (Fanout::default(), Keyframes::default(), Instant::now());
        let chain = Chain::build(kind, settings, canvas, (layer, 0), picture, (&fanout, &keyframes))?;
        chain.play(time)?;
        Ok(Self {
            canvas,
            settings: Mutex::new(settings.clone()),
            layer,
            fanout,
            keyframes,
            pace: Mutex::new(Pace { adaptation: Adaptation::new(settings.bitrate), slow: Vec::new() }),
            by: Mutex::new(By { kind, report, chain: Some(chain), began, run: 0, skipped: 0 }),
        })
    }

    /// What broke its encoder, if something did. From then on it has none, until it [goes on](Self::go_on).
    pub(crate) fn broken(&self) -> Option<Broken> {
        let mut by = self.by.lock();
        let reason = by.chain.as_ref()?.failure()?;
        let chain = by.chain.take()?;
        by.skipped += chain.skipped();
        Some(Broken { kind: by.kind, reason, began: by.began, chain })
    }

    /// Goes on with another encoder, which begins with a keyframe and parameter sets of its own.
    pub(crate) fn go_on(&self, (kind, report): Chosen, (picture, time): (&Tap, &TimeBase)) -> Result<(), EngineError> {
        let (settings, began) = (self.settings(), Instant::now());
        let run = self.by.lock().run + 1;
        let chain =
            Chain::build(kind, &settings, self.canvas, (self.layer, run), picture, (&self.fanout, &self.keyframes))?;
        chain.play(time)?;
        let mut pace = self.pace.lock();
        if kind.adapts() {
            chain.set_bitrate(kind, pace.adaptation.now());
        } else {
            pace.adaptation = Adaptation::new(settings.bitrate);
        }
        let mut by = self.by.lock();
        *by = By { kind, report, chain: Some(chain), began, run, skipped: by.skipped };
        Ok(())
    }

    /// Whether it has no encoder at the moment.
    pub(crate) fn is_broken(&self) -> bool {
        self.by.lock().chain.is_none()
    }

    /// Frames it could not take in time, since the start.
    pub(crate) fn skipped(&self) -> u64 {
        let by = self.by.lock();
        by.skipped + by.chain.as_ref().map_or(0, Chain::skipped)
    }

    /// What it is set to, of which another encode may be the same.
    pub(crate) fn settings(&self) -> VideoSettings {
        self.settings.lock().clone()
    }

    /// Why its bitrate cannot change now, if it cannot.
    pub(crate) fn stiff(&self) -> Option<String> {
        let by = self.by.lock();
        let encoder = &by.report.encoder;
        if by.chain.is_none() {
            return Some(format!("{encoder} broke and is being replaced"));
        }
        (!by.kind.adapts()).then(|| format!("{encoder} cannot change its bitrate while it runs"))
    }

    /// Goes on at another bitrate, in kbit/s and of the whole picture, if it can.
    pub(crate) fn set_bitrate(&self, bitrate: u32) {
        let wanted = VideoSettings { bitrate, ..self.settings() }.layer(self.layer);
        let mut pace = self.pace.lock();
        pace.adaptation.want(wanted.bitrate);
        self.by.lock().tell(pace.adaptation.now());
        *self.settings.lock() = wanted;
    }

    /// What it sends, and what it is to send where the connection allows, in kbit/s.
    pub(crate) fn bitrates(&self) -> (u32, u32) {
        let pace = self.pace.lock();
        (pace.adaptation.now(), pace.adaptation.wanted())
    }

    /// Whether it cannot send less than it does.
    pub(crate) fn is_least(&self) -> bool {
        let pace = self.pace.lock();
        pace.adaptation.is_least() || !self.by.lock().kind.adapts()
    }

    /// Takes note of one more second: how much of it arrived, and the outputs that did not keep up in it.
    pub(crate) fn adapt(&self, way: Way, slow: Vec<String>) {
        let mut pace = self.pace.lock();
        let by = self.by.lock();
        if !by.kind.adapts() {
            pace.slow = slow;
            return;
        }
        let changed = pace.adaptation.second(way);
        let (now, wanted) = (pace.adaptation.now(), pace.adaptation.wanted());
        if slow.is_empty() && now == wanted {
            pace.slow.clear();
        }
        for name in slow {
            if !pace.slow.contains(&name) {
                pace.slow.push(name);
            }
        }
        if changed.is_some() {
            by.tell(now);
            let (encoder, layer) = (&by.report.encoder, self.layer);
            tracing::info!(encoder, layer, bitrate = now, wanted, "the bitrate follows the connection");
        }
    }

    /// How it is, as taken by these outputs. Its load is that since the last call.
    pub(crate) fn state(&self, outputs: Vec<String>) -> Encode {
        let pace = self.pace.lock();
        let by = self.by.lock();
        Encode {
            report: by.report.clone(),
            layer: self.layer,
            wanted: pace.adaptation.wanted(),
            bitrate: pace.adaptation.now(),
            adapts: by.kind.adapts(),
            load: by.chain.as_ref().map_or(0.0, Chain::load),
            slow: pace.slow.iter().filter(|name| outputs.contains(name)).cloned().collect(),
            outputs,
        }
    }

    /// Breaks its encoder, as a driver does.
    #[cfg(test)]
    pub(crate) fn break_down(&self, reason: &str) {
        if let Some(chain) = &self.by.lock().chain {
            chain.break_down(reason);
        }
    }
}

impl By {
    /// Tells it another bitrate, in kbit/s, if it can change while it runs.
    fn tell(&self, bitrate: u32) {
        if let Some(chain) = &self.chain {
            chain.set_bitrate(self.kind, bitrate);
        }
    }
}

/// The size of a simulcast layer: each has half the width and height of the one before, in even numbers.
pub(crate) fn layer_canvas(canvas: Canvas, layer: usize) -> Canvas {
    let part = |side: u32| ((side >> layer) & !1).max(2);
    Canvas { width: part(canvas.width), height: part(canvas.height), ..canvas }
}
