//! One message, with what can be done about it.

use std::rc::Rc;
use std::sync::Arc;

use dioxus::prelude::*;
use klieg_api::emotes::Emote;
use klieg_api::live::Command;
use klieg_api::room::{Author, Badge, Message, REACTIONS, Role};

use super::card::Reporting;
use super::preview::PreviewCard;
use super::silencing::Silencing;
use super::text::Text;
use super::{ChatLink, Draft, focus};
use crate::icon::lucide;
use crate::{Icon, hue};

/// What can be open under a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    Reactions,
    More,
}

#[component]
pub(super) fn Line(
    link: ChatLink,
    draft: Draft,
    message: Arc<Message>,
    emotes: Arc<[Emote]>,
    times: bool,
    /// The emoji that the viewer has put to it.
    reacted: Vec<String>,
    active: Signal<Option<String>>,
    /// Of which message something is open, and what.
    opened: Signal<Option<(String, Open)>>,
    /// What it stands in.
    list: Signal<Option<Rc<MountedData>>>,
) -> Element {
    let (mut active, mut opened, mut draft) = (active, opened, draft);
    let mut element = use_signal(|| None::<Rc<MountedData>>);
    let id = message.id.clone();
    let is_active = use_memo(use_reactive!(|id| active.read().as_ref() == Some(&id)));
    let open = use_memo(use_reactive!(|id| {
        let opened = opened.read();
        opened.as_ref().filter(|(of, _)| *of == id).map(|(_, open)| *open)
    }));
    use_effect(move || {
        if is_active() && element.read().is_some() {
            focus(element);
        }
    });
    // What can be done about a message is reached from the message, not by a hundred presses of Tab.
    let reach = if is_active() { "0" } else { "-1" };
    let me = (link.me)();
    let is_for_me = me.as_ref().is_some_and(|me| message.is_for(me));
    let is_mine = me.as_ref().is_some_and(|me| message.author.handle == *me);
    let class = match (message.announcement, is_for_me) {
        (true, _) => "line line-announcement",
        (_, true) => "line line-mention",
        _ => "line",
    };
    let react = {
        let message = message.clone();
        move |emoji: &str, on: bool| {
            if open().is_some() {
                opened.set(None);
            }
            let (message, emoji) = (message.id.clone(), emoji.to_owned());
            link.ask(Command::React { room: link.handle(), message, emoji, on });
        }
    };
    let mut toggle_reactions = {
        let id = id.clone();
        move |which: Open| {
            let next = (open() != Some(which)).then(|| (id.clone(), which));
            opened.set(next);
        }
    };
    let mut toggle_more = toggle_reactions.clone();
    // The focus was in what closes. If the message goes as well, it goes on from the list.
    let mut close = move |goes: bool| {
        opened.set(None);
        if !goes {
            active.set(Some(id.clone()));
        }
        focus(if goes { list } else { element });
    };
    let close_more = close.clone();
    let can_write = me.is_some();
    rsx! {
        li {
            class,
            id: "message-{message.id}",
            "data-message": "{message.id}",
            tabindex: "-1",
            onmounted: move |event| element.set(Some(event.data())),
            onkeydown: move |event| {
                if event.key() == Key::Escape && open().is_some() {
                    close(false);
                }
            },
            if message.announcement {
                p { class: "line-kind",
                    Icon { shape: lucide::MEGAPHONE, size: 14 }
                    {link.word("chat-announcement")}
                }
            }
            if let Some(reward) = &message.reward {
                p { class: "line-kind",
                    Icon { shape: lucide::GEM, size: 14 }
                    {link.words("chat-redeemed", &[("title", reward.clone())])}
                }
            }
            if let Some(reply) = &message.reply {
                button {
                    class: "line-reply",
                    tabindex: reach,
                    title: link.word("chat-thread-show"),
                    onclick: {
                        let thread = reply.thread.clone();
                        move |_| {
                            let mut shown = link.thread;
                            shown.set(Some(thread.clone()));
                            // What is written now belongs to it, and answers nothing else.
                            draft.reply.set(None);
                        }
                    },
                    Icon { shape: lucide::REPLY, size: 14 }
                    strong { "{reply.author.shown()}" }
                    if reply.text.is_empty() {
                        em { {link.word("chat-deleted")} }
                    } else {
                        span { "{reply.text}" }
                    }
                }
            }
            p { class: "line-text",
                if times {
                    time { class: "tabular", {(link.host.clock)(message.at)} }
                }
                for badge in &message.author.badges {
                    BadgeIcon { link, badge: *badge }
                }
                button {
                    class: "line-name hue-{hue(message.author.handle.as_str())}",
                    tabindex: reach,
                    title: "@{message.author.handle}",
                    onclick: {
                        let who = message.author.handle.clone();
                        move |_| link.look(who.clone())
                    },
                    "{message.author.shown()}"
                }
                if !message.text.is_empty() {
                    span { class: "line-colon", ":" }
                    Text { link, text: message.text.clone(), mentions: message.mentions.clone(), emotes }
                }
            }
            if let Some(preview) = message.preview.clone() {
                PreviewCard { preview, reach }
            }
            if !message.reactions.is_empty() {
                div { class: "line-reactions",
                    for reaction in message.reactions.clone() {
                        button {
                            key: "{reaction.emoji}",
                            class: "reaction tabular",
                            disabled: !can_write,
                            "aria-pressed": if reacted.contains(&reaction.emoji) { "true" } else { "false" },
                            "aria-label": link.words("chat-reaction", &[("emoji", reaction.emoji.clone()), ("count", reaction.count.to_string())]),
                            onclick: {
                                let (mut react, emoji) = (react.clone(), reaction.emoji.clone());
                                let is_on = reacted.contains(&emoji);
                                move |_| react(&emoji, !is_on)
                            },
                            "{reaction.emoji} {reaction.count}"
                        }
                    }
                }
            }
            if can_write {
                div { class: "line-tools",
                    button {
                        class: "icon-button",
                        tabindex: reach,
                        title: link.word("chat-reply"),
                        "aria-label": link.word("chat-reply"),
                        onclick: {
                            let message = message.clone();
                            move |_| {
                                draft.reply.set(Some(message.as_ref().clone()));
                                draft.focus();
                            }
                        },
                        Icon { shape: lucide::REPLY, size: 16 }
                    }
                    button {
                        class: "icon-button",
                        tabindex: reach,
                        title: link.word("chat-react"),
                        "aria-label": link.word("chat-react"),
                        "aria-expanded": "{open() == Some(Open::Reactions)}",
                        onclick: move |_| toggle_reactions(Open::Reactions),
                        Icon { shape: lucide::FACE_SLIGHTLY_SMILING_PLUS, size: 16 }
                    }
                    if can_write {
                        button {
                            class: "icon-button",
                            tabindex: reach,
                            title: link.word("chat-more"),
                            "aria-label": link.word("chat-more"),
                            "aria-expanded": "{open() == Some(Open::More)}",
                            onclick: move |_| toggle_more(Open::More),
                            Icon { shape: lucide::ELLIPSIS, size: 16 }
                        }
                    }
                }
            }
            match open() {
                None => rsx! {},
                Some(Open::Reactions) => rsx! {
                    div { class: "line-choice", role: "group", "aria-label": link.word("chat-react"),
                        for emoji in REACTIONS {
                            button {
                                key: "{emoji}",
                                class: "emoji",
                                "aria-label": "{emoji}",
                                onclick: {
                                    let mut react = react.clone();
                                    move |_| react(emoji, true)
                                },
                                "{emoji}"
                            }
                        }
                    }
                },
                Some(Open::More) => rsx! {
                    More {
                        link,
                        message: message.clone(),
                        is_mine,
                        onclose: close_more,
                    }
                },
            }
        }
    }
}

