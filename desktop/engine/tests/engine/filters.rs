//! What the filters of a strip, and its delay, make of a sound on its way into a show.

use std::path::Path;

use klieg_studio_model::{Collection, Edit, MediaFile, SoundFilter, Source, Strip, Tone, Wave};

use crate::heard::UNSEEN;
use crate::sound::{near, spectrum};
use crate::support::decode::sound;
use crate::support::recorder::Recorded;
use crate::support::{recorded, wait_for};

const RATE: usize = 48_000;

/// A show of one source, which is heard.
fn show_of(source: Source) -> Recorded {
    let name = source.name().to_owned();
    let mut collection = Collection { canvas: UNSEEN, ..Collection::default() };
    collection.apply(Edit::AddSource { source, scene: collection.first_scene().to_owned() }).unwrap();
    let mut show = Recorded::start(collection);
    until_heard(&mut show, &name);
    show
}

/// Waits until a source sends sound, whatever its filters leave of it.
fn until_heard(show: &mut Recorded, source: &str) {
    wait_for("the source", || show.stage().meters().inputs.get(source).copied().filter(|peak| *peak > -40.0));
}

fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt()
}

#[test]
fn gain_gate_compressor_and_limiter_do_what_their_numbers_say() {
    let gate = "{ kind = 'gate', open = -26, close = -32, attack = 25, hold = 200, release = 150 }";
    let compressor = "{ kind = 'compressor', threshold = -18, ratio = 4, attack = 6, release = 60, makeup = 0 }";
    // A frequency in hertz, an amplitude, a filter, and the amplitude that it leaves.
    let tones = [
        (400, 0.1, "{ kind = 'gain', gain = 6 }", 0.2),
        (700, 0.02, gate, 0.0),
        (1_000, 0.1, gate, 0.1),
        // 7.5 dB above the threshold: a quarter of them is left.
        (1_500, 0.3, compressor, 0.157),
        (3_000, 0.4, "{ kind = 'limiter', ceiling = -20, release = 60 }", 0.1),
    ];
    let sources = tones.map(|(frequency, amplitude, filter, _)| {
        format!(
            "[[sources]]\nname = 't{frequency}'\nkind = 'tone'\nfrequency = {frequency}\namplitude = {amplitude}\n\
             [[scene]]\nsource = 't{frequency}'\n[strips.t{frequency}]\nfilters = [{filter}]\n"
        )
    });
    let show = format!("[canvas]\nwidth = 64\nheight = 64\nfps = 5\n{}", sources.concat());
    let directory = tempfile::tempdir().unwrap();
    let spectrum = spectrum(&sound(&recorded(directory.path(), "filters.mkv", &show, 20.0)));
    for (frequency, amplitude, filter, left) in tones {
        let level = near(&spectrum, frequency);
        let off = (level - left).abs();
        assert!(off < 0.004 + left * 0.12, "{frequency} Hz of {amplitude} behind {filter}: {level} and not {left}");
    }
}

/// Ten seconds of noise as of a fan, the higher the weaker, as a WAV file.
fn fan(path: &Path) {
    let (mut dice, mut sides) = (0x9e37_79b9_u32, [0.0_f32; 2]);
    let mut samples: Vec<u8> = Vec::new();
    for _ in 0..RATE * 10 {
        for side in &mut sides {
            dice ^= dice << 13;
            dice ^= dice >> 17;
            dice ^= dice << 5;
            let noise = (dice as f32 / u32::MAX as f32 * 2.0 - 1.0) * 0.2;
            *side += (noise - *side) * 0.1;
            samples.extend(((*side * 32_767.0) as i16).to_le_bytes());
        }
    }
    let (rate, length) = (RATE as u32, samples.len() as u32);
    let mut file = b"RIFF".to_vec();
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // PCM, on two sides.
    file.extend([1_u8, 0, 2, 0]);
    file.extend(rate.to_le_bytes());
    file.extend((rate * 4).to_le_bytes());
    file.extend([4_u8, 0, 16, 0]);
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(samples);
    std::fs::write(path, file).unwrap();
}

#[test]
fn noise_suppression_takes_away_most_of_a_fan() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fan.wav");
    fan(&path);
    let mut show = show_of(Source::File(MediaFile { name: "fan".to_owned(), path, repeat: true, from_start: false }));
    show.frames(10.0);
    let strip = Strip { filters: vec![SoundFilter::NoiseSuppression], ..Strip::default() };
    show.edit(Edit::SetStrip { source: "fan".to_owned(), strip });
    show.frames(20.0);
    until_heard(&mut show, "fan");
    let ended = show.end();
    let heard = sound(&ended.path);
    let loudest = heard.chunks_exact(RATE / 2).map(rms).fold(0.0, f32::max);
    let left = rms(&heard[heard.len() - RATE - 4_800..heard.len() - 4_800]);
    assert!((0.015..0.05).contains(&loudest), "a fan is as loud as {loudest}");
    assert!(left < loudest / 2.0, "of {loudest} are left {left}");
}

/// When each tick begins, in seconds.
fn ticks(samples: &[f32]) -> Vec<f64> {
    let mut ticks: Vec<f64> = Vec::new();
    for (at, _) in samples.iter().enumerate().filter(|(_, sample)| sample.abs() > 0.1) {
        let at = at as f64 / RATE as f64;
        if ticks.last().is_none_or(|last| at > last + 0.2) {
            ticks.push(at);
        }
    }
    ticks
}

#[test]
fn a_delayed_sound_is_later_by_what_was_set() {
    let wave = Wave::Ticks;
    let mut show = show_of(Source::Tone(Tone { name: "ticks".to_owned(), frequency: 1_000.0, wave, amplitude: 0.4 }));
    show.frames(15.0);
    let strip = Strip { delay: 400, ..Strip::default() };
    show.edit(Edit::SetStrip { source: "ticks".to_owned(), strip });
    show.frames(20.0);
    let ended = show.end();
    let ticks = ticks(&sound(&ended.path));
    // One each second: the first may have been cut, and so may the one at the change.
    let shift = ticks.last().map(|last| (last - ticks[1]).rem_euclid(1.0));
    assert!(shift.is_some_and(|shift| (shift - 0.4).abs() < 0.05), "{ticks:?}");
}
