//! Faders and meters: the way from decibels to a place on a scale and back, and the peak that stays a while.

/// Decibels and where they stand on a fader, from 0 (bottom) to 1 (top). Half of its way is for the 20 dB that matter.
const SCALE: [(f64, f64); 7] =
    [(-60.0, 0.0), (-50.0, 0.07), (-40.0, 0.16), (-30.0, 0.28), (-20.0, 0.44), (-10.0, 0.64), (6.0, 1.0)];

/// The loudest that a fader makes, in decibels.
pub const LOUDEST: f64 = 6.0;

/// Milliseconds that a peak stays before it falls.
const HOLD: f64 = 1_400.0;
/// How fast it falls then, in decibels a second.
const FALL: f64 = 18.0;

/// Where a level stands on the scale, 0 to 1.
pub fn place_of(decibels: f64) -> f64 {
    between(decibels, SCALE.iter().copied())
}

/// The level at a place of the scale; nothing at its bottom.
pub fn decibels_at(place: f64) -> Option<f64> {
    (place > 0.0).then(|| between(place, SCALE.iter().map(|(decibels, place)| (*place, *decibels))))
}

/// Straight lines through points, which rise in both; flat before the first and behind the last.
fn between(x: f64, points: impl Iterator<Item = (f64, f64)>) -> f64 {
    let mut last: Option<(f64, f64)> = None;
    for (px, py) in points {
        if x <= px {
            return last.map_or(py, |(lx, ly)| ly + (py - ly) * (x - lx) / (px - lx));
        }
        last = Some((px, py));
    }
    last.map_or(0.0, |(_, y)| y)
}

/// A linear gain in decibels; none for silence.
pub fn decibels(volume: f64) -> Option<f64> {
    (volume > 0.0).then(|| 20.0 * volume.log10())
}

/// A level in decibels as a linear gain.
pub fn gain(decibels: f64) -> f64 {
    10f64.powf(decibels / 20.0)
}

/// The linear gain of a fader at a place from 0 to 1.
pub fn volume_at(place: f64) -> f64 {
    decibels_at(place).map_or(0.0, gain)
}

/// The place of a fader with a linear gain.
pub fn place_of_volume(volume: f64) -> f64 {
    decibels(volume).map_or(0.0, place_of)
}

/// Where a level stands on a meter, whose top is full scale.
pub fn place_on_meter(decibels: f64) -> f64 {
    (place_of(decibels) / place_of(0.0)).min(1.0)
}

/// The highest level of late.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeakHold {
    pub level: f64,
    since: f64,
    seen: f64,
}

impl Default for PeakHold {
    fn default() -> Self {
        Self { level: -100.0, since: 0.0, seen: 0.0 }
    }
}

impl PeakHold {
    /// Takes a level in decibels; `now` is in milliseconds and does not go backwards.
    pub fn meet(&mut self, level: f64, now: f64) {
        if level >= self.level {
            (self.level, self.since) = (level, now);
        } else if now - self.since > HOLD {
            let fallen = FALL * (now - self.seen.max(self.since + HOLD)).max(0.0) / 1_000.0;
            self.level = (self.level - fallen).max(level);
        }
        self.seen = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn a_fader_and_its_decibels_lead_back_to_one_another() {
        for step in 1..=100 {
            let place = f64::from(step) / 100.0;
            let there = decibels_at(place).unwrap();
            assert!((place_of(there) - place).abs() < 1e-9, "{place}");
            assert!((place_of_volume(volume_at(place)) - place).abs() < 1e-9, "{place}");
        }
        assert!(is_near(volume_at(0.0), 0.0));
        assert!(is_near(place_of_volume(0.0), 0.0));
        assert!((volume_at(1.0) - gain(LOUDEST)).abs() < 1e-9);
    }

    #[test]
    fn a_louder_sound_stands_higher_and_full_scale_at_the_top_of_a_meter() {
        let places: Vec<_> = (-80..=0).map(|level| place_on_meter(f64::from(level))).collect();
        assert!(places.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(is_near(place_on_meter(-100.0), 0.0));
        assert!(is_near(place_on_meter(0.0), 1.0));
        assert!(is_near(place_on_meter(3.0), 1.0));
    }

    #[test]
    fn a_peak_stays_a_while_and_then_falls_to_what_is_heard() {
        let mut peak = PeakHold::default();
        peak.meet(-6.0, 0.0);
        peak.meet(-40.0, 1_000.0);
        assert!(is_near(peak.level, -6.0));
        peak.meet(-40.0, 1_900.0);
        assert!((peak.level + 15.0).abs() < 1e-9, "half a second of falling: {}", peak.level);
        peak.meet(-40.0, 9_000.0);
        assert!(is_near(peak.level, -40.0));
        peak.meet(-3.0, 9_050.0);
        assert!(is_near(peak.level, -3.0));
    }
}
