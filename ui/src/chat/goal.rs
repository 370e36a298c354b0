//! The goal of a room: how far it is, and for those who keep the room what it is.

use dioxus::prelude::*;
use klieg_api::goals::{Goal, MAX_TITLE};
use klieg_api::live::Command;
use klieg_api::room::SettingsChange;

use super::ChatLink;
use crate::icon::lucide;
use crate::{Entry, Icon, Number};

/// How far it is.
#[component]
pub(super) fn GoalBar(link: ChatLink) -> Element {
    (link.version)();
    let Some(goal) = link.room.read().settings().goal.clone() else { return rsx! {} };
    let followers = link.room.read().together().followers();
    let percent = goal.percent(followers);
    let number = |count: u64| link.words("chat-number", &[("count", count.to_string())]);
    rsx! {
        div { class: "chat-goal", "data-testid": "goal",
            p {
                Icon { shape: if percent == 100 { lucide::TROPHY } else { lucide::TARGET }, size: 16 }
                span { class: "poll-text", "{goal.title}" }
                span { class: "tabular", {format!("{} / {}", number(followers), number(goal.target))} }
            }
            meter { class: "poll-bar", min: "0", max: "100", value: "{percent}", "aria-label": link.word("chat-goal-followers") }
        }
    }
}

/// What it is.
#[component]
pub(super) fn GoalForm(link: ChatLink) -> Element {
    let known = link.room.peek().settings().goal.clone();
    let mut goal = use_signal(|| known.unwrap_or(Goal { title: String::new(), target: 100 }));
    (link.version)();
    let is_set = link.room.read().settings().goal.is_some();
    let set = move |goal| {
        let settings = SettingsChange { goal: Some(goal), ..SettingsChange::default() };
        link.ask(Command::Set { room: link.handle(), settings });
    };
    let now = goal();
    let is_complete = !now.title.trim().is_empty();
    rsx! {
        h3 { class: "chat-rules", {link.word("chat-goal")} }
        Entry {
            label: link.word("chat-reward-title"),
            name: "goal-title",
            value: now.title.clone(),
            max: MAX_TITLE as u32,
            onset: move |title| goal.write().title = title,
        }
        Number {
            label: link.word("chat-goal-followers"),
            name: "goal-target",
            value: now.target as f64,
            min: 1.0,
            max: 1_000_000_000.0,
            onset: move |target: f64| goal.write().target = target as u64,
        }
        div { class: "actions",
            button {
                class: "button button-plain",
                "aria-disabled": "{!is_complete}",
                onclick: move |_| {
                    if is_complete {
                        set(goal.peek().clone());
                    }
                },
                {link.word("chat-goal-set")}
            }
            if is_set {
                button {
                    class: "button button-quiet",
                    onclick: move |_| set(Goal { title: String::new(), target: 0 }),
                    {link.word("chat-goal-remove")}
                }
            }
        }
    }
}
