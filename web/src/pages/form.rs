//! What every form has: it is sent once at a time, and says what was wrong.

use dioxus::prelude::*;
use klieg_core::CallError;
use klieg_ui::{Alert, Tone};

use super::trouble::words;

/// A form's state.
#[derive(Clone, Copy)]
pub struct Form {
    busy: Signal<bool>,
    error: Signal<Option<CallError>>,
}

pub fn use_form() -> Form {
    Form { busy: use_signal(|| false), error: use_signal(|| None) }
}

impl Form {
    /// Does `work`, unless it is under way; `done` takes its result.
    pub fn send<T: 'static>(
        mut self,
        work: impl Future<Output = Result<T, CallError>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        if *self.busy.peek() {
            return;
        }
        self.busy.set(true);
        spawn(async move {
            match work.await {
                Ok(result) => {
                    self.error.set(None);
                    done(result);
                }
                Err(refused) => self.error.set(Some(refused)),
            }
            self.busy.set(false);
        });
    }

    /// What the server said is wrong with a field.
    pub fn wrong(&self, field: &str) -> Option<String> {
        self.error.read().as_ref().and_then(|error| error.field(field)).map(str::to_owned)
    }

    /// What was wrong, unless a field says it.
    pub fn alert(&self) -> Element {
        let in_fields = |error: &CallError| matches!(error, CallError::Problem(problem) if !problem.errors.is_empty());
        rsx! {
            if let Some(error) = self.error.read().as_ref().filter(|error| !in_fields(error)) {
                Alert { tone: Tone::Bad, {words(error)} }
            }
        }
    }

    /// The button that sends it, and what it says meanwhile.
    pub fn button(&self, class: &str, label: String, meanwhile: String) -> Element {
        let text = if (self.busy)() { meanwhile } else { label };
        rsx! {
            button { class: "button {class}", r#type: "submit", "aria-disabled": "{self.busy}", "{text}" }
        }
    }
}
