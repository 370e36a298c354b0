//! Decibels, linear gains and time constants.

use super::RATE;

/// Nothing is measured below this, in decibels.
pub(super) const FLOOR: f32 = -100.0;

/// No sound that comes in is louder than this, as linear amplitude. What is, is a fault.
pub(super) const LOUDEST: f32 = 16.0;

/// The linear gain of a level in decibels.
pub(super) fn amplitude(decibels: f32) -> f32 {
    (decibels * (std::f32::consts::LOG2_10 / 20.0)).exp2()
}

/// The level of a linear amplitude, in decibels below full scale, [`FLOOR`] at least.
pub(super) fn decibels(amplitude: f32) -> f32 {
    (20.0 * amplitude.log10()).max(FLOOR)
}

/// What is left, one frame later, of a difference that shrinks to 1/e within `milliseconds`.
pub(super) fn remainder(milliseconds: f64) -> f32 {
    let frames = milliseconds * RATE as f64 / 1_000.0;
    if frames > 0.0 { (-1.0 / frames).exp() as f32 } else { 0.0 }
}

/// The change for each frame that leads from 0 to 1 within `milliseconds`; 1 at most.
pub(super) fn pace(milliseconds: f64) -> f32 {
    (1_000.0 / (milliseconds * RATE as f64)).clamp(0.0, 1.0) as f32
}

/// A gain as the mixer takes it: no number out of range, and none that is no number.
pub(super) fn gain(wanted: f64) -> f32 {
    if wanted.is_finite() { wanted.clamp(0.0, klieg_studio_model::Strip::MAX_VOLUME) as f32 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_amplitude_is_six_decibels_less() {
        assert!((decibels(0.5) + 6.02).abs() < 0.01);
        assert!((amplitude(-6.0) - 0.501).abs() < 0.001);
        assert!((amplitude(20.0) - 10.0).abs() < 0.001);
    }

    #[test]
    fn silence_has_a_level() {
        assert!((decibels(0.0) - FLOOR).abs() < f32::EPSILON);
    }

    #[test]
    fn no_time_means_at_once() {
        assert!(remainder(0.0).abs() < f32::EPSILON);
        assert!((pace(0.0) - 1.0).abs() < f32::EPSILON);
        assert!((pace(1.0) - 1.0 / 48.0).abs() < f32::EPSILON);
    }

    #[test]
    fn a_gain_that_is_no_number_is_silence() {
        assert!(gain(f64::NAN).abs() < f32::EPSILON);
        assert!((gain(1e9) - 10.0).abs() < f32::EPSILON);
    }
}
