//! Nothing gets louder than a ceiling.
//!
//! It looks at no sample but the one at hand, so it delays nothing: a peak that is too high is brought to the ceiling at
//! once, and the gain comes back slowly.

use crate::sound::frames_mut;
use crate::sound::level::{amplitude, remainder};

#[derive(Debug)]
pub(in crate::sound) struct Limiter {
    ceiling: f32,
    release: f32,
    gain: f32,
}

impl Limiter {
    /// `ceiling` in decibels, `release` in milliseconds.
    pub(in crate::sound) fn new(ceiling: f64, release: f64) -> Self {
        Self { ceiling: amplitude(ceiling as f32), release: remainder(release), gain: 1.0 }
    }

    pub(super) fn set(&mut self, ceiling: f64, release: f64) {
        self.ceiling = amplitude(ceiling as f32);
        self.release = remainder(release);
    }

    pub(in crate::sound) fn process(&mut self, block: &mut [f32]) {
        for frame in frames_mut(block) {
            let loudest = frame[0].abs().max(frame[1].abs());
            let allowed = if loudest > self.ceiling { self.ceiling / loudest } else { 1.0 };
            self.gain = allowed.min(1.0 - (1.0 - self.gain) * self.release);
            for sample in frame {
                // The product may round to a little more.
                *sample = (*sample * self.gain).clamp(-self.ceiling, self.ceiling);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sound::signal::{noise, peak, rms, steady, tone};

    #[test]
    fn what_is_below_the_ceiling_is_left_as_it_is() {
        let sound = noise(0.7, 4_800);
        let mut limited = sound.clone();
        Limiter::new(-3.0, 60.0).process(&mut limited);
        assert_eq!(limited, sound);
    }

    #[test]
    fn a_tone_above_it_comes_out_at_the_ceiling() {
        let mut sound = tone(1_000.0, 4.0, 48_000);
        Limiter::new(-6.0, 60.0).process(&mut sound);
        assert!((rms(&sound[48_000..]) + 9.0).abs() < 0.2, "{}", rms(&sound[48_000..]));
    }

    #[test]
    fn it_lets_go_smoothly() {
        let mut limiter = Limiter::new(0.0, 60.0);
        limiter.process(&mut steady(10.0, 480));
        let mut quiet = steady(0.5, 48_000);
        limiter.process(&mut quiet);
        assert!(quiet[0] < 0.06);
        assert!((quiet[2 * 60 * 48] - 0.5 * (1.0 - 0.9 / std::f32::consts::E)).abs() < 0.01);
        assert!((quiet[95_999] - 0.5).abs() < 1e-4);
        assert!(crate::sound::signal::largest_step(&quiet) < 0.001);
    }

    proptest! {
        #[test]
        fn nothing_is_ever_louder_than_the_ceiling(
            mut sound in proptest::collection::vec(-1_000f32..1_000.0, 2..400),
            ceilings in proptest::collection::vec(-60f64..0.0, 1..4),
            release in 0f64..500.0,
        ) {
            let mut limiter = Limiter::new(0.0, release);
            for ceiling in ceilings {
                limiter.set(ceiling, release);
                limiter.process(&mut sound);
                let allowed = amplitude(ceiling as f32);
                let whole = sound.len() / 2 * 2;
                prop_assert!(peak(&sound[..whole]) <= allowed);
            }
        }
    }
}
