//! Sounds for the tests of the mixer, and what they measure on them. All stereo, interleaved.

use std::f64::consts::TAU;

use super::{RATE, frames};

/// A sine, the same on both sides.
pub(super) fn tone(frequency: f32, amplitude: f32, count: usize) -> Vec<f32> {
    let turn = TAU * f64::from(frequency) / RATE as f64;
    (0..count).flat_map(|frame| [amplitude * (turn * frame as f64).sin() as f32; 2]).collect()
}

/// Both sides at `value`.
pub(super) fn steady(value: f32, count: usize) -> Vec<f32> {
    vec![value; count * 2]
}

/// Every frame another value, so that its place is known: frame `n` is `n / 1,000,000`.
pub(super) fn numbered(range: std::ops::Range<usize>) -> Vec<f32> {
    range.flat_map(|frame| [frame as f32 / 1e6; 2]).collect()
}

/// White noise between plus and minus `amplitude`, other on each side. Always the same.
pub(super) fn noise(amplitude: f32, count: usize) -> Vec<f32> {
    let mut dice = 0x9e37_79b9_u32;
    let mut roll = || {
        dice ^= dice << 13;
        dice ^= dice >> 17;
        dice ^= dice << 5;
        (dice as f32 / u32::MAX as f32 * 2.0 - 1.0) * amplitude
    };
    (0..count * 2).map(|_| roll()).collect()
}

/// Mean level of both sides, in decibels.
pub(super) fn rms(samples: &[f32]) -> f32 {
    let squares: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    super::level::decibels((squares / samples.len() as f64).sqrt() as f32)
}

/// The highest sample, without its sign.
pub(super) fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| sample.abs().max(peak))
}

/// The largest difference between two frames that follow each other: a click, if it is too large.
pub(super) fn largest_step(samples: &[f32]) -> f32 {
    let steps = frames(samples).windows(2).flat_map(|pair| [pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]]);
    steps.fold(0.0, |largest, step| step.abs().max(largest))
}
