//! Where one writes.

use dioxus::prelude::*;
use klieg_api::emotes::{Emote, EmoteName};
use klieg_core::room::slash::{self, COMMANDS, Usage};
use klieg_core::room::{Link, emotes};

use super::emoji::{Chosen, Picker};
use super::text::EmoteImage;
use super::{ChatLink, Draft, refusal};
use crate::Icon;
use crate::icon::lucide;

const ID: &str = "chat-input";
/// Characters left that are worth saying.
const NEARLY_FULL: usize = 60;
/// Commands, or emotes, offered at once.
const OFFERED: usize = 6;

#[component]
pub(super) fn Composer(link: ChatLink, draft: Draft) -> Element {
    let mut draft = draft;
    let mut picking = use_signal(|| false);
    let mut unclear = use_signal(|| None::<&'static Usage>);
    (link.version)();
    let text = (draft.text)();
    let left = klieg_api::room::MAX_TEXT.saturating_sub(text.chars().count());
    let trouble = link.room.read().trouble().map(|problem| refusal(link, problem));
    let mut submit = move || {
        let line = draft.text.peek().clone();
        if line.trim().is_empty() {
            return;
        }
        match slash::read(&link.handle(), &line) {
            slash::Line::Say { text, announcement } => {
                let reply = draft.reply.take();
                link.change(|room| room.say(text, reply.as_ref(), announcement));
            }
            slash::Line::Question(text) => link.ask_creator(text),
            slash::Line::Do(command) => link.ask(command),
            slash::Line::Unclear(usage) => {
                unclear.set(Some(usage));
                return;
            }
        }
        unclear.set(None);
        draft.text.set(String::new());
    };
    let settings = link.room.read().settings().clone();
    let hint = if settings.emotes_only {
        "chat-say-emoji"
    } else if settings.slow_s > 0 {
        "chat-say-slowly"
    } else {
        "chat-say"
    };
    let is_joined = link.room.read().link() == Link::Joined;
    let known = link.room.read().emotes().clone();
    let offered: Vec<Emote> = emotes::fitting(&text, &known).into_iter().take(OFFERED).cloned().collect();
    let first = offered.first().map(|emote| emote.name.clone());
    let mut complete = move |name: &EmoteName| {
        let completed = emotes::complete(&draft.text.peek(), name);
        draft.text.set(completed);
        draft.focus();
    };
    rsx! {
        form {
            class: "chat-composer",
            onsubmit: move |event| {
                event.prevent_default();
                submit();
            },
            if let Some(reply) = (draft.reply)() {
                div { class: "chat-answering",
                    Icon { shape: lucide::REPLY, size: 14 }
                    span { {link.words("chat-answering", &[("name", reply.author.shown().to_owned())])} }
                    button {
                        r#type: "button",
                        class: "icon-button",
                        title: link.word("chat-answer-none"),
                        "aria-label": link.word("chat-answer-none"),
                        onclick: move |_| draft.reply.set(None),
                        Icon { shape: lucide::X, size: 16 }
                    }
                }
            }
            if let Some(usage) = unclear() {
                p { class: "chat-trouble", role: "alert",
                    if usage.name.is_empty() {
                        {link.word("chat-no-command")}
                    } else {
                        {link.words("chat-usage", &[("usage", format!("/{} {}", usage.name, usage.arguments))])}
                    }
                }
            } else if let Some(trouble) = trouble {
                p { class: "chat-trouble", role: "alert", "{trouble}" }
            }
            Commands { link, text: text.clone(), onchoose: move |name| {
                draft.text.set(format!("/{name} "));
                draft.focus();
            } }
            Completions { link, offered, onchoose: move |name| complete(&name) }
            if picking() {
                Picker {
                    link,
                    onchoose: move |chosen| {
                        draft.text.with_mut(|text| match chosen {
                            Chosen::Emoji(emoji) => text.push_str(emoji),
                            Chosen::Emote(name) => *text = emotes::append(text, &name),
                        });
                        picking.set(false);
                        draft.focus();
                    },
                    onclose: move |()| {
                        picking.set(false);
                        draft.focus();
                    },
                }
            }
            div { class: "chat-row",
                textarea {
                    class: "input chat-input",
                    id: ID,
                    name: "message",
                    rows: "1",
                    autocomplete: "off",
                    maxlength: "4000",
                    "data-testid": "chat-input",
                    onmounted: move |event| draft.input.set(Some(event.data())),
                    "aria-label": link.word("chat-say"),
                    placeholder: link.words(hint, &[("count", settings.slow_s.to_string())]),
                    value: "{text}",
                    oninput: move |event| {
                        unclear.set(None);
                        draft.text.set(event.value());
                    },
                    onkeydown: move |event| {
                        match event.key() {
                            Key::Enter if !event.modifiers().shift() && !event.is_composing() => {
                                event.prevent_default();
                                submit();
                            }
                            Key::Tab if !event.modifiers().shift() => {
                                if let Some(first) = &first {
                                    event.prevent_default();
                                    complete(first);
                                }
                            }
                            Key::Escape if draft.reply.peek().is_some() => draft.reply.set(None),
                            _ => {}
                        }
                    },
                }
                button {
                    r#type: "button",
                    class: "icon-button",
                    title: link.word("chat-emoji"),
                    "aria-label": link.word("chat-emoji"),
                    "aria-expanded": "{picking()}",
                    onclick: move |_| picking.toggle(),
                    Icon { shape: lucide::FACE_SLIGHTLY_SMILING_PLUS, size: 18 }
                }
                button {
                    class: "icon-button chat-send",
                    title: link.word("chat-send"),
                    "aria-label": link.word("chat-send"),
                    "data-testid": "chat-send",
                    "aria-disabled": "{!is_joined || text.trim().is_empty()}",
                    Icon { shape: lucide::SEND_HORIZONTAL, size: 18 }
                }
            }
            if left < NEARLY_FULL {
                p { class: "chat-left tabular", {link.words("chat-left", &[("count", left.to_string())])} }
            }
        }
    }
}

/// The commands that what is written may become.
#[component]
fn Commands(link: ChatLink, text: String, onchoose: EventHandler<&'static str>) -> Element {
    let Some(begin) = text.strip_prefix('/').filter(|begin| !begin.contains([' ', '/'])) else { return rsx! {} };
    let begin = begin.to_ascii_lowercase();
    let moderates = link.moderates();
    let fitting = COMMANDS.iter().filter(|usage| usage.name.starts_with(&begin) && (moderates || !usage.moderators));
    rsx! {
        ul { class: "chat-commands", "aria-label": link.word("chat-commands"),
            for usage in fitting.take(OFFERED) {
                li { key: "{usage.name}",
                    button { r#type: "button", class: "button button-quiet", onclick: move |_| onchoose.call(usage.name),
                        strong { "/{usage.name}" }
                        span { class: "soft", "{usage.arguments}" }
                    }
                }
            }
        }
    }
}

/// The emotes that the end of what is written may become; Tab takes the first.
#[component]
fn Completions(link: ChatLink, offered: Vec<Emote>, onchoose: EventHandler<EmoteName>) -> Element {
    if offered.is_empty() {
        return rsx! {};
    }
    rsx! {
        ul { class: "chat-commands", "aria-label": link.word("chat-emotes"), "data-testid": "emotes-offered",
            for emote in offered {
                li { key: "{emote.name}",
                    button {
                        r#type: "button",
                        class: "button button-quiet",
                        onclick: {
                            let name = emote.name.clone();
                            move |_| onchoose.call(name.clone())
                        },
                        EmoteImage { link, emote: emote.clone() }
                        strong { ":{emote.name}:" }
                    }
                }
            }
        }
    }
}
