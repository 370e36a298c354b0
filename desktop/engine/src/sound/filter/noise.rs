//! Takes away steady noise around a voice: a fan, a street, a mains hum. It is RNNoise, a small network trained on voices
//! in rooms. Noise that is as strong in the highest tones as in the low ones, as no room makes it, it takes for something
//! to be kept: white noise loses little for seconds, at some levels for ever.
//!
//! The sound comes out 10 ms later, for each frame is put together from two that overlap.

use nnnoiseless::DenoiseState;

use crate::sound::level::LOUDEST;
use crate::sound::{BLOCK, SAMPLES, frames, frames_mut};

/// The network wants sound as 16-bit numbers.
const SCALE: f32 = 32_768.0;

pub(super) struct NoiseSuppression {
    left: Box<DenoiseState<'static>>,
    /// None as long as both sides have been the same, as those of a microphone are: that halves the work.
    right: Option<Box<DenoiseState<'static>>>,
}

const _: () = assert!(DenoiseState::FRAME_SIZE == BLOCK, "a block is one frame of the network");

impl NoiseSuppression {
    pub(super) fn new() -> Self {
        Self { left: DenoiseState::new(), right: None }
    }

    /// `block` is whole blocks.
    pub(super) fn process(&mut self, block: &mut [f32]) {
        for block in block.chunks_exact_mut(SAMPLES) {
            if self.right.is_none() && frames(block).iter().any(|[left, right]| left.to_bits() != right.to_bits()) {
                self.right = Some(self.left.clone());
            }
            let cleaned = clean(&mut self.left, block, 0);
            let right = self.right.as_mut().map(|state| clean(state, block, 1));
            for (index, [left, right_sample]) in frames_mut(block).iter_mut().enumerate() {
                *left = cleaned[index];
                *right_sample = right.as_ref().unwrap_or(&cleaned)[index];
            }
        }
    }
}

/// One side of a block without its noise.
fn clean(state: &mut DenoiseState, block: &[f32], channel: usize) -> [f32; BLOCK] {
    let (mut noisy, mut cleaned) = ([0.0; BLOCK], [0.0; BLOCK]);
    for (noisy, frame) in noisy.iter_mut().zip(frames(block)) {
        *noisy = frame[channel].clamp(-LOUDEST, LOUDEST) * SCALE;
    }
    state.process_frame(&mut cleaned, &noisy);
    cleaned.map(|sample| sample / SCALE)
}

impl std::fmt::Debug for NoiseSuppression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NoiseSuppression").field("stereo", &self.right.is_some()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::signal::{noise, rms, tone};

    fn cleaned(mut sound: Vec<f32>) -> Vec<f32> {
        NoiseSuppression::new().process(&mut sound);
        sound
    }

    /// Like a voice that sings "ah" on one note, four syllables a second.
    fn voice(count: usize) -> Vec<f32> {
        let mut voice = vec![0.0; count * 2];
        for harmonic in 1..24u8 {
            let frequency = 140.0 * f32::from(harmonic);
            let formant = |at: f32, width: f32| (-((frequency - at) / width).powi(2)).exp();
            let amplitude =
                0.15 * (formant(700.0, 300.0) + 0.6 * formant(1_200.0, 300.0) + 0.2 * formant(2_600.0, 500.0) + 0.1);
            for (sum, sample) in voice.iter_mut().zip(tone(frequency, amplitude, count)) {
                *sum += sample;
            }
        }
        for (sample, swell) in voice.iter_mut().zip(tone(2.0, 1.0, count)) {
            *sample *= swell.abs();
        }
        voice
    }

    /// Noise as of a fan: the higher, the weaker.
    fn fan(count: usize) -> Vec<f32> {
        let mut last = [0.0; 2];
        let mut noise = noise(0.2, count);
        for frame in frames_mut(&mut noise) {
            for (sample, last) in frame.iter_mut().zip(&mut last) {
                *last += (*sample - *last) * 0.1;
                *sample = *last;
            }
        }
        noise
    }

    fn hum(count: usize) -> Vec<f32> {
        let overtones = [tone(50.0, 0.1, count), tone(100.0, 0.05, count), tone(150.0, 0.03, count), fan(count)];
        (0..count * 2).map(|index| overtones.iter().map(|sound| sound[index]).sum()).collect()
    }

    #[test]
    fn a_fan_and_a_hum_become_much_quieter_within_a_second() {
        for noise in [fan(48_000 * 2), hum(48_000 * 2)] {
            let before = rms(&noise[96_000..]);
            let after = rms(&cleaned(noise)[96_000..]);
            assert!(after < before - 20.0, "{before} dB became {after}");
        }
    }

    #[test]
    fn a_voice_in_the_noise_of_a_fan_stays_and_its_pauses_become_quiet() {
        let count = 48_000 * 3;
        let mut sound: Vec<f32> = voice(count).iter().zip(fan(count)).map(|(voice, fan)| voice + fan).collect();
        let pause = 96_000 * 2;
        sound[pause..].copy_from_slice(&fan(count)[pause..]);
        let (loud, quiet) = (rms(&sound[96_000..pause]), rms(&sound[pause + 48_000..]));
        let cleaned = cleaned(sound);
        let (voice, rest) = (rms(&cleaned[96_000..pause]), rms(&cleaned[pause + 48_000..]));
        assert!((voice - loud).abs() < 3.0, "{loud} dB became {voice}");
        assert!(rest < quiet - 20.0, "{quiet} dB became {rest}");
    }

    #[test]
    fn a_voice_stays() {
        let sound = voice(48_000 * 3);
        let before = rms(&sound[96_000..]);
        let after = rms(&cleaned(sound)[96_000..]);
        assert!((after - before).abs() < 3.0, "{before} dB became {after}");
    }

    #[test]
    fn both_sides_of_a_microphone_stay_the_same() {
        let sound: Vec<f32> = frames(&noise(0.1, 4_800)).iter().flat_map(|frame| [frame[0]; 2]).collect();
        assert!(frames(&cleaned(sound)).iter().all(|[left, right]| left.to_bits() == right.to_bits()));
    }

    #[test]
    fn a_side_does_not_notice_when_the_other_becomes_different() {
        let same: Vec<f32> = frames(&noise(0.1, 9_600)).iter().flat_map(|frame| [frame[0]; 2]).collect();
        let mut different = same.clone();
        for sample in different[9_600..].iter_mut().skip(1).step_by(2) {
            *sample = 0.0;
        }
        let left = |sound: Vec<f32>| frames(&cleaned(sound)).iter().map(|frame| frame[0]).collect::<Vec<_>>();
        assert_eq!(left(different), left(same));
    }
}
