//! The `music` source: slow chords with a few plucked notes above them, made sample by sample.

use std::f32::consts::TAU;

use gstreamer as gst;
use gstreamer_app as gst_app;

const RATE: usize = 48_000;
/// Samples a channel in one buffer: 10 ms.
const BLOCK: usize = RATE / 100;
/// Samples of one chord.
const BAR: usize = RATE * 6;
/// Between two plucked notes, if one falls.
const STEP: usize = RATE * 3 / 4;
const ECHO: usize = RATE * 9 / 16;

/// In semitones from A4: F maj9, A min7, C maj9, G 6.
const CHORDS: [[i8; 5]; 4] =
    [[-28, -16, -12, -9, -2], [-24, -12, -9, -5, -2], [-33, -21, -14, -10, -7], [-26, -14, -10, -7, -5]];
/// A minor pentatonic, which fits each of the chords.
const SCALE: [i8; 6] = [0, 3, 5, 7, 10, 12];

/// Feeds the music into `appsrc` as fast as it is heard. `caps` are float, interleaved stereo at 48 kHz.
pub(super) fn play(appsrc: &gst_app::AppSrc, caps: &gst::Caps, amplitude: f64) {
    appsrc.set_format(gst::Format::Time);
    appsrc.set_is_live(true);
    appsrc.set_caps(Some(caps));
    appsrc.set_max_buffers(2);
    let mut player = Player::new(amplitude as f32);
    let mut first = None;
    let mut block = 0u64;
    appsrc.set_callbacks(
        gst_app::AppSrcCallbacks::builder()
            .need_data(move |appsrc, _| {
                use gst::prelude::*;
                let (Some(clock), Some(base)) = (appsrc.clock(), appsrc.base_time()) else { return };
                let first = *first.get_or_insert_with(|| clock.time().saturating_sub(base));
                let pts = first + gst::ClockTime::from_mseconds(10) * block;
                block += 1;
                let bytes: Vec<u8> = player.block().iter().flat_map(|sample| sample.to_ne_bytes()).collect();
                let mut buffer = gst::Buffer::from_mut_slice(bytes);
                if let Some(buffer) = buffer.get_mut() {
                    buffer.set_pts(pts);
                    buffer.set_duration(gst::ClockTime::from_mseconds(10));
                }
                if let Some(wait) = (base + pts).checked_sub(clock.time()) {
                    std::thread::sleep(wait.into());
                }
                // Refused only while the pipeline stops.
                let _ = appsrc.push_buffer(buffer);
            })
            .build(),
    );
}

struct Pluck {
    frequency: f32,
    phase: f32,
    level: f32,
    /// 0 left to 1 right.
    place: f32,
}

struct Player {
    amplitude: f32,
    sample: usize,
    /// Phase of each voice of this chord and the one that fades away, left and right a little apart in pitch.
    phases: [[[f32; 2]; 5]; 2],
    plucks: Vec<Pluck>,
    echo: Vec<[f32; 2]>,
    dice: u32,
    smooth: [f32; 2],
}

fn hertz(semitones: i8) -> f32 {
    440.0 * (f32::from(semitones) / 12.0).exp2()
}

impl Player {
    fn new(amplitude: f32) -> Self {
        Self {
            amplitude,
            sample: 0,
            phases: Default::default(),
            plucks: Vec::new(),
            echo: vec![[0.0; 2]; ECHO],
            dice: 0x2545_f491,
            smooth: [0.0; 2],
        }
    }

    fn throw(&mut self) -> u32 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 17;
        self.dice ^= self.dice << 5;
        self.dice >> 8
    }

    /// The next 10 ms, left and right in turn.
    fn block(&mut self) -> [f32; BLOCK * 2] {
        let mut out = [0.0; BLOCK * 2];
        for pair in out.chunks_exact_mut(2) {
            pair.copy_from_slice(&self.next());
        }
        out
    }

    fn next(&mut self) -> [f32; 2] {
        let (bar, within) = (self.sample / BAR, self.sample % BAR);
        if within == 0 {
            self.phases.swap(0, 1);
            self.phases[0] = self.phases[1];
        }
        if self.sample.is_multiple_of(STEP) && self.throw() % 5 < 2 {
            let note = SCALE[self.throw() as usize % SCALE.len()];
            let place = (self.throw() % 100) as f32 / 100.0;
            self.plucks.push(Pluck { frequency: hertz(note), phase: 0.0, level: 0.16, place });
        }
        self.sample += 1;

        let fade = (within as f32 / (RATE as f32 * 2.5)).min(1.0);
        let fade = fade * fade * (3.0 - 2.0 * fade);
        let mut dry = [0.0; 2];
        for (voices, chord, level) in [(0, bar, fade), (1, bar + CHORDS.len() - 1, 1.0 - fade)] {
            if level > 0.0 && !(voices == 1 && bar == 0) {
                pad(&mut self.phases[voices], CHORDS[chord % CHORDS.len()], level, &mut dry);
            }
        }
        // Takes the edge off the pads and lets the plucked notes stand out.
        for (smooth, dry) in self.smooth.iter_mut().zip(dry.iter_mut()) {
            *smooth += 0.12 * (*dry - *smooth);
            *dry = *smooth;
        }
        for pluck in &mut self.plucks {
            pluck.phase = (pluck.phase + pluck.frequency / RATE as f32).fract();
            pluck.level *= 0.999_93;
            let sound = pluck.level * ((pluck.phase * TAU).sin() + 0.25 * (pluck.phase * 2.0 * TAU).sin());
            dry[0] += sound * (1.0 - pluck.place);
            dry[1] += sound * pluck.place;
        }
        self.plucks.retain(|pluck| pluck.level > 0.000_1);

        let echo = &mut self.echo[self.sample % ECHO];
        let wet = *echo;
        *echo = [dry[1] * 0.30 + wet[1] * 0.42, dry[0] * 0.30 + wet[0] * 0.42];
        [dry[0] + wet[0], dry[1] + wet[1]].map(|sample| (sample * 1.1).tanh() * self.amplitude)
    }
}

fn pad(phases: &mut [[f32; 2]; 5], chord: [i8; 5], level: f32, out: &mut [f32; 2]) {
    for (voice, note) in phases.iter_mut().zip(chord) {
        for (side, phase) in voice.iter_mut().enumerate() {
            let detuned = hertz(note) * if side == 0 { 0.9985 } else { 1.0015 };
            *phase = (*phase + detuned / RATE as f32).fract();
            let triangle = 4.0 * (*phase - 0.5).abs() - 1.0;
            out[side] += level * 0.13 * triangle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_heard_without_clipping_or_clicks() {
        let mut player = Player::new(0.5);
        let (mut loudest, mut energy, mut step, mut last) = (0.0f32, 0.0f64, 0.0f32, 0.0f32);
        for _ in 0..2_000 {
            for pair in player.block().chunks_exact(2) {
                loudest = loudest.max(pair[0].abs()).max(pair[1].abs());
                energy += f64::from(pair[0] * pair[0]);
                step = step.max((pair[0] - last).abs());
                last = pair[0];
            }
        }
        assert!(loudest <= 0.5, "{loudest}");
        assert!((energy / (2_000.0 * BLOCK as f64)).sqrt() > 0.02);
        assert!(step < 0.1, "a click of {step}");
    }
}
