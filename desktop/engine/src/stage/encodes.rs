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
    first_that_starts(shared, settings, layer, || true, start).map(Arc::new)
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

fn take_over(shared: &Shared, encode: &Arc<VideoEncoder>, broken: Broken) {
    let Broken { kind, reason, began, chain } = broken;
    tracing::error!(encoder = kind.element, layer = encode.layer, reason, "an encoder broke on air");
    chain.end();
    shared.prober.broke(kind, &reason);
    // Else it ends with this thread, and nobody can begin to take from it.
    let is_taken = || Arc::strong_count(encode) > 1;
    let go_on = |chosen: Chosen| {
        if shared.prober.broken(chosen.0).is_some() && !rest(shared, began, is_taken) {
            return Err(EngineError::Unwanted);
        }
        encode.go_on(chosen, (&shared.switcher.tap, &shared.time))
    };
    match first_that_starts(shared, &encode.settings(), encode.layer, is_taken, go_on) {
        Ok(()) | Err(EngineError::Unwanted) => {}
        Err(error) => outputs::begin_anew(shared, encode, &format!("{} broke ({reason}), and {error}", kind.what)),
    }
}

/// Waits until an encoder that began then may be started again. False if the stage ends before, or it is not wanted any more.
fn rest(shared: &Shared, began: Instant, is_wanted: impl Fn() -> bool) -> bool {
    let goes_on = || is_wanted() && !shared.stopping.load(Ordering::Relaxed);
    while began.elapsed() < REST && goes_on() {
        std::thread::sleep(GLANCE);
    }
    goes_on()
}

/// What the first encoder that starts makes of it, for as long as it is wanted and the stage does not end. That it is another than
/// it should be is said.
fn first_that_starts<T>(
    shared: &Shared,
    settings: &VideoSettings,
    layer: usize,
    is_wanted: impl Fn() -> bool,
    start: impl Fn(Chosen) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    loop {
        if shared.stopping.load(Ordering::Relaxed) || !is_wanted() {
            return Err(EngineError::Unwanted);
        }
        let Choice { kind, report, fallback } = shared.prober.choose(settings, layer_canvas(shared.canvas, layer))?;
        match start((kind, report.clone())) {
            Ok(started) => {
                if let Some(text) = fallback {
                    shared.report.say(Event::Warning { text });
                }
                shared.report.say(Event::Encoder(report));
                return Ok(started);
            }
            Err(EngineError::Unwanted) => return Err(EngineError::Unwanted),
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
