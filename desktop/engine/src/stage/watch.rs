//! The thread that watches a stage: new decks take over, old ones end, one that hangs and an encoder that broke are replaced, sources
//! come in their new sizes and learn whether they are on air, and once a second it tells how the show is.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use klieg_studio_model::Event;

use super::standstill::Standstill;
use super::{Shared, State, encodes};
use crate::deck::Deck;
use crate::encode::{Broken, VideoEncoder};

/// Between two looks: while a deck is about to take over, and else.
const SOON: Duration = Duration::from_millis(10);
const LATER: Duration = Duration::from_millis(50);
const REPORT: Duration = Duration::from_secs(1);

pub(super) fn watch(shared: &Arc<Shared>) {
    let mut health = Health { last: Instant::now(), composed: 0, skipped: 0, skipped_sound: 0 };
    let mut standstill = Standstill::new(Instant::now());
    while !shared.stopping.load(Ordering::Relaxed) {
        let now = Instant::now();
        let Seen { hurry, done, broken } = look(shared, now);
        // Outside the lock: the end of a pipeline waits for its threads.
        drop(done);
        for (encode, broken) in broken {
            encodes::replace(shared, encode, broken);
        }
        standstill.look(shared, Instant::now());
        if now.duration_since(health.last) >= REPORT {
            health.tell(shared, now);
        }
        std::thread::park_timeout(if hurry { SOON } else { LATER });
    }
    health.tell(shared, Instant::now());
}

struct Seen {
    /// Whether a deck waits to take over.
    hurry: bool,
    /// The decks that are done.
    done: Vec<Deck>,
    /// The encoders that broke.
    broken: Vec<(Arc<VideoEncoder>, Broken)>,
}

fn look(shared: &Shared, now: Instant) -> Seen {
    let mut state = shared.state.lock();
    let State { collection, outputs, scenes, sources, .. } = &mut *state;
    sources.resize(now);
    let hurry = scenes.take_over(now, shared);
    sources.air(|source| scenes.is_on_air(collection, source), shared);
    Seen { hurry, done: scenes.take_done(), broken: outputs.broken() }
}

struct Health {
    last: Instant,
    composed: u64,
    skipped: u64,
    skipped_sound: u64,
}

impl Health {
    fn tell(&mut self, shared: &Shared, now: Instant) {
        let seconds = now.duration_since(self.last).as_secs_f64().max(0.001);
        self.last = now;
        let composed = shared.switcher.composed();
        let (skipped, skipped_sound, health, broken) = {
            let mut state = shared.state.lock();
            state.headphones.check(shared);
            let broken = state.scenes.failure().or_else(|| state.outputs.failure());
            let outputs = &mut state.outputs;
            (outputs.skipped(), outputs.skipped_sound(), outputs.health(seconds), broken)
        };
        if skipped > self.skipped {
            tracing::warn!(
                frames = skipped - self.skipped,
                "the encoder is too slow; choose a faster preset or a smaller canvas"
            );
        }
        self.skipped = skipped;
        if skipped_sound > self.skipped_sound {
            let blocks = skipped_sound - self.skipped_sound;
            tracing::warn!(blocks, "the sound has gaps: this computer is too slow to encode it");
        }
        self.skipped_sound = skipped_sound;
        let fps = (composed - self.composed) as f64 / seconds;
        self.composed = composed;
        let seen = shared.glance.look();
        shared.report.say(Event::Program {
            fps,
            skipped,
            skipped_sound,
            missed: shared.switcher.missed(),
            black: seen.is_some_and(|seen| seen.black),
            still: seen.map_or(0.0, |seen| seen.still.as_secs_f64()),
        });
        for event in health {
            shared.report.say(event);
        }
        if let Some(reason) = broken {
            tracing::error!(reason, "the show broke");
            *shared.failure.lock() = Some(reason);
        }
    }
}
