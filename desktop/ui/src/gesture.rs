//! One gesture of a control: all of its edits are undone as one.

use dioxus::prelude::*;

use crate::browser;
use crate::studio::new_gesture;

/// Milliseconds within which a press and the focus it brings are the same gesture.
const TOGETHER: f64 = 300.0;

/// The gesture of a control or a form.
#[derive(Clone, Copy, PartialEq)]
pub struct Gesture(Signal<(u32, f64)>);

pub fn use_gesture() -> Gesture {
    Gesture(use_signal(|| (new_gesture(), f64::MIN)))
}

impl Gesture {
    /// For a press on the control, and for the focus that comes to it.
    pub fn begin(mut self) {
        let now = browser::uptime();
        if now - self.0.peek().1 > TOGETHER {
            self.0.set((new_gesture(), now));
        }
    }

    pub fn number(self) -> u32 {
        self.0.peek().0
    }
}
