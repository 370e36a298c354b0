//! Whether the programme still has frames: a deck that hangs does not say so.

use std::time::{Duration, Instant};

use klieg_studio_model::Event;

use super::{Shared, State};
use crate::source::Watchdog;

/// How long no frame may come: longer than a new deck takes to take over.
const PATIENCE: Duration = Duration::from_secs(3);
/// The same before the first frame.
const AT_FIRST: Duration = Duration::from_secs(10);
/// Decks in a row that bring nothing; then it is not they who hang.
const TRIES: u32 = 2;

pub(super) struct Standstill {
    watchdog: Watchdog,
    composed: u64,
    tries: u32,
}

/// What is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedy {
    AnotherDeck,
    /// It counts as broken.
    AnotherStage,
}

impl Standstill {
    pub(super) fn new(now: Instant) -> Self {
        Self { watchdog: Watchdog::new(Some(AT_FIRST), PATIENCE, now), composed: 0, tries: 0 }
    }

    /// Lets another deck compose the scene on air if no frame comes any more.
    pub(super) fn look(&mut self, shared: &Shared, now: Instant) {
        let Some(remedy) = self.remedy(shared.switcher.composed(), now) else { return };
        let done = match remedy {
            Remedy::AnotherDeck => {
                let text = "The picture stood still, nothing was composed any more: the scene is begun anew.";
                shared.report.say(Event::Warning { text: text.to_owned() });
                let mut state = shared.state.lock();
                let State { collection, scenes, sources, .. } = &mut *state;
                scenes.renew(collection, sources, shared).map_err(|error| error.to_string())
            }
            Remedy::AnotherStage => Err("nothing is composed any more".to_owned()),
        };
        if let Err(reason) = done {
            tracing::error!(reason, "the show broke");
            *shared.failure.lock() = Some(reason);
        }
    }

    fn remedy(&mut self, composed: u64, now: Instant) -> Option<Remedy> {
        if composed != self.composed {
            (self.composed, self.tries) = (composed, 0);
        }
        self.watchdog.look(composed, now)?;
        // A new deck has as long as the old one had.
        self.watchdog = Watchdog::new(Some(PATIENCE), PATIENCE, now);
        self.tries += 1;
        Some(if self.tries > TRIES { Remedy::AnotherStage } else { Remedy::AnotherDeck })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    use klieg_studio_model::{Canvas, Collection};

    use super::*;
    use crate::stage::{Options, Stage};

    #[test]
    fn decks_are_tried_in_a_row_and_then_a_stage_and_a_frame_begins_the_row_anew() {
        let start = Instant::now();
        let mut standstill = Standstill::new(start);
        // Looked at ten times a second; frames come in the first, and one after the first new deck.
        let mut remedies = Vec::new();
        for step in 0..200 {
            let composed = match step {
                0..10 => step,
                10..60 => 10,
                _ => 11,
            };
            let now = start + Duration::from_millis(100) * step as u32;
            remedies.extend(standstill.remedy(composed, now).map(|remedy| (step, remedy)));
        }
        let kinds: Vec<_> = remedies.iter().map(|(_, remedy)| *remedy).take(4).collect();
        let (deck, stage) = (Remedy::AnotherDeck, Remedy::AnotherStage);
        assert_eq!(kinds, [deck, deck, deck, stage], "{remedies:?}");
        assert_eq!(remedies[0].0, 40, "{remedies:?}");
    }

    #[test]
    fn a_deck_that_stands_still_is_replaced_and_that_is_said() {
        let (told, events) = channel();
        let options = Options { events: Arc::new(move |event| drop(told.send(event))), ..Options::default() };
        let canvas = Canvas { width: 64, height: 36, fps: 10 };
        let collection = Collection { canvas, ..Collection::default() };
        let stage = Stage::open(&collection, collection.first_scene(), options).unwrap();
        let until = |wanted: &dyn Fn(&Event) -> bool| {
            let deadline = Instant::now() + Duration::from_secs(40);
            while !wanted(&events.recv_timeout(deadline.saturating_duration_since(Instant::now())).unwrap()) {}
        };
        let moves = |event: &Event| matches!(event, Event::Program { fps, .. } if *fps > 0.0);
        until(&moves);
        stage.shared.state.lock().scenes.halt();
        until(&|event| matches!(event, Event::Program { fps, .. } if *fps < 0.1));
        until(&|event| matches!(event, Event::Warning { text } if text.contains("stood still")));
        until(&moves);
        assert_eq!(stage.failure(), None);
    }
}
