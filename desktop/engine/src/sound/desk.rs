//! The mixing desk: strips in, one block after the other out. No thread, no clock, no GStreamer.
//!
//! The mix and what the creator hears each end in a limiter at full scale: below it nothing is changed, and where several
//! loud sources add up to more, they get quieter together rather than being cut off.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use klieg_studio_model::Strip as Settings;

use super::filter::Limiter;
use super::meter::{Meter, Readings};
use super::strip::Strip;
use super::{BLOCK, RATE, SAMPLES};

/// How fast the limiters at the end let go, in milliseconds.
const RELEASE: f64 = 100.0;

#[derive(Debug)]
pub(super) struct Desk {
    strips: BTreeMap<String, Strip>,
    /// Closed, and heard for one more block.
    leaving: Vec<Strip>,
    /// Of all sources that were ever set, open or not.
    settings: HashMap<String, Settings>,
    /// Gain of each source in the scene on air; the others are silent.
    scene: HashMap<String, f64>,
    /// The scene that is heard next.
    coming: Option<Coming>,
    /// First frame of the next block.
    position: i64,
    mix: Bus,
    monitor: Bus,
}

#[derive(Debug)]
struct Coming {
    gains: HashMap<String, f64>,
    /// The frames with which it begins and ends to be led over to.
    from: i64,
    to: i64,
}

#[derive(Debug)]
struct Bus {
    samples: [f32; SAMPLES],
    /// Before the limiter: above full scale is how much it has to take away.
    meter: Meter,
    limiter: Limiter,
}

impl Bus {
    fn new() -> Self {
        Self { samples: [0.0; SAMPLES], meter: Meter::default(), limiter: Limiter::new(0.0, RELEASE) }
    }

    fn finish(&mut self) {
        self.meter.measure(&self.samples);
        self.limiter.process(&mut self.samples);
    }
}

impl Desk {
    pub(super) fn new() -> Self {
        Self {
            strips: BTreeMap::new(),
            leaving: Vec::new(),
            settings: HashMap::new(),
            scene: HashMap::new(),
            coming: None,
            position: 0,
            mix: Bus::new(),
            monitor: Bus::new(),
        }
    }

    /// A strip for a source that has none, as it was last set.
    pub(super) fn open(&mut self, source: String) {
        let gain = self.scene.get(&source).copied().unwrap_or(0.0);
        let settings = self.settings.get(&source).cloned().unwrap_or_default();
        let position = self.position;
        self.strips.entry(source).or_insert_with(|| Strip::new(&settings, gain, position));
    }

    /// Fades a source out over the next block. How it was set is remembered.
    pub(super) fn close(&mut self, source: &str) {
        if let Some(mut strip) = self.strips.remove(source) {
            let lost = strip.timeline.lost();
            if lost.late > 0 || lost.dropped > 0 {
                tracing::debug!(source, late = lost.late, dropped = lost.dropped, "frames of sound were not heard");
            }
            strip.fade_out();
            self.leaving.push(strip);
        }
    }

    /// Lets a source go on under another name, which nobody has.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        if let Some(strip) = self.strips.remove(from) {
            self.strips.insert(to.to_owned(), strip);
        }
        if let Some(settings) = self.settings.remove(from) {
            self.settings.insert(to.to_owned(), settings);
        }
        for gains in [Some(&mut self.scene), self.coming.as_mut().map(|coming| &mut coming.gains)].into_iter().flatten()
        {
            if let Some(gain) = gains.remove(from) {
                gains.insert(to.to_owned(), gain);
            }
        }
    }

    pub(super) fn set_strip(&mut self, source: String, settings: Settings) {
        if let Some(strip) = self.strips.get_mut(&source) {
            strip.set(&settings);
        }
        self.settings.insert(source, settings);
    }

    /// The gain of each source in the scene that is heard, or is about to be. What is being led over to goes on.
    pub(super) fn set_scene(&mut self, gains: HashMap<String, f64>) {
        if let Some(coming) = &mut self.coming {
            coming.gains = gains;
            return;
        }
        for (source, strip) in &mut self.strips {
            strip.set_scene(gains.get(source).copied().unwrap_or(0.0));
        }
        self.scene = gains;
    }

    /// Leads over to another scene, from frame `at` on for so long. Where that is past it is led over to in what is left of the time.
    pub(super) fn change_scene(&mut self, gains: HashMap<String, f64>, at: i64, over: Duration) {
        let frames = (over.as_secs_f64() * RATE as f64) as i64;
        self.coming = Some(Coming { gains, from: at, to: at.saturating_add(frames) });
    }

    fn begin(&mut self, Coming { gains, to, .. }: Coming) {
        let frames = usize::try_from(to.saturating_sub(self.position)).unwrap_or(0);
        for (source, strip) in &mut self.strips {
            strip.change_scene(gains.get(source).copied().unwrap_or(0.0), frames);
        }
        self.scene = gains;
    }

    /// Takes sound of a source that is stamped with frame `at`.
    pub(super) fn push(&mut self, source: &str, at: i64, samples: &[f32]) {
        if let Some(strip) = self.strips.get_mut(source) {
            strip.timeline.write(at, samples);
        }
    }

    /// Mixes the next block: what goes out, and what the creator hears.
    pub(super) fn mix(&mut self) -> (&[f32], &[f32]) {
        let end = self.position + BLOCK as i64;
        if let Some(coming) = self.coming.take_if(|coming| coming.from < end) {
            self.begin(coming);
        }
        self.mix.samples.fill(0.0);
        self.monitor.samples.fill(0.0);
        for strip in self.strips.values_mut().chain(&mut self.leaving) {
            strip.add(self.position, &mut self.mix.samples, &mut self.monitor.samples);
        }
        self.leaving.clear();
        self.position = end;
        self.mix.finish();
        self.monitor.finish();
        (&self.mix.samples, &self.monitor.samples)
    }

    /// Hands over what was measured since the last time.
    pub(super) fn report(&mut self, readings: &mut Readings) {
        for (source, strip) in &mut self.strips {
            readings.add_input(source, std::mem::take(&mut strip.input));
            readings.add_strip(source, std::mem::take(&mut strip.meter));
        }
        readings.keep(|source| self.strips.contains_key(source));
        readings.add_mix(std::mem::take(&mut self.mix.meter));
    }
}

#[cfg(test)]
mod tests;
