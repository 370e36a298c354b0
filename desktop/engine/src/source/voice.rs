//! What is told of a source.

use std::sync::Arc;
use std::time::{Duration, Instant};

use klieg_studio_model::{Event, Shape, Source, SourceState};
use parking_lot::Mutex;

use super::fitting::Fitting;
use crate::report::Reporter;

/// How long a picture must have come in another size before that is told. A window that somebody pulls at has another one with every
/// frame, and each changes the collection.
const STEADY: Duration = Duration::from_millis(250);

/// Tells of a source, under the name that it has at the moment.
#[derive(Clone)]
pub(super) struct Voice {
    report: Reporter,
    told: Arc<Mutex<Told>>,
}

struct Told {
    name: String,
    state: SourceState,
    /// Whether there is sound in a media file.
    sound: Option<bool>,
    /// How large its picture comes.
    shape: Option<Shape>,
    /// How large it has come since then, if that is not told yet.
    next: Option<(Shape, Instant)>,
}

impl Told {
    /// Takes how large its picture comes now. Whether that is to be told: the first size is at once, another one when it has stood.
    fn take_shape(&mut self, shape: Shape, now: Instant) -> bool {
        if self.shape == Some(shape) {
            self.next = None;
            return false;
        }
        let since = self.next.filter(|(next, _)| *next == shape).map_or(now, |(_, since)| since);
        let stands = self.shape.is_none() || now.saturating_duration_since(since) >= STEADY;
        self.next = (!stands).then_some((shape, since));
        if stands {
            self.shape = Some(shape);
        }
        stands
    }
}

impl Voice {
    pub(super) fn of(source: &Source, report: Reporter) -> Self {
        let told =
            Told { name: source.name().to_owned(), state: SourceState::Starting, sound: None, shape: None, next: None };
        Self { report, told: Arc::new(Mutex::new(told)) }
    }

    pub(super) fn name(&self) -> String {
        self.told.lock().name.clone()
    }

    pub(super) fn say(&self, state: SourceState) {
        let name = {
            let mut told = self.told.lock();
            told.state = state.clone();
            told.name.clone()
        };
        self.report.say(Event::Source { name, state });
    }

    /// Says whether there is sound in it, if that is news.
    pub(super) fn say_sound(&self, is_there: bool) {
        let name = {
            let mut told = self.told.lock();
            if told.sound.replace(is_there) == Some(is_there) {
                return;
            }
            told.name.clone()
        };
        self.report.say(Event::Sound { name, is_there });
    }

    /// Says how large its picture comes, if that is known and news.
    pub(super) fn say_shape(&self, fitting: Option<&Fitting>, now: Instant) {
        let Some(shape) = fitting.and_then(Fitting::shape) else { return };
        let name = {
            let mut told = self.told.lock();
            if !told.take_shape(shape, now) {
                return;
            }
            told.name.clone()
        };
        self.report.say(Event::Shape { name, shape });
    }

    /// Says all of it again under another name.
    pub(super) fn rename(&self, name: &str) {
        let (state, sound, shape) = {
            let mut told = self.told.lock();
            name.clone_into(&mut told.name);
            (told.state.clone(), told.sound, told.shape)
        };
        self.report.say(Event::Source { name: name.to_owned(), state });
        if let Some(is_there) = sound {
            self.report.say(Event::Sound { name: name.to_owned(), is_there });
        }
        if let Some(shape) = shape {
            self.report.say(Event::Shape { name: name.to_owned(), shape });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_that_is_pulled_at_tells_its_size_when_it_stands() {
        let start = Instant::now();
        let mut told =
            Told { name: "window".to_owned(), state: SourceState::Live, sound: None, shape: None, next: None };
        let mut at = |width: u32, after: u64| {
            told.take_shape(Shape { width, height: 100 }, start + Duration::from_millis(after))
        };
        assert!(at(100, 0), "the first is told at once");
        // Twenty sizes a second, and back to one that it has had.
        assert!(!(1..40).any(|step| at(100 + step, u64::from(step) * 50)));
        assert!(!at(120, 2_000) && !at(120, 2_200) && at(120, 2_250));
        assert!(!at(120, 3_000), "that is no news");
        // What it was only for a moment is never told.
        assert!(!at(300, 3_050) && !at(120, 3_100) && !at(300, 3_400) && !at(300, 3_600) && at(300, 3_650));
    }
}
