//! What a strip's sound passes through, one file for each filter.
//!
//! A filter takes one block after the other and has a state: how far a gate is open, what a voice sounded like. The state
//! is kept when only numbers change; other filters, or the same in another order, are a new chain.

mod compressor;
mod gain;
mod gate;
mod limiter;
mod noise;

use klieg_studio_model::SoundFilter;

use compressor::Compressor;
use gain::Gain;
use gate::Gate;
pub(super) use limiter::Limiter;
use noise::NoiseSuppression;

#[derive(Debug)]
enum Filter {
    Gain(Gain),
    Gate(Gate),
    Compressor(Compressor),
    Limiter(Limiter),
    NoiseSuppression(NoiseSuppression),
}

/// All filters of a strip, in the order in which the sound passes them.
#[derive(Debug)]
pub(super) struct Chain(Vec<Filter>);

impl Chain {
    pub(super) fn new(settings: &[SoundFilter]) -> Self {
        Self(settings.iter().map(Filter::new).collect())
    }

    /// Takes the numbers over. Says no, and changes nothing, if these are other filters.
    #[must_use]
    pub(super) fn set(&mut self, settings: &[SoundFilter]) -> bool {
        let same =
            self.0.len() == settings.len() && self.0.iter().zip(settings).all(|(filter, settings)| filter.is(settings));
        if same {
            for (filter, settings) in self.0.iter_mut().zip(settings) {
                filter.set(settings);
            }
        }
        same
    }

    pub(super) fn process(&mut self, block: &mut [f32]) {
        for filter in &mut self.0 {
            match filter {
                Filter::Gain(filter) => filter.process(block),
                Filter::Gate(filter) => filter.process(block),
                Filter::Compressor(filter) => filter.process(block),
                Filter::Limiter(filter) => filter.process(block),
                Filter::NoiseSuppression(filter) => filter.process(block),
            }
        }
    }
}

impl Filter {
    fn new(settings: &SoundFilter) -> Self {
        match *settings {
            SoundFilter::Gain { gain } => Self::Gain(Gain::new(gain)),
            SoundFilter::Gate { open, close, attack, hold, release } => {
                Self::Gate(Gate::new(open, close, attack, hold, release))
            }
            SoundFilter::Compressor { threshold, ratio, attack, release, makeup } => {
                Self::Compressor(Compressor::new(threshold, ratio, attack, release, makeup))
            }
            SoundFilter::Limiter { ceiling, release } => Self::Limiter(Limiter::new(ceiling, release)),
            SoundFilter::NoiseSuppression => Self::NoiseSuppression(NoiseSuppression::new()),
        }
    }

    fn is(&self, settings: &SoundFilter) -> bool {
        matches!(
            (self, settings),
            (Self::Gain(_), SoundFilter::Gain { .. })
                | (Self::Gate(_), SoundFilter::Gate { .. })
                | (Self::Compressor(_), SoundFilter::Compressor { .. })
                | (Self::Limiter(_), SoundFilter::Limiter { .. })
                | (Self::NoiseSuppression(_), SoundFilter::NoiseSuppression)
        )
    }

    /// Only what [`is`](Self::is) of the same kind is taken over.
    fn set(&mut self, settings: &SoundFilter) {
        match (self, settings) {
            (Self::Gain(filter), &SoundFilter::Gain { gain }) => filter.set(gain),
            (Self::Gate(filter), &SoundFilter::Gate { open, close, attack, hold, release }) => {
                filter.set(open, close, attack, hold, release);
            }
            (Self::Compressor(filter), &SoundFilter::Compressor { threshold, ratio, attack, release, makeup }) => {
                filter.set(threshold, ratio, attack, release, makeup);
            }
            (Self::Limiter(filter), &SoundFilter::Limiter { ceiling, release }) => filter.set(ceiling, release),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::signal::{peak, steady};

    fn gate(open: f64) -> SoundFilter {
        SoundFilter::Gate { open, close: -60.0, attack: 0.0, hold: 0.0, release: 0.0 }
    }

    #[test]
    fn filters_are_passed_in_their_order() {
        let up = SoundFilter::Gain { gain: 20.0 };
        let ceiling = SoundFilter::Limiter { ceiling: -20.0, release: 60.0 };
        for (filters, expected) in [([up.clone(), ceiling.clone()], 0.1), ([ceiling, up], 1.0)] {
            let mut block = steady(0.5, 480);
            Chain::new(&filters).process(&mut block);
            assert!((peak(&block) - expected).abs() < 0.001, "{}", peak(&block));
        }
    }

    #[test]
    fn new_numbers_leave_the_state_as_it_is() {
        let mut chain = Chain::new(&[gate(-20.0)]);
        chain.process(&mut steady(0.5, 480));
        // It would not open for this, but it is open, and -30 dB keep it so.
        assert!(chain.set(&[gate(-10.0)]));
        let mut block = steady(0.03, 480);
        chain.process(&mut block);
        assert!((peak(&block) - 0.03).abs() < f32::EPSILON);
    }

    #[test]
    fn other_filters_are_another_chain() {
        let mut chain = Chain::new(&[gate(-20.0), SoundFilter::gain()]);
        assert!(!chain.set(&[gate(-20.0)]));
        assert!(!chain.set(&[SoundFilter::gain(), gate(-20.0)]));
        assert!(chain.set(&[gate(-30.0), SoundFilter::Gain { gain: 3.0 }]));
    }
}
