//! Timeouts and bans: what they do is said before, and why may be said with them.

use dioxus::prelude::*;
use klieg_api::Handle;
use klieg_api::live::Command;

use super::ChatLink;
use crate::icon::lucide;
use crate::{Icon, Number, Segments};

/// Seconds of a timeout that are at hand, and what they are called; the second is chosen first.
const SPANS: [(u32, &str); 4] =
    [(60, "chat-span-minute"), (600, "chat-span-minutes"), (3_600, "chat-span-hour"), (86_400, "chat-span-day")];
const USUAL: u32 = 600;
/// Minutes of the longest timeout.
const LONGEST: u32 = 20_160;
/// What stands for minutes of one's own among the spans.
const OWN: &str = "own";
/// What is sent sooner belongs to the press that has opened this: a key that is held, a double click. In milliseconds.
const TOO_SOON: u64 = 500;

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    TimeOut,
    Ban,
}

/// Two buttons; either asks first. `onsure` has the command.
#[component]
pub(super) fn Silencing(link: ChatLink, who: Handle, name: String, onsure: EventHandler<Command>) -> Element {
    let mut open = use_signal(|| None::<What>);
    // What was asked and not done: its button is where the focus goes on.
    let mut left = use_signal(|| None::<What>);
    let named = |word| link.words(word, &[("name", name.clone())]);
    let take_focus = move |what| {
        move |event: MountedEvent| async move {
            let is_here = *left.peek() == Some(what);
            if is_here {
                // Refused only when it is gone.
                let _ = event.data().set_focus(true).await;
            }
        }
    };
    match open() {
        Some(what) => rsx! {
            Judgement {
                link,
                who,
                name,
                what,
                onsure: move |command: Command| {
                    left.set(None);
                    open.set(None);
                    onsure.call(command);
                },
                onclose: move |()| {
                    left.set(Some(what));
                    open.set(None);
                },
            }
        },
        None => rsx! {
            button {
                class: "button button-quiet",
                onclick: move |_| open.set(Some(What::TimeOut)),
                onmounted: take_focus(What::TimeOut),
                Icon { shape: lucide::TIMER, size: 16 }
                {named("chat-time-out")}
            }
            button {
                class: "button button-danger",
                onclick: move |_| open.set(Some(What::Ban)),
                onmounted: take_focus(What::Ban),
                Icon { shape: lucide::BAN, size: 16 }
                {named("chat-ban")}
            }
        },
    }
}

#[component]
fn Judgement(
    link: ChatLink,
    who: Handle,
    name: String,
    what: What,
    onsure: EventHandler<Command>,
    onclose: EventHandler<()>,
) -> Element {
    let mut reason = use_signal(String::new);
    let mut seconds = use_signal(|| USUAL);
    let mut is_own = use_signal(|| false);
    let opened = use_hook(|| (link.host.uptime)());
    let (label, consequence) = match what {
        What::TimeOut => ("chat-time-out", "chat-time-out-does"),
        What::Ban => ("chat-ban", "chat-ban-does"),
    };
    let named = |word| link.words(word, &[("name", name.clone())]);
    let at_hand = SPANS.iter().map(|(seconds, word)| (seconds.to_string(), link.word(word)));
    let spans: Vec<_> = at_hand.chain([(OWN.to_owned(), link.word("chat-span-own"))]).collect();
    rsx! {
        form {
            class: "chat-judgement",
            "data-testid": "judgement",
            onkeydown: move |event| {
                if event.key() == Key::Escape {
                    // What stands around it stays open.
                    event.stop_propagation();
                    onclose.call(());
                }
            },
            onsubmit: move |event| {
                event.prevent_default();
                if (link.host.uptime)().saturating_sub(opened) < TOO_SOON {
                    return;
                }
                let (room, who, reason) = (link.handle(), who.clone(), reason());
                onsure.call(match what {
                    What::TimeOut => Command::TimeOut { room, who, seconds: seconds(), reason },
                    What::Ban => Command::Ban { room, who, reason },
                });
            },
            p { {named(consequence)} }
            if what == What::TimeOut {
                Segments {
                    label: link.word("chat-span"),
                    name: "chat-span",
                    options: spans,
                    value: if is_own() { OWN.to_owned() } else { seconds().to_string() },
                    onchoose: move |span: String| {
                        is_own.set(span == OWN);
                        if let Ok(span) = span.parse() {
                            seconds.set(span);
                        }
                    },
                }
                if is_own() {
                    Number {
                        label: link.word("chat-span-minutes-own"),
                        name: "chat-span-minutes",
                        value: f64::from(seconds() / 60),
                        min: 1.0,
                        max: f64::from(LONGEST),
                        onset: move |minutes: f64| seconds.set(minutes as u32 * 60),
                    }
                }
            }
            input {
                class: "input",
                name: "why",
                maxlength: "500",
                autocomplete: "off",
                "aria-label": link.word("chat-judgement-why"),
                placeholder: link.word("chat-judgement-why"),
                value: "{reason}",
                oninput: move |event| reason.set(event.value()),
                onmounted: move |event: MountedEvent| async move {
                    // Refused only when it is gone.
                    let _ = event.data().set_focus(true).await;
                },
            }
            div { class: "actions",
                button { class: "button button-danger", {named(label)} }
                button { r#type: "button", class: "button button-quiet", onclick: move |_| onclose.call(()),
                    {link.word("chat-judgement-not")}
                }
            }
        }
    }
}
