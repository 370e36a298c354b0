//! Short confirmations that go by themselves.

use dioxus::prelude::*;

use crate::Icon;
use crate::icon::lucide;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    id: u32,
    pub text: String,
}

/// At most this many are shown; the oldest makes room.
const MOST: usize = 3;

/// Where any component puts a toast.
#[derive(Clone, Copy, PartialEq)]
pub struct Toasts(Signal<Vec<Toast>>);

/// Makes the list, once, above everything that uses it.
pub fn use_toasts_provider() -> Toasts {
    use_context_provider(|| Toasts(Signal::new(Vec::new())))
}

pub fn use_toasts() -> Toasts {
    use_context()
}

impl Toasts {
    /// Shows `text`; answers the toast's number for [`Toasts::hide`].
    pub fn show(mut self, text: impl Into<String>) -> u32 {
        let mut list = self.0.write();
        let id = list.last().map_or(0, |last| last.id.wrapping_add(1));
        if list.len() >= MOST {
            list.remove(0);
        }
        list.push(Toast { id, text: text.into() });
        id
    }

    pub fn hide(mut self, id: u32) {
        self.0.write().retain(|toast| toast.id != id);
    }

    /// The place where they appear.
    pub fn view(self) -> Element {
        let list = self.0;
        rsx! {
            div { class: "toasts", role: "status", "aria-live": "polite",
                for toast in list() {
                    div { class: "toast", key: "{toast.id}",
                        Icon { shape: lucide::CIRCLE_CHECK }
                        "{toast.text}"
                    }
                }
            }
        }
    }
}
