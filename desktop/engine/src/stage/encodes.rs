//! Which encoder an encode has: the first that starts, and when that one breaks on air, the next. Meanwhile the programme and
//! whatever takes from other encodes go on, and what takes from this one waits for a keyframe of the next.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use klieg_studio_model::{Event, VideoSettings};

use super::{Shared, outputs};
use crate::EngineError;
use crate::encode::{Broken, Choice, Chosen, VideoEncoder, layer_canvas};

/// An encoder that is known to break is started again only if nothing else is left, and not more often than this.
const REST: Duration = Duration::from_secs(10);
/// Between two looks at whether the stage ends.
const GLANCE: Duration = Duration::from_millis(50);

/// A new encode of one layer of the picture.
pub(super) fn begin(shared: &Shared, settings: &VideoSettings, layer: usize) -> Result<Arc<VideoEncoder>, EngineError> {
    let start = |chosen| {
        let programme = (&shared.switcher.tap, &shared.time);
        VideoEncoder::start(chosen, settings, shared.canvas, layer, programme)
    };
    first_that_starts(shared, settings, layer, start).map(Arc::new)
}

/// Lets the next encoder take over where one broke, in a thread of its own: choosing and starting may take seconds.
pub(super) fn replace(shared: &Arc<Shared>, encode: Arc<VideoEncoder>, broken: Broken) {
    let stage = shared.clone();
    let thread = std::thread::Builder::new().name("encoder".to_owned());
    match thread.spawn(move || take_over(&stage, &encode, broken)) {
        Ok(thread) => shared.state.lock().outputs.replaces(thread),
        Err(error) => *shared.failure.lock() = Some(format!("an encoder broke, and no thread replaces it: {error}")),
    }
}

fn take_over(shared: &Shared, encode: &VideoEncoder, broken: Broken) {
    let Broken { kind, reason, began, chain } = broken;
    tracing::error!(encoder = kind.element, layer = encode.layer, reason, "an encoder broke on air");
    chain.end();
    shared.prober.broke(kind, &reason);
    let go_on = |chosen: Chosen| {
        if shared.prober.broken(chosen.0).is_some() {
            rest(shared, began);
        }
        encode.go_on(chosen, (&shared.switcher.tap, &shared.time))
    };
    if let Err(error) = first_that_starts(shared, &encode.settings(), encode.layer, go_on)
        && !shared.stopping.load(Ordering::Relaxed)
    {
        outputs::begin_anew(shared, encode, &format!("{} broke ({reason}), and {error}", kind.what));
    }
}

/// Waits until an encoder that began then may be started again, or the stage ends.
fn rest(shared: &Shared, began: Instant) {
    while began.elapsed() < REST && !shared.stopping.load(Ordering::Relaxed) {
        std::thread::sleep(GLANCE);
    }
}

/// What the first encoder that starts makes of it. That it is another than it should be is said.
fn first_that_starts<T>(
    shared: &Shared,
    settings: &VideoSettings,
    layer: usize,
    start: impl Fn(Chosen) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    loop {
        let Choice { kind, report, fallback } = shared.prober.choose(settings, layer_canvas(shared.canvas, layer))?;
        match start((kind, report.clone())) {
            Ok(started) => {
                if let Some(text) = fallback {
                    shared.report.say(Event::Warning { text });
                }
                shared.report.say(Event::Encoder(report));
                return Ok(started);
            }
            Err(error) => {
                tracing::warn!(encoder = kind.element, %error, "an encoder that worked does not start");
                // One that was known to break is the last that was left.
                if !shared.prober.broke(kind, &error.to_string()) {
                    return Err(error);
                }
            }
        }
    }
}