/// What the author or a moderator can do.
#[component]
fn More(
    link: ChatLink,
    message: Arc<Message>,
    is_mine: bool,
    /// Whether the message goes as well is told.
    onclose: EventHandler<bool>,
) -> Element {
    let (room, id) = (link.handle(), message.id.clone());
    let who = message.author.handle.clone();
    let act = move |command, goes| {
        onclose.call(goes);
        link.ask(command);
    };
    let delete = Command::Delete { room: room.clone(), message: id.clone() };
    let pin = Command::Pin { room: room.clone(), message: Some(id) };
    let name = message.author.shown().to_owned();
    // What the server would refuse is not offered.
    let is_below = link.moderates() && link.room.read().you().role > role(link, &message.author);
    rsx! {
        div { class: "line-choice line-more", role: "group", "aria-label": link.word("chat-more"),
            if is_mine || is_below {
                button { class: "button button-quiet", onclick: move |_| act(delete.clone(), true),
                    Icon { shape: lucide::TRASH, size: 16 }
                    {link.word("chat-delete")}
                }
            }
            if !is_mine && !link.moderates() {
                Reporting { link, who: who.clone(), message: Some(message.id.clone()) }
            }
            if link.moderates() {
                button { class: "button button-quiet", onclick: move |_| act(pin.clone(), false),
                    Icon { shape: lucide::PIN, size: 16 }
                    {link.word("chat-pin")}
                }
                if !is_mine && is_below && link.may(|may| may.people) {
                    Silencing { link, who, name, onsure: move |command| act(command, true) }
                }
            }
        }
    }
}

/// What somebody is here, as far as what they said tells.
fn role(link: ChatLink, author: &Author) -> Role {
    if author.handle == link.handle() {
        Role::Creator
    } else if author.badges.contains(&Badge::Moderator) {
        Role::Moderator
    } else {
        Role::Viewer
    }
}

#[component]
pub(super) fn BadgeIcon(link: ChatLink, badge: Badge) -> Element {
    let (shape, word, class) = match badge {
        Badge::Creator => (lucide::RADIO, "chat-creator", "badge-creator"),
        Badge::Moderator => (lucide::SHIELD, "chat-moderator", "badge-moderator"),
        Badge::Subscriber => (lucide::HEART, "chat-subscriber", "badge-subscriber"),
        Badge::Bot => {
            return rsx! {
                span { class: "line-badge badge-bot", title: link.word("chat-bot-why"), {link.word("chat-bot")} }
            };
        }
        Badge::Other => return rsx! {},
    };
    rsx! {
        span { class: "line-badge {class}", role: "img", title: link.word(word), "aria-label": link.word(word),
            Icon { shape, size: 14 }
        }
    }
}
