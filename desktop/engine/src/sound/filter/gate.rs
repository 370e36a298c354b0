//! Silence below a level, so that a room is not heard while nobody speaks.
//!
//! It opens as soon as the sound is louder than one level and closes when it is quieter than another, lower one, so that a
//! voice around either does not make it flutter. Closing begins after a hold, in which a pause between words passes.

use crate::sound::level::{amplitude, pace, remainder};
use crate::sound::{RATE, frames_mut};

/// How fast the level that is compared follows a sound that gets quieter, in milliseconds: slower than the lowest voice
/// swings.
const FOLLOWING: f64 = 20.0;

#[derive(Debug)]
pub(super) struct Gate {
    numbers: Numbers,
    following: f32,
    /// Linear, of the louder side.
    level: f32,
    open: bool,
    /// Frames for which it stays as it is although it is to close.
    held: u32,
    gain: f32,
}

#[derive(Debug)]
struct Numbers {
    open: f32,
    close: f32,
    /// Change of the gain for each frame.
    attack: f32,
    release: f32,
    /// In frames.
    hold: u32,
}

impl Numbers {
    fn new(open: f64, close: f64, attack: f64, hold: f64, release: f64) -> Self {
        Self {
            open: amplitude(open as f32),
            close: amplitude(close.min(open) as f32),
            attack: pace(attack),
            release: pace(release),
            hold: (hold * RATE as f64 / 1_000.0) as u32,
        }
    }
}

impl Gate {
    /// Closed. Levels in decibels, times in milliseconds.
    pub(super) fn new(open: f64, close: f64, attack: f64, hold: f64, release: f64) -> Self {
        Self {
            numbers: Numbers::new(open, close, attack, hold, release),
            following: remainder(FOLLOWING),
            level: 0.0,
            open: false,
            held: 0,
            gain: 0.0,
        }
    }

    pub(super) fn set(&mut self, open: f64, close: f64, attack: f64, hold: f64, release: f64) {
        self.numbers = Numbers::new(open, close, attack, hold, release);
    }

    pub(super) fn process(&mut self, block: &mut [f32]) {
        for frame in frames_mut(block) {
            let loudest = frame[0].abs().max(frame[1].abs());
            self.level = loudest.max(self.level * self.following);
            if self.level > self.numbers.open {
                self.open = true;
            } else if self.level < self.numbers.close {
                self.open = false;
            }
            if self.open {
                self.held = self.numbers.hold;
                self.gain = (self.gain + self.numbers.attack).min(1.0);
            } else if self.held > 0 {
                self.held -= 1;
            } else {
                self.gain = (self.gain - self.numbers.release).max(0.0);
            }
            for sample in frame {
                *sample *= self.gain;
            }
        }
        // Nothing to be heard, and slow to reckon with.
        if self.level < 1e-9 {
            self.level = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::signal::{peak, rms, steady, tone};

    fn gate() -> Gate {
        Gate::new(-26.0, -32.0, 25.0, 200.0, 150.0)
    }

    /// Sound of a level in decibels for some milliseconds.
    fn after(gate: &mut Gate, level: f32, milliseconds: usize) -> Vec<f32> {
        let mut sound = tone(200.0, amplitude(level), milliseconds * 48);
        gate.process(&mut sound);
        sound
    }

    #[test]
    fn what_is_quiet_from_the_start_is_not_heard() {
        assert!(peak(&after(&mut gate(), -27.0, 500)) == 0.0);
    }

    #[test]
    fn what_is_loud_is_heard_as_it_is_when_it_has_opened() {
        let mut gate = gate();
        after(&mut gate, -20.0, 50);
        let sound = after(&mut gate, -20.0, 100);
        assert!((rms(&sound) + 23.0).abs() < 0.1, "{}", rms(&sound));
    }

    #[test]
    fn between_its_levels_it_stays_as_it_is() {
        let mut gate = gate();
        after(&mut gate, -20.0, 100);
        after(&mut gate, -29.0, 2_000);
        assert!((rms(&after(&mut gate, -29.0, 100)) + 32.0).abs() < 0.1);
        after(&mut gate, -40.0, 2_000);
        assert!(peak(&after(&mut gate, -29.0, 2_000)) == 0.0);
    }

    #[test]
    fn it_closes_after_the_hold_and_not_at_once() {
        let mut gate = gate();
        after(&mut gate, -20.0, 100);
        // The level falls by 12 dB in some 30 ms; then it holds for 200.
        after(&mut gate, -40.0, 180);
        assert!((rms(&after(&mut gate, -40.0, 20)) + 43.0).abs() < 0.1);
        after(&mut gate, -40.0, 200);
        assert!(peak(&after(&mut gate, -40.0, 100)) == 0.0);
    }

    #[test]
    fn it_opens_and_closes_without_a_step() {
        let mut gate = gate();
        let mut sound = steady(0.5, 9_600);
        sound.extend(steady(0.02, 48_000));
        gate.process(&mut sound);
        let gains: Vec<f32> = sound.iter().enumerate().map(|(n, s)| s / if n < 19_200 { 0.5 } else { 0.02 }).collect();
        assert!(crate::sound::signal::largest_step(&gains) < 1.1 / (25.0 * 48.0));
        assert!(peak(&gains[gains.len() - 960..]) == 0.0);
    }
}
