//! Which sources are silent although they run: a microphone whose own switch is off is found out before the show.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use klieg_studio_model::{Meters, SourceState, Studio};

/// Peaks below this are silence, in decibels: a microphone in a quiet room is louder.
const SILENCE: f32 = -70.0;
const PATIENCE: Duration = Duration::from_secs(5);

/// When each source was heard last, or was first measured.
#[derive(Default)]
pub(super) struct Ears(BTreeMap<String, Instant>);

impl Ears {
    pub(super) fn hear(&mut self, meters: &Meters, now: Instant) {
        self.0.retain(|source, _| meters.strips.contains_key(source));
        for (source, level) in &meters.strips {
            // A gate may keep back what the microphone sends; a gain may make it heard.
            let input = meters.inputs.get(source);
            let heard = level.peak.iter().chain(input).any(|peak| *peak > SILENCE);
            if heard || !self.0.contains_key(source) {
                self.0.insert(source.clone(), now);
            }
        }
    }

    /// The sources of a studio that run and have been silent for a while.
    pub(super) fn silent(&self, studio: &Studio, now: Instant) -> Vec<String> {
        let is_silent = |(source, heard): &(&String, &Instant)| {
            now.duration_since(**heard) >= PATIENCE && studio.sources.get(*source) == Some(&SourceState::Live)
        };
        self.0.iter().filter(is_silent).map(|(source, _)| source.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use klieg_studio_model::Level;

    use super::*;

    #[test]
    fn who_says_nothing_for_a_while_is_silent_until_it_is_heard() {
        let now = Instant::now();
        let sources = [("mic", SourceState::Live), ("off", SourceState::Starting)];
        let sources = sources.map(|(name, state)| (name.to_owned(), state)).into();
        let studio = Studio { sources, ..Studio::default() };
        let meters = |peak: f32| {
            let level = Level { peak: [-100.0, peak], rms: [-100.0; 2] };
            let strips = ["mic", "off"].map(|name| (name.to_owned(), level)).into();
            Meters { strips, ..Meters::default() }
        };
        let mut ears = Ears::default();
        ears.hear(&meters(-100.0), now);
        let later = now + PATIENCE;
        assert!(ears.silent(&studio, now + PATIENCE / 2).is_empty());
        assert_eq!(ears.silent(&studio, later), ["mic"]);
        ears.hear(&meters(-40.0), later);
        assert!(ears.silent(&studio, later).is_empty());
        let much_later = later + PATIENCE;
        ears.hear(&Meters { inputs: [("mic".to_owned(), -40.0)].into(), ..meters(-100.0) }, much_later);
        assert!(ears.silent(&studio, much_later).is_empty(), "it is gated, and works");
        ears.hear(&Meters::default(), much_later);
        assert!(ears.silent(&studio, much_later + PATIENCE).is_empty());
    }
}
