//! Louder or quieter, by decibels.

use crate::sound::level::amplitude;
use crate::sound::ramp::Ramp;
use crate::sound::{BLOCK, frames_mut};

#[derive(Debug)]
pub(super) struct Gain(Ramp);

impl Gain {
    /// `gain` in decibels.
    pub(super) fn new(gain: f64) -> Self {
        Self(Ramp::at(amplitude(gain as f32)))
    }

    /// Reached within one block.
    pub(super) fn set(&mut self, gain: f64) {
        self.0.lead(amplitude(gain as f32), BLOCK);
    }

    pub(super) fn process(&mut self, block: &mut [f32]) {
        for frame in frames_mut(block) {
            let gain = self.0.next();
            for sample in frame {
                *sample *= gain;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::signal::{largest_step, peak, steady};

    #[test]
    fn six_decibels_are_twice_as_much() {
        let mut block = steady(0.25, 480);
        Gain::new(6.02).process(&mut block);
        assert!((peak(&block) - 0.5).abs() < 0.001);
    }

    #[test]
    fn another_gain_is_reached_without_a_step() {
        let mut gain = Gain::new(0.0);
        gain.set(-100.0);
        let mut blocks = steady(1.0, 960);
        gain.process(&mut blocks);
        assert!(largest_step(&blocks) < 1.1 / 480.0);
        assert!(peak(&blocks[960..]) < 0.001);
    }
}
