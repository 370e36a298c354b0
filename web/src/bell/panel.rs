//! The panel beneath the bell: what the viewer is told, newest first. Looking at it is seeing it.

use dioxus::core::spawn_forever;
use dioxus::prelude::*;
use dioxus_router::Link;
use klieg_api::notifications::{Notification, NotificationPage, What, Who};
use klieg_core::{CallError, calls};
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Avatar, Icon, Notice, Tone};
use wasm_bindgen::JsCast;

use super::{LIST, TROUBLE, refresh, see};
use crate::pages::words;
use crate::route::Route;
use crate::{browser, client, i18n, t};

/// Milliseconds between two looks at how long ago things were.
const BEAT: u32 = 30_000;

/// The browser's own dialog, so that the focus stays inside and returns to the bell, and Escape closes it.
#[component]
pub(super) fn Panel(onclose: EventHandler<()>) -> Element {
    let mut dialog = use_signal(|| None::<web_sys::HtmlDialogElement>);
    let shut = use_callback(move |()| {
        if let Some(dialog) = dialog.peek().as_ref() {
            dialog.close();
        }
        LIST.write().put_away();
        onclose.call(());
    });
    let show = move |event: MountedEvent| {
        let element = event.data().downcast::<web_sys::Element>().cloned();
        if let Some(shown) = element.and_then(|element| element.dyn_into::<web_sys::HtmlDialogElement>().ok()) {
            // Refused only where it is open already.
            let _ = shown.show_modal();
            dialog.set(Some(shown));
        }
    };
    use_effect(|| {
        if LIST.read().unseen() > 0 {
            // Also if the panel is closed at once.
            spawn_forever(see());
        }
    });
    let mut shown = use_signal(|| 0);
    use_effect(move || {
        let count = LIST.read().items().len();
        // What is withdrawn may have had the focus, which stays inside.
        if count < *shown.peek() && !browser::has_focus() {
            browser::focus("bell-close");
        }
        shown.set(count);
    });
    rsx! {
        dialog {
            class: "bell-panel",
            "aria-labelledby": "bell-title",
            "data-testid": "notifications",
            onmounted: show,
            oncancel: move |event| {
                event.prevent_default();
                shut.call(());
            },
            // What is beside the sheet belongs to the dialog as well.
            onclick: move |_| shut.call(()),
            div { class: "bell-sheet", onclick: move |event| event.stop_propagation(),
                header { class: "bell-head",
                    h2 { id: "bell-title", {t!("bell")} }
                    button {
                        class: "icon-button",
                        id: "bell-close",
                        r#type: "button",
                        title: t!("bell-close"),
                        "aria-label": t!("bell-close"),
                        onclick: move |_| shut.call(()),
                        Icon { shape: lucide::X }
                    }
                }
                List { onchoose: move |()| shut.call(()) }
            }
        }
    }
}

#[component]
fn List(onchoose: EventHandler<()>) -> Element {
    let mut beat = use_signal(|| 0_u32);
    use_future(move || async move {
        loop {
            gloo_timers::future::TimeoutFuture::new(BEAT).await;
            beat += 1;
        }
    });
    beat();
    let list = LIST.read();
    if list.items().is_empty() && !list.is_read() {
        let trouble = TROUBLE.read();
        return match &*trouble {
            Some(error) => rsx! {
                div { class: "bell-trouble",
                    Alert { tone: Tone::Bad, {words(error)} }
                    button {
                        class: "button button-plain",
                        onclick: |_| {
                            spawn(refresh());
                        },
                        Icon { shape: lucide::REFRESH_CW }
                        {t!("retry")}
                    }
                }
            },
            None => rsx! {
                Skeletons {}
            },
        };
    }
    if list.items().is_empty() {
        return rsx! {
            Notice { shape: lucide::BELL, title: t!("told-none"), text: t!("told-none-next"),
                Link { class: "button button-plain", to: Route::home(), onclick: move |_| onchoose.call(()), {t!("see-live")} }
            }
        };
    }
    let items = list.items().to_vec();
    rsx! {
        ul { class: "bell-list",
            for item in items {
                Entry { key: "{item.id}", item, onchoose }
            }
        }
        ReadOn {}
    }
}

#[component]
fn Entry(item: Notification, onchoose: EventHandler<()>) -> Element {
    let (who, sentence, detail) = told(&item);
    rsx! {
        li { class: if item.seen { "bell-entry" } else { "bell-entry new" }, "data-testid": "notification",
            Link { to: Route::channel(&item.channel.handle), onclick: move |_| onchoose.call(()),
                Avatar { handle: who.handle.to_string(), name: who.shown().to_owned() }
                div {
                    p {
                        if !item.seen {
                            span { class: "visually-hidden", {t!("told-new")} " " }
                        }
                        "{sentence}"
                    }
                    if !detail.is_empty() {
                        p { class: "bell-detail", "{detail}" }
                    }
                    p {
                        class: "soft small",
                        title: browser::moment(item.at, i18n::language()),
                        {i18n::ago(browser::seconds_since(item.at))}
                    }
                }
            }
        }
    }
}

/// Whose picture stands beside it, what happened, and what was said or is shown.
fn told(item: &Notification) -> (&Who, String, &str) {
    match &item.what {
        What::Live { title } => (&item.channel, t!("told-live", "name" => item.channel.shown()), title),
        What::Mention { by, text, reply } => {
            let sentence = if *reply { "told-reply" } else { "told-mention" };
            (by, t!(sentence, "name" => by.shown(), "channel" => item.channel.shown()), text)
        }
    }
}

/// Leads on to what is older, if there is more.
#[component]
fn ReadOn() -> Element {
    let mut busy = use_signal(|| false);
    let mut error = use_signal(|| None::<CallError>);
    let read_on = move |_| {
        let after = LIST.peek().next().map(str::to_owned);
        let Some(after) = after.filter(|_| !busy()) else { return };
        busy.set(true);
        spawn(async move {
            match client::send::<NotificationPage>(calls::notifications(Some(&after))).await {
                Ok(page) => {
                    LIST.write().read_on(&after, page);
                    error.set(None);
                }
                Err(refused) => error.set(Some(refused)),
            }
            busy.set(false);
        });
    };
    if LIST.read().next().is_none() {
        return rsx! {};
    }
    rsx! {
        div { class: "bell-trouble",
            if let Some(error) = &*error.read() {
                Alert { tone: Tone::Bad, {words(error)} }
            }
            button { class: "button button-quiet", "aria-disabled": "{busy()}", onclick: read_on,
                if busy() { {t!("loading")} } else { {t!("show-more")} }
            }
        }
    }
}

/// The shape of the list on its way.
#[component]
fn Skeletons() -> Element {
    rsx! {
        ul { class: "bell-list", "aria-busy": "true",
            for n in 0..4 {
                li { class: "bell-entry bell-skeleton", key: "{n}",
                    span { class: "skeleton skeleton-avatar" }
                    div { class: "skeleton-lines",
                        span { class: "skeleton skeleton-line" }
                        span { class: "skeleton skeleton-line short" }
                    }
                }
            }
        }
    }
}
