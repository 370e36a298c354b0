//! Keyframes that somebody asks for: an output that has just connected, a viewer who lost a frame.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// However many viewers ask, a keyframe is made at most this often.
const PAUSE: Duration = Duration::from_millis(300);

/// Asks an encoder for a keyframe.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keyframes(Arc<Mutex<Wish>>);

#[derive(Debug, Default)]
struct Wish {
    wanted: bool,
    granted: Option<Instant>,
}

impl Keyframes {
    /// The next frame will be a keyframe, or one soon after if there has just been one.
    pub(crate) fn request(&self) {
        self.0.lock().wanted = true;
    }

    pub(super) fn due(&self, now: Instant) -> bool {
        let mut wish = self.0.lock();
        let rested = wish.granted.is_none_or(|last| now.duration_since(last) >= PAUSE);
        if !(wish.wanted && rested) {
            return false;
        }
        *wish = Wish { wanted: false, granted: Some(now) };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_requests_make_one_keyframe_and_a_late_one_is_kept() {
        let keyframes = Keyframes::default();
        let start = Instant::now();
        assert!(!keyframes.due(start));
        keyframes.request();
        keyframes.request();
        assert!(keyframes.due(start));
        assert!(!keyframes.due(start));
        keyframes.request();
        assert!(!keyframes.due(start + PAUSE / 2));
        assert!(keyframes.due(start + PAUSE));
    }
}
