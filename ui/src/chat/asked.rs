//! A form that asks for something: what is written stays until that is done.

use dioxus::prelude::*;

use super::ChatLink;

#[derive(Clone, Copy)]
pub(super) struct Asked {
    link: ChatLink,
    request: Signal<Option<u64>>,
}

impl Asked {
    /// It was asked for now; without a connection it was not.
    pub(super) fn set(self, request: Option<u64>) {
        let mut known = self.request;
        known.set(request);
    }

    /// There is no answer yet.
    pub(super) fn is_waiting(self) -> bool {
        let request = (self.request)();
        request.is_some() && self.link.outcome(request).is_none()
    }
}

/// `ondone` is called each time that something asked for was done. What was refused the composer tells of.
pub(super) fn use_asked(link: ChatLink, mut ondone: impl FnMut() + 'static) -> Asked {
    let mut request = use_signal(|| None);
    use_effect(move || {
        (link.version)();
        let outcome = link.outcome(request());
        // Also what was refused can be asked for again, and long after nobody would know what came of it.
        if outcome.is_some() {
            request.set(None);
        }
        if outcome == Some(true) {
            ondone();
        }
    });
    Asked { link, request }
}
