//! For screen readers: what is said, no faster than one can listen.

use std::sync::Arc;

use dioxus::prelude::*;
use gloo_timers::future::TimeoutFuture;
use klieg_api::room::Message;
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
            let next = {
                let ignored = link.ignored();
                let room = link.room.read();
                let shown = room.lines().iter().filter(|message| !ignored.contains(&message.author.handle));
                news(shown, said.peek().as_ref())
            };
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

/// What there is to say after `last`, of what is shown here.
fn news<'a>(mut shown: impl DoubleEndedIterator<Item = &'a Arc<Message>>, last: Option<&Said>) -> Option<Said> {
    let message = shown.next_back()?;
    let is_new = match last {
        None => true,
        Some(last) if message.id == last.id => false,
        // One that was written before stood above it, unless that is still shown: then it was shown later. What stood above is not said
        // again when that is deleted, or its author is ignored.
        Some(last) => message.at >= last.at || shown.any(|message| message.id == last.id),
    };
    let text = format!("{}: {}", message.author.shown(), message.text);
    is_new.then(|| Said { id: message.id.clone(), at: message.at, text })
}

#[cfg(test)]
mod tests {
    use klieg_api::room::Author;

    use super::*;

    fn message(id: &str, seconds: i64) -> Arc<Message> {
        Arc::new(Message {
            id: id.into(),
            author: Author { handle: "bob".parse().unwrap(), name: None, badges: Vec::new() },
            text: format!("text of {id}"),
            at: OffsetDateTime::from_unix_timestamp(seconds).unwrap(),
            on: None,
            reply: None,
            mentions: Vec::new(),
            reactions: Vec::new(),
            announcement: false,
            reward: None,
            preview: None,
        })
    }

    #[test]
    fn the_newest_is_said_once_and_what_stood_above_it_is_not_said_when_that_goes() {
        let (first, second, approved) = (message("first", 2), message("second", 3), message("approved", 1));
        let said = news([&first, &second].into_iter(), None).unwrap();
        assert_eq!(said.text, "bob: text of second");
        let after = |shown: &[&Arc<Message>]| news(shown.iter().copied(), Some(&said)).map(|said| said.id);
        assert_eq!(after(&[&first, &second]), None);
        assert_eq!(after(&[&first]), None, "it was deleted, or its author is ignored");
        assert_eq!(after(&[&first, &second, &approved]).as_deref(), Some("approved"), "written before, shown later");
        assert_eq!(after(&[&first, &message("third", 3)]).as_deref(), Some("third"));
        assert_eq!(after(&[]), None);
    }
}
