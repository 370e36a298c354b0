//! Below the talk: one's points with what they are for, and questions to the creator.

use dioxus::prelude::*;
use klieg_api::room::Role;

use super::ChatLink;
use super::cheers::CheerButtons;
use super::questions::Questions;
use super::rewards::Rewards;
use crate::Icon;
use crate::icon::lucide;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Panel {
    Rewards,
    Questions,
}

#[component]
pub(super) fn Bar(link: ChatLink) -> Element {
    let mut open = use_signal(|| None::<Panel>);
    (link.version)();
    let you = link.room.read().you().clone();
    let is_creator = you.role == Role::Creator;
    let asked = link.room.read().together().questions().len();
    let has_questions = asked > 0 || link.room.read().settings().questions || you.role.moderates();
    let has_rewards = you.points.is_some() || is_creator;
    let cheers = link.is_joined() && (link.me)().is_some();
    if !has_rewards && !has_questions && !cheers {
        return rsx! {};
    }
    let mut toggle = move |panel| open.set(if open() == Some(panel) { None } else { Some(panel) });
    rsx! {
        if let Some(panel) = open() {
            div {
                class: "chat-settings chat-panel",
                "data-testid": "chat-panel",
                onkeydown: move |event| {
                    if event.key() == Key::Escape {
                        open.set(None);
                    }
                },
                match panel {
                    Panel::Rewards => rsx! {
                        Rewards { link }
                    },
                    Panel::Questions => rsx! {
                        Questions { link }
                    },
                }
            }
        }
        div { class: "chat-bar",
            if has_rewards {
                button {
                    class: "button button-quiet tabular",
                    "data-testid": "points",
                    title: link.word("chat-rewards"),
                    "aria-expanded": "{open() == Some(Panel::Rewards)}",
                    onclick: move |_| toggle(Panel::Rewards),
                    Icon { shape: lucide::GEM, size: 16 }
                    if let Some(points) = you.points {
                        {link.words("chat-points", &[("count", points.to_string())])}
                    } else {
                        {link.word("chat-rewards")}
                    }
                }
            }
            if has_questions {
                button {
                    class: "button button-quiet tabular",
                    "data-testid": "questions-open",
                    "aria-expanded": "{open() == Some(Panel::Questions)}",
                    onclick: move |_| toggle(Panel::Questions),
                    Icon { shape: lucide::MESSAGE_CIRCLE_QUESTION_MARK, size: 16 }
                    if asked == 0 {
                        {link.word("chat-questions")}
                    } else {
                        {link.words("chat-questions-open", &[("count", asked.to_string())])}
                    }
                }
            }
            if cheers {
                CheerButtons { link }
            }
        }
    }
}
