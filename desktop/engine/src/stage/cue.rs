//! The sound of a change of scenes. It waits until the new scene is seen, and is led over with the picture from that frame on: a scene
//! takes a moment to be ready, and a stinger's comes when its video has covered the one before.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::sound::Mixer;
use crate::switcher::Seen;

/// The linear gain of each source in a scene.
pub(super) type Gains = HashMap<String, f64>;

/// The sound of a scene that is about to be seen, until it is. The default has none that waits.
#[derive(Default)]
pub(super) struct Cue(Arc<Mutex<Option<Next>>>);

struct Next {
    gains: Gains,
    over: Duration,
}

impl Cue {
    pub(super) fn new(gains: Gains, over: Duration) -> Self {
        Self(Arc::new(Mutex::new(Some(Next { gains, over }))))
    }

    /// Whether the scene has not been seen yet.
    pub(super) fn is_waiting(&self) -> bool {
        self.0.lock().is_some()
    }

    /// What the switcher is to do when the scene is seen.
    pub(super) fn give(&self, mixer: &Mixer) -> Seen {
        let (waiting, scene) = (self.0.clone(), mixer.scene());
        Box::new(move |at| {
            let mut waiting = waiting.lock();
            if let Some(Next { gains, over }) = waiting.take() {
                scene.change(gains, at, over);
            }
        })
    }

    /// Sets how loud sources are in the scene, and meanwhile in the one that is still heard, as far as that is known.
    pub(super) fn set(&self, gains: Gains, heard: Option<Gains>, mixer: &Mixer) {
        // Locked all the time, so that the scene is not seen between the two.
        let mut waiting = self.0.lock();
        let now = match &mut *waiting {
            Some(next) => {
                next.gains = gains;
                heard
            }
            None => Some(gains),
        };
        if let Some(now) = now {
            mixer.scene().set(now);
        }
    }
}
