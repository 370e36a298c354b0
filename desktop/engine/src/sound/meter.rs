//! How loud it is: peak and mean, gathered by the mixer's thread until somebody asks.

use std::collections::BTreeMap;

use klieg_studio_model::{Level, Meters};

use super::level::decibels;
use super::{CHANNELS, frames};

/// What was heard since it was last taken.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Meter {
    peak: [f32; CHANNELS],
    squares: [f64; CHANNELS],
    frames: u64,
}

impl Meter {
    pub(super) fn measure(&mut self, block: &[f32]) {
        for frame in frames(block) {
            for ((peak, squares), sample) in self.peak.iter_mut().zip(&mut self.squares).zip(frame) {
                *peak = peak.max(sample.abs());
                *squares += f64::from(*sample).powi(2);
            }
        }
        self.frames += frames(block).len() as u64;
    }

    fn add(&mut self, other: Self) {
        for (peak, more) in self.peak.iter_mut().zip(other.peak) {
            *peak = peak.max(more);
        }
        for (squares, more) in self.squares.iter_mut().zip(other.squares) {
            *squares += more;
        }
        self.frames += other.frames;
    }

    /// Nothing if nothing was measured.
    fn level(&self) -> Option<Level> {
        let mean = |squares: f64| decibels((squares / self.frames as f64).sqrt() as f32);
        (self.frames > 0).then(|| Level { peak: self.peak.map(decibels), rms: self.squares.map(mean) })
    }
}

/// Between the mixer's thread, which adds, and whoever draws the meters, who takes.
#[derive(Debug, Default)]
pub(super) struct Readings {
    inputs: BTreeMap<String, Reading>,
    strips: BTreeMap<String, Reading>,
    mix: Reading,
}

#[derive(Debug, Default)]
struct Reading {
    meter: Meter,
    /// Told again when it is asked for twice within one block.
    last: Option<Level>,
}

impl Reading {
    fn take(&mut self) -> Option<Level> {
        self.last = std::mem::take(&mut self.meter).level().or(self.last);
        self.last
    }
}

impl Readings {
    /// What comes from a source, before its strip's filters.
    pub(super) fn add_input(&mut self, source: &str, meter: Meter) {
        add(&mut self.inputs, source, meter);
    }

    pub(super) fn add_strip(&mut self, source: &str, meter: Meter) {
        add(&mut self.strips, source, meter);
    }

    pub(super) fn add_mix(&mut self, meter: Meter) {
        self.mix.meter.add(meter);
    }

    /// Forgets the strips that are not kept.
    pub(super) fn keep(&mut self, open: impl Fn(&str) -> bool) {
        self.inputs.retain(|source, _| open(source));
        self.strips.retain(|source, _| open(source));
    }

    pub(super) fn take(&mut self) -> Meters {
        let strips = self.strips.iter_mut().filter_map(|(source, reading)| Some((source.clone(), reading.take()?)));
        let inputs = self.inputs.iter_mut().filter_map(|(source, reading)| {
            let [left, right] = reading.take()?.peak;
            Some((source.clone(), left.max(right)))
        });
        Meters { strips: strips.collect(), mix: self.mix.take(), inputs: inputs.collect() }
    }
}

fn add(readings: &mut BTreeMap<String, Reading>, source: &str, meter: Meter) {
    if let Some(reading) = readings.get_mut(source) {
        reading.meter.add(meter);
    } else {
        readings.insert(source.to_owned(), Reading { meter, last: None });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::signal;

    fn measured(block: &[f32]) -> Meter {
        let mut meter = Meter::default();
        meter.measure(block);
        meter
    }

    #[test]
    fn a_full_scale_sine_peaks_at_zero_and_its_mean_is_three_decibels_less() {
        let level = measured(&signal::tone(1_000.0, 1.0, 48_000)).level().unwrap();
        for channel in 0..2 {
            assert!(level.peak[channel].abs() < 0.01, "{level:?}");
            assert!((level.rms[channel] + 3.01).abs() < 0.01, "{level:?}");
        }
    }

    #[test]
    fn left_and_right_are_measured_apart_and_silence_is_minus_one_hundred() {
        let level = measured(&[0.5, 0.0, -0.5, 0.0]).level().unwrap();
        assert!((level.peak[0] + 6.02).abs() < 0.01, "{level:?}");
        assert!((level.rms[0] + 6.02).abs() < 0.01, "{level:?}");
        assert_eq!((level.peak[1], level.rms[1]), (-100.0, -100.0));
    }

    #[test]
    fn what_is_taken_is_gone_and_told_again_until_there_is_more() {
        let mut readings = Readings::default();
        assert_eq!(readings.take(), Meters::default());
        readings.add_strip("voice", measured(&[1.0; 8]));
        readings.add_mix(measured(&[0.1; 8]));
        let first = readings.take();
        assert!(first.strips["voice"].peak.iter().all(|&peak| peak == 0.0));
        assert_eq!(readings.take(), first);
        readings.add_strip("voice", measured(&[0.0; 8]));
        let then = readings.take();
        assert_eq!(then.strips["voice"], Level::SILENCE);
        assert_eq!(then.mix, first.mix);
        readings.keep(|source| source != "voice");
        assert!(readings.take().strips.is_empty());
    }
}
