//! Where shows are sent.

use std::cell::RefCell;

use dioxus::prelude::*;
use klieg_studio_model::{Command, Destination, DestinationKind};
use klieg_ui::icon::lucide;
use klieg_ui::{Icon, Switch};

use super::Page;
use crate::browser;
use crate::desk::{self, Open};
use crate::destination::{DestinationForm, draft};
use crate::dialog::Question;
use crate::focus;
use crate::keyring::KeyringTrouble;
use crate::studio::{STUDIO, act};

thread_local! {
    /// The destination whose form opens with the page.
    static WANTED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Opens the settings of one destination.
pub fn change(id: String) {
    WANTED.set(Some(id));
    desk::open(Open::Settings(Page::Destinations));
}

/// Gives the focus to a form that was opened, also where the dialog around it has just opened too and gave it to something else.
fn enter(form: &MountedEvent) {
    if let Some(form) = form.data().downcast::<web_sys::Element>().cloned() {
        browser::next_frame(move || focus::enter(&form));
    }
}

/// Which one is being changed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Editing {
    New,
    Known(String),
}

#[component]
pub fn Destinations() -> Element {
    let list = use_memo(|| STUDIO.read().profile.destinations.clone());
    let is_signed_in = use_memo(|| STUDIO.read().account.is_some());
    let has_channel = use_memo(|| STUDIO.read().profile.destination(Destination::CHANNEL).is_some());
    // A form that was left with something in it is not opened by itself: its address may let one in, and this window may be in the show.
    let mut editing = use_signal(|| WANTED.take().map(Editing::Known));
    let is_begun = use_memo(|| draft::unsaved().contains(&None));
    let (is_empty, is_adding) = (list.read().is_empty(), editing() == Some(Editing::New));
    rsx! {
        h3 { "Destinations" }
        p { class: "lead", "A show goes to all of these that are switched on, each on its own: one that stalls breaks off none of the others." }
        KeyringTrouble {}
        if is_empty && !is_adding {
            div { class: "inline-empty",
                p { class: "soft", "No destination yet. Your Klieg channel becomes one when you sign in; any other server that takes WHIP or RTMP can be added." }
            }
        }
        ul { class: "cards",
            for destination in list() {
                if editing() == Some(Editing::Known(destination.id.clone())) {
                    li { class: "card", key: "{destination.id}", onmounted: move |event| enter(&event),
                        DestinationForm { known: Some(destination.clone()), onsaved: move |()| editing.set(None), oncancel: move |()| editing.set(None) }
                    }
                } else {
                    Row { key: "{destination.id}", destination: destination.clone(), onedit: move |()| editing.set(Some(Editing::Known(destination.id.clone()))) }
                }
            }
        }
        if is_adding {
            div { class: "card",
                DestinationForm { onsaved: move |()| editing.set(None), oncancel: move |()| editing.set(None) }
            }
        } else {
            div { class: "actions",
                button { class: "button button-plain", onclick: move |_| editing.set(Some(Editing::New)),
                    Icon { shape: if is_begun() { lucide::PENCIL } else { lucide::PLUS }, size: 18 }
                    if is_begun() {
                        "Go on adding a destination"
                    } else {
                        "Add a destination"
                    }
                }
                if is_signed_in() && !has_channel() {
                    button { class: "button button-quiet", onclick: |_| act(Command::AddChannel),
                        Icon { shape: lucide::PLUS, size: 18 }
                        "Add your channel"
                    }
                }
                if !is_signed_in() {
                    button { class: "button button-quiet", onclick: |_| desk::open(Open::Settings(Page::Account)),
                        Icon { shape: lucide::LOG_IN, size: 18 }
                        "Sign in to Klieg"
                    }
                }
            }
        }
    }
}

#[component]
fn Row(destination: Destination, onedit: EventHandler<()>) -> Element {
    let id = destination.id.clone();
    let state = use_memo(move || {
        let studio = STUDIO.read();
        let is_drafted = draft::unsaved().contains(&Some(id.clone()));
        (studio.keys.contains(&id), !studio.show.is_off(), is_drafted)
    });
    let (has_key, is_live, is_drafted) = state();
    let (address, needs_key) = (destination.shown_address(has_key), destination.needs_key());
    let kind = match destination.kind {
        DestinationKind::Klieg => "Klieg",
        DestinationKind::Whip => "WHIP",
        DestinationKind::Rtmp => "RTMP",
    };
    let name = destination.name.clone();
    let gone = destination.clone();
    let changed = destination.clone();
    let remove = move |_| {
        let text = if gone.id == Destination::CHANNEL && STUDIO.peek().account.is_some() {
            "It stays away from this profile until you add your channel again. Your other profiles keep it."
        } else if has_key {
            "Its stream key is deleted from the keyring as well; you would have to paste it again."
        } else {
            "You would have to enter its address again."
        };
        desk::ask(Question {
            title: format!("Remove {}?", gone.name),
            text: text.to_owned(),
            verb: "Remove destination".to_owned(),
            keep: "Keep it",
            can_undo: false,
            command: Command::RemoveDestination { id: gone.id.clone() },
        });
    };
    rsx! {
        li { class: "card destination",
            div { class: "destination-words",
                strong { class: "row-name", "{name}" }
                p { class: "soft small row-name", title: "{address}", "{kind} · {address}" }
                if is_drafted {
                    p { class: "small key-state tone-warn", Icon { shape: lucide::PENCIL, size: 14 } "What you changed is not saved" }
                }
                if has_key {
                    p { class: "small key-state tone-good", Icon { shape: lucide::KEY_ROUND, size: 14 } "Key in the keyring" }
                } else if needs_key {
                    p { class: "small key-state tone-bad", Icon { shape: lucide::TRIANGLE_ALERT, size: 14 } "No stream key yet" }
                } else {
                    p { class: "soft small key-state", Icon { shape: lucide::KEY_ROUND, size: 14 } "No key beside the address" }
                }
            }
            div { role: "group", "aria-label": "{name}",
                Switch {
                    label: "Takes part",
                    name: "enabled-{destination.id}",
                    on: destination.enabled,
                    onset: move |enabled| {
                        act(Command::SetDestination { destination: Destination { enabled, ..changed.clone() }, key: None });
                    },
                }
            }
            button { class: "icon-button small-button", title: "Change", "aria-label": "Change {name}", onclick: move |_| onedit.call(()),
                Icon { shape: lucide::PENCIL, size: 16 }
            }
            button {
                class: "icon-button small-button",
                title: if is_live { "End the show first" } else { "Remove" },
                "aria-label": "Remove {name}",
                disabled: is_live,
                onclick: remove,
                Icon { shape: lucide::TRASH, size: 16 }
            }
        }
    }
}
