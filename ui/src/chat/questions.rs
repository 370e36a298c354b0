//! Questions to the creator: what others want to know, one's own, and for those who keep the room what is done with them.

use dioxus::prelude::*;
use klieg_api::live::Command;
use klieg_api::questions::{MAX_QUESTION, Question};
use klieg_api::room::{Role, SettingsChange};
use klieg_core::room::Link;

use super::ChatLink;
use super::asked::use_asked;
use crate::icon::lucide;
use crate::{Icon, Switch};

#[component]
pub(super) fn Questions(link: ChatLink) -> Element {
    let mut text = use_signal(String::new);
    let asked = use_asked(link, move || text.set(String::new()));
    (link.version)();
    let questions: Vec<Question> = link.room.read().together().questions().into_iter().cloned().collect();
    let are_taken = link.room.read().settings().questions;
    let role = link.room.read().you().role;
    let can_ask = are_taken && (link.me)().is_some() && role != Role::Creator;
    rsx! {
        h3 { {link.word("chat-questions")} }
        if link.may(|may| may.rules) {
            Switch {
                label: link.word("chat-questions-take"),
                name: "chat-questions",
                on: are_taken,
                onset: move |on| {
                    let settings = SettingsChange { questions: Some(on), ..SettingsChange::default() };
                    link.ask(Command::Set { room: link.handle(), settings });
                },
            }
        }
        if can_ask {
            form {
                class: "chat-filter-row",
                onsubmit: move |event| {
                    event.prevent_default();
                    let question = text.peek().clone();
                    if !question.trim().is_empty() && !asked.is_waiting() {
                        asked.set(link.ask_creator(question));
                    }
                },
                input {
                    class: "input",
                    name: "question",
                    maxlength: "{MAX_QUESTION}",
                    autocomplete: "off",
                    "aria-label": link.word("chat-question"),
                    placeholder: link.word("chat-question"),
                    value: "{text}",
                    oninput: move |event| text.set(event.value()),
                }
                button { class: "button button-primary", {link.word("chat-question-ask")} }
            }
        }
        if questions.is_empty() {
            p { class: "soft small", {link.word("chat-questions-none")} }
        }
        ol { class: "questions", "data-testid": "questions",
            for question in questions {
                Asked { key: "{question.id}", link, question: question.clone() }
            }
        }
    }
}

#[component]
fn Asked(link: ChatLink, question: Question) -> Element {
    let (room, id) = (link.room.read(), question.id.clone());
    let has_voted = room.together().has_voted(&question.id);
    let is_mine = (link.me)().is_some_and(|me| me == question.author.handle);
    let can_vote = (link.me)().is_some() && !is_mine && room.link() == Link::Joined;
    let moderates = link.moderates();
    let close = move |answered| {
        let question = id.clone();
        link.ask(Command::CloseQuestion { room: link.handle(), question, answered });
    };
    let (answer, dismiss) = (close.clone(), close);
    let votes = question.votes.to_string();
    rsx! {
        li {
            button {
                class: "question-votes tabular",
                disabled: !can_vote,
                "aria-pressed": "{has_voted}",
                title: link.word("chat-question-vote"),
                "aria-label": link.words("chat-question-votes", &[("count", votes.clone())]),
                onclick: {
                    let question = question.id.clone();
                    move |_| link.ask(Command::VoteQuestion { room: link.handle(), question: question.clone(), on: !has_voted })
                },
                Icon { shape: lucide::CHEVRON_UP, size: 16 }
                "{votes}"
            }
            div { class: "question",
                p { "{question.text}" }
                p { class: "soft small", "{question.author.shown()}" }
                if moderates {
                    div { class: "actions",
                        button { class: "button button-quiet", onclick: move |_| answer(true), {link.word("chat-question-answered")} }
                        button { class: "button button-quiet", onclick: move |_| dismiss(false), {link.word("chat-question-dismiss")} }
                    }
                } else if is_mine {
                    div { class: "actions",
                        button { class: "button button-quiet", onclick: move |_| dismiss(false), {link.word("chat-question-back")} }
                    }
                }
            }
        }
    }
}
