//! One source's strip: its sound in its place, both sides alike where that is wanted, through delay and filters to its volume.
//!
//! Whatever changes is led over to within one block, so that no change clicks.

use klieg_studio_model::{Monitor, Strip as Settings};

use super::filter::Chain;
use super::level::gain;
use super::meter::Meter;
use super::ramp::Ramp;
use super::timeline::Timeline;
use super::{BLOCK, CHANNELS, RATE, SAMPLES, frames, frames_mut};

#[derive(Debug)]
pub(super) struct Strip {
    pub(super) timeline: Timeline,
    /// Before the filters.
    pub(super) input: Meter,
    /// Behind the filters, before the volume.
    pub(super) meter: Meter,
    taking: Taking,
    chain: Chain,
    /// What was taken and the filters that were heard until now, for the block that leads over.
    old_taking: Option<Taking>,
    old_chain: Option<Chain>,
    volume: Ramp,
    /// Of the source in the scene on air.
    scene: Ramp,
    to_mix: Ramp,
    to_monitor: Ramp,
}

/// How the sound is taken from its timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Taking {
    /// In frames.
    delay: i64,
    mono: bool,
}

impl Taking {
    fn of(settings: &Settings) -> Self {
        let delay = i64::from(settings.delay.min(Settings::MAX_DELAY)) * RATE as i64 / 1_000;
        Self { delay, mono: settings.mono }
    }

    /// The block that is heard at frame `position`.
    fn block(self, timeline: &Timeline, position: i64) -> [f32; SAMPLES] {
        let mut block = [0.0; SAMPLES];
        timeline.read(position - self.delay, &mut block);
        if self.mono {
            for frame in frames_mut(&mut block) {
                let mean = frame.iter().sum::<f32>() / CHANNELS as f32;
                frame.fill(mean);
            }
        }
        block
    }
}

impl Strip {
    /// A strip that is first heard at frame `position`.
    pub(super) fn new(settings: &Settings, scene: f64, position: i64) -> Self {
        let taking = Taking::of(settings);
        let mut strip = Self {
            timeline: Timeline::new(position - taking.delay),
            input: Meter::default(),
            meter: Meter::default(),
            taking,
            chain: Chain::new(&settings.filters),
            old_taking: None,
            old_chain: None,
            volume: Ramp::at(volume(settings)),
            scene: Ramp::at(0.0),
            to_mix: Ramp::at(to_mix(settings)),
            to_monitor: Ramp::at(to_monitor(settings)),
        };
        strip.change_scene(scene, 0);
        strip
    }

    pub(super) fn set(&mut self, settings: &Settings) {
        self.volume.lead(volume(settings), BLOCK);
        self.to_mix.lead(to_mix(settings), BLOCK);
        self.to_monitor.lead(to_monitor(settings), BLOCK);
        let taking = Taking::of(settings);
        if taking != self.taking {
            self.old_taking.get_or_insert(self.taking);
            self.taking = taking;
        }
        if !self.chain.set(&settings.filters) {
            let old = std::mem::replace(&mut self.chain, Chain::new(&settings.filters));
            self.old_chain.get_or_insert(old);
        }
    }

    /// Leads to the gain in another scene, over one block at least.
    pub(super) fn change_scene(&mut self, wanted: f64, frames: usize) {
        self.scene.lead(gain(wanted), frames.max(BLOCK));
    }

    /// Another gain in the same scene. While it is being led over to, the new gain is reached when that ends; silence at once.
    pub(super) fn set_scene(&mut self, wanted: f64) {
        let frames = if wanted > 0.0 { self.scene.left() } else { 0 };
        self.scene.lead(gain(wanted), frames.max(BLOCK));
    }

    /// The next block is its last.
    pub(super) fn fade_out(&mut self) {
        self.volume.lead(0.0, BLOCK);
    }

    /// Adds the block from frame `position` on to `mix` and to what the creator hears.
    pub(super) fn add(&mut self, position: i64, mix: &mut [f32], monitor: &mut [f32]) {
        let mut block = self.taking.block(&self.timeline, position);
        if let Some(old) = self.old_taking.take() {
            lead_over(&old.block(&self.timeline, position), &mut block);
        }
        self.timeline.pass(position + BLOCK as i64 - self.taking.delay);
        self.input.measure(&block);
        if let Some(mut chain) = self.old_chain.take() {
            let mut old = block;
            chain.process(&mut old);
            self.chain.process(&mut block);
            lead_over(&old, &mut block);
        } else {
            self.chain.process(&mut block);
        }
        self.meter.measure(&block);
        for ((frame, mix), monitor) in frames(&block).iter().zip(frames_mut(mix)).zip(frames_mut(monitor)) {
            let gain = self.volume.next() * self.scene.next();
            let (to_mix, to_monitor) = (gain * self.to_mix.next(), gain * self.to_monitor.next());
            for channel in 0..CHANNELS {
                mix[channel] += frame[channel] * to_mix;
                monitor[channel] += frame[channel] * to_monitor;
            }
        }
    }
}

/// Turns `new` into a block that begins as `old` and ends as `new`.
fn lead_over(old: &[f32], new: &mut [f32]) {
    let mut share = Ramp::at(0.0);
    share.lead(1.0, BLOCK);
    for (old, new) in frames(old).iter().zip(frames_mut(new)) {
        let share = share.next();
        for (old, new) in old.iter().zip(new) {
            *new = old + (*new - old) * share;
        }
    }
}

fn volume(settings: &Settings) -> f32 {
    if settings.muted { 0.0 } else { gain(settings.volume) }
}

fn to_mix(settings: &Settings) -> f32 {
    if settings.monitor == Monitor::Only { 0.0 } else { 1.0 }
}

fn to_monitor(settings: &Settings) -> f32 {
    if settings.monitor == Monitor::Off { 0.0 } else { 1.0 }
}
