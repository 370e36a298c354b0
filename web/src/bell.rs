//! The bell: how many notifications the viewer has not seen, and the panel that shows them.
//!
//! Owns what this window knows of them. A live connection adds what is new: the chat's where there is one, for one client has
//! one connection, and else one of the bell's own ([`listening`]).

mod listening;
mod panel;

use dioxus::prelude::*;
use klieg_api::Handle;
use klieg_api::notifications::{MOST_COUNTED, NotificationPage};
use klieg_core::notifications::{News, Notifications};
use klieg_core::{CallError, calls};
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use crate::client::{self, VIEWER};
use crate::i18n::counted;
use crate::t;
use panel::Panel;

/// What is known of them, and whose they are.
static LIST: GlobalSignal<Notifications> = Signal::global(Notifications::default);
static OWNER: GlobalSignal<Option<Handle>> = Signal::global(|| None);
/// Why the list could not be had when it was last asked for.
static TROUBLE: GlobalSignal<Option<CallError>> = Signal::global(|| None);
/// Whether a chat's connection brings what is new.
static BROUGHT: GlobalSignal<bool> = Signal::global(|| false);

/// Takes in what a live connection brings.
pub fn hear(news: News) {
    LIST.write().happened(news);
}

/// Says whether a chat's connection brings what is new.
pub fn set_brought(is_brought: bool) {
    if *BROUGHT.peek() != is_brought {
        *BROUGHT.write() = is_brought;
    }
}

/// Forgets what somebody else was told.
fn begin(owner: Handle) {
    if OWNER.peek().as_ref() != Some(&owner) {
        *OWNER.write() = Some(owner);
        *LIST.write() = Notifications::default();
        *TROUBLE.write() = None;
    }
}

/// Asks for the beginning of the list.
async fn refresh() {
    match client::send::<NotificationPage>(calls::notifications(None)).await {
        Ok(page) => {
            LIST.write().begin(page);
            *TROUBLE.write() = None;
        }
        Err(error) => *TROUBLE.write() = Some(error),
    }
}

/// Says that everything was seen, here and on the server.
async fn see() {
    let until = LIST.write().see();
    if let Some(until) = until {
        // If the server does not hear of it, they are new once more in another window, and that is all.
        let _ = client::send_only(calls::see_notifications(until)).await;
    }
}

/// For who is logged in.
#[component]
pub fn Bell() -> Element {
    let mut open = use_signal(|| false);
    let who = use_memo(|| VIEWER.read().me().map(|me| me.handle.clone()));
    use_resource(move || {
        let (who, is_brought) = (who(), BROUGHT());
        async move {
            if let Some(who) = who {
                begin(who);
                listening::listen(is_brought).await;
            }
        }
    });
    let unseen = LIST.read().unseen();
    let (label, shown) = match unseen {
        0 => (t!("bell"), String::new()),
        1..=MOST_COUNTED => (counted("bell-unseen", unseen.into()), unseen.to_string()),
        _ => (t!("bell-many"), format!("{MOST_COUNTED}+")),
    };
    rsx! {
        button {
            class: "icon-button bell",
            r#type: "button",
            title: "{label}",
            "aria-label": "{label}",
            "aria-haspopup": "dialog",
            "aria-expanded": "{open()}",
            "data-testid": "bell",
            onclick: move |_| open.set(true),
            Icon { shape: lucide::BELL }
            if unseen > 0 {
                span { class: "bell-count tabular", "aria-hidden": "true", "data-testid": "bell-count", "{shown}" }
            }
        }
        span { class: "visually-hidden", role: "status",
            if unseen > 0 {
                "{label}"
            }
        }
        if open() {
            Panel { onclose: move |()| open.set(false) }
        }
    }
}
