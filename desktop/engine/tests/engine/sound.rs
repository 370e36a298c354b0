//! What is mixed is what the scene says.

use rustfft::FftPlanner;
use rustfft::num_complex::Complex;

use crate::support::decode::sound;
use crate::support::recorded;

const RATE: usize = 48_000;

/// Amplitude of each frequency in whole hertz, over the last second.
pub(crate) fn spectrum(samples: &[f32]) -> Vec<f32> {
    let last = &samples[samples.len() - RATE - 4_800..samples.len() - 4_800];
    let mut bins: Vec<Complex<f32>> = last.iter().map(|&sample| Complex::new(sample, 0.0)).collect();
    FftPlanner::new().plan_fft_forward(RATE).process(&mut bins);
    bins[..RATE / 2].iter().map(|bin| bin.norm() * 2.0 / RATE as f32).collect()
}

/// Amplitude near a frequency in hertz: within a hundredth, for sound that follows another clock is a little higher or lower.
pub(crate) fn near(spectrum: &[f32], frequency: usize) -> f32 {
    let off = (frequency / 100).max(2);
    spectrum[frequency - off..=frequency + off].iter().map(|level| level * level).sum::<f32>().sqrt()
}

/// Amplitude near a frequency in hertz in the second in which it is loudest: sound may begin late, or be brought back to its time.
pub(crate) fn loudest(samples: &[f32], frequency: usize) -> f32 {
    let seconds = samples.windows(RATE + 4_800).step_by(RATE / 2);
    seconds.map(|second| near(&spectrum(second), frequency)).fold(0.0, f32::max)
}

/// Amplitude of a frequency in hertz that 20 divides, in each twentieth of a second.
fn course(samples: &[f32], frequency: usize) -> Vec<f64> {
    let turn = std::f64::consts::TAU * frequency as f64 / RATE as f64;
    let amplitude = |part: &[f32]| {
        let waves = part.iter().enumerate().map(|(at, &sample)| (turn * at as f64, f64::from(sample)));
        let (sine, cosine) = waves.fold((0.0, 0.0), |(sine, cosine), (angle, sample)| {
            (sine + sample * angle.sin(), cosine + sample * angle.cos())
        });
        2.0 * f64::hypot(sine, cosine) / part.len() as f64
    };
    samples.chunks_exact(RATE / 20).map(amplitude).collect()
}

/// When a frequency in hertz that 20 divides is louder than `level` for the first time, in seconds.
pub(crate) fn rises(samples: &[f32], frequency: usize, level: f64) -> f64 {
    let first = course(samples, frequency).iter().position(|now| *now > level);
    (first.expect("it gets louder") as f64 + 0.5) / 20.0
}

#[test]
fn tones_are_mixed_at_their_volume_and_a_muted_one_is_not_heard() {
    let directory = tempfile::tempdir().unwrap();
    let tone = |name: &str, frequency: u32| {
        format!("[[sources]]\nname = '{name}'\nkind = 'tone'\nfrequency = {frequency}\namplitude = 0.4\n")
    };
    let sources = [tone("low", 440), tone("high", 1_500), tone("muted", 3_000)].concat();
    let show = format!(
        "[canvas]\nwidth = 64\nheight = 64\n{sources}
        [[scene]]
        source = 'low'
        [[scene]]
        source = 'high'
        volume = 0.5
        [[scene]]
        source = 'muted'
        muted = true
        "
    );
    let samples = sound(&recorded(directory.path(), "tones.mkv", &show, 75.0));
    let spectrum = spectrum(&samples);
    let levels = [near(&spectrum, 440), near(&spectrum, 1_500), near(&spectrum, 3_000)];
    assert!((levels[0] - 0.4).abs() < 0.04, "{levels:?}");
    assert!((levels[1] - 0.2).abs() < 0.03, "{levels:?}");
    assert!(levels[2] < 0.002, "{levels:?}");
}

#[test]
fn a_file_that_loops_is_heard_without_end() {
    let directory = tempfile::tempdir().unwrap();
    let text = "[canvas]\nwidth = 64\nheight = 64\n[[sources]]\nname = 't'\nkind = 'tone'\nfrequency = 700\n[[scene]]\nsource = 't'\n";
    let short = recorded(directory.path(), "short.mkv", text, 30.0);
    let length = sound(&short).len();
    let show = format!(
        "[canvas]\nwidth = 64\nheight = 64\n[[sources]]\nname = 'file'\nkind = 'file'\npath = '{}'\n[[scene]]\nsource = 'file'\n",
        short.display()
    );
    let frames = length as f64 / RATE as f64 * 30.0 * 2.5;
    let looped = sound(&recorded(directory.path(), "looped.mkv", &show, frames));
    assert!(looped.len() > length * 2);
    let spectrum = spectrum(&looped);
    assert!(near(&spectrum, 700) > 0.1, "{}", near(&spectrum, 700));
}
