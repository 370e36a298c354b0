//! A list of channels on a page: its first page, looked at again when asked, and more of it at the press of a button.

use dioxus::prelude::*;
use klieg_api::Page;
use klieg_api::channels::Channel;
use klieg_core::pages::Pages;
use klieg_core::{Call, CallError};
use klieg_ui::{Alert, Tone};

use super::trouble::words;
use crate::card::ChannelCard;
use crate::{client, t};

/// A list and what is under way for it.
#[derive(Clone, Copy, PartialEq)]
pub struct Listing {
    first: Resource<(String, Result<Page<Channel>, CallError>)>,
    pages: Signal<Option<Pages>>,
    busy: Signal<bool>,
    error: Signal<Option<CallError>>,
    read_on: Callback<()>,
}

/// The list that `call` asks for, given what `query` holds and where to read on. What goes stays while `hold` says so.
pub fn use_listing<Q: Clone + PartialEq + 'static>(
    query: Memo<Q>,
    call: fn(&Q, Option<String>) -> Call,
    hold: fn() -> bool,
) -> Listing {
    let mut pages = use_signal(|| None::<Pages>);
    let mut busy = use_signal(|| false);
    let mut error = use_signal(|| None);
    let first = use_resource(move || {
        let call = call(&query.read(), None);
        async move { (call.path.clone(), client::send::<Page<Channel>>(call).await) }
    });
    // The last good page stays, so that looking again never empties the list.
    use_effect(move || {
        let Some((asked, Ok(page))) = first.read().clone() else { return };
        let mut pages = pages.write();
        match &mut *pages {
            Some(known) => known.look_again(asked, page, hold()),
            None => *pages = Some(Pages::new(asked, page)),
        }
    });
    let read_on = use_callback(move |()| {
        let after = pages.peek().as_ref().and_then(|pages| pages.next().map(str::to_owned));
        let Some(after) = after.filter(|_| !*busy.peek()) else { return };
        busy.set(true);
        let call = call(&query.peek(), Some(after.clone()));
        spawn(async move {
            match client::send::<Page<Channel>>(call).await {
                Ok(page) => {
                    error.set(None);
                    if let Some(pages) = &mut *pages.write() {
                        pages.read_on(&after, page);
                    }
                }
                Err(refused) => error.set(Some(refused)),
            }
            busy.set(false);
        });
    });
    Listing { first, pages, busy, error, read_on }
}

impl Listing {
    /// What there is of the list; none before it came for the first time.
    pub fn channels(&self) -> Option<Vec<Channel>> {
        self.pages.read().as_ref().map(|pages| pages.channels().cloned().collect())
    }

    /// Why there is nothing of it.
    pub fn error(&self) -> Option<CallError> {
        match &*self.first.read() {
            Some((_, Err(error))) if self.pages.read().is_none() => Some(error.clone()),
            _ => None,
        }
    }

    /// Asks for the beginning again.
    pub fn look_again(mut self) {
        self.first.restart();
    }
}

/// Channels side by side.
#[component]
pub fn Grid(channels: Vec<Channel>) -> Element {
    rsx! {
        div { class: "grid",
            for channel in channels {
                ChannelCard { key: "{channel.handle}", channel }
            }
        }
    }
}

/// Leads on to the list's next page, if there is one.
#[component]
pub fn ShowMore(listing: Listing) -> Element {
    let more = listing.pages.read().as_ref().is_some_and(|pages| pages.next().is_some());
    let busy = (listing.busy)();
    rsx! {
        if more {
            div { class: "show-more",
                if let Some(error) = &*listing.error.read() {
                    Alert { tone: Tone::Bad, {words(error)} }
                }
                button {
                    class: "button button-plain",
                    "data-testid": "show-more",
                    "aria-disabled": "{busy}",
                    onclick: move |_| listing.read_on.call(()),
                    if busy { {t!("loading")} } else { {t!("show-more")} }
                }
            }
        }
    }
}
