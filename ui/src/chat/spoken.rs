//! For screen readers: what is said, no faster than one can listen.

use dioxus::prelude::*;
use gloo_timers::future::TimeoutFuture;
use time::OffsetDateTime;

use super::ChatLink;

/// Milliseconds from one message that is read aloud to the next, and between looks when nothing was said.
const LISTENING: u32 = 4_000;
const LOOKING: u32 = 500;

/// What was said last to who listens: of which message, and when that was written.
#[derive(Clone, PartialEq)]
struct Said {
    id: String,
    at: OffsetDateTime,
    text: String,
}

/// The newest message, no more often than one can listen to.
#[component]
pub(super) fn Spoken(link: ChatLink) -> Element {
    let mut said = use_signal(|| None::<Said>);
    use_future(move || async move {
        loop {
            let next = news(link, said.peek().as_ref());
            let wait = if next.is_some() { LISTENING } else { LOOKING };
            if let Some(next) = next {
                said.set(Some(next));
            }
            TimeoutFuture::new(wait).await;
        }
    });
    rsx! {
        div { class: "visually-hidden", role: "log", "aria-live": "polite", "aria-relevant": "additions",
            if let Some(Said { id, text, .. }) = said() {
                p { key: "{id}", "{text}" }
            }
        }
    }
}

/// What there is to say after `last`. What stood before it is not said again when that is deleted.
fn news(link: ChatLink, last: Option<&Said>) -> Option<Said> {
    let message = link.newest()?;
    let room = link.room.read();
    // One that was written before stood above it, unless that is still there: then it was shown later.
    let is_here = |id: &str| room.lines().find(id).is_some();
    let is_new = last.is_none_or(|last| message.id != last.id && (message.at >= last.at || is_here(&last.id)));
    let text = format!("{}: {}", message.author.shown(), message.text);
    is_new.then(|| Said { id: message.id.clone(), at: message.at, text })
}
