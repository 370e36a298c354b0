//! Where one writes.

use dioxus::prelude::*;
use klieg_api::room::Message;
use klieg_core::room::slash::{self, Usage};
use klieg_core::room::{Link, emotes};
use wasm_bindgen::JsCast;

use super::emoji::{Chosen, Picker};
use super::offer::{LIST, Offer, Offers, offers, option, step, word};
use super::{ChatLink, Draft, refusal};
use crate::Icon;
use crate::icon::lucide;

const ID: &str = "chat-input";
/// Characters left that are worth saying.
const NEARLY_FULL: isize = 60;

#[component]
pub(super) fn Composer(link: ChatLink, draft: Draft) -> Element {
    let mut draft = draft;
    let mut picking = use_signal(|| false);
    let mut unclear = use_signal(|| None::<&'static Usage>);
    // What is offered is for whoever writes here, at the end: whether that is so, the word they want nothing offered for, and
    // which offer the arrows have led to.
    let mut writes = use_signal(|| false);
    let mut put_away = use_signal(|| None::<String>);
    let mut chosen = use_signal(|| None::<usize>);
    (link.version)();
    let text = (draft.text)();
    let left = slash::room_left(&link.handle(), &text).filter(|left| *left < NEARLY_FULL);
    let trouble = link.room.read().trouble().map(|problem| refusal(link, problem));
    let mut submit = move || {
        let line = draft.text.peek().clone();
        if line.trim().is_empty() {
            return;
        }
        match slash::read(&link.handle(), &line) {
            slash::Line::Say { text, announcement } => {
                let thread = link.thread.peek().clone();
                let reply = draft.reply.peek().clone().or_else(|| answered_in(link, thread.as_deref()?));
                if thread.is_some() && reply.is_none() {
                    // Nothing of the thread is here any more: who writes sees first where it would stand.
                    link.leave_thread();
                    return;
                }
                if !link.say(text, reply.as_ref(), announcement) {
                    return;
                }
                draft.reply.set(None);
            }
            // What cannot be asked now stays written.
            slash::Line::Question(text) => {
                if link.ask_creator(text).is_none() {
                    return;
                }
            }
            slash::Line::Do(command) => {
                if link.request(command).is_none() {
                    return;
                }
            }
            slash::Line::Unclear(usage) => {
                unclear.set(Some(usage));
                return;
            }
        }
        unclear.set(None);
        put_away.set(None);
        draft.text.set(String::new());
    };
    let settings = link.room.read().settings().clone();
    let hint = if (link.thread)().is_some() {
        "chat-say-in-thread"
    } else if settings.emotes_only {
        "chat-say-emoji"
    } else if settings.slow_s > 0 {
        "chat-say-slowly"
    } else {
        "chat-say"
    };
    let is_joined = link.room.read().link() == Link::Joined;
    let known = link.room.read().emotes().clone();
    let is_wanted = writes() && put_away.read().as_deref() != word(&text);
    let room = link.room.read();
    let offered = if is_wanted { offers(&text, &known, room.lines(), room.you()) } else { Vec::new() };
    drop(room);
    let is_open = !offered.is_empty();
    let at = chosen().filter(|at| *at < offered.len());
    let mut complete = move |offer: &Offer| {
        let completed = offer.complete(&draft.text.peek());
        chosen.set(None);
        draft.text.set(completed);
        draft.focus();
    };
    // Drawn anew only if it is otherwise.
    let mut look = move |is_here: bool| {
        let is_so = is_here && is_cursor_at_end();
        if *writes.peek() != is_so {
            writes.set(is_so);
            chosen.set(None);
        }
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
            Offers { link, offers: offered.clone(), chosen: at, onchoose: move |offer: Offer| complete(&offer) }
            span { class: "visually-hidden", role: "status",
                if is_open {
                    {link.words("chat-offered", &[("count", offered.len().to_string())])}
                }
            }
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
                    // It has a role of its own and takes no other, and with that it neither has nor needs `aria-expanded`.
                    "aria-autocomplete": "list",
                    "aria-haspopup": "listbox",
                    "aria-controls": if is_open { LIST },
                    "aria-activedescendant": at.map(option),
                    onmounted: move |event| draft.input.set(Some(event.data())),
                    "aria-label": link.word("chat-say"),
                    placeholder: link.words(hint, &[("count", settings.slow_s.to_string())]),
                    value: "{text}",
                    onfocus: move |_| look(true),
                    onblur: move |_| look(false),
                    // The keys and the pointer move the cursor, which no event of its own tells everywhere.
                    onkeyup: move |_| look(true),
                    onclick: move |_| look(true),
                    oninput: move |event| {
                        unclear.set(None);
                        chosen.set(None);
                        if put_away.peek().as_deref() != word(&event.value()) {
                            put_away.set(None);
                        }
                        draft.text.set(event.value());
                        look(true);
                    },
                    onkeydown: move |event| {
                        // What is being composed has these keys for itself.
                        if event.is_composing() {
                            return;
                        }
                        let is_plain = event.modifiers().is_empty();
                        // The cursor may have moved since this was drawn.
                        let is_open = is_open && is_cursor_at_end();
                        match event.key() {
                            key @ (Key::ArrowDown | Key::ArrowUp) if is_open && is_plain => {
                                event.prevent_default();
                                chosen.set(step(at, offered.len(), key == Key::ArrowDown));
                            }
                            Key::Tab if is_open && is_plain => {
                                if let Some(offer) = offered.get(at.unwrap_or_default()) {
                                    event.prevent_default();
                                    complete(offer);
                                }
                            }
                            Key::Escape if is_open => {
                                event.prevent_default();
                                event.stop_propagation();
                                chosen.set(None);
                                put_away.set(word(&draft.text.peek()).map(str::to_owned));
                            }
                            Key::Enter if !event.modifiers().shift() => {
                                event.prevent_default();
                                match at.and_then(|at| offered.get(at)).filter(|_| is_open) {
                                    Some(offer) => complete(offer),
                                    None => submit(),
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
            if let Some(left) = left {
                p { class: if left < 0 { "chat-left bad tabular" } else { "chat-left tabular" }, "data-testid": "chat-left",
                    {link.words(if left < 0 { "chat-left-over" } else { "chat-left" }, &[("count", left.unsigned_abs().to_string())])}
                }
            }
        }
    }
}

/// What is answered by what is written in a thread, if anything of that is here.
fn answered_in(link: ChatLink, thread: &str) -> Option<Message> {
    link.room.read().lines().answered_in(thread).map(|message| message.as_ref().clone())
}

/// Whether nothing is marked and the cursor stands behind everything that is written.
fn is_cursor_at_end() -> bool {
    let field = web_sys::window().and_then(|window| window.document()).and_then(|page| page.get_element_by_id(ID));
    let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlTextAreaElement>().ok()) else {
        return false;
    };
    // Both in UTF-16; what is marked begins before its end.
    field.selection_start().is_ok_and(|start| start == Some(field.text_length()))
}
