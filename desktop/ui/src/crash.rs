//! After a crash: nothing runs before the creator has said what to open, for what crashed once may do so again.

use dioxus::prelude::*;
use klieg_studio_model::{Announcement, Command};
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Icon, Tone};

use crate::dialog::Dialog;
use crate::menu::{Line, Menu};
use crate::studio::{STUDIO, ask, say};

/// A name that no collection has.
fn new_name() -> String {
    let studio = STUDIO.peek();
    let numbered = (2..).map(|number: u32| format!("New show {number}"));
    let mut names = std::iter::once("New show".to_owned()).chain(numbered);
    names.find(|name| !studio.collections.contains(name)).unwrap_or_default()
}

#[component]
pub fn Crashed() -> Element {
    let crashed = use_memo(|| STUDIO.read().crashed.clone());
    let was_live = use_memo(|| STUDIO.read().was_live);
    let names = use_memo(|| STUDIO.read().collections.clone());
    let mut wrong = use_signal(|| None::<String>);
    let Some(crashed) = crashed() else { return rsx! {} };
    let open = move |command: Command| {
        spawn(async move { wrong.set(ask(command).await.err()) });
    };
    let back_on_air = move |open: Command| {
        // The server knows what the show was called, and who may watch.
        let announcement = Announcement::default();
        spawn(async move {
            match ask(open).await {
                Ok(()) => {
                    if let Err(why) = ask(Command::GoLive { announcement }).await {
                        say(why);
                    }
                }
                Err(why) => wrong.set(Some(why)),
            }
        });
    };
    let again = |sources_off: bool| Command::OpenCollection { name: crashed.clone(), sources_off };
    let (whole, still, live) = (again(false), again(true), again(false));
    let is_there = names.read().contains(&crashed);
    // Who closes this gets what does no harm.
    let harmless = if is_there { still.clone() } else { Command::NewCollection { name: new_name() } };
    let others = names().into_iter().filter(|name| *name != crashed);
    let mut lines: Vec<_> = others.map(|name| Line::new(format!("open:{name}"), name).icon(lucide::LAYERS)).collect();
    lines.push(Line::new("new", "A new collection").icon(lucide::PLUS));
    let chosen = move |choice: String| match choice.strip_prefix("open:") {
        Some(name) => open(Command::OpenCollection { name: name.to_owned(), sources_off: false }),
        None => open(Command::NewCollection { name: new_name() }),
    };
    rsx! {
        Dialog { title: "Klieg ended unexpectedly", onclose: move |()| open(harmless.clone()),
            div { class: "dialog-body",
                if is_there {
                    if was_live() {
                        p { "“{crashed}” was open, and you were live. All of it is saved, and nothing of it runs yet." }
                    } else {
                        p { "“{crashed}” was open. All of it is saved, and nothing of it runs yet." }
                    }
                    p { class: "soft", "Should it happen again, open it with its sources off, start them one by one, and see which one does it." }
                } else {
                    p { "“{crashed}” was open, and its file cannot be found or read. Open another collection." }
                }
                if let Some(wrong) = wrong() {
                    Alert { tone: Tone::Bad, "{wrong}" }
                }
            }
            footer { class: "dialog-foot",
                Menu { label: "Open another collection", class: "button button-quiet", lines, onchoose: chosen,
                    "Another"
                    Icon { shape: lucide::CHEVRON_DOWN, size: 16 }
                }
                if is_there {
                    button { class: "button button-plain", r#type: "button", onclick: move |_| open(still.clone()), "Open with sources off" }
                    // Enter alone brings back who was on air a moment ago.
                    if was_live() {
                        button { class: "button button-plain", r#type: "button", onclick: move |_| open(whole.clone()), "Open it again" }
                        button {
                            class: "button button-primary",
                            r#type: "button",
                            autofocus: true,
                            onclick: move |_| back_on_air(live.clone()),
                            Icon { shape: lucide::RADIO, size: 18 }
                            "Open it and go live"
                        }
                    } else {
                        button {
                            class: "button button-primary",
                            r#type: "button",
                            autofocus: true,
                            onclick: move |_| open(whole.clone()),
                            "Open it again"
                        }
                    }
                }
            }
        }
    }
}
