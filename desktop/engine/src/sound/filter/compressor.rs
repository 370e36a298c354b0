//! Makes loud passages quieter, and with `makeup` everything louder, so that a voice stays about as loud.
//!
//! Feed-forward, in decibels, for both sides together, so that nothing moves from side to side: how much is to be taken
//! away is reckoned from each frame as it is, and then smoothed. It is held like a peak that decays with the release and
//! followed with the attack, so that what a steady tone loses does not depend on its swinging through zero.

use crate::sound::level::{amplitude, decibels, remainder};
use crate::sound::ramp::Ramp;
use crate::sound::{BLOCK, frames_mut};

#[derive(Debug)]
pub(super) struct Compressor {
    threshold: f32,
    /// What is taken away of each decibel above the threshold.
    share: f32,
    attack: f32,
    release: f32,
    makeup: Ramp,
    /// What is to be taken away, in decibels: its decaying peak, and what follows that.
    held: f32,
    taken: f32,
}

impl Compressor {
    /// Levels in decibels, times in milliseconds.
    pub(super) fn new(threshold: f64, ratio: f64, attack: f64, release: f64, makeup: f64) -> Self {
        let makeup = Ramp::at(makeup as f32);
        let mut compressor =
            Self { threshold: 0.0, share: 0.0, attack: 0.0, release: 0.0, makeup, held: 0.0, taken: 0.0 };
        compressor.set_curve(threshold, ratio, attack, release);
        compressor
    }

    pub(super) fn set(&mut self, threshold: f64, ratio: f64, attack: f64, release: f64, makeup: f64) {
        self.set_curve(threshold, ratio, attack, release);
        self.makeup.lead(makeup as f32, BLOCK);
    }

    fn set_curve(&mut self, threshold: f64, ratio: f64, attack: f64, release: f64) {
        self.threshold = threshold as f32;
        self.share = (1.0 - 1.0 / ratio.max(1.0)) as f32;
        self.attack = remainder(attack);
        self.release = remainder(release);
    }

    pub(super) fn process(&mut self, block: &mut [f32]) {
        for frame in frames_mut(block) {
            let loudest = frame[0].abs().max(frame[1].abs());
            let wanted = (decibels(loudest) - self.threshold).max(0.0) * self.share;
            self.held = wanted.max(wanted + (self.held - wanted) * self.release);
            self.taken = self.held + (self.taken - self.held) * self.attack;
            let gain = amplitude(self.makeup.next() - self.taken);
            for sample in frame {
                *sample *= gain;
            }
        }
        // Nothing to be heard, and slow to reckon with.
        if self.held < 1e-6 && self.taken < 1e-6 {
            (self.held, self.taken) = (0.0, 0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::signal::{largest_step, rms, steady, tone};

    /// What a tone of this peak level comes out as, in decibels, when it has settled.
    fn settled(compressor: &mut Compressor, level: f32, frequency: f32) -> f32 {
        let mut sound = tone(frequency, amplitude(level), 48_000);
        compressor.process(&mut sound);
        rms(&sound[48_000..]) + 3.01
    }

    #[test]
    fn its_curve_is_the_one_that_is_set() {
        for (threshold, ratio, makeup) in
            [(-18.0_f64, 4.0, 0.0), (-30.0, 2.0, 6.0), (-24.0, 20.0, 0.0), (-18.0, 1.0, 0.0)]
        {
            for level in [-50.0_f64, -30.0, -18.0, -12.0, -6.0, 0.0] {
                let expected = level.min(threshold) + (level - threshold).max(0.0) / ratio + makeup;
                let mut compressor = Compressor::new(threshold, ratio, 6.0, 60.0, makeup);
                let got = settled(&mut compressor, level as f32, 1_000.0);
                assert!((got - expected as f32).abs() < 0.5, "{level} dB: {got} and not {expected}");
            }
        }
    }

    #[test]
    fn a_low_voice_is_compressed_like_a_high_one() {
        let got = settled(&mut Compressor::new(-18.0, 4.0, 6.0, 60.0, 0.0), 0.0, 120.0);
        assert!((got + 13.5).abs() < 1.0, "{got}");
    }

    #[test]
    fn both_sides_lose_the_same() {
        let mut block: Vec<f32> = (0..48_000).flat_map(|_| [1.0, 0.01]).collect();
        Compressor::new(-18.0, 4.0, 6.0, 60.0, 0.0).process(&mut block);
        assert!((block[95_998] / block[95_999] - 100.0).abs() < 0.01);
        assert!(block[95_998] < 0.25);
    }

    #[test]
    fn it_takes_its_time_to_act_and_to_let_go() {
        let mut compressor = Compressor::new(-20.0, 10.0, 10.0, 100.0, 0.0);
        let mut loud = steady(1.0, 48_000);
        compressor.process(&mut loud);
        let lost = |sample: f32| -decibels(sample);
        // 18 dB in the end, and two thirds of them after the attack.
        assert!(lost(loud[2 * 10]) < 0.5);
        assert!((lost(loud[2 * 480]) - 18.0 * 0.632).abs() < 0.5);
        assert!((lost(loud[95_999]) - 18.0).abs() < 0.1);
        let mut quiet = steady(0.01, 48_000);
        compressor.process(&mut quiet);
        assert!(lost(quiet[2 * 480] / 0.01) > 16.0);
        assert!(lost(quiet[95_999] / 0.01) < 0.01);
    }

    #[test]
    fn other_numbers_are_reached_without_a_step() {
        let mut compressor = Compressor::new(-20.0, 4.0, 10.0, 100.0, 0.0);
        let mut sound = steady(0.5, 48_000);
        compressor.process(&mut sound);
        compressor.set(-40.0, 10.0, 10.0, 100.0, 12.0);
        let mut then = sound.split_off(95_998);
        then.extend(steady(0.5, 48_000));
        compressor.process(&mut then[2..]);
        assert!(largest_step(&then) < 0.005, "{}", largest_step(&then));
    }
}
